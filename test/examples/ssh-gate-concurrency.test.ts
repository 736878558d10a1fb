/**
 * examples/ssh-gate: two processes on one file of records, each with 50 keys that are added at the same time, of which it
 * removes every second one. Nothing is lost or doubled, and whoever reads the authorized_keys meanwhile reads it whole.
 */

import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { formatPublicKey, generateKey } from '../../src/index.ts'
import { writeFileAtomic } from '../../src/runtime/shared.ts'
import { parseAuthorizedKeys } from '../../src/text/index.ts'
import { at, folder, missing, startProgram, until } from './support.ts'

const KEYS = 50
/** Read by the processes that the test starts: this file again, with these in their environment. */
const { SSH_GATE_TEST_FOLDER: shared, SSH_GATE_TEST_NAME: worker } = process.env

/** A service on the records in `dir`, whose gate is a file there; `ask` calls it as the admin of project web. */
async function service(dir: string) {
  const { createRoutes } = await import('../../examples/ssh-gate/routes.ts')
  const { openStore } = await import('../../examples/ssh-gate/store.ts')
  const store = await openStore({ url: `file:${join(dir, 'records.db')}` })
  const fetch = createRoutes({
    store,
    push: (_, file) => writeFileAtomic(join(dir, 'authorized_keys'), file, { force: true }),
    seal: 's'.repeat(40),
    authenticate: async () => ({ id: 'ada', roles: new Map([['web', 'admin' as const]]) }),
    onError: (error) => console.error(error),
  })
  const ask = async (method: string, path: string, body?: unknown) => {
    const headers = { authorization: 'Bearer x', 'content-type': 'application/json' }
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const response = await fetch(new Request(`http://localhost/v1/web${path}`, init))
    const text = await response.text()
    return { status: response.status, text, json: text === '' ? undefined : JSON.parse(text) }
  }
  return { ask, close: () => store.close() }
}

/** What each process does: all at once, no waiting for one another. Prints the lines that must stay. */
async function work(dir: string, name: string): Promise<void> {
  const { ask, close } = await service(dir)
  const keys = await Promise.all(
    Array.from({ length: KEYS }, async (_, i) => {
      const comment = `${name}-${i}`
      return formatPublicKey((await generateKey('ed25519', { comment })).publicKey).trim()
    }),
  )
  console.log('ready')
  // Both begin when the test says so.
  while (!existsSync(join(dir, 'begin'))) await new Promise((done) => setTimeout(done, 5))
  await Promise.all(
    keys.map(async (key, i) => {
      const added = await ask('POST', '/gates/edge/keys', { key })
      assert.equal(added.status, 201, added.text)
      // Everything that was said to be done is shown: a key that was added stands in the file from here on.
      assert.ok(readFileSync(join(dir, 'authorized_keys'), 'utf8').includes(key), 'shown')
      if (i % 2 === 0) return
      const gone = await ask('DELETE', `/gates/edge/keys/${encodeURIComponent(added.json.fingerprint)}`)
      assert.equal(gone.status, 204, gone.text)
      assert.ok(!readFileSync(join(dir, 'authorized_keys'), 'utf8').includes(key), 'shown no more')
    }),
  )
  close()
  console.log(`kept ${JSON.stringify(keys.filter((_, i) => i % 2 === 0))}`)
}

if (shared !== undefined && worker !== undefined) await work(shared, worker)
else {
  test('two processes add and remove 50 keys each at once: none is lost or doubled, and the file is always whole', async (t) => {
    if (!existsSync(at('examples/ssh-gate/node_modules/hono'))) {
      return missing(t, 'npm ci in examples/ssh-gate has not run')
    }
    const dir = folder('ssh-gate-concurrency')
    const { ask, close } = await service(dir)
    const hostKey = formatPublicKey((await generateKey()).publicKey)
    await ask('POST', '/gates', { name: 'edge', host: '192.0.2.1', hostKey })
    await ask('POST', '/targets', { name: 't', user: 'u', key: hostKey, machine: 'm', hostKey })
    assert.equal((await ask('PUT', '/targets/t/gates/edge')).status, 204)

    const processes = ['one', 'two'].map((name) =>
      startProgram(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url)], {
        env: { SSH_GATE_TEST_FOLDER: dir, SSH_GATE_TEST_NAME: name },
      }),
    )
    try {
      await until('both to be ready', () => processes.every((one) => one.log().includes('ready')) || undefined)
      writeFileSync(join(dir, 'begin'), '')
      let reads = 0
      const seen = new Set<string>()
      const ended = () => processes.every((one) => one.child.exitCode !== null) || undefined
      await until(
        'both to end',
        () => {
          const file = readFileSync(join(dir, 'authorized_keys'), 'utf8')
          const { entries, problems } = parseAuthorizedKeys(file)
          assert.deepEqual(problems, [])
          assert.ok(file === '' || file.endsWith('\n'))
          assert.equal(new Set(entries.map(({ key }) => key.comment)).size, entries.length, 'none is doubled')
          assert.ok(entries.every(({ options }) => options.permitOpen?.join() === 'm:22'))
          reads++
          seen.add(file)
          return ended()
        },
        90_000,
      )
      const logs = processes.map((one) => one.log())
      assert.deepEqual(
        processes.map((one) => one.child.exitCode),
        [0, 0],
        logs.join('\n'),
      )
      const kept = logs.flatMap((log) => JSON.parse(/^kept (.*)$/m.exec(log)![1]!) as string[])
      assert.equal(kept.length, KEYS)
      const listed = (await ask('GET', '/gates/edge/keys')).json as { key: string }[]
      assert.deepEqual(listed.map(({ key }) => key).sort(), [...kept].sort())
      const { entries } = parseAuthorizedKeys(readFileSync(join(dir, 'authorized_keys'), 'utf8'))
      assert.deepEqual(entries.map(({ key }) => key.comment).sort(), kept.map((line) => line.split(' ')[2]!).sort())
      assert.ok(reads > 5 && seen.size > 2, `${reads} reads saw ${seen.size} files`)
    } finally {
      await Promise.all(processes.map((one) => one.stop()))
      close()
    }
  })
}
