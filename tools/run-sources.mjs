/**
 * `npm run test:sources [RUNTIME…]`: the unit tests on src/ as it is, without a build, in Node 22 and 26 (types stripped),
 * Deno and Bun; in Node 24 where it is asked for by name. The built package is what `npm run test:runtimes` runs.
 * Prevents: sources that only a compiler can run, and tests that only one runtime passes.
 *
 * The runtimes come from tools/runtimes (installed here when missing). One that is missing is said, and fails when
 * CI=true.
 */
import { existsSync } from 'node:fs'
import { inModules, installed } from './lib/install.mjs'
import { at, capture, filesBelow, seconds, shown } from './lib/run.mjs'

const inRuntimes = (...parts) => inModules('tools/runtimes', ...parts)

/**
 * Interop talks to real tools, the command is Node's, tools are this repository's, adapters are for Node's libraries, and
 * the tests of the examples start the runtimes themselves: Node's own run has those.
 */
const nodeOnly = ['test/interop/', 'test/cli/', 'test/tools/', 'test/adapters/', 'test/examples/']

const files = filesBelow(at('test'), (path) => path.endsWith('.test.ts'))
  .map(shown)
  .filter((path) => !nodeOnly.some((prefix) => path.startsWith(prefix)))
const shared = files.map((path) => `./${path}`)
const plain = { ...process.env, NO_COLOR: '1' }
for (const name of ['FORCE_COLOR', 'NODE_OPTIONS']) delete plain[name]

const bunArch = process.arch === 'arm64' ? 'aarch64' : process.arch

/** Each runtime: the program, how to run the files, and how its summary tells what passed and failed. */
const runtimes = [
  ...['node22', 'node26', 'node24'].map((name) => ({
    name,
    program: () => inRuntimes(name, 'bin/node'),
    args: ['--test', '--test-reporter=tap', ...shared],
    pass: /^# pass (\d+)$/m,
    fail: /^# fail (\d+)$/m,
    registers: [/^# tests (\d+)$/m, /^# suites (\d+)$/m],
  })),
  {
    name: 'deno',
    program: () => inRuntimes('.bin/deno'),
    args: ['test', '-A', '--no-check', '--no-lock', ...shared],
    // Deno counts what stands at the top level; what is inside a `describe` it calls a step.
    pass: /^(?:ok|FAILED) \| (\d+) passed(?: \((\d+) steps?\))?/m,
    fail: / \| (\d+) failed(?: \((\d+) steps?\))?/,
    left: / \| (\d+) ignored(?: \((\d+) steps?\))?/,
    // A file that throws after its first test() is no failure to Deno 2.9, the tests behind it are just not there.
    least: () => registered,
  },
  {
    name: 'bun',
    // The platform's own package: .bin/bun is a stub until an install script has run, and none runs here.
    program: () => inRuntimes(`@oven/bun-${process.platform}-${bunArch}/bin/bun`),
    args: ['test', '--timeout', '120000', ...shared],
    pass: /^ *(\d+) pass$/m,
    fail: /^ *(\d+) fail$/m,
  },
]

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !runtimes.some((runtime) => runtime.name === name))
if (unknown.length > 0) {
  console.error(`run-sources: unknown runtime ${unknown.join(', ')}`)
  process.exit(2)
}
// Node 24 lies between the other two, and each run takes minutes.
const picked = (name) => (wanted.length === 0 ? name !== 'node24' : wanted.includes(name))

let failed = false
const line = (verdict, name, text) => console.log(`${verdict.padEnd(7)} ${name.padEnd(9)} ${text}`)

function missing(name, text) {
  line('MISSING', name, text)
  if (process.env.CI === 'true') failed = true
}

function told(name, begun, { pass, fail, output, problem }) {
  const good = problem === undefined && fail === 0 && pass > 0
  line(good ? 'ok' : 'FAILED', name, `pass ${pass ?? '?'}  fail ${fail ?? '?'}  ${seconds(begun)}`)
  if (good) return
  failed = true
  const why = problem ?? (fail === 0 ? 'no test ran' : undefined)
  console.error(`--- ${name}${why ? `: ${why}` : ''}\n${output.trimEnd().slice(-20_000)}\n---`)
}

if (runtimes.some(({ name }) => picked(name))) await installed('tools/runtimes')
/** Tests and suites that Node registered; 0 where it did not run. */
let registered = 0
async function run({ name, program, args, pass, fail, left, least, registers }) {
  const file = program()
  if (!existsSync(file)) {
    missing(name, `${shown(file)} is not there: has npm a package of it for ${process.platform}-${process.arch}?`)
    return
  }
  const begun = performance.now()
  const { code, output } = await capture(file, args, { env: plain })
  const count = (pattern) => {
    const found = pattern?.exec(output)
    return found ? Number(found[1]) + Number(found[2] ?? 0) : undefined
  }
  const failures = count(fail)
  let problem = code === 0 || (code === 1 && failures > 0) ? undefined : `ended with ${code}`
  if (registers) registered = registers.reduce((sum, pattern) => sum + (count(pattern) ?? 0), 0)
  const seen = (count(pass) ?? 0) + (failures ?? 0) + (count(left) ?? 0)
  if (least && seen < least()) problem ??= `it saw ${seen} tests and suites, Node registered ${least()}`
  told(name, begun, { pass: count(pass), fail: failures, output, problem })
}
// Two at a time, each of which keeps one core busy; Node's first, since its count is what Deno's is held to.
for (const pair of [runtimes.slice(0, 2), runtimes.slice(2)]) {
  await Promise.all(pair.filter(({ name }) => picked(name)).map(run))
}
process.exit(failed ? 1 : 0)
