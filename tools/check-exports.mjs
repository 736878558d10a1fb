/**
 * The subpaths: the same in package.json, in jsr.json, in the README's table and as folders of src/ that have an
 * index.ts; each loads alone from dist/ and exports what its index in src/ does; the declarations name no type of one platform, of one TypeScript
 * version or of a dependency. tools/check-consumer.mjs compiles against them.
 * Prevents: a folder nobody can import, and a package that breaks the type check of those who install it.
 *
 * Needs dist/ (npm run build).
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { sourceDependencies } from './lib/inlined.mjs'
import { at, capture, filesBelow, report, root, shown } from './lib/run.mjs'
import { scan } from './lib/scan.mjs'

/** Folders whose own folders are the subpaths: `runtime/node` is `./node`. */
const nested = ['runtime', 'adapters']
/** Types that no public declaration may name: newer than TypeScript 5.7, or of the browser's or Node's library. */
const forbidden = ['CryptoKey', 'AbortSignal', 'Buffer', 'ArrayBufferView', 'NodeJS']

/** No declaration imports a package's types, which may change under those who compile. */
const dependency = /^(@noble\/|asn1js|pkijs)/

const problems = []
const json = (path) => JSON.parse(readFileSync(at(path), 'utf8'))
const manifest = json('package.json')
const jsr = json('jsr.json')

checkLists()
checkReadme()
await checkLoading()
checkDeclarations()
report('check-exports', problems)

function checkLists() {
  const folders = new Map([
    ['.', 'index'],
    ['./errors', 'errors'],
  ])
  for (const folder of ['', ...nested]) {
    const path = at('src', folder)
    if (!existsSync(path)) continue
    for (const { name } of readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
      // A room of the library's own: its types lean on asn1js.
      if (name === 'asn1') continue
      const inner = folder ? `${folder}/${name}` : name
      if (existsSync(at('src', inner, 'index.ts'))) folders.set(`./${name}`, `${inner}/index`)
    }
  }
  for (const [file, exports, target] of [
    ['package.json', manifest.exports, (path) => `./dist/${path}.js`],
    ['jsr.json', jsr.exports, (path) => `./src/${path}.ts`],
  ]) {
    for (const [subpath, path] of folders) {
      if (exports[subpath] !== target(path)) {
        problems.push(`${file}: "${subpath}" is ${JSON.stringify(exports[subpath])}, expected "${target(path)}"`)
      }
    }
    for (const subpath of Object.keys(exports)) {
      if (!folders.has(subpath) && subpath !== './package.json')
        problems.push(`${file}: "${subpath}" has no folder in src/`)
    }
  }
  if (jsr.version !== manifest.version) problems.push('jsr.json and package.json say different versions')
  const dependencies = sourceDependencies()
  for (const name of new Set([...Object.keys(dependencies), ...Object.keys(jsr.imports)])) {
    const expected = `npm:${name}@${dependencies[name]}`
    if (jsr.imports[name] !== expected)
      problems.push(`jsr.json: import "${name}" is ${jsr.imports[name]}, expected ${expected}`)
  }
}

/** The table of subpaths. That each exported name stands in the reference is tools/build-docs.mjs's to say. */
function checkReadme() {
  const [, table] = /^\| subpath \|.*\n\|[-|]+\n((?:\|.*\n)+)/m.exec(readFileSync(at('README.md'), 'utf8')) ?? []
  if (!table) problems.push('README.md has no table of subpaths')
  const named = (table ?? '').split('\n').flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)])
  const rows = new Set(named.map(([, name]) => name))
  for (const subpath of subpaths().map(specifier)) {
    if (!rows.delete(subpath)) problems.push(`README.md: the table of subpaths lacks ${subpath}`)
  }
  for (const row of rows) problems.push(`README.md: the table of subpaths has ${row}, package.json has not`)
}

function subpaths() {
  return Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json')
}

function specifier(subpath) {
  return `${manifest.name}${subpath.slice(1)}`
}

/** Each subpath in a process of its own, found by the package's own name. Its names are those of src/. */
async function checkLoading() {
  await Promise.all(
    subpaths().map(async (subpath) => {
      const names = async (...args) => {
        const code = `console.log(JSON.stringify(Object.keys(await import(process.argv[1])).sort()))`
        const options = { cwd: root, timeout: 60_000 }
        return capture(process.execPath, [...args.slice(1), '--input-type=module', '-e', code, args[0]], options)
      }
      const built = await names(specifier(subpath))
      const source = await names(pathToFileURL(at(jsr.exports[subpath] ?? 'none')).href, '--import', 'tsx')
      if (built.code !== 0) problems.push(`"${subpath}" does not load: ${built.output.trim()}`)
      else if (built.output === '[]\n') problems.push(`"${subpath}" exports nothing`)
      else if (built.output !== source.output) problems.push(`"${subpath}" exports in dist/ what it does not in src/`)
    }),
  )
  for (const [name, path] of Object.entries(manifest.bin)) {
    const file = at(path)
    if (!existsSync(file)) problems.push(`bin ${name}: ${path} is missing`)
    else if (!(statSync(file).mode & 0o111)) problems.push(`bin ${name}: ${path} is not executable`)
    else if (!readFileSync(file, 'utf8').startsWith('#!/usr/bin/env node\n'))
      problems.push(`bin ${name}: ${path} has no #! line`)
  }
}

function checkDeclarations() {
  const files = filesBelow(at('dist'), (path) => path.endsWith('.d.ts')).filter(
    (path) => !shown(path).startsWith('dist/cli/'),
  )
  if (files.length === 0) problems.push('dist/ has no declarations: npm run build')
  for (const file of files) {
    const code = scan(readFileSync(file, 'utf8')).filter((token) => token.kind !== 'comment')
    for (const [i, { kind, text, line }] of code.entries()) {
      if (kind === 'string' && dependency.test(text)) problems.push(`${shown(file)}:${line}: reaches ${text}`)
      if (kind !== 'word') continue
      if (forbidden.includes(text)) problems.push(`${shown(file)}:${line}: names ${text}`)
      if (text === 'Uint8Array' && code[i + 1]?.text === '<')
        problems.push(`${shown(file)}:${line}: says Uint8Array<…>`)
    }
  }
}
