/**
 * Bounded reader over the data types of RFC 4251 section 5.
 *
 * What it returns are views into the input, or copies where those are cheaper: a decoder that hands bytes to a caller
 * copies its input first.
 */

import { FormatError, LimitError } from '../errors.ts'
import { bad, trailing } from './expect.ts'
import { startsWithAt } from './lines.ts'
import { decodeText } from './text.ts'

/**
 * Reads RFC 4251 data types (section 5) from `bytes`; each read says what it reads, for the error message. What it
 * gives are views of `bytes`, or copies. Throws `FormatError` (`truncated`, `trailing-bytes`, `bad-value`),
 * `LimitError` `limit`.
 *
 * @example
 * ```ts
 * import { Reader, Writer } from 'hawser/wire'
 *
 * const bytes = new Writer().string('hello').u32(7).take()
 * const reader = new Reader(bytes)
 * console.log(reader.text('greeting'), reader.u32('number')) // hello 7
 * reader.end('message')
 * ```
 */
export class Reader {
  readonly bytes: Uint8Array
  readonly #stringLength: number
  #offset = 0

  /** `stringLength`: the most octets that one `string` may have, see `Limits`; `offset`: where to begin. */
  constructor(bytes: Uint8Array, stringLength: number = bytes.length, offset = 0) {
    // The slice() of a Buffer is a view of its memory: views of ours are plain arrays, whose slice() is a copy.
    const plain = bytes.constructor === Uint8Array
    this.bytes = plain ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#stringLength = stringLength
    this.#offset = offset
  }

  /** Octets read so far. */
  get offset(): number {
    return this.#offset
  }

  /** Octets left. */
  get left(): number {
    return this.bytes.length - this.#offset
  }

  /** The next `length` octets. Throws `FormatError` `truncated`. */
  take(length: number, what: string): Uint8Array {
    return this.since(this.skip(length, what))
  }

  /** The octets read since the offset `start`. */
  since(start: number): Uint8Array {
    if (this.bytes.length > 64 && this.#offset > start) return this.bytes.subarray(start, this.#offset)
    // V8 keeps arrays of up to 64 octets in its heap and must move one out, which costs more than all else here, before
    // it can give a view. No private key is that short.
    return this.copySince(start)
  }

  /** A copy of the octets read since the offset `start`. */
  copySince(start: number): Uint8Array {
    const length = this.#offset - start
    // For less than that, slice() takes longer than a loop in V8; for 32 octets the loop takes half as long again.
    if (length > 12) return this.bytes.slice(start, this.#offset)
    const copy = new Uint8Array(length)
    for (let i = 0; i < length; i++) copy[i] = this.bytes[start + i]!
    return copy
  }

  /** Steps over `length` octets and tells where they start: an integer needs no view, which costs more than it does. */
  skip(length: number, what: string): number {
    const start = this.#offset
    if (length > this.bytes.length - start) {
      throw new FormatError('truncated', `${what}: ${length} octets expected at offset ${start}, ${this.left} left`)
    }
    this.#offset = start + length
    return start
  }

  /** One octet. */
  u8(what: string): number {
    return this.bytes[this.skip(1, what)]!
  }

  /** `uint32`. */
  u32(what: string): number {
    const at = this.skip(4, what)
    const b = this.bytes
    return ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0
  }

  /** `uint64`. */
  u64(what: string): bigint {
    return (BigInt(this.u32(what)) << 32n) | BigInt(this.u32(what))
  }

  /** `string`: a length and that many octets. Throws `LimitError` above `max`, `FormatError` past the end. */
  string(what: string, max: number = this.#stringLength): Uint8Array {
    return this.since(this.skipString(what, max))
  }

  /** Steps over a `string` and tells where its octets start. Throws as `string` does. */
  skipString(what: string, max: number = this.#stringLength): number {
    return this.skip(this.#length(what, max), what)
  }

  /** The length of the next `string`, which is all there and not above `max`. */
  #length(what: string, max: number): number {
    const length = this.u32(what)
    if (length > this.left) {
      throw new FormatError(
        'truncated',
        `${what}: a string of ${length} octets at offset ${this.#offset}, ${this.left} left`,
      )
    }
    if (length > max) throw new LimitError('limit', `${what}: ${length} octets, at most ${max} are read`)
    return length
  }

  /** A reader over the next `string`. */
  inner(what: string): Reader {
    return new Reader(this.string(what), this.#stringLength)
  }

  /**
   * `string` that is text, lossless (see `decodeText`). A NUL inside is refused, as OpenSSH does: it is where a C
   * program would stop reading (sshbuf-getput-basic.c `sshbuf_get_cstring`). That function drops one trailing NUL;
   * here it is refused too, since no producer of such strings is known.
   */
  text(what: string, max: number = this.#stringLength): string {
    const start = this.skipString(what, max)
    // Most are a few characters of ASCII, which need no view.
    const short = this.#offset - start <= 12 ? this.#ascii(start, 0x20) : undefined
    if (short !== undefined) return short
    const bytes = this.since(start)
    if (bytes.includes(0)) throw new FormatError('bad-value', `${what}: NUL inside`)
    return decodeText(bytes)
  }

  /** The octets read since `start` as text where all lie between `least` and 0x7e. */
  #ascii(start: number, least: number): string | undefined {
    let text = ''
    for (let i = start; i < this.#offset; i++) {
      const octet = this.bytes[i]!
      if (octet < least || octet > 0x7e) return undefined
      text += String.fromCharCode(octet)
    }
    return text
  }

  /**
   * `string` of at least one printable US-ASCII character: a name (RFC 4251 section 6). Where it is `likely`, that text
   * is given back: making one of octets costs more than reading the key behind it.
   */
  name(what: string, max: number, likely = ''): string {
    const length = this.#length(what, max)
    const start = this.skip(length, what)
    if (length > 0 && length === likely.length && startsWithAt(this.bytes, likely, start)) return likely
    const name = this.#ascii(start, 0x21)
    if (name) return name
    throw bad(what, 'a name of printable ASCII characters')
  }

  /**
   * `mpint` that is not negative, as its magnitude without leading zeros (zero is empty).
   * Throws `FormatError` `bad-value` for a negative or not minimal one.
   */
  mpint(what: string, max: number = this.#stringLength): Uint8Array {
    return this.since(this.skipMpint(what, max))
  }

  /** Steps over an `mpint` and tells where its magnitude starts. Throws as `mpint` does. */
  skipMpint(what: string, max: number = this.#stringLength): number {
    const start = this.skipString(what, max + 1)
    if (this.#offset === start) return start
    const first = this.bytes[start]!
    if (first & 0x80) throw new FormatError('bad-value', `${what}: negative integer`)
    if (first !== 0) return start
    // A lone zero octet is one too many.
    if (this.#offset === start + 1 || !(this.bytes[start + 1]! & 0x80)) {
      throw new FormatError('bad-value', `${what}: integer with superfluous leading zeros`)
    }
    return start + 1
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.take(this.left, '')
  }

  /** Throws `FormatError` `trailing-bytes` unless all is read. */
  end(what: string): void {
    if (this.left) throw trailing(what, this.left)
  }
}
