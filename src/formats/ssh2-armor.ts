/**
 * The armor of RFC 4716, section 3, which ssh.com's private keys wear too: four dashes and a space, headers with
 * continuation lines, base64. Read as octets, so that the body of a private key does not become a string.
 *
 * Tolerances: a byte order mark, CRLF, text in front and behind, indentation, white space behind a line.
 */

import { FormatError } from '../errors.ts'
import { base64Lines } from '../wire/armor.ts'
import { decodeBase64 } from '../wire/base64.ts'
import { aboveLimit } from '../wire/expect.ts'
import { findLine, type Line, lineAt, startsWithAt } from '../wire/lines.ts'
import { decodeText, encodeText, escapeText, latin1 } from '../wire/text.ts'

const BEGIN = '---- BEGIN '
const DASHES = ' ----'
const COLON = 58
const BACKSLASH = 92
/** Octets of a line and of a header's value: RFC 4716 section 3.3. */
const LINE_LENGTH = 72
const VALUE_LENGTH = 1024
/** Characters of base64 on a line, as ssh-keygen -e writes them. */
const WIDTH = 70

/** One block. */
export interface Ssh2Armor {
  /** What stands behind BEGIN. */
  readonly label: string
  /** Headers in their order, continuation lines joined; values as they stand, quotes and all. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
}

function findBegin(bytes: Uint8Array): { readonly label: string; readonly next: number } | undefined {
  return findLine(bytes, ({ from, to, next }) => {
    const [start, end] = [from + BEGIN.length, to - DASHES.length]
    if (end <= start || to - from > 84 || !startsWithAt(bytes, BEGIN, from) || !startsWithAt(bytes, DASHES, end)) {
      return undefined
    }
    return { label: latin1(bytes.subarray(start, end)), next }
  })
}

/** The label of the first block, or `undefined` where there is none. */
export function ssh2Label(bytes: Uint8Array): string | undefined {
  return findBegin(bytes)?.label
}

/** One header from its first line on: RFC 4716 section 3.3. */
function readHeader(
  bytes: Uint8Array,
  first: Line,
): { readonly entry: readonly [string, string]; readonly next: number } {
  const textOf = (from: number, to: number): string =>
    latin1(bytes.subarray(from, Math.min(to, from + 2 * VALUE_LENGTH)))
  let { from, end, next } = first
  let text = ''
  while (bytes[end - 1] === BACKSLASH && from < end && text.length <= 2 * VALUE_LENGTH) {
    text += textOf(from, end - 1)
    if (next >= bytes.length) throw badHeader()
    const more = lineAt(bytes, next)
    from = more.start
    end = more.end
    next = more.next
  }
  const [, name, value] = /^([!-9;-~]{1,64}): ?(.*)$/s.exec(text + textOf(from, end)) ?? []
  if (name === undefined || value === undefined) throw badHeader()
  if (value.length > VALUE_LENGTH) throw aboveLimit('header', VALUE_LENGTH)
  return { entry: [name, decodeText(Uint8Array.from(value, (character) => character.charCodeAt(0)))], next }
}

function badHeader(): FormatError {
  return new FormatError('bad-armor', 'a header of 1 to 64 ASCII characters and a value expected')
}

/** Decodes the first block. Throws `FormatError` `bad-armor` or `bad-base64`, `LimitError`. */
export function decodeSsh2Armor(bytes: Uint8Array): Ssh2Armor {
  const begin = findBegin(bytes)
  if (!begin) throw new FormatError('bad-armor', `no line "${BEGIN}…${DASHES}" found`)
  const shown = escapeText(begin.label, 80)
  const end = `---- END ${begin.label}${DASHES}`
  const headers: (readonly [string, string])[] = []
  const characters = new Uint8Array(bytes.length - begin.next)
  try {
    let length = 0
    for (let at = begin.next; at < bytes.length; ) {
      const line = lineAt(bytes, at)
      const trimmed = bytes.subarray(line.from, line.to)
      if (trimmed.length === end.length && startsWithAt(trimmed, end)) {
        return { label: begin.label, headers, body: decodeBase64(characters.subarray(0, length), shown) }
      }
      if (length === 0 && trimmed.includes(COLON)) {
        const { entry, next } = readHeader(bytes, line)
        headers.push(entry)
        at = next
      } else {
        characters.set(trimmed, length)
        length += trimmed.length
        at = line.next
      }
    }
  } finally {
    characters.fill(0)
  }
  throw new FormatError('bad-armor', `no line "---- END ${shown}${DASHES}" found`)
}

/**
 * The comment among the headers: without the quotes around it, and of quoted ones without the backslashes that PuTTY
 * puts before quotes and backslashes (sshpubk.c `ssh2_write_pubkey`). Header names know no case. Of several the last
 * counts, as in PuTTY.
 */
export function ssh2Comment(headers: Ssh2Armor['headers']): string {
  const value =
    headers
      .filter(([name]) => name.toLowerCase() === 'comment')
      .at(-1)?.[1]
      .trim() ?? ''
  return /^".*"$/s.test(value) && value.length > 1 ? value.slice(1, -1).replace(/\\(["\\])/g, '$1') : value
}

/** A header in lines of at most 72 octets. Throws `TypeError` for a value that RFC 4716 has no place for. */
function headerLines(name: string, value: string): string {
  if (/[\n\r\0]/.test(value)) throw new TypeError('a comment of one line expected')
  if (encodeText(value).length > VALUE_LENGTH) throw new TypeError(`comment: at most ${VALUE_LENGTH} octets expected`)
  let out = ''
  let line = `${name}: `
  for (const character of value) {
    // ssh-keygen -i loses count of its continuation lines where one of them holds ": " (ssh-keygen.c
    // `do_convert_from_ssh2`), so such a pair is taken apart.
    const pair = out !== '' && character === ' ' && line.endsWith(':')
    // One octet is left for the backslash.
    if (pair || encodeText(line + character).length >= LINE_LENGTH) {
      out += `${line}\\\n`
      line = ''
    }
    line += character
  }
  return `${out}${line}\n`
}

/** Armors `body`, with a quoted comment where it is not empty. Throws `TypeError` for a comment that does not fit. */
export function encodeSsh2Armor(label: string, comment: string, body: Uint8Array): string {
  let out = `${BEGIN}${label}${DASHES}\n`
  if (comment) out += headerLines('Comment', `"${comment.replace(/["\\]/g, '\\$&')}"`)
  return `${out}${base64Lines(body, WIDTH)}---- END ${label}${DASHES}\n`
}
