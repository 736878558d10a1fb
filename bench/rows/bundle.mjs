/**
 * What a bundler makes of typical imports, minified and after gzip -9: sizes, not times. Measured is `dist/`, which ships,
 * beside the folder that the other rows measure, which tells our own code from what is compiled in. Built-in modules of Node are left out, on both sides; sshpk in a
 * browser needs substitutes for them besides. `budget` is the target's figure.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { dist } from '../library.mjs'

export const about = { place: 14 }

const here = fileURLToPath(new URL('..', import.meta.url))
const shipped = existsSync(resolve(dist, '../dist/index.js')) ? resolve(dist, '../dist') : dist
/** esbuild is the repository's, not a peer. */
const { build } = createRequire(resolve(here, '../package.json'))('esbuild')

const isPackage = /^[^./]/

async function size(source, folder = shipped, external = []) {
  const plugin = {
    name: 'library',
    setup(build) {
      build.onResolve({ filter: /^hawser(\/|$)/ }, ({ path }) => ({
        path: join(folder, path.slice('hawser'.length), 'index.js'),
        sideEffects: false,
      }))
      for (const filter of [/^node:/, ...external]) {
        build.onResolve({ filter }, ({ path, kind }) =>
          kind === 'entry-point' ? undefined : { path, external: true, sideEffects: false },
        )
      }
    },
  }
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: here, sourcefile: 'entry.js' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: source.includes('sshpk') ? 'node' : 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    write: false,
    logLevel: 'silent',
    plugins: [plugin],
  })
  return gzipSync(outputFiles[0].contents, { level: 9 }).length
}

const entries = {
  'read public keys, SHA256 fingerprint': `
    import { parsePublicLine } from 'hawser/keys'
    import { fingerprint } from 'hawser/fingerprint'
    import { sha256 } from 'hawser/crypto'
    export const show = (line) => fingerprint(parsePublicLine(line), { hash: sha256 })`,
  'generate Ed25519, write it plain in OpenSSH form': `
    import { ed25519, generatePrivateKey } from 'hawser/keys'
    import { formatPlainOpenssh } from 'hawser/formats'
    export const make = async (comment) => formatPlainOpenssh(await generatePrivateKey(ed25519, { comment }))`,
}

export async function rows() {
  const [read, make] = await Promise.all(Object.values(entries).map((source) => size(source)))
  const sshpk = await size(`import sshpk from 'sshpk'
    export const show = (line) => sshpk.parseKey(line, 'ssh').fingerprint('sha256').toString()`)
  const microKeyProducer = await size(`export { getKeys } from 'micro-key-producer/ssh.js'`)
  const root = `export * from 'hawser'`
  const row = (name, ours, peers) => ({
    name: `bundle: ${name}`,
    sizes: { ours, peers },
    targets: Object.fromEntries(Object.keys(peers).map((peer) => [peer, 1])),
  })
  const [readName, makeName] = Object.keys(entries)
  return [
    row(readName, read, { sshpk, budget: 4500 }),
    // To the digit that is shown.
    row(makeName, make, { 'micro-key-producer': microKeyProducer, budget: 17_049 }),
    row('root without x509', await size(root), { budget: 105_000 }),
    row('root without x509, our own code', await size(root, dist, [isPackage]), { budget: 40_000 }),
  ]
}
