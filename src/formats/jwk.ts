/**
 * JSON Web Keys: RFC 7517, with the parameters of RFC 7518 section 6 and RFC 8037. Which members a type has is data on
 * its descriptor; nothing here knows a type.
 *
 * A JSON parser makes strings of what it reads, and nobody can wipe a string: a private JWK leaves its key in memory.
 */

import { equalBytes } from '../crypto/constant-time.ts'
import { FormatError, UnsupportedError } from '../errors.ts'
import { type Components, type Field, readFields, writeFields } from '../keys/fields.ts'
import { findType, type JwkMapping, type KeyType } from '../keys/key-type.ts'
import { PrivateKey } from '../keys/private-key.ts'
import { type PublicKey, publicComponents, publicKeyOf } from '../keys/public-key.ts'
import { type Limits, withLimits } from '../limits.ts'
import { decodeBase64Url, encodeBase64Url } from '../wire/base64url.ts'
import { bad, mismatch, noPlace, noType, otherHalf } from '../wire/expect.ts'
import { Reader } from '../wire/reader.ts'
import { encodeText } from '../wire/text.ts'
import { Writer } from '../wire/writer.ts'
import type { PrivateFormat, PublicFormat } from './format.ts'
import type { Source } from './source.ts'

type Jwk = Readonly<Record<string, unknown>>
type MappedType = KeyType & { readonly jwk: JwkMapping }

/** The octet before an uncompressed point (SEC 1 section 2.3.3), which a JWK leaves out. */
const UNCOMPRESSED = 4

/** Looks for JSON by the first character alone, so that no other private file becomes a string here. */
function recognise(source: Source): boolean {
  const first = source.bytes.find((octet) => ![0xef, 0xbb, 0xbf, 9, 10, 13, 32].includes(octet))
  return first === 0x7b && /"(kty|keys)"\s*:/.test(source.text)
}

function badJson(): FormatError {
  return new FormatError('bad-encoding', 'JWK: a JSON object expected')
}

function readJson(source: Source): Jwk {
  let value: unknown
  try {
    value = JSON.parse(source.text)
  } catch {
    // The parser's own message quotes the input, which may be a private key.
    throw badJson()
  }
  if (typeof value !== 'object' || value === null) throw badJson()
  if ('keys' in value) throw bad('JWK Set', 'one of its keys')
  return value as Jwk
}

function text(jwk: Jwk, name: string): string | undefined {
  const value = Object.hasOwn(jwk, name) ? jwk[name] : undefined
  if (value !== undefined && typeof value !== 'string') throw bad(`JWK "${name}"`, 'text')
  return value
}

function typeOf(jwk: Jwk, types: readonly KeyType[]): MappedType {
  const [kty, crv] = [text(jwk, 'kty'), text(jwk, 'crv')]
  if (kty === undefined) throw bad('JWK', 'member "kty"')
  const mapped = types.filter((type): type is MappedType => type.jwk !== undefined)
  // A member "crv" means nothing where the kty has no curves.
  const type = mapped.find((t) => t.jwk.kty === kty && (t.jwk.crv === undefined || t.jwk.crv === crv))
  if (type) return type
  throw crv === undefined ? noType('JWK kty', kty) : noType('JWK crv', crv)
}

function isPublicMember(type: MappedType, member: string): boolean {
  const target = type.jwk.members[member]
  const name = typeof target === 'string' ? target : target?.[0]
  return type.publicFields.some((field) => field.name === name)
}

/** The names of the members that only a private key has. */
function privateMembers(type: MappedType): string[] {
  return Object.keys(type.jwk.members).filter((member) => !isPublicMember(type, member))
}

function decodeMember(jwk: Jwk, name: string): Uint8Array {
  const value = text(jwk, name)
  if (value === undefined) throw bad('JWK', `member "${name}"`)
  return decodeBase64Url(value, `JWK "${name}"`)
}

/** The components that those members hold, together with the fields that are constant. */
function componentsOf(jwk: Jwk, type: MappedType, members: readonly string[]): Record<string, Uint8Array> {
  const components: Record<string, Uint8Array> = {}
  for (const { name, constant } of type.publicFields) {
    if (constant !== undefined) components[name] = encodeText(constant)
  }
  const targets = Object.values(type.jwk.members)
  for (const member of members) {
    const value = decodeMember(jwk, member)
    const target = type.jwk.members[member]!
    if (typeof target === 'string') {
      components[target] = value
      continue
    }
    const [name, from, to] = target
    if (value.length !== to - from) {
      throw bad(`JWK "${member}"`, `${to - from} octets`)
    }
    const length = Math.max(...targets.map((t) => (typeof t !== 'string' && t[0] === name ? t[2] : 0)))
    components[name] ??= new Uint8Array(length).fill(UNCOMPRESSED, 0, 1)
    components[name].set(value, from)
  }
  return components
}

