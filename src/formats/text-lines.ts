/** The lines of a text file as octets, so that what is secret in it does not become a string. */

import { startsWithAt } from '../wire/armor.ts'

/** One line; views of the file. */
export interface TextLine {
  /** Without the line's end (LF or CRLF). */
  readonly whole: Uint8Array
  /** Without the white space in front either. */
  readonly unindented: Uint8Array
  /** Without white space around it. */
  readonly trimmed: Uint8Array
  /** Where the next line starts. */
  readonly next: number
}

/** Space, tab, or the carriage return of a line end. */
export function isSpace(code: number | undefined): boolean {
  return code === 32 || code === 9 || code === 13
}

/** Where the first line starts: behind a byte order mark. */
export function firstLine(bytes: Uint8Array): number {
  return startsWithAt(bytes, '\xef\xbb\xbf') ? 3 : 0
}

/** The line from `start`. */
export function lineAt(bytes: Uint8Array, start: number): TextLine {
  const found = bytes.indexOf(10, start)
  const end = found < 0 ? bytes.length : found
  const wholeEnd = end > start && bytes[end - 1] === 13 ? end - 1 : end
  let [from, to] = [start, wholeEnd]
  while (from < to && isSpace(bytes[from])) from++
  while (to > from && isSpace(bytes[to - 1])) to--
  return {
    whole: bytes.subarray(start, wholeEnd),
    unindented: bytes.subarray(from, wholeEnd),
    trimmed: bytes.subarray(from, to),
    next: found < 0 ? end : end + 1,
  }
}
