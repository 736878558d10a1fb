/**
 * Armor inside JSON: a cloud's answer holds a private key as a JSON string, with its line feeds as `\n`
 * (`PrivateKeyBody` of Alibaba ECS, `KeyMaterial` of EC2), and people paste the whole answer or the string alone.
 *
 * Works on octets (RFC 8259 section 7), so that a private key does not become a string on the way.
 */

import { encodeText } from './text.ts'

const BACKSLASH = 92
const QUOTE = 34

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

/** Where an armored block begins whose lines are separated by escapes, or -1. */
function findEscapedBegin(bytes: Uint8Array): number {
  const begin = encodeText('-----BEGIN ')
  for (let at = bytes.indexOf(45); at >= 0 && at + begin.length < bytes.length; at = bytes.indexOf(45, at + 1)) {
    if (!begin.every((octet, i) => bytes[at + i] === octet)) continue
    const end = bytes.indexOf(45, at + begin.length)
    // Behind the label's own five dashes.
    return end >= 0 && end - at < 80 && bytes[end + 5] === BACKSLASH ? at : -1
  }
  return -1
}

/**
 * The content of the JSON string in which an armored block stands, from BEGIN to the string's end; `undefined` where
 * no block stands in one. The result is a new array, which its user wipes.
 */
export function unescapeArmor(bytes: Uint8Array): Uint8Array | undefined {
  const start = findEscapedBegin(bytes)
  if (start < 0) return undefined
  const out = new Uint8Array(bytes.length - start)
  let length = 0
  for (let at = start; at < bytes.length && bytes[at] !== QUOTE; at++) {
    let octet = bytes[at]!
    if (octet === BACKSLASH) {
      const meant = escapes[String.fromCharCode(bytes[++at] ?? 0)]
      // \u….: armor is ASCII, so such an escape has no place in a body; it stays and is refused there.
      if (meant !== undefined) octet = meant
    }
    out[length++] = octet
  }
  return out.subarray(0, length)
}
