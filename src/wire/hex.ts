/** Hexadecimal without separators: RFC 4648 section 8, written in lower case. */

/** Octets as hexadecimal digits. */
export function encodeHex(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join('')
}

/** The octets of an even number of hexadecimal digits of either case; `undefined` for anything else. */
export function decodeHex(digits: string): Uint8Array | undefined {
  if (digits.length % 2 || !/^[\da-fA-F]*$/.test(digits)) return undefined
  return Uint8Array.from(digits.match(/../g) ?? [], (octet) => Number.parseInt(octet, 16))
}
