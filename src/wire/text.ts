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
  for (const b of bytes) if (b < from || b > to) return false
  return true
}

/** Octets 0 to 255 as characters U+0000 to U+00FF. */
export function latin1(bytes: Uint8Array): string {
  if (bytes.length <= 4096) return String.fromCharCode(...bytes)
  let out = ''
  for (let i = 0; i < bytes.length; i += 4096) out += String.fromCharCode(...bytes.subarray(i, i + 4096))
  return out
}

function decodeStrict(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    // The one thing a fatal decoder throws for is input that is not UTF-8; each caller says what follows.
    return undefined
  }
}

/** UTF-8 to text. Throws `FormatError` `bad-encoding` where it is not well formed. */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  const text = isText(bytes, 0, 0x7f) ? latin1(bytes) : decodeStrict(bytes)
  if (text === undefined) throw new FormatError('bad-encoding', `${what}: not UTF-8`)
  return text
}

/** Bytes to text without loss: UTF-8, and each octet outside it as U+DC00 + octet. */
export function decodeText(bytes: Uint8Array): string {
  if (isText(bytes, 0, 0x7f)) return latin1(bytes)
  const whole = decodeStrict(bytes)
  if (whole !== undefined) return whole
  let out = ''
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes, i)
    out += length ? decodeUtf8(bytes.subarray(i, i + length), 'sequence') : String.fromCharCode(0xdc00 + bytes[i]!)
    i += length || 1
  }
  return out
}

/** Octets of the well-formed UTF-8 sequence that starts at `at`, or 0 (Unicode 15, table 3-7). */
function sequenceLength(bytes: Uint8Array, at: number): number {
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

/** Text to bytes, the inverse of {@link decodeText}. Throws `TypeError` for any other lone surrogate. */
export function encodeText(text: string): Uint8Array {
  if (!/[\ud800-\udfff]/.test(text)) return new TextEncoder().encode(text)
  const parts: number[] = []
  for (const c of text) {
    const code = c.codePointAt(0)!
    if (code >= 0xdc80 && code <= 0xdcff) parts.push(code - 0xdc00)
    else if (code >= 0xd800 && code <= 0xdfff) throw new TypeError('text holds a lone surrogate')
    else parts.push(...new TextEncoder().encode(c))
  }
  return Uint8Array.from(parts)
}

/**
 * Foreign text, made safe to print: control characters, invisible and bidirectional formatting and lone surrogates
 * become `\x..` or `\u{...}`; at most `max` characters.
 */
export function escapeText(text: string, max = 200): string {
  let out = ''
  for (const c of text) {
    if (out.length >= max) return `${out}…`
    const code = c.codePointAt(0)!
    if (c === '\\') out += '\\\\'
    else if (code >= 0xdc80 && code <= 0xdcff) out += `\\x${(code - 0xdc00).toString(16)}`
    else if (/[\p{C}\p{Zl}\p{Zp}]/u.test(c))
      out += code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
    else out += c
  }
  return out
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
