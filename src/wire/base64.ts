/** Strict base64, RFC 4648 section 4: padding required, no white space, unused bits zero. */

import { FormatError } from '../errors.ts'
import { isSpace } from './lines.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

interface NativeDecoder {
  fromBase64?(text: string, options: { readonly lastChunkHandling: 'strict' }): Uint8Array
}
interface NativeEncoder {
  toBase64?(): string
}

/** What is thrown for something that is no base64. */
export function badBase64(what: string, cause?: unknown): FormatError {
  return new FormatError('bad-base64', `${what}: padded base64 without white space expected`, { cause })
}

/**
 * Decodes base64. Text is decoded by the runtime's own decoder where it has one; bytes (the characters as octets)
 * never become a string, since a private key's strings could not be wiped. `what` is for the message.
 * Throws `FormatError` `bad-base64`.
 *
 * @example
 * ```ts
 * import { FormatError } from 'hawser/errors'
 * import { decodeBase64 } from 'hawser/wire'
 *
 * console.log([...decodeBase64('AQID')]) // [ 1, 2, 3 ]
 * try {
 *   decodeBase64('AQI')
 * } catch (error) {
 *   if (error instanceof FormatError) console.log(error.code) // bad-base64
 * }
 * ```
 */
export function decodeBase64(input: string | Uint8Array, what = 'base64'): Uint8Array {
  if (typeof input !== 'string') {
    const decoded = decodeOctets(input, 0, input.length)
    if (!decoded) throw badBase64(what)
    return decoded
  }
  if (input.length % 4 !== 0) throw badBase64(what)
  const native = Uint8Array as NativeDecoder
  if (!native.fromBase64) return decodeCharacters(input, what)
  let bytes: Uint8Array
  try {
    bytes = native.fromBase64(input, { lastChunkHandling: 'strict' })
  } catch (cause) {
    throw badBase64(what, cause)
  }
  // The native decoder skips white space: then there are fewer octets than the length says.
  const padding = input.endsWith('==') ? 2 : input.endsWith('=') ? 1 : 0
  if (bytes.length !== (input.length / 4) * 3 - padding) throw badBase64(what)
  return bytes
}

const PAD = 61
const LF = 10
/** `A`, whose value is zero. */
const ZERO = 65

let values: Int8Array | undefined

/** The value of each ASCII character as a digit, or -1; made on first use. Comparisons, hard to foresee, take twice as long. */
function digitValues(): Int8Array {
  if (values) return values
  const table = new Int8Array(256).fill(-1)
  for (let i = 0; i < 64; i++) table[ALPHABET.charCodeAt(i)] = i
  values = table
  return table
}

/** Four digits as 24 bits, negative where one is none: -1 has all bits set. */
function group(table: Int8Array, a: number, b: number, c: number, d: number): number {
  const outside = 255 - (a | b | c | d)
  return (table[a & 255]! << 18) | (table[b & 255]! << 12) | (table[c & 255]! << 6) | table[d & 255]! | (outside >> 31)
}

// A text is read as it stands: an array of its characters would take as long as the decoding.
function decodeCharacters(input: string, what: string): Uint8Array {
  const table = digitValues()
  const code = (i: number): number => input.charCodeAt(i)
  const padding = code(input.length - 1) !== PAD ? 0 : code(input.length - 2) !== PAD ? 1 : 2
  const whole = padding ? input.length - 4 : input.length
  const out = new Uint8Array((input.length / 4) * 3 - padding)
  let at = 0
  let all = 0
  for (let i = 0; i < whole; i += 4) {
    const bits = group(table, code(i), code(i + 1), code(i + 2), code(i + 3))
    all |= bits
    out[at++] = bits >>> 16
    out[at++] = bits >>> 8
    out[at++] = bits
  }
  if (padding) {
    const third = padding === 1 ? code(whole + 2) : ZERO
    const bits = group(table, code(whole), code(whole + 1), third, ZERO)
    // Bits behind the last octet must be zero.
    all |= bits | (bits << (padding === 1 ? 24 : 16) ? -1 : 0)
    out[at] = bits >>> 16
    if (padding === 1) out[at + 1] = bits >>> 8
  }
  if (all < 0) throw badBase64(what)
  return out
}

