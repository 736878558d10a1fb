/**
 * `npm run bench [-- TOPIC…] [--runtime NAME…] [--save] [--dist DIR]`: our rates against the peers of bench/package.json,
 * the runtime and `ssh-keygen`, as ratios: in Node all rows, in Deno and Bun those of the targets. Exit code 1 where a
 * target is missed in Node. A TOPIC is the name of a file in rows/. `--save` writes results.json, the plots and the
 * results in README.md; `--dist` measures another build.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { sourceDependencies } from '../tools/lib/inlined.mjs'
import { explainedList, needless, unexplained } from './explained.mjs'
import { makeFixtures } from './fixtures.mjs'
import { judged, wantsSecondRun } from './judge.mjs'
import { drawRatios, drawRuntimes } from './plot.mjs'
import { factsLines, markdownTable, runtimesTable, textTable } from './table.mjs'

const begun = performance.now()
const here = fileURLToPath(new URL('.', import.meta.url))
const modules = join(here, '../tools/runtimes/node_modules')
const bunArch = process.arch === 'arm64' ? 'aarch64' : process.arch
/** The programs that run topic.mjs, as `npm run test:runtimes` finds them. */
const programs = {
  Node: [process.execPath],
  Deno: [join(modules, '.bin/deno'), 'run', '-A', '--no-lock', '--node-modules-dir=manual'],
  // The platform's own package: .bin/bun is a stub until an install script has run.
  Bun: [join(modules, `@oven/bun-${process.platform}-${bunArch}/bin/bun`), 'run'],
}
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    save: { type: 'boolean' },
    dist: { type: 'string' },
    runtime: { type: 'string', multiple: true, default: Object.keys(programs) },
  },
})
const allTopics = readdirSync(join(here, 'rows')).map((file) => file.replace(/\.mjs$/, ''))
refuse('topic', positionals, allTopics)
refuse('runtime', flags.runtime, Object.keys(programs))
if (flags.save && (positionals.length > 0 || flags.runtime.length < 3)) stop('bench: --save is for a run of everything')

function refuse(what, asked, known) {
  const unknown = asked.filter((name) => !known.includes(name))
  if (unknown.length > 0) stop(`bench: no ${what} ${unknown.join(', ')}; there are ${known.join(', ')}`)
}

function stop(message) {
  console.error(message)
  process.exit(2)
}

/** Runs a program to the end, its output shown. */
function must(file, args, cwd) {
  const { status, error } = spawnSync(file, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) stop(`bench: ${file} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`)
}

