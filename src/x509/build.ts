/**
 * The structures of X.509 and PKCS#10 through pkijs: RFC 5280 section 4.1, RFC 2986 section 4.1. Only this file touches
 * pkijs, and it is loaded when the first certificate is made: pkijs writes a global while it loads (its crypto engine,
 * which is not used here) and is 87 kB gzip with asn1js, whatever is imported of it.
 */

import {
  BitString,
  fromBER,
  IA5String,
  Integer,
  Null,
  ObjectIdentifier,
  OctetString,
  PrintableString,
  Sequence,
  Set as SetOf,
  Utf8String,
} from 'asn1js'
import {
  AlgorithmIdentifier,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  CertificationRequest,
  Extension,
  PublicKeyInfo,
  RelativeDistinguishedNames,
  Time,
} from 'pkijs'
import { attributeTypes, type NameEntry } from '../formats/distinguished-name.ts'
import type { CertificateExtension, CertificateParts } from './parts.ts'
import type { SignatureIdentifier } from './signature-algorithm.ts'

interface Encodable {
  toBER(sizeOnly?: boolean): ArrayBuffer
}

const der = (structure: Encodable): Uint8Array => new Uint8Array(structure.toBER())

/** pkijs and asn1js take buffers, and a view may be a part of a larger one. */
const buffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer

/** The string type that the attribute is defined with (RFC 5280 appendix A.1), UTF-8 for all else, as OpenSSL does. */
const stringTypes: Readonly<Record<string, 'printable' | 'ia5'>> = {
  C: 'printable',
  serialNumber: 'printable',
  dnQualifier: 'printable',
  emailAddress: 'ia5',
  DC: 'ia5',
  unstructuredName: 'ia5',
}

function nameValue(attribute: string, value: string): PrintableString | IA5String | Utf8String {
  const kind = stringTypes[attribute]
  if (kind === 'printable' && !/^[A-Za-z0-9 '()+,./:=?-]*$/.test(value)) {
    throw new TypeError(`${attribute}: only letters, digits, spaces and '()+,-./:=? are allowed`)
  }
  if (kind === 'ia5' && !/^[ -~]*$/.test(value)) throw new TypeError(`${attribute}: only ASCII is allowed`)
  if (attribute === 'C' && value.length !== 2) throw new TypeError('C: a country code of two letters expected')
  return new { printable: PrintableString, ia5: IA5String, utf8: Utf8String }[kind ?? 'utf8']({ value })
}

function nameOf(entries: readonly NameEntry[]): RelativeDistinguishedNames {
  const sets = entries.map(([attribute, value]) => {
    const oid = /^\d/.test(attribute) ? attribute : attributeTypes[attribute]
    if (oid === undefined || value === '') {
      throw new TypeError(`"${attribute}": a short name such as CN or an object identifier expected, and a value`)
    }
    const pair = new Sequence({ value: [new ObjectIdentifier({ value: oid }), nameValue(attribute, value)] })
    return new SetOf({ value: [pair] })
  })
  // By way of bytes: given as `typesAndValues`, pkijs 4.0.0 puts all attributes into one set.
  return RelativeDistinguishedNames.fromBER(new Sequence({ value: sets }).toBER()) as RelativeDistinguishedNames
}

function algorithmOf({ oid, hasNull }: SignatureIdentifier): AlgorithmIdentifier {
  return new AlgorithmIdentifier(hasNull ? { algorithmId: oid, algorithmParams: new Null() } : { algorithmId: oid })
}

function spkiOf(bytes: Uint8Array): PublicKeyInfo {
  return PublicKeyInfo.fromBER(buffer(bytes)) as PublicKeyInfo
}

/** RFC 5280 section 4.1.2.5: UTCTime through 2049. */
function timeOf(value: Date): Time {
  return new Time({ type: value.getUTCFullYear() < 2050 ? 0 : 1, value })
}

/** What stands in the BIT STRING of a SubjectPublicKeyInfo: what key identifiers are made of. */
export function subjectPublicKey(spki: Uint8Array): Uint8Array {
  return new Uint8Array(spkiOf(spki).subjectPublicKey.valueBlock.valueHexView)
}

/** The extensions that `openssl req -x509` writes: a key that is its own authority. */
export function authorityExtensions(keyId: Uint8Array): CertificateExtension[] {
  const keyIdentifier = new OctetString({ valueHex: buffer(keyId) })
  return [
    { oid: '2.5.29.14', value: der(keyIdentifier) },
    { oid: '2.5.29.35', value: der(new AuthorityKeyIdentifier({ keyIdentifier }).toSchema()) },
    { oid: '2.5.29.19', critical: true, value: der(new BasicConstraints({ cA: true }).toSchema()) },
  ]
}

/** The part of a self-signed certificate that is signed, in DER. */
export function encodeCertificateParts(parts: CertificateParts): Uint8Array {
  const name = nameOf(parts.name)
  const sign = parts.serial[0]! & 0x80 ? [0] : []
  const certificate = new Certificate({
    // RFC 5280 section 4.1.2.1: 2 says version 3, which extensions need.
    version: 2,
    serialNumber: new Integer({ valueHex: Uint8Array.from([...sign, ...parts.serial]).buffer }),
    signature: algorithmOf(parts.signature),
    issuer: name,
    notBefore: timeOf(parts.notBefore),
    notAfter: timeOf(parts.notAfter),
    subject: name,
    subjectPublicKeyInfo: spkiOf(parts.spki),
    extensions: parts.extensions.map(
      ({ oid, critical = false, value }) => new Extension({ extnID: oid, critical, extnValue: buffer(value) }),
    ),
  })
  return der(certificate.encodeTBS())
}

/** pkijs shows what is signed of a request to subclasses alone. */
class SignedRequest extends CertificationRequest {
  encodeSignedPart(): Uint8Array {
    return der(this.encodeTBS())
  }
}

/** The part of a certification request that is signed, in DER. */
export function encodeRequestParts(name: readonly NameEntry[], spki: Uint8Array): Uint8Array {
  const request = new SignedRequest({
    version: 0,
    subject: nameOf(name),
    subjectPublicKeyInfo: spkiOf(spki),
    attributes: [],
  })
  return request.encodeSignedPart()
}

/** A signed structure of either kind: what was signed, with what, and the signature (RFC 5280 section 4.1.1). */
export function encodeSigned(signed: Uint8Array, identifier: SignatureIdentifier, signature: Uint8Array): Uint8Array {
  const value = [
    fromBER(buffer(signed)).result,
    algorithmOf(identifier).toSchema(),
    new BitString({ valueHex: buffer(signature) }),
  ]
  return der(new Sequence({ value }))
}
