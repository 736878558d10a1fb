/** Verifying signatures by the descriptors of the types that the caller hands in. */

import { VerificationError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import { Reader } from '../wire/reader.ts'
import { escapeText } from '../wire/text.ts'
import { type Components, copyOf } from './fields.ts'
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
  /** Of signatures by security keys: somebody must have touched it. True where it is not given, as in sshd. */
  readonly touchRequired?: boolean | undefined
  /** Of signatures by security keys: it must have known its user, by PIN or finger. False where it is not given. */
  readonly pinRequired?: boolean | undefined
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

/**
 * Gets ready to verify signatures by `publicKey`, which is read once. Throws `UnsupportedError` `unsupported-type`,
 * `FormatError` (`truncated`, `trailing-bytes`, `bad-value`, `type-mismatch`), `LimitError` `limit`.
 *
 * @example
 * ```ts
 * import { ed25519, generatePrivateKey, prepareVerifier } from 'hawser/keys'
 *
 * const key = await generatePrivateKey(ed25519)
 * const verifier = prepareVerifier(key.publicKey, { types: [ed25519] })
 * for (const text of ['one', 'two']) {
 *   const data = new TextEncoder().encode(text)
 *   await verifier.verify(await key.sign(data), data) // throws where it does not hold
 * }
 * const { blob } = await key.sign(new Uint8Array(1))
 * await verifier.verify(blob, new Uint8Array(2)).catch((error) => console.log(error.code)) // bad-signature
 * ```
 */
export function prepareVerifier(publicKey: PublicKey, options: VerifyOptions): Verifier {
  const type = needType(options.types, publicKey.type)
  const verify = verifierOf(type, publicComponents(publicKey, type, options.limits), options)
  return {
    publicKey,
    async verify(input, data) {
      const message = copyOf(data)
      // Read anew from its bytes, which are copied with it.
      return await verify(decodeSignature(input instanceof Uint8Array ? input : input.blob, options.limits), message)
    },
  }
}

/** Verifies a message; signature and message are borrowed: they must stay as they are until it is done. */
type VerifyBorrowed = (signature: Signature, message: Uint8Array) => Promise<SignatureFacts>

/** The verifier of a key whose components were judged; they are borrowed, too. */
export function verifierOf(type: KeyType, components: Components, options: VerifyOptions): VerifyBorrowed {
  const known = [...type.algorithms, ...type.legacyAlgorithms]
  const allowed = options.algorithms ?? type.algorithms
  const prepared = new Map<string, Promise<VerifyFunction>>()
  return async ({ algorithm, blob }, message) => {
    if (!known.includes(algorithm)) {
      throw new VerificationError('bad-signature', `${type.name}: no signature with "${escapeText(algorithm, 64)}"`)
    }
    if (!allowed.includes(algorithm)) {
      throw new VerificationError('algorithm-not-allowed', `${algorithm}: not allowed here`)
    }
    const reader = new Reader(blob)
    reader.string('signature algorithm')
    let verify = prepared.get(algorithm)
    if (!verify) {
      verify = type.prepareVerify(components, algorithm)
      prepared.set(algorithm, verify)
    }
    const facts = await (await verify)(reader, message)
    if (!facts) throw new VerificationError('bad-signature', `${algorithm}: the signature does not hold`)
    // False, not absent: of signatures by other keys there is nothing to ask (auth2-pubkey.c `userauth_pubkey`).
    if (facts.userPresent === false && (options.touchRequired ?? true)) {
      throw new VerificationError('touch-required', 'the security key was not touched')
    }
    if (facts.userVerified === false && options.pinRequired) {
      throw new VerificationError('pin-required', 'the security key asked for no PIN')
    }
    return { algorithm, ...facts }
  }
}

/**
 * Verifies one signature over `data` and tells its facts, or throws.
 * Throws `VerificationError` (`bad-signature`, `algorithm-not-allowed`, and of security keys `touch-required`,
 * `pin-required`), `FormatError` (`truncated`, `trailing-bytes`, `bad-value`, `type-mismatch`), `LimitError` `limit`,
 * `UnsupportedError` `unsupported-type`.
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
export async function verifySignature(
  publicKey: PublicKey,
  signature: Signature | Uint8Array,
  data: Uint8Array,
  options: VerifyOptions,
): Promise<SignatureFacts> {
  return await prepareVerifier(publicKey, options).verify(signature, data)
}
