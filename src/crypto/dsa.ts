/**
 * DSA (FIPS 186-2, as RFC 4253 section 6.6 uses it), for old keys alone: whether the halves of a key go together, and
 * whether a signature holds. Nothing here signs or makes keys. WebCrypto never had DSA, so it is BigInt arithmetic.
 */

import { sha1 } from '@noble/hashes/legacy.js'
import { defaultLimits, type Limits } from '../limits.ts'
import { bad, outsideSizes } from '../wire/expect.ts'
import { bitLength, bytesToBigInt, modInverse, modPow } from './bigint.ts'
import type { Verify } from './webcrypto.ts'

/** The group: prime p, prime divisor q of p − 1, generator g of the subgroup of order q. Big-endian magnitudes. */
export interface DsaGroup {
  readonly p: Uint8Array
  readonly q: Uint8Array
  readonly g: Uint8Array
}

/** A public key: y = g^x mod p in its group. */
export interface DsaPublic extends DsaGroup {
  readonly y: Uint8Array
}

/** Octets of r and of s in a signature of SSH, whatever the length of q. */
const HALF = 20

/** Sizes of q: of FIPS 186-2, and those that FIPS 186-3 added, which OpenSSL makes keys with. */
const orderBits: readonly number[] = [160, 224, 256]

interface Numbers {
  readonly p: bigint
  readonly q: bigint
  readonly g: bigint
}

/** Judges a group as far as that is cheap: sizes and ranges, not primality, which OpenSSH and OpenSSL take on trust too. */
function groupOf(group: DsaGroup, limits: Limits): Numbers {
  const [p, q, g] = [bytesToBigInt(group.p), bytesToBigInt(group.q), bytesToBigInt(group.g)]
  const bits = bitLength(p)
  const { dsaBitsMin, dsaBitsMax } = limits
  if (bits < dsaBitsMin || bits > dsaBitsMax) throw outsideSizes('DSA', bits, dsaBitsMin, dsaBitsMax)
  if (!orderBits.includes(bitLength(q))) throw bad('DSA', 'q of 160, 224 or 256 bits')
  if ((p - 1n) % q !== 0n || !(p & 1n) || !(q & 1n)) {
    throw bad('DSA', 'an odd p, an odd q that divides p − 1')
  }
  checkRange('g', g, p)
  return { p, q, g }
}

/** 1 < value < p. With g or y of 0 or 1 anybody could sign (golang/crypto 0471e79). */
function checkRange(name: string, value: bigint, p: bigint): void {
  if (value <= 1n || value >= p) throw bad('DSA', `${name} above 1 and below p`)
}

/** Judges a public key. Throws `LimitError` `limit` for the size of p, `FormatError` `bad-value`. */
export function checkDsaPublic(key: DsaPublic, limits: Limits): void {
  const { p } = groupOf(key, limits)
  checkRange('y', bytesToBigInt(key.y), p)
}

/** y of x. Throws `LimitError` `limit`, `FormatError` `bad-value` for a group that is none or x outside 1 … q − 1. */
export function dsaPublicKey(group: DsaGroup, x: Uint8Array): bigint {
  const { p, q, g } = groupOf(group, defaultLimits)
  const exponent = bytesToBigInt(x)
  if (exponent < 1n || exponent >= q) throw bad('DSA', 'x from 1 to q − 1')
  return modPow(g, exponent, p)
}

/** Whether x is in 1 … q − 1 and gives y, for a public key that `checkDsaPublic` has judged. */
export function checkDsaPrivate(key: DsaPublic, x: Uint8Array): boolean {
  const exponent = bytesToBigInt(x)
  const [p, q] = [bytesToBigInt(key.p), bytesToBigInt(key.q)]
  return exponent > 0n && exponent < q && modPow(bytesToBigInt(key.g), exponent, p) === bytesToBigInt(key.y)
}

/**
 * Prepares verification with a public key that `checkDsaPublic` has judged; signatures, over the SHA-1 of the data, are
 * r and s of 20 octets each, one after the other.
 */
export function prepareDsaVerify(key: DsaPublic): Verify {
  const [p, q, g, y] = [bytesToBigInt(key.p), bytesToBigInt(key.q), bytesToBigInt(key.g), bytesToBigInt(key.y)]
  return async (signature, data) => {
    if (signature.length !== 2 * HALF) return false
    const r = bytesToBigInt(signature.subarray(0, HALF))
    const s = bytesToBigInt(signature.subarray(HALF))
    if (r === 0n || s === 0n || r >= q || s >= q) return false
    const w = modInverse(s, q)
    // Only where q is no prime.
    if (w === undefined) return false
    const u1 = (bytesToBigInt(sha1(data)) * w) % q
    const u2 = (r * w) % q
    return ((modPow(g, u1, p) * modPow(y, u2, p)) % p) % q === r
  }
}
