/**
 * JSON Web Keys: RFC 7517, with the parameters of RFC 7518 section 6 and RFC 8037. Which members a type has is data on
 * its descriptor; nothing here knows a type.
 *
 * A JSON parser makes strings of what it reads, and nobody can wipe a string: a private JWK leaves its key in memory.
 */

import { FormatError, UnsupportedError } from '../errors.ts'
import type { Components, Field } from '../keys/fields.ts'
import { findType, type JwkMapping, type KeyType } from '../keys/key-type.ts'
import { type KeyOptions, type PublicKey, publicComponents } from '../keys/public-key.ts'
import { decodeBase64Url, encodeBase64Url } from '../wire/base64url.ts'
import { bad, noPlace, noType, otherHalf } from '../wire/expect.ts'
import { finishPrivate, finishPublic, type Known, wipeKnown, withDerived } from './components.ts'
import type { PrivateFormat, PublicFormat } from './format.ts'
import type { Source } from './source.ts'

type Jwk = Readonly<Record<string, unknown>>
type MappedType = KeyType & { readonly jwk: JwkMapping }

function isMapped(type: KeyType | undefined): type is MappedType {
  return type?.jwk !== undefined
}

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
  // A member "crv" means nothing where the kty has no curves.
  const type = types.filter(isMapped).find((t) => t.jwk.kty === kty && (t.jwk.crv ?? crv) === crv)
  if (type) return type
  throw crv === undefined ? noType('JWK kty', kty) : noType('JWK crv', crv)
}

/** The component of a member, and which of its octets where it is not all of them. */
function partOf(type: MappedType, member: string): readonly [component: string, from?: number, to?: number] {
  const target = type.jwk.members[member]!
  return typeof target === 'string' ? [target] : target
}

/** The public field that a member is, or is a part of. */
function publicField(type: MappedType, member: string): Field | undefined {
  const [name] = partOf(type, member)
  return type.publicFields.find((field) => field.name === name)
}

/** A JWK with its type. Throws `FormatError` `is-private-key`, `is-public-key` for one with another half. */
function open(
  source: Source,
  { types }: KeyOptions,
  half: 'public' | 'private',
): { readonly jwk: Jwk; readonly type: MappedType } {
  const jwk = readJson(source)
  const type = typeOf(jwk, types)
  const found = Object.keys(type.jwk.members).some((member) => member in jwk && !publicField(type, member))
    ? 'private'
    : 'public'
  if (found !== half) throw otherHalf(half, `a ${found} JWK`)
  return { jwk, type }
}

function decodeMember(jwk: Jwk, name: string): Uint8Array {
  const value = text(jwk, name)
  if (value === undefined) throw bad('JWK', `member "${name}"`)
  return decodeBase64Url(value, `JWK "${name}"`)
}

/** The components that those members hold. */
function componentsOf(jwk: Jwk, type: MappedType, members: readonly string[]): Known {
  const known: Known = {}
  for (const member of members) {
    const value = decodeMember(jwk, member)
    const [name, from = 0, to] = partOf(type, member)
    const max = publicField(type, member)?.max ?? value.length
    const size = to === undefined ? Math.min(value.length, max) : to - from
    if (value.length !== size) throw bad(`JWK "${member}"`, `${size} octets`)
    if (to === undefined) known[name] = value
    else {
      known[name] ??= new Uint8Array(max).fill(UNCOMPRESSED, 0, 1)
      known[name].set(value, from)
    }
  }
  return known
}

function decodePublic(jwk: Jwk, type: MappedType, options: KeyOptions): PublicKey {
  const members = Object.keys(type.jwk.members).filter((member) => publicField(type, member))
  return finishPublic(type, componentsOf(jwk, type, members), options)
}

function format(type: KeyType | undefined, typeName: string, components: Components): string {
  if (!isMapped(type)) throw noPlace('JWK', typeName)
  const { kty, crv, members } = type.jwk
  const jwk: Record<string, string> = crv === undefined ? { kty } : { kty, crv }
  for (const member of Object.keys(members)) {
    const [name, from, to] = partOf(type, member)
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
    const { jwk, type } = open(source, options, 'public')
    return decodePublic(jwk, type, options)
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
    const { jwk, type } = open(source, options, 'private')
    return { encrypted: null, publicKey: decodePublic(jwk, type, options) }
  },
  async parse(source, options) {
    const { jwk, type } = open(source, options, 'private')
    if ('oth' in jwk) throw new UnsupportedError('unsupported-type', 'JWK: more than two primes')
    const known = componentsOf(jwk, type, Object.keys(type.jwk.members))
    try {
      return finishPrivate(type, known, options)
    } finally {
      wipeKnown(known)
    }
  },
  async format(key, options) {
    if (options.passphrase !== undefined) {
      throw new UnsupportedError('unsupported-cipher', 'JWK: it is not encrypted')
    }
    return withDerived(key, (components) => format(key.keyType, key.type, components))
  },
}
