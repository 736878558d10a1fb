/**
 * How the cost of every parser grows: 64 kB, 256 kB, 1 MB and 4 MB of input, the best of five, and the slope of
 * log(time) over log(size) by least squares. Linear is 1, quadratic 2; more than 1.2 fails. It needs no peers.
 *
 * `node bench/exponent.mjs [--dist DIR] [--save] [FILTER…]`. The parsers stand in cost/; `--save` writes cost.json and
 * cost.svg.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values: flags, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: { dist: { type: 'string' }, save: { type: 'boolean' } },
})
if (flags.save && filters.length > 0) {
  console.error('exponent: --save is for a run of all parsers')
  process.exit(2)
}
// What is measured is the parser: room for the young, since where results of 4 MB do not fit and those of 64 kB do, the
// slope is that of the garbage collector; a collector without threads of its own, which wait for a core on a busy machine;
// and each sample begins with a clean heap.
const engine = ['--max-semi-space-size=64', '--single-threaded-gc', '--expose-gc']
if (!process.execArgv.includes(engine[0])) {
  const { status } = spawnSync(process.execPath, [...engine, ...process.argv.slice(1)], { stdio: 'inherit' })
  process.exit(status ?? 1)
}
if (flags.dist) process.env.HAWSER_DIST = flags.dist

const here = fileURLToPath(new URL('.', import.meta.url))
const CEILING = 1.2
const SIZES = [1 << 16, 1 << 18, 1 << 20, 1 << 22]
/** A short call is repeated until the clock can tell. */
const LEAST_MS = 4
/** After a call that takes longer, one sample is enough; where a size below the largest does, the larger are left out. */
const MOST_MS = 2_000

/** The groups of cost/, in an order that does not depend on the file system. */
const groups = []
for (const file of readdirSync(`${here}cost`).sort()) {
  if (file !== 'inputs.mjs') groups.push(...Object.entries((await import(`./cost/${file}`)).groups ?? {}))
}

/** Milliseconds of processor time so far: a neighbour's work does not count. */
function spent() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Milliseconds of one call, the best of five samples. */
async function best(work) {
  let least = Number.POSITIVE_INFINITY
  for (let sample = 0; sample < 5; sample++) {
    let calls = 0
    let took = 0
    globalThis.gc()
    const begun = spent()
    do {
      await work()
      calls++
      took = spent() - begun
    } while (took < LEAST_MS)
    least = Math.min(least, took / calls)
    if (took > MOST_MS) break
  }
  return least
}

function slope(points) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
  const x = mean(points.map((p) => p[0]))
  const y = mean(points.map((p) => p[1]))
  const over = points.reduce((sum, p) => sum + (p[0] - x) * (p[1] - y), 0)
  return over / points.reduce((sum, p) => sum + (p[0] - x) ** 2, 0)
}

async function exponent(make) {
  // The smallest input twice: the first time is the compiler's.
  const first = await best(make(SIZES[0]))
  if (first > MOST_MS) return { times: [first], exponent: 2 }
  const times = []
  for (const size of SIZES) {
    times.push(await best(make(size)))
    // The next size could take minutes.
    if (times.at(-1) > MOST_MS) break
  }
  return { times, exponent: slope(times.map((ms, i) => [Math.log(SIZES[i]), Math.log(ms)])) }
}

let failed = 0
const measured = []
console.log(`${'exponent'.padStart(8)}  ${'4 MB'.padStart(9)}  parser`)
for (const [title, parsers] of groups) {
  const found = []
  for (const [name, make] of Object.entries(parsers)) {
    if (filters.length > 0 && !filters.some((filter) => name.includes(filter))) continue
    let result = await exponent(make)
    // A neighbour's burst of work bends the line; one that is bent twice is bent.
    if (result.exponent > CEILING) result = await exponent(make)
    const bad = result.exponent > CEILING
    if (bad) failed++
    const ms = result.times.length === SIZES.length ? `${result.times.at(-1).toFixed(1)} ms` : 'not run'
    console.log(
      `${result.exponent.toFixed(2).padStart(8)}  ${ms.padStart(9)}  ${name}${bad ? `  ABOVE ${CEILING}` : ''}`,
    )
    found.push({ name, ...result })
  }
  measured.push({ title, parsers: found })
}
const count = measured.reduce((sum, { parsers }) => sum + parsers.length, 0)
console.log(failed === 0 ? `none of ${count} grows faster than size^${CEILING}` : `${failed} of ${count} grow too fast`)
if (flags.save) {
  const { drawCost } = await import('./plot.mjs')
  const facts = {
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    sizes: SIZES,
    ceiling: CEILING,
  }
  writeFileSync(`${here}cost.json`, `${JSON.stringify({ ...facts, groups: measured }, undefined, 2)}\n`)
  writeFileSync(`${here}cost.svg`, drawCost(measured, SIZES, CEILING))
  const biome = `${here}../node_modules/@biomejs/biome/bin/biome`
  spawnSync(process.execPath, [biome, 'format', '--write', `${here}cost.json`], { cwd: here, stdio: 'inherit' })
}
process.exitCode = failed === 0 ? 0 : 1
