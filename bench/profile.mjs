/**
 * `node bench/profile.mjs [--dist DIR] [--peer PEER] TOPIC [ROW]`: a CPU profile of our side alone, or a peer's, of the
 * first row of a topic whose name begins with ROW; three seconds of it, and the functions that cost most themselves.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeFixtures, readFixtures } from './fixtures.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { dist: { type: 'string' }, peer: { type: 'string' } },
})
if (values.dist) process.env.HAWSER_DIST = values.dist
const [topic, start = ''] = positionals
const { rows } = await import(`./rows/${topic}.mjs`)
const dir = mkdtempSync(join(tmpdir(), 'bench-profile-'))
process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
makeFixtures(dir)
const row = (await rows(readFixtures(dir))).find(({ name }) => name.startsWith(start))
if (!row) throw new Error(`no row of ${topic} begins with "${start}"`)
const work = values.peer ? row.peers[values.peer] : row.ours

async function run(ms) {
  let calls = 0
  const begun = performance.now()
  while (performance.now() - begun < ms) {
    for (let i = 0; i < 16; i++) {
      const result = work(calls++)
      if (result instanceof Promise) await result
    }
  }
  return (1000 * (performance.now() - begun)) / calls
}

await run(1000)
const session = new Session()
session.connect()
await session.post('Profiler.enable')
await session.post('Profiler.setSamplingInterval', { interval: 200 })
await session.post('Profiler.start')
const each = await run(3000)
const { profile } = await session.post('Profiler.stop')
const counts = new Map()
const names = new Map(
  profile.nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
    id,
    `${functionName || '(anonymous)'} ${url.split('/').slice(-2).join('/')}${url ? `:${lineNumber + 1}` : ''}`,
  ]),
)
for (const id of profile.samples) counts.set(names.get(id), (counts.get(names.get(id)) ?? 0) + 1)
console.log(`${row.name}: ${each.toFixed(2)} µs a call`)
for (const [name, count] of [...counts].sort((a, b) => b[1] - a[1]).slice(0, 22)) {
  console.log(`${((100 * count) / profile.samples.length).toFixed(1).padStart(6)} %  ${name}`)
}
process.exit()
