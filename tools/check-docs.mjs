/**
 * The documentation, executed: every ```ts, ```js and ```sh block of README.md and docs/, and every `@example` of src/,
 * in a scratch project that has the packed package installed: type checked under `strict`, bundled by esbuild, run, and
 * what it prints compared with what it says that it prints. Only a ```text block is left alone. And every link from
 * one page to another leads somewhere.
 * Prevents: an example that stopped working, or never did.
 *
 * Needs dist/ (npm run build). Each program runs in an empty folder; the shell blocks of a page share one folder, in
 * order, where `hawser` and `npx hawser` are the installed command; the `@example`s run one after the other in one
 * process. A block that begins with `npm ci` or an install line is only read: its scripts and package names must exist.
 * `check-docs PAGE…` takes those pages alone, `src` for the `@example`s.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { examples, fences, instrument, matches, recorder, unlike } from './lib/blocks.mjs'
import { inModules, installed } from './lib/install.mjs'
import { installTarball, pack } from './lib/package.mjs'
import { at, capture, filesBelow, report, shown } from './lib/run.mjs'

const problems = []
const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8'))
const jsr = JSON.parse(readFileSync(at('jsr.json'), 'utf8'))
const begun = performance.now()

const wanted = process.argv.slice(2)
const isWanted = (page) => wanted.length === 0 || wanted.includes(page)
const markdown = ['README.md', ...filesBelow(at('docs'), (path) => path.endsWith('.md')).map(shown)]
const pages = markdown.filter(isWanted).map((file) => ({ file, blocks: blocksOf(file) }))
const sources = isWanted('src') ? filesBelow(at('src'), (path) => path.endsWith('.ts')) : []
const inSource = sources.flatMap((path) => examples(readFileSync(path, 'utf8'), shown(path), problems))
if (wanted.length === 0 && pages[0].blocks.length === 0) problems.push('README.md has no code block')
if (wanted.length === 0 && inSource.length === 0) problems.push('src/ has no @example')

const languages = ['ts', 'js', 'sh', 'text']
for (const { where, language } of pages.flatMap(({ blocks }) => blocks)) {
  if (!languages.includes(language)) {
    problems.push(`${where}: a block of "${language}"; use ts, js or sh, or text for what is not run`)
  }
}
for (const { where, language } of inSource) {
  if (language !== 'ts') problems.push(`${where}: an @example is one \`\`\`ts block`)
}
const programs = pages.flatMap(({ blocks }) => blocks.filter(({ language }) => language === 'ts' || language === 'js'))
const runnable = inSource.filter(({ language }) => language === 'ts')
let shells = 0

checkLinks()
const folder = mkdtempSync(join(tmpdir(), 'hawser-docs-'))
const scratch = (...parts) => join(folder, ...parts)
try {
  await project()
  for (const [i, block] of [...programs, ...runnable].entries()) block.name = `block-${i}`
  writeFileSync(scratch('recorder.mjs'), recorder)
  await typeCheck([...programs, ...runnable])
  await bundle(programs, true)
  await bundle(runnable, false)
  await runExamples()
  await inTurns(programs, runProgram)
  await inTurns(pages, runShell)
} catch (error) {
  problems.push(error.message)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
const time = ((performance.now() - begun) / 1000).toFixed(1)
console.log(
  `${pages.length} pages, ${programs.length} programs, ${shells} shell blocks, ${runnable.length} examples, ${time} s`,
)
report('check-docs', problems)

function blocksOf(file) {
  return fences(readFileSync(at(file), 'utf8').split('\n'), file, 1, problems)
}

/** Two at a time. */
async function inTurns(list, work) {
  let next = 0
  const turn = async () => {
    while (next < list.length) await work(list[next++])
  }
  await Promise.all([turn(), turn()])
}

/** The scratch project: the package as it is packed, and, for the page on moving here, the libraries that it shows. */
async function project() {
  const { tarball } = await pack(folder)
  await installTarball(folder, tarball)
  mkdirSync(scratch('node_modules/@types'), { recursive: true })
  const linked = ['@types/node', 'undici-types', 'ssh2'].map((name) => [name, at('node_modules', name)])
  if (programs.some(({ code }) => code.includes("'sshpk'"))) {
    await installed('tools/docs')
    linked.push(['sshpk', inModules('tools/docs', 'sshpk')])
  }
  for (const [name, path] of linked) symlinkSync(path, scratch('node_modules', name), 'dir')
}

