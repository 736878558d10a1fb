/**
 * `npm run test:runtimes [RUNTIME…] [--filter=TEXT]`: the conformance suite (test/runtimes/) on the package as it is
 * installed, in nine runtimes, two at a time. Node, Deno and Bun import it from node_modules; workerd, Chromium and
 * Firefox get one bundle. No driver: a page runs the suite and posts what it gave; it is loaded twice, so that keys in
 * IndexedDB outlive it.
 * Prevents: something of one runtime creeping into the core unseen, and a verdict that depends on where it is asked.
 *
 * The runtimes come from tools/runtimes (installed here when missing), Node 20 is the one that runs this (or $NODE20),
 * the browsers are $CHROMIUM and $FIREFOX, or Debian's. One that is missing is said, and fails when CI=true.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { inModules, installed } from './lib/install.mjs'
import { gapsOf, problemsOf } from './lib/outcomes.mjs'
import { installTarball, isStale, pack } from './lib/package.mjs'
import { at, capture, seconds, start } from './lib/run.mjs'
import { corpus, suiteFiles } from './lib/vectors.mjs'

/** A runtime that has said nothing for so long has hung. */
const TIMEOUT = 300_000

const inRuntimes = (...parts) => inModules('tools/runtimes', ...parts)
const bunArch = process.arch === 'arm64' ? 'aarch64' : process.arch
const isNode20 = process.versions.node.startsWith('20.')

/** Each runtime: its program and the way the suite gets into it. */
const runtimes = {
  node20: { program: process.env.NODE20 ?? (isNode20 ? process.execPath : 'Node 20'), run: asProcess('node') },
  node22: { program: inRuntimes('node22/bin/node'), run: asProcess('node') },
  node24: { program: inRuntimes('node24/bin/node'), run: asProcess('node') },
  node26: { program: inRuntimes('node26/bin/node'), run: asProcess('node') },
  deno: { program: inRuntimes('.bin/deno'), run: asProcess('deno', 'run', '-A', '--no-check', '--no-lock') },
  // The platform's own package: .bin/bun is a stub until an install script has run, and none runs here.
  bun: { program: inRuntimes(`@oven/bun-${process.platform}-${bunArch}/bin/bun`), run: asProcess('bun') },
  workerd: { program: inRuntimes('.bin/workerd'), run: asWorker },
  chromium: { program: process.env.CHROMIUM ?? '/usr/bin/chromium', run: asPage(chromium) },
  firefox: { program: process.env.FIREFOX ?? '/usr/bin/firefox-esr', run: asPage(firefox) },
}

const given = process.argv.slice(2)
const filter = given.find((argument) => argument.startsWith('--filter='))?.slice('--filter='.length)
const wanted = given.filter((argument) => !argument.startsWith('--filter='))
const unknown = wanted.filter((name) => !Object.hasOwn(runtimes, name))
if (unknown.length > 0) {
  console.error(`run-runtimes: unknown runtime ${unknown.join(', ')}`)
  process.exit(2)
}
const picked = Object.keys(runtimes).filter((name) => wanted.length === 0 || wanted.includes(name))

const begun = performance.now()
const plain = { ...process.env, NO_COLOR: '1', TZ: 'UTC' }
for (const name of ['FORCE_COLOR', 'NODE_OPTIONS', 'NODE_TEST_CONTEXT']) delete plain[name]
const line = (verdict, name, text) => console.log(`${verdict.padEnd(7)} ${name.padEnd(9)} ${text}`)

