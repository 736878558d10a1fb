/** What `inspect --json` says of a key or a certificate; the other commands take their words from here too. */

import { optionText, verifyCertificateSignature } from '../cert/index.ts'
import { FormatError, UnsupportedError, VerificationError } from '../errors.ts'
import type { Encryption } from '../formats/index.ts'
import { type Certificate, type CertificateOption, fingerprint, type PublicKey } from '../index.ts'
import { allTypes, findType, publicComponents } from '../keys/index.ts'
import { encodeBase64 } from '../wire/base64.ts'
import { type ErrorFacts, errorFacts } from './output.ts'

/** What every artifact that holds one key says. */
export interface KeyFacts {
  readonly artifact: 'private-key' | 'public-key' | 'certificate'
  readonly format: string
  readonly type: string
  readonly bits: number | null
  /** `null` where it is inside the encryption. */
  readonly comment: string | null
  readonly encrypted: Encryption | null
  readonly sha256: string
  readonly md5: string
  readonly blob: string
}

/** One critical option or extension. */
export interface OptionWords {
  readonly name: string
  readonly data: string | null
  readonly dataHex: string
}

/** What a certificate says beside its key. */
export interface CertificateWords {
  readonly kind: 'user' | 'host'
  readonly keyId: string
  readonly serial: bigint
  readonly principals: readonly string[]
  readonly validAfter: bigint
  readonly validBefore: bigint
  readonly criticalOptions: readonly OptionWords[]
  readonly extensions: readonly OptionWords[]
  readonly authority: AuthorityWords
  readonly signatureAlgorithm: string
  /** The mathematics alone; `null` where the authority's type is not known here. */
  readonly signatureValid: boolean | null
  /** Why it is not `true`. */
  readonly signatureError?: ErrorFacts
}

/** The key that signed a certificate. */
export interface AuthorityWords {
  readonly type: string
  readonly sha256: string
}

/** Bits of a key; `null` for a type that is not known. */
export function keyBits(key: PublicKey): number | null {
  const type = findType(allTypes, key.type)
  return type ? type.bits(publicComponents(key, type)) : null
}

/** The name that `ssh-keygen -l` has for a type; the type's own name where it is not known. */
export function keyTitle(key: PublicKey): string {
  return findType(allTypes, key.type)?.title ?? key.type
}

/** The facts of a key. */
export function describeKey(
  key: PublicKey,
  file: Pick<KeyFacts, 'artifact' | 'format' | 'comment' | 'encrypted'>,
): KeyFacts {
  const { artifact, format, comment, encrypted } = file
  return {
    artifact,
    format,
    type: key.type,
    bits: keyBits(key),
    comment,
    encrypted,
    sha256: fingerprint(key),
    md5: fingerprint(key, { hash: 'md5' }),
    blob: encodeBase64(key.blob),
  }
}

/** The authority of a certificate. */
export function describeAuthority(authority: PublicKey): AuthorityWords {
  return { type: authority.type, sha256: fingerprint(authority) }
}

/** The nested text of an option; `null` for a flag, for other structures, and for what is not UTF-8. */
function optionData(option: CertificateOption): string | null {
  if (option.data.length === 0) return null
  try {
    const text = optionText(option)
    // Lossless text has octets outside UTF-8 as lone surrogates.
    return /[\udc80-\udcff]/.test(text.replace(/[\ud800-\udbff][\udc00-\udfff]/g, '')) ? null : text
  } catch (error) {
    if (error instanceof FormatError) return null
    throw error
  }
}

function describeOption(option: CertificateOption): OptionWords {
  const dataHex = Array.from(option.data, (octet) => octet.toString(16).padStart(2, '0')).join('')
  return { name: option.name, data: optionData(option), dataHex }
}

/** Whether the authority's signature holds: SHA-1 counts here, since this is no verdict on the certificate. */
async function checkSignature(
  certificate: Certificate,
): Promise<Pick<CertificateWords, 'signatureValid' | 'signatureError'>> {
  try {
    await verifyCertificateSignature(certificate, { types: allTypes, algorithms: [certificate.signature.algorithm] })
    return { signatureValid: true }
  } catch (error) {
    if (error instanceof UnsupportedError) return { signatureValid: null, signatureError: errorFacts(error) }
    // A signature that is not even well formed does not hold either.
    if (error instanceof VerificationError || error instanceof FormatError) {
      return { signatureValid: false, signatureError: errorFacts(error) }
    }
    throw error
  }
}

/** The facts of a certificate. Type and blob are its own, size and fingerprints those of the key in it. */
export async function describeCertificate(
  certificate: Certificate,
  format: string,
): Promise<KeyFacts & { readonly certificate: CertificateWords }> {
  const { kind, keyId, serial, principals, validAfter, validBefore } = certificate
  const file = { artifact: 'certificate', format, comment: certificate.comment, encrypted: null } as const
  return {
    ...describeKey(certificate.publicKey, file),
    type: certificate.type,
    blob: encodeBase64(certificate.blob),
    certificate: {
      kind,
      keyId,
      serial,
      principals,
      validAfter,
      validBefore,
      criticalOptions: certificate.criticalOptions.map(describeOption),
      extensions: certificate.extensions.map(describeOption),
      authority: describeAuthority(certificate.authority),
      signatureAlgorithm: certificate.signature.algorithm,
      ...(await checkSignature(certificate)),
    },
  }
}
