/** The edge example: one handler, asked the same in Node, Deno, Bun and workerd, with the same octets for answers. */

import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type * as Handler from '../../examples/edge-inspect/handler.ts'
import { encodePrivateKey, formatPrivateKey, parsePrivateKey, parsePublicKey } from '../../src/index.ts'
import { manifest, vector } from '../support/vectors.ts'
import { at, folder, programFor, programs, type Running, startProgram, until } from './support.ts'

type Ask = (path: string, init?: RequestInit) => Promise<Response>

interface Answer {
  readonly error?: { readonly code: string; readonly message: string }
  readonly [member: string]: unknown
}

const { bundle } = (await import(new URL('../../examples/edge-inspect/build.mjs', import.meta.url).href)) as {
  bundle(entry: string, options?: { readonly external: readonly string[] }): Promise<string>
}

// Bundled here too: the example imports the package by its name, and what is tested are the sources.
const bundled = join(folder('edge-handler'), 'handler.mjs')
writeFileSync(bundled, await bundle('handler.ts'))
const { createHandler } = (await import(pathToFileURL(bundled).href)) as typeof Handler

const utf8 = new TextEncoder()
const handler = createHandler()
const inProcess: Ask = (path, init) => handler(new Request(new URL(path, 'http://localhost'), init))

const post = (body: Uint8Array | string, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body: body as string,
  headers,
})

async function expectError(ask: Ask, path: string, init: RequestInit, status: number, code: string): Promise<string> {
  const response = await ask(path, init)
  const text = await response.text()
  assert.equal(response.status, status, text)
  assert.equal(response.headers.get('content-type'), 'application/json')
  const { error } = JSON.parse(text) as Answer
  assert.equal(error?.code, code)
  return text
}

/** Files of the project's own set below test/vectors that are private keys, however they are encrypted. */
function privateFiles(): string[] {
  const list = (path: string, keep: RegExp): string[] =>
    readdirSync(at(`test/vectors/${path}`))
      .filter((name) => keep.test(name))
      .map((name) => `${path}/${name}`)
  return [
    ...list('keys', /^[^.]+$/),
    ...list('encrypted', /./),
    ...list('putty', /\.(ppk|sshcom)$/),
    ...list('x509', /\.key$/),
    ...list('types', /^(dsa|[a-z0-9-]*sk|mldsa44-ed25519|no-touch)$/),
  ]
}

/** Fails where the answer holds sixteen octets in a row of what stands in the file, the marks of its format aside. */
function notEchoed(answer: string, file: string, what: string): void {
  for (const line of file.split(/\r?\n/)) {
    if (/^-----|^PuTTY-User-Key-File|^[A-Z][A-Za-z-]+: /.test(line)) continue
    for (let i = 0; i + 16 <= line.length; i += 4) {
      assert.ok(!answer.includes(line.slice(i, i + 16)), `${what}: the answer holds a part of the file`)
    }
  }
}

async function refusesPrivateKeys(ask: Ask, files: readonly string[]): Promise<void> {
  for (const name of files) {
    for (const path of ['/inspect', '/convert?to=spki']) {
      const text = await expectError(ask, path, post(vector(name)), 422, 'private-key-refused')
      notEchoed(text, new TextDecoder('latin1').decode(vector(name)), name)
    }
  }
}

