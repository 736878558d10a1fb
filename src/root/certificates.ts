/** Certificates, bound to all types. */

import * as cert from '../cert/index.ts'
import * as keys from '../keys/index.ts'
import type { ParseOptions } from './options.ts'
import { type Revoked, revocationOf } from './revocation.ts'

/**
 * Issues a certificate for `request.publicKey`, signed by `signer`.
 * Throws `TypeError` for a request that OpenSSH would not take, `SignerError` `signer-failed`, `UnsupportedError`
 * (`unsupported-type`, `unsupported-algorithm`, `no-random`).
 *
 * @example
 * ```ts
 * import { formatCertificate, generateKey, issueCertificate } from 'hawser'
 *
 * const authority = await generateKey()
 * const { publicKey } = await generateKey()
 * const now = Math.floor(Date.now() / 1000)
 * const certificate = await issueCertificate(
 *   { kind: 'user', publicKey, keyId: 'alice', principals: ['alice'], validAfter: now - 60, validBefore: now + 300 },
 *   authority,
 * )
 * console.log(formatCertificate(certificate))
 * ```
 */
export function issueCertificate(
  request: cert.CertificateRequest,
  signer: keys.Signer,
  options: Omit<cert.IssueOptions, 'types'> = {},
): Promise<keys.Certificate> {
  return cert.issueCertificate(request, signer, { ...options, types: keys.allTypes })
}

/**
 * Reads a certificate from its line. Its signature is not verified here, `checkCertificate` does that.
 * Throws `FormatError` (`unknown-format`, `bad-base64`, `type-mismatch`, …), `LimitError`, `UnsupportedError`
 * `unsupported-type`.
 *
 * @example
 * ```ts
 * import { FormatError, parseCertificate } from 'hawser'
 *
 * try {
 *   parseCertificate('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I')
 * } catch (error) {
 *   if (error instanceof FormatError) console.log(error.code) // type-mismatch
 * }
 * ```
 */
export function parseCertificate(input: string | Uint8Array, options: ParseOptions = {}): keys.Certificate {
  return cert.parseCertificate(input, { ...options, types: keys.allTypes })
}

/**
 * Accepts a certificate and tells its facts, or throws a `VerificationError` whose code says why not: `wrong-kind`,
 * `unknown-authority`, `bad-signature`, `algorithm-not-allowed`, `not-yet-valid`, `expired`, `principal`,
 * `critical-option`, `source-address`, `revoked`; else as {@link parseCertificate}. `revocation` is a function, a KRL,
 * keys, or a file of either kind.
 *
 * @example
 * ```ts
 * import { checkCertificate, generateKey, issueCertificate } from 'hawser'
 *
 * const authority = await generateKey()
 * const { publicKey } = await generateKey()
 * const request = { kind: 'user', publicKey, keyId: 'k', principals: ['alice'], validAfter: 0, validBefore: 1000 } as const
 * const certificate = await issueCertificate(request, authority)
 * const policy = { kind: 'user', authorities: [authority.publicKey], time: 999 } as const
 * console.log((await checkCertificate(certificate, { ...policy, principal: 'alice' })).keyId) // k
 * await checkCertificate(certificate, { ...policy, principal: 'bob' }).catch((error) => console.log(error.code)) // principal
 * ```
 */
export async function checkCertificate(
  certificate: string | Uint8Array | { readonly blob: Uint8Array },
  policy: Omit<cert.CertificatePolicy, 'types' | 'revocation'> & { readonly revocation?: Revoked | undefined },
): Promise<cert.CertificateFacts> {
  const revocation = revocationOf(policy.revocation)
  return cert.checkCertificate(certificate, { ...policy, types: keys.allTypes, revocation })
}