/** All blocks as one program; each error is told at its place in the document. */
async function typeCheck(blocks) {
  for (const { name, language, code } of blocks) writeFileSync(scratch(`${name}.${language}`), `${code}\nexport {}\n`)
  const compilerOptions = {
    target: 'ES2022',
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    types: ['node'],
    module: 'nodenext',
    moduleDetection: 'force',
    strict: true,
    noUncheckedIndexedAccess: true,
    allowJs: true,
    skipLibCheck: true,
    noEmit: true,
  }
  const files = blocks.map(({ name, language }) => `${name}.${language}`)
  writeFileSync(scratch('tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  const args = [at('node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false']
  const { code, output } = await capture(process.execPath, args, { cwd: folder, timeout: 120_000 })
  if (code === 0) return
  const before = problems.length
  for (const row of output.split('\n')) {
    const error = /^(block-\d+)\.\w+\((\d+),(\d+)\): error (.*)$/.exec(row)
    const block = error && blocks.find(({ name }) => name === error[1])
    if (block) problems.push(`${block.source}:${block.line + Number(error[2]) - 1}:${error[3]}: ${error[4]}`)
  }
  if (problems.length === before) problems.push(`the type check of the blocks failed:\n${output.trim()}`)
}

/** Each block as a program, `whole`: in one file with all that it imports, as a bundler makes it. */
async function bundle(blocks, whole) {
  const outdir = scratch(whole ? 'programs' : 'examples')
  for (const { name, language, code } of blocks) {
    writeFileSync(scratch(`run-${name}.${language}`), `${instrument(code, name)}\nexport {}\n`)
  }
  try {
    await build({
      entryPoints: blocks.map(({ name, language }) => ({ in: scratch(`run-${name}.${language}`), out: name })),
      outdir,
      outExtension: { '.js': '.mjs' },
      bundle: whole,
      external: whole ? ['node:*', 'ssh2', 'sshpk'] : undefined,
      format: 'esm',
      target: 'es2022',
      platform: whole ? 'neutral' : undefined,
      mainFields: whole ? ['module', 'main'] : undefined,
      absWorkingDir: folder,
      logLevel: 'silent',
    })
    for (const block of blocks) block.program = join(outdir, `${block.name}.mjs`)
  } catch (error) {
    for (const { text, location } of error.errors ?? [{ text: error.message }]) {
      const block = blocks.find(({ name }) => location?.file.startsWith(`run-${name}.`))
      const where = block ? `${block.source}:${block.line + location.line - 1}` : 'the blocks'
      problems.push(`${where}: not bundled, so that none is run: ${text}`)
    }
  }
}

function compare(blocks, file) {
  const told = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  for (const block of blocks) if (block.program) problems.push(...unlike(block, told))
}

/** Every `@example` in one process, so that the library is loaded once; what they print is dropped. */
async function runExamples() {
  const list = runnable.filter(({ program }) => program)
  if (list.length === 0) return
  const runner = scratch('examples.mjs')
  writeFileSync(
    runner,
    `const list = ${JSON.stringify(list.map(({ where, program }) => [where, pathToFileURL(program).href]))}
    const { log } = console
    for (const name of ['info', 'warn', 'error', 'table']) console[name] = () => {}
    let now
    const told = (error) => log(now + ': ' + (error?.stack ?? error).toString().split('\\n').slice(0, 4).join(' | '))
    process.on('unhandledRejection', told)
    process.on('uncaughtException', told)
    for (const [where, url] of list) {
      now = where
      let timer
      const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error('not done in 20 s')), 20000) })
      await Promise.race([import(url), late]).catch(told)
      clearTimeout(timer)
    }
    log('all run')
    process.exit(0)`,
  )
  const cwd = scratch('in-examples')
  mkdirSync(cwd)
  const env = { ...process.env, TOLD: scratch('examples.json'), SILENT: '1' }
  const args = ['--import', pathToFileURL(scratch('recorder.mjs')).href, runner]
  const { code, output } = await capture(process.execPath, args, { cwd, env, timeout: 300_000 })
  const rows = output.trim().split('\n')
  if (code !== 0 || rows.at(-1) !== 'all run') problems.push(`the @examples ended with ${code}`)
  problems.push(...rows.filter((row) => row !== '' && row !== 'all run'))
  compare(list, env.TOLD)
}

/** One block of a page in a process and an empty folder of its own. */
async function runProgram(block) {
  if (!block.program) return
  const cwd = scratch(`in-${block.name}`)
  mkdirSync(cwd)
  const env = { ...process.env, HOME: cwd, TOLD: scratch(`${block.name}.json`), NO_COLOR: '1' }
  const args = ['--import', pathToFileURL(scratch('recorder.mjs')).href, block.program]
  const { code, output } = await capture(process.execPath, args, { cwd, env, timeout: 120_000 })
  if (code !== 0) problems.push(`${block.where}: ended with ${code}\n${output.trim()}`)
  else compareOutput(block, output)
  if (code === 0) compare([block], env.TOLD)
}

function compareOutput({ where, output: said }, told) {
  if (said !== undefined && !matches(said, told)) {
    problems.push(`${where}: printed\n${told.trim()}\nand not what stands below it:\n${said}`)
  }
}

/** The shell blocks of a page in order, in one folder that is also HOME. */
async function runShell({ file, blocks }) {
  const list = blocks.filter(({ language }) => language === 'sh')
  if (list.length === 0) return
  shells += list.length
  const own = scratch(`shell-${file.replaceAll('/', '-')}`)
  const [bin, cwd] = [join(own, 'bin'), join(own, 'home')]
  mkdirSync(bin, { recursive: true })
  mkdirSync(cwd)
  const command = `exec '${scratch('node_modules/.bin/hawser')}' "$@"`
  const wrong = 'echo "npx: only hawser stands in for npx here" >&2; exit 127'
  writeFileSync(join(bin, 'hawser'), `#!/bin/sh\n${command}\n`)
  writeFileSync(join(bin, 'npx'), `#!/bin/sh\nif [ "$1" != hawser ]; then ${wrong}; fi\nshift\n${command}\n`)
  for (const name of ['hawser', 'npx']) chmodSync(join(bin, name), 0o755)
  const env = { ...process.env, HOME: cwd, PATH: `${bin}:${process.env.PATH}`, NO_COLOR: '1', SSH_AUTH_SOCK: '' }
  for (const block of list) {
    const { where, code } = block
    if (/^\s*(npm (ci|install|i|add)|deno add|bun add|npx jsr add)\b/.test(code)) {
      readOnly(where, code)
      continue
    }
    const args = ['-eu', '-o', 'pipefail', '-c', code]
    const { code: exit, output } = await capture('bash', args, { cwd, env, timeout: 120_000 })
    if (exit !== 0) problems.push(`${where}: ended with ${exit}\n${output.trim()}`)
    else compareOutput(block, output)
  }
}

/** A block that installs: its scripts and packages must be ours. */
function readOnly(where, code) {
  const commands = code
    .split('\n')
    .map((row) => row.replace(/(^|\s)#.*$/, '').trim())
    .flatMap((row) => row.split('&&'))
    .map((row) => row.trim())
    .filter((row) => row !== '')
  for (const command of commands) {
    const [program, verb, name] = command.split(/\s+/)
    if (program === 'npm' && verb === 'ci' && name === undefined) continue
    const script =
      program !== 'npm' ? undefined : verb === 'run' ? name : ['start', 'test'].includes(verb) ? verb : undefined
    if (script !== undefined) {
      if (!(script in manifest.scripts)) problems.push(`${where}: package.json has no script "${script}"`)
      continue
    }
    const names = [manifest.name, jsr.name, `jsr:${jsr.name}`, `npm:${manifest.name}`]
    const installs = /^(npm (install|i|add)|deno add|bun add|npx jsr add)\s+(\S+)$/.exec(command)
    if (!installs || !names.includes(installs[3])) {
      problems.push(`${where}: "${command}" is neither a script nor an install of ${manifest.name}`)
    }
  }
}

/** Links from page to page, and to places in a page, by the names that GitHub gives to headings. */
function checkLinks() {
  const prose = (path) => readFileSync(path, 'utf8').replace(/^ *(`{3,})[\s\S]*?^ *\1 *$/gm, '')
  const slug = (heading) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-')
  const others = ['CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'bench/README.md'].filter((file) =>
    existsSync(at(file)),
  )
  for (const file of [...markdown, ...others].filter(isWanted)) {
    for (const [, target] of prose(at(file)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      const [path, anchor] = target.split('#')
      const found = path === '' ? at(file) : join(dirname(at(file)), path)
      if (!existsSync(found)) problems.push(`${file}: the link to ${target} leads nowhere`)
      else if (anchor) {
        const heads = [...prose(found).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => slug(heading))
        if (!heads.includes(anchor)) problems.push(`${file}: ${path || 'the page'} has no place "${anchor}"`)
      }
    }
  }
}
