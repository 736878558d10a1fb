/**
 * Text that came as bytes: lossless decoding, strict UTF-8, and escaping of foreign text.
 *
 * Comments, key ids and principals are byte strings that are UTF-8 nearly always. {@link decodeText} gives a string
 * in either case: an octet that is not part of well-formed UTF-8 becomes the lone surrogate U+DC00 + octet, and
 * {@link encodeText} turns it back, so that every byte string survives a round trip.
 */

import { FormatError, LimitError } from '../errors.ts'
import { type Limits, withLimits } from '../limits.ts'

declare const TextDecoder: new (
  label: string,
  options: { readonly fatal: boolean; readonly ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string }
declare const TextEncoder: new () => { encode(text: string): Uint8Array }

/** True when every octet lies in `from` to `to`. */
export function isText(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! < from || bytes[i]! > to) return false
  return true
}

/** Octets 0 to 255 as characters U+0000 to U+00FF. */
export function latin1(bytes: Uint8Array): string {
  // Put together piece by piece, a text of 13 characters and more is a rope in V8: ten times the memory where it is kept.
  if (bytes.length > 12) return textOf(bytes)
  let short = ''
  for (let i = 0; i < bytes.length; i++) short += String.fromCharCode(bytes[i]!)
  return short
}

/** Code units as text. `apply`: spreading goes through an iterator, which takes seven times as long in Node and Bun. */
function textOf(units: Uint8Array | Uint16Array): string {
  let out = ''
  for (let i = 0; i < units.length; i += 4096) {
    out += String.fromCharCode.apply(null, units.subarray(i, i + 4096) as unknown as number[])
  }
  return out
}

function decodeWith(fatal: boolean, bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal, ignoreBOM: true }).decode(bytes)
}

/**
 * UTF-8 to text; `what` is for the message. Throws `FormatError` `bad-encoding` where it is not well formed.
 *
 * @example
 * ```ts
 * import { FormatError } from 'hawser/errors'
 * import { decodeUtf8 } from 'hawser/wire'
 *
 * console.log(decodeUtf8(Uint8Array.of(0xc3, 0xa9), 'comment')) // é
 * try {
 *   decodeUtf8(Uint8Array.of(0xe9), 'comment')
 * } catch (error) {
 *   if (error instanceof FormatError) console.log(error.message) // comment: not UTF-8
 * }
 * ```
 */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return isText(bytes, 0, 0x7f) ? latin1(bytes) : decodeWith(true, bytes)
  } catch {
    // The one thing a fatal decoder throws for is input that is not UTF-8.
    throw new FormatError('bad-encoding', `${what}: not UTF-8`)
  }
}

/**
 * Bytes to text without loss: UTF-8, and each octet outside it as U+DC00 + octet.
 *
 * @example
 * ```ts
 * import { decodeText, encodeText } from 'hawser/wire'
 *
 * const text = decodeText(Uint8Array.of(0x6d, 0xe9)) // "mé" in Latin-1
 * console.log(text.charCodeAt(1).toString(16), [...encodeText(text)]) // dce9 [ 109, 233 ]
 * ```
 */
export function decodeText(bytes: Uint8Array): string {
  if (isText(bytes, 0, 0x7f)) return latin1(bytes)
  // A fatal decoder would throw, 6 µs for each of many short texts. This one puts U+FFFD, which may also stand there.
  const text = decodeWith(false, bytes)
  return text.includes('\ufffd') ? decodeMixed(bytes) : text
}

function decodeMixed(bytes: Uint8Array): string {
  // Code units are collected first: a text that grows by one character at a time keeps the collector busy.
  return textOf(codeUnits(bytes))
}