function badLength(type: KeyType, name: string): FormatError {
  return bad(`${type.name} ${name}`, 'another length')
}

/**
 * Writes the fields as SSH does and reads them again: what comes back otherwise was of the wrong length, or had
 * superfluous zeros (RFC 7518 sections 2 and 6.2.1.2).
 */
function checkForm(type: KeyType, fields: readonly Field[], components: Components, limits: Limits): void {
  for (const { name, max } of fields) {
    if (components[name]!.length > max) throw badLength(type, name)
  }
  const writer = new Writer()
  writeFields(writer, fields, components)
  const wire = writer.take()
  try {
    const again = readFields(new Reader(wire, limits.stringLength), fields, type.name)
    for (const { name, secret } of fields) {
      const same = equalBytes(again[name]!, components[name]!)
      if (secret) again[name]!.fill(0)
      if (!same) throw badLength(type, name)
    }
  } finally {
    wire.fill(0)
  }
}

/** Takes the components that repeat others out, having compared them. Throws `FormatError` `key-mismatch`. */
function dropDerived(type: KeyType, components: Record<string, Uint8Array>): void {
  for (const [name, value] of Object.entries(type.derive?.(components) ?? {})) {
    const stated = components[name]
    const same = stated === undefined || equalBytes(stated, value)
    delete components[name]
    for (const bytes of [stated, value]) bytes?.fill(0)
    if (!same) throw mismatch(`${type.name} ${name}`)
  }
}

function decodePublic(jwk: Jwk, type: MappedType, limits: Partial<Limits> | undefined): PublicKey {
  const members = Object.keys(type.jwk.members).filter((member) => isPublicMember(type, member))
  const components = componentsOf(jwk, type, members)
  checkForm(type, type.publicFields, components, withLimits(limits))
  const key = publicKeyOf(type, components, '')
  publicComponents(key, type, limits)
  return key
}

function needPrivateMembers(jwk: Jwk, type: MappedType): void {
  if (privateMembers(type).some((member) => member in jwk)) return
  throw otherHalf('private', 'a public JWK')
}

function decodePrivate(jwk: Jwk, type: MappedType, limits: Partial<Limits> | undefined): PrivateKey {
  if ('oth' in jwk) throw new UnsupportedError('unsupported-type', 'JWK: more than two primes')
  needPrivateMembers(jwk, type)
  // First, as derive() below computes with what stands there.
  decodePublic(jwk, type, limits)
  const components = componentsOf(jwk, type, Object.keys(type.jwk.members))
  try {
    checkForm(type, type.privateFields, components, withLimits(limits))
    dropDerived(type, components)
    return new PrivateKey(type, components, '')
  } catch (error) {
    for (const component of Object.values(components)) component.fill(0)
    throw error
  }
}

function format(type: KeyType | undefined, typeName: string, components: Components): string {
  if (!type?.jwk) throw noPlace('JWK', typeName)
  const { kty, crv, members } = type.jwk
  const jwk: Record<string, string> = crv === undefined ? { kty } : { kty, crv }
  for (const [member, target] of Object.entries(members)) {
    const [name, from, to] = typeof target === 'string' ? [target, 0] : target
    const component = components[name]
    if (component) jwk[member] = encodeBase64Url(component.subarray(from, to))
  }
  return `${JSON.stringify(jwk)}\n`
}

/** Public JWKs. `kid`, `alg`, `use` and other members are left alone. */
export const jwkPublic: PublicFormat = {
  name: 'jwk',
  recognise,
  parse(source, options) {
    const jwk = readJson(source)
    const type = typeOf(jwk, options.types)
    if (privateMembers(type).some((member) => member in jwk)) {
      throw otherHalf('public', 'a private JWK')
    }
    return decodePublic(jwk, type, options.limits)
  },
  format(key, { types }) {
    const type = findType(types, key.type)
    return format(type, key.type, type ? publicComponents(key, type) : {})
  },
}

/** Private JWKs, always plain. */
export const jwkPrivate: PrivateFormat = {
  name: 'jwk',
  recognise,
  facts(source, options) {
    const jwk = readJson(source)
    const type = typeOf(jwk, options.types)
    needPrivateMembers(jwk, type)
    return { encrypted: null, publicKey: decodePublic(jwk, type, options.limits) }
  },
  async parse(source, options) {
    const jwk = readJson(source)
    return decodePrivate(jwk, typeOf(jwk, options.types), options.limits)
  },
  async format(key, options) {
    if (options.passphrase !== undefined) {
      throw new UnsupportedError('unsupported-cipher', 'JWK: it is not encrypted')
    }
    const components = key.exposeComponents()
    const derived = key.keyType.derive?.(components) ?? {}
    try {
      return format(key.keyType, key.type, { ...components, ...derived })
    } finally {
      for (const component of Object.values(derived)) component.fill(0)
    }
  },
}
