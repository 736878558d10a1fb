/**
 * Keys in ASN.1: the one interpreter of the mappings that key types bring (`Asn1Mapping`), for every container in DER.
 *
 * What a container repeats must agree with the copy before it; the arithmetic is proved by `parsePrivateKey`.
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
import { equalBytes } from '../crypto/constant-time.ts'
import { FormatError, UnsupportedError } from '../errors.ts'
import type { Components, Field } from '../keys/fields.ts'
import type { Asn1Mapping, Asn1Value, KeyType } from '../keys/key-type.ts'
import { PrivateKey } from '../keys/private-key.ts'
import { type KeyOptions, type PublicKey, publicComponents, publicKeyOf } from '../keys/public-key.ts'
import { type Limits, withLimits } from '../limits.ts'
import { bad, mismatch, noPlace } from '../wire/expect.ts'
import { encodeText } from '../wire/text.ts'
import { type EcPrivateKey, ecPoint, ecScalar, namedCurve, readEcPrivateKey } from './ec-private-key.ts'
import { unsupportedOid } from './oid-names.ts'

/** Components under construction: copies, ours to wipe. */
export type Known = Record<string, Uint8Array>

/** Keeps a copy of a component. Throws `FormatError` `key-mismatch` where another value of it stands already. */
function put(known: Known, name: string, value: Uint8Array, what: string): void {
  const before = known[name]
  if (before === undefined) known[name] = new Uint8Array(value)
  else if (!equalBytes(before, value)) {
    throw mismatch(`${what} ${name}`)
  }
}

/** Overwrites all of them. */
export function wipeKnown(known: Components): void {
  for (const value of Object.values(known)) value.fill(0)
}

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
  else readIntegers(reader.sequence(what), value, known, what)
}

function readIntegers(
  reader: DerReader,
  value: Extract<Asn1Value, { readonly kind: 'integers' }>,
  known: Known,
  what: string,
): void {
  if (value.version !== undefined) {
    const version = reader.number(`${what} version`, 0xffff)
    if (version !== value.version) {
      throw new UnsupportedError('unsupported-type', `${what}: more than two primes, or version ${version}`)
    }
  }
  for (const name of value.components) put(known, name, reader.integer(`${what} ${name}`), what)
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

/** The public components that follow from the private ones. Throws `FormatError` `bad-value` for values that are none. */
function derived(type: KeyType, known: Known): Components {
  if (!type.derivePublic) throw bad(type.name, 'a public half')
  try {
    return type.derivePublic(known)
  } catch (cause) {
    if (cause instanceof FormatError) throw cause
    // The arithmetic takes secrets of the right length alone, and says so in errors of its own.
    throw bad(type.name, 'another length', cause)
  }
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
    readIntegers(reader.sequence(`${what} parameters`), integers, known, type.name)
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

/** A public key of components that were read; they are judged. */
export function finishPublic(type: KeyType, known: Known, options: KeyOptions): PublicKey {
  addConstants(type, known)
  const key = publicKeyOf(type, known, '')
  publicComponents(key, type, options.limits)
  return key
}

function addConstants(type: KeyType, known: Known): void {
  for (const { name, constant } of type.publicFields) if (constant !== undefined) known[name] ??= encodeText(constant)
}

/**
 * A private key of components that were read, which it takes over: missing public ones are derived, repeated ones
 * compared, all of them held to the fields of the type. Throws `FormatError` (`bad-value`, `key-mismatch`),
 * `LimitError`; then the components are for the caller to wipe.
 */
export function finishPrivate(type: KeyType, known: Known, options: KeyOptions): PrivateKey {
  addConstants(type, known)
  if (type.publicFields.some(({ name }) => known[name] === undefined)) {
    for (const [name, value] of Object.entries(derived(type, known))) put(known, name, value, type.name)
  }
  const components: Known = {}
  for (const field of type.privateFields) components[field.name] = checkField(type, field, known)
  type.checkPublic(components, withLimits(options.limits))
  checkDerived(type, components, known)
  for (const name of Object.keys(known)) {
    if (!components[name]) known[name]!.fill(0)
    delete known[name]
  }
  return new PrivateKey(type, components, '')
}

/** A component that its field could have written and read again. */
function checkField(type: KeyType, field: Field, known: Known): Uint8Array {
  const value = known[field.name]
  if (value === undefined || value.length > field.max) throw badLength(type, field)
  if (!field.codec) {
    if (field.length !== undefined && value.length !== field.length) throw badLength(type, field)
    return value
  }
  const wire = field.codec.encode(value, known)
  try {
    if (field.length !== undefined && wire.length !== field.length) throw badLength(type, field)
    const again = field.codec.decode(wire, known)
    const same = equalBytes(again, value)
    again.fill(0)
    if (!same) throw badLength(type, field)
    return value
  } finally {
    wire.fill(0)
  }
}

function badLength(type: KeyType, field: Field): FormatError {
  return bad(`${type.name} ${field.name}`, 'another length')
}

/**
 * Compares what the file repeats though it follows from the rest (dp and dq of RSA). Zero in its place is a tolerance:
 * sshpk writes it for what it did not compute.
 */
function checkDerived(type: KeyType, components: Components, known: Known): void {
  const repeated = type.derive?.(components)
  if (!repeated) return
  try {
    for (const [name, value] of Object.entries(repeated)) if (known[name]?.length) put(known, name, value, type.name)
  } finally {
    wipeKnown(repeated)
  }
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
  const components = key.exposeComponents()
  const repeated = key.keyType.derive?.(components) ?? {}
  try {
    return encodeDer(make({ ...components, ...repeated }))
  } finally {
    wipeKnown(repeated)
  }
}
