/**
 * The names of a known_hosts line: patterns between commas, or `|1|salt|hash` of one name (openssh-portable hostfile.c
 * `match_maybe_hashed`, `host_hash`; match.c `match_hostname`).
 */

import { hmacSha1Short } from '../crypto/hmac-sha1-short.ts'
import { draw, type Random } from '../crypto/random.ts'
import { encodeBase64 } from '../wire/base64.ts'
import { matchPatternList } from '../wire/pattern.ts'
import { encodeText, latin1 } from '../wire/text.ts'

const BAR = 124 // |
/** Salt and hash have 20 octets, 28 characters; the magic has three, and one bar stands between. */
export const HASHED_LENGTH: number = 60
const SALT = 3
const HASH = 32

/** Lower case as tolower(3) gives it in the C locale: ASCII alone. */
export function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** True where the names from `from` on are a hash. */
export function isHashed(bytes: Uint8Array, from: number): boolean {
  return bytes[from] === BAR
}

/** The value of each octet as a digit of base64, or -1. */
function digitValues(): Int8Array {
  const values = new Int8Array(256).fill(-1)
  for (let i = 0; i < 64; i++) values[encodeBase64(Uint8Array.of(i << 2, 0, 0)).charCodeAt(0)] = i
  return values
}

/**
 * The 20 octets whose base64 stands at `from`, as five words into `out`; false where none does. Without an array for
 * each: those would take as long as the hashes.
 */
function readWords(digits: Int8Array, bytes: Uint8Array, from: number, out: Int32Array): boolean {
  let all = 0
  let rest = 0
  for (let i = 0, bits = 0, word = 0; i < 27; i++) {
    const digit = digits[bytes[from + i]!]!
    all |= digit
    // A word ends within a digit, whose other bits begin the next.
    const over = bits + 6 - 32
    if (over >= 0) {
      out[word++] = (rest << (6 - over)) | (digit >> over)
      bits = over
    } else bits += 6
    rest = (rest << 6) | digit
  }
  // 27 digits have two bits more than 20 octets: zero.
  return all >= 0 && (rest & 3) === 0 && bytes[from + 27] === 61 /* = */
}

/** Whether the names that stand from `from` to `to` are meant for a host. */
export type HostMatcher = (bytes: Uint8Array, from: number, to: number) => boolean

/**
 * A matcher for a host, which is a name or an address, or `[HOST]:PORT`. Patterns are compared in lower case, octet by
 * octet; a hash is that of the host as it is, so ssh has lowered it before. Throws `TypeError` for an empty host.
 */
export function hostMatcher(host: string): HostMatcher {
  if (typeof host !== 'string' || host === '') throw new TypeError('host: a name or an address expected')
  const octets = encodeText(host)
  const lower = lowerCase(latin1(octets))
  const hmac = hmacSha1Short(octets)
  const digits = digitValues()
  const salt = new Int32Array(5)
  const hash = new Int32Array(5)
  const isHashOf = (bytes: Uint8Array, from: number): boolean => {
    if (bytes[from + 1] !== 49 || bytes[from + 2] !== BAR || bytes[from + HASH - 1] !== BAR) return false
    if (!readWords(digits, bytes, from + SALT, salt) || !readWords(digits, bytes, from + HASH, hash)) return false
    const code = hmac(salt)
    return code[0] === hash[0] && hash.every((word, i) => word === code[i])
  }
  return (bytes, from, to) => {
    if (isHashed(bytes, from)) return to - from === HASHED_LENGTH && isHashOf(bytes, from)
    return matchPatternList(lower, lowerCase(latin1(bytes.subarray(from, to)))) === 'match'
  }
}

/** `|1|salt|hash` of a name, with a new salt. */
export function hashHost(name: string, random: Random | undefined): string {
  const salt = draw(random, 20)
  const view = (octets: Uint8Array) => new DataView(octets.buffer, octets.byteOffset, 20)
  const words = Int32Array.from({ length: 5 }, (_, i) => view(salt).getInt32(4 * i))
  const hash = new Uint8Array(20)
  for (const [i, word] of hmacSha1Short(encodeText(name))(words).entries()) view(hash).setInt32(4 * i, word)
  return `|1|${encodeBase64(salt)}|${encodeBase64(hash)}`
}
