/** Revocation lists, bound to all types. */

import { allTypes, type PublicKey, type Revocation } from '../keys/index.ts'
import * as krl from '../krl/index.ts'
import type { ParseOptions } from './options.ts'

/** What says who is revoked: a function, a KRL, keys, or a file that is a KRL or a list of keys. */
export type Revoked = Revocation | krl.Krl | readonly PublicKey[] | string | Uint8Array

/** The function behind it. Throws as {@link parseKrl} for a file. */
export function revocationOf(revoked: Revoked | undefined): Revocation | undefined {
  if (revoked === undefined || typeof revoked === 'function') return revoked
  if (typeof revoked === 'string' || revoked instanceof Uint8Array)
    return krl.revocationFrom(revoked, { types: allTypes })
  return krl.krlRevocation('authorities' in revoked ? revoked : krl.createKrl({ generatedAt: 0, keys: revoked }))
}

/**
 * Reads a key revocation list. Its signatures are not asked for, as in OpenSSH: `parseSignedKrl` of `hawser/krl` does.
 * Throws `FormatError`, `LimitError`.
 *
 * @example
 * ```ts
 * import { createKrl, formatKrl, generateKey, isRevoked, parseKrl } from 'hawser'
 *
 * const { publicKey } = await generateKey()
 * const file = formatKrl(createKrl({ generatedAt: new Date(), keys: [publicKey] }))
 * console.log(isRevoked(parseKrl(file), publicKey)) // key
 * ```
 */
export function parseKrl(bytes: Uint8Array, options: ParseOptions = {}): krl.Krl {
  return krl.parseKrl(bytes, { ...options, types: allTypes })
}
