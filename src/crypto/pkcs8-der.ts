/**
 * The few DER shapes that WebCrypto reads and writes private keys in: PKCS#8 (RFC 5208 section 5) holding Ed25519
 * (RFC 8410 section 7), EC (RFC 5915 section 3) and RSA (RFC 8017 appendix A.1.2).
 *
 * JWK would do as well, but it puts secrets into strings, which nobody can wipe. Each `wrap…` fills one fresh array
 * and leaves no other copy; its caller wipes it. Each `unwrap…` takes exactly the shape that `wrap…` writes, by
 * writing it again and comparing, and gives `undefined` for any other.
 */

import { concat } from '../wire/octets.ts'
import { encodeOid } from '../wire/oid.ts'
import { equalBytes } from './constant-time.ts'

type Parts = readonly ArrayLike<number>[]

/** One element around borrowed contents: nothing is copied before `concat`. */
const element = (tag: number, ...contents: readonly Parts[]): Parts => {
  const parts = contents.flat()
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const header = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return [[tag, ...header], ...parts]
}

const integer = (value: Uint8Array): Parts => element(0x02, value[0]! & 0x80 ? [[0], value] : [value])

const version = (value: number): Parts => [[0x02, 0x01, value]]

/** `value` where `again` is what it was read from, octet for octet; wipes `again`. */
const ifSame = <T>(bytes: Uint8Array, again: Uint8Array, value: T): T | undefined => {
  const same = equalBytes(bytes, again)
  again.fill(0)
  return same ? value : undefined
}

const ed25519Prefix = [0x30, 46, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 101, 112, 4, 34, 4, 32]

/** PKCS#8 (48 octets) of an Ed25519 seed (32 octets). The caller wipes it. */
export function wrapEd25519(seed: Uint8Array): Uint8Array {
  return concat([ed25519Prefix, seed])
}

/** The Ed25519 seed (32 octets, a copy) of a PKCS#8 of exactly the shape of {@link wrapEd25519}, else `undefined`. */
export function unwrapEd25519(pkcs8: Uint8Array): Uint8Array | undefined {
  const seed = pkcs8.slice(-32)
  return ifSame(pkcs8, wrapEd25519(seed), seed)
}

/**
 * PKCS#8 of an EC scalar (fixed width) with its uncompressed point; `oid` is the curve's object identifier, dotted. The
 * caller wipes it.
 */
export function wrapEc(oid: string, scalar: Uint8Array, point: Uint8Array): Uint8Array {
  return concat(
    element(
      0x30,
      version(0),
      // id-ecPublicKey
      element(0x30, element(0x06, [encodeOid('1.2.840.10045.2.1')]), element(0x06, [encodeOid(oid)])),
      element(0x04, element(0x30, version(1), element(0x04, [scalar]), element(0xa1, element(0x03, [[0], point])))),
    ),
  )
}

/** Scalar and point (copies) of a PKCS#8 of exactly the shape of {@link wrapEc}; `size` is octets of a field element. */
export function unwrapEc(
  oid: string,
  size: number,
  pkcs8: Uint8Array,
): { scalar: Uint8Array; point: Uint8Array } | undefined {
  const pointStart = pkcs8.length - 2 * size - 1
  // Between scalar and point: [1], BIT STRING, unused bits; two lengths of two octets for P-521, of one below.
  const scalarEnd = pointStart - (size > 60 ? 7 : 5)
  if (scalarEnd < size) return undefined
  const scalar = pkcs8.slice(scalarEnd - size, scalarEnd)
  const point = pkcs8.slice(pointStart)
  return ifSame(pkcs8, wrapEc(oid, scalar, point), { scalar, point })
}

// rsaEncryption, 1.2.840.113549.1.1.1, with its NULL parameters
const rsaAlgorithm: Parts = [[0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1, 5, 0]]

/** n, e, d, p, q, d mod p−1, d mod q−1, q⁻¹ mod p: each big-endian, unsigned, minimal. */
export type RsaFields = readonly [
  n: Uint8Array,
  e: Uint8Array,
  d: Uint8Array,
  p: Uint8Array,
  q: Uint8Array,
  dp: Uint8Array,
  dq: Uint8Array,
  qi: Uint8Array,
]

/** PKCS#8 of an RSA key with its CRT values. The caller wipes it. */
export function wrapRsa(fields: RsaFields): Uint8Array {
  return concat(
    element(0x30, version(0), rsaAlgorithm, element(0x04, element(0x30, version(0), ...fields.map(integer)))),
  )
}

/** The fields (copies) of a PKCS#8 of exactly the shape of {@link wrapRsa}, else `undefined`. */
export function unwrapRsa(pkcs8: Uint8Array): RsaFields | undefined {
  let at = 0
  /** Steps into the next element, whatever its tag says: the comparison at the end judges it. Gives its length. */
  const enter = (): number => {
    const first = pkcs8[at + 1] ?? 0
    const octets = first < 0x80 ? 0 : first & 3
    let length = octets ? 0 : first
    for (let i = 0; i < octets; i++) length = (length << 8) | (pkcs8[at + 2 + i] ?? 0)
    at += 2 + octets
    return length
  }
  enter()
  at += 3 + rsaAlgorithm[0]!.length
  enter()
  enter()
  at += 3
  const fields: Uint8Array[] = []
  while (fields.length < 8) {
    const length = enter()
    const sign = length > 1 && pkcs8[at] === 0 ? 1 : 0
    fields.push(pkcs8.slice(at + sign, at + length))
    at += length
  }
  const read = fields as unknown as RsaFields
  return ifSame(pkcs8, wrapRsa(read), read)
}
