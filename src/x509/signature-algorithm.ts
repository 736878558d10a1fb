/** The signature algorithms of SSH by their X.509 names: RFC 8017 appendix A.2.4, RFC 5758 section 3.2, RFC 8410 section 3. */

import { UnsupportedError } from '../errors.ts'
import { type HashName, isEcdsa, signatureHash } from '../formats/crypto-algorithm.ts'
import type { KeyType } from '../keys/key-type.ts'
import { escapeText } from '../wire/text.ts'

/** An AlgorithmIdentifier: the type, dotted, and whether NULL parameters follow. */
export interface SignatureIdentifier {
  readonly oid: string
  readonly hasNull: boolean
}

/** shaNNNWithRSAEncryption. SHA-1 is not written: RFC 9155 section 3 ends it for signatures. */
const rsaSignatures: Partial<Readonly<Record<HashName, string>>> = {
  'SHA-256': '1.2.840.113549.1.1.11',
  'SHA-512': '1.2.840.113549.1.1.13',
}

/** ecdsa-with-SHANNN. */
const ecdsaSignatures: Partial<Readonly<Record<HashName, string>>> = {
  'SHA-256': '1.2.840.10045.4.3.2',
  'SHA-384': '1.2.840.10045.4.3.3',
  'SHA-512': '1.2.840.10045.4.3.4',
}

function identifierOf(type: KeyType, algorithm: string): SignatureIdentifier | undefined {
  const hash = signatureHash(type, algorithm)
  if (hash) {
    const oid = (isEcdsa(type) ? ecdsaSignatures : rsaSignatures)[hash]
    return oid === undefined ? undefined : { oid, hasNull: !isEcdsa(type) }
  }
  // Ed25519: the key's algorithm and the signature's are one (RFC 8410 section 3).
  return type.asn1 && type.jwk?.kty === 'OKP' ? { oid: type.asn1.oid, hasNull: false } : undefined
}

/** How a certificate is to be signed: the SSH name to ask the signer for, and the X.509 name to write. */
export interface SignaturePlan {
  readonly algorithm: string
  readonly identifier: SignatureIdentifier
}

/**
 * Chooses among the signer's algorithms: the one asked for; else the one with SHA-256, which `openssl req` takes; else
 * the first that X.509 has a name for. Throws `UnsupportedError` `unsupported-algorithm`.
 */
export function planSignature(type: KeyType, algorithms: readonly string[], asked: string | undefined): SignaturePlan {
  const plans = algorithms
    .filter((algorithm) => asked === undefined || algorithm === asked)
    .flatMap((algorithm) => {
      const identifier = identifierOf(type, algorithm)
      return identifier ? [{ algorithm, identifier }] : []
    })
  const plan = plans.find(({ algorithm }) => signatureHash(type, algorithm) === 'SHA-256') ?? plans[0]
  if (!plan) {
    const shown = asked === undefined ? `${type.name} keys` : `"${escapeText(asked, 64)}"`
    throw new UnsupportedError('unsupported-algorithm', `no X.509 signature is made with ${shown} here`)
  }
  return plan
}
