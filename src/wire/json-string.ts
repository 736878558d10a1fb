/**
 * Keys inside JSON: a cloud's answer holds a private key as a JSON string, with its line feeds as `\n`
 * (`PrivateKeyBody` of Alibaba ECS, `KeyMaterial` of EC2), and people paste the whole answer or the string alone.
 *
 * Works on octets (RFC 8259 section 7), so that a private key does not become a string on the way.
 */

import { startsWithAt } from './lines.ts'

const BACKSLASH = 92
const QUOTE = 34
const LINE_FEED = 10

const escapes: Readonly<Record<string, number>> = {
  n: 10,
  r: 13,
  t: 9,
  b: 8,
  f: 12,
  '"': QUOTE,
  '/': 47,
  '\\': BACKSLASH,
}

/** How the containers of many lines begin. */
const STARTS = ['-----BEGIN ', '---- BEGIN ', 'PuTTY-User-Key-File-']

/** Most octets of such a first line. */
const LINE_LENGTH = 200

/** Where a container begins whose first line ends with an escape, or -1. */
function findEscaped(bytes: Uint8Array): number {
  // Nearly no key has a backslash; one native search answers for them.
  if (!bytes.includes(BACKSLASH)) return -1
  let at = 0
  while (at < bytes.length && !STARTS.some((start) => startsWithAt(bytes, start, at))) at++
  const line = bytes.subarray(at, at + LINE_LENGTH)
  const backslash = line.indexOf(BACKSLASH)
  return backslash >= 0 && !line.subarray(0, backslash).includes(LINE_FEED) ? at : -1
}

/**
 * The content of the JSON string in which a key file stands, from the file's first line to the string's end;
 * `undefined` where none stands in one. The result is a new array, which its user wipes.
 */
export function unescapeFile(bytes: Uint8Array): Uint8Array | undefined {
  const start = findEscaped(bytes)
  if (start < 0) return undefined
  const out = new Uint8Array(bytes.length - start)
  let length = 0
  for (let at = start; at < bytes.length && bytes[at] !== QUOTE; at++) {
    let octet = bytes[at]!
    if (octet === BACKSLASH) {
      const meant = escapes[String.fromCharCode(bytes[++at] ?? 0)]
      // \u….: key files are ASCII but for comments, so such an escape has no place in a body; it stays and is refused.
      if (meant !== undefined) octet = meant
    }
    out[length++] = octet
  }
  return out.subarray(0, length)
}

/** The public line in a string of a JSON text, as it stands there; the whole text where none stands in one. */
export function unquoteLine(text: string): string {
  if (!/^\s*[{["]/.test(text)) return text
  return /"\s*([^\s"\\]{1,64}[ \t]+AAAA[^"\\]*)/.exec(text)?.[1] ?? text
}
