/**
 * Bubblebabble: a fingerprint as words that can be spoken (Antti Huima, "The Bubble Babble Binary Data Encoding", 2000;
 * sshkey.c `fingerprint_bubblebabble`). What `ssh-keygen -B` prints, with SHA-1.
 */

import type { Hash } from '../crypto/hash.ts'
import { type Fingerprintable, fingerprintBytes } from './fingerprint.ts'

const VOWELS = 'aeiouy'
const CONSONANTS = 'bcdfghklmnprstvzx'

/** Three letters: vowel, consonant, vowel. */
function syllable(first: number, consonant: number, second: number): string {
  return VOWELS[first % 6]! + CONSONANTS[consonant]! + VOWELS[second % 6]!
}

/** Octets in bubblebabble. */
export function encodeBubblebabble(bytes: Uint8Array): string {
  let out = 'x'
  let checksum = 1
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    const [a, b] = [bytes[i]!, bytes[i + 1]!]
    out += syllable((a >> 6) + checksum, (a >> 2) & 15, (a & 3) + Math.floor(checksum / 6))
    out += `${CONSONANTS[b >> 4]}-${CONSONANTS[b & 15]}`
    checksum = (checksum * 5 + a * 7 + b) % 36
  }
  const last = bytes.length % 2 ? bytes[bytes.length - 1] : undefined
  const high = Math.floor(checksum / 6)
  out +=
    last === undefined
      ? syllable(checksum, 16, high)
      : syllable((last >> 6) + checksum, (last >> 2) & 15, (last & 3) + high)
  return `${out}x`
}

/**
 * The fingerprint of a key in bubblebabble, as `ssh-keygen -B` prints it where the hash is SHA-1.
 * Throws `FormatError` `is-certificate` for a certificate blob that was not parsed as one.
 *
 * @example
 * ```ts
 * import { sha1 } from 'hawser/crypto'
 * import { bubblebabble } from 'hawser/fingerprint'
 * import { parsePublicLine } from 'hawser/keys'
 *
 * const key = parsePublicLine('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I')
 * console.log(bubblebabble(key, { hash: sha1 })) // xobif-guget-nomov-votym-pacys-luvof-pyter-cigen-madec-barum-cyxix
 * ```
 */
export function bubblebabble(key: Fingerprintable, options: { readonly hash: Hash }): string {
  return encodeBubblebabble(fingerprintBytes(key, options.hash))
}
