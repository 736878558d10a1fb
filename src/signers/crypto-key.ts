/**
 * A signer from a pair of CryptoKeys, whose private half may be one that never leaves the platform:
 * W3C Web Cryptography sections 14.3.3 (`sign`), 20 (RSASSA-PKCS1-v1_5), 23 (ECDSA); Ed25519 of Secure Curves.
 */

import { throwIfAborted } from '../crypto/progress.ts'
import { subtle, type WebCryptoKey } from '../crypto/webcrypto.ts'
import { SignerError, UnsupportedError } from '../errors.ts'
import { cryptoAlgorithm, cryptoKeyKind } from '../formats/crypto-algorithm.ts'
import { exportPublicCryptoKey } from '../formats/crypto-key.ts'
import { sshSignature } from '../formats/signature-value.ts'
import type { Certificate } from '../keys/certificate.ts'
import type { KeyOptions, PublicKey } from '../keys/public-key.ts'
import { chosenAlgorithm, type Signer, type SignOptions } from '../keys/signer.ts'
import { proveSigner } from './prove.ts'

/** A pair of CryptoKeys, and which types it may be of. */
export interface CryptoKeySignerOptions extends KeyOptions {
  /** Ed25519, ECDSA on P-256, P-384 or P-521, or RSASSA-PKCS1-v1_5, with the usage `sign`. It need not be extractable. */
  readonly privateKey: WebCryptoKey
  /** Its public half: an extractable CryptoKey (those that `generateKey` makes are), or a key of this library. */
  readonly publicKey: WebCryptoKey | PublicKey
  /** Comment of the public key. */
  readonly comment?: string | undefined
  /** The certificate to present with its signatures. */
  readonly certificate?: Certificate | undefined
}

/**
 * A signer from a pair of CryptoKeys. One signature is made and verified at once, so that a pair whose halves do not
 * belong together is refused here. An RSA CryptoKey is fixed to one hash and so to one algorithm.
 * Throws `UnsupportedError` (`unsupported-algorithm`, `not-extractable`), `SignerError` `signer-failed`, `TypeError`
 * for a CryptoKey that is not private or not for signing.
 *
 * @example
 * ```ts
 * import { ed25519 } from 'hawser/keys'
 * import { cryptoKeySigner } from 'hawser/signers'
 *
 * const pair = (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as CryptoKeyPair
 * const signer = await cryptoKeySigner({ ...pair, types: [ed25519], comment: 'me@browser' })
 * console.log(signer.publicKey.type) // ssh-ed25519
 * ```
 */
export async function cryptoKeySigner(options: CryptoKeySignerOptions): Promise<Signer> {
  const { privateKey, publicKey, certificate, types } = options
  if (privateKey.type !== 'private' || !privateKey.usages.includes('sign')) {
    throw new TypeError('a private CryptoKey with the usage "sign" expected')
  }
  const { type, algorithm } = cryptoKeyKind(types, privateKey.algorithm)
  const isOurs = 'blob' in publicKey
  const comment = options.comment ?? (isOurs ? publicKey.comment : '')
  const ours = isOurs ? { ...publicKey, comment } : await exportPublicCryptoKey(publicKey, { ...options, comment })
  if (ours.type !== type.name) {
    throw new SignerError('signer-failed', `the private CryptoKey is for ${type.name}, the public key is ${ours.type}`)
  }
  const parameters = cryptoAlgorithm(type, algorithm)
  const signer: Signer = {
    publicKey: ours,
    algorithms: [algorithm],
    ...(certificate && { certificate }),
    async sign(data: Uint8Array, request?: SignOptions) {
      throwIfAborted(request?.signal)
      chosenAlgorithm([algorithm], request?.algorithm)
      const platform = subtle()
      if (!platform) throw new UnsupportedError('unsupported-algorithm', 'this runtime has no crypto.subtle')
      let value: Uint8Array
      try {
        value = new Uint8Array(await platform.sign(parameters, privateKey, data))
      } catch (cause) {
        throw new SignerError('signer-failed', 'WebCrypto did not sign with the CryptoKey', { cause })
      }
      throwIfAborted(request?.signal)
      return sshSignature(type, algorithm, value, 'raw')
    },
  }
  await proveSigner(signer, options)
  return signer
}
