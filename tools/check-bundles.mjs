/**
 * What a bundler makes of typical imports: size after minify and gzip against a budget, and what must not be in it.
 * Prevents: one import line that pulls every curve into every page.
 *
 * Needs dist/ (npm run build): sizes are those of what ships. Where a name stands is looked for in src/, file by file.
 */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { at, report } from './lib/run.mjs'

const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8'))
/** An npm package or a module of Node, which is no path. */
const isPackage = /^[^./]/

const noArithmetic = ['@noble/', 'src/keys/types/', 'asn1', 'node:']
const noCurves = ['@noble/curves', '@noble/ciphers', '@noble/post-quantum', 'src/keys/types/', 'asn1', 'node:']
const whole = (subpath, budget, forbidden, own) => ({
  name: subpath,
  source: `export * from '${subpath}'`,
  budget,
  forbidden,
  own,
})
/**
 * `source`: a module. `budget`: octets after gzip -9, of what is in dist/. `forbidden`: parts of paths that nothing
 * with code in the bundle of src/ may have. `own`: budget of our own code alone, the dependencies left out.
 */
const bundles = [
  {
    name: 'read public keys, SHA256 fingerprint',
    source: `
      import { parsePublicLine } from 'hawser/keys'
      import { fingerprint } from 'hawser/fingerprint'
      import { sha256 } from 'hawser/crypto'
      export const show = (line) => fingerprint(parsePublicLine(line), { hash: sha256 })`,
    budget: 4_500,
    forbidden: ['@noble/', 'src/keys/types/'],
  },
  {
    name: 'open OpenSSH private keys of one type',
    source: `
      import { ed25519 } from 'hawser/keys'
      import { opensshPrivate, parsePrivateKey } from 'hawser/formats'
      export const open = (file) => parsePrivateKey(file, { types: [ed25519], formats: [opensshPrivate] })`,
    budget: 35_000,
    forbidden: ['asn1js', 'pkijs', 'weierstrass', 'post-quantum', 'argon2'],
  },
  {
    name: 'generate Ed25519, write it plain in OpenSSH form',
    source: `
      import { ed25519, generatePrivateKey } from 'hawser/keys'
      import { formatPlainOpenssh } from 'hawser/formats'
      export const make = async (comment) => formatPlainOpenssh(await generatePrivateKey(ed25519, { comment }))`,
    // 17 kB, to the digit that is shown: what is loaded on demand elsewhere has bundlers wrap what it shares.
    budget: 17_050,
    forbidden: ['weierstrass', '/rsa', '@noble/ciphers', '/bcrypt', '/blowfish'],
  },
  {
    name: 'ask an agent to sign',
    source: `
      import { connectAgent } from 'hawser/agent-protocol'
      export const sign = async (stream, key, data) => (await connectAgent(stream)).sign(key, data)`,
    budget: 6_000,
    forbidden: noArithmetic,
  },
  {
    name: 'is this certificate revoked',
    source: `
      import { parseCertificate } from 'hawser/cert'
      import { isRevoked, parseKrl } from 'hawser/krl'
      export const ask = (list, line, types) => isRevoked(parseKrl(list), parseCertificate(line, { types }))`,
    budget: 10_000,
    forbidden: noCurves,
  },
  {
    name: 'sign with one key management service',
    source: `
      import { awsKms, kmsSigner } from 'hawser/signers'
      export const signer = (options, fetch, types) => kmsSigner({ service: awsKms(options), fetch, types })`,
    budget: 17_000,
    forbidden: ['azure-key-vault', 'google-kms', 'crc32c', 'src/keys/types/', 'asn1js', 'pkijs', 'node:'],
  },
  {
    name: 'be a certificate authority',
    source: `export { createAuthority, definePolicy, hostSetup, memoryStore, oidcAuthenticator } from 'hawser/ca'`,
    budget: 33_000,
    forbidden: ['oauth4webapi', '@noble/curves', 'src/keys/types/', 'node:'],
  },
  {
    name: 'ask a certificate authority',
    source: `export { authorityClient } from 'hawser/ca'`,
    budget: 17_000,
    forbidden: ['jose', 'oauth4webapi', '@noble/curves', 'src/keys/types/', 'node:'],
  },
  whole('hawser', 105_000, ['node:', 'pkijs', 'asn1js'], 60_000),
  whole('hawser/errors', 1_000, noArithmetic),
  whole('hawser/wire', 5_000, noArithmetic),
  whole('hawser/crypto', 9_000, ['@noble/curves', '@noble/ciphers', '@noble/post-quantum', 'asn1', 'node:']),
  whole('hawser/keys', 60_000, ['/bcrypt', '/blowfish', 'asn1', 'node:']),
  whole('hawser/cert', 11_000, noArithmetic),
  whole('hawser/formats', 60_000, ['src/keys/types/', 'asn1js', 'pkijs', 'node:']),
  whole('hawser/fingerprint', 10_500, noCurves),
  whole('hawser/krl', 14_000, noCurves),
  whole('hawser/sshsig', 17_000, noCurves),
  whole('hawser/agent-protocol', 10_000, noArithmetic),
  whole('hawser/text', 17_000, noArithmetic),
  whole('hawser/agent', 18_500, noCurves),
  whole('hawser/signers', 21_000, ['src/keys/types/', 'asn1js', 'pkijs', 'node:']),
  whole('hawser/ca', 56_000, ['@noble/curves', 'src/keys/types/', 'asn1js', 'pkijs', 'node:']),
  whole('hawser/x509', 130_000, ['src/keys/types/', 'node:']),
  whole('hawser/node', 12_500, ['@noble/', 'src/keys/types/', 'asn1']),
  whole('hawser/deno', 12_500, ['@noble/', 'src/keys/types/', 'asn1']),
  whole('hawser/bun', 12_500, ['@noble/', 'src/keys/types/', 'asn1']),
  whole('hawser/ssh2', 8_000, ['@noble/curves', 'src/keys/types/', 'asn1js', 'pkijs', 'node:']),
]

