/** What instances of the authority of examples/zero-trust share: each store does the same, in its own runtime. */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { azureTableStore, sweepAzureTable } from '../../examples/zero-trust/stores/azure-table.ts'
import { memoryStore } from '../../src/ca/index.ts'
import { StandInTable } from './stand-in-table.ts'
import { tellSemantics } from './store-semantics.ts'
import { at, programFor, programs, startProgram, until } from './support.ts'
import { bundle, newFile, ready, serveWorkerd, workerdConfig } from './zero-trust.ts'

/** What each store must do; the same in every runtime. */
const semantics = [true, false, 'one', null, 1, 2, [1, 2, 3, 4, 5, 6, 7, 8], 1, true, 1]

/** A program that tells what a store does, in place of an entry. */
function storeProgram(lines: readonly string[]): string {
  const file = newFile('authority-store', 'entry.ts')
  const check = JSON.stringify(at('test/examples/store-semantics.ts'))
  writeFileSync(file, [`import { tellSemantics } from ${check}`, ...lines].join('\n'))
  return file
}
const stores = (name: string): string => JSON.stringify(at(`examples/zero-trust/stores/${name}.ts`))

test('the store of Durable Objects, in workerd', async (t) => {
  if (!ready(t) || programFor(t, 'workerd') === undefined) return
  const entry = storeProgram([
    `import { durableObjectStore } from ${stores('durable-object')}`,
    `export { AuthorityStore } from ${stores('durable-object')}`,
    'export default { fetch: async (_, { STORE }) => Response.json(await tellSemantics(durableObjectStore(STORE))) }',
  ])
  const here = dirname(entry)
  writeFileSync(join(here, 'worker.js'), await bundle(entry))
  writeFileSync(join(here, 'workerd.capnp'), workerdConfig(here))
  const { server, url } = await serveWorkerd(join(here, 'workerd.capnp'), {})
  try {
    const answer = await fetch(url)
    const text = await answer.text()
    assert.equal(answer.status, 200, text + server.log())
    assert.deepEqual(JSON.parse(text), semantics)
  } finally {
    await server.stop()
  }
})

test('the store of Deno KV, in Deno', async (t) => {
  if (!ready(t) || programFor(t, 'deno') === undefined) return
  const entry = storeProgram([
    `import { denoKvStore } from ${stores('deno-kv')}`,
    "const kv = await Deno.openKv(':memory:')",
    'console.log(JSON.stringify(await tellSemantics(denoKvStore(kv))))',
    'kv.close()',
  ])
  const file = entry.replace(/\.ts$/, '.mjs')
  writeFileSync(file, await bundle(entry))
  const ran = startProgram(programs.deno, ['run', '--unstable-kv', '--no-prompt', file])
  try {
    assert.equal(await until('Deno to end', ran.end), 0, ran.log())
    assert.deepEqual(JSON.parse(/^\[.*\]$/m.exec(ran.log())?.[0] ?? assert.fail(ran.log())), semantics)
  } finally {
    await ran.stop()
  }
})

test('the store of Azure tables, before a table that answers as the service does', async () => {
  const table = new StandInTable()
  const store = azureTableStore(table)
  assert.deepEqual(await tellSemantics(store), semantics)
  assert.ok(table.conflicts > 0, 'nobody was too late')
  await store.putIfAbsent('proof:over', '1', -1)
  assert.equal(await sweepAzureTable(table), 1)
  assert.equal(await store.get('proof:over'), undefined)
  assert.equal(await store.get('identity:one'), '1')
})

test('the store in memory does the same', async () => {
  assert.deepEqual(await tellSemantics(memoryStore()), semantics)
})
