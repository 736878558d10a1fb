/**
 * examples/key-pair-service: two processes on one file of records, each with 50 imports, attaches and reboots at once, half
 * of them of names that the other one wants too. Nothing is lost or doubled, and whoever reads the files reads them whole.
 *
 * The calls of a process run one after another, so that of 50 at once all the attaches may come before all the reboots, and
 * each reboot then writes the same file. So every tenth is in turn: it attaches after the reboot of the one before, and
 * after the reader has read what that left behind. The reader thus reads between rewrites, however busy the machine is.
 */

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { formatPublicKey, generateKey } from '../../src/index.ts'
import { parseAuthorizedKeys } from '../../src/text/index.ts'
import { at, folder, missing, startProgram, until } from './support.ts'

const PAIRS = 50
const INSTANCES = ['i-0', 'i-1', 'i-2']
/** Of the 50, so many are in turn: each TURN-th, all on the first instance, with names that the other process leaves alone. */
const TURN = 10
const TURNS = PAIRS / TURN
/** Read by the processes that the test starts: this file again, with these in their environment. */
const { KEY_PAIRS_TEST_FOLDER: shared, KEY_PAIRS_TEST_NAME: worker } = process.env

/** The service on the records in `dir`; `call` calls it with the first access key. */
async function service(dir: string) {
  const { openService } = await import('../../examples/key-pair-service/serve.ts')
  const { configOf } = await import('../../examples/key-pair-service/config.ts')
  const { createHandler } = await import('../../examples/key-pair-service/handler.ts')
  const { readAccessKey } = await import('../../examples/key-pair-service/secret-files.ts')
  const { addInstance } = await import('../../examples/key-pair-service/instances.ts')
  const { sign } = await import('../../examples/key-pair-service/signature.ts')
  const opened = await openService(configOf({}, dir))
  const fetch = createHandler({ ...opened, onError: (error) => console.error(error) })
  const key = await readAccessKey(join(dir, 'access-key.json'))
  const call = async (Action: string, given: Record<string, string> = {}) => {
    const body = await sign('POST', new Map([['Action', Action], ...Object.entries(given)]), key)
    const response = await fetch(new Request('http://localhost/', { method: 'POST', body }))
    return (await response.json()) as Record<string, unknown> & { Code?: string }
  }
  const prepare = async () => {
    for (const id of INSTANCES) await addInstance(opened, { id, account: 'main', region: 'us-west-1', homes: ['root'] })
  }
  return { call, prepare, records: opened.records, close: () => opened.records.close() }
}

const homeOf = (dir: string, id: string): string => join(dir, 'instances', id, 'home/root/.ssh/authorized_keys')

/** Where a process asks the reader to read: a file there is gone once the reader has, from begin to end. */
const asksIn = (dir: string): string => join(dir, 'asks')

/** Waits for a reader that begins after this. */
async function readByOther(dir: string, name: string): Promise<void> {
  const ask = join(asksIn(dir), name)
  writeFileSync(ask, '')
  while (existsSync(ask)) await new Promise((done) => setTimeout(done, 2))
}

/** What each process does: all at once, but for those in turn. Prints the names that it imported. */
async function work(dir: string, name: string): Promise<void> {
  const { call, close } = await service(dir)
  const bodies = await Promise.all(
    Array.from({ length: PAIRS }, async () => formatPublicKey((await generateKey()).publicKey)),
  )
  console.log('ready')
  // Both begin when the test says so.
  while (!existsSync(join(dir, 'begin'))) await new Promise((done) => setTimeout(done, 5))
  const imported: string[] = []
  let turn: Promise<void> = Promise.resolve()
  await Promise.all(
    bodies.map(async (PublicKeyBody, i) => {
      // Every second name is wanted by the other process as well.
      const KeyPairName = i % 2 === 0 ? `${name}-${i}` : `both-${i}`
      const { Code } = await call('ImportKeyPair', { KeyPairName, PublicKeyBody })
      if (Code === undefined) imported.push(KeyPairName)
      else assert.deepEqual([Code, i % 2], ['KeyPair.AlreadyExist', 1])
      const attachAndReboot = async (id: string) => {
        const attached = await call('AttachKeyPair', { KeyPairName, InstanceIds: JSON.stringify([id]) })
        assert.equal(attached.FailCount, 0, JSON.stringify(attached))
        assert.equal((await call('RebootInstance', { InstanceId: id })).Code, undefined)
        assert.equal(readFileSync(homeOf(dir, id), 'utf8').split('\n').length, 2)
      }
      if (i % TURN !== 0) return attachAndReboot(INSTANCES[i % INSTANCES.length]!)
      turn = turn.then(() => attachAndReboot(INSTANCES[0]!)).then(() => readByOther(dir, KeyPairName))
      await turn
    }),
  )
  close()
  console.log(`imported ${JSON.stringify(imported)}`)
}

