/** Reading DER element by element. asn1js builds the tree; nothing of its types leaves this folder. */

import { type BaseBlock, fromBER } from 'asn1js'
import { FormatError } from '../errors.ts'
import { type Limits, withLimits } from '../limits.ts'
import { aboveLimit, bad } from '../wire/expect.ts'
import { decodeOid } from '../wire/oid.ts'
import { checkDer } from './der-check.ts'

const INTEGER = 0x02
const BIT_STRING = 0x03
const OCTET_STRING = 0x04
const NULL = 0x05
const OID = 0x06
const SEQUENCE = 0x30

const names: Readonly<Record<number, string>> = {
  [INTEGER]: 'an INTEGER',
  [BIT_STRING]: 'a BIT STRING',
  [OCTET_STRING]: 'an OCTET STRING',
  [NULL]: 'NULL',
  [OID]: 'an OBJECT IDENTIFIER',
  [SEQUENCE]: 'a SEQUENCE',
}

/** What an identifier octet says, for messages. */
function shown(identifier: number | undefined): string {
  if (identifier === undefined) return 'nothing'
  return names[identifier] ?? `tag 0x${identifier.toString(16)}`
}

/** The elements inside a constructed one. */
function inside(block: BaseBlock): readonly BaseBlock[] {
  return (block.valueBlock as unknown as { readonly value?: readonly BaseBlock[] }).value ?? []
}

function whole(block: BaseBlock): Uint8Array {
  return block.valueBeforeDecodeView
}

function content(block: BaseBlock): Uint8Array {
  return whole(block).subarray(block.idBlock.blockLength + block.lenBlock.blockLength)
}

/**
 * Reads the elements of one level in turn. Byte strings that it returns are views of the input. Each read says what it
 * reads, for the error message, and throws `FormatError` `bad-value` for another element than the one asked for.
 */
export class DerReader {
  readonly #blocks: readonly BaseBlock[]
  #at = 0

  /** Only `decodeDer` makes one from nothing. */
  constructor(blocks: readonly unknown[]) {
    this.#blocks = blocks as readonly BaseBlock[]
  }

  /** Identifier octet of the next element, 0x30 for a SEQUENCE; `undefined` at the end. */
  get next(): number | undefined {
    const block = this.#blocks[this.#at]
    return block && whole(block)[0]
  }

  #take(identifier: number, what: string): BaseBlock {
    if (this.next !== identifier) {
      throw bad(what, `${shown(identifier)}`)
    }
    return this.#blocks[this.#at++]!
  }

  /** The elements of the next one, a SEQUENCE. */
  sequence(what: string): DerReader {
    return new DerReader(inside(this.#take(SEQUENCE, what)))
  }

  /** The next element as it stands, header and all. */
  element(what: string): Uint8Array {
    const block = this.#blocks[this.#at++]
    if (!block) throw bad(what, 'an element')
    return whole(block)
  }

  /** An INTEGER's magnitude, big-endian, without leading zeros (zero is empty). A negative one is refused. */
  integer(what: string): Uint8Array {
    const bytes = content(this.#take(INTEGER, what))
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
    return content(this.#take(OCTET_STRING, what))
  }

  /** A BIT STRING of whole octets. */
  bitString(what: string): Uint8Array {
    return wholeOctets(content(this.#take(BIT_STRING, what)), what)
  }

  /** An OBJECT IDENTIFIER, dotted. */
  oid(what: string): string {
    return decodeOid(content(this.#take(OID, what)))
  }

  /** A NULL. */
  null(what: string): void {
    this.#take(NULL, what)
  }

  /** The elements of the next one where it is constructed and tagged `[tag]`, else `undefined`. */
  context(tag: number): DerReader | undefined {
    const identifier = 0xa0 | tag
    return this.next === identifier ? new DerReader(inside(this.#take(identifier, ''))) : undefined
  }

  /** A BIT STRING of whole octets, tagged `[tag]` IMPLICIT, else `undefined`. */
  implicitBitString(tag: number, what: string): Uint8Array | undefined {
    const identifier = 0x80 | tag
    return this.next === identifier ? wholeOctets(content(this.#take(identifier, what)), what) : undefined
  }

  /** Throws `FormatError` `trailing-bytes` unless all is read. */
  end(what: string): void {
    if (this.#at < this.#blocks.length) {
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
  // The views that asn1js makes of a Buffer would be Buffers, whose slice() is a view.
  const plain = bytes.constructor === Uint8Array
  const input = plain ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  checkDer(input, what)
  return new DerReader([parse(input, what)])
}

function parse(bytes: Uint8Array, what: string): BaseBlock {
  let cause: unknown
  try {
    // Without copies, which nobody could wipe, and without a guess at what octet strings hold.
    const { offset, result } = fromBER(bytes as Uint8Array<ArrayBuffer>, { copyInput: false, parseEmbedded: false })
    if (offset === bytes.length) return result
    cause = result.error
  } catch (error) {
    // A string or a time that does not hold: asn1js throws for some, and tells of others.
    cause = error
  }
  throw new FormatError('bad-encoding', `${what}: an element is not of its type`, { cause })
}
