/**
 * Bounded reader over the data types of RFC 4251 section 5.
 *
 * What it returns are views into the input: a decoder that hands bytes to a caller copies its input first.
 */

import { FormatError, LimitError } from '../errors.ts'
import { decodeText, isText } from './text.ts'

/** Reads RFC 4251 data types from `bytes`; each read says what it reads, for the error message. */
export class Reader {
  readonly bytes: Uint8Array
  readonly #stringLength: number
  #offset = 0

  /** `stringLength`: the most octets that one `string` may have, see `Limits`. */
  constructor(bytes: Uint8Array, stringLength: number = bytes.length) {
    // The slice() of a Buffer is a view of its memory: views of ours are plain arrays, whose slice() is a copy.
    const plain = bytes.constructor === Uint8Array
    this.bytes = plain ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#stringLength = stringLength
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
    if (length > this.left) {
      throw new FormatError(
        'truncated',
        `${what}: ${length} octets expected at offset ${this.#offset}, ${this.left} left`,
      )
    }
    const start = this.#offset
    this.#offset += length
    return this.bytes.subarray(start, this.#offset)
  }

  /** One octet. */
  u8(what: string): number {
    return this.take(1, what)[0]!
  }

  /** `uint32`. */
  u32(what: string): number {
    const at = this.#offset
    this.take(4, what)
    const b = this.bytes
    return ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0
  }

  /** `uint64`. */
  u64(what: string): bigint {
    return (BigInt(this.u32(what)) << 32n) | BigInt(this.u32(what))
  }

  /** `string`: a length and that many octets. Throws `LimitError` above `max`, `FormatError` past the end. */
  string(what: string, max: number = this.#stringLength): Uint8Array {
    const length = this.u32(what)
    if (length > this.left) {
      throw new FormatError(
        'truncated',
        `${what}: a string of ${length} octets at offset ${this.#offset}, ${this.left} left`,
      )
    }
    if (length > max) throw new LimitError('limit', `${what}: ${length} octets, at most ${max} are read`)
    return this.take(length, what)
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
    const bytes = this.string(what, max)
    if (bytes.includes(0)) throw new FormatError('bad-value', `${what}: NUL inside`)
    return decodeText(bytes)
  }

  /** `string` of at least one printable US-ASCII character and no comma: a name of RFC 4251 section 6. */
  name(what: string, max: number): string {
    const bytes = this.string(what, max)
    if (!isText(bytes, 0x21, 0x7e) || bytes.length === 0) {
      throw new FormatError('bad-value', `${what}: a name of printable ASCII characters expected`)
    }
    return decodeText(bytes)
  }

  /**
   * `mpint` that is not negative, as its magnitude without leading zeros (zero is empty).
   * Throws `FormatError` `bad-value` for a negative or not minimal one.
   */
  mpint(what: string, max: number = this.#stringLength): Uint8Array {
    const bytes = this.string(what, max + 1)
    const first = bytes[0]
    if (first === undefined) return bytes
    if (first & 0x80) throw new FormatError('bad-value', `${what}: negative integer`)
    if (first !== 0) return bytes
    if (!(bytes[1]! & 0x80)) throw new FormatError('bad-value', `${what}: integer with superfluous leading zeros`)
    return bytes.subarray(1)
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.take(this.left, '')
  }

  /** Throws `FormatError` `trailing-bytes` unless all is read. */
  end(what: string): void {
    if (this.left) throw new FormatError('trailing-bytes', `${what}: ${this.left} octets after its end`)
  }
}
