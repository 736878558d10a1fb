/**
 * Armor: base64 between `-----BEGIN label-----` and `-----END label-----`, RFC 7468 section 2.
 *
 * Everything works on octets, so that the body of a private key never becomes a string.
 *
 * Tolerances beyond RFC 7468's strict grammar, each with its producers: a byte order mark, CRLF and a missing last
 * line feed (Windows editors), text in front (OpenSSL's `-text`, mail) and behind, indentation (keys pasted into YAML).
 */

import { FormatError } from '../errors.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { encodeText, escapeText, latin1 } from './text.ts'

/** One armored block. */
export interface Armor {
  /** What stands behind BEGIN. */
  readonly label: string
  /** The decoded body. */
  readonly body: Uint8Array
}

const LF = 10
const BEGIN = '-----BEGIN '
const DASHES = '-----'

function isSpace(code: number | undefined): boolean {
  return code === 32 || code === 9 || code === 13
}

/** True when the octets from `at` spell `text`, which is ASCII. */
export function startsWithAt(bytes: Uint8Array, text: string, at = 0): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false
  return true
}

/** The line from `start`, without white space around it, and where the next one starts. */
function lineAt(bytes: Uint8Array, start: number): { from: number; to: number; next: number } {
  const found = bytes.indexOf(LF, start)
  const next = found < 0 ? bytes.length : found + 1
  let from = start
  let to = found < 0 ? bytes.length : found
  while (from < to && isSpace(bytes[from])) from++
  while (to > from && isSpace(bytes[to - 1])) to--
  return { from, to, next }
}

function labelOf(bytes: Uint8Array, from: number, to: number): string | undefined {
  if (!startsWithAt(bytes, BEGIN, from) || to - from < 16 || !startsWithAt(bytes, DASHES, to - 5)) return undefined
  // The longest label in use has 25 characters; a line longer than 80 is no BEGIN line.
  return to - from > 80 ? undefined : latin1(bytes.subarray(from + BEGIN.length, to - DASHES.length))
}

function firstLine(bytes: Uint8Array): number {
  return startsWithAt(bytes, '\xef\xbb\xbf') ? 3 : 0
}

/** The label of the first block in `bytes` and where its body starts, or nothing. */
function findBegin(bytes: Uint8Array): { label: string; next: number } | undefined {
  for (let at = firstLine(bytes); at < bytes.length; ) {
    const line = lineAt(bytes, at)
    const label = labelOf(bytes, line.from, line.to)
    if (label !== undefined) return { label, next: line.next }
    at = line.next
  }
  return undefined
}

/** The label of the first armored block, or `undefined` where there is none. */
export function armorLabel(bytes: Uint8Array): string | undefined {
  return findBegin(bytes)?.label
}

/** Decodes the first armored block. Throws `FormatError` `bad-armor` or `bad-base64`. */
export function decodeArmor(bytes: Uint8Array): Armor {
  const begin = findBegin(bytes)
  if (!begin) throw new FormatError('bad-armor', 'no line "-----BEGIN …-----" found')
  const shown = escapeText(begin.label, 80)
  const end = encodeText(`-----END ${begin.label}-----`)
  const characters = new Uint8Array(bytes.length - begin.next)
  try {
    let length = 0
    for (let at = begin.next; at < bytes.length; ) {
      const line = lineAt(bytes, at)
      if (line.to - line.from === end.length && startsWithAt(bytes, latin1(end), line.from)) {
        return { label: begin.label, body: decodeBase64(characters.subarray(0, length), shown) }
      }
      characters.set(bytes.subarray(line.from, line.to), length)
      length += line.to - line.from
      at = line.next
    }
  } finally {
    characters.fill(0)
  }
  throw new FormatError('bad-armor', `no line "-----END ${shown}-----" found`)
}

/** Armors `body` in lines of `width` characters, with a line feed at the end. */
export function encodeArmor(label: string, body: Uint8Array, width: number): string {
  const text = encodeBase64(body)
  let out = `${BEGIN}${label}${DASHES}\n`
  for (let i = 0; i < text.length; i += width) out += `${text.slice(i, i + width)}\n`
  return `${out}-----END ${label}${DASHES}\n`
}
