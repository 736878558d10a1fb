/** Signatures over bytes, bound to all types. */

import * as keys from '../keys/index.ts'

/**
 * Signs a message with whatever signs: a private key, or any other `Signer`.
 * Throws `UnsupportedError` `unsupported-algorithm`, `SignerError` (`wiped`, `signer-failed`, …).
 *
 * @example
 * ```ts
 * import { generateKey, sign, verify } from 'hawser'
 *
 * const key = await generateKey()
 * const data = new TextEncoder().encode('hello')
 * const signature = await sign(key, data)
 * console.log((await verify(key.publicKey, signature, data)).algorithm) // ssh-ed25519
 * ```
 */
export function sign(signer: keys.Signer, data: Uint8Array, options: keys.SignOptions = {}): Promise<keys.Signature> {
  return signer.sign(data, options)
}

/**
 * Verifies a signature (or its blob) and tells its facts, or throws. RSA with SHA-1 is accepted only where
 * `algorithms` names `ssh-rsa`. Throws `VerificationError` (`bad-signature`, `algorithm-not-allowed`, and of security keys
 * `touch-required`, `pin-required`), `FormatError` (`truncated`, `bad-value`, …), `UnsupportedError`
 * `unsupported-type`. For many signatures by one key, see `prepareVerifier` in `hawser/keys`.
 *
 * @example
 * ```ts
 * import { generateKey, sign, verify } from 'hawser'
 *
 * const key = await generateKey('ecdsa-p256')
 * const data = new TextEncoder().encode('hello')
 * const signature = await sign(key, data)
 * await verify(key.publicKey, signature, new Uint8Array(5)).catch((error) => console.log(error.code)) // bad-signature
 * ```
 */
export function verify(
  key: keys.PublicKey,
  signature: keys.Signature | Uint8Array,
  data: Uint8Array,
  policy: Omit<keys.VerifyOptions, 'types'> = {},
): Promise<keys.SignatureFacts> {
  return keys.verifySignature(key, signature, data, { ...policy, types: keys.allTypes })
}
