/**
 * X.509 certificates (RFC 5280 section 4.1) and certification requests (RFC 2986 section 4), for their subject key and
 * their names. No signature is verified here and no chain is built.
 */

import { readHeader } from '../asn1/der-check.ts'
import { type DerReader, decodeDer, derOutline } from '../asn1/index.ts'
import { equalBytes } from '../crypto/constant-time.ts'
import { sha1, sha256 } from '../crypto/hash.ts'
import { FormatError, UnsupportedError } from '../errors.ts'
import type { KeyOptions, PublicKey } from '../keys/public-key.ts'
import type { Limits } from '../limits.ts'
import { decodeArmor } from '../wire/armor.ts'
import { bad } from '../wire/expect.ts'
import { latin1 } from '../wire/text.ts'
import { formatName, hexadecimal, type NameAttribute } from './distinguished-name.ts'
import type { PublicFormat } from './format.ts'
import { type Input, Source } from './source.ts'
import { decodeSpki } from './spki.ts'

/** What a certificate says. */
export interface X509Facts {
  /** Names as text, the last attribute first: `CN=vm1,O=Example` (RFC 4514). Foreign text: escape it before printing. */
  readonly subject: string
  readonly issuer: string
  readonly notBefore: Date
  readonly notAfter: Date
  /** Capital hexadecimal of whole octets, `-` in front of a negative one, as `openssl x509 -serial` prints it. */
  readonly serial: string
  /** SHA-1 of the certificate, capital hexadecimal without colons: what clouds and Windows call its thumbprint. */
  readonly thumbprint: string
  /** SHA-256 of the certificate, written the same way. */
  readonly thumbprint256: string
  /** The certificate's octets. */
  readonly der: Uint8Array
  /** The subject's key; `undefined` where SSH, or the types given, have no key of its kind. */
  readonly publicKey: PublicKey | undefined
}

/** What a certification request says. */
export interface RequestFacts {
  readonly subject: string
  readonly der: Uint8Array
  readonly publicKey: PublicKey | undefined
}

const SET = 0x31
const UTC_TIME = 0x17
const GENERALIZED_TIME = 0x18
const TRUSTED = 'TRUSTED CERTIFICATE'
const certificateLabels: readonly (string | undefined)[] = ['CERTIFICATE', 'X509 CERTIFICATE', TRUSTED]
const requestLabels: readonly (string | undefined)[] = ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST']

/** An element's content, without its header. */
function contentOf(element: Uint8Array): Uint8Array {
  const { content, end } = readHeader(element, 0, element.length, 'element')
  return element.subarray(content, end)
}

/** RFC 5280 section 4.1.2.4: a SEQUENCE of SETs of type and value. */
function readName(reader: DerReader, what: string, limits: Partial<Limits> | undefined): string {
  const sequence = reader.sequence(what)
  const sets: NameAttribute[][] = []
  while (sequence.next === SET) {
    const content = contentOf(sequence.element(what))
    const set: NameAttribute[] = []
    for (let at = 0; at < content.length; ) {
      const { end } = readHeader(content, at, content.length, what)
      const pair = decodeDer(content.subarray(at, end), what, limits).sequence(what)
      const oid = pair.oid(what)
      const der = pair.element(what)
      pair.end(what)
      set.push({ oid, tag: der[0]!, value: contentOf(der), der })
      at = end
    }
    sets.push(set)
  }
  sequence.end(what)
  return formatName(sets)
}

