/**
 * ECDSA over P-256, P-384 and P-521, each with its hash of RFC 5656 section 6.2.1: FIPS 186-5 section 6; points in the
 * uncompressed form of SEC 1 section 2.3.3. WebCrypto where the runtime has it, noble where it has not.
 *
 * Any S is accepted, as FIPS 186-5 has it; noble by itself refuses the upper half.
 */

import { ecdsa, weierstrass } from '@noble/curves/abstract/weierstrass.js'
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import { bad } from '../wire/expect.ts'
import { bigIntToBytes, bytesToBigInt } from './bigint.ts'
import { equalBytes } from './constant-time.ts'
import { once } from './once.ts'
import { unwrapEc, wrapEc } from './pkcs8-der.ts'
import { draw, type Random } from './random.ts'
import {
  type Sign,
  subtleGenerate,
  subtleSigner,
  subtleVerifier,
  type Verify,
  type WebCryptoAlgorithm,
} from './webcrypto.ts'

/** A curve with its hash; a value, so that a bundle holds only the curves it names. */
export interface EcdsaCurve {
  /** RFC 5656 section 10.1. */
  readonly name: 'nistp256' | 'nistp384' | 'nistp521'
  /** Octets of a field element, of a scalar, and of r and s. */
  readonly size: number
  /** Object identifier, dotted: RFC 5480 section 2.1.1.1. */
  readonly oid: string
  readonly algorithm: WebCryptoAlgorithm
  readonly domain: EcDomain
  /** The arithmetic in TypeScript. A function, so that naming a curve computes nothing. */
  readonly pure: () => EcdsaArithmetic
}

/** Domain parameters, SP 800-186 section 3.2.1: field, order, cofactor, y² = x³ + ax + b, base point. */
interface EcDomain {
  readonly p: bigint
  readonly n: bigint
  readonly h: bigint
  readonly a: bigint
  readonly b: bigint
  readonly Gx: bigint
  readonly Gy: bigint
}

/** What is used of noble's `ECDSA`. */
export interface EcdsaArithmetic {
  readonly lengths: { readonly seed?: number | undefined }
  readonly utils: { randomSecretKey(seed: Uint8Array): Uint8Array; isValidSecretKey(scalar: Uint8Array): boolean }
  getPublicKey(scalar: Uint8Array, isCompressed: boolean): Uint8Array
  sign(data: Uint8Array, scalar: Uint8Array, options: { lowS: boolean }): Uint8Array
  verify(signature: Uint8Array, data: Uint8Array, point: Uint8Array, options: { lowS: boolean }): boolean
}

const domain256: EcDomain = {
  p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  h: 1n,
  a: 0xffffffff00000001000000000000000000000000fffffffffffffffffffffffcn,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  Gx: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  Gy: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
}

const domain384: EcDomain = {
  p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
  n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  h: 1n,
  a: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000fffffffcn,
  b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  Gx: 0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7n,
  Gy: 0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5fn,
}

const domain521: EcDomain = {
  p: 0x1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffn,
  n: 0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  h: 1n,
  a: 0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffcn,
  b: 0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
  Gx: 0xc6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66n,
  Gy: 0x11839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650n,
}

/** NIST P-256 with SHA-256. */
export const p256: EcdsaCurve = {
  name: 'nistp256',
  size: 32,
  oid: '1.2.840.10045.3.1.7',
  algorithm: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  domain: domain256,
  pure: /* @__PURE__ */ once(() => ecdsa(weierstrass(domain256), sha256)),
}

/** NIST P-384 with SHA-384. */
export const p384: EcdsaCurve = {
  name: 'nistp384',
  size: 48,
  oid: '1.3.132.0.34',
  algorithm: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  domain: domain384,
  pure: /* @__PURE__ */ once(() => ecdsa(weierstrass(domain384), sha384)),
}