/** What any server of this handler must do; gives all answers, so that runtimes can be held against each other. */
async function conformance(ask: Ask): Promise<string[]> {
  const seen: string[] = []
  const inspect = async (body: Uint8Array | string, type?: string): Promise<Answer> => {
    const response = await ask('/inspect', post(body, type === undefined ? {} : { 'content-type': type }))
    const text = await response.text()
    assert.equal(response.status, 200, text)
    assert.equal(response.headers.get('content-type'), 'application/json')
    assert.equal(response.headers.get('cache-control'), 'no-store')
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(response.headers.get('access-control-allow-origin'), '*')
    seen.push(text)
    return JSON.parse(text) as Answer
  }

  for (const { name, type, bits, fingerprints } of manifest.keys) {
    const facts = await inspect(vector(`keys/${name}.pub`), 'text/plain')
    assert.deepEqual(
      [facts.artifact, facts.type, facts.bits, facts.sha256, facts.md5],
      ['public-key', type, bits, fingerprints.sha256, fingerprints.md5],
    )
  }
  const certificate = (await inspect(vector('certs/options-cert.pub'))) as {
    certificate?: { signatureValid?: boolean }
  }
  assert.equal(certificate.certificate?.signatureValid, true)
  const artifacts = [
    ['certs/host-ed25519-cert.pub', 'certificate'],
    ['types/by-mldsa44-ed25519-cert.pub', 'certificate'],
    ['x509/p256.crt', 'x509-certificate'],
    ['krl/range.krl', 'krl'],
    ['sshsig/ed25519.sha512.sig', 'sshsig'],
    ['sshsig/allowed_signers', 'allowed-signers'],
    ['putty/ed25519.rfc4716', 'public-key'],
  ] as const
  for (const [file, artifact] of artifacts) assert.equal((await inspect(vector(file))).artifact, artifact, file)
  const line = new TextDecoder().decode(vector('keys/ed25519.pub')).trim()
  const host = await inspect(`@revoked * ${line}\nbroken line\n[h]:22 ${line}\n`)
  assert.equal(host.artifact, 'known-hosts')
  assert.equal((host.entries as unknown[]).length, 2)

  // Every form of a key, taken back to where it came from.
  for (const name of ['ed25519', 'ecdsa256', 'ecdsa521', 'rsa2048']) {
    const key = parsePublicKey(vector(`keys/${name}.pub`))
    const forms: readonly (readonly [query: string, type: string])[] = [
      ['to=openssh&comment=new%20comment', 'text/plain; charset=utf-8'],
      ['to=rfc4716', 'text/plain; charset=utf-8'],
      ['to=putty-public', 'text/plain; charset=utf-8'],
      ['to=spki', 'application/x-pem-file'],
      ['to=spki&encoding=der', 'application/octet-stream'],
      ['to=jwk', 'application/jwk+json'],
      ...(name.startsWith('rsa')
        ? ([
            ['to=pkcs1', 'application/x-pem-file'],
            ['to=pkcs1&encoding=der', 'application/octet-stream'],
          ] as const)
        : []),
    ]
    for (const [query, type] of forms) {
      const response = await ask(`/convert?${query}`, post(vector(`keys/${name}.pub`)))
      const body = new Uint8Array(await response.arrayBuffer())
      assert.equal(response.status, 200, `${name} ${query}: ${new TextDecoder().decode(body)}`)
      assert.equal(response.headers.get('content-type'), type)
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
      seen.push(Buffer.from(body).toString('hex'))
      const back = parsePublicKey(body)
      assert.deepEqual(back.blob, key.blob, `${name} ${query}`)
      if (query.includes('comment=')) assert.equal(back.comment, 'new comment')
      if (query === 'to=spki') {
        const jwk = createPublicKey(new TextDecoder().decode(body)).export({ format: 'jwk' })
        const other = await ask('/convert?to=jwk', post(vector(`keys/${name}.pub`)))
        const ours = (await other.json()) as Record<string, unknown>
        for (const [member, value] of Object.entries(jwk)) assert.equal(ours[member], value, `${name} ${member}`)
      }
    }
  }
  // The key that a certificate is for, of SSH and of X.509.
  const certified = await ask('/convert?to=openssh', post(vector('certs/user-ed25519-cert.pub')))
  assert.match(await certified.text(), /^ssh-ed25519 AAAA/)
  assert.match(await (await ask('/convert?to=openssh', post(vector('x509/p256.crt')))).text(), /^ecdsa-sha2-nistp256 /)

  await refusesPrivateKeys(ask, ['keys/ed25519', 'encrypted/ed25519.24-rounds', 'putty/ed25519-v3.ppk', 'x509/rsa.key'])

  const errors: readonly (readonly [path: string, init: RequestInit, status: number, code: string])[] = [
    ['/', post(line), 404, 'not-found'],
    ['/inspect/', post(line), 404, 'not-found'],
    ['/inspect', { method: 'GET' }, 405, 'method-not-allowed'],
    ['/convert?to=spki', { method: 'PUT', body: line }, 405, 'method-not-allowed'],
    ['/inspect', post(''), 400, 'empty'],
    ['/inspect', post('hello'), 422, 'unknown-format'],
    ['/inspect', post(`${line.slice(0, 40)} x`), 422, 'truncated'],
    ['/inspect', post(`${'x'.repeat(256 * 1024)}y`), 413, 'too-large'],
    ['/inspect', post(line, { 'content-type': 'multipart/form-data; boundary=x' }), 415, 'unsupported-media-type'],
    ['/inspect', post('a=b', { 'content-type': 'application/x-www-form-urlencoded' }), 415, 'unsupported-media-type'],
    ['/convert', post(line), 400, 'unsupported-format'],
    ['/convert?to=pkcs8', post(line), 400, 'unsupported-format'],
    ['/convert?to=constructor', post(line), 400, 'unsupported-format'],
    ['/convert?to=jwk&encoding=der', post(line), 400, 'unsupported-encoding'],
    ['/convert?to=openssh&comment=a%0Ab', post(line), 400, 'bad-comment'],
    ['/convert?to=pkcs1', post(line), 422, 'unsupported-format'],
    ['/convert?to=spki', post(vector('krl/range.krl')), 422, 'not-one-key'],
  ]
  for (const [path, init, status, code] of errors) seen.push(await expectError(ask, path, init, status, code))

  const preflight = await ask('/inspect', {
    method: 'OPTIONS',
    headers: { origin: 'https://example.com', 'access-control-request-method': 'POST' },
  })
  assert.equal(preflight.status, 204)
  assert.equal(preflight.headers.get('access-control-allow-origin'), '*')
  assert.equal(preflight.headers.get('access-control-allow-methods'), 'POST')
  assert.equal(preflight.headers.get('access-control-allow-headers'), 'content-type')
  assert.equal(preflight.headers.get('access-control-allow-credentials'), null)
  return seen
}

