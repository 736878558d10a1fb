/**
 * authorized_keys (sshd(8), AUTHORIZED_KEYS FILE FORMAT; openssh-portable auth2-pubkeyfile.c `auth_check_authkey_line`,
 * sshkey.c `sshkey_read`): one key a line, options in front of it. Keys are carried opaque unless their types are given.
 */

import { equalBytes } from '../crypto/constant-time.ts'
import { type LineProblem, SshError } from '../errors.ts'
import { looksLikeCertificate } from '../keys/key-type.ts'
import { judgePublicKey, type KeyOptions, type PublicKey } from '../keys/public-key.ts'
import type { Limits } from '../limits.ts'
import { bad } from '../wire/expect.ts'
import { badLine, type LineFault, noteProblem, readLineKey } from '../wire/line-key.ts'
import { optionsEnd } from '../wire/option-list.ts'
import { formatPublicLine, splitPublicLine } from '../wire/public-line.ts'
import { decodeText, encodeText } from '../wire/text.ts'
import { type LoginOptions, parseKeyOptions } from './key-options.ts'
import { type Edited, edited, fileBytes, fileLines, lineText } from './text-file.ts'

/** A line that holds a key. */
export interface AuthorizedKey {
  /** Counted from 1. */
  readonly line: number
  readonly key: PublicKey
  readonly options: LoginOptions
  /** The options as they stand there; may be empty. */
  readonly optionText: string
}

/** What a file says. */
export interface AuthorizedKeys {
  readonly entries: readonly AuthorizedKey[]
  /** The lines that let nobody in, and why; the first 10,000 are told. */
  readonly problems: readonly LineProblem[]
}

/**
 * The key at the start of `text`; what looks like a key and is none; `undefined` where none is. The base64 of a blob
 * begins with `AAAA`, since names are short.
 */
function keyAtStart(text: string): PublicKey | LineFault | undefined {
  const { type, base64, comment } = splitPublicLine(text) ?? {}
  if (type === undefined || !base64?.startsWith('AAAA')) return undefined
  // Else a lone option would pass as a type and vanish (golang/crypto 7626c50).
  const blob = readLineKey(type, base64, 'key')
  if (!(blob instanceof Uint8Array)) return blob
  if (looksLikeCertificate(type)) {
    return { code: 'is-certificate', message: `a key expected, a certificate (${type}) found` }
  }
  return { type, blob, comment: comment! }
}

/** Key and options, in this order: what reads as a key is one (`auth_check_authkey_line`); or what is wrong. */
function splitLine(text: string): { readonly key: PublicKey; readonly optionText: string } | LineFault {
  const first = keyAtStart(text)
  if (first && 'blob' in first) return { key: first, optionText: '' }
  const end = optionsEnd(text, 0)
  if (end < 0) return badLine('key options', 'a quote at their end')
  const key = keyAtStart(text.slice(end))
  if (key && 'blob' in key) return { key, optionText: text.slice(0, end) }
  return key ?? first ?? { code: 'unknown-format', message: 'a key, or options and a key, expected' }
}

/**
 * What a line says, without the blanks in front and the carriage return behind; empty where that is nothing. `#` makes
 * a comment at the start alone. A NUL ends the line, as OpenSSH's C strings have it.
 */
function content(line: string): string {
  let at = 0
  while (line[at] === ' ' || line[at] === '\t') at++
  if (line[at] === '#') return ''
  const nul = line.indexOf('\0')
  return line.slice(at, nul >= 0 ? nul : line.endsWith('\r') ? -1 : line.length)
}

/**
 * Reads a file. A line that sshd would pass over is a problem, and the others stand. Keys of the `types` given, if any,
 * are decoded and judged.
 * Throws `LimitError` above `textFileLength`.
 *
 * @example
 * ```ts
 * import { parseAuthorizedKeys } from 'hawser/text'
 *
 * const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I'
 * const { entries, problems } = parseAuthorizedKeys(`no-pty ${key} me@home\nno-ptty ${key}\n`)
 * console.log(entries.map(({ line, key, options }) => [line, key.comment, options.pty])) // [ [ 1, 'me@home', false ] ]
 * console.log(problems.map(({ line, code }) => [line, code])) // [ [ 2, 'bad-value' ] ]
 * ```
 */