/** RFC 5280 section 4.1.2.5: UTCTime for 1950 to 2049, else GeneralizedTime; with seconds, in UTC. */
function readTime(reader: DerReader, what: string): Date {
  const tag = reader.next
  const element = reader.element(what)
  const text = latin1(contentOf(element))
  const found = /^(\d\d)?(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  const isTime = tag === UTC_TIME ? text.length === 13 : tag === GENERALIZED_TIME && text.length === 15
  if (found && isTime) {
    const [century, year, month, day, hour, minute, second] = found.slice(1).map(Number)
    const full = tag === UTC_TIME ? (year! < 50 ? 2000 : 1900) + year! : century! * 100 + year!
    // Not by Date.UTC, which takes the years 0 to 99 as 1900 to 1999.
    const time = new Date(0)
    time.setUTCFullYear(full, month! - 1, day)
    time.setUTCHours(hour!, minute!, second)
    const iso = time.toISOString().replace(/\D/g, '').slice(0, 14)
    // 31 February would be in March.
    if (iso.endsWith(text.slice(0, -1))) return time
  }
  throw bad(what, 'a time in UTC')
}

/** RFC 5280 section 4.1.2.2 wants it positive; others are in use and are shown as they are. */
function readSerial(reader: DerReader): string {
  if (reader.next !== 0x02) throw bad('X.509 serial', 'an INTEGER')
  const content = contentOf(reader.element('X.509 serial'))
  if (content[0]! < 0x80) return hexadecimal(content[0] === 0 && content.length > 1 ? content.subarray(1) : content)
  const magnitude = (1n << BigInt(8 * content.length)) - BigInt(`0x${hexadecimal(content)}`)
  const digits = magnitude.toString(16).toUpperCase()
  return `-${digits.padStart(digits.length + (digits.length % 2), '0')}`
}

/** The subject's key, or nothing where it is of no type given. Throws `FormatError` for one that does not hold. */
function readKey(spki: Uint8Array, options: KeyOptions): PublicKey | undefined {
  try {
    return decodeSpki(spki, options)
  } catch (error) {
    if (error instanceof UnsupportedError) return undefined
    throw error
  }
}

/** The octets of a certificate or request: out of the armor where there is one, in a copy. */
function derOf(source: Source): Uint8Array {
  if (source.label === undefined) return new Uint8Array(source.bytes)
  const { label, body } = decodeArmor(source.bytes)
  // OpenSSL's own: behind the certificate stand its uses (X509_CERT_AUX).
  return label === TRUSTED ? body.slice(0, readHeader(body, 0, body.length, 'certificate').end) : body
}

/** The three parts of what is signed in X.509's manner: RFC 5280 section 4.1.1, RFC 2986 section 4.2. */
function readSigned(der: Uint8Array, what: string, limits: Partial<Limits> | undefined) {
  const outer = decodeDer(der, what, limits).sequence(what)
  const signed = outer.sequence(what)
  const algorithm = outer.element(`${what} signature algorithm`)
  outer.bitString(`${what} signature`)
  outer.end(what)
  return { signed, algorithm }
}

/** The parts of a certificate, its key not decoded. */
function readParts(der: Uint8Array, limits: Partial<Limits> | undefined) {
  const what = 'X.509 certificate'
  const { signed, algorithm } = readSigned(der, what, limits)
  const version = signed.context(0)
  version?.number(`${what} version`, 2)
  version?.end(`${what} version`)
  const serial = readSerial(signed)
  // RFC 5280 section 4.1.1.2: the same identifier inside and outside of what is signed.
  if (!equalBytes(signed.element(`${what} algorithm`), algorithm)) {
    throw bad(what, 'one signature algorithm')
  }
  const issuer = readName(signed, `${what} issuer`, limits)
  const validity = signed.sequence(`${what} validity`)
  const notBefore = readTime(validity, `${what} notBefore`)
  const notAfter = readTime(validity, `${what} notAfter`)
  validity.end(`${what} validity`)
  const subject = readName(signed, `${what} subject`, limits)
  const spki = signed.element(`${what} key`)
  // issuerUniqueID, subjectUniqueID, extensions: in this order, each at most once.
  for (const identifier of [0x81, 0x82, 0xa3]) if (signed.next === identifier) signed.element(what)
  signed.end(what)
  return { subject, issuer, notBefore, notAfter, serial, spki }
}

function readRequestParts(der: Uint8Array, limits: Partial<Limits> | undefined) {
  const what = 'certification request'
  const { signed } = readSigned(der, what, limits)
  signed.number(`${what} version`, 0)
  const subject = readName(signed, `${what} subject`, limits)
  const spki = signed.element(`${what} key`)
  // Some producers leave out the attributes where there are none.
  signed.context(0)
  signed.end(what)
  return { subject, spki }
}

/** How the parts of the signed structure begin, where the outline of all is that of one. */
function signedOutline(source: Source): string | undefined {
  if (!/^30\((02|a0)\) 30\(06\) 03$/.test(derOutline(source.bytes) ?? '')) return undefined
  return derOutline(contentOf(source.bytes))
}

function isCertificate(source: Source): boolean {
  if (source.label !== undefined) return certificateLabels.includes(source.label)
  return /^(a0\(02\) )?02 30\(06\) 30/.test(signedOutline(source) ?? '')
}

function isRequest(source: Source): boolean {
  if (source.label !== undefined) return requestLabels.includes(source.label)
  // A name (a SEQUENCE of SETs, or empty) where a certificate has an algorithm.
  return /^02 30(\(31\))? 30\(30\)/.test(signedOutline(source) ?? '')
}

/**
 * Reads what an X.509 certificate says, from PEM (the first certificate; text in front is skipped) or DER.
 * Its signature is not verified. Throws `FormatError` (`unknown-format`, `bad-encoding`, `bad-value`,
 * `trailing-bytes`, …), `LimitError`.
 *
 * @example
 * ```ts
 * import { readX509 } from 'hawser/formats'
 * import { allTypes, ed25519, generatePrivateKey } from 'hawser/keys'
 * import { createSelfSignedCertificate } from 'hawser/x509'
 *
 * const key = await generatePrivateKey(ed25519)
 * const { pem, thumbprint } = await createSelfSignedCertificate({ key, subject: 'CN=vm1', days: 365 })
 * const facts = readX509(pem, { types: allTypes })
 * console.log(facts.subject, facts.publicKey?.type, facts.thumbprint === thumbprint) // CN=vm1 ssh-ed25519 true
 * ```
 */
export function readX509(input: Input, options: KeyOptions): X509Facts {
  const source = new Source(input, options.limits)
  if (!isCertificate(source)) throw new FormatError('unknown-format', 'X.509 certificate expected')
  const der = derOf(source)
  const { spki, ...facts } = readParts(der, options.limits)
  return {
    ...facts,
    thumbprint: hexadecimal(sha1.digest(der)),
    thumbprint256: hexadecimal(sha256.digest(der)),
    der,
    publicKey: readKey(spki, options),
  }
}

/**
 * Reads what a certification request (PKCS#10) says, from PEM or DER. Its signature is not verified.
 * Throws as {@link readX509}.
 *
 * @example
 * ```ts
 * import { readCertificateRequest } from 'hawser/formats'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 * import { createCertificateRequest } from 'hawser/x509'
 *
 * const key = await generatePrivateKey(ed25519)
 * const { der } = await createCertificateRequest({ key, subject: 'CN=vm1' })
 * console.log(readCertificateRequest(der, { types: [ed25519] }).subject) // CN=vm1
 * ```
 */
export function readCertificateRequest(input: Input, options: KeyOptions): RequestFacts {
  const source = new Source(input, options.limits)
  if (!isRequest(source)) throw new FormatError('unknown-format', 'certification request expected')
  const der = derOf(source)
  const { subject, spki } = readRequestParts(der, options.limits)
  return { subject, der, publicKey: readKey(spki, options) }
}

function notWritten(what: string, how: string): never {
  throw new UnsupportedError('unsupported-format', `${what}: made by ${how} of hawser/x509`)
}

/** X.509 certificates, for the subject's key. */
export const x509: PublicFormat = {
  name: 'x509',
  recognise: isCertificate,
  parse: (source, options) => decodeSpki(readParts(derOf(source), options.limits).spki, options),
  format: () => notWritten('a certificate', 'createSelfSignedCertificate'),
}

/** Certification requests, for the subject's key. */
export const csr: PublicFormat = {
  name: 'csr',
  recognise: isRequest,
  parse: (source, options) => decodeSpki(readRequestParts(derOf(source), options.limits).spki, options),
  format: () => notWritten('a certification request', 'createCertificateRequest'),
}
