/**
 * The line in which OpenSSH keeps a public key or a certificate: type, base64, comment (sshd(8), AUTHORIZED_KEYS FILE
 * FORMAT). Split here, judged elsewhere.
 */

import { FormatError } from '../errors.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'

/** The parts of a public line. */
export interface PublicLine {
  /** Key type or certificate type as it stands there. */
  readonly type: string
  readonly base64: string
  /** Everything behind the base64 and the white space after it; may be empty. */
  readonly comment: string
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
  let i = at
  while (i < line.length && !isBlank(line.charCodeAt(i))) i++
  return i
}

/** Splits a line (without its line end) into type, base64 and comment; `undefined` where there are not two words. */
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
    const blank = first === 35 /* # */ || first === 10 || first === 13 || skipBlank(text, start) >= end
    if (!blank && only !== undefined) {
      throw new FormatError('trailing-bytes', 'a second line where one public key was expected')
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
 */
export function readPublicLine(text: string): PublicLine & { readonly blob: Uint8Array } {
  const { type, base64, comment } = splitPublicLine(onlyLine(text)) ?? {}
  if (type === undefined || base64 === undefined || comment === undefined) {
    throw new FormatError('unknown-format', 'a line of key type, base64 and comment expected')
  }
  return { type, base64, comment, blob: decodeBase64(base64, 'public key') }
}

/** Writes a line, without a line feed. Throws `TypeError` for a comment that would not stay on it. */
export function formatPublicLine(type: string, blob: Uint8Array, comment: string): string {
  if (/[\n\r\0]/.test(comment)) throw new TypeError('a comment of one line expected')
  return `${type} ${encodeBase64(blob)}${comment && ` ${comment}`}`
}
