/**
 * What importing a subpath costs: how many files it loads, which packages come with it, what of noble among them, and
 * its time against that of noble's own files, which the root once waited for. Counts are exact; times are compared as
 * ratios, processor time, best of several processes that take turns, with room for a busy machine.
 * Prevents: a program that waits for curves it never uses, and the return of a hundred small files.
 *
 * Needs dist/ (npm run build).
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { isInlined } from './lib/inlined.mjs'
import { at, capture, filesBelow, report, root } from './lib/run.mjs'
import { imports, scan } from './lib/scan.mjs'

/** Chunks with what is compiled in: hashes, curves, ciphers. */
const costly = ['noble-hashes', 'key-types', 'noble-ciphers']
/** Files at most, and what of the costly may be loaded at once; what is not named may load none. */
const hashes = ['noble-hashes']
const ceilings = {
  '.': [15, [...hashes, 'key-types', 'noble-ciphers']],
  './errors': [2, []],
  './crypto': [4, hashes],
  './keys': [4, [...hashes, 'key-types']],
  './formats': [7, [...hashes, 'noble-ciphers']],
  './fingerprint': [5, hashes],
  './krl': [6, hashes],
  './sshsig': [7, hashes],
  './x509': [9, [...hashes, 'noble-ciphers']],
  './agent': [7, hashes],
  './ca': [14, [...hashes, 'jose', 'oauth4webapi']],
  './signers': [8, [...hashes, 'noble-ciphers']],
  './node': [6, []],
  './deno': [6, []],
  './bun': [6, []],
}
const others = [5, []]

/** Subpath, and its processor time at most as a part of what noble's files take: seen 0.9 to 1.1, 0.25, 0.13. */
const ratios = [
  ['.', 1.6],
  ['./keys', 0.4],
  ['./agent-protocol', 0.3],
]
const ROUNDS = 7

const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8'))
const problems = []
for (const [subpath, target] of Object.entries(manifest.exports)) {
  if (!target.endsWith('.js')) continue
  const { files, packages } = closure(at(target))
  const [most, allowed] = ceilings[subpath] ?? others
  if (files > most) problems.push(`"${subpath}" loads ${files} files, ${most} expected at most`)
  for (const name of packages) {
    if (!name.startsWith('node:') && !allowed.includes(name)) {
      problems.push(`"${subpath}" loads ${name} at once`)
    }
  }
}
await time()
report('check-imports', problems)

/** What a static import of `entry` loads. */
function closure(entry) {
  const files = new Set()
  const packages = new Set()
  const visit = (path) => {
    if (files.has(path)) return
    files.add(path)
    const chunk = basename(path, '.js')
    if (costly.includes(chunk)) packages.add(chunk)
    for (const { specifier, dynamic } of imports(scan(readFileSync(path, 'utf8')))) {
      if (dynamic) continue
      if (specifier.startsWith('.')) visit(resolve(dirname(path), specifier))
      else packages.add(specifier)
    }
  }
  visit(entry)
  return { files: files.size, packages: [...packages] }
}

async function time() {
  const noble = new Set()
  for (const path of filesBelow(at('src/crypto'))) {
    for (const { specifier, dynamic } of imports(scan(readFileSync(path, 'utf8')))) {
      if (!dynamic && isInlined(specifier)) noble.add(specifier)
    }
  }
  const cases = [['node:fs'], [...noble], ...ratios.map(([subpath]) => [`${manifest.name}${subpath.slice(1)}`])]
  const best = cases.map(() => Number.POSITIVE_INFINITY)
  const file = at(`build/import-${process.pid}.mjs`)
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, names] of cases.entries()) {
        writeFileSync(
          file,
          `const before = process.cpuUsage()
          await Promise.all(${JSON.stringify(names)}.map((name) => import(name)))
          const { user, system } = process.cpuUsage(before)
          console.log((user + system) / 1000)`,
        )
        const { code, output } = await capture(process.execPath, [file], { cwd: root })
        if (code !== 0) throw new Error(`${names.join(', ')}: ${output.trim()}`)
        best[i] = Math.min(best[i], Number(output))
      }
    }
  } finally {
    rmSync(file, { force: true })
  }
  const [nothing, packages, ...times] = best
  console.log(`noble's files ${(packages - nothing).toFixed(0)} ms of processor time`)
  for (const [i, [subpath, most]] of ratios.entries()) {
    const ratio = (times[i] - nothing) / (packages - nothing)
    console.log(`${subpath.padEnd(16)} ${(times[i] - nothing).toFixed(0)} ms, ratio ${ratio.toFixed(2)} of ${most}`)
    if (ratio > most)
      problems.push(`"${subpath}" takes ${ratio.toFixed(2)} of what noble's files take, ${most} at most`)
  }
}
