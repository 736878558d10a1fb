/**
 * AES in the modes that key files use: CTR and CBC (NIST SP 800-38A), GCM (NIST SP 800-38D).
 *
 * Everything goes through noble, never through WebCrypto, which has no CBC without padding, and whose AES-192 is missing
 * in Chromium. Key files are a few kilobytes at most, so one path with one verdict in every runtime is worth more than speed.
 */

import { cbc, ctr, gcm } from '@noble/ciphers/aes.js'
import { checkBlocks, checkLength } from '../wire/expect.ts'
import { concat } from '../wire/octets.ts'

/** Ciphertext and its authentication tag (16 octets), apart as key files keep them. */
export interface Sealed {
  readonly data: Uint8Array
  readonly tag: Uint8Array
}

function check(key: Uint8Array, iv: Uint8Array, ivLength: number): void {
  if (![16, 24, 32].includes(key.length)) throw new TypeError('AES key: 16, 24 or 32 octets expected')
  checkLength('AES IV', iv, ivLength)
}

function cbcWithoutPadding(key: Uint8Array, iv: Uint8Array, data: Uint8Array): ReturnType<typeof cbc> {
  check(key, iv, 16)
  checkBlocks(data, 16)
  return cbc(key, iv, { disablePadding: true })
}

/** AES-CTR, encryption and decryption alike; `iv` is the first 16-octet counter block. `TypeError` on wrong lengths. */
export function aesCtr(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  check(key, iv, 16)
  return ctr(key, iv).encrypt(data)
}

/** AES-CBC without padding; `iv` of 16 octets, `data` in whole blocks. `TypeError` on wrong lengths. */
export function aesCbcEncrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  return cbcWithoutPadding(key, iv, data).encrypt(data)
}

/** The inverse of {@link aesCbcEncrypt}. */
export function aesCbcDecrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  return cbcWithoutPadding(key, iv, data).decrypt(data)
}

/** AES-GCM without additional data; `iv` of 12 octets. `TypeError` on wrong lengths. */
export function aesGcmSeal(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Sealed {
  check(key, iv, 12)
  const sealed = gcm(key, iv).encrypt(data)
  return { data: sealed.subarray(0, data.length), tag: sealed.subarray(data.length) }
}

/** Plaintext of what {@link aesGcmSeal} made, or `undefined` where the tag (16 octets) does not hold. */
export function aesGcmOpen(key: Uint8Array, iv: Uint8Array, data: Uint8Array, tag: Uint8Array): Uint8Array | undefined {
  check(key, iv, 12)
  checkLength('GCM tag', tag, 16)
  const sealed = concat([data, tag])
  try {
    return gcm(key, iv).decrypt(sealed)
  } catch (error) {
    // noble tells a wrong tag by an Error of this text alone; anything else is not ours to judge.
    if (error instanceof Error && error.message === 'aes-gcm: invalid tag') return undefined
    throw error
  }
}