test('the handler answers what it is asked, and refuses what it must, in this process', async () => {
  const seen = await conformance(inProcess)
  assert.ok(seen.length > 60, `${seen.length} answers`)
})

test('no private key of any container is taken, whole or damaged, and nothing of it comes back', async () => {
  const files = privateFiles()
  assert.ok(files.length > 40, `${files.length} files`)
  await refusesPrivateKeys(inProcess, files)
  for (const name of ['keys/ed25519', 'putty/rsa1024-v3.ppk', 'x509/p256.key', 'encrypted/rsa2048.aes256-ctr']) {
    const file = vector(name)
    const text = new TextDecoder('latin1').decode(file)
    const ask = async (body: Uint8Array): Promise<void> => {
      const response = await inProcess('/inspect', post(body))
      assert.equal(response.status, 422, name)
      notEchoed(await response.text(), text, name)
    }
    const step = Math.max(1, Math.floor(file.length / 100))
    for (let length = 1; length < file.length; length += step) {
      await ask(file.slice(0, length))
      await ask(file.slice(length)) // without its first line
      await ask(file.slice(length, length + 150)) // without either of the lines that tell what it is
      const flipped = new Uint8Array(file)
      flipped[length]! ^= 1
      await ask(flipped)
    }
    await ask(utf8.encode(text.replace(/^(-----|PuTTY|Private).*$/gm, '')))
    // In front of each line what makes a line of other files of it.
    for (const prefix of ['#', 'ssh-ed25519 ', 'host ', 'me@home ', 'command="x" ', '\ufeff', '"', '|1|']) {
      await ask(utf8.encode(text.replace(/^(?=.)/gm, prefix)))
    }
  }
})

test('private keys as DER, JWK, in JSON and behind other things are refused as well', async () => {
  const key = await parsePrivateKey(vector('keys/rsa2048'))
  const p256 = await parsePrivateKey(vector('keys/ecdsa256'))
  const pem = await formatPrivateKey(key, { format: 'pkcs8' })
  const jwk = await formatPrivateKey(p256, { format: 'jwk' })
  const bodies: readonly (Uint8Array | string)[] = [
    await encodePrivateKey(key, { format: 'pkcs8' }),
    await encodePrivateKey(key, { format: 'pkcs1' }),
    await encodePrivateKey(p256, { format: 'sec1' }),
    await encodePrivateKey(p256, { format: 'pkcs8' }),
    jwk,
    jwk.replace('"d"', '"\\u0064"'),
    JSON.stringify({ keys: [JSON.parse(jwk)] }),
    JSON.stringify({ KeyMaterial: pem }),
    `${new TextDecoder().decode(vector('x509/p256.crt'))}${pem}`,
    `${new TextDecoder().decode(vector('keys/ed25519.pub'))}${new TextDecoder().decode(vector('keys/ed25519'))}`,
  ]
  for (const [i, body] of bodies.entries()) {
    const text = await expectError(inProcess, '/inspect', post(body), 422, 'private-key-refused')
    const all = typeof body === 'string' ? body : Buffer.from(body).toString('base64')
    notEchoed(text, all, `body ${i}`)
  }
})

test('a body is counted as it comes, whatever its length is said to be', async () => {
  let given = 0
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      given += 1024
      controller.enqueue(new Uint8Array(1024).fill(65))
    },
  })
  const init: RequestInit & { duplex: 'half' } = { method: 'POST', body: endless, duplex: 'half' }

  const response = await createHandler({ maxBytes: 10_000 })(new Request('http://localhost/inspect', init))
  assert.equal(response.status, 413)
  assert.ok(given < 50_000, `${given} octets were read`)
})

