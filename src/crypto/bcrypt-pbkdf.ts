/**
 * bcrypt_pbkdf, the KDF of encrypted OpenSSH keys, as OpenBSD defines it (lib/libutil/bcrypt_pbkdf.c).
 *
 * PBKDF2's scheme over a hash made of bcrypt, which takes SHA-512 digests of passphrase and salt and gives 32 octets. The
 * octets of the blocks are dealt out in turn, so that every block must be computed for any part of the output: one call must
 * derive the whole length that the caller needs.
 */

import { sha512 } from '@noble/hashes/sha2.js'
import { checkWhole } from '../wire/expect.ts'
import { type Blowfish, blowfish } from './blowfish.ts'
import { pause, throwIfAborted, type WorkOptions } from './progress.ts'

/** Hashes between two pauses: two at a time take about 7 ms. By count, because workerd's clock stands still meanwhile. */
const stepsPerPause = 8

/** The 32 octets that bcrypt_pbkdf's hash encrypts. */
const magic = 'OxychromaticBlowfishSwatDynamite'

/** What the computation of one 32-octet block carries from round to round. */
interface Lane {
  /** SHA-512 of the salt of this round, as sixteen words. */
  readonly salt: Int32Array
  /** The last hash. */
  readonly hash: Uint8Array
  /** The sum (XOR) of all hashes so far: the block. */
  readonly sum: Uint8Array
}

/** Sets `words` to the SHA-512 of `data`. */
function digest(data: Uint8Array, words: Int32Array): void {
  const octets = sha512(data)
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length)
  for (let i = 0; i < 16; i++) words[i] = view.getInt32(4 * i)
  octets.fill(0)
}

/** One round of one block, or of two at once. */
function step(cipher: Blowfish, zeros: Int32Array, passphrase: Int32Array, a: Lane, b: Lane | undefined): void {
  cipher.reset()
  if (b) {
    cipher.expandPair(passphrase, passphrase, a.salt, b.salt)
    for (let i = 0; i < 64; i++) {
      cipher.expandPair(a.salt, b.salt, zeros, zeros)
      cipher.expandPair(passphrase, passphrase, zeros, zeros)
    }
    finish(cipher, 'b', b)
  } else {
    cipher.expand(passphrase, a.salt)
    for (let i = 0; i < 64; i++) {
      cipher.expand(a.salt, zeros)
      cipher.expand(passphrase, zeros)
    }
  }
  finish(cipher, 'a', a)
  cipher.wipe()
}

/** The hash out of a finished state, added to the block; its SHA-512 is the salt of the next round. */
function finish(cipher: Blowfish, which: 'a' | 'b', lane: Lane): void {
  const words = new Int32Array(8)
  for (let i = 0; i < 32; i++) words[i >> 2] = (words[i >> 2]! << 8) | magic.charCodeAt(i)
  for (let i = 0; i < 64; i++) for (let at = 0; at < 8; at += 2) cipher.encipher(which, words, at)
  for (let i = 0; i < 32; i++) {
    lane.hash[i] = words[i >> 2]! >>> (8 * (i & 3))
    lane.sum[i]! ^= lane.hash[i]!
  }
  words.fill(0)
  digest(lane.hash, lane.salt)
}

/**
 * `length` octets (1 to 1024) from a passphrase and a salt (OpenBSD bcrypt_pbkdf.c). Pauses for the event loop about
 * every 50 ms and reports progress there (`bcrypt`, in rounds over all blocks); an abort rejects with the signal's
 * reason. `TypeError` where passphrase or salt is empty, or `length` or `rounds` is out of range. It sets no ceiling on
 * `rounds`: the caller does.
 *
 * @example
 * ```ts
 * import { bcryptPbkdf, randomBytes } from 'hawser/crypto'
 *
 * const passphrase = new TextEncoder().encode('correct horse')
 * const key = await bcryptPbkdf(passphrase, randomBytes(16), 48, 4) // OpenSSH takes 24 rounds
 * console.log(key.length) // 48
 * ```
 */
export async function bcryptPbkdf(
  passphrase: Uint8Array,
  salt: Uint8Array,
  length: number,
  rounds: number,
  options: WorkOptions = {},
): Promise<Uint8Array> {
  const { onProgress, signal } = options
  checkWhole('octets of passphrase', passphrase.length, 1)
  checkWhole('octets of salt', salt.length, 1)
  checkWhole('octets', length, 1, 1024)
  checkWhole('rounds', rounds, 1)
  throwIfAborted(signal)

  const blocks = Math.ceil(length / 32)
  const total = blocks * rounds
  const out = new Uint8Array(length)
  const password = new Int32Array(16)
  const zeros = new Int32Array(16)
  const countedSalt = new Uint8Array(salt.length + 4)
  const lanes: Lane[] = []
  for (let i = 0; i < Math.min(blocks, 2); i++) {
    lanes.push({ salt: new Int32Array(16), hash: new Uint8Array(32), sum: new Uint8Array(32) })
  }
  let whole = false
  try {
    const cipher = blowfish()
    digest(passphrase, password)
    countedSalt.set(salt)
    let done = 0
    let steps = 0
    for (let block = 0; block < blocks; block += 2) {
      const [a, b] = [lanes[0]!, block + 1 < blocks ? lanes[1] : undefined]
      const busy = b ? [a, b] : [a]
      for (const [i, lane] of busy.entries()) {
        new DataView(countedSalt.buffer).setUint32(salt.length, block + i + 1)
        digest(countedSalt, lane.salt)
        lane.sum.fill(0)
      }
      for (let round = 0; round < rounds; round++) {
        step(cipher, zeros, password, a, b)
        done += busy.length
        if (++steps % stepsPerPause === 0 && done < total) {
          onProgress?.({ work: 'bcrypt', done, total })
          await pause(signal)
        }
      }
      // Octet i of block k stands at i * blocks + k.
      for (const [i, lane] of busy.entries()) {
        for (let j = 0, at = block + i; at < length; j++, at += blocks) out[at] = lane.sum[j]!
      }
    }
    onProgress?.({ work: 'bcrypt', done, total })
    whole = true
    return out
  } finally {
    password.fill(0)
    countedSalt.fill(0)
    for (const lane of lanes) for (const scratch of Object.values(lane)) scratch.fill(0)
    if (!whole) out.fill(0)
  }
}
