/**
 * Whether octets are DER (X.690 sections 8 and 10), told before any of them is read.
 *
 * Every header and every content whose canonical form is known is compared with what DER would have written, in one
 * pass over the octets, without a copy of secrets. asn1js is what `test/asn1` compares with: whatever passes here it
 * encodes again to the same octets. It does not stand here itself because it reads BER and keeps what it read (a length
 * in the long form, an integer with superfluous octets), so that this pass would be due all the same; its tree adds
 * 17.6 kB to a bundle and makes reading PKCS#8 three times slower.
 *
 * Not judged: the characters of strings and times, which whoever reads them judges, and the order within a SET OF,
 * which cannot be told from a SET.
 */

import { FormatError } from '../errors.ts'
import { aboveLimit, trailing } from '../wire/expect.ts'

/** Levels of nesting. A certificate has seven (a name in an extension's value is in an OCTET STRING and does not count). */
const MAX_DEPTH = 16

/** Elements in all; asn1js has the same ceiling. */
const MAX_ELEMENTS = 10_000

const BOOLEAN = 1
const INTEGER = 2
const BIT_STRING = 3
const NULL = 5
const OID = 6
const ENUMERATED = 10

/** Universal types with elements inside: SEQUENCE and SET. */
const isConstructedType = (tag: number): boolean => tag === 16 || tag === 17

/** Universal types that occur: up to OBJECT IDENTIFIER, ENUMERATED, UTF8String, SEQUENCE, SET, the strings and times. */
const isKnownType = (tag: number): boolean =>
  (tag >= 1 && tag <= 6) || tag === ENUMERATED || tag === 12 || (tag >= 16 && tag <= 30 && tag !== 29)

/** Where the content of the element at `start` begins and ends. */
export interface Header {
  readonly identifier: number
  readonly content: number
  readonly end: number
}

/**
 * Reads one header: identifier of one octet, definite length in its shortest form. Throws `FormatError` `truncated`
 * where the element reaches beyond `limit`, `bad-encoding` for a header that DER has not.
 */
export function readHeader(bytes: Uint8Array, start: number, limit: number, what: string): Header {
  if (start + 2 > limit) throw cutOff(what, start)
  const identifier = bytes[start]!
  if ((identifier & 31) === 31) throw badEncoding(what, 'a tag number above 30', start)
  const first = bytes[start + 1]!
  if (first < 0x80) {
    if (start + 2 + first > limit) throw cutOff(what, start)
    return { identifier, content: start + 2, end: start + 2 + first }
  }
  const octets = first & 0x7f
  if (octets === 0) throw badEncoding(what, 'an indefinite length', start)
  if (octets > 4) throw badEncoding(what, 'a length above four octets', start)
  if (start + 2 + octets > limit) throw cutOff(what, start)
  let length = 0
  for (let i = 0; i < octets; i++) length = length * 256 + bytes[start + 2 + i]!
  if (length < 0x80 || length < 256 ** (octets - 1)) {
    throw badEncoding(what, 'a length with superfluous octets', start)
  }
  const content = start + 2 + octets
  if (content + length > limit) throw cutOff(what, start)
  return { identifier, content, end: content + length }
}

function badEncoding(what: string, why: string, at: number): FormatError {
  return new FormatError('bad-encoding', `${what}: ${why} at offset ${at}`)
}

function cutOff(what: string, at: number): FormatError {
  return new FormatError('truncated', `${what}: cut off at offset ${at}`)
}

/** Why the content of a universal primitive is not in its canonical form; nothing where it is. */
function flaw(tag: number, bytes: Uint8Array, from: number, to: number): string | undefined {
  const first = bytes[from] ?? 0
  const second = bytes[from + 1] ?? 0
  const length = to - from
  if (tag === INTEGER || tag === ENUMERATED) {
    if (length === 0) return 'an integer without octets'
    const padded = length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))
    return padded ? 'an integer with superfluous octets' : undefined
  }
  if (tag === BOOLEAN) return length === 1 && (first === 0 || first === 0xff) ? undefined : 'a boolean not 00 or FF'
  if (tag === NULL) return length === 0 ? undefined : 'a NULL with content'
  if (tag === BIT_STRING) {
    const unused = length === 0 ? 8 : length === 1 ? first * 8 : first
    return unused > 7 || bytes[to - 1]! & ((1 << unused) - 1) ? 'unused bits not zero' : undefined
  }
  if (tag !== OID) return undefined
  let start = true
  for (let i = from; i < to; i++) {
    if (start && bytes[i] === 0x80) return 'an object identifier with superfluous octets'
    start = bytes[i]! < 0x80
  }
  return start && length > 0 ? undefined : 'an object identifier cut off'
}

/**
 * Throws unless `bytes` is exactly one DER element. `FormatError`: `truncated`, `trailing-bytes`, `bad-encoding`;
 * `LimitError` `limit` for more than 16 levels or 10,000 elements.
 */
export function checkDer(bytes: Uint8Array, what: string): void {
  const top = readHeader(bytes, 0, bytes.length, what)
  if (top.end < bytes.length) {
    throw trailing(what, bytes.length - top.end)
  }
  // The ends of the elements that are open: no recursion, so that no input is too deep for the stack.
  const ends: number[] = []
  let elements = 0
  for (let at = 0; at < bytes.length; ) {
    const limit = ends.at(-1) ?? bytes.length
    const { identifier, content, end } = readHeader(bytes, at, limit, what)
    if (++elements > MAX_ELEMENTS) throw aboveLimit(what, `${MAX_ELEMENTS} elements`)
    const constructed = (identifier & 0x20) !== 0
    if (identifier < 0x40) {
      const tag = identifier & 31
      const why =
        !isKnownType(tag) || constructed !== isConstructedType(tag)
          ? 'a type that DER has not'
          : constructed
            ? undefined
            : flaw(tag, bytes, content, end)
      if (why) throw badEncoding(what, why, at)
    }
    if (constructed && end > content) {
      if (ends.length + 1 >= MAX_DEPTH) throw aboveLimit(what, `${MAX_DEPTH} levels`)
      ends.push(end)
      at = content
    } else at = end
    while (ends.length > 0 && ends.at(-1) === at) ends.pop()
  }
}
