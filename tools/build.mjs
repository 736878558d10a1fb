/**
 * `npm run build`: src/ to dist/. Declarations by tsc; the code by esbuild, one file for each of a dozen chunks below,
 * because Node takes longer to find 160 small files than to run them (root: 120 ms over its dependencies, now 20, on
 * one machine). Nothing is minified, every name stays, and the source maps lead to src/, which is in the package.
 * Also build/: each module by itself, as tsc writes it, for bench/.
 * Prevents: stale files of an older build in the package, a core that leans on one platform's types, and a subpath
 * that loads what it does not need.
 */
import { spawn } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { build } from 'esbuild'
import { at, filesBelow, root } from './lib/run.mjs'
import { imports, scan } from './lib/scan.mjs'

/** Which file of dist/ a module of src/ goes to; the first that fits. What no row names goes with its folder. */
const chunks = [
  // The subpath itself: who only tells errors apart loads nothing else.
  ['errors', /^errors\.ts$/],
  // An `import * as`, which no bundler takes apart when it has become an object: who does not want all leaves the file.
  ['chunks/all-types', /^keys\/types\/all\.ts$/],
  ['chunks/all-formats', /^formats\/all\.ts$/],
  // Elliptic curves and lattices: the dependencies that cost most.
  ['chunks/key-types', /^keys\/types\/|^crypto\/(dsa|ecdsa|ed25519|ml-dsa|rsa|rsa-generate)\.ts$/],
  ['chunks/formats', /^(asn1|formats)\/|^crypto\/(aes|argon2|chacha20-poly1305-openssh|des|scrypt)\.ts$/],
  ['chunks/hashes', /^crypto\/(bcrypt-pbkdf|blowfish|evp-bytes-to-key|hash|hmac|pbes1-kdf|pbkdf2)\.ts$/],
  // Tokens alone, which hawser/node takes; then what jose and oauth4webapi come with, each by itself.
  ['chunks/ca-token', /^ca\/(protocol|single-flight|token)\.ts$/],
  ['chunks/ca-login', /^ca\/(browser-login|device-login|provider)\.ts$/],
  ['chunks/ca-oidc', /^ca\/oidc\.ts$/],
  // All that a subpath without arithmetic needs. No dependency may stand here.
  ['chunks/core', /^limits\.ts$|^(wire|crypto|keys|cert)\//],
]

const json = (path) => JSON.parse(readFileSync(at(path), 'utf8'))
const manifest = json('package.json')
const src = at('src')
const inSrc = (path) => relative(src, path).split(sep).join('/')

for (const folder of ['dist', 'build']) rmSync(at(folder), { recursive: true, force: true })
await Promise.all([types(), code()])
chmodSync(at(manifest.bin.hawser), 0o755)

/**
 * The core is compiled without Node's or the browser's types, the command and the runtime folders with Node's, `x509/`
 * with the browser's, because pkijs's declarations want them; those that jose's want are left out of `ca/`. Then the declarations that an import can reach are copied.
 */
async function types() {
  // The core comes last: the first run also emits the core files that it imports, and what ships is the core's own.
  for (const project of ['tsconfig.node.json', 'tsconfig.x509.json', 'tsconfig.ca.json', 'tsconfig.json']) {
    const args = [at('node_modules/typescript/bin/tsc'), '-p', project]
    const status = await new Promise((done, fail) =>
      spawn(process.execPath, args, { cwd: root, stdio: 'inherit' }).on('error', fail).on('close', done),
    )
    if (status !== 0) process.exit(1)
  }
  const reached = new Set()
  const copy = (path) => {
    if (reached.has(path)) return
    reached.add(path)
    for (const file of [path, `${path}.map`]) {
      const target = at('dist', relative(at('build'), file))
      mkdirSync(dirname(target), { recursive: true })
      copyFileSync(file, target)
    }
    for (const { specifier } of imports(scan(readFileSync(path, 'utf8')))) {
      if (specifier?.startsWith('.')) copy(resolve(dirname(path), specifier.replace(/\.ts$/, '.d.ts')))
    }
  }
  for (const target of Object.values(manifest.exports)) {
    if (target.endsWith('.js')) copy(at(target.replace('./dist/', 'build/').replace(/\.js$/, '.d.ts')))
  }
}

/** The code: an entry for each subpath and each command, and the chunks that they share. */
async function code() {
  const modules = filesBelow(src, (path) => path.endsWith('.ts')).map(inSrc)
  const roomOf = (name) => name.split('/', 1)[0]
  const chunkOf = new Map()
  const lazy = new Set()
  for (const name of modules) {
    // An index says again what others export: it is written into whatever imports it.
    if (!name.endsWith('index.ts')) {
      chunkOf.set(name, chunks.find(([, pattern]) => pattern.test(name))?.[0] ?? `chunks/${roomOf(name)}`)
    }
    for (const { specifier, dynamic } of imports(scan(readFileSync(join(src, name), 'utf8')))) {
      const target = dynamic && specifier.startsWith('.') && inSrc(resolve(src, dirname(name), specifier))
      if (target && roomOf(target) === roomOf(name)) lazy.add(target)
    }
  }
  // What is loaded when it is needed is a file of its own.
  for (const name of lazy) if (roomOf(name) !== 'cli') chunkOf.delete(name)
  const exported = await exportsOf(modules)

  const filesOf = (chunk) => modules.filter((name) => chunkOf.get(name) === chunk)
  const namesOf = (chunk) => [...new Set(filesOf(chunk).flatMap((name) => exported.get(name)))]

  const plugin = (own) => ({
    name: 'chunks',
    setup(build) {
      build.onResolve({ filter: /^\./ }, ({ path, resolveDir, kind }) => {
        const target = inSrc(resolve(resolveDir, path))
        const chunk = chunkOf.get(target)
        if (kind === 'dynamic-import' && !(own === 'chunks/cli' && roomOf(target) === 'cli'))
          return { path: `#${chunk ?? target}`, external: true }
        return chunk === undefined || chunk === own
          ? undefined
          : { path: target, namespace: 'outer', sideEffects: false }
      })
      // A module of another chunk, by the names that it exports: `import *` of it must give these and no more.
      build.onLoad({ filter: /./, namespace: 'outer' }, ({ path: name }) => ({
        contents: `export { ${exported.get(name).join(', ')} } from '#${chunkOf.get(name)}'`,
      }))
      build.onResolve({ filter: /^#/ }, ({ path }) => ({ path, external: true, sideEffects: false }))
    },
  })
  const make = (own, options) => emit(options, plugin(own))
  const entry = (name) => {
    const outfile = at('dist', name.replace(/ts$/, 'js'))
    if (!chunkOf.has(name)) return { entryPoints: [`src/${name}`], outfile }
    const contents = `export { ${exported.get(name).join(', ')} } from './${name}'`
    return { stdin: { contents, resolveDir: src, sourcefile: name, loader: 'ts' }, outfile }
  }
  const inCommand = [...lazy].filter((name) => roomOf(name) === 'cli')
  const subpaths = Object.values(manifest.exports)
    .filter((target) => target.endsWith('.js'))
    .map((target) => target.replace(/^\.\/dist\/(.*)js$/, '$1ts'))
    .filter((name) => `${chunkOf.get(name)}.ts` !== name)
  await Promise.all([
    ...[...new Set(chunkOf.values())]
      .filter((chunk) => chunk !== 'chunks/cli')
      .map(async (chunk) => {
        const contents = filesOf(chunk)
          .map((name) => `export * from './${name}'`)
          .join('\n')
        const stdin = { contents, resolveDir: src, loader: 'ts' }
        const [output] = await make(chunk, { stdin, outfile: at(`dist/${chunk}.js`) })
        const lost = namesOf(chunk).filter((name) => !output.exports.includes(name))
        if (lost.length > 0) throw new Error(`two modules of ${chunk} export ${lost.join(', ')}: rename one`)
        const outer = output.imports.map(({ path }) => path).filter((path) => !path.startsWith('#'))
        if (chunk === 'chunks/core' && outer.length > 0) throw new Error(`${chunk} imports ${outer.join(', ')}`)
      }),
    ...subpaths.map((name) => make(name, entry(name))),
    ...[...lazy].filter((name) => roomOf(name) !== 'cli').map((name) => make(name, entry(name))),
    make('chunks/cli', {
      entryPoints: Object.fromEntries(['cli/main.ts', ...inCommand].map((name) => [name.slice(0, -3), `src/${name}`])),
      outdir: at('dist'),
      splitting: true,
      chunkNames: 'cli/shared-[hash]',
    }),
  ])
}

/** The names that each module exports, types aside. */
async function exportsOf(modules) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: modules.map((name) => `src/${name}`),
    outdir: 'dist',
    write: false,
    metafile: true,
    logLevel: 'warning',
  })
  return new Map(Object.values(metafile.outputs).map((output) => [inSrc(at(output.entryPoint)), output.exports]))
}

