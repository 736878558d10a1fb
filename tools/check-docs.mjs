/**
 * The documentation, executed: every ```ts, ```js and ```sh block of README.md and every `@example` of src/ is type
 * checked and run against dist/. Only a ```text block is left alone.
 * Prevents: an example that stopped working, or never did.
 *
 * Needs dist/ (npm run build). Each README block of TypeScript is a program of its own in an empty folder; the shell
 * blocks share one folder, in order, where `hawser` and `npx hawser` are the command built here; the `@example`s run
 * one after the other in one process. A block that begins with `npm ci` or an install line is only read: its scripts
 * and package names must exist.
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
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { transform } from 'esbuild'
import { at, capture, filesBelow, report, root, shown } from './lib/run.mjs'
import { scan } from './lib/scan.mjs'

const problems = []
const manifest = JSON.parse(readFileSync(at('package.json'), 'utf8'))
const jsr = JSON.parse(readFileSync(at('jsr.json'), 'utf8'))
const begun = performance.now()

const readme = existsSync(at('README.md'))
  ? fences(readFileSync(at('README.md'), 'utf8').split('\n'), 'README.md', 1)
  : []
if (readme.length === 0) problems.push('README.md has no code block')
const examples = filesBelow(at('src'), (path) => path.endsWith('.ts')).flatMap(examplesOf)
if (examples.length === 0) problems.push('src/ has no @example')

const languages = new Set(['ts', 'js', 'sh', 'text'])
for (const { where, language } of readme) {
  if (!languages.has(language))
    problems.push(`${where}: a block of "${language}"; use ts, js or sh, or text for what is not run`)
}
for (const { where, language } of examples) {
  if (language !== 'ts') problems.push(`${where}: an @example is one \`\`\`ts block`)
}
const programs = readme.filter(({ language }) => language === 'ts' || language === 'js')
const shell = readme.filter(({ language }) => language === 'sh')
const runnable = examples.filter(({ language }) => language === 'ts')

const folder = mkdtempSync(join(tmpdir(), 'hawser-docs-'))
try {
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules', manifest.name), 'dir')
  symlinkSync(at('node_modules/@types'), join(folder, 'node_modules/@types'), 'dir')
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n')
  const blocks = [...programs, ...runnable]
  for (const [i, block] of blocks.entries()) block.file = `block-${i}.${block.language}`
  await typeCheck(blocks)
  await Promise.all(blocks.map(compile))
  await runExamples()
  for (const block of programs) await runProgram(block)
  await runShell()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
const time = ((performance.now() - begun) / 1000).toFixed(1)
console.log(`${programs.length} programs, ${shell.length} shell blocks, ${runnable.length} examples, ${time} s`)
report('check-docs', problems)

/** Fenced blocks in `lines`: `{ where, line, language, code }`, `line` being that of the first line of code. */
function fences(lines, file, first) {
  const blocks = []
  let open
  for (const [i, text] of lines.entries()) {
    const fence = /^( *)(`{3,})\s*([^\s`]*)/.exec(text)
    if (open === undefined && fence) {
      open = { indent: fence[1].length, ticks: fence[2], language: fence[3], line: first + i + 1, code: [] }
    } else if (open && fence && fence[2].length >= open.ticks.length && fence[3] === '') {
      const { language, line, code } = open
      blocks.push({ where: `${file}:${line - 1}`, source: file, line, language, code: code.join('\n') })
      open = undefined
    } else open?.code.push(text.slice(Math.min(open.indent, text.length - text.trimStart().length)))
  }
  if (open) problems.push(`${file}:${open.line - 1}: the block is not closed`)
  return blocks
}

/** The `@example`s in the doc comments of a file. One without a fence is taken as bare TypeScript. */
function examplesOf(path) {
  const file = shown(path)
  return scan(readFileSync(path, 'utf8')).flatMap(({ kind, text, line }) => {
    if (kind !== 'comment' || !text.startsWith('/**') || !/@example\b/.test(text)) return []
    const lines = text
      .replace(/\s*\*\/$/, '')
      .split('\n')
      .map((row) => row.replace(/^\s*\/?\*+ ?/, ''))
    const found = []
    for (const [i, row] of lines.entries()) {
      if (!/^@example\b/.test(row)) continue
      let end = i + 1
      while (end < lines.length && !/^@[a-z]+\b/.test(lines[end])) end++
      const inner = fences(lines.slice(i + 1, end), file, line + i + 1)
      if (inner.length > 0) found.push(...inner)
      else {
        const code = lines.slice(i + 1, end).join('\n')
        found.push({ where: `${file}:${line + i}`, source: file, line: line + i + 1, language: 'ts', code })
      }
    }
    return found
  })
}

