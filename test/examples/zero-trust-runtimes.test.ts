/** The authority of examples/zero-trust: one file, asked the same in Node, Deno, Bun, workerd and behind Azure Functions. */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type * as Handler from '../../examples/zero-trust/deploy/azure/handler.ts'
import { formatPublicKey } from '../../src/index.ts'
import { StandInTable } from './stand-in-table.ts'
import { folder, programFor, programs, startProgram, until } from './support.ts'
import { bundle, newFile, ready, type Serving, serveWorkerd, servingAt, workerdConfig } from './zero-trust.ts'
import { files, pkcs8, settings, texts, userKey } from './zero-trust-authority.ts'
import { conformance, expected, judge } from './zero-trust-conformance.ts'

type Name = 'node' | 'deno' | 'bun' | 'workerd' | 'workerd with a CryptoKey' | 'deno deploy'

/** The configuration with the two lines that stand in it as a comment, in place of the key as text. */
function withCryptoKey(config: string, dir: string): string {
  writeFileSync(join(dir, 'user_ca.pem'), pkcs8, { mode: 0o600 })
  writeFileSync(join(dir, 'user_ca.pub'), formatPublicKey(userKey.publicKey))
  const text = '    (name = "AUTHORITY_KEY", fromEnvironment = "AUTHORITY_KEY"),\n'
  assert.ok(config.includes(text))
  return config.replace(text, '').replaceAll('    # (name', '    (name')
}

async function serve(name: Name): Promise<Serving> {
  const worker = name.startsWith('workerd')
  const source: Readonly<Record<string, string>> = {
    'deno deploy': 'deploy/deno/main.ts',
    node: 'node.ts',
    deno: 'deno.ts',
    bun: 'bun.ts',
  }
  const entry = newFile('authority', worker ? 'worker.js' : 'entry.mjs')
  writeFileSync(entry, await bundle(source[name] ?? 'worker.ts'))
  if (worker) {
    // The example's own configuration, but for its port, and that the keys of the provider are on this machine.
    const config = join(dirname(entry), 'workerd.capnp')
    const whole = workerdConfig(folder('authority-objects')).replace('allow = ["public"]', 'allow = ["local"]')
    writeFileSync(config, name === 'workerd' ? whole : withCryptoKey(whole, dirname(entry)))
    const env = { ...settings, ...texts, CLIENT_ADDRESS_HEADER: 'cf-connecting-ip' }
    if (name !== 'workerd') env.AUTHORITY_KEY = ''
    const { server, url } = await serveWorkerd(config, env)
    return { server, url: `${url}/ssh` }
  }
  const allowed = ['--no-prompt', '--allow-net=127.0.0.1,0.0.0.0', '--allow-env', '--allow-read', '--allow-write']
  const env: Record<string, string> = { ...settings, ...files }
  if (name === 'deno deploy') {
    Object.assign(env, texts, { KV_PATH: join(dirname(entry), 'kv.sqlite') })
    const block = join(dirname(entry), 'block.mjs')
    writeFileSync(block, await bundle('deploy/deno/block.ts'))
    const ran = startProgram(programs.deno, ['run', '--unstable-kv', ...allowed, block, files.BLOCKED_FILE], { env })
    try {
      assert.equal(await until('blocked.json to be put', ran.end), 0, ran.log())
    } finally {
      await ran.stop()
    }
  }
  const commands: Partial<Record<Name, readonly [string, readonly string[]]>> = {
    node: [process.execPath, [entry]],
    deno: [programs.deno, ['run', ...allowed, entry]],
    'deno deploy': [programs.deno, ['run', '--unstable-kv', ...allowed, entry]],
    bun: [programs.bun, [entry]],
  }
  const [program, args] = commands[name]!
  const { server, url } = await servingAt(name, startProgram(program, args, { env }), /listening on (\d+)/)
  return { server, url: `${url}/ssh` }
}

for (const name of ['node', 'deno', 'bun', 'workerd', 'workerd with a CryptoKey', 'deno deploy'] as const) {
  test(`the authority in ${name}: health, keys, certificates and refusals`, async (t) => {
    if (!ready(t) || (name !== 'node' && programFor(t, name.split(' ')[0] as 'deno' | 'bun' | 'workerd') === undefined))
      return
    const { server, url } = await serve(name)
    try {
      const seen = await conformance((path, init) => fetch(`${url}${path}`, init))
      judge(seen)
      // A line for each certificate and each refusal, the GET where a POST is expected among them, and no token in any.
      const lines = expected.length + 1
      const records = (): string[] => server.log().match(/^.*"outcome".*$/gm) ?? []
      await until('the records', () => (records().length >= lines ? true : undefined))
      assert.equal(records().length, lines)
      assert.ok(!server.log().includes('eyJ'), 'a token was told')
    } catch (error) {
      console.error(server.log())
      throw error
    } finally {
      await server.stop()
    }
  })
}

test('the authority behind Azure Functions: the same, the caller by the header of the front end', async (t) => {
  if (!ready(t)) return
  // Bundled, since the example imports the package by its name, and what is tested are the sources.
  const file = newFile('azure', 'handler.mjs')
  writeFileSync(file, await bundle('deploy/azure/handler.ts'))
  const { makeHandler } = (await import(pathToFileURL(file).href)) as typeof Handler
  const table = new StandInTable()
  await table.createEntity({ partitionKey: 'data', rowKey: 'blocked.json', value: texts.BLOCKED, ends: '' })
  // Not 127.0.0.1, which is the caller in this test as with the others.
  const proxies = { TRUSTED_PROXIES: '127.0.0.2', FORWARDED_HEADER: 'x-forwarded-for' }
  const handler = makeHandler({ ...settings, ...texts, ...proxies }, table)
  const seen = await conformance(async (path, init) => {
    const { status, headers, body } = await handler(new Request(`https://name.azurewebsites.net/ssh${path}`, init))
    return new Response(body as Uint8Array<ArrayBuffer>, { status, headers })
  })
  judge(seen)
})
