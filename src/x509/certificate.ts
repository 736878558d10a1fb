/**
 * Making self-signed certificates and certification requests: RFC 5280 section 4.1, RFC 2986; what they say by default
 * is what `openssl req -x509 -nodes -newkey` and `openssl req -new` say.
 */

import { type Time, unixSeconds } from '../cert/time.ts'
import { sha1 } from '../crypto/hash.ts'
import { type AbortSignalLike, throwIfAborted } from '../crypto/progress.ts'
import { type Random, randomBytes } from '../crypto/random.ts'
import { SignerError, SshError } from '../errors.ts'
import { type NameEntry, splitName } from '../formats/distinguished-name.ts'
import { plainSignature } from '../formats/signature-value.ts'
import { encodeSpki } from '../formats/spki.ts'
import { type KeyType, needType } from '../keys/key-type.ts'
import { PrivateKey } from '../keys/private-key.ts'
import type { Signer } from '../keys/signer.ts'
import { prepareVerifier } from '../keys/verify.ts'
import { encodeArmor } from '../wire/armor.ts'
import { escapeText } from '../wire/text.ts'
import type { CertificateExtension } from './parts.ts'
import { planSignature } from './signature-algorithm.ts'

/** Whose name and key, and who signs: the same in certificates and requests. */
export interface SubjectOptions {
  /** The subject's key, which signs: a private key, or any signer (a CryptoKey, an agent's identity, a KMS). */
  readonly key: Signer
  /** Types that `key` may be of; a `PrivateKey` brings its own. */
  readonly types?: readonly KeyType[] | undefined
  /**
   * The subject: text as `CN=vm1,O=Example` (RFC 4514: the last attribute of the name first), or attribute and value
   * in the order of the name, `[['O', 'Example'], ['CN', 'vm1']]`. Short names as in OpenSSL, or object identifiers.
   */
  readonly subject: string | readonly NameEntry[]
  /** SSH name of the signature algorithm: `rsa-sha2-256` (default) or `rsa-sha2-512`; other types have one alone. */
  readonly algorithm?: string | undefined
  readonly signal?: AbortSignalLike | undefined
}

/** What a self-signed certificate is to say. */
export interface SelfSignedOptions extends SubjectOptions {
  /** Now, where it is not given. */
  readonly notBefore?: Time | undefined
  /** Either this, or `days` after `notBefore`. */
  readonly notAfter?: Time | undefined
  readonly days?: number | undefined
  /** 1 to 2^159; random (159 bits, as OpenSSL's) where it is not given. */
  readonly serial?: bigint | undefined
  /**
   * In place of those that `openssl req -x509` writes: subjectKeyIdentifier, authorityKeyIdentifier,
   * basicConstraints CA:TRUE. Each is DER; `[]` for none.
   */
  readonly extensions?: readonly CertificateExtension[] | undefined
  /** Source of the serial; the runtime's own where it is not given. */
  readonly random?: Random | undefined
}

/** A structure as bytes and as text. */
export interface EncodedStructure {
  readonly der: Uint8Array
  readonly pem: string
}

/** A certificate, and the SHA-1 of its bytes in capital hexadecimal, by which clouds name it. */
export interface EncodedCertificate extends EncodedStructure {
  readonly thumbprint: string
}

const DAY = 86_400n
// RFC 5280 section 4.1.2.5: GeneralizedTime ends with the year 9999.
const LAST_SECOND = 253_402_300_799n

function typeOf({ key, types }: SubjectOptions): KeyType {
  if (types) return needType(types, key.publicKey.type)
  if (key instanceof PrivateKey) return key.keyType
  throw new TypeError('types: expected where the key is not a PrivateKey')
}

function entriesOf(subject: string | readonly NameEntry[]): readonly NameEntry[] {
  return typeof subject === 'string' ? splitName(subject) : subject
}

function validityOf(options: SelfSignedOptions): { notBefore: Date; notAfter: Date } {
  const { notBefore = new Date(), notAfter, days } = options
  if ((notAfter === undefined) === (days === undefined)) throw new TypeError('either notAfter or days expected')
  if (days !== undefined && !(Number.isInteger(days) && days > 0)) throw new TypeError('days: a whole number expected')
  const from = unixSeconds(notBefore)
  const to = notAfter === undefined ? from + BigInt(days!) * DAY : unixSeconds(notAfter)
  if (to <= from || to > LAST_SECOND)
    throw new TypeError('notAfter: a time after notBefore, before the year 10000, expected')
  return { notBefore: new Date(Number(from) * 1000), notAfter: new Date(Number(to) * 1000) }
}

