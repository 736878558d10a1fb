/**
 * The code blocks of the documentation: where they stand, what they say that they print, and whether they do.
 * Prevents: a comment that tells of an output which nobody has seen for a year.
 */
import { scan } from './scan.mjs'

/**
 * Fenced blocks in `lines`: `{ where, source, line, language, code }`, `line` being that of the first line of code, and
 * `output`, the block marked `text output` behind it.
 */
export function fences(lines, file, first, problems) {
  const blocks = []
  let open
  for (const [i, text] of lines.entries()) {
    const fence = /^( *)(`{3,})\s*([^\s`]*)\s*([^`]*)$/.exec(text)
    if (open === undefined && fence) {
      const [, indent, ticks, language, info] = fence
      open = { indent: indent.length, ticks, language, info: info.trim(), line: first + i + 1, code: [] }
    } else if (open && fence && fence[2].length >= open.ticks.length && fence[3] === '') {
      const { language, line, info } = open
      const where = `${file}:${line - 1}`
      const code = open.code.join('\n')
      if (info === 'output') {
        const before = blocks.at(-1)
        if (!before || before.output !== undefined || before.language === 'text') {
          problems.push(`${where}: the output of no block`)
        } else before.output = code
      } else if (info !== '') problems.push(`${where}: "${info}" behind the language`)
      else blocks.push({ where, source: file, line, language, code })
      open = undefined
    } else open?.code.push(text.slice(Math.min(open.indent, text.length - text.trimStart().length)))
  }
  if (open) problems.push(`${file}:${open.line - 1}: the block is not closed`)
  return blocks
}

/** The `@example`s in the doc comments of `source`. One without a fence is taken as bare TypeScript. */
export function examples(source, file, problems) {
  return scan(source).flatMap(({ kind, text, line }) => {
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
      const inner = fences(lines.slice(i + 1, end), file, line + i + 1, problems)
      if (inner.length > 0) found.push(...inner)
      else {
        const code = lines.slice(i + 1, end).join('\n')
        found.push({ where: `${file}:${line + i}`, source: file, line: line + i + 1, language: 'ts', code })
      }
    }
    return found
  })
}

const print = /\bconsole\.log\(/g

/** The code with each `console.log(…)` told where it stands: block `name`, line of the block. The recorder listens. */
export function instrument(code, name) {
  const lines = code.split('\n')
  return lines.map((row, i) => row.replace(print, () => `console.log.call('${name}:${i}', `)).join('\n')
}

/**
 * What a block says that it prints: line → text. It is the comment behind a `console.log(…)` on its line, `…` being
 * anything. What is not output stands on a line of its own.
 */
export function expectations(code) {
  const rows = code.split('\n')
  const said = new Map()
  for (const { kind, text, line } of scan(code)) {
    const row = rows[line - 1]
    if (kind !== 'comment' || !text.startsWith('//') || !row.endsWith(text)) continue
    if (row.slice(0, -text.length).search(print) >= 0) said.set(line - 1, text.slice(2).trim())
  }
  return said
}

/** Whether `told` is what `said` says: blanks count once, `…` is anything. */
export function matches(said, told) {
  const even = (text) => text.trim().replace(/\s+/g, ' ')
  const pattern = even(said)
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[\\s\\S]*')
  return new RegExp(`^${pattern}$`).test(even(told))
}

/** Module that is loaded before a block: it notes what each `console.log(…)` prints, and leaves it in the file `TOLD`. */
export const recorder = `
  import { writeFileSync } from 'node:fs'
  import { format } from 'node:util'
  const told = {}
  const { log } = console
  console.log = function (...given) {
    if (typeof this === 'string') (told[this] ??= []).push(format(...given))
    if (process.env.SILENT !== '1' || typeof this !== 'string') Reflect.apply(log, console, given)
  }
  process.on('exit', () => writeFileSync(process.env.TOLD, JSON.stringify(told)))
`

/** What in a run of `block` was not as it says. `told`: what the recorder noted. */
export function unlike({ name, source, line, code }, told) {
  const found = []
  for (const [i, said] of expectations(code)) {
    const printed = told[`${name}:${i}`]
    const place = `${source}:${line + i}`
    if (!printed) found.push(`${place}: printed nothing, "${said}" expected`)
    else if (!matches(said, printed.join('\n')))
      found.push(`${place}: printed "${printed.join('\n')}", "${said}" expected`)
  }
  return found
}
