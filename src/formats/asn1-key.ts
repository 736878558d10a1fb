/**
 * Keys in ASN.1: the one interpreter of the mappings that key types bring (`Asn1Mapping`), for every container in DER.
 *
 * What a container repeats must agree with the copy before it.
 */

import {
  type Der,
  type DerReader,
  decodeDer,
  derBitString,
  derContext,
  derInteger,
  derNull,
  derNumber,
  derOctetString,
  derOid,
  derSequence,
  encodeDer,
} from '../asn1/index.ts'
import { UnsupportedError } from '../errors.ts'
import type { Components } from '../keys/fields.ts'
import type { Asn1Mapping, Asn1Value, KeyType } from '../keys/key-type.ts'
import type { PrivateKey } from '../keys/private-key.ts'
import type { Limits } from '../limits.ts'
import { mismatch, noPlace } from '../wire/expect.ts'
import { derived, type Known, put, withDerived } from './components.ts'
import { type EcPrivateKey, ecPoint, ecScalar, namedCurve, readEcPrivateKey } from './ec-private-key.ts'
import { unsupportedOid } from './oid-names.ts'

/** Reads one value whose octets are `bytes`. */
export function readValue(type: KeyType, value: Asn1Value, bytes: Uint8Array, known: Known, limits: Limits): void {
  const what = type.name
  if (value.kind === 'octets') {
    put(known, value.component, bytes, what)
    return
  }
  const reader = decodeDer(bytes, what, limits)
  if (value.kind === 'octet-string') put(known, value.component, reader.octetString(what), what)
  else if (value.kind === 'integer') put(known, value.component, reader.integer(what), what)
  else if (value.kind === 'ec-private-key') putEc(type, value, readEcPrivateKey(reader, what), known)
  else readIntegers(type, value, reader.sequence(what), known)
}

function readIntegers(
  type: KeyType,
  value: Extract<Asn1Value, { readonly kind: 'integers' }>,
  reader: DerReader,
  known: Known,
): void {
  const what = type.name
  if (value.version !== undefined) {
    const version = reader.number(`${what} version`, 0xffff)
    if (version !== value.version) {
      throw new UnsupportedError('unsupported-type', `${what}: more than two primes, or version ${version}`)
    }
  }
  for (const name of value.components) {
    const integer = reader.integer(`${what} ${name}`)
    // Zero for what follows from the fields (dp and dq of RSA) is a tolerance: sshpk does not compute them.
    if (integer.length || type.privateFields.some((field) => field.name === name)) put(known, name, integer, what)
  }
  reader.end(what)
}

/** Scalar, point and curve of an ECPrivateKey, of this type. */
export function putEc(
  type: KeyType,
  value: Extract<Asn1Value, { readonly kind: 'ec-private-key' }>,
  ec: EcPrivateKey,
  known: Known,
): void {
  const what = type.name
  if (ec.curve !== undefined && ec.curve !== type.asn1?.parameters) {
    throw mismatch(`${what} curve`)
  }
  const size = type.privateFields.find((field) => field.name === value.scalar)?.max ?? 0
  const scalar = ecScalar(ec.scalar, size, what)
  put(known, value.scalar, scalar, what)
  scalar.fill(0)
  if (!ec.point) return
  const point = ecPoint(ec.point, size, () => derived(type, known)[value.point], what)
  put(known, value.point, point, what)
}

/** Which type an AlgorithmIdentifier (RFC 5280 section 4.1.1.2) means, and what components its parameters hold. */
export function readAlgorithm(
  outer: DerReader,
  types: readonly KeyType[],
  what: string,
): { readonly type: KeyType; readonly known: Known } {
  const reader = outer.sequence(`${what} algorithm`)
  const oid = reader.oid(`${what} algorithm`)
  const same = types.filter((type) => type.asn1?.oid === oid)
  if (same.length === 0) throw unsupportedOid(oid, what)
  const type = same.length > 1 || typeof same[0]!.asn1?.parameters === 'string' ? byCurve(same, reader, what) : same[0]!
  const known: Known = {}
  const { parameters } = type.asn1!
  if (parameters === null) reader.null(`${what} parameters`)
  else if (Array.isArray(parameters)) {
    const integers = { kind: 'integers', components: parameters as readonly string[] } as const
    readIntegers(type, integers, reader.sequence(`${what} parameters`), known)
  }
  reader.end(`${what} algorithm`)
  return { type, known }
}

function byCurve(types: readonly KeyType[], reader: DerReader, what: string): KeyType {
  return typeOfCurve(types, namedCurve(reader, what), what)
}

/** The type of a named curve. Throws `UnsupportedError` `unsupported-type`. */
export function typeOfCurve(types: readonly KeyType[], curve: string, what: string): KeyType {
  const type = types.find((t) => t.asn1?.parameters === curve)
  if (!type) throw unsupportedOid(curve, what)
  return type
}

/** How a key of this type stands in ASN.1. Throws `UnsupportedError` `unsupported-format` where it does not. */
export function needAsn1(type: KeyType, container: string): Asn1Mapping {
  if (!type.asn1) throw noPlace(container, type.name, 'unsupported-format')
  return type.asn1
}

/** The AlgorithmIdentifier of a key. */
export function writeAlgorithm(asn1: Asn1Mapping, components: Components): Der {
  const oid = derOid(asn1.oid)
  const { parameters } = asn1
  if (parameters === undefined) return derSequence(oid)
  if (parameters === null) return derSequence(oid, derNull())
  if (typeof parameters === 'string') return derSequence(oid, derOid(parameters))
  return derSequence(oid, derSequence(...parameters.map((name) => derInteger(components[name]!))))
}

/** One value of a key, its components borrowed. `curve`: named inside an ECPrivateKey. */
export function writeValue(value: Asn1Value, components: Components, curve?: string): Der {
  if (value.kind === 'octets') return [components[value.component]!]
  if (value.kind === 'octet-string') return derOctetString([components[value.component]!])
  if (value.kind === 'integer') return derInteger(components[value.component]!)
  if (value.kind === 'integers') {
    const version = value.version === undefined ? [] : [derNumber(value.version)]
    return derSequence(...version, ...value.components.map((name) => derInteger(components[name]!)))
  }
  return derSequence(
    derNumber(1),
    derOctetString([components[value.scalar]!]),
    ...(curve === undefined ? [] : [derContext(0, derOid(curve))]),
    derContext(1, derBitString([components[value.point]!])),
  )
}

/** DER of a private key, made by `make` of its components and of those that containers repeat. The caller wipes it. */
export function encodePrivate(key: PrivateKey, make: (components: Components) => Der): Uint8Array {
  return withDerived(key, (components) => encodeDer(make(components)))
}