function serialOf({ serial, random = randomBytes }: SelfSignedOptions): Uint8Array {
  if (serial === undefined) {
    const bytes = random(20)
    // OpenSSL's SERIAL_RAND_BITS 159; RFC 5280 section 4.1.2.2 wants it positive, of at most 20 octets and not zero.
    bytes[0] = (bytes[0]! & 0x7f) | 0x40
    return bytes
  }
  if (serial <= 0n || serial >= 1n << 159n) throw new TypeError('serial: 1 to 2^159 expected')
  const digits = serial.toString(16)
  const even = digits.padStart(digits.length + (digits.length % 2), '0')
  return Uint8Array.from(even.match(/../g)!, (pair) => Number.parseInt(pair, 16))
}

/** Has `signed` signed, and the signature verified: a signer may be anything. */
async function signWith(
  { key, signal }: SubjectOptions,
  type: KeyType,
  algorithm: string,
  signed: Uint8Array,
): Promise<Uint8Array> {
  const signature = await key.sign(signed, { algorithm, signal })
  if (signature.algorithm !== algorithm) {
    throw new SignerError(
      'signer-failed',
      `${algorithm} was asked for, the signer used ${escapeText(signature.algorithm, 64)}`,
    )
  }
  try {
    await prepareVerifier(key.publicKey, { types: [type] }).verify(signature, signed)
  } catch (cause) {
    if (!(cause instanceof SshError)) throw cause
    throw new SignerError('signer-failed', 'what was signed does not verify with the public key', { cause })
  }
  throwIfAborted(signal)
  return plainSignature(type, signature)
}

/**
 * Makes a self-signed certificate, as `openssl req -x509 -nodes -days 365 -newkey rsa:2048` does.
 * Throws `TypeError` for a request that cannot be written, `UnsupportedError` (`unsupported-type`,
 * `unsupported-algorithm`), `SignerError` `signer-failed` for a signer whose signature does not hold.
 *
 * @example
 * ```ts
 * import { generatePrivateKey, rsa } from 'hawser/keys'
 * import { createSelfSignedCertificate } from 'hawser/x509'
 *
 * const key = await generatePrivateKey(rsa, { bits: 2048 })
 * const { pem, thumbprint } = await createSelfSignedCertificate({ key, subject: 'CN=vm1,O=Example', days: 365 })
 * console.log(pem.split('\n')[0], thumbprint.length) // -----BEGIN CERTIFICATE----- 40
 * ```
 */
export async function createSelfSignedCertificate(options: SelfSignedOptions): Promise<EncodedCertificate> {
  const type = typeOf(options)
  const { algorithm, identifier } = planSignature(type, options.key.algorithms, options.algorithm)
  const build = await import('./build.ts')
  const publicKey = encodeSpki(options.key.publicKey, { types: [type] })
  const keyId = sha1.digest(build.subjectPublicKey(publicKey))
  const signed = build.encodeCertificateParts({
    serial: serialOf(options),
    signature: identifier,
    name: entriesOf(options.subject),
    ...validityOf(options),
    spki: publicKey,
    extensions: options.extensions ?? build.authorityExtensions(keyId),
  })
  const der = build.encodeSigned(signed, identifier, await signWith(options, type, algorithm, signed))
  const thumbprint = Array.from(sha1.digest(der), (octet) => octet.toString(16).padStart(2, '0')).join('')
  return { der, pem: encodeArmor('CERTIFICATE', der, 64), thumbprint: thumbprint.toUpperCase() }
}

/**
 * Makes a certification request (PKCS#10), as `openssl req -new` does. Throws as {@link createSelfSignedCertificate}.
 *
 * @example
 * ```ts
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 * import { createCertificateRequest } from 'hawser/x509'
 *
 * const key = await generatePrivateKey(ed25519)
 * const { pem } = await createCertificateRequest({ key, subject: [['O', 'Example'], ['CN', 'vm1']] })
 * console.log(pem.split('\n')[0]) // -----BEGIN CERTIFICATE REQUEST-----
 * ```
 */
export async function createCertificateRequest(options: SubjectOptions): Promise<EncodedStructure> {
  const type = typeOf(options)
  const { algorithm, identifier } = planSignature(type, options.key.algorithms, options.algorithm)
  const build = await import('./build.ts')
  const signed = build.encodeRequestParts(
    entriesOf(options.subject),
    encodeSpki(options.key.publicKey, { types: [type] }),
  )
  const der = build.encodeSigned(signed, identifier, await signWith(options, type, algorithm, signed))
  return { der, pem: encodeArmor('CERTIFICATE REQUEST', der, 64) }
}
