/** PBKDF2 with HMAC (RFC 8018 section 5.2): by WebCrypto where the runtime does it, else on noble's HMAC. */

import { hmac } from '@noble/hashes/hmac.js'
import { sha1 } from '@noble/hashes/legacy.js'
import { sha224, sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import { checkWhole } from '../wire/expect.ts'
import { pause, throwIfAborted, type WorkOptions, watched } from './progress.ts'
import { type Subtle, subtle, type WebCryptoKey } from './webcrypto.ts'

/** The hash in its HMAC. */
export type Pbkdf2Hash = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'

const hashes = { sha1, sha224, sha256, sha384, sha512 }

/** Names of the hashes that WebCrypto has; SHA-224 it has not. */
const platformNames: Readonly<Partial<Record<Pbkdf2Hash, string>>> = {
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
}

/** Rounds between two pauses: about 10 ms. By count, because workerd's clock stands still meanwhile. */
const ROUNDS_PER_PAUSE = 4096

/** `Subtle` with the method that derives keys. */
interface DerivingSubtle extends Omit<Subtle, 'importKey'> {
  importKey(
    format: 'raw',
    keyData: Uint8Array,
    algorithm: string,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<WebCryptoKey>
  deriveBits(algorithm: object, key: WebCryptoKey, bits: number): Promise<ArrayBuffer>
}

/**
 * `length` octets from a passphrase and a salt, `rounds` of them at least 1. Reports progress (`pbkdf2`, in rounds over
 * all blocks; of the platform's own only the end) and pauses for the event loop; an abort rejects at once with the
 * signal's reason. It sets no ceiling on `rounds`: the caller does.
 */
export async function pbkdf2(
  hash: Pbkdf2Hash,
  passphrase: Uint8Array,
  salt: Uint8Array,
  rounds: number,
  length: number,
  options: WorkOptions = {},
): Promise<Uint8Array> {
  checkWhole('rounds', rounds, 1)
  checkWhole('octets', length, 1)
  throwIfAborted(options.signal)
  const made = await watched(deriveHere(hash, passphrase, salt, rounds, length), options.signal)
  if (!made) return derivePure(hash, passphrase, salt, rounds, length, options)
  const total = rounds * Math.ceil(length / hashes[hash].outputLen)
  options.onProgress?.({ work: 'pbkdf2', done: total, total })
  return made
}

/** By the platform; `undefined` where it does not do it. */
async function deriveHere(
  hash: Pbkdf2Hash,
  passphrase: Uint8Array,
  salt: Uint8Array,
  rounds: number,
  length: number,
): Promise<Uint8Array | undefined> {
  const platform = subtle() as DerivingSubtle | undefined
  const name = platformNames[hash]
  if (!platform || !name) return undefined
  try {
    const key = await platform.importKey('raw', passphrase, 'PBKDF2', false, ['deriveBits'])
    const parameters = { name: 'PBKDF2', hash: name, salt, iterations: rounds }
    return new Uint8Array(await platform.deriveBits(parameters, key, length * 8))
  } catch {
    // Not a verdict, only "not here": Cloudflare's workerd refuses more than 100,000 rounds.
    return undefined
  }
}

async function derivePure(
  hash: Pbkdf2Hash,
  passphrase: Uint8Array,
  salt: Uint8Array,
  rounds: number,
  length: number,
  { onProgress, signal }: WorkOptions,
): Promise<Uint8Array> {
  const keyed = hmac.create(hashes[hash], passphrase)
  const worker = keyed._cloneInto()
  const size = keyed.outputLen
  const total = rounds * Math.ceil(length / size)
  const out = new Uint8Array(length)
  const last = new Uint8Array(size)
  const sum = new Uint8Array(size)
  let whole = false
  try {
    for (let at = 0, done = 0; at < length; at += size) {
      const counter = new Uint8Array(4)
      new DataView(counter.buffer).setUint32(0, at / size + 1)
      keyed._cloneInto(worker).update(salt).update(counter).digestInto(last)
      sum.set(last)
      for (let round = 1; round < rounds; round++) {
        keyed._cloneInto(worker).update(last).digestInto(last)
        for (let i = 0; i < size; i++) sum[i]! ^= last[i]!
        if (++done % ROUNDS_PER_PAUSE !== 0) continue
        onProgress?.({ work: 'pbkdf2', done, total })
        await pause(signal)
      }
      done++
      out.set(sum.subarray(0, Math.min(size, length - at)), at)
    }
    onProgress?.({ work: 'pbkdf2', done: total, total })
    whole = true
    return out
  } finally {
    keyed.destroy()
    worker.destroy()
    last.fill(0)
    sum.fill(0)
    if (!whole) out.fill(0)
  }
}
