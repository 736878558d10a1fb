/**
 * The code of dist/ by esbuild: one file for each of a dozen chunks, an entry for each subpath and each command. Node
 * takes longer to find 160 small files than to run them (root: 120 ms over its dependencies, then 20, on one machine).
 * Nothing is minified, every name stays, and the source maps lead to src/, which is in the package.
 *
 * noble is compiled in for the same reason, each part beside what alone uses it: a program that read a key waited 45 ms,
 * two thirds of it for Node to find and compile noble's fifteen files. Only what is used of it is taken, in the version of
 * package-lock.json.
 * Prevents: a subpath that loads what it does not need.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { build } from 'esbuild'
import { isInlined, sourceDependencies } from './inlined.mjs'
import { at, filesBelow, root } from './run.mjs'
import { imports, scan } from './scan.mjs'

/**
 * Which file of dist/ a module goes to; the first that fits. What no row names goes with its folder, and of noble, which
 * is then loaded on demand, with the module that is asked for. A file with something of noble stands before those from
 * which its part of noble takes something.
 */
const chunks = [
  // Elliptic curves and lattices: the arithmetic that costs most.
  [
    'chunks/key-types',
    /^keys\/types\/|^crypto\/(dsa|ecdsa|ed25519|ml-dsa|rsa|rsa-generate)\.ts$|^@noble\/curves\/(?!abstract\/fft)/,
  ],
  ['chunks/formats', /^(asn1|formats)\/|^crypto\/(aes|argon2|chacha20-poly1305-openssh|des|scrypt)\.ts$/],
  ['chunks/noble-ciphers', /^@noble\/ciphers\//],
  ['chunks/hashes', /^crypto\/(bcrypt-pbkdf|blowfish|evp-bytes-to-key|hash|hmac|pbes1-kdf|pbkdf2)\.ts$/],
  ['chunks/noble-hashes', /^@noble\/hashes\/(_md|_u64|hmac|legacy|sha2|utils)\.js$/],
  // Tokens alone, which hawser/node takes; then what jose and oauth4webapi come with, each by itself.
  ['chunks/ca-token', /^ca\/(protocol|single-flight|token)\.ts$/],
  ['chunks/ca-login', /^ca\/(browser-login|device-login|provider)\.ts$/],
  ['chunks/ca-oidc', /^ca\/oidc\.ts$/],
  // What texts need and keys do not.
  ['chunks/lines', /^wire\/(absolute-time|json-string|line-key|option-list)\.ts$|^crypto\/hmac-sha1-short\.ts$/],
  // All that a subpath without arithmetic needs. Nothing of others may stand here.
  ['chunks/core', /^(errors|limits)\.ts$|^(wire|crypto|keys)\//],
]

const src = at('src')
const packages = at('node_modules')
const inSrc = (path) => relative(src, path).split(sep).join('/')
/** A module's name: its path in src/, or as it is imported where it is inlined. */
const nameOf = (path) => (path.startsWith(packages) ? relative(packages, path).split(sep).join('/') : inSrc(path))
const pathOf = (name) => (isInlined(name) ? join(packages, name) : join(src, name))
/** The module that `specifier` means in a file of `folder`, if it is one of ours or is inlined. */
function targetOf(specifier, folder) {
  if (specifier.startsWith('.')) return nameOf(resolve(folder, specifier))
  return isInlined(specifier) ? specifier : undefined
}
/** `chunk name` of what is imported from one. */
const taken = new Set()

/** The code: an entry for each subpath and each command, and the chunks that they share. */
export async function buildCode(manifest) {
  const modules = filesBelow(src, (path) => path.endsWith('.ts')).map(inSrc)
  const roomOf = (name) => name.split('/', 1)[0]
  const chunkOf = new Map()
  const lazy = new Set()
  // The list grows by what is inlined.
  for (const name of modules) {
    const chunk =
      chunks.find(([, pattern]) => pattern.test(name))?.[0] ?? (isInlined(name) ? '' : `chunks/${roomOf(name)}`)
    // An index says again what others export: it is written into whatever imports it.
    if (chunk && !name.endsWith('index.ts')) chunkOf.set(name, chunk)
    for (const { specifier, dynamic } of imports(scan(readFileSync(pathOf(name), 'utf8')))) {
      const target = targetOf(specifier ?? '', dirname(pathOf(name)))
      if (target && isInlined(target) && !modules.includes(target)) modules.push(target)
      if (target && dynamic && (isInlined(target) || roomOf(target) === roomOf(name))) lazy.add(target)
    }
  }
  // What is loaded when it is needed is a file of its own.
  for (const name of lazy) if (roomOf(name) !== 'cli') chunkOf.delete(name)
  const exported = await exportsOf(modules)
  /** Modules that are inlined have names in common, so that a chunk of them exports `sha2_sha256`. */
  const outside = (name, local) => (isInlined(name) ? `${basename(name, '.js')}_${local}` : local)
  const fileOf = (name) => (isInlined(name) ? `chunks/noble-${basename(name)}` : name.replace(/ts$/, 'js'))

  const ours = (names) => names.filter((name) => !isInlined(name))
  const filesOf = (chunk) => modules.filter((name) => chunkOf.get(name) === chunk)
  const namesOf = (chunk) => [...new Set(ours(filesOf(chunk)).flatMap((name) => exported.get(name)))]

  const plugin = (own) => ({
    name: 'chunks',
    setup(build) {
      build.onResolve({ filter: /^\.|^@noble\// }, ({ path, resolveDir, kind }) => {
        const target = targetOf(path, resolveDir)
        const chunk = chunkOf.get(target)
        if (kind === 'dynamic-import' && !(own === 'chunks/cli' && roomOf(target) === 'cli'))
          return { path: `#${chunk ?? fileOf(target).slice(0, -3)}`, external: true }
        return chunk === undefined || chunk === own
          ? { path: pathOf(target), sideEffects: false }
          : { path: target, namespace: 'outer', sideEffects: false }
      })
      // A module of another chunk, by the names that it exports: `import *` of it must give these and no more.
      build.onLoad({ filter: /./, namespace: 'outer' }, ({ path: name }) => {
        const names = exported.get(name).map((local) => `${outside(name, local)} as ${local}`)
        return { contents: `export { ${names.join(', ')} } from '#${chunkOf.get(name)}'` }
      })
      // A namespace that becomes an object: of its names, because no bundler takes apart what esbuild makes of it.
      build.onLoad({ filter: /\/all\.ts$/ }, ({ path }) => ({
        contents: readFileSync(path, 'utf8').replace(/^import \* as (\w+) from '(.*)'$/m, (_, local, from) => {
          const names = exported.get(targetOf(from, dirname(path))).join(', ')
          return `import { ${names} } from '${from}'\nconst ${local} = { ${names} }`
        }),
        loader: 'ts',
      }))
      build.onResolve({ filter: /^#/ }, ({ path }) => ({ path, external: true, sideEffects: false }))
    },
  })
  const make = (own, options) => emit(options, plugin(own))
  const entry = (name) => {
    const outfile = at('dist', fileOf(name))
    if (!chunkOf.has(name)) return { entryPoints: [pathOf(name)], outfile }
    const contents = `export { ${exported.get(name).join(', ')} } from './${name}'`
    return { stdin: { contents, resolveDir: src, sourcefile: name, loader: 'ts' }, outfile }
  }
  const inCommand = [...lazy].filter((name) => roomOf(name) === 'cli')
  const subpaths = Object.values(manifest.exports)
    .filter((target) => target.endsWith('.js'))
    .map((target) => target.replace(/^\.\/dist\/(.*)js$/, '$1ts'))
    .filter((name) => `${chunkOf.get(name)}.ts` !== name)
  const holdsInlined = (chunk) => filesOf(chunk).some(isInlined)
  const makeChunk = async (chunk) => {
    const contents = filesOf(chunk).map((name) => {
      if (!isInlined(name)) return `export * from './${name}'`
      const locals = exported.get(name).filter((local) => taken.has(`${chunk} ${outside(name, local)}`))
      return `export { ${locals.map((local) => `${local} as ${outside(name, local)}`).join(', ')} } from '${name}'`
    })
    const stdin = { contents: contents.join('\n'), resolveDir: src, loader: 'ts' }
    const [output] = await make(chunk, { stdin, outfile: at(`dist/${chunk}.js`) })
    const lost = namesOf(chunk).filter((name) => !output.exports.includes(name))
    if (lost.length > 0) throw new Error(`two modules of ${chunk} export ${lost.join(', ')}: rename one`)
    const outer = output.imports.map(({ path }) => path).filter((path) => !path.startsWith('#'))
    if (chunk === 'chunks/core' && outer.length > 0) throw new Error(`${chunk} imports ${outer.join(', ')}`)
  }
  const shared = [...new Set(chunkOf.values())].filter((chunk) => chunk !== 'chunks/cli')
  await Promise.all([
    ...shared.filter((chunk) => !holdsInlined(chunk)).map(makeChunk),
    ...subpaths.map((name) => make(name, entry(name))),
    ...[...lazy].filter((name) => roomOf(name) !== 'cli').map((name) => make(name, entry(name))),
    make('chunks/cli', {
      entryPoints: Object.fromEntries(['cli/main.ts', ...inCommand].map((name) => [name.slice(0, -3), `src/${name}`])),
      outdir: at('dist'),
      splitting: true,
      chunkNames: 'cli/shared-[hash]',
    }),
  ])
  // Of noble only what the files before have taken.
  for (const [chunk] of chunks) if (holdsInlined(chunk)) await makeChunk(chunk)
  const noble = Object.entries(sourceDependencies()).filter(([name]) => isInlined(name))
  const notices = noble.map(
    ([name, version]) => `${name} ${version}\n\n${readFileSync(join(packages, name, 'LICENSE'))}`,
  )
  writeFileSync(at('dist/chunks/noble-LICENSE.txt'), notices.join('\n'))
}

/** The names that each module exports, types aside. */
async function exportsOf(modules) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: modules.map(pathOf),
    outdir: 'dist',
    write: false,
    metafile: true,
    logLevel: 'warning',
  })
  return new Map(Object.values(metafile.outputs).map((output) => [nameOf(at(output.entryPoint)), output.exports]))
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
    // In its place; at the end they would stand with a list of files, in all that is bundled from them, too.
    legalComments: 'inline',
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
    if (path.endsWith('.map')) {
      writeFileSync(path, withSources(text))
      continue
    }
    const code = onlyUsed(text)
    for (const [, names, chunk] of code.matchAll(/^(?:import|export) \{([^}]*)\} from "#(.*)";$/gm)) {
      for (const item of names.split(',')) taken.add(`${chunk} ${item.trim().split(' ', 1)[0]}`)
    }
    writeFileSync(path, code.replace(/((?:from |import\()")#([^"]+)(")/g, way))
  }
  return Object.entries(metafile.outputs).flatMap(([path, output]) => (path.endsWith('.js') ? [output] : []))
}

/** A source map that says of the sources which the package does not have where they are. */
function withSources(text) {
  const map = JSON.parse(text)
  const inlined = map.sources
    .map((path) => path.replace(/^.*\/node_modules\//, ''))
    .map((name) => isInlined(name) && name)
  if (inlined.some(Boolean))
    map.sourcesContent = inlined.map((name) => (name ? `// ${name}: noble-LICENSE.txt says of which version.\n` : null))
  return `${JSON.stringify(map)}\n`
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
