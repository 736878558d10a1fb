/**
 * The key derivations of PBES1, which old PKCS#8 files were encrypted with: PBKDF1 (RFC 8018 section 5.1) and that of
 * PKCS #12 (RFC 7292 appendix B.2). For reading only.
 */

import { md5, sha1 } from '@noble/hashes/legacy.js'
import { concat } from '../wire/octets.ts'
import { codeUnits, sequenceLength } from '../wire/text.ts'
import { pause, throwIfAborted, type WorkOptions } from './progress.ts'

/** Rounds between two pauses: about 10 ms. */
const ROUNDS_PER_PAUSE = 8192

/** `rounds` times the hash, over `first` and then over each digest, in place of one. */
async function repeat(
  hash: (data: Uint8Array) => Uint8Array,
  first: Uint8Array,
  rounds: number,
  { signal }: WorkOptions,
): Promise<Uint8Array> {
  throwIfAborted(signal)
  let digest = hash(first)
  for (let round = 1; round < rounds; round++) {
    const next = hash(digest)
    digest.fill(0)
    digest = next
    if (round % ROUNDS_PER_PAUSE === 0) await pause(signal)
  }
  return digest
}

/** 16 octets, key and IV of DES, from a passphrase and a salt. Pauses, and an abort rejects with the signal's reason. */
export async function pbkdf1(
  hash: 'md5' | 'sha1',
  passphrase: Uint8Array,
  salt: Uint8Array,
  rounds: number,
  options: WorkOptions = {},
): Promise<Uint8Array> {
  const first = concat([passphrase, salt])
  try {
    const digest = await repeat(hash === 'md5' ? md5 : sha1, first, rounds, options)
    const out = digest.slice(0, 16)
    digest.fill(0)
    return out
  } finally {
    first.fill(0)
  }
}

/** SHA-1: octets of a digest and of a block. */
const U = 20
const V = 64

/** What the derived octets are for: the diversifier of RFC 7292 appendix B.3. */
export type Pkcs12Purpose = 'key' | 'iv'

/**
 * `length` octets from a passphrase (UTF-8; octets that are not count as Latin-1) and a salt, with SHA-1. Pauses, and
 * an abort rejects with the signal's reason.
 */
export async function pkcs12Kdf(
  purpose: Pkcs12Purpose,
  passphrase: Uint8Array,
  salt: Uint8Array,
  rounds: number,
  length: number,
  options: WorkOptions = {},
): Promise<Uint8Array> {
  const password = bmpString(passphrase)
  const saltLength = V * Math.ceil(salt.length / V)
  // D, S and P of the standard in one array: what each pass hashes.
  const input = new Uint8Array(V + saltLength + V * Math.ceil(password.length / V))
  input.fill(purpose === 'key' ? 1 : 2, 0, V)
  for (let i = 0; i < saltLength; i++) input[V + i] = salt[i % salt.length]!
  for (let i = V + saltLength; i < input.length; i++) input[i] = password[(i - V - saltLength) % password.length]!
  const out = new Uint8Array(length)
  try {
    for (let at = 0; at < length; at += U) {
      const digest = await repeat(sha1, input, rounds, options)
      out.set(digest.subarray(0, length - at), at)
      // Each block of S and P becomes itself plus the digest, repeated to its length, plus one.
      for (let block = V; block < input.length; block += V) {
        for (let i = V - 1, carry = 1; i >= 0; i--) {
          carry += input[block + i]! + digest[i % U]!
          input[block + i] = carry
          carry >>= 8
        }
      }
      digest.fill(0)
    }
    return out
  } finally {
    input.fill(0)
    password.fill(0)
  }
}

/**
 * UTF-16, big-endian, with a zero at its end, without a string in between, which nobody could wipe. Where the octets are
 * no UTF-8, each is a character: what OpenSSL falls back to (crypto/pkcs12/p12_utl.c OPENSSL_utf82uni).
 */
function bmpString(passphrase: Uint8Array): Uint8Array {
  let at = 0
  for (let octets = 1; octets && at < passphrase.length; at += octets) octets = sequenceLength(passphrase, at)
  const units = at < passphrase.length ? Uint16Array.from(passphrase) : codeUnits(passphrase)
  const out = new Uint8Array(2 * units.length + 2)
  const view = new DataView(out.buffer)
  for (let i = 0; i < units.length; i++) view.setUint16(2 * i, units[i]!)
  units.fill(0)
  return out
}