await installed('tools/runtimes')
if (isStale()) {
  const { code, output } = await capture(process.execPath, [at('tools/build.mjs')])
  if (code !== 0) throw new Error(`the build ended with ${code}\n${output}`)
}
const scratch = mkdtempSync(join(tmpdir(), 'hawser-runtimes-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }))
const { tarball, filename } = await pack(scratch)
await installTarball(scratch, tarball)
const files = suiteFiles()
writeFileSync(join(scratch, 'vectors.mjs'), `export default ${JSON.stringify(files)}\n`)
await bundles()
console.log(`${filename}, ${Object.keys(files).length} files of vectors, made ready in ${seconds(begun)}`)
if (!files['shared/made/manifest.json']) console.log(`WITHOUT the corpus: there is no ${corpus}`)

const outcomes = new Map()
// Those that take longest come first, so that neither core has nothing to do at the end.
const slow = ['firefox', 'node20', 'node22', 'deno', 'node24']
const rest = [...slow.filter((name) => picked.includes(name)), ...picked.filter((name) => !slow.includes(name))]
let missing = false
const work = async () => {
  for (let name = rest.shift(); name; name = rest.shift()) {
    const { program, run } = runtimes[name]
    if (!existsSync(program)) {
      line('MISSING', name, `${program} is not there`)
      missing = true
      continue
    }
    const from = performance.now()
    const outcome = await run(name, program).catch((error) => ({ problem: error.message }))
    outcomes.set(name, outcome)
    const { pass = 0, fail = 0, failures = [], cases = 0, version = '', problem } = outcome
    const good = problem === undefined && failures.length === 0
    const counts =
      problem === undefined ? `pass ${pass}  fail ${fail}  gaps ${gapsOf(outcome)}  cases ${cases}` : problem
    line(good ? 'ok' : 'FAILED', name, `${counts}  ${seconds(from)}  ${version}`)
  }
}
// Two, each of which keeps one core busy.
await Promise.all([work(), work()])

const ordered = picked.filter((name) => outcomes.has(name)).map((name) => [name, outcomes.get(name)])
const problems = problemsOf(ordered)
table(ordered)
for (const problem of problems) console.error(`--- ${problem}`)
console.log(`${ordered.length} of ${picked.length} runtimes, ${problems.length} problems, ${seconds(begun)}`)
process.exit(problems.length > 0 || ordered.length === 0 || (missing && process.env.CI === 'true') ? 1 : 0)

/** What is lacking where, by the table of the suite, which has been asked of each runtime; and how many cases want it. */
function table(found) {
  if (found.length === 0) return
  const names = found.map(([name]) => name)
  const rows = new Map()
  for (const [name, { lacks = [] }] of found) {
    for (const capability of lacks) rows.set(capability, new Set([...(rows.get(capability) ?? []), name]))
  }
  console.log(`\n${'lacking'.padEnd(46)}${names.map((name) => name.padEnd(9)).join('')}`)
  for (const [capability, lacking] of rows) {
    const marks = found.map(([name, { gaps = {} }]) =>
      (lacking.has(name) ? `- ${gaps[capability] ?? ''}` : '').padEnd(9),
    )
    console.log(`${capability.padEnd(46)}${marks.join('')}`)
  }
  console.log('')
}

/** The suite with the package outside of it, then both in one. */
async function bundles() {
  const options = {
    bundle: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'silent',
    // What stands for the whole is not what a page would load: nothing is left out.
    external: ['node:*'],
  }
  await build({
    ...options,
    stdin: {
      contents: `
        import { subpaths } from './library.ts'
        import { run } from './run.ts'
        export { keepPairs } from './stored-keys.ts'
        ${Object.entries(await subpaths())
          .map(([name, path]) => `import * as ${name} from '${path}'`)
          .join('\n')}
        const library = { ${Object.keys(await subpaths()).join(', ')} }
        if (Object.keys(subpaths).join() !== Object.keys(library).join()) throw new Error('another library')
        export const suite = (files, options) => run(library, files, options)`,
      resolveDir: at('test/runtimes'),
    },
    platform: 'neutral',
    external: [...options.external, 'hawser', 'hawser/*'],
    outfile: join(scratch, 'suite.mjs'),
  })
  await build({
    ...options,
    entryPoints: [join(scratch, 'suite.mjs')],
    platform: 'browser',
    outfile: join(scratch, 'bundle.mjs'),
  })
}

/** Name and specifier of each subpath, as the suite has them. */
async function subpaths() {
  const { outputFiles } = await build({
    entryPoints: [at('test/runtimes/library.ts')],
    format: 'esm',
    write: false,
    logLevel: 'silent',
  })
  return (await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`)).subpaths
}

/** The last line that begins so is the outcome. */
function outcomeOf(output, code) {
  const found = /^OUTCOME (.*)$/m.exec(output)
  if (!found) return { problem: `ended with ${code} and said nothing\n${output.trim().slice(-4000)}` }
  return JSON.parse(found[1])
}

function asProcess(platform, ...args) {
  return async (name, program) => {
    const file = join(scratch, `${name}.mjs`)
    writeFileSync(
      file,
      `import * as platform from 'hawser/${platform}'
import files from './vectors.mjs'
import { suite } from './suite.mjs'
const version = globalThis.Deno?.version.deno ?? globalThis.Bun?.version ?? process.version
const options = { runtime: ${JSON.stringify(name)}, platform, version, filter: ${JSON.stringify(filter)} }
console.log('OUTCOME ' + JSON.stringify(await suite(files, options)))
`,
    )
    const { code, output } = await capture(program, [...args, file], { cwd: scratch, env: plain, timeout: TIMEOUT })
    return outcomeOf(output, code)
  }
}

/** workerd's own test command, which calls `test` of the worker. */
async function asWorker(name, program) {
  const config = join(scratch, 'workerd.capnp')
  writeFileSync(
    join(scratch, 'worker.mjs'),
    `import files from './vectors.mjs'
import { suite } from './bundle.mjs'
export default {
  async test() {
    const options = { runtime: 'workerd', version: navigator.userAgent, filter: ${JSON.stringify(filter)} }
    console.log('OUTCOME ' + JSON.stringify(await suite(files, options)))
  },
}
`,
  )
  const modules = ['worker', 'vectors', 'bundle'].map(
    (file) => `(name = "${file}.mjs", esModule = embed "${file}.mjs")`,
  )
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "${name}", worker = .w)]);
const w :Workerd.Worker = (modules = [${modules.join(', ')}], compatibilityDate = "2026-10-01");
`,
  )
  const { code, output } = await capture(program, ['test', config], { cwd: scratch, env: plain, timeout: TIMEOUT })
  return outcomeOf(output, code)
}

/** The page: keeps keys, loads itself anew, runs the suite, posts what it gave. */
function page(name) {
  return `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script>
  const post = (outcome) => fetch('/outcome', { method: 'POST', body: JSON.stringify(outcome) })
  const tell = (error) => post({ problem: String(error?.stack ?? error) })
  addEventListener('error', (event) => tell(event.message || 'the script did not load'), true)
  addEventListener('unhandledrejection', (event) => tell(event.reason))
</script><script type="module">
  import files from '/vectors.mjs'
  import { keepPairs, suite } from '/bundle.mjs'
  if (!sessionStorage.kept) {
    await keepPairs()
    sessionStorage.kept = 'yes'
    location.reload()
  } else {
    const version = /(Chrome|Firefox)\\/[\\d.]+/.exec(navigator.userAgent)?.[0]
    await post(await suite(files, { runtime: ${JSON.stringify(name)}, version, filter: ${JSON.stringify(filter)} }))
  }
</script>`
}

/** Serves the page on loopback, where a page is a secure context, starts the browser there, waits for what is posted. */
function asPage(browserArguments) {
  return async (name, program) => {
    let settle
    const outcome = new Promise((resolve) => {
      settle = resolve
    })
    const server = createServer((request, response) => {
      if (request.method === 'POST') {
        const pieces = []
        request.on('data', (piece) => pieces.push(piece))
        request.on('end', () => {
          response.end()
          settle(JSON.parse(Buffer.concat(pieces).toString()))
        })
      } else if (request.url === '/') response.setHeader('content-type', 'text/html').end(page(name))
      else if (['/vectors.mjs', '/bundle.mjs'].includes(request.url)) {
        response.setHeader('content-type', 'text/javascript').end(readFileSync(join(scratch, request.url.slice(1))))
      } else response.writeHead(404).end()
    })
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    const profile = mkdtempSync(join(scratch, `${name}-`))
    const args = browserArguments(profile, `http://localhost:${server.address().port}/`)
    const browser = start(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...plain, HOME: profile, MOZ_CRASHREPORTER_DISABLE: '1' },
    })
    let log = ''
    for (const stream of [browser.child.stdout, browser.child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        log += text
      })
    }
    const timer = setTimeout(() => settle({ problem: `no answer from the page in ${TIMEOUT / 1000} s` }), TIMEOUT)
    browser.ended.then(
      (code) => settle({ problem: `the browser ended with ${code}` }),
      (error) => settle({ problem: error.message }),
    )
    const found = await outcome
    clearTimeout(timer)
    browser.stop()
    await browser.ended.catch(() => undefined)
    server.closeAllConnections()
    server.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
    if (found.problem === undefined) return found
    return {
      problem: `${found.problem}\n${log
        .replace(/^.*:ERROR:dbus.*\n/gm, '')
        .trim()
        .slice(-4000)}`,
    }
  }
}