const problems = []
const rows = []
for (const { name, source, budget, forbidden, own } of bundles) {
  try {
    const { size } = await bundle(source, 'dist')
    const { inputs } = await bundle(source, 'src')
    const mine = (await bundle(source, 'src', isPackage)).size
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

for (const subpath of Object.keys(manifest.exports)) {
  const name = `hawser${subpath.slice(1)}`
  if (subpath !== './package.json' && !bundles.some((entry) => entry.name === name)) {
    problems.push(`${name} has no row in the table of tools/check-bundles.mjs`)
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

/** Size after gzip, and the paths of what has code in the bundle, of the library as it stands in `from`. */
async function bundle(source, from, external = /^node:/) {
  const plugin = {
    name: 'library',
    setup(build) {
      build.onResolve({ filter: /^hawser(\/|$)/ }, ({ path }) => {
        const target = manifest.exports[`.${path.slice('hawser'.length)}`]
        if (!target) return { errors: [{ text: `package.json has no "${path}"` }] }
        return {
          path: at(from === 'dist' ? target : target.replace(/^\.\/dist\/(.*)\.js$/, 'src/$1.ts')),
          sideEffects: false,
        }
      })
      build.onResolve({ filter: external }, ({ path, kind }) =>
        kind === 'entry-point' ? undefined : { path, external: true, sideEffects: false },
      )
    },
  }
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
    plugins: [plugin],
  })
  const [output] = Object.values(metafile.outputs)
  const inputs = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  const outer = output.imports.filter((entry) => entry.external).map((entry) => entry.path)
  return {
    // What is imported from elsewhere is no code.
    size: gzipSync(outputFiles[0].text.replace(/import\{[^}]*\}from"[^"]*";/g, ''), { level: 9 }).length,
    inputs: [...inputs.map(([path]) => path), ...outer],
  }
}

function kilo(octets) {
  return (octets / 1000).toFixed(1)
}
