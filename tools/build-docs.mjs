/**
 * `npm run docs`: the reference out of the doc comments, with the pages of docs/ beside it, as HTML in reference/; it
 * needs no network to be read. `--check` writes nothing and only judges: links that lead nowhere, exported names
 * without a comment or without a place in the reference, functions and classes without an example (those of errors need
 * none: nobody makes one), types that are shown but cannot be imported.
 * Prevents: an exported name that nobody can look up, or sees in use.
 *
 * typedoc wants a TypeScript with a JavaScript interface, which version 7 has not: both stand in tools/docs.
 */
import { readFileSync, rmSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { inModules, installed } from './lib/install.mjs'
import { at, filesBelow, report, shown } from './lib/run.mjs'

const OUT = 'reference'

/** Parts of an exported type that stand whole where they are used. Typedoc says which of them is exported by now. */
const partsOnly = [
  'Extension', // of Constraint
  'IdentifiedKey', // of Identified
  'IdentifiedFile', // of Identified
  'IdentifyOptions', // of identify
  'TextFileOptions', // of findHost
  'Argon2Variant', // of Ppk3Options
  'Asn1Mapping', // of KeyType
  'JwkMapping', // of KeyType
]

const checkOnly = process.argv.includes('--check')
const problems = []
const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8'))
const jsr = JSON.parse(readFileSync(at('jsr.json'), 'utf8'))
/** Name of the module in the reference, and its file. */
const modules = new Map(
  Object.entries(jsr.exports).map(([subpath, path]) => [`${manifest.name}${subpath.slice(1)}`, at(path)]),
)
const pages = filesBelow(at('docs'), (path) => path.endsWith('.md')).map(shown)
/** Pages that those link to. */
const beside = ['SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'bench/README.md']

await installed('tools/docs')
const typedoc = await import(pathToFileURL(inModules('tools/docs', 'typedoc/dist/index.js')).href)
const app = await typedoc.Application.bootstrap({
  name: manifest.name,
  entryPoints: [...modules.values()],
  tsconfig: at('tools/docs/tsconfig.json'),
  readme: at('README.md'),
  projectDocuments: [...pages, ...beside].map((page) => at(page)),
  markdownItOptions: { html: true, linkify: false },
  // The types are checked by those who build; here is one configuration for all rooms.
  skipErrorChecking: true,
  disableSources: true,
  disableGit: true,
  sourceLinkTemplate: '{path}',
  sort: ['kind', 'alphabetical'],
  sortEntryPoints: false,
  hideGenerator: true,
  searchInComments: true,
  validation: { notExported: true, invalidLink: true, invalidPath: true, rewrittenLink: true, notDocumented: false },
  intentionallyNotExported: partsOnly,
  includeVersion: true,
})
const { Converter, LogLevel } = typedoc
app.logger = new (class extends typedoc.Logger {
  log(message, level) {
    if (level >= LogLevel.Warn) problems.push(message)
  }
})()
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
  for (const document of project.documents ?? []) {
    const text = document.content.map((part) => part.text).join('')
    document.name = /^# (.*)$/m.exec(text)?.[1].replaceAll('`', '') ?? document.name
  }
  for (const [i, [name, path]] of [...modules].entries()) {
    const reflection = project.children[i]
    reflection.name = name
    const text = /^\/\*\*([\s\S]*?)\*\//.exec(readFileSync(path, 'utf8'))?.[1].replace(/^\s*\* ?/gm, '')
    if (text) reflection.comment ??= new typedoc.Comment([{ kind: 'text', text: text.trim() }])
  }
})

const project = await app.convert()
if (project) {
  const entries = app.getEntryPoints() ?? []
  if (entries.length !== modules.size) problems.push(`${entries.length} entry points of ${modules.size} were read`)
  let count = 0
  for (const [i, [name]] of [...modules].entries()) {
    const { program, sourceFile } = entries[i]
    const checker = program.getTypeChecker()
    const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(sourceFile))
    const exported = symbols.map((symbol) => symbol.name)
    /** Functions and classes, constants that hold one among them. */
    const called = new Set(symbols.filter((one) => isCalled(checker.getTypeOfSymbol(one))).map((one) => one.name))
    const children = project.children[i].children ?? []
    const told = new Set(children.map((child) => child.name))
    count += exported.length
    for (const child of children) {
      if (!isDocumented(child)) problems.push(`${name}: ${child.name} has no doc comment`)
      else if (called.has(child.name) && !isShown(child)) problems.push(`${name}: ${child.name} has no @example`)
    }
    for (const missing of exported.filter((one) => !told.has(one))) {
      problems.push(`${name}: ${missing} is exported and has no place in the reference`)
    }
  }
  app.validate(project)
  console.log(`${modules.size} subpaths, ${count} exported names, ${pages.length} pages`)
  if (!checkOnly && problems.length === 0) await write()
} else problems.push('the sources could not be read')
report('build-docs', problems)

/** A name that another subpath exports too is documented there. */
function isDocumented(child) {
  if (child.kindOf(typedoc.ReflectionKind.Reference)) return true
  return child.hasComment() || (child.signatures ?? []).some((signature) => signature.hasComment())
}

function isCalled(type) {
  return type.getCallSignatures().length + type.getConstructSignatures().length > 0
}

/** Whether a function or a class has an example. The classes of errors need none, and what another subpath shows. */
function isShown(child) {
  if (child.kindOf(typedoc.ReflectionKind.Reference) || isError(child)) return true
  return [child, ...(child.signatures ?? [])].some(({ comment }) => comment?.getTag('@example') !== undefined)
}

function isError({ extendedTypes = [] }) {
  return extendedTypes.some(({ name, reflection }) => name === 'Error' || (reflection && isError(reflection)))
}

async function write() {
  rmSync(at(OUT), { recursive: true, force: true })
  await app.generateDocs(project, at(OUT))
  const files = filesBelow(at(OUT), (path) => path.endsWith('.html'))
  const external = /<(?:script|img|iframe)\b[^>]*\ssrc="(?:https?:)?\/\/|<link\b[^>]*\shref="(?:https?:)?\/\//i
  for (const file of files) {
    if (external.test(readFileSync(file, 'utf8'))) problems.push(`${shown(file)} loads something over the network`)
  }
  console.log(`${OUT}/index.html, ${files.length} pages`)
}
