/** Bytes for tests: concatenation, hexadecimal, repeatable random octets. */

/** The parts one after the other. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Octets of a hexadecimal string; white space in it does not count. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(text.replace(/\s/g, '').match(/../g) ?? [], (octet) => Number.parseInt(octet, 16))
}

/** Octets as a hexadecimal string. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join('')
}

/** UTF-8 of `text`. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** Octets U+0000 to U+00FF of `text`. */
export function octets(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0))
}

/** A repeatable source of octets (xorshift32): the same seed gives the same ones. */
export function repeatable(seed: number): (length: number) => Uint8Array {
  let state = seed | 1
  return (length) =>
    Uint8Array.from({ length }, () => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return state & 255
    })
}

/** A copy of `bytes` with the bit `index` (counted from the least significant of octet 0) turned over. */
export function flipped(bytes: Uint8Array, index: number): Uint8Array {
  const out = bytes.slice()
  out[index >> 3]! ^= 1 << (index & 7)
  return out
}