/** NIST P-521 with SHA-512. */
export const p521: EcdsaCurve = {
  name: 'nistp521',
  size: 66,
  oid: '1.3.132.0.35',
  algorithm: { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' },
  domain: domain521,
  pure: /* @__PURE__ */ once(() => ecdsa(weierstrass(domain521), sha512)),
}

/** Whether `point` is uncompressed (0x04, x, y), with both coordinates in the field, and on the curve. */
export function checkEcdsaPoint(curve: EcdsaCurve, point: Uint8Array): boolean {
  if (!isUncompressed(curve, point)) return false
  const { p, a, b } = curve.domain
  const x = bytesToBigInt(point.subarray(1, 1 + curve.size))
  const y = bytesToBigInt(point.subarray(1 + curve.size))
  return x < p && y < p && (y * y - (x * x + a) * x - b) % p === 0n
}

/** A new key: scalar (fixed width) and uncompressed point. With `random` handed in, the scalar comes from it. */
export async function generateEcdsa(
  curve: EcdsaCurve,
  random?: Random,
): Promise<{ scalar: Uint8Array; point: Uint8Array }> {
  const made = random
    ? undefined
    : await subtleGenerate(curve.algorithm, (pkcs8) => unwrapEc(curve.oid, curve.size, pkcs8))
  if (made) return made
  const { utils, lengths, getPublicKey } = curve.pure()
  // FIPS 186-5 A.2.1: half again as many bits as the order has, so that the remainder is as good as uniform.
  const seed = draw(random, lengths.seed!)
  const scalar = utils.randomSecretKey(seed)
  seed.fill(0)
  return { scalar, point: getPublicKey(scalar, false) }
}

/**
 * Prepares signing with a scalar (fixed width) and its point; signatures are r and s, fixed width, one after the
 * other. Where WebCrypto is missing the scalar is borrowed: it must stay as it is while the function is in use.
 * `FormatError` code `bad-value` for a scalar outside 1 … n−1.
 */
export async function prepareEcdsaSign(curve: EcdsaCurve, scalar: Uint8Array, point: Uint8Array): Promise<Sign> {
  checkScalar(curve, scalar)
  const pkcs8 = wrapEc(curve.oid, scalar, point)
  return subtleSigner(pkcs8, curve.algorithm, (data) => curve.pure().sign(data, scalar, { lowS: false }))
}

/**
 * Prepares verification with an uncompressed point; signatures are r and s, fixed width, one after the other. An
 * impossible point makes every signature a bad one.
 */
export async function prepareEcdsaVerify(curve: EcdsaCurve, point: Uint8Array): Promise<Verify> {
  const key = new Uint8Array(point)
  // WebCrypto must not see the compressed form, which it would take. All else it checks itself; where it refuses,
  // noble says whether the point is at fault.
  if (!isUncompressed(curve, key)) return async () => false
  const { size, algorithm } = curve
  const order = bigIntToBytes(curve.domain.n, size)
  const verify = await subtleVerifier('raw', key, algorithm, (signature, data) =>
    curve.pure().verify(signature, data, key, { lowS: false }),
  )
  return async (signature, data) =>
    signature.length === 2 * size &&
    isInOrder(signature, 0, order) &&
    isInOrder(signature, size, order) &&
    verify(signature, data)
}

/**
 * Whether `scalar` (fixed width) is in 1 … n−1 and gives `point` (uncompressed). A promise, like its fellows of other
 * types, though noble does it: on Node 20 importing, signing and verifying takes two to four times as long.
 */
export async function checkEcdsa(curve: EcdsaCurve, scalar: Uint8Array, point: Uint8Array): Promise<boolean> {
  const { utils, getPublicKey } = curve.pure()
  return utils.isValidSecretKey(scalar) && equalBytes(getPublicKey(scalar, false), point)
}

/** The uncompressed point of a scalar (fixed width). `FormatError` code `bad-value` outside 1 … n−1. */
export function ecdsaPublicKey(curve: EcdsaCurve, scalar: Uint8Array): Uint8Array {
  checkScalar(curve, scalar)
  return curve.pure().getPublicKey(scalar, false)
}

function checkScalar(curve: EcdsaCurve, scalar: Uint8Array): void {
  if (!curve.pure().utils.isValidSecretKey(scalar)) throw bad(curve.name, 'a scalar from 1 to n−1')
}

const isUncompressed = (curve: EcdsaCurve, point: Uint8Array): boolean =>
  point.length === 2 * curve.size + 1 && point[0] === 4

/** Whether the number at `start` is in 1 … order−1, big-endian; signatures are no secret. */
function isInOrder(signature: Uint8Array, start: number, order: Uint8Array): boolean {
  let i = 0
  while (i < order.length && signature[start + i] === order[i]) i++
  if (i === order.length || signature[start + i]! > order[i]!) return false
  for (let j = start; j < start + order.length; j++) if (signature[j]) return true
  return false
}
