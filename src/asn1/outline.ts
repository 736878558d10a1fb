/** What raw DER looks like from afar, to tell containers apart without reading them. */

import { readHeader } from './der-check.ts'

/** Elements looked at: PKCS#1 private keys have nine, ten with further primes. */
const MAX_ELEMENTS = 11

/**
 * The identifiers of the elements in a SEQUENCE, as hexadecimal words; behind one of a SEQUENCE or a context tag the
 * first identifier inside, in brackets: `30(06) 03` is a SubjectPublicKeyInfo. `undefined` where the octets do not
 * begin as a SEQUENCE in DER; cut short where they stop being DER. Octets behind the SEQUENCE do not matter.
 */
export function derOutline(bytes: Uint8Array): string | undefined {
  if (bytes[0] !== 0x30) return undefined
  const words: string[] = []
  try {
    const { content, end } = readHeader(bytes, 0, bytes.length, 'outline')
    for (let at = content; at < end && words.length < MAX_ELEMENTS; ) {
      const header = readHeader(bytes, at, end, 'outline')
      const inner = header.identifier & 0x20 && header.content < header.end ? `(${word(bytes[header.content]!)})` : ''
      words.push(word(header.identifier) + inner)
      at = header.end
    }
  } catch {
    // Whether it is DER is for the format's reader to say, with its reason; here it only ends the look.
    return words.length > 0 ? words.join(' ') : undefined
  }
  return words.join(' ')
}

function word(octet: number): string {
  return octet.toString(16).padStart(2, '0')
}
