/** Verifying signatures by the descriptors of the types that the caller hands in. */

import { FormatError, VerificationError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import { Reader } from '../wire/reader.ts'
import { escapeText } from '../wire/text.ts'
import { type KeyType, needType, type SignatureValueFacts, type VerifyFunction } from './key-type.ts'
import { type PublicKey, publicComponents } from './public-key.ts'
import { decodeSignature, type Signature } from './signature.ts'

/** What is allowed, and with which types. */
export interface VerifyOptions {
  readonly types: readonly KeyType[]
  /**
   * Signature algorithms that are accepted. Where it is not given, those of the key's type, its legacy ones (such as
   * SHA-1 with RSA) left out.
   */
  readonly algorithms?: readonly string[] | undefined
  readonly limits?: Partial<Limits> | undefined
}

/** What a signature that holds tells. */
export interface SignatureFacts extends SignatureValueFacts {
  readonly algorithm: string
}

/** Verifies many signatures by one key, which is prepared once. */
export interface Verifier {
  readonly publicKey: PublicKey
  /** Throws as {@link verifySignature}. */
  verify(signature: Signature | Uint8Array, data: Uint8Array): Promise<SignatureFacts>
}

/** Gets ready to verify signatures by `publicKey`. Throws `UnsupportedError` `unsupported-type`, `FormatError`. */
export function prepareVerifier(publicKey: PublicKey, options: VerifyOptions): Verifier {
  const type = needType(options.types, publicKey.type)
  const components = publicComponents(publicKey, type, options.limits)
  const known = [...type.algorithms, ...type.legacyAlgorithms]
  const allowed = options.algorithms ?? type.algorithms
  const prepared = new Map<string, Promise<VerifyFunction>>()
  return {
    publicKey,
    async verify(input, data) {
      const signature = input instanceof Uint8Array ? decodeSignature(input, options.limits) : input
      const { algorithm } = signature
      if (!known.includes(algorithm)) {
        throw new VerificationError(
          'bad-signature',
          `a ${type.name} key makes no signature with "${escapeText(algorithm, 64)}"`,
        )
      }
      if (!allowed.includes(algorithm)) {
        throw new VerificationError('algorithm-not-allowed', `signatures with ${algorithm} are not allowed here`)
      }
      const reader = new Reader(signature.blob)
      if (reader.text('signature algorithm') !== algorithm) {
        throw new FormatError('type-mismatch', 'the signature says another algorithm than its blob')
      }
      let verify = prepared.get(algorithm)
      if (!verify) {
        verify = type.prepareVerify(components, algorithm)
        prepared.set(algorithm, verify)
      }
      const facts = await (await verify)(reader, data)
      if (!facts) throw new VerificationError('bad-signature', `the ${algorithm} signature does not hold`)
      return { algorithm, ...facts }
    },
  }
}

/**
 * Verifies one signature over `data` and tells its facts, or throws.
 * Throws `VerificationError` (`bad-signature`, `algorithm-not-allowed`), `FormatError`, `UnsupportedError`.
 *
 * @example
 * ```ts
 * import { ed25519, generatePrivateKey, verifySignature } from 'hawser/keys'
 *
 * const key = await generatePrivateKey(ed25519)
 * const data = new TextEncoder().encode('hello')
 * const facts = await verifySignature(key.publicKey, await key.sign(data), data, { types: [ed25519] })
 * console.log(facts.algorithm) // ssh-ed25519
 * ```
 */
export function verifySignature(
  publicKey: PublicKey,
  signature: Signature | Uint8Array,
  data: Uint8Array,
  options: VerifyOptions,
): Promise<SignatureFacts> {
  // Misuse and bad keys reject like everything else here.
  return new Promise((resolve) => resolve(prepareVerifier(publicKey, options).verify(signature, data)))
}
