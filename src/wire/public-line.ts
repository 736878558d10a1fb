/**
 * The line in which OpenSSH keeps a public key or a certificate: type, base64, comment (sshd(8), AUTHORIZED_KEYS FILE
 * FORMAT). Split here, judged elsewhere.
 */

import { FormatError } from '../errors.ts'
import { NAME_LENGTH } from '../limits.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'

/** The parts of a public line. */
export interface PublicLine {
  /** Key type or certificate type as it stands there. */
  readonly type: string
  readonly base64: string
  /** Everything behind the base64 and the white space after it; may be empty. */
  readonly comment: string
}

/**
 * Reads the type name at the head of a blob (RFC 4253 section 6.6), 1 to 64 characters of ASCII, which is `likely` the
 * given one. Throws `FormatError` `bad-value`.
 *
 * @example
 * ```ts
 * import { blobType, decodeBase64 } from 'hawser/wire'
 *
 * const blob = decodeBase64('AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I')
 * console.log(blobType(blob)) // ssh-ed25519
 * ```
 */
export function blobType(blob: Uint8Array, likely = ''): string {
  // Without a Reader: this is all that opaque keys need, and bundles of theirs are to stay small.
  const length = blob[3] ?? 0
  let same = length === likely.length
  let printable = length > 0 && length <= NAME_LENGTH && !blob[0] && !blob[1] && !blob[2]
  for (let i = 0; i < length; i++) {
    const octet = blob[4 + i] ?? 0
    printable &&= octet > 0x20 && octet < 0x7f
    same &&= octet === likely.charCodeAt(i)
  }
  if (!printable) {
    throw new FormatError('bad-value', 'key: a type name of 1 to 64 printable ASCII characters expected at its start')
  }
  // A text that is there already need not be made again; a view takes ten times as long as the codes.
  if (same) return likely
  const codes: number[] = []
  for (let i = 4; i < 4 + length; i++) codes.push(blob[i]!)
  return String.fromCharCode(...codes)
}

/** Only space and tab are white space here, as in OpenSSH's `sshkey_read`. */
function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

function skipBlank(line: string, at: number): number {
  let i = at
  while (i < line.length && isBlank(line.charCodeAt(i))) i++
  return i
}

function skipWord(line: string, at: number): number {
  // Two native searches are faster than a look at each character of a key.
  const space = line.indexOf(' ', at)
  const end = space < 0 ? line.length : space
  const tab = line.indexOf('\t', at)
  return tab < 0 || tab > end ? end : tab
}

/**
 * Splits a line (without its line end) into type, base64 and comment; `undefined` where there are not two words, or the
 * line begins with `#`. Nothing is decoded.
 *
 * @example
 * ```ts
 * import { splitPublicLine } from 'hawser/wire'
 *
 * console.log(splitPublicLine('ssh-ed25519 AAAA… me at home')?.comment) // me at home
 * console.log(splitPublicLine('# nobody yet')) // undefined
 * ```
 */
export function splitPublicLine(line: string): PublicLine | undefined {
  const typeStart = skipBlank(line, 0)
  const typeEnd = skipWord(line, typeStart)
  const start = skipBlank(line, typeEnd)
  const end = skipWord(line, start)
  if (start === end || line.charCodeAt(typeStart) === 35 /* # */) return undefined
  return {
    type: line.slice(typeStart, typeEnd),
    base64: line.slice(start, end),
    comment: line.slice(skipBlank(line, end)),
  }
}

/**
 * The one line of a public key file. Blank lines and lines that begin with `#` are skipped, a carriage return before
 * the line feed dropped. A NUL ends the line: OpenSSH reads it as a C string (authfile.c `sshkey_try_load_public`).
 */
function onlyLine(text: string): string {
  let only: string | undefined
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf('\n', start)
    if (end < 0) end = text.length
    const first = text.charCodeAt(skipBlank(text, start))
    const blank = first === 35 /* # */ || skipBlank(text, start) >= (text[end - 1] === '\r' ? end - 1 : end)
    if (!blank && only !== undefined) {
      throw new FormatError('trailing-bytes', 'public key: one line expected')
    }
    if (!blank) only = text.slice(start, text[end - 1] === '\r' ? end - 1 : end)
    start = end + 1
  }
  const nul = only?.indexOf('\0') ?? -1
  return nul < 0 ? (only ?? '') : only!.slice(0, nul)
}

/**
 * Reads the one line of a public key or certificate file and decodes its base64.
 * Throws `FormatError` (`unknown-format`, `bad-base64`, `trailing-bytes`).
 *
 * @example
 * ```ts
 * import { readPublicLine } from 'hawser/wire'
 *
 * const file = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I me@home\n'
 * const { type, blob, comment } = readPublicLine(file)
 * console.log(type, blob.length, comment) // ssh-ed25519 51 me@home
 * ```
 */
export function readPublicLine(text: string): PublicLine & { readonly blob: Uint8Array } {
  const { type, base64, comment } = splitPublicLine(onlyLine(text)) ?? {}
  if (type === undefined || base64 === undefined || comment === undefined) {
    throw new FormatError('unknown-format', 'a line of key type, base64 and comment expected')
  }
  return { type, base64, comment, blob: decodeBase64(base64, 'public key') }
}

/**
 * Writes the line of a blob, without a line feed; the type is the one that the blob says.
 * Throws `FormatError` `bad-value` for a blob that says none, or a comment that would not stay on the line.
 *
 * @example
 * ```ts
 * import { formatPublicLine, Writer } from 'hawser/wire'
 *
 * const blob = new Writer().string('ssh-ed25519').string(new Uint8Array(32)).take()
 * console.log(formatPublicLine(blob, 'me@home')) // ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI… me@home
 * ```
 */
export function formatPublicLine(blob: Uint8Array, comment: string): string {
  if (/[\n\r\0]/.test(comment)) throw new FormatError('bad-value', 'comment: a line break or NUL inside')
  return `${blobType(blob)} ${encodeBase64(blob)}${comment && ` ${comment}`}`
}
