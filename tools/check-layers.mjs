/**
 * The table of rooms, enforced: who may import whom, which npm packages stand where, no Node in the core, and each key
 * type's name in one file. An `import type` counts like any other import.
 * Prevents: a core that drags a platform or every algorithm with it, and a key type spread over the code base.
 *
 * `node tools/check-layers.mjs [SRC]` looks at another folder than src/.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { sourceDependencies } from './lib/inlined.mjs'
import { at, capture, filesBelow, report } from './lib/run.mjs'
import { imports, scan } from './lib/scan.mjs'

/** Rows from the ground up. A room imports from rows before its own, never from its own row. */
const rows = [
  ['errors.ts', 'limits.ts'],
  ['wire'],
  ['asn1', 'crypto'],
  ['keys'],
  ['formats', 'cert'],
  ['fingerprint', 'krl', 'sshsig', 'agent-protocol', 'x509'],
  ['text', 'agent', 'signers'],
  ['ca'],
  ['runtime', 'adapters'],
  ['root'],
  ['index.ts'],
  ['cli'],
]

/** npm packages that a room may import; a trailing slash takes a whole scope. What is not listed may import none. */
const packages = { crypto: ['@noble/'], x509: ['pkijs', 'asn1js'], ca: ['jose', 'oauth4webapi'] }

/** Rooms that may use `node:` modules. All others are the core, and the core imports none of these rooms either. */
const outside = new Set(['runtime', 'adapters', 'cli'])

const src = resolve(process.argv[2] ?? at('src'))
const problems = []
const row = new Map(rows.flatMap((rooms, index) => rooms.map((room) => [room, index])))
const dependencies = sourceDependencies()
const inSrc = (path) => relative(src, path).split(sep).join('/')
const roomOf = (path) => path.split('/', 1)[0]

const files = filesBelow(src, (path) => path.endsWith('.ts')).map((path) => ({
  path: inSrc(path),
  tokens: scan(readFileSync(path, 'utf8')),
}))
if (files.length === 0) problems.push(`no .ts file below ${src}`)

for (const { path, tokens } of files) {
  const room = roomOf(path)
  if (!row.has(room)) {
    problems.push(`${path}: "${room}" is no room of the table`)
    continue
  }
  for (const { kind, text, line } of tokens) {
    if (kind === 'comment' && /^\/\/\/\s*<reference/.test(text)) {
      problems.push(`${path}:${line}: a reference directive brings types that the room does not import`)
    }
  }
  for (const { specifier, line } of imports(tokens)) {
    const problem = judge(path, room, specifier)
    if (problem) problems.push(`${path}:${line}: ${problem}`)
  }
}

/** Why `path` may not import `specifier`, or nothing. */
function judge(path, room, specifier) {
  if (specifier === undefined) return 'import() of something that is not one string literal'
  if (specifier.startsWith('node:')) {
    return outside.has(room) ? undefined : `the core imports no node: module (${specifier})`
  }
  if (!specifier.startsWith('.')) {
    const allowed = packages[room] ?? []
    if (!allowed.some((name) => (name.endsWith('/') ? specifier.startsWith(name) : isOf(specifier, name)))) {
      return `${room} may not import the package ${specifier}`
    }
    if (!Object.keys(dependencies).some((name) => isOf(specifier, name))) {
      return `${specifier} is not in the dependencies of package.json, nor compiled in`
    }
    return undefined
  }
  const file = resolve(dirname(join(src, path)), specifier)
  const target = inSrc(file)
  if (target.startsWith('..')) return `${specifier} is outside of src/`
  if (!specifier.endsWith('.ts') || !existsSync(file)) return `${specifier} is no .ts file of src/`
  if (path.startsWith('keys/types/') && target.startsWith('asn1/')) {
    return `may not import ${target}: a key type says its ASN.1 form as data`
  }
  const to = roomOf(target)
  if (to === room) {
    const [, mine, inFolder] = path.split('/')
    const [, its, ofFolder] = target.split('/')
    const siblings = outside.has(room) && room !== 'cli' && inFolder && ofFolder && mine !== its
    return siblings ? `may not import ${target}: what ${room}/ folders share stands beside them` : undefined
  }
  if (!row.has(to)) return `${target} is in no room of the table`
  if (!outside.has(room) && outside.has(to)) return `the core may not import ${target}`
  if (row.get(to) > row.get(room)) return `${room} (row ${row.get(room)}) may not import ${target} (row ${row.get(to)})`
  if (row.get(to) === row.get(room)) return `${room} may not import its sibling ${target}`
  return undefined
}

function isOf(specifier, name) {
  return specifier === name || specifier.startsWith(`${name}/`)
}

/** A container's table may name the types whose layout only it knows. */
const layouts = new Set(['formats/ppk-layout.ts'])

await checkNames()
report('check-layers', problems)

/**
 * Each key type's name stands as a string literal in one file, its certificate name in at most one (it may be made of
 * the name). The names come from the descriptors themselves, so a name put together at run time is found missing.
 */
async function checkNames() {
  const index = join(src, 'keys/types/index.ts')
  if (!existsSync(index)) {
    problems.push('keys/types/index.ts is missing: no key types to check')
    return
  }
  const code = `
    const names = new Map()
    const look = (value, depth) => {
      if (value === null || typeof value !== 'object' || depth > 2) return
      if (typeof value.name === 'string') {
        names.set(value.name, 1)
        if (typeof value.certName === 'string') names.set(value.certName, 0)
      } else for (const inner of Object.values(value)) look(inner, depth + 1)
    }
    look({ ...(await import(${JSON.stringify(pathToFileURL(index).href)})) }, 0)
    console.log(JSON.stringify([...names]))`
  const args = ['--import', 'tsx', '--input-type=module', '-e', code]
  const { code: exit, output } = await capture(process.execPath, args, { timeout: 60_000 })
  if (exit !== 0) {
    problems.push(`keys/types/index.ts does not load: ${output.trim()}`)
    return
  }
  const names = JSON.parse(output.trim().split('\n').at(-1))
  if (names.length === 0) problems.push('keys/types/index.ts exports no descriptor')
  for (const [name, least] of names) {
    const holders = files.filter(
      ({ path, tokens }) =>
        !layouts.has(path) &&
        tokens.some(({ kind, text }) => (kind === 'string' || kind === 'template') && text === name),
    )
    if (holders.length < least || holders.length > 1) {
      const where = holders.length === 0 ? 'no file' : holders.map(({ path }) => path).join(', ')
      problems.push(`the key type name '${name}' stands as a literal in ${where}; it belongs in one file`)
    }
  }
}