if (shared !== undefined && worker !== undefined) await work(shared, worker)
else {
  test('key-pair-service: two processes import, attach and reboot 50 times each at once; nothing is lost or doubled', async (t) => {
    if (!existsSync(at('examples/key-pair-service/node_modules/hono'))) {
      return missing(t, 'npm ci in examples/key-pair-service has not run')
    }
    const dir = folder('key-pairs-concurrency')
    const { call, prepare, records, close } = await service(dir)
    await prepare()
    mkdirSync(asksIn(dir))
    const processes = ['one', 'two'].map((name) =>
      startProgram(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url)], {
        env: { KEY_PAIRS_TEST_FOLDER: dir, KEY_PAIRS_TEST_NAME: name },
      }),
    )
    const ended = () => processes.every((one) => one.end() !== undefined) || undefined
    try {
      await until('both to be ready', () => processes.every((one) => one.log().includes('ready')) || ended())
      writeFileSync(join(dir, 'begin'), '')
      const seen = new Set<string>()
      let asked = 0
      const read = () => {
        const last = ended()
        const asks = readdirSync(asksIn(dir))
        for (const path of INSTANCES.map((id) => homeOf(dir, id)).filter(existsSync)) {
          const file = readFileSync(path, 'utf8')
          const { entries, problems } = parseAuthorizedKeys(file)
          assert.deepEqual([entries.length, problems.length, file.endsWith('\n')], [1, 0, true])
          seen.add(file)
        }
        for (const ask of asks) rmSync(join(asksIn(dir), ask))
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
      const imported = logs.flatMap((log) => JSON.parse(/^imported (.*)$/m.exec(log)![1]!) as string[])
      // 25 of each alone, and the 25 that both wanted, once.
      assert.equal(imported.length, 75)
      assert.equal(new Set(imported).size, 75)
      const rows = await records.rows('SELECT name FROM key_pairs')
      assert.deepEqual(rows.map((row) => String(row.name)).sort(), imported.sort())

      for (const id of INSTANCES) {
        const [instance] = await records.rows(
          'SELECT k.name, k.line FROM instances i JOIN key_pairs k ON k.id = i.key_pair WHERE i.id = ?',
          [id],
        )
        // The last one to be attached was followed by a reboot, so that it is the one in effect.
        assert.equal(readFileSync(homeOf(dir, id), 'utf8'), `${instance?.line}\n`)
        const places = await records.rows('SELECT name FROM placements WHERE instance = ? AND until IS NULL', [id])
        assert.deepEqual(places, [{ name: instance?.name }].map((row) => ({ ...row })) as typeof places)
      }
      const [nonces] = await records.rows('SELECT count(*) AS used FROM nonces')
      assert.equal(Number(nonces?.used), 2 * PAIRS * 3)
      assert.equal((await call('DescribeKeyPairs')).TotalCount, 75)
      // Each turn was read before the next one began.
      assert.equal(asked, 2 * TURNS)
      // After each of five turns the first instance had what was attached no earlier than in that turn, and no key is attached
      // more than twice there: at least three files, and one of each of the other instances.
      assert.ok(seen.size >= Math.ceil(TURNS / 2) + INSTANCES.length - 1, `${seen.size} files were seen`)
    } finally {
      await Promise.all(processes.map((one) => one.stop()))
      close()
    }
  })
}