test('another origin can be named, or none', async () => {
  const request = (): Request => new Request('http://localhost/inspect', post('hello'))
  const one = await createHandler({ allowOrigin: 'https://keys.example' })(request())
  assert.equal(one.headers.get('access-control-allow-origin'), 'https://keys.example')
  assert.equal(one.headers.get('vary'), 'origin')
  const none = await createHandler({ allowOrigin: null })(request())
  assert.equal(none.headers.get('access-control-allow-origin'), null)
})

const shared = new URL('../../../shared/vectors/made/', import.meta.url)

test('the shared vectors: public keys have the fingerprint of ssh-keygen, private keys are refused', async (t) => {
  if (!existsSync(shared)) {
    console.log('NOT TESTED: the shared vectors are not there')
    t.skip('no shared vectors')
    return
  }
  const entries = JSON.parse(readFileSync(new URL('manifest.json', shared), 'utf8')) as {
    path: string
    kind: string
    expect?: { load?: boolean; fingerprint?: string }
  }[]
  let [told, refused] = [0, 0]
  for (const { path, kind, expect } of entries) {
    if (kind !== 'public-key' && kind !== 'private-key') continue
    const body = new Uint8Array(readFileSync(new URL(path, shared)))
    const response = await inProcess('/inspect', post(body))
    const text = await response.text()
    if (kind === 'public-key' && expect?.fingerprint) {
      if (response.status !== 200) continue
      assert.equal((JSON.parse(text) as Answer).sha256, expect.fingerprint, path)
      told++
    } else if (kind === 'private-key') {
      assert.equal(response.status, body.length === 0 ? 400 : body.length > 262_144 ? 413 : 422, path)
      notEchoed(text, new TextDecoder('latin1').decode(body), path)
      refused++
    }
  }
  assert.ok(told >= 60 && refused > 500, `${told} told, ${refused} refused`)
})

/** How each runtime serves the example: a bundle of its own entry. */
const servers: Readonly<Record<string, (code: string, dir: string) => readonly [string, readonly string[]]>> = {
  node: (_, dir) => [process.execPath, [join(dir, 'entry.mjs')]],
  deno: (_, dir) => [programs.deno, ['run', '--allow-net=127.0.0.1', '--allow-env=PORT', join(dir, 'entry.mjs')]],
  bun: (_, dir) => [programs.bun, [join(dir, 'entry.mjs')]],
}

async function serve(name: string): Promise<{ readonly server: Running; readonly url: string }> {
  const dir = folder(`edge-${name}`)
  const external = ['node:*']
  if (name !== 'workerd') {
    const code = await bundle(`${name}.ts`, { external })
    writeFileSync(join(dir, 'entry.mjs'), code)
    const [file, args] = servers[name]!(code, dir)
    const server = startProgram(file, args, { env: { PORT: '0' } })
    const url = await until(
      `${name} to listen: ${server.log()}`,
      () => /http:\/\/127\.0\.0\.1:\d+/.exec(server.log())?.[0],
    )
    return { server, url }
  }
  // The example's own configuration, but for its port; the control channel tells which one it got.
  const config = readFileSync(at('examples/edge-inspect/workerd.capnp'), 'utf8')
  assert.match(config, /127\.0\.0\.1:8787/)
  writeFileSync(
    join(dir, 'workerd.capnp'),
    config.replace('127.0.0.1:8787', '127.0.0.1:0').replaceAll('dist/worker.js', 'worker.js'),
  )
  writeFileSync(join(dir, 'worker.js'), await bundle('worker.ts'))
  const server = startProgram(programs.workerd, ['serve', '--control-fd=1', join(dir, 'workerd.capnp')])
  const port = await until('workerd to listen', () => /"port":\s*(\d+)/.exec(server.log())?.[1])
  return { server, url: `http://127.0.0.1:${port}` }
}

for (const name of ['node', 'deno', 'bun', 'workerd'] as const) {
  test(`the example served by ${name} answers as the handler in this process does`, async (t) => {
    if (name !== 'node' && programFor(t, name) === undefined) return
    const { server, url } = await serve(name)
    try {
      const seen = await conformance((path, init) => fetch(`${url}${path}`, init))
      assert.deepEqual(seen, await conformance(inProcess))
    } catch (error) {
      console.error(server.log())
      throw error
    } finally {
      await server.stop()
    }
  })
}
