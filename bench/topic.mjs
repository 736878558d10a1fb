/**
 * Child process of `run.mjs`, in any runtime: measures the rows of one topic, or those that are named, and prints each to
 * standard output, a line of JSON a row. The topic `facts` gives the runtime's version and the yardstick.
 *
 * A row is `{ name, ours, peers, targets }`, functions of the number of the call and the ratios that are wanted; `rounds`
 * where 15 (in Node, else 7) are not wanted. What is counted and not timed has `sizes: { ours, peers }` in place of functions.
 */
import { writeSync } from 'node:fs'
import { readFixtures } from './fixtures.mjs'
import { runtime, tried } from './library.mjs'
import { alternate } from './measure.mjs'

/** Rounds of other runtimes than Node, whose figures are shown beside its own and judged by nobody. */
const BESIDE = 7

const tell = (row) => writeSync(1, `${JSON.stringify(row)}\n`)
const [topic, dir, ...only] = process.argv.slice(2)

/** The time of a fixed piece of work, in microseconds: what absolute figures are to be read against. */
async function facts() {
  const { sha256 } = await import('@noble/hashes/sha2.js')
  const block = new Uint8Array(1024).fill(7)
  const { yardstick } = await alternate({ yardstick: () => sha256(block) })
  const version = process.versions[runtime.toLowerCase()]
  return { runtime, version, openssl: process.versions.openssl, yardstick: 1000 * yardstick }
}

async function measured({ name, ours, peers = {}, targets = {}, rounds }) {
  const able = {}
  for (const [peer, work] of Object.entries(peers)) {
    // One call, which shows whether the peer can do this here.
    const done = rounds === 1 || (await tried(`${peer} in "${name}"`, async () => [await work(0)]))
    if (done) able[peer] = work
  }
  const turns = rounds ?? (runtime === 'Node' ? undefined : BESIDE)
  const { ours: own, ...others } = await alternate({ ours, ...able }, { rounds: turns, aimed: aimed(targets) })
  const ratios = Object.fromEntries(Object.entries(others).map(([peer, ms]) => [peer, ms / own]))
  return { topic, name, perSecond: 1000 / own, ratios, targets }
}

const aimed = (targets) => (Object.keys(targets).length === 0 ? [] : ['ours', ...Object.keys(targets)])

function counted({ name, sizes: { ours, peers }, targets = {} }) {
  const ratios = Object.fromEntries(Object.entries(peers).map(([peer, size]) => [peer, size / ours]))
  return { topic, name, octets: ours, ratios, targets }
}

if (topic === 'facts') tell(await facts())
else {
  const { rows } = await import(`./rows/${topic}.mjs`)
  for (const row of await rows(readFixtures(dir))) {
    if (only.length > 0 && !only.includes(row.name)) continue
    // Other runtimes run what the targets are about, and nothing that is only counted or takes seconds.
    if (runtime !== 'Node' && (!row.targets || row.sizes || row.rounds === 1)) continue
    tell(row.sizes ? counted(row) : await measured(row))
  }
}
process.exit()
