/** Reading DER element by element, of octets that `checkDer` has judged as a whole. */

import { FormatError } from '../errors.ts'
import { type Limits, withLimits } from '../limits.ts'
import { aboveLimit, bad } from '../wire/expect.ts'
import { decodeOid } from '../wire/oid.ts'
import { checkDer, type Header, readHeader } from './der-check.ts'

const INTEGER = 0x02
const BIT_STRING = 0x03
const OCTET_STRING = 0x04
const NULL = 0x05
const OID = 0x06
const SEQUENCE = 0x30

const names: Readonly<Record<number, string>> = {
  2: 'an INTEGER',
  3: 'a BIT STRING',
  4: 'an OCTET STRING',
  5: 'NULL',
  6: 'an OBJECT IDENTIFIER',
  48: 'a SEQUENCE',
}

/** What an identifier octet says, for messages. */
function shown(identifier: number | undefined): string {
  if (identifier === undefined) return 'nothing'
  return names[identifier] ?? `tag 0x${identifier.toString(16)}`
}

/**
 * Reads the elements of one level in turn. Byte strings that it returns are views of the input. Each read says what it
 * reads, for the error message, and throws `FormatError` `bad-value` for another element than the one asked for.
 */
export class DerReader {
  readonly #bytes: Uint8Array
  #at = 0

  /** Only `decodeDer` makes one from nothing: of whole elements in DER, one after the other. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Identifier octet of the next element, 0x30 for a SEQUENCE; `undefined` at the end. */
  get next(): number | undefined {
    return this.#bytes[this.#at]
  }

  #header(): Header {
    return readHeader(this.#bytes, this.#at, this.#bytes.length, 'element')
  }

  #take(identifier: number, what: string): Uint8Array {
    if (this.next !== identifier) throw bad(what, shown(identifier))
    const { content, end } = this.#header()
    this.#at = end
    return this.#bytes.subarray(content, end)
  }

  /** The elements of the next one, a SEQUENCE. */
  sequence(what: string): DerReader {
    return new DerReader(this.#take(SEQUENCE, what))
  }

  /** The next element as it stands, header and all. */
  element(what: string): Uint8Array {
    if (this.next === undefined) throw bad(what, 'an element')
    const start = this.#at
    this.#at = this.#header().end
    return this.#bytes.subarray(start, this.#at)
  }

  /** An INTEGER's magnitude, big-endian, without leading zeros (zero is empty). A negative one is refused. */
  integer(what: string): Uint8Array {
    const bytes = this.#take(INTEGER, what)
    if (bytes[0]! & 0x80) throw bad(what, 'a positive INTEGER')
    return bytes[0] === 0 ? bytes.subarray(1) : bytes
  }

  /** An INTEGER from 0 to `max`. Throws `LimitError` `limit` above. */
  number(what: string, max: number): number {
    const value = this.integer(what).reduce((sum, octet) => sum * 256 + octet, 0)
    if (value > max) throw aboveLimit(what, max)
    return value
  }

  /** An OCTET STRING. */
  octetString(what: string): Uint8Array {
    return this.#take(OCTET_STRING, what)
  }

  /** A BIT STRING of whole octets. */
  bitString(what: string): Uint8Array {
    return wholeOctets(this.#take(BIT_STRING, what), what)
  }

  /** An OBJECT IDENTIFIER, dotted. */
  oid(what: string): string {
    return decodeOid(this.#take(OID, what))
  }

  /** A NULL. */
  null(what: string): void {
    this.#take(NULL, what)
  }

  /** The elements of the next one where it is constructed and tagged `[tag]`, else `undefined`. */
  context(tag: number): DerReader | undefined {
    const identifier = 0xa0 | tag
    return this.next === identifier ? new DerReader(this.#take(identifier, '')) : undefined
  }

  /** A BIT STRING of whole octets, tagged `[tag]` IMPLICIT, else `undefined`. */
  implicitBitString(tag: number, what: string): Uint8Array | undefined {
    const identifier = 0x80 | tag
    return this.next === identifier ? wholeOctets(this.#take(identifier, what), what) : undefined
  }

  /** Throws `FormatError` `trailing-bytes` unless all is read. */
  end(what: string): void {
    if (this.#at < this.#bytes.length) {
      throw new FormatError('trailing-bytes', `${what}: ${shown(this.next)} after its last element`)
    }
  }
}

function wholeOctets(bits: Uint8Array, what: string): Uint8Array {
  if (bits[0] !== 0) throw bad(what, 'a BIT STRING of whole octets')
  return bits.subarray(1)
}

/**
 * A reader over the one DER element that `bytes` is; what it gives are views of `bytes`. Throws `FormatError`
 * (`truncated`, `trailing-bytes`, `bad-encoding`), `LimitError` `limit` for what is too long, too deep or too much.
 */
export function decodeDer(bytes: Uint8Array, what: string, limits?: Partial<Limits>): DerReader {
  const { inputLength } = withLimits(limits)
  if (bytes.length > inputLength) {
    throw aboveLimit(what, `${inputLength} octets`)
  }
  // Views of a Buffer would be Buffers, whose slice() is a view.
  const plain = bytes.constructor === Uint8Array
  const input = plain ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  checkDer(input, what)
  return new DerReader(input)
}
