/**
 * Writing DER (X.690 sections 8 and 10). An element is a list of the pieces it is made of; contents are borrowed, and
 * nothing is copied before {@link encodeDer} joins the pieces, so that there is one copy of a secret to wipe.
 */

import { concat } from '../wire/octets.ts'
import { digitsOf, encodeOid } from '../wire/oid.ts'
import { trimZeros } from '../wire/writer.ts'

/** One or more elements, or the octets inside of one, in pieces. */
export type Der = readonly Uint8Array[]

const length = (der: Der): number => der.reduce((sum, piece) => sum + piece.length, 0)

function element(identifier: number, content: Der): Der {
  const size = length(content)
  const octets = digitsOf(size, 256)
  const header = size < 0x80 ? [identifier, size] : [identifier, 0x80 | octets.length, ...octets]
  return [Uint8Array.from(header), ...content]
}

/** A SEQUENCE of elements. */
export function derSequence(...elements: readonly Der[]): Der {
  return element(0x30, elements.flat())
}

/** Elements tagged `[tag]`, constructed: EXPLICIT, or IMPLICIT in place of a SEQUENCE or SET. */
export function derContext(tag: number, ...elements: readonly Der[]): Der {
  return element(0xa0 | tag, elements.flat())
}

/** An INTEGER of a magnitude, big-endian; leading zeros are dropped. */
export function derInteger(magnitude: Uint8Array): Der {
  const digits = trimZeros(magnitude)
  return element(0x02, digits.length > 0 && digits[0]! < 0x80 ? [digits] : [new Uint8Array(1), digits])
}

/** An INTEGER of a number, 0 or more. */
export function derNumber(value: number): Der {
  return derInteger(Uint8Array.from(digitsOf(value, 256)))
}

/** An OCTET STRING. */
export function derOctetString(content: Der): Der {
  return element(0x04, content)
}

/** A BIT STRING of whole octets. */
export function derBitString(content: Der): Der {
  return element(0x03, [new Uint8Array(1), ...content])
}

/** An OBJECT IDENTIFIER. */
export function derOid(dotted: string): Der {
  return element(0x06, [encodeOid(dotted)])
}

/** NULL. */
export function derNull(): Der {
  return element(0x05, [])
}

/** The octets of an element, in one fresh array. */
export function encodeDer(der: Der): Uint8Array {
  return concat(der)
}
