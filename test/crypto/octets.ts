/** Hexadecimal and text to octets, for the tests of this folder. */

export const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')

export const unhex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (b) => Number.parseInt(b, 16))

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
