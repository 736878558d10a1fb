/** Random octets from the platform: W3C Web Cryptography, section 10.1.1 (`getRandomValues`). */

import { UnsupportedError } from '../errors.ts'

declare const crypto: { getRandomValues?(array: Uint8Array): unknown } | undefined

/** A source of random octets: `length` in, that many fresh octets out. */
export type Random = (length: number) => Uint8Array

/** `length` octets of the platform's random generator. `UnsupportedError` code `no-random` where there is none. */
export const randomBytes: Random = (length) => {
  // `typeof` first: a missing global is a ReferenceError otherwise.
  if (typeof crypto === 'undefined' || typeof crypto.getRandomValues !== 'function') {
    throw new UnsupportedError('no-random', 'this runtime has no crypto.getRandomValues')
  }
  const out = new Uint8Array(length)
  // One call may ask for 65536 octets at most; more is a QuotaExceededError.
  for (let i = 0; i < length; i += 65536) crypto.getRandomValues(out.subarray(i, i + 65536))
  return out
}
