/**
 * RSASSA-PKCS1-v1_5: RFC 8017, section 8.2, of 1024 to 16384 bits. WebCrypto where the runtime has it and takes the
 * key, BigInt where not.
 */

import { sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { FormatError, SignerError } from '../errors.ts'
import { defaultLimits, type Limits } from '../limits.ts'
import { encodeBase64Url } from '../wire/base64url.ts'
import { aboveLimit, bad, outsideSizes } from '../wire/expect.ts'
import { decodeHex } from '../wire/hex.ts'
import { padLeft } from '../wire/octets.ts'
import { bigIntToBytes, bytesToBigInt, magnitudeBits, modInverse, modPow } from './bigint.ts'
import { equalBytes } from './constant-time.ts'
import { wrapRsa } from './pkcs8-der.ts'
import { randomBytes } from './random.ts'
import { type Sign, subtleSigner, subtleVerifier, type Verify } from './webcrypto.ts'

export { generateRsa } from './rsa-generate.ts'

/** An RSA public key: modulus and exponent, big-endian, unsigned, minimal. */
export interface RsaPublic {
  readonly n: Uint8Array
  readonly e: Uint8Array
}

/** An RSA private key: exponent, primes and q⁻¹ mod p, big-endian, unsigned, minimal. Either prime may be the larger. */
export interface RsaPrivate extends RsaPublic {
  readonly d: Uint8Array
  readonly p: Uint8Array
  readonly q: Uint8Array
  readonly iqmp: Uint8Array
}

/** The hash of a signature, by WebCrypto's names. */
export type RsaHash = 'SHA-1' | 'SHA-256' | 'SHA-512'

/** The hash, and what stands before it in DigestInfo: RFC 8017 section 9.2, note 1. */
const hashes: Readonly<Record<RsaHash, readonly [(data: Uint8Array) => Uint8Array, string]>> = {
  'SHA-1': [sha1, '3021300906052b0e03021a05000414'],
  'SHA-256': [sha256, '3031300d060960864801650304020105000420'],
  'SHA-512': [sha512, '3051300d060960864801650304020305000440'],
}

/**
 * Prepares signing; a signature is as long as the modulus. Where WebCrypto does not sign, the key's arrays are
 * borrowed: they must stay as they are while the function is in use. `LimitError`, `FormatError` code `bad-value` for
 * a key that is none; the function itself fails with `SignerError` code `signer-failed`.
 */
export async function prepareRsaSign(key: RsaPrivate, hash: RsaHash): Promise<Sign> {
  checkRsaPublic(key, defaultLimits)
  // An engine signs with whatever it is given, and one signature that is right modulo one prime alone tells that prime.
  if (!checkRsaPrivate(key)) throw new FormatError('key-mismatch', 'RSA: the numbers of the key do not fit')
  const pure = (data: Uint8Array): Uint8Array => signPure(key, hash, data)
  const { dp, dq } = rsaCrtExponents(key)
  const pkcs8 = wrapRsa([key.n, key.e, key.d, key.p, key.q, dp, dq, key.iqmp])
  for (const secret of [dp, dq]) secret.fill(0)
  const sign = await subtleSigner(pkcs8, algorithmOf(hash), pure)
  // Deno 2.9 imports an exponent of 64 bits and throws only here.
  return (data) => sign(data).catch(() => pure(data))
}

/**
 * Prepares verification. A signature may be shorter than the modulus (PuTTY strips leading zeros, and OpenSSH's
 * ssh-rsa.c pads); a longer one, or one not below the modulus, is a bad one. `LimitError`, `FormatError` code
 * `bad-value` for a key that is none.
 */
export async function prepareRsaVerify(key: RsaPublic, hash: RsaHash): Promise<Verify> {
  checkRsaPublic(key, defaultLimits)
  const n = new Uint8Array(key.n)
  const e = new Uint8Array(key.e)
  // A public key may be text, and Node 20 imports this in an eighth of the time that SubjectPublicKeyInfo takes.
  const jwk = { kty: 'RSA', n: encodeBase64Url(n), e: encodeBase64Url(e) }
  const verify = await subtleVerifier('jwk', jwk, algorithmOf(hash), () => false)
  return async (signature, data) => {
    if (signature.length > n.length) return false
    const padded = padLeft(signature, n.length)
    if (!isBelow(padded, n)) return false
    // The "no" of an engine is not the last word: to each signature under an exponent of 64 bits Bun 1.4 says no, where
    // Deno 2.9 throws (as it does above 4096 bits).
    return (await verify(padded, data)) || verifyPure(n, e, hash, padded, data)
  }
}

/** d mod p−1 and d mod q−1, which PKCS#1 and JWK repeat. `FormatError` code `bad-value` for primes that are none. */
export function rsaCrtExponents({ d, p, q }: Pick<RsaPrivate, 'd' | 'p' | 'q'>): { dp: Uint8Array; dq: Uint8Array } {
  const exponent = (prime: Uint8Array): Uint8Array => {
    const order = bytesToBigInt(prime) - 1n
    if (order < 1n) throw bad('RSA', 'primes above 1')
    return bigIntToBytes(bytesToBigInt(d) % order)
  }
  return { dp: exponent(p), dq: exponent(q) }
}

/** Whether the numbers belong together: p·q = n, e·d ≡ 1 modulo p−1 and q−1, iqmp·q ≡ 1 modulo p; p, q odd above 1. */
export function checkRsaPrivate(key: RsaPrivate): boolean {
  const p = bytesToBigInt(key.p)
  const q = bytesToBigInt(key.q)
  if (!(p & q & 1n) || p === 1n || q === 1n || p * q !== bytesToBigInt(key.n)) return false
  const ed = bytesToBigInt(key.e) * bytesToBigInt(key.d)
  return ed % (p - 1n) === 1n && ed % (q - 1n) === 1n && (bytesToBigInt(key.iqmp) * q) % p === 1n
}

const algorithmOf = (hash: RsaHash) => ({ name: 'RSASSA-PKCS1-v1_5', hash })

/**
 * Judges a public key: size, odd numbers, an exponent above 1, no leading zeros. Engines treat the rest differently, so
 * that it is refused for all. `LimitError`, `FormatError` code `bad-value`.
 */
export function checkRsaPublic({ n, e }: RsaPublic, limits: Limits): void {
  const { rsaBitsMin, rsaBitsMax, rsaExponentBits } = limits
  const bits = magnitudeBits(n)
  if (bits < rsaBitsMin || bits > rsaBitsMax) throw outsideSizes('RSA', bits, rsaBitsMin, rsaBitsMax)
  const exponentBits = magnitudeBits(e)
  if (exponentBits > rsaExponentBits) throw aboveLimit('RSA exponent', `${rsaExponentBits} bits`)
  if (exponentBits < 2 || !n[0] || !e[0] || !(n.at(-1)! & e.at(-1)! & 1)) {
    throw bad('RSA', 'an odd modulus and an odd exponent above 1')
  }
}

/** Whether `a` is below `b`; big-endian, of one length, public. */
function isBelow(a: Uint8Array, b: Uint8Array): boolean {
  const i = a.findIndex((octet, at) => octet !== b[at])
  return i >= 0 && a[i]! < b[i]!
}

/** EMSA-PKCS1-v1_5 in `length` octets: RFC 8017 section 9.2. */
function encode(hash: RsaHash, data: Uint8Array, length: number): Uint8Array {
  const [digest, prefix] = hashes[hash]
  const hashed = digest(data)
  const start = length - hashed.length - prefix.length / 2
  const out = new Uint8Array(length).fill(0xff)
  out[0] = 0
  out[1] = 1
  out[start - 1] = 0
  out.set(decodeHex(prefix)!, start)
  out.set(hashed, length - hashed.length)
  return out
}

/** The encoding is made anew and compared whole, so that there is no padding to be lenient about. */
function verifyPure(n: Uint8Array, e: Uint8Array, hash: RsaHash, signature: Uint8Array, data: Uint8Array): boolean {
  const opened = modPow(bytesToBigInt(signature), bytesToBigInt(e), bytesToBigInt(n))
  return equalBytes(bigIntToBytes(opened, n.length), encode(hash, data, n.length))
}

function signPure(key: RsaPrivate, hash: RsaHash, data: Uint8Array): Uint8Array {
  const [n, e, d, p, q, iqmp] = [key.n, key.e, key.d, key.p, key.q, key.iqmp].map(bytesToBigInt) as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ]
  const message = bytesToBigInt(encode(hash, data, key.n.length))
  // 64 bits more than the modulus has, so that the remainder is as good as uniform.
  const mask = bytesToBigInt(randomBytes(key.n.length + 8))
  try {
    const blind = mask % n
    const unblind = modInverse(blind, n)
    if (unblind === undefined) throw new RangeError('no blinding factor')
    // What the secret exponents meet is random, so its timing says nothing about them.
    const blinded = (message * modPow(blind, e, n)) % n
    const atP = modPow(blinded % p, d % (p - 1n), p)
    const atQ = modPow(blinded % q, d % (q - 1n), q)
    // Garner; the remainder of a negative number is made positive, as p may be the smaller prime.
    const h = ((((atP - atQ) * iqmp) % p) + p) % p
    const signature = ((atQ + h * q) * unblind) % n
    // One wrong half would give the factors of n away: RFC 8017 section 8.2 allows, Boneh-DeMillo-Lipton ask to check.
    if (modPow(signature, e, n) !== message) throw new RangeError('the result does not verify')
    return bigIntToBytes(signature, key.n.length)
  } catch (cause) {
    throw new SignerError('signer-failed', 'RSA: the private key makes no valid signature', { cause })
  }
}