export function parseAuthorizedKeys(input: string | Uint8Array, options: Partial<KeyOptions> = {}): AuthorizedKeys {
  const { types = [], limits } = options
  // One text for the whole file: a text for each line would take as long as all else.
  const text = decodeText(fileBytes(input, limits))
  const entries: AuthorizedKey[] = []
  const problems: LineProblem[] = []
  const noOptions = parseKeyOptions('')
  for (let line = 1, start = 0, end = 0; start < text.length; line++, start = end + 1) {
    end = text.indexOf('\n', start)
    if (end < 0) end = text.length
    const said = content(text.slice(start, end))
    if (said === '') continue
    const split = splitLine(said)
    if ('code' in split) {
      noteProblem(problems, line, split)
      continue
    }
    const { key, optionText } = split
    try {
      if (types.length > 0) judgePublicKey(key, { types, limits })
      entries.push({ line, key, options: optionText === '' ? noOptions : parseKeyOptions(optionText), optionText })
    } catch (error) {
      if (!(error instanceof SshError)) throw error
      noteProblem(problems, line, error)
    }
  }
  return { entries, problems }
}

/**
 * Writes lines, the options of each checked. `formatOptions` makes the text of options from names and values.
 * Throws `FormatError` `bad-value` for options that sshd would refuse and for a comment of more than one line.
 *
 * @example
 * ```ts
 * import { parsePublicLine } from 'hawser/keys'
 * import { formatAuthorizedKeys } from 'hawser/text'
 *
 * const key = parsePublicLine('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I')
 * console.log(formatAuthorizedKeys([{ key, optionText: 'restrict,command="uptime"' }]).slice(0, 37))
 * // restrict,command="uptime" ssh-ed25519
 * ```
 */
export function formatAuthorizedKeys(
  keys: readonly { readonly key: PublicKey; readonly optionText?: string | undefined }[],
): string {
  const line = ({ key, optionText = '' }: (typeof keys)[number]): string => {
    parseKeyOptions(optionText)
    // A blank outside of quotes would end the options before their end.
    if (/[\n\r\0]/.test(optionText) || optionsEnd(optionText, 0) !== optionText.length) {
      throw bad('key options', 'one line without blanks outside of quotes')
    }
    return `${optionText && `${optionText} `}${formatPublicLine(key.blob, key.comment)}\n`
  }
  return keys.map(line).join('')
}

/**
 * Puts a line at the end of a file; all that stands there stays byte for byte. Of lines with the same key the first
 * that accepts counts, so other options for a key that is there need `removeAuthorizedKey` first.
 * Throws as `formatAuthorizedKeys`, and `LimitError` `limit` for a file that is too long.
 *
 * @example
 * ```ts
 * import { parsePublicLine } from 'hawser/keys'
 * import { addAuthorizedKey } from 'hawser/text'
 *
 * const key = parsePublicLine('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I nas')
 * const file = addAuthorizedKey('# of this machine\n', key, { optionText: 'restrict,from="10.0.0.0/8"' })
 * console.log(file) // # of this machine restrict,from="10.0.0.0/8" ssh-ed25519 AAAA… nas
 * ```
 */
export function addAuthorizedKey<T extends string | Uint8Array>(
  input: T,
  key: PublicKey,
  options: { readonly optionText?: string | undefined; readonly limits?: Partial<Limits> | undefined } = {},
): Edited<T> {
  const bytes = fileBytes(input, options.limits)
  const open = bytes.length > 0 && bytes.at(-1) !== 10
  const line = formatAuthorizedKeys([{ key, optionText: options.optionText }])
  return edited(input, [bytes, encodeText(open ? `\n${line}` : line)])
}

/**
 * Takes every line of a key out, whatever its options are, known ones or not; all others stay byte for byte.
 * Throws `LimitError` `limit` for a file that is too long.
 *
 * @example
 * ```ts
 * import { parsePublicLine } from 'hawser/keys'
 * import { addAuthorizedKey, removeAuthorizedKey } from 'hawser/text'
 *
 * const key = parsePublicLine('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I')
 * const file = '# nobody yet\n'
 * console.log(removeAuthorizedKey(addAuthorizedKey(file, key), key) === file) // true
 * ```
 */
export function removeAuthorizedKey<T extends string | Uint8Array>(
  input: T,
  key: { readonly blob: Uint8Array },
  options: { readonly limits?: Partial<Limits> | undefined } = {},
): Edited<T> {
  const bytes = fileBytes(input, options.limits)
  const parts: Uint8Array[] = []
  for (const line of fileLines(bytes)) {
    if (!holdsKey(content(lineText(bytes, line)), key.blob)) parts.push(bytes.subarray(line.start, line.next))
  }
  return edited(input, parts)
}

function holdsKey(text: string, blob: Uint8Array): boolean {
  const split = splitLine(text)
  return 'key' in split && equalBytes(split.key.blob, blob)
}
