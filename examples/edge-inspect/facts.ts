/** What a file says, as plain data: the members that `hawser inspect --json` prints, 64-bit integers as text. */

import {
  type Certificate,
  type CertificateOption,
  FormatError,
  fingerprint,
  type Identified,
  type Krl,
  type PublicKey,
  SshError,
  UnsupportedError,
  VerificationError,
} from 'hawser'
import { decodeCertificate, optionText, verifyCertificateSignature } from 'hawser/cert'
import { allTypes, findType, isCertificateName, opaquePublicKey, publicComponents } from 'hawser/keys'
import { encodeBase64 } from 'hawser/wire'

/** The part of a file's facts that all of them have. */
export interface Facts {
  readonly artifact: Identified['artifact']
  readonly format: string
  readonly [member: string]: unknown
}

/** Most entries of a list that are told; `omitted` counts the rest. */
export const MOST_ENTRIES = 500

/** Identified, but for the private keys. */
export type PublicArtifact = Exclude<Identified, { artifact: 'private-key' }>

/** The facts of a key. Throws as the library does for a key that cannot be judged. */
export function keyFacts(key: PublicKey): Readonly<Record<string, unknown>> {
  const type = findType(allTypes, key.type)
  return {
    type: key.type,
    bits: type ? type.bits(publicComponents(key, type)) : null,
    comment: key.comment === '' ? null : key.comment,
    sha256: fingerprint(key),
    md5: fingerprint(key, { hash: 'md5' }),
    blob: encodeBase64(key.blob),
  }
}

const noKey = { type: null, bits: null, comment: null, sha256: null, md5: null, blob: null }

const authorityFacts = (key: PublicKey): object => ({ type: key.type, sha256: fingerprint(key) })

function optionFacts(option: CertificateOption): object {
  const dataHex = Array.from(option.data, (octet) => octet.toString(16).padStart(2, '0')).join('')
  let data: string | null = null
  try {
    if (dataHex !== '') data = optionText(option)
  } catch (error) {
    // A value of another structure: its octets say it.
    if (!(error instanceof FormatError)) throw error
  }
  return { name: option.name, data, dataHex }
}

/** Whether the authority's signature holds; `null` where that is not known here. No verdict on the certificate. */
async function signatureHolds(certificate: Certificate): Promise<boolean | null> {
  try {
    await verifyCertificateSignature(certificate, { types: allTypes, algorithms: [certificate.signature.algorithm] })
    return true
  } catch (error) {
    if (error instanceof UnsupportedError) return null
    if (error instanceof VerificationError || error instanceof FormatError) return false
    throw error
  }
}

async function certificateFacts(certificate: Certificate): Promise<object> {
  const { kind, keyId, serial, principals, validAfter, validBefore, authority, signature } = certificate
  return {
    ...keyFacts(certificate.publicKey),
    type: certificate.type,
    comment: certificate.comment === '' ? null : certificate.comment,
    blob: encodeBase64(certificate.blob),
    certificate: {
      kind,
      keyId,
      serial: `${serial}`,
      principals,
      validAfter: `${validAfter}`,
      validBefore: `${validBefore}`,
      criticalOptions: certificate.criticalOptions.map(optionFacts),
      extensions: certificate.extensions.map(optionFacts),
      authority: authorityFacts(authority),
      signatureAlgorithm: signature.algorithm,
      signatureValid: await signatureHolds(certificate),
    },
  }
}

/** At most {@link MOST_ENTRIES} of a list, and how many that leaves out. */
function firstOf<T, R>(
  items: readonly T[],
  tell: (item: T) => R,
): { readonly entries: readonly R[]; readonly omitted: number } {
  return { entries: items.slice(0, MOST_ENTRIES).map(tell), omitted: Math.max(0, items.length - MOST_ENTRIES) }
}

const octetsOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