/** The UTF-16 code units of {@link decodeText}'s result. */
export function codeUnits(bytes: Uint8Array): Uint16Array {
  const units = new Uint16Array(bytes.length)
  let length = 0
  for (let at = 0; at < bytes.length; ) {
    const octets = sequenceLength(bytes, at)
    const first = bytes[at++]!
    if (octets < 2) {
      units[length++] = octets ? first : 0xdc00 + first
      continue
    }
    let code = first & (0x7f >> octets)
    for (let i = 1; i < octets; i++) code = (code << 6) | (bytes[at++]! & 0x3f)
    if (code > 0xffff) units[length++] = 0xd7c0 + (code >> 10)
    units[length++] = code > 0xffff ? 0xdc00 | (code & 0x3ff) : code
  }
  return units.subarray(0, length)
}

/** Octets of the well-formed UTF-8 sequence that starts at `at`, or 0 (Unicode 15, table 3-7). */
export function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!
  if (first < 0x80) return 1
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
  const second = bytes[at + 1] ?? 0
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (length === 0 || second < low || second > high) return 0
  for (let i = 2; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0
  return length
}

/**
 * Text to bytes, the inverse of {@link decodeText}.
 * Throws `FormatError` `bad-encoding` for any other lone surrogate, which stands for no bytes.
 *
 * @example
 * ```ts
 * import { encodeText } from 'hawser/wire'
 *
 * console.log([...encodeText('é')], [...encodeText('\udce9')]) // [ 195, 169 ] [ 233 ]
 * ```
 */
export function encodeText(text: string): Uint8Array {
  // With the flag u, only lone surrogates match.
  return /[\ud800-\udfff]/u.test(text) ? encodeMixed(text) : new TextEncoder().encode(text)
}

function encodeMixed(text: string): Uint8Array {
  const out = new Uint8Array(text.length * 3)
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i)!
    if (code > 0xffff) i++
    if (code < 0x80 || (code >= 0xdc80 && code <= 0xdcff)) {
      out[length++] = code // of a lone surrogate, the octet that it stands for
      continue
    }
    if (code >= 0xd800 && code <= 0xdfff) throw new FormatError('bad-encoding', 'text: a lone surrogate inside')
    const more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3
    out[length++] = (0xf00 >> (more + 1)) | (code >> (6 * more))
    for (let shift = 6 * (more - 1); shift >= 0; shift -= 6) out[length++] = 0x80 | ((code >> shift) & 0x3f)
  }
  const bytes = out.slice(0, length)
  out.fill(0)
  return bytes
}

/**
 * Foreign text, made safe to print: control characters, invisible and bidirectional formatting and lone surrogates
 * become `\x..` or `\u{...}`; at most `max` characters, and `…` where there were more.
 *
 * @example
 * ```ts
 * import { escapeText } from 'hawser/wire'
 *
 * console.log(escapeText('me\x1b[2J\u202ehome')) // me\x1b[2J\u{202e}home
 * console.log(escapeText('a long comment', 6).length) // 7
 * ```
 */
export function escapeText(text: string, max = 200): string {
  const shown = text.slice(0, max).replace(/[\\\p{C}\p{Zl}\p{Zp}]/gu, escapeCharacter)
  return text.length > max || shown.length > max ? `${shown.slice(0, max)}…` : shown
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0)!
  if (character === '\\') return '\\\\'
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}

/** A file's content as text, without a byte order mark. Throws `LimitError` above `inputLength`. */
export function inputText(input: string | Uint8Array, limits?: Partial<Limits>): string {
  checkInput(input, limits)
  const text = typeof input === 'string' ? input : decodeText(input)
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

/** Throws `TypeError` for what is neither text nor bytes, `LimitError` `limit` above `inputLength`. */
export function checkInput(input: string | Uint8Array, limits?: Partial<Limits>): void {
  if (typeof input !== 'string' && !(input instanceof Uint8Array)) throw new TypeError('text or a Uint8Array expected')
  const { inputLength } = withLimits(limits)
  if (input.length > inputLength)
    throw new LimitError('limit', `${input.length} octets, at most ${inputLength} are read`)
}
