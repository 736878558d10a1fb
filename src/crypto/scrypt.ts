/** scrypt: RFC 7914, by noble in every runtime. WebCrypto has none. */

import { throwIfAborted, type WorkOptions } from './progress.ts'

/** The cost of a derivation: N a power of two above 1, r and p at least 1. It fills 128·N·r octets. */
export interface ScryptCost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** Time between two pauses. */
const MS_PER_PAUSE = 20

/**
 * `length` octets from a passphrase and a salt. Pauses for the event loop and reports progress (`scrypt`, in block
 * mixes); an abort rejects with the signal's reason. `TypeError` for a cost that scrypt has not. It sets no ceiling on
 * the cost: the caller does.
 */
export async function scrypt(
  passphrase: Uint8Array,
  salt: Uint8Array,
  { N, r, p }: ScryptCost,
  length: number,
  { onProgress, signal }: WorkOptions = {},
): Promise<Uint8Array> {
  const whole = [N, r, p, length].every((value) => Number.isInteger(value) && value > 0)
  if (!whole || N < 2 || N > 2 ** 31 || N & (N - 1)) {
    throw new TypeError('scrypt: N a power of two above 1; r, p and length at least 1 expected')
  }
  const { scryptAsync } = await import('@noble/hashes/scrypt.js')
  throwIfAborted(signal)
  const total = 2 * N * p
  return scryptAsync(passphrase, salt, {
    N,
    r,
    p,
    dkLen: length,
    asyncTick: MS_PER_PAUSE,
    maxmem: 128 * r * (N + p + 1),
    // noble wipes its memory where this throws.
    onProgress(part) {
      throwIfAborted(signal)
      onProgress?.({ work: 'scrypt', done: Math.round(part * total), total })
    },
  })
}