function krlFacts(krl: Krl): object {
  const hash = (name: string) => (text: string) => `${name}:${encodeBase64(octetsOf(text)).replace(/=+$/, '')}`
  const authorities = firstOf([...krl.authorities.values()], ({ authority, serials, keyIds }) => ({
    authority: authority && authorityFacts(authority),
    serials: firstOf(Array.from(serials.first.keys()), (i) => {
      const [first, last] = [serials.first[i], serials.last[i]]
      return first === last ? `${first}` : `${first}-${last}`
    }),
    keyIds: firstOf([...keyIds], String),
  }))
  return {
    version: `${krl.version}`,
    date: `${krl.generatedAt}`,
    comment: krl.comment,
    certificates: authorities,
    keys: firstOf([...krl.keys], (blob) => authorityFacts(opaquePublicKey(octetsOf(blob)))),
    hashes: firstOf([...Array.from(krl.sha1, hash('SHA1')), ...Array.from(krl.sha256, hash('SHA256'))], String),
  }
}

/** The fingerprint of the plain key in a blob; `null` where there is none to read. */
function blobFingerprint(key: { readonly type: string; readonly blob: Uint8Array } | undefined): string | null {
  if (!key) return null
  try {
    const certified = isCertificateName(allTypes, key.type)
    return fingerprint(certified ? decodeCertificate(key.blob, { types: allTypes }) : opaquePublicKey(key.blob))
  } catch (error) {
    if (error instanceof SshError) return null
    throw error
  }
}

/** The entries of a text file. Of a line that is wrong the code alone is told: the message may quote the line. */
function textFacts(found: Extract<PublicArtifact, { file: unknown }>): object {
  const problems = firstOf(found.file.problems, ({ line, code }) => ({ line, code }))
  const guessed = found.guessed ? { guessed: true } : {}
  if (found.artifact === 'authorized-keys') {
    const tell = ({ line, key, optionText: options }: (typeof found.file.entries)[number]): object => {
      const { type, comment } = key
      return { line, type, sha256: blobFingerprint(key), comment, options: options === '' ? null : options }
    }
    return { ...guessed, ...firstOf(found.file.entries, tell), problems }
  }
  if (found.artifact === 'known-hosts') {
    const tell = ({ line, marker, hosts, type, key, comment }: (typeof found.file.entries)[number]): object => {
      return { line, marker, hosts, type, sha256: blobFingerprint(key), comment }
    }
    return { ...guessed, ...firstOf(found.file.entries, tell), problems }
  }
  const tell = ({ line, principals, key, certAuthority, namespaces }: (typeof found.file.entries)[number]): object => {
    const plain = 'publicKey' in key ? key.publicKey : key
    const { type, comment } = key
    return { line, principals, type, sha256: fingerprint(plain), comment, certAuthority, namespaces }
  }
  return { ...guessed, ...firstOf(found.file.entries, tell), problems }
}

async function contentFacts(found: PublicArtifact): Promise<object> {
  switch (found.artifact) {
    case 'public-key':
      return keyFacts(found.publicKey)
    case 'certificate':
      return certificateFacts(found.certificate)
    case 'x509-certificate': {
      const { publicKey, subject, issuer, serial, notBefore, notAfter, thumbprint, thumbprint256 } = found.x509
      const times = { notBefore: notBefore.toISOString(), notAfter: notAfter.toISOString() }
      return {
        ...(publicKey ? keyFacts(publicKey) : noKey),
        subject,
        issuer,
        serial,
        ...times,
        thumbprint,
        thumbprint256,
      }
    }
    case 'krl':
      return krlFacts(found.krl)
    case 'sshsig': {
      const { publicKey, certificate, namespace, hash, signature } = found.sshsig
      const { comment: _, ...key } = keyFacts(publicKey)
      const type = certificate?.type ?? publicKey.type
      return { ...key, type, namespace, hash, signatureAlgorithm: signature.algorithm }
    }
    default:
      return textFacts(found)
  }
}

/** The facts of a file that is no private key. */
export async function factsOf(found: PublicArtifact): Promise<Facts> {
  const { artifact, format } = found
  const encoding = found.encoding ? { encoding: found.encoding } : {}
  return { artifact, format, ...encoding, ...(await contentFacts(found)) }
}
