/** Random octets from the platform: W3C Web Cryptography, section 10.1.1 (`getRandomValues`). */

import { UnsupportedError } from '../errors.ts'

/** A source of random octets: `length` in, that many fresh octets out. */
export type Random = (length: number) => Uint8Array

/**
 * `length` octets of the platform's random generator. Throws `UnsupportedError` `no-random` where there is none.
 *
 * @example
 * ```ts
 * import { randomBytes } from 'hawser/crypto'
 *
 * console.log(randomBytes(16).length) // 16
 * ```
 */
export const randomBytes: Random = (length) => {
  const { crypto } = globalThis as { readonly crypto?: { getRandomValues?(array: Uint8Array): unknown } }
  if (!crypto?.getRandomValues) throw new UnsupportedError('no-random', 'no crypto.getRandomValues here')
  const out = new Uint8Array(length)
  // One call may ask for 65536 octets at most; more is a QuotaExceededError.
  for (let i = 0; i < length; i += 65536) crypto.getRandomValues(out.subarray(i, i + 65536))
  return out
}

/**
 * `length` octets of `random`, or of the platform where it is not given: a copy, since the caller may use his buffer
 * again. `TypeError` where it gives another number of them.
 */
export function draw(random: Random | undefined, length: number): Uint8Array {
  const bytes = (random ?? randomBytes)(length)
  if (!(bytes instanceof Uint8Array) || bytes.length !== length) {
    throw new TypeError(`random: a Uint8Array of ${length} octets expected`)
  }
  return random ? new Uint8Array(bytes) : bytes
}
