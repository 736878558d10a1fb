/** Object identifiers between dotted text and octets: X.690 section 8.19. */

/** Dotted text of an identifier's octets, which have been judged. */
export function decodeOid(octets: Uint8Array): string {
  const arcs: number[] = []
  let arc = 0
  for (const octet of octets) {
    // Not by shifts, which are of 32 bits. Above 2^53 an arc is inexact, but it stays above 2^53.
    arc = arc * 128 + (octet & 127)
    if (octet & 128) continue
    if (arcs.length === 0) {
      const root = Math.min(Math.floor(arc / 40), 2)
      arcs.push(root, arc - 40 * root)
    } else arcs.push(arc)
    arc = 0
  }
  return arcs.join('.')
}

/** The digits of a whole number, the highest first; of 0 there are none. */
export function digitsOf(value: number, base: number): number[] {
  const digits: number[] = []
  for (let left = value; left > 0; left = Math.floor(left / base)) digits.unshift(left % base)
  return digits
}

/** Octets of a dotted identifier. */
export function encodeOid(text: string): Uint8Array {
  const [root = 0, second = 0, ...rest] = text.split('.').map(Number)
  const octets: number[] = []
  for (const arc of [40 * root + second, ...rest]) {
    const last = arc % 128
    octets.push(...digitsOf((arc - last) / 128, 128).map((digit) => 128 + digit), last)
  }
  return Uint8Array.from(octets)
}
