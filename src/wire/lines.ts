/** The lines of a text file as octets, so that what is secret in it does not become a string. */

const LF = 10
const CR = 13

/** True when the octets from `at` spell `text`, which is ASCII. */
export function startsWithAt(bytes: Uint8Array, text: string, at = 0): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false
  return true
}

/** True for the white space that may stand around a line: space, tab, or the carriage return of its end. */
export function isSpace(code: number | undefined): boolean {
  return code === 32 || code === 9 || code === CR
}

/** Where a line stands in its file. No views: each would cost more than looking for the line does. */
export interface Line {
  readonly start: number
  /** Behind the white space in front. */
  readonly from: number
  /** Before the white space behind. */
  readonly to: number
  /** Before the line's end, LF or CRLF. */
  readonly end: number
  /** Where the next line starts. */
  readonly next: number
}

/** The line from `start`. */
export function lineAt(bytes: Uint8Array, start: number): Line {
  const found = bytes.indexOf(LF, start)
  const stop = found < 0 ? bytes.length : found
  let from = start
  let to = stop
  while (from < to && isSpace(bytes[from])) from++
  while (to > from && isSpace(bytes[to - 1])) to--
  const end = stop > start && bytes[stop - 1] === CR ? stop - 1 : stop
  return { start, from, to, end, next: found < 0 ? stop : stop + 1 }
}

/** What `look` makes of the first line of a file that it makes something of; the first starts behind a byte order mark. */
export function findLine<T>(bytes: Uint8Array, look: (line: Line) => T | undefined): T | undefined {
  for (let at = startsWithAt(bytes, '\xef\xbb\xbf') ? 3 : 0; at < bytes.length; ) {
    const line = lineAt(bytes, at)
    const found = look(line)
    if (found !== undefined) return found
    at = line.next
  }
  return undefined
}
