/**
 * The comma-separated options in front of a key in authorized_keys and allowed_signers: `name` or `name="value"`
 * (sshd(8), AUTHORIZED_KEYS FILE FORMAT; openssh-portable misc.c `opt_dequote`). Split here, judged elsewhere.
 */

import { bad } from './expect.ts'

/** One option as it stands there. */
export interface LineOption {
  /** In lower case: names are compared without regard to case. */
  readonly name: string
  /** Without its quotes, `\"` resolved; absent where there is no `=`. */
  readonly value?: string
}

/** Where the options that start at `at` end: before the first blank outside of quotes; -1 where a quote is left open. */
export function optionsEnd(line: string, at: number): number {
  let quoted = false
  let i = at
  for (; i < line.length && (quoted || (line[i] !== ' ' && line[i] !== '\t')); i++) {
    if (line[i] === '\\' && line[i + 1] === '"') i++
    else if (line[i] === '"') quoted = !quoted
  }
  return quoted ? -1 : i
}

/**
 * Splits options. Between commas there may be nothing, as in OpenSSH; after the last one there must be something.
 * Throws `FormatError` `bad-value`.
 */
export function splitOptions(text: string): LineOption[] {
  const options: LineOption[] = []
  let at = 0
  while (at < text.length) {
    const start = at
    while (at < text.length && text[at] !== ',' && text[at] !== '=') at++
    const name = text.slice(start, at).toLowerCase()
    if (text[at] === '=') {
      const end = closingQuote(text, at + 1)
      options.push({ name, value: text.slice(at + 2, end).replaceAll('\\"', '"') })
      at = end + 1
      if (at < text.length && text[at] !== ',') throw bad('key options', 'a comma behind each value')
    } else if (name !== '') options.push({ name })
    if (at < text.length && ++at === text.length) throw bad('key options', 'an option behind the last comma')
  }
  return options
}

function closingQuote(text: string, open: number): number {
  let at = open + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' && text[at + 1] === '"' ? 2 : 1
  if (text[open] !== '"' || at >= text.length) throw bad('key options', 'a value between quotes')
  return at
}

/**
 * Writes options (sshd(8), AUTHORIZED_KEYS FILE FORMAT), each value between quotes. Throws `FormatError` `bad-value`
 * for what would not be read back as it is.
 *
 * @example
 * ```ts
 * import { formatOptions } from 'hawser/text'
 *
 * const options = [{ name: 'restrict' }, { name: 'command', value: 'echo "hi"' }]
 * console.log(formatOptions(options)) // restrict,command="echo \"hi\""
 * ```
 */
export function formatOptions(options: readonly LineOption[]): string {
  const text = options.map(({ name, value }) => {
    // There is no way to write a backslash before the closing quote: together they are a quote inside.
    if (!/^[a-z0-9-]+$/i.test(name) || /[\n\r\0]|\\$/.test(value ?? '')) {
      throw bad('key options', 'names of letters, and values on one line without a backslash at their end')
    }
    return value === undefined ? name : `${name}="${value.replaceAll('"', '\\"')}"`
  })
  return text.join(',')
}
