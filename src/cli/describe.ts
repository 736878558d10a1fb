/** What `inspect --json` says of a key or a certificate; the other commands take their words from here too. */

import { optionText, verifyCertificateSignature } from '../cert/index.ts'
import { FormatError, UnsupportedError, VerificationError } from '../errors.ts'
import type { Encryption, X509Facts } from '../formats/index.ts'
import { type Certificate, type CertificateOption, fingerprint, type Identified, type PublicKey } from '../index.ts'
import { allTypes, findType, publicComponents } from '../keys/index.ts'
import { encodeBase64 } from '../wire/base64.ts'
import { type ErrorFacts, errorFacts } from './output.ts'

/** What is said of a file around its key. */
export interface FileFacts {
  readonly artifact: 'private-key' | 'public-key' | 'certificate' | 'x509-certificate'
  readonly format: string
  /** Where the file is octets in place of text. */
  readonly encoding?: 'der'
  /** `null` where it is inside the encryption. */
  readonly comment: string | null
  readonly encrypted: Encryption | null
}

/** The artifacts, for people. */
export const artifactNames: Readonly<Record<Identified['artifact'], string>> = {
  'private-key': 'private key',
  'public-key': 'public key',
  certificate: 'certificate',
  'x509-certificate': 'X.509 certificate',
  krl: 'revocation list',
  sshsig: 'signature',
  'authorized-keys': 'authorized_keys file',
  'known-hosts': 'known_hosts file',
  'allowed-signers': 'allowed_signers file',
}

/** What holds one key. */
export type KeyArtifact = Extract<Identified, { artifact: FileFacts['artifact'] }>

/** Refuses what holds no key, or many. Throws `FormatError` `unknown-format`. */
export function oneKey(found: Identified): KeyArtifact {
  switch (found.artifact) {
    case 'krl':
    case 'sshsig':
    case 'authorized-keys':
    case 'known-hosts':
    case 'allowed-signers':
      throw new FormatError('unknown-format', `one key expected, ${artifactNames[found.artifact]} found`)
    default:
      return found
  }
}

/** What every artifact that holds one key says. */
export interface KeyFacts extends FileFacts {
  readonly type: string
  readonly bits: number | null
  readonly sha256: string
  readonly md5: string
  readonly blob: string
}

/** The same of a file whose key is out of sight: all of it encrypted, or of a kind that SSH does not have. */
export type HiddenKeyFacts = FileFacts & Readonly<Record<'type' | 'bits' | 'sha256' | 'md5' | 'blob', null>>

/** What an X.509 certificate says beside its key. */
export interface X509Words {
  readonly subject: string
  readonly issuer: string
  /** Hexadecimal. */
  readonly serial: string
  /** ISO 8601, in UTC. */
  readonly notBefore: string
  readonly notAfter: string
  /** SHA-1 of the certificate, capital hexadecimal. */
  readonly thumbprint: string
  /** SHA-256 of it. */
  readonly thumbprint256: string
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

/** What is said of a file around its key, its members in the order in which they are printed. */
function fileFacts({ artifact, format, encoding }: FileFacts): Pick<FileFacts, 'artifact' | 'format' | 'encoding'> {
  return { artifact, format, ...(encoding && { encoding }) }
}

/** The facts of a key. */
export function describeKey(key: PublicKey, file: FileFacts): KeyFacts {
  const { comment, encrypted } = file
  return {
    ...fileFacts(file),
    type: key.type,
    bits: keyBits(key),
    comment,
    encrypted,
    sha256: fingerprint(key),
    md5: fingerprint(key, { hash: 'md5' }),
    blob: encodeBase64(key.blob),
  }
}

/** The facts of a file whose key is perhaps out of sight. */
export function describeFile(key: PublicKey | undefined, file: FileFacts): KeyFacts | HiddenKeyFacts {
  if (key) return describeKey(key, file)
  const { comment, encrypted } = file
  return { ...fileFacts(file), type: null, bits: null, comment, encrypted, sha256: null, md5: null, blob: null }
}

/** The facts of an X.509 certificate. */
export function describeX509(
  x509: X509Facts,
  file: Pick<FileFacts, 'format' | 'encoding'>,
): (KeyFacts | HiddenKeyFacts) & X509Words {
  const { publicKey, subject, issuer, serial, thumbprint, thumbprint256 } = x509
  // Its times have no fractions of a second.
  const [notBefore, notAfter] = [x509.notBefore, x509.notAfter].map((time) => time.toISOString().replace('.000', ''))
  return {
    ...describeFile(publicKey, { ...file, artifact: 'x509-certificate', comment: null, encrypted: null }),
    subject,
    issuer,
    serial,
    notBefore: notBefore!,
    notAfter: notAfter!,
    thumbprint,
    thumbprint256,
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
