/**
 * Armor: base64 between `-----BEGIN label-----` and `-----END label-----`, RFC 7468 section 2; with the headers of
 * RFC 1421 section 4.6 in front of the body where they are asked for.
 *
 * Everything works on octets, so that the body of a private key never becomes a string.
 *
 * Tolerances beyond RFC 7468's strict grammar, each with its producers: a byte order mark, CRLF and a missing last
 * line feed (Windows editors), text in front (OpenSSL's `-text`, mail) and behind, indentation (keys pasted into YAML).
 */

import { FormatError } from '../errors.ts'
import { badBase64, decodeOctets, encodeBase64 } from './base64.ts'
import { findLine, isSpace, lineAt, startsWithAt } from './lines.ts'
import { escapeText, latin1 } from './text.ts'

export { startsWithAt } from './lines.ts'

/** One armored block. */
export interface Armor {
  /** What stands behind BEGIN. */
  readonly label: string
  /** The decoded body. */
  readonly body: Uint8Array
}

/** One armored block with its headers. */
export interface Pem extends Armor {
  /** Names and values, in their order; values that were continued are joined by a space. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

const LF = 10
const DASH = 45
const COLON = 58
const BEGIN = '-----BEGIN '
const END = '-----END '
const DASHES = '-----'
/** Characters of one header that are looked at; DEK-Info has at most 55. */
const MAX_HEADER = 256

/** The label of nearly every private key: a text that is there takes a tenth of one made of octets. */
const LIKELY = 'OPENSSH PRIVATE KEY'

function labelOf(bytes: Uint8Array, from: number, to: number): string | undefined {
  if (!startsWithAt(bytes, BEGIN, from) || to - from < 16 || !startsWithAt(bytes, DASHES, to - 5)) return undefined
  // The longest label in use has 25 characters; a line longer than 80 is no BEGIN line.
  if (to - from > 80) return undefined
  const start = from + BEGIN.length
  const end = to - DASHES.length
  return end - start === LIKELY.length && startsWithAt(bytes, LIKELY, start)
    ? LIKELY
    : latin1(bytes.subarray(start, end))
}

/** The BEGIN line of a block. */
export interface Begin {
  readonly label: string
  /** Where its line starts, how far it is indented, and where the next line starts. */
  readonly start: number
  readonly indent: number
  readonly next: number
}

/** The first BEGIN line in `bytes`, or the first of the label `wanted`. */
export function findBegin(bytes: Uint8Array, wanted?: string): Begin | undefined {
  return findLine(bytes, ({ start, from, to, next }) => {
    const label = labelOf(bytes, from, to)
    if (label === undefined || (wanted !== undefined && label !== wanted)) return undefined
    return { label, start, indent: from - start, next }
  })
}

/**
 * The label of the first armored block (RFC 7468 section 2), or `undefined` where there is none.
 *
 * @example
 * ```ts
 * import { armorLabel, encodeText } from 'hawser/wire'
 *
 * console.log(armorLabel(encodeText('-----BEGIN OPENSSH PRIVATE KEY-----\n…'))) // OPENSSH PRIVATE KEY
 * console.log(armorLabel(encodeText('ssh-ed25519 AAAA…'))) // undefined
 * ```
 */
export function armorLabel(bytes: Uint8Array): string | undefined {
  return findBegin(bytes)?.label
}

/**
 * Decodes the first armored block (RFC 7468 section 2); headers in it are refused.
 * Throws `FormatError` `bad-armor` or `bad-base64`.
 *
 * @example
 * ```ts
 * import { decodeArmor, encodeText } from 'hawser/wire'
 *
 * const { label, body } = decodeArmor(encodeText('-----BEGIN EXAMPLE-----\nAQID\n-----END EXAMPLE-----\n'))
 * console.log(label, [...body]) // EXAMPLE [ 1, 2, 3 ]
 * ```
 */
export function decodeArmor(bytes: Uint8Array): Armor {
  return decodeArmorFrom(bytes, findBegin(bytes))
}

/** The same where its BEGIN line was looked for already. */
export function decodeArmorFrom(bytes: Uint8Array, begin: Begin | undefined): Armor {
  if (!begin) throw new FormatError('bad-armor', 'no line "-----BEGIN …-----" found')
  return { label: begin.label, body: decodeBody(bytes, begin.label, begin.next) }
}

/**
 * Decodes the first armored block, or the first of that label, with its headers.
 * Throws `FormatError` `bad-armor` or `bad-base64`.
 */
export function decodePem(bytes: Uint8Array, label?: string): Pem {
  const begin = findBegin(bytes, label)
  if (!begin) throw new FormatError('bad-armor', `no line "-----BEGIN ${escapeText(label ?? '…', 80)}-----" found`)
  const { headers, next } = readHeaders(bytes, begin.next, begin.indent)
  return { label: begin.label, headers, body: decodeBody(bytes, begin.label, next) }
}

/**
 * The headers at `start` and where the body begins. They end with a blank line; without one there are none, and the
 * colon makes the body bad base64.
 */
function readHeaders(bytes: Uint8Array, start: number, indent: number): Pick<Pem, 'headers'> & { next: number } {
  const headers: [string, string][] = []
  for (let at = start; at < bytes.length; ) {
    const line = lineAt(bytes, at)
    const octets = bytes.subarray(line.from, Math.min(line.to, line.from + MAX_HEADER))
    if (octets.length === 0) return { headers, next: headers.length > 0 ? line.next : start }
    const last = headers.at(-1)
    if (last && line.from - line.start > indent) last[1] += ` ${latin1(octets)}`
    // A line of the body has no colon, and must not become text.
    else if (octets.includes(COLON)) {
      const text = latin1(octets)
      const colon = text.indexOf(':')
      headers.push([text.slice(0, colon).trim(), text.slice(colon + 1).trim()])
    } else break
    at = line.next
  }
  return { headers: [], next: start }
}

/** Whether an END line of that label, with white space around it, has its first dash at `at`, and starts not before `start`. */
function isEnd(bytes: Uint8Array, label: string, at: number, start: number): boolean {
  const labelAt = at + END.length
  const dashesAt = labelAt + label.length
  if (!(startsWithAt(bytes, END, at) && startsWithAt(bytes, label, labelAt) && startsWithAt(bytes, DASHES, dashesAt)))
    return false
  let from = at
  while (from > start && isSpace(bytes[from - 1])) from--
  let to = dashesAt + DASHES.length
  while (isSpace(bytes[to])) to++
  return (from === start || bytes[from - 1] === LF) && (to === bytes.length || bytes[to] === LF)
}

function decodeBody(bytes: Uint8Array, label: string, start: number): Uint8Array {
  // Base64 has no dash: the first one is that of the END line, or the body is a bad one.
  for (let at = bytes.indexOf(DASH, start); at >= 0; at = bytes.indexOf(DASH, at + 1)) {
    if (!isEnd(bytes, label, at, start)) continue
    const body = decodeOctets(bytes, start, at, true)
    if (!body) throw badBase64(escapeText(label, 80))
    return body
  }
  throw new FormatError('bad-armor', `no line "${END}${escapeText(label, 80)}-----" found`)
}

/** Base64 in lines of `width` characters, each with its line feed. */
export function base64Lines(body: Uint8Array, width: number): string {
  const text = encodeBase64(body)
  let out = ''
  for (let i = 0; i < text.length; i += width) out += `${text.slice(i, i + width)}\n`
  return out
}

/**
 * Armors `body` (RFC 7468 section 2) in lines of `width` characters, with a line feed at the end; headers, if any,
 * stand in front of it.
 *
 * @example
 * ```ts
 * import { encodeArmor } from 'hawser/wire'
 *
 * console.log(encodeArmor('EXAMPLE', Uint8Array.of(1, 2, 3), 64)) // -----BEGIN EXAMPLE----- AQID -----END EXAMPLE-----
 * ```
 */
export function encodeArmor(label: string, body: Uint8Array, width: number, headers: Pem['headers'] = []): string {
  let out = `${BEGIN}${label}${DASHES}\n`
  for (const [name, value] of headers) out += `${name}: ${value}\n`
  if (headers.length > 0) out += '\n'
  return `${out}${base64Lines(body, width)}${END}${label}${DASHES}\n`
}
