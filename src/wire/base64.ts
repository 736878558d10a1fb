/** Strict base64, RFC 4648 section 4: padding required, no white space, unused bits zero. */

import { FormatError } from '../errors.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

interface NativeDecoder {
  fromBase64?(text: string, options: { readonly lastChunkHandling: 'strict' }): Uint8Array
}
interface NativeEncoder {
  toBase64?(): string
}

function bad(what: string, cause?: unknown): FormatError {
  return new FormatError('bad-base64', `${what}: padded base64 without white space expected`, { cause })
}

/**
 * Decodes base64. Text is decoded by the runtime's own decoder where it has one; bytes (the characters as octets)
 * never become a string, since a private key's strings could not be wiped. Throws `FormatError` `bad-base64`.
 */
export function decodeBase64(input: string | Uint8Array, what = 'base64'): Uint8Array {
  if (input.length % 4 !== 0) throw bad(what)
  if (typeof input !== 'string') return decodeCharacters(input, what)
  const native = Uint8Array as NativeDecoder
  if (!native.fromBase64) return decodeCharacters(characters(input), what)
  let bytes: Uint8Array
  try {
    bytes = native.fromBase64(input, { lastChunkHandling: 'strict' })
  } catch (cause) {
    throw bad(what, cause)
  }
  // The native decoder skips white space: then there are fewer octets than the length says.
  const padding = input.endsWith('==') ? 2 : input.endsWith('=') ? 1 : 0
  if (bytes.length !== (input.length / 4) * 3 - padding) throw bad(what)
  return bytes
}

/** The characters of a text as octets, those outside ASCII as 0, which is in no alphabet. */
function characters(text: string): Uint8Array {
  const codes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    codes[i] = code < 128 ? code : 0
  }
  return codes
}

/** The value of a character, or -1. */
function digitOf(code: number | undefined): number {
  if (code === undefined) return -1
  if (code >= 97 && code <= 122) return code - 71
  if (code >= 65 && code <= 90) return code - 65
  if (code >= 48 && code <= 57) return code + 4
  return code === 43 ? 62 : code === 47 ? 63 : -1
}

function decodeCharacters(codes: Uint8Array, what: string): Uint8Array {
  const end = codes.length
  const padding = codes[end - 1] !== 61 ? 0 : codes[end - 2] !== 61 ? 1 : 2
  const digits = end - padding
  const out = new Uint8Array(Math.floor((digits * 3) / 4))
  let at = 0
  let all = 0
  let i = 0
  // Four digits at a time. -1 has all bits set: one bad digit makes `all` negative.
  for (; i + 4 <= digits; i += 4) {
    const group =
      (digitOf(codes[i]) << 18) | (digitOf(codes[i + 1]) << 12) | (digitOf(codes[i + 2]) << 6) | digitOf(codes[i + 3])
    all |= group
    out[at++] = group >>> 16
    out[at++] = group >>> 8
    out[at++] = group
  }
  let tail = 0
  for (let j = i; j < digits; j++) {
    const value = digitOf(codes[j])
    all |= value
    tail = (tail << 6) | value
  }
  const unused = padding * 2
  // A character outside the alphabet, or bits behind the last octet that are not zero.
  if (all < 0 || tail & ((1 << unused) - 1)) throw bad(what)
  tail >>>= unused
  if (padding === 1) out[at++] = tail >>> 8
  if (padding > 0) out[at] = tail
  return out
}

/** Encodes as base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  const native = bytes as NativeEncoder
  if (native.toBase64) return native.toBase64()
  let out = ''
  let i = 0
  for (; i + 3 <= bytes.length; i += 3) {
    const group = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!
    out +=
      ALPHABET[group >>> 18]! + ALPHABET[(group >>> 12) & 63]! + ALPHABET[(group >>> 6) & 63]! + ALPHABET[group & 63]!
  }
  const left = bytes.length - i
  if (left === 0) return out
  const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8)
  out += ALPHABET[group >>> 18]! + ALPHABET[(group >>> 12) & 63]!
  return `${out}${left === 2 ? ALPHABET[(group >>> 6) & 63]! : '='}=`
}
