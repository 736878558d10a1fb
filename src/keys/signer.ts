/** Whoever signs: a key in memory, a CryptoKey, an identity in an agent, a KMS. */

import type { AbortSignalLike } from '../crypto/progress.ts'
import type { Certificate } from './certificate.ts'
import type { PublicKey } from './public-key.ts'
import type { Signature } from './signature.ts'

/** How to sign. */
export interface SignOptions {
  /** One of the signer's algorithms; its first one where it is not given. */
  readonly algorithm?: string | undefined
  readonly signal?: AbortSignalLike | undefined
}

/** Signs whole messages. Whoever can only sign digests hashes the message himself. */
export interface Signer {
  readonly publicKey: PublicKey
  /** The certificate to present with its signatures, where there is one. */
  readonly certificate?: Certificate
  /** Signature algorithms that it can make, the preferred one first. */
  readonly algorithms: readonly string[]
  /** Signs `data`. */
  sign(data: Uint8Array, options?: SignOptions): Promise<Signature>
}
