/** Whoever signs: a key in memory, a CryptoKey, an identity in an agent, a KMS. */

import type { AbortSignalLike } from '../crypto/progress.ts'
import { UnsupportedError } from '../errors.ts'
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

/** The algorithm to sign with: the one asked for, else the first. Throws `UnsupportedError` `unsupported-algorithm`. */
export function chosenAlgorithm(algorithms: readonly string[], asked: string | undefined): string {
  const algorithm = asked ?? algorithms[0]
  if (algorithm !== undefined && algorithms.includes(algorithm)) return algorithm
  throw new UnsupportedError('unsupported-algorithm', `this signer makes ${algorithms.join(', ')} alone`)
}
