/**
 * `npm run bench [-- TOPIC…] [--save] [--dist DIR]`: our rates against the peers of bench/package.json, the runtime and
 * `ssh-keygen`, as ratios. Exit code 1 where a target is missed. A TOPIC is the name of a file in rows/. `--save` writes
 * results.json, plot.svg and the results in README.md; `--dist` measures another build.
 */
import { fork, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeFixtures } from './fixtures.mjs'
import { judged, wantsSecondRun } from './judge.mjs'
import { drawPlot } from './plot.mjs'
import { factsLine, markdownTable, textTable } from './table.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { save: { type: 'boolean' }, dist: { type: 'string' } },
})
const allTopics = readdirSync(join(here, 'rows')).map((file) => file.replace(/\.mjs$/, ''))
const unknown = positionals.filter((topic) => !allTopics.includes(topic))
if (unknown.length > 0) stop(`bench: no topic ${unknown.join(', ')}; there are ${allTopics.join(', ')}`)
if (flags.save && positionals.length > 0) stop('bench: --save is for a run of all topics')
const order = [
  'public-key',
  'private-key',
  'containers',
  'signature',
  'encrypted',
  'certificate',
  'krl',
  'known-hosts',
  'authorized-keys',
  'agent-protocol',
  'agent',
  'generate',
]
const topics = (positionals.length > 0 ? positionals : allTopics).sort((a, b) => order.indexOf(a) - order.indexOf(b))

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

/** Measures a topic in a process of its own, so that no topic trains the compiler for another. */
async function measure(topic, dir, only = []) {
  const rows = []
  const child = fork(join(here, 'topic.mjs'), [topic, dir, ...only])
  child.on('message', (row) => {
    rows.push(row)
    process.stderr.write('.')
  })
  const code = await new Promise((done) => child.on('close', (code, signal) => done(code ?? signal)))
  if (code !== 0) throw new Error(`topic ${topic} ended with ${code}`)
  return rows
}

/** The time of a fixed piece of work, in microseconds: what absolute figures are to be read against. */
async function yardstick() {
  const { sha256 } = await import('@noble/hashes/sha2.js')
  const { alternate } = await import('./measure.mjs')
  const block = new Uint8Array(1024).fill(7)
  return 1000 * (await alternate({ sha256: () => sha256(block) })).sha256
}

const dir = mkdtempSync(join(tmpdir(), 'bench-'))
const rows = []
try {
  makeFixtures(dir)
  for (const topic of topics) rows.push(...(await measure(topic, dir)))
  for (const [i, row] of rows.entries()) {
    const [second] = wantsSecondRun(row) ? await measure(row.topic, dir, [row.name]) : []
    rows[i] = judged(row, second)
  }
} finally {
  rmSync(dir, { recursive: true, force: true })
}
const facts = {
  date: new Date().toISOString().slice(0, 10),
  node: process.versions.node,
  cores: cpus().length,
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  openssh,
  yardstick: await yardstick(),
}
process.stderr.write('\n')
console.log(`${factsLine(facts)}\n\n${textTable(rows)}\n`)

if (flags.save) {
  writeFileSync(join(here, 'results.json'), `${JSON.stringify({ ...facts, rows }, undefined, 2)}\n`)
  writeFileSync(join(here, 'plot.svg'), drawPlot(rows))
  const readme = join(here, 'README.md')
  const results = `<!-- results -->\n${factsLine(facts)}.\n\n${markdownTable(rows)}\n<!-- end of results -->`
  const text = readFileSync(readme, 'utf8')
  writeFileSync(
    readme,
    text.replace(/<!-- results -->[\s\S]*<!-- end of results -->/, () => results),
  )
  // In the form that `npm run check` asks of every file.
  const biome = join(here, '../node_modules/@biomejs/biome/bin/biome')
  must(process.execPath, [biome, 'format', '--write', readme, join(here, 'results.json')], here)
}

const missed = rows.filter((row) => row.missed.length > 0)
for (const { name, missed: peers } of missed) console.log(`missed: ${name} (${peers.join(', ')})`)
console.log(missed.length === 0 ? 'all targets are met' : `${missed.length} rows miss a target`)
process.exitCode = missed.length === 0 ? 0 : 1
