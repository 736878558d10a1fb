/** Asking revocation lists (krl.c `ssh_krl_check_key`, in its order). */

import { equalBytes } from '../crypto/constant-time.ts'
import { type Hash, sha1, sha256 } from '../crypto/hash.ts'
import { FormatError } from '../errors.ts'
import type { Certificate, Revocation } from '../keys/certificate.ts'
import { looksLikeCertificate } from '../keys/key-type.ts'
import type { PublicKey } from '../keys/public-key.ts'
import { blobType } from '../wire/public-line.ts'
import { latin1 } from '../wire/text.ts'
import { authorityName, type Krl, type RevokedCertificates } from './krl.ts'
import { hasSerial } from './serials.ts'

/** Why something is revoked; `authority`: the key that signed the certificate is. */
export type RevokedReason = 'serial' | 'key-id' | 'key' | 'sha1' | 'sha256' | 'authority'

/** So many blobs are compared in less time than one is made into text. */
const FEW = 8

function listed(hashes: ReadonlySet<string>, hash: Hash, blob: Uint8Array): boolean {
  return hashes.size > 0 && hashes.has(latin1(hash.digest(blob)))
}

/** Why a plain key is revoked. */
function keyReason(krl: Krl, { type, blob }: PublicKey): RevokedReason | undefined {
  // As its bytes say: an object may call itself what it likes.
  if (looksLikeCertificate(blobType(blob, type))) {
    throw new FormatError('is-certificate', 'a plain key expected: parse the certificate')
  }
  if (listed(krl.sha1, sha1, blob)) return 'sha1'
  if (listed(krl.sha256, sha256, blob)) return 'sha256'
  return krl.keys.size > 0 && krl.keys.has(latin1(blob)) ? 'key' : undefined
}

/** What is revoked of the certificates by that authority. */
function certificatesBy({ authorities }: Krl, authority: PublicKey): RevokedCertificates | undefined {
  if (authorities.size > FEW) return authorities.get(authorityName(authority))
  for (const revoked of authorities.values()) {
    if (revoked.authority && equalBytes(revoked.authority.blob, authority.blob)) return revoked
  }
  return undefined
}

/** Why a certificate is revoked by what stands in it. Serial 0 means that it has none (`is_cert_revoked`). */
function certificateReason(
  revoked: RevokedCertificates | undefined,
  { keyId, serial }: Certificate,
): RevokedReason | undefined {
  if (revoked?.keyIds.has(keyId)) return 'key-id'
  return revoked && serial && hasSerial(revoked.serials, serial) ? 'serial' : undefined
}

/**
 * Why a key or a certificate is revoked, or `undefined` where the list does not say so. A certificate is revoked too
 * where its key is, or the key that signed it. Throws `FormatError` `is-certificate` for a certificate that was not
 * parsed as one.
 *
 * @example
 * ```ts
 * import { parsePublicLine } from 'hawser/keys'
 * import { createKrl, isRevoked } from 'hawser/krl'
 *
 * const key = parsePublicLine('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I')
 * console.log(isRevoked(createKrl({ generatedAt: 0 }), key)) // undefined
 * ```
 */
export function isRevoked(krl: Krl, subject: PublicKey | Certificate): RevokedReason | undefined {
  if (!('publicKey' in subject)) return keyReason(krl, subject)
  const { authority, publicKey } = subject
  return (
    keyReason(krl, publicKey) ??
    certificateReason(certificatesBy(krl, authority), subject) ??
    certificateReason(krl.authorities.get(''), subject) ??
    (keyReason(krl, authority) && 'authority')
  )
}

/**
 * The list as what `checkCertificate` asks: why a key or a certificate is revoked, if it is. The function throws as
 * {@link isRevoked}.
 *
 * @example
 * ```ts
 * import { checkCertificate, issueCertificate } from 'hawser/cert'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 * import { createKrl, krlRevocation } from 'hawser/krl'
 *
 * const types = [ed25519]
 * const [authority, { publicKey }] = [await generatePrivateKey(ed25519), await generatePrivateKey(ed25519)]
 * const facts = { kind: 'user', keyId: 'k', principals: ['alice'], validAfter: 0, validBefore: 1000 } as const
 * const certificate = await issueCertificate({ ...facts, publicKey }, authority, { types })
 * const revocation = krlRevocation(createKrl({ generatedAt: 0, keys: [publicKey] }))
 * const policy = { types, kind: 'user', authorities: [authority.publicKey], time: 1, principal: 'alice' } as const
 * await checkCertificate(certificate, { ...policy, revocation }).catch((error) => console.log(error.code)) // revoked
 * ```
 */
export function krlRevocation(krl: Krl): Revocation {
  return (subject) => isRevoked(krl, subject)
}
