/** Revocation lists, bound to all types. */

import { allTypes, type Certificate, type PublicKey, type Revocation } from '../keys/index.ts'
import * as krl from '../krl/index.ts'
import type { ParseOptions } from './options.ts'

/**
 * What says who is revoked: a function, a KRL, keys and certificates, or a file that is a KRL or a list of keys. A key
 * revokes all certificates of it and by it; a certificate only itself, by its serial number or, where that is 0, by its
 * key id, as in `createKrl`. In a list of keys as text a certificate stands for its key, as in OpenSSH.
 */
export type Revoked = Revocation | krl.Krl | readonly (PublicKey | Certificate)[] | string | Uint8Array

const isCertificate = (subject: PublicKey | Certificate): subject is Certificate => 'publicKey' in subject

/** The function behind it. Throws as {@link parseKrl} for a file. */
export function revocationOf(revoked: Revoked | undefined): Revocation | undefined {
  if (revoked === undefined || typeof revoked === 'function') return revoked
  if (typeof revoked === 'string' || revoked instanceof Uint8Array)
    return krl.revocationFrom(revoked, { types: allTypes })
  if ('authorities' in revoked) return krl.krlRevocation(revoked)
  const certificates = revoked.filter(isCertificate)
  const keys = revoked.filter((subject) => !isCertificate(subject))
  return krl.krlRevocation(krl.createKrl({ generatedAt: 0, certificates, keys }))
}

/**
 * Reads a key revocation list. Its signatures are not asked for, as in OpenSSH: `parseSignedKrl` of `hawser/krl` does.
 * Throws `FormatError` (`unknown-format`, `truncated`, `bad-value`, `trailing-bytes`), `UnsupportedError`
 * (`unsupported-format`, `unsupported-type`), `LimitError`.
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
