/**
 * What WebCrypto calls the key types and signature algorithms of SSH: W3C Web Cryptography sections 20
 * (RSASSA-PKCS1-v1_5) and 23 (ECDSA), Secure Curves in the Web Cryptography API (Ed25519).
 *
 * Everything follows from the JWK mapping of a type, since WebCrypto took its names from there.
 */

import type { WebCryptoAlgorithm } from '../crypto/webcrypto.ts'
import { UnsupportedError } from '../errors.ts'
import type { KeyType } from '../keys/key-type.ts'
import { noPlace } from '../wire/expect.ts'
import { escapeText } from '../wire/text.ts'

/** A hash by the name that WebCrypto gives it. */
export type HashName = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512'

/** Each curve has its hash: RFC 5656 section 6.2.1. */
const curveHashes: Readonly<Record<string, HashName>> = { 'P-256': 'SHA-256', 'P-384': 'SHA-384', 'P-521': 'SHA-512' }

/** RFC 8332 section 3; SHA-1 has the type's own name (RFC 4253 section 6.6). */
const rsaHashes: Readonly<Record<string, HashName>> = { 'rsa-sha2-256': 'SHA-256', 'rsa-sha2-512': 'SHA-512' }

/** True for the types whose signatures are a pair of integers, r and s. */
export function isEcdsa(type: KeyType): boolean {
  return type.jwk?.kty === 'EC'
}

function unsupported(type: KeyType): UnsupportedError {
  return noPlace('WebCrypto', type.name)
}

/** The hash that an algorithm of that type applies to the message; `undefined` where it signs the message as it is. */
export function signatureHash(type: KeyType, algorithm: string): HashName | undefined {
  if (isEcdsa(type)) return curveHashes[type.jwk!.crv!]
  if (type.jwk?.kty !== 'RSA') return undefined
  return algorithm === type.name ? 'SHA-1' : rsaHashes[algorithm]
}

/**
 * A type's algorithm as WebCrypto wants it for import and use; `algorithm` is the SSH name, the type's default where
 * it is not given. Throws `UnsupportedError` `unsupported-type`, `unsupported-algorithm`.
 */
export function cryptoAlgorithm(type: KeyType, algorithm: string = type.algorithms[0]!): WebCryptoAlgorithm {
  if (![...type.algorithms, ...type.legacyAlgorithms].includes(algorithm)) {
    throw new UnsupportedError(
      'unsupported-algorithm',
      `${type.name}: no signature with "${escapeText(algorithm, 64)}"`,
    )
  }
  const hash = signatureHash(type, algorithm)
  const { kty, crv } = type.jwk ?? {}
  if (kty === 'RSA' && hash) return { name: 'RSASSA-PKCS1-v1_5', hash }
  if (kty === 'EC' && crv && hash) return { name: 'ECDSA', namedCurve: crv, hash }
  if (kty === 'OKP' && crv) return { name: crv }
  throw unsupported(type)
}

/** What the `algorithm` of a CryptoKey says, as far as it matters here. */
interface KeyAlgorithm {
  readonly name?: unknown
  readonly namedCurve?: unknown
  readonly hash?: { readonly name?: unknown }
}

/** The key type of a CryptoKey and the one SSH algorithm that it signs with. */
export interface CryptoKeyKind {
  readonly type: KeyType
  readonly algorithm: string
}

/**
 * Which of `types` a CryptoKey's `algorithm` is, and the SSH algorithm that it is fixed to.
 * Throws `UnsupportedError` `unsupported-algorithm`: another algorithm (RSA-PSS, ECDH), or a hash that SSH has not.
 */
export function cryptoKeyKind(types: readonly KeyType[], algorithm: object): CryptoKeyKind {
  const { name, namedCurve, hash } = algorithm as KeyAlgorithm
  for (const type of types) {
    for (const candidate of type.jwk ? [...type.algorithms, ...type.legacyAlgorithms] : []) {
      const wanted = cryptoAlgorithm(type, candidate) as KeyAlgorithm & { readonly hash?: unknown }
      if (wanted.name !== name || wanted.namedCurve !== namedCurve) continue
      // Only the algorithm of an RSA key holds a hash; of ECDSA keys it is an argument of sign().
      if (hash === undefined || hash.name === wanted.hash) return { type, algorithm: candidate }
    }
  }
  const shown = [name, namedCurve, hash?.name].filter((part) => typeof part === 'string').join(', ')
  throw new UnsupportedError('unsupported-algorithm', `CryptoKey: no signature of SSH with ${escapeText(shown, 80)}`)
}
