/**
 * The private keys that OpenSSL wrote before PKCS#8, one container a type: PKCS#1 (RFC 8017 appendix A.1.2), SEC 1
 * (RFC 5915 section 4) and OpenSSL's own for DSA; plain, or encrypted as DEK-Info says; as PEM or raw DER.
 *
 * The container knows a label; which types stand in it, and how, their mappings say (`Asn1Mapping.traditional`).
 */

import { decodeDer } from '../asn1/index.ts'
import { UnsupportedError } from '../errors.ts'
import type { KeyType } from '../keys/key-type.ts'
import type { PrivateKey } from '../keys/private-key.ts'
import type { KeyOptions } from '../keys/public-key.ts'
import { withLimits } from '../limits.ts'
import { decodePem, type Pem } from '../wire/armor.ts'
import { bad, noPlace, noType } from '../wire/expect.ts'
import { encodePrivate, putEc, readValue, typeOfCurve, writeValue } from './asn1-key.ts'
import { finishPrivate, type Known, wipeKnown } from './components.ts'
import { readDekInfo, sealDek } from './dek-info.ts'
import { namedCurve, readEcPrivateKey } from './ec-private-key.ts'
import type { PrivateFormat, WritePrivateOptions } from './format.ts'
import { armorAndWipe, derPrivate, looksLike, type Opened, PEM_WIDTH } from './pem.ts'
import type { Source } from './source.ts'

/** What tells one of these containers from the others. */
interface Container {
  readonly name: string
  readonly label: string
  /** Label of a block that may stand in front, with the parameters of the key. */
  readonly preamble?: string
  /** Its raw DER from afar. */
  readonly outline: RegExp
}

/** A file taken apart. */
interface File extends Opened {
  readonly headers: Pem['headers']
  /** The named curve of the block in front. */
  readonly curve: string | undefined
}

function open({ label, preamble }: Container, source: Source, options: KeyOptions): File {
  if (source.label === undefined) return { headers: [], body: source.bytes, curve: undefined }
  let curve: string | undefined
  if (source.label === preamble) {
    const reader = decodeDer(decodePem(source.bytes, preamble).body, preamble, options.limits)
    curve = namedCurve(reader, preamble)
  }
  return { ...decodePem(source.bytes, label), curve }
}

/** The types that stand in this container, with their layouts. */
function typesOf({ label }: Container, types: readonly KeyType[]): readonly KeyType[] {
  const found = types.filter((type) => type.asn1?.traditional?.label === label)
  if (found.length > 0) return found
  throw noType('key', label)
}

function decode(container: Container, der: Uint8Array, curve: string | undefined, options: KeyOptions): PrivateKey {
  const types = typesOf(container, options.types)
  const known: Known = {}
  try {
    const type = readInto(known, container, types, der, curve, options)
    return finishPrivate(type, known, options)
  } finally {
    wipeKnown(known)
  }
}

/** Reads the structure and finds its type: the one of the container, or that of the curve. */
function readInto(
  known: Known,
  { label }: Container,
  types: readonly KeyType[],
  der: Uint8Array,
  curve: string | undefined,
  options: KeyOptions,
): KeyType {
  const first = types[0]!
  const value = first.asn1!.traditional!.value
  if (value.kind !== 'ec-private-key') {
    readValue(first, value, der, known, withLimits(options.limits))
    return first
  }
  const ec = readEcPrivateKey(decodeDer(der, label, options.limits), label)
  const named = curve ?? ec.curve
  if (named === undefined) throw bad(label, 'the name of a curve')
  const type = typeOfCurve(types, named, label)
  putEc(type, value, ec, known)
  return type
}

function encodeKey({ name, label }: Container, key: PrivateKey): Uint8Array {
  const asn1 = key.keyType.asn1
  if (asn1?.traditional?.label !== label) {
    throw noPlace(name, key.type, 'unsupported-format')
  }
  const curve = typeof asn1.parameters === 'string' ? asn1.parameters : undefined
  const { value } = asn1.traditional
  return encodePrivate(key, (components) => writeValue(value, components, curve))
}

/** One of these containers. */
export function traditionalFormat(container: Container): PrivateFormat {
  const { name, label, preamble, outline } = container
  const labels = preamble === undefined ? [label] : [label, preamble]
  return derPrivate(
    {
      what: label,
      open: (source, options) => open(container, source, options),
      encryption({ headers, body }) {
        const scheme = readDekInfo(headers)
        return scheme && { scheme, data: body }
      },
      decode: (der, options, { curve }) => decode(container, der, curve, options),
    },
    {
      name,
      recognise: (source: Source) => looksLike(source, labels, outline),
      async format(key: PrivateKey, options: WritePrivateOptions) {
        const der = encodeKey(container, key)
        const { passphrase } = options
        if (passphrase === undefined) return armorAndWipe(label, der)
        try {
          return await sealDek(label, der, { ...options, passphrase }, PEM_WIDTH)
        } finally {
          der.fill(0)
        }
      },
      async encode(key: PrivateKey, options: WritePrivateOptions) {
        if (options.passphrase !== undefined) {
          throw new UnsupportedError('unsupported-cipher', `${name}: DER is not encrypted`)
        }
        return encodeKey(container, key)
      },
    },
  )
}

/** PKCS#1 private keys: RSA. */
export const pkcs1: PrivateFormat = /* @__PURE__ */ traditionalFormat({
  name: 'pkcs1',
  label: 'RSA PRIVATE KEY',
  outline: /^02( 02){8}( 30|$)/,
})

/** SEC 1 private keys: EC. OpenSSL puts the curve into a block of its own in front. */
export const sec1: PrivateFormat = /* @__PURE__ */ traditionalFormat({
  name: 'sec1',
  label: 'EC PRIVATE KEY',
  preamble: 'EC PARAMETERS',
  outline: /^02 04( a0| a1|$)/,
})

/** OpenSSL's DSA private keys. */
export const dsa: PrivateFormat = /* @__PURE__ */ traditionalFormat({
  name: 'dsa',
  label: 'DSA PRIVATE KEY',
  outline: /^02( 02){5}$/,
})