function chromium(profile, url) {
  const flags =
    '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking ' +
    '--disable-component-update --disable-sync --disable-dev-shm-usage'
  return [...flags.split(' '), `--user-data-dir=${profile}`, url]
}

/** What Firefox asks of the world by itself is switched off. */
function firefox(profile, url) {
  const preferences = {
    'app.normandy.enabled': false,
    'app.update.disabledForTesting': true,
    'browser.region.network.url': '',
    'browser.safebrowsing.downloads.enabled': false,
    'browser.safebrowsing.malware.enabled': false,
    'browser.safebrowsing.phishing.enabled': false,
    'browser.shell.checkDefaultBrowser': false,
    'browser.startup.homepage_override.mstone': 'ignore',
    'datareporting.policy.dataSubmissionEnabled': false,
    'dom.max_script_run_time': 0,
    'dom.push.connection.enabled': false,
    'extensions.getAddons.cache.enabled': false,
    'extensions.systemAddon.update.enabled': false,
    'extensions.update.enabled': false,
    'media.gmp-manager.updateEnabled': false,
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
    'services.settings.server': 'data:,',
    'toolkit.telemetry.enabled': false,
    'toolkit.telemetry.reportingpolicy.firstRun': false,
  }
  const text = Object.entries(preferences).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  )
  writeFileSync(join(profile, 'user.js'), text.join(''))
  return ['--headless', '--no-remote', '--profile', profile, url]
}
