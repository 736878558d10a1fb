/**
 * The lines of a text file that is edited in place (sshd(8), AUTHORIZED_KEYS and SSH_KNOWN_HOSTS FILE FORMAT): ranges of
 * its octets, so that whatever an edit does not touch stays as it was, line ends and octets outside UTF-8 included.
 */

import { LimitError } from '../errors.ts'
import { type Limits, withLimits } from '../limits.ts'
import { decodeText, encodeText } from '../wire/text.ts'

/** One line of a file: where it stands. */
export interface FileLine {
  /** Counted from 1. */
  readonly number: number
  readonly start: number
  /** Where its text ends: before LF or CRLF. */
  readonly end: number
  /** Where the next line starts. */
  readonly next: number
}

/** What an edit gives back: text for text, octets for octets. */
export type Edited<T> = T extends string ? string : Uint8Array

/** The octets of a file, which are not copied. Throws `TypeError`, `FormatError` `bad-encoding`, `LimitError` above `textFileLength`. */
export function fileBytes(input: string | Uint8Array, limits?: Partial<Limits>): Uint8Array {
  const text = typeof input === 'string'
  if (!text && !(input instanceof Uint8Array)) throw new TypeError('text or a Uint8Array expected')
  const { textFileLength } = withLimits(limits)
  if (input.length > textFileLength) {
    throw new LimitError('limit', `${input.length} octets, at most ${textFileLength} are read`)
  }
  if (text) return encodeText(input)
  // A plain array: a Buffer's own functions are slower.
  return input.constructor === Uint8Array ? input : new Uint8Array(input.buffer, input.byteOffset, input.length)
}

/** The lines of a file. */
export function* fileLines(bytes: Uint8Array): Generator<FileLine, void> {
  for (let start = 0, number = 1; start < bytes.length; number++) {
    const found = bytes.indexOf(10, start)
    const stop = found < 0 ? bytes.length : found
    const end = stop > start && bytes[stop - 1] === 13 ? stop - 1 : stop
    const next = found < 0 ? stop : stop + 1
    yield { number, start, end, next }
    start = next
  }
}

/** The text of a line, lossless (see `decodeText`). A NUL ends it, as OpenSSH's getline and C strings have it. */
export function lineText(bytes: Uint8Array, { start, end }: FileLine): string {
  const text = decodeText(bytes.subarray(start, end))
  const nul = text.indexOf('\0')
  return nul < 0 ? text : text.slice(0, nul)
}

/** Parts of a file, put together as what `input` was. */
export function edited<T extends string | Uint8Array>(input: T, parts: readonly Uint8Array[]): Edited<T> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return (typeof input === 'string' ? decodeText(out) : out) as Edited<T>
}
