/**
 * examples/ssh-gate: two processes on one file of records, each with 50 keys that are added at the same time, of which it
 * removes every second one. Nothing is lost or doubled, and whoever reads the authorized_keys meanwhile reads it whole.
 * Every tenth waits for its turn: it is added after the reader has read the file with the one before, so that the reader
 * reads between rewrites, however busy the machine is.
 */

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { formatPublicKey, generateKey } from '../../src/index.ts'
import { writeFileAtomic } from '../../src/runtime/shared.ts'
import { parseAuthorizedKeys } from '../../src/text/index.ts'
import { at, folder, missing, startProgram, until } from './support.ts'

const KEYS = 50
/** Each TURN-th is in turn; they are of those that stay. */
const TURN = 10
const TURNS = KEYS / TURN
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
    addressesOf: async (host) => [host],
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

/** Where a process asks the reader to read: a file there is gone once the reader has, from begin to end. */
const asksIn = (dir: string): string => join(dir, 'asks')

/** Waits for a reader that begins after this. */
async function readByOther(dir: string, name: string): Promise<void> {
  const ask = join(asksIn(dir), name)
  writeFileSync(ask, '')
  while (existsSync(ask)) await new Promise((done) => setTimeout(done, 2))
}

/** What each process does: all at once, but for those in turn. Prints the lines that must stay. */
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
  const add = async (key: string) => {
    const added = await ask('POST', '/gates/edge/keys', { key })
    assert.equal(added.status, 201, added.text)
    // Everything that was said to be done is shown: a key that was added stands in the file from here on.
    assert.ok(readFileSync(join(dir, 'authorized_keys'), 'utf8').includes(key), 'shown')
    return added
  }
  let turn: Promise<unknown> = Promise.resolve()
  await Promise.all(
    keys.map(async (key, i) => {
      if (i % TURN === 0) {
        turn = turn.then(() => add(key)).then(() => readByOther(dir, `${name}-${i}`))
        await turn
        return
      }
      const added = await add(key)
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

    mkdirSync(asksIn(dir))
    const processes = ['one', 'two'].map((name) =>
      startProgram(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url)], {
        env: { SSH_GATE_TEST_FOLDER: dir, SSH_GATE_TEST_NAME: name },
      }),
    )
    try {
      const ended = () => processes.every((one) => one.end() !== undefined) || undefined
      await until('both to be ready', () => processes.every((one) => one.log().includes('ready')) || ended())
      writeFileSync(join(dir, 'begin'), '')
      let asked = 0
      const seen = new Set<string>()
      const read = () => {
        const last = ended()
        const asks = readdirSync(asksIn(dir))
        const file = readFileSync(join(dir, 'authorized_keys'), 'utf8')
        const { entries, problems } = parseAuthorizedKeys(file)
        assert.deepEqual(problems, [])
        assert.ok(file === '' || file.endsWith('\n'))
        assert.equal(new Set(entries.map(({ key }) => key.comment)).size, entries.length, 'none is doubled')
        assert.ok(entries.every(({ options }) => options.permitOpen?.join() === 'm:22'))
        seen.add(file)
        for (const one of asks) rmSync(join(asksIn(dir), one))
        asked += asks.length
        return last
      }
      await until('both to end', read, 900_000, 1)
      const logs = processes.map((one) => one.log())
      assert.deepEqual(
        processes.map((one) => one.end()),
        [0, 0],
        logs.join('\n'),
      )
      const kept = logs.flatMap((log) => JSON.parse(/^kept (.*)$/m.exec(log)![1]!) as string[])
      assert.equal(kept.length, KEYS)
      const listed = (await ask('GET', '/gates/edge/keys')).json as { key: string }[]
      assert.deepEqual(listed.map(({ key }) => key).sort(), [...kept].sort())
      const { entries } = parseAuthorizedKeys(readFileSync(join(dir, 'authorized_keys'), 'utf8'))
      assert.deepEqual(entries.map(({ key }) => key.comment).sort(), kept.map((line) => line.split(' ')[2]!).sort())
      // Each turn was read before the next one began, and each brought a file with one more of these keys.
      assert.equal(asked, 2 * TURNS)
      assert.ok(seen.size >= TURNS, `${seen.size} files were seen`)
    } finally {
      await Promise.all(processes.map((one) => one.stop()))
      close()
    }
  })
}