/** All blocks as one program; each error is told at its place in the document. */
async function typeCheck(blocks) {
  for (const { file, code } of blocks) writeFileSync(join(folder, file), `${code}\nexport {}\n`)
  const compilerOptions = {
    target: 'ES2022',
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    types: ['node'],
    module: 'nodenext',
    moduleDetection: 'force',
    strict: true,
    noUncheckedIndexedAccess: true,
    allowJs: true,
    checkJs: true,
    skipLibCheck: true,
    noEmit: true,
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: blocks.map(({ file }) => file) }),
  )
  const args = [at('node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false']
  const { code, output } = await capture(process.execPath, args, { cwd: folder, timeout: 120_000 })
  if (code === 0) return
  const before = problems.length
  for (const row of output.split('\n')) {
    const error = /^(block-\d+\.\w+)\((\d+),(\d+)\): error (.*)$/.exec(row)
    const block = error && blocks.find(({ file }) => file === error[1])
    if (block) problems.push(`${block.source}:${block.line + Number(error[2]) - 1}:${error[3]}: ${error[4]}`)
  }
  if (problems.length === before) problems.push(`the type check of the blocks failed:\n${output.trim()}`)
}

async function compile(block) {
  const mjs = block.file.replace(/\.\w+$/, '.mjs')
  try {
    const { code } = await transform(block.code, { loader: block.language, format: 'esm', target: 'es2022' })
    writeFileSync(join(folder, mjs), code)
    block.program = join(folder, mjs)
  } catch (error) {
    problems.push(`${block.where}: ${error.message}`)
  }
}

/** Every `@example` in one process, so that the library is loaded once; what they print is dropped. */
async function runExamples() {
  const list = runnable
    .filter(({ program }) => program)
    .map(({ where, program }) => [where, pathToFileURL(program).href])
  const runner = join(folder, 'examples.mjs')
  writeFileSync(
    runner,
    `const list = ${JSON.stringify(list)}
    const { log } = console
    for (const name of ['log', 'info', 'warn', 'error', 'table']) console[name] = () => {}
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
  const cwd = join(folder, 'examples')
  mkdirSync(cwd)
  const { code, output } = await capture(process.execPath, [runner], { cwd, timeout: 300_000 })
  const rows = output.trim().split('\n')
  if (code !== 0 || rows.at(-1) !== 'all run') problems.push(`the @examples ended with ${code}`)
  problems.push(...rows.filter((row) => row !== '' && row !== 'all run'))
}

/** One block of the README in a process and an empty folder of its own. */
async function runProgram({ where, program, file }) {
  if (!program) return
  const cwd = join(folder, `in-${file}`)
  mkdirSync(cwd)
  const { code, output } = await capture(process.execPath, [program], { cwd, timeout: 60_000 })
  if (code !== 0) problems.push(`${where}: ended with ${code}\n${output.trim()}`)
}

/** The shell blocks in order, in one folder that is also HOME. */
async function runShell() {
  const bin = join(folder, 'bin')
  const cwd = join(folder, 'shell')
  mkdirSync(bin)
  mkdirSync(cwd)
  const command = `exec '${process.execPath}' '${at(manifest.bin.hawser)}' "$@"`
  const wrong = 'echo "npx: only hawser stands in for npx here" >&2; exit 127'
  writeFileSync(join(bin, 'hawser'), `#!/bin/sh\n${command}\n`)
  writeFileSync(join(bin, 'npx'), `#!/bin/sh\nif [ "$1" != hawser ]; then ${wrong}; fi\nshift\n${command}\n`)
  for (const name of ['hawser', 'npx']) chmodSync(join(bin, name), 0o755)
  const env = { ...process.env, HOME: cwd, PATH: `${bin}:${process.env.PATH}`, NO_COLOR: '1' }
  for (const { where, code } of shell) {
    if (/^\s*(npm (ci|install|i|add)|deno add|bun add|npx jsr add)\b/.test(code)) {
      readOnly(where, code)
      continue
    }
    const { code: exit, output } = await capture('bash', ['-eu', '-o', 'pipefail', '-c', code], {
      cwd,
      env,
      timeout: 60_000,
    })
    if (exit !== 0) problems.push(`${where}: ended with ${exit}\n${output.trim()}`)
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
    if (!installs || !names.includes(installs[3]))
      problems.push(`${where}: "${command}" is neither a script nor an install of ${manifest.name}`)
  }
}