/** Where the white space at `at` ends that parts two lines, or stands before the first; `at` where it parts none. */
function skipLineEnd(bytes: Uint8Array, at: number, from: number, to: number): number {
  let lines = at === from ? 1 : 0
  let i = at
  for (; i < to && (bytes[i] === LF || isSpace(bytes[i])); i++) if (bytes[i] === LF) lines++
  return lines > 0 ? i : at
}

/**
 * Decodes the octets `from` to `to`, which are whole lines of base64 where `lines` is set: a body of armor, in one pass
 * and without an array of its characters, since each array of more than 64 octets costs as much as decoding 500.
 * The result may be a view of a larger array; it is `undefined` where this is no base64.
 */
export function decodeOctets(bytes: Uint8Array, from: number, to: number, lines = false): Uint8Array | undefined {
  const table = digitValues()
  const out = new Uint8Array(Math.ceil(((to - from) * 3) / 4))
  let length = 0
  let good = true
  // The group that is not complete yet: its digits, how many, and the padding behind them.
  let rest = 0
  let digits = 0
  let padding = 0
  let i = lines ? skipLineEnd(bytes, from, from, to) : from
  while (i < to && good) {
    for (const last = digits + padding === 0 ? to - 4 : -1; i <= last; i += 4) {
      // One that is none has all bits set.
      const bits =
        (table[bytes[i]!]! << 18) | (table[bytes[i + 1]!]! << 12) | (table[bytes[i + 2]!]! << 6) | table[bytes[i + 3]!]!
      if (bits < 0) break
      out[length++] = bits >>> 16
      out[length++] = bits >>> 8
      out[length++] = bits
    }
    if (i === to) break
    // What is no whole group within a line: one octet.
    const digit = table[bytes[i]!]!
    if (digit < 0) {
      const next = bytes[i] === PAD ? i + 1 : lines ? skipLineEnd(bytes, i, -1, to) : i
      if (bytes[i] === PAD) padding++
      good = next > i
      i = next
    } else {
      good = padding === 0
      rest = (rest << 6) | digit
      i++
      if (++digits === 4) {
        out[length++] = rest >>> 16
        out[length++] = rest >>> 8
        out[length++] = rest
        rest = 0
        digits = 0
      }
    }
  }
  // Two digits hold one octet, three hold two, and the bits behind those are zero.
  if (digits > 1) out[length++] = rest >>> (digits === 2 ? 4 : 10)
  if (digits === 3) out[length++] = rest >>> 2
  const unused = digits === 2 ? rest & 15 : digits === 3 ? rest & 3 : 0
  if (!good || unused !== 0 || padding !== (digits > 0 ? 4 - digits : 0) || digits === 1) {
    out.fill(0)
    return undefined
  }
  return length === out.length ? out : out.subarray(0, length)
}

/** Octets whose base64 is made at a time: a multiple of three. */
const CHUNK = 6144

/**
 * Encodes as base64 with padding (RFC 4648 section 4), on one line.
 *
 * @example
 * ```ts
 * import { encodeBase64 } from 'hawser/wire'
 *
 * console.log(encodeBase64(Uint8Array.of(1, 2))) // AQI=
 * ```
 */
export function encodeBase64(bytes: Uint8Array): string {
  const native = bytes as NativeEncoder
  if (native.toBase64) return native.toBase64()
  let out = ''
  for (let at = 0; at < bytes.length; at += CHUNK) out += encodeChunk(bytes, at, Math.min(at + CHUNK, bytes.length))
  return out
}

/** A text that grows by one character at a time is a chain of pieces; codes that become one text at once are faster. */
function encodeChunk(bytes: Uint8Array, from: number, to: number): string {
  const codes: number[] = []
  for (let i = from; i < to; i += 3) {
    const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    codes.push(
      ALPHABET.charCodeAt(group >>> 18),
      ALPHABET.charCodeAt((group >>> 12) & 63),
      i + 1 < to ? ALPHABET.charCodeAt((group >>> 6) & 63) : 61,
      i + 2 < to ? ALPHABET.charCodeAt(group & 63) : 61,
    )
  }
  return String.fromCharCode.apply(null, codes)
}
