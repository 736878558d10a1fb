/**
 * `npm run test:runtimes [RUNTIME…]`: the same test files in Node 22 and 24 (src/ as it is, types stripped), Deno and
 * Bun, and the smoke in Chromium, bundled, with no driver: the page runs the tests and posts what they gave.
 * Prevents: something of Node (or of one version of it) creeping into the core unseen.
 *
 * The runtimes come from tools/runtimes (installed here when missing), Chromium from $CHROMIUM or /usr/bin/chromium.
 * One that is missing is said, and fails when CI=true.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { installed } from './lib/install.mjs'
import { at, capture, filesBelow, seconds, shown, start } from './lib/run.mjs'

const folder = at('tools/runtimes')
const modules = join(folder, 'node_modules')
const smoke = 'test/runtimes/smoke.ts'

/**
 * Interop talks to real tools, the command is Node's, tools are this repository's, adapters are for Node's libraries, and
 * the tests of the examples start the runtimes themselves: Node's own run has those.
 */
const nodeOnly = ['test/interop/', 'test/cli/', 'test/tools/', 'test/adapters/', 'test/examples/']

const files = filesBelow(at('test'), (path) => path.endsWith('.test.ts'))
  .map(shown)
  .filter((path) => !nodeOnly.some((prefix) => path.startsWith(prefix)))
const shared = [...files, smoke].map((path) => `./${path}`)
const plain = { ...process.env, NO_COLOR: '1' }
for (const name of ['FORCE_COLOR', 'NODE_OPTIONS']) delete plain[name]

const bunArch = process.arch === 'arm64' ? 'aarch64' : process.arch

/** Each runtime: the program, how to run the files, and how its summary tells what passed and failed. */
const runtimes = [
  ...['node22', 'node24'].map((name) => ({
    name,
    program: () => join(modules, name, 'bin/node'),
    args: ['--test', '--test-reporter=tap', ...shared],
    pass: /^# pass (\d+)$/m,
    fail: /^# fail (\d+)$/m,
    registers: [/^# tests (\d+)$/m, /^# suites (\d+)$/m],
  })),
  {
    name: 'deno',
    program: () => join(modules, '.bin/deno'),
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
    program: () => join(modules, `@oven/bun-${process.platform}-${bunArch}/bin/bun`),
    args: ['test', '--timeout', '120000', ...shared],
    pass: /^ *(\d+) pass$/m,
    fail: /^ *(\d+) fail$/m,
  },
]

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => name !== 'chromium' && !runtimes.some((runtime) => runtime.name === name))
if (unknown.length > 0) {
  console.error(`run-runtimes: unknown runtime ${unknown.join(', ')}`)
  process.exit(2)
}
const picked = (name) => wanted.length === 0 || wanted.includes(name)

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
if (picked('chromium')) await chromium()
process.exit(failed ? 1 : 0)

/** Bundles the smoke for a page, serves it on loopback, starts Chromium there and waits for what the page posts. */
async function chromium() {
  const program = process.env.CHROMIUM ?? '/usr/bin/chromium'
  if (!existsSync(program)) {
    missing('chromium', `${program} is not there: apt-get install chromium, or set CHROMIUM`)
    return
  }
  const begun = performance.now()
  const alias = { 'node:test': at('test/runtimes/shim-test.ts') }
  for (const name of ['node:assert/strict', 'node:assert']) alias[name] = at('test/runtimes/shim-assert.ts')
  let script
  try {
    const bundle = await build({
      stdin: {
        contents: `
          import './${smoke}'
          import { run } from 'node:test'
          const post = (outcome) => fetch('/outcome', { method: 'POST', body: JSON.stringify(outcome) })
          run().then(post, (error) => post({ problem: String(error) }))`,
        resolveDir: at(),
      },
      alias,
      bundle: true,
      // package.json says `sideEffects: false`, and all that a test file has is side effects.
      ignoreAnnotations: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      write: false,
      logLevel: 'silent',
      absWorkingDir: at(),
    })
    script = bundle.outputFiles[0].text
  } catch (error) {
    told('chromium', begun, { output: error.message, problem: 'the bundle was not made' })
    return
  }

  let settle
  const outcome = new Promise((resolve) => {
    settle = resolve
  })
  const page = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script>
    const post = (problem) => fetch('/outcome', { method: 'POST', body: JSON.stringify({ problem }) })
    addEventListener('error', (event) => post(event.message || 'the script did not load'), true)
    addEventListener('unhandledrejection', (event) => post(String(event.reason)))
  </script><script type="module" src="/smoke.js"></script>`
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        response.end()
        settle(JSON.parse(body))
      })
    } else if (request.url === '/') response.setHeader('content-type', 'text/html').end(page)
    else if (request.url === '/smoke.js') response.setHeader('content-type', 'text/javascript').end(script)
    else response.writeHead(404).end()
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))

  const profile = mkdtempSync(join(tmpdir(), 'hawser-chromium-'))
  const flags =
    '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking ' +
    '--disable-component-update --disable-sync'
  const url = `http://localhost:${server.address().port}/`
  const browser = start(program, [...flags.split(' '), `--user-data-dir=${profile}`, url], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  for (const stream of [browser.child.stdout, browser.child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      log += text
    })
  }
  const timer = setTimeout(() => settle({ problem: 'no answer from the page in 120 s' }), 120_000)
  browser.ended.then(
    (code) => settle({ problem: `the browser ended with ${code}` }),
    (error) => settle({ problem: error.message }),
  )
  const { pass, fail, failures = [], problem } = await outcome
  clearTimeout(timer)
  browser.stop()
  await browser.ended.catch(() => undefined)
  server.closeAllConnections()
  server.close()
  rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  told('chromium', begun, {
    pass,
    fail,
    output: failures.join('\n') || (problem ? log.replace(/^.*:ERROR:dbus.*\n/gm, '') : ''),
    problem,
  })
}