const openssh = spawnSync('ssh', ['-V']).stderr?.toString().split(',')[0]
if (!openssh || spawnSync('ssh-keygen', ['-?']).error) stop('bench: ssh-keygen is needed (Debian: openssh-client)')
// ssh2's optional addon is left out: without it, as in most installs, ssh2 uses node:crypto alike.
const install = ['ci', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund']
if (!existsSync(join(here, 'node_modules/.package-lock.json'))) must('npm', install, here)
if (flags.dist) process.env.HAWSER_DIST = resolve(flags.dist)
else if (!existsSync(join(here, '../build/index.js'))) must(process.execPath, [join(here, '../tools/build.mjs')], here)

/** The topics that a run has, in their places: each file of rows/ says its own; one that says none comes last. */
async function topicsIn() {
  const asked = positionals.length > 0 ? positionals : allTopics
  const topics = await Promise.all(
    asked.map(async (name) => ({ name, place: 99, ...(await import(`./rows/${name}.mjs`)).about })),
  )
  return topics.sort((a, b) => a.place - b.place || a.name.localeCompare(b.name))
}

/** Measures a topic in a process of its own, so that no topic trains the compiler for another. */
async function measure(runtime, topic, dir, only = []) {
  const rows = []
  const [program, ...args] = programs[runtime]
  const child = spawn(program, [...args, join(here, 'topic.mjs'), topic, dir, ...only], {
    cwd: here,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = new Promise((done) => child.on('error', done).on('close', (code, signal) => done(code ?? signal)))
  for await (const line of createInterface({ input: child.stdout })) {
    rows.push(JSON.parse(line))
    process.stderr.write('.')
  }
  const code = await closed
  if (code !== 0) throw new Error(`${runtime}: topic ${topic} ended with ${code}`)
  return rows
}

/** Everything of one runtime. Elsewhere than in Node nothing is judged, so nothing is measured twice. */
async function measureAll(runtime, topics, dir) {
  const [facts] = await measure(runtime, 'facts', dir)
  const rows = []
  for (const { name, everywhere } of topics) {
    if (runtime === 'Node' || everywhere) rows.push(...(await measure(runtime, name, dir)))
  }
  for (const [i, row] of rows.entries()) {
    const twice = runtime === 'Node' && wantsSecondRun(row)
    const [second] = twice ? await measure(runtime, row.topic, dir, [row.name]) : []
    rows[i] = judged(row, second)
  }
  return { ...facts, rows }
}

const missing = flags.runtime.filter((name) => !existsSync(programs[name][0]))
for (const name of missing) {
  console.error(`bench: NO FIGURES OF ${name}: it is not in tools/runtimes (npm ci --prefix tools/runtimes)`)
}
const dir = mkdtempSync(join(tmpdir(), 'bench-'))
const runtimes = []
try {
  makeFixtures(dir)
  const topics = await topicsIn()
  for (const name of flags.runtime) if (!missing.includes(name)) runtimes.push(await measureAll(name, topics, dir))
} finally {
  rmSync(dir, { recursive: true, force: true })
}

/** The versions of packages, as installed in `folder`. */
function versions(folder, names) {
  const json = (path) => JSON.parse(readFileSync(join(here, folder, path), 'utf8'))
  return Object.fromEntries(names.map((name) => [name, json(`node_modules/${name}/package.json`).version]))
}
const facts = {
  date: new Date().toISOString().slice(0, 10),
  minutes: Number(((performance.now() - begun) / 60_000).toFixed(1)),
  cores: cpus().length,
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  openssh,
  peers: versions('.', Object.keys(JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')).dependencies)),
  dependencies: versions('..', Object.keys(sourceDependencies())),
}
const rows = runtimes.find(({ runtime }) => runtime === 'Node')?.rows ?? []
const others = runtimes.filter(({ runtime }) => runtime !== 'Node')
process.stderr.write('\n')
console.log(factsLines(facts, runtimes).join('\n'))
if (rows.length > 0) console.log(`\n${textTable(rows)}`)
if (others.length > 0) console.log(`\n${runtimesTable(runtimes)}`)

if (flags.save) {
  if (missing.length > 0) stop(`bench: nothing is saved without ${missing.join(' and ')}`)
  const file = (name, text) => writeFileSync(join(here, name), text)
  file('results.json', `${JSON.stringify({ ...facts, runtimes }, undefined, 2)}\n`)
  file('plot.svg', drawRatios(rows))
  file('plot-runtimes.svg', drawRuntimes(runtimes))
  const sections = {
    facts: factsLines(facts, runtimes)
      .map((line) => `- ${line}`)
      .join('\n'),
    missed: explainedList(rows),
    results: markdownTable(rows),
    runtimes: runtimesTable(runtimes, true),
  }
  let readme = readFileSync(join(here, 'README.md'), 'utf8')
  for (const [name, text] of Object.entries(sections)) {
    const found = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*(<!-- end of ${name} -->)`)
    if (!found.test(readme)) stop(`bench: README.md has no place for ${name}`)
    readme = readme.replace(found, (_, from, to) => `${from}\n${text}\n\n${to}`)
  }
  file('README.md', readme)
  // In the form that `npm run check` asks of every file.
  const biome = join(here, '../node_modules/@biomejs/biome/bin/biome')
  must(process.execPath, [biome, 'format', '--write', join(here, 'README.md'), join(here, 'results.json')], here)
}

console.log('')
const missed = rows.filter((row) => row.missed.length > 0)
for (const { name, missed: peers } of missed) console.log(`missed: ${name} (${peers.join(', ')})`)
for (const { name } of unexplained(rows)) console.log(`NOT EXPLAINED: ${name}: say why in bench/explained.mjs`)
if (positionals.length === 0) for (const start of needless(rows)) console.log(`met, and still explained: ${start}`)
console.log(missed.length === 0 ? 'all targets are met' : `${missed.length} rows miss a target`)
console.log(`the run took ${facts.minutes} minutes`)
process.exitCode = missed.length === 0 ? 0 : 1