/** One run of esbuild, written to dist/ with `#chunk` turned into the way there; gives what esbuild tells of the files. */
async function emit(options, plugin) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    bundle: true,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    packages: 'external',
    external: ['node:*'],
    target: 'es2022',
    sourcemap: true,
    sourcesContent: false,
    write: false,
    logLevel: 'warning',
    plugins: [plugin],
    ...options,
  })
  for (const { path, text } of outputFiles) {
    const way = (_, before, target, after) => {
      const file = `${target.replace(/\.ts$/, '')}.js`
      const found = relative(dirname(path), at('dist', file)).split(sep).join('/')
      return `${before}${found.startsWith('.') ? found : `./${found}`}${after}`
    }
    mkdirSync(dirname(path), { recursive: true })
    const code = path.endsWith('.js') ? onlyUsed(text).replace(/((?:from |import\()")#([^"]+)(")/g, way) : text
    writeFileSync(path, code)
  }
  return Object.entries(metafile.outputs).flatMap(([path, output]) => (path.endsWith('.js') ? [output] : []))
}

/** Import statements without the names that nothing uses, which esbuild leaves; lines stay where the map has them. */
function onlyUsed(text) {
  const statement = /^import \{ (.*) \} from "#.*";$/gm
  const words = new Set()
  for (const { kind, text: word } of scan(text.replace(statement, ''))) if (kind === 'word') words.add(word)
  return text.replace(statement, (whole, list) => {
    const used = list.split(', ').filter((item) => words.has(item.split(' as ').at(-1)))
    return used.length > 0 ? whole.replace(list, () => used.join(', ')) : ''
  })
}
