/**
 * ECDSA over P-256, P-384 and P-521, each with its hash of RFC 5656 section 6.2.1: FIPS 186-5 section 6; points in the
 * uncompressed form of SEC 1 section 2.3.3. WebCrypto where the runtime has it, noble where it has not.
 *
 * Any S is accepted, as FIPS 186-5 has it; noble by itself refuses the upper half.
 */

import { p256 as nobleP256, p384 as nobleP384, p521 as nobleP521 } from '@noble/curves/nist.js'
import { bad } from '../wire/expect.ts'
import { bigIntToBytes } from './bigint.ts'
import { equalBytes } from './constant-time.ts'
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
  /** The arithmetic in TypeScript. A function, so that naming a curve computes nothing. */
  readonly pure: () => EcdsaArithmetic
}

/** What is used of noble's `ECDSA`. */
export interface EcdsaArithmetic {
  readonly Point: { fromBytes(bytes: Uint8Array): unknown; readonly Fn: { readonly ORDER: bigint } }
  readonly lengths: { readonly seed?: number | undefined }
  readonly utils: { randomSecretKey(seed: Uint8Array): Uint8Array; isValidSecretKey(scalar: Uint8Array): boolean }
  getPublicKey(scalar: Uint8Array, isCompressed: boolean): Uint8Array
  sign(data: Uint8Array, scalar: Uint8Array, options: { lowS: boolean }): Uint8Array
  verify(signature: Uint8Array, data: Uint8Array, point: Uint8Array, options: { lowS: boolean }): boolean
}

/** NIST P-256 with SHA-256. */
export const p256: EcdsaCurve = {
  name: 'nistp256',
  size: 32,
  oid: '1.2.840.10045.3.1.7',
  algorithm: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  pure: () => nobleP256,
}

/** NIST P-384 with SHA-384. */
export const p384: EcdsaCurve = {
  name: 'nistp384',
  size: 48,
  oid: '1.3.132.0.34',
  algorithm: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  pure: () => nobleP384,
}

/** NIST P-521 with SHA-512. */
export const p521: EcdsaCurve = {
  name: 'nistp521',
  size: 66,
  oid: '1.3.132.0.35',
  algorithm: { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' },
  pure: () => nobleP521,
}

/** Whether `point` is uncompressed (0x04, x, y), with both coordinates in the field, and on the curve. */
export function checkEcdsaPoint(curve: EcdsaCurve, point: Uint8Array): boolean {
  if (!isUncompressed(curve, point)) return false
  try {
    curve.pure().Point.fromBytes(point)
    return true
  } catch {
    // The form is known here, so what is left is a coordinate outside of the field or a point off the curve.
    return false
  }
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
  const order = bigIntToBytes(curve.pure().Point.Fn.ORDER, size)
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
