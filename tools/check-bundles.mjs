/**
 * What a bundler makes of typical imports: size after minify and gzip against a budget, and what must not be in it.
 * Prevents: one import line that pulls every curve into every page.
 *
 * Sources are bundled from src/ as they stand; a budget is in octets after gzip -9.
 */
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { at, report } from './lib/run.mjs'

/**
 * `source`: a module in the repository's root. `forbidden`: parts of paths that nothing with code in the bundle may
 * have. `own`: budget of our own code alone, the dependencies left out.
 */
const bundles = [
  {
    name: 'read public keys, SHA256 fingerprint',
    source: `
      import { parsePublicLine } from './src/keys/index.ts'
      import { fingerprint } from './src/fingerprint/index.ts'
      import { sha256 } from './src/crypto/index.ts'
      export const show = (line) => fingerprint(parsePublicLine(line), { hash: sha256 })`,
    budget: 4_500,
    forbidden: ['@noble/', 'src/keys/types/'],
  },
  {
    name: 'open OpenSSH private keys of one type',
    source: `
      import { ed25519 } from './src/keys/index.ts'
      import { opensshPrivate, parsePrivateKey } from './src/formats/index.ts'
      export const open = (file) => parsePrivateKey(file, { types: [ed25519], formats: [opensshPrivate] })`,
    budget: 35_000,
    forbidden: ['asn1js', 'pkijs', 'nist', 'post-quantum', 'argon2'],
  },
  {
    name: 'generate Ed25519, write it plain in OpenSSH form',
    source: `
      import { ed25519, generatePrivateKey } from './src/keys/index.ts'
      import { formatPlainOpenssh } from './src/formats/index.ts'
      export const make = async (comment) => formatPlainOpenssh(await generatePrivateKey(ed25519, { comment }))`,
    budget: 17_000,
    forbidden: ['nist', '/rsa', '@noble/ciphers', '/bcrypt', '/blowfish'],
  },
  {
    name: 'hawser (all of the root)',
    source: `export * from './src/index.ts'`,
    budget: 105_000,
    own: 60_000,
    forbidden: ['node:', 'pkijs', 'asn1js'],
  },
  {
    name: 'hawser/x509',
    source: `export * from './src/x509/index.ts'`,
    budget: 130_000,
    forbidden: ['node:'],
  },
  { name: 'hawser/errors', source: `export * from './src/errors.ts'`, budget: 1_000, forbidden: ['@noble/'] },
  { name: 'hawser/wire', source: `export * from './src/wire/index.ts'`, budget: 5_000, forbidden: ['@noble/'] },
  {
    name: 'hawser/keys',
    source: `export * from './src/keys/index.ts'`,
    budget: 60_000,
    forbidden: ['/bcrypt', '/blowfish'],
  },
]

const problems = []
const rows = []
for (const { name, source, budget, forbidden, own } of bundles) {
  try {
    const { size, inputs } = await bundle(source)
    const mine = (await bundle(source, { packages: 'external' })).size
    rows.push([
      name,
      kilo(size),
      kilo(budget),
      kilo(mine),
      own ? kilo(own) : '',
      size > budget || mine > own ? 'OVER' : 'ok',
    ])
    if (size > budget) problems.push(`${name}: ${size} octets, ${size - budget} above the budget`)
    if (mine > own) problems.push(`${name}: ${mine} octets of our own, ${mine - own} above the budget`)
    for (const part of forbidden) {
      const found = inputs.filter((path) => path.includes(part))
      if (found.length > 0) problems.push(`${name}: holds ${found.join(', ')} (nothing with "${part}")`)
    }
  } catch (error) {
    rows.push([name, '-', kilo(budget), '-', own ? kilo(own) : '', 'FAILED'])
    problems.push(`${name}: ${error.message}`)
  }
}

const table = [['bundle', 'kB gz', 'budget', 'ours', 'budget', ''], ...rows]
const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)))
for (const row of table) {
  console.log(
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd(),
  )
}
report('check-bundles', problems)

/** Size after gzip, and the paths of what has code in the bundle. */
async function bundle(source, options = {}) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: source, resolveDir: at(), loader: 'ts', sourcefile: 'entry.ts' },
    absWorkingDir: at(),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    write: false,
    metafile: true,
    logLevel: 'silent',
    ...options,
  })
  const [output] = Object.values(metafile.outputs)
  const inputs = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  const external = output.imports.filter((entry) => entry.external).map((entry) => entry.path)
  return {
    size: gzipSync(outputFiles[0].contents, { level: 9 }).length,
    inputs: [...inputs.map(([path]) => path), ...external],
  }
}

function kilo(octets) {
  return (octets / 1000).toFixed(1)
}
