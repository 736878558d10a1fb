/**
 * The subpaths: the same in package.json, in jsr.json and as folders of src/ that have an index.ts; each loads alone
 * from dist/; the declarations name no type of one platform or one TypeScript version; and a project without any
 * platform's types, `skipLibCheck` off, compiles against all of them.
 * Prevents: a folder nobody can import, and a package that breaks the type check of those who install it.
 *
 * Needs dist/ (npm run build).
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { at, capture, filesBelow, report, root, shown } from './lib/run.mjs'
import { scan } from './lib/scan.mjs'

/** Folders whose own folders are the subpaths: `runtime/node` is `./node`. */
const nested = ['runtime', 'adapters']
/** Subpaths that lean on a platform's types, so a project without them cannot compile against them. */
const platform = new Set(['./node', './deno', './bun', './ssh2'])
/** Types that no public declaration may name: newer than TypeScript 5.7, or of the browser's or Node's library. */
const forbidden = ['CryptoKey', 'AbortSignal', 'Buffer', 'ArrayBufferView', 'NodeJS']

const problems = []
const json = (path) => JSON.parse(readFileSync(at(path), 'utf8'))
const manifest = json('package.json')
const jsr = json('jsr.json')

checkLists()
await checkLoading()
checkDeclarations()
await checkConsumer()
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
  const dependencies = manifest.dependencies ?? {}
  for (const name of new Set([...Object.keys(dependencies), ...Object.keys(jsr.imports)])) {
    const expected = `npm:${name}@${dependencies[name]}`
    if (jsr.imports[name] !== expected)
      problems.push(`jsr.json: import "${name}" is ${jsr.imports[name]}, expected ${expected}`)
  }
}

function subpaths() {
  return Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json')
}

function specifier(subpath) {
  return `${manifest.name}${subpath.slice(1)}`
}

/** Each subpath in a process of its own, found by the package's own name. */
async function checkLoading() {
  await Promise.all(
    subpaths().map(async (subpath) => {
      const code = `
        const names = Object.keys(await import(${JSON.stringify(specifier(subpath))}))
        if (names.length === 0) throw new Error('exports nothing')`
      const args = ['--input-type=module', '-e', code]
      const { code: exit, output } = await capture(process.execPath, args, { timeout: 60_000 })
      if (exit !== 0) problems.push(`"${subpath}" does not load: ${/^\w*Error.*$/m.exec(output)?.[0] ?? output.trim()}`)
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
      if (kind !== 'word') continue
      if (forbidden.includes(text)) problems.push(`${shown(file)}:${line}: names ${text}`)
      if (text === 'Uint8Array' && code[i + 1]?.text === '<')
        problems.push(`${shown(file)}:${line}: says Uint8Array<…>`)
    }
  }
}

async function checkConsumer() {
  const folder = mkdtempSync(join(tmpdir(), 'hawser-consumer-'))
  try {
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(root, join(folder, 'node_modules', manifest.name), 'dir')
    writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n')
    const modules = subpaths().filter((subpath) => !platform.has(subpath))
    const lines = modules.map((subpath, i) => `import * as m${i} from '${specifier(subpath)}'`)
    const uses = modules.map((_, i) => `m${i}`).join(', ')
    writeFileSync(join(folder, 'consumer.ts'), `${lines.join('\n')}\nexport const all: readonly object[] = [${uses}]\n`)
    for (const [module, moduleResolution] of [
      ['nodenext', 'nodenext'],
      ['esnext', 'bundler'],
    ]) {
      const compilerOptions = { target: 'ES2022', lib: ['ES2022'], types: [], module, moduleResolution }
      Object.assign(compilerOptions, { strict: true, skipLibCheck: false, noEmit: true })
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }))
      const args = [at('node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false']
      const { code, output } = await capture(process.execPath, args, { timeout: 120_000 })
      if (code !== 0) problems.push(`a project (${moduleResolution}) does not compile against it:\n${output.trim()}`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
