/**
 * RSA key generation: by WebCrypto, else after FIPS 186-5 appendix A.1.3 (probable primes).
 *
 * Choices of the second path: e = 65537; both primes have their top two bits set, so that n has exactly the bits asked
 * for; |p − q| above 2^(bits/2 − 100); d = e⁻¹ modulo lcm(p−1, q−1), as FIPS 186-5 wants (OpenSSH takes any valid d);
 * p > q. Candidates are sieved upwards from a random start, which FIPS 186-5 does not do, but OpenSSL does too.
 */

import { defaultLimits } from '../limits.ts'
import { outsideSizes } from '../wire/expect.ts'
import { bigIntToBytes, bitLength, bytesToBigInt, magnitudeBits, modInverse } from './bigint.ts'
import { unwrapRsa } from './pkcs8-der.ts'
import { type AbortSignalLike, HEARTBEAT_MS, pause, throwIfAborted, type WorkOptions, watched } from './progress.ts'
import { type Random, randomBytes } from './random.ts'
import type { RsaPrivate } from './rsa.ts'
import { subtleGenerate } from './webcrypto.ts'

/**
 * A new key of exactly `bits` bits, with e = 65537. Progress counts milliseconds. Abort rejects at once with
 * `signal.reason`; what the platform still computes is dropped. With `random` handed in, the primes come from it.
 * `LimitError` outside of 1024 to 16384 bits.
 */
export async function generateRsa(
  bits: number,
  options: WorkOptions & { readonly random?: Random | undefined } = {},
): Promise<RsaPrivate> {
  const { rsaBitsMin, rsaBitsMax } = defaultLimits
  if (!Number.isInteger(bits)) throw new TypeError('bits: a whole number expected')
  if (bits < rsaBitsMin || bits > rsaBitsMax) throw outsideSizes('RSA', bits, rsaBitsMin, rsaBitsMax)
  const { signal, onProgress } = options
  throwIfAborted(signal)
  const started = Date.now()
  const beat = onProgress && (() => onProgress({ work: 'rsa', done: Date.now() - started }))
  const made = options.random ? undefined : await watched(generateHere(bits, signal), signal, beat)
  return made ?? generatePure(bits, options)
}

/** A key of the platform; `undefined` where it cannot, or where it rounds the size. */
function generateHere(bits: number, signal: AbortSignalLike | undefined): Promise<RsaPrivate | undefined> {
  const publicExponent = Uint8Array.of(1, 0, 1)
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', modulusLength: bits, publicExponent, hash: 'SHA-256' }
  const read = (pkcs8: Uint8Array): RsaPrivate | undefined => {
    const fields = unwrapRsa(pkcs8)
    if (!fields) return undefined
    const [n, e, d, p, q, dp, dq, iqmp] = fields
    for (const spare of [dp, dq]) spare.fill(0)
    return magnitudeBits(n) === bits ? { n, e, d, p, q, iqmp } : undefined
  }
  return subtleGenerate(algorithm, read, signal)
}

async function generatePure(
  bits: number,
  { random = randomBytes, ...work }: WorkOptions & { readonly random?: Random | undefined },
): Promise<RsaPrivate> {
  const breathe = breather(work)
  const sieve = smallPrimes()
  const e = 65537n
  for (;;) {
    const one = await prime(Math.ceil(bits / 2), e, sieve, random, breathe)
    const two = await prime(Math.floor(bits / 2), e, sieve, random, breathe)
    const [p, q] = one > two ? [one, two] : [two, one]
    if (bitLength(p - q) <= (bits >> 1) - 100) continue
    const lambda = ((p - 1n) * (q - 1n)) / gcd(p - 1n, q - 1n)
    const d = modInverse(e, lambda)
    const iqmp = modInverse(q, p)
    // FIPS 186-5 A.1.1: a d that is too small is thrown away with its primes; one in 2^(bits/2) is.
    if (d === undefined || iqmp === undefined || bitLength(d) <= bits >> 1) continue
    return {
      n: bigIntToBytes(p * q),
      e: bigIntToBytes(e),
      d: bigIntToBytes(d),
      p: bigIntToBytes(p),
      q: bigIntToBytes(q),
      iqmp: bigIntToBytes(iqmp),
    }
  }
}

/** Lets the event loop run, tells progress and looks for an abort, now and then; otherwise costs a look at the clock. */
function breather({ onProgress, signal }: WorkOptions): () => Promise<void> | undefined {
  const started = Date.now()
  let paused = started
  let beaten = started
  return () => {
    const now = Date.now()
    // 12 ms leave a display its frames.
    if (now - paused < 12) return undefined
    return pause(signal).then(() => {
      paused = Date.now()
      if (paused - beaten < HEARTBEAT_MS) return
      beaten = paused
      onProgress?.({ work: 'rsa', done: paused - started })
    })
  }
}

/** The odd primes below 2¹⁵. */
function smallPrimes(): readonly number[] {
  const composite = new Uint8Array(1 << 15)
  const primes: number[] = []
  for (let i = 3; i < composite.length; i += 2) {
    if (composite[i]) continue
    primes.push(i)
    for (let j = i * i; j < composite.length; j += 2 * i) composite[j] = 1
  }
  return primes
}

/** Odd numbers looked at from one random start. */
const WINDOW = 4096

/** A probable prime of `bits` bits with its top two set, where e does not divide p − 1. */
async function prime(
  bits: number,
  e: bigint,
  sieve: readonly number[],
  random: Random,
  breathe: () => Promise<void> | undefined,
): Promise<bigint> {
  // FIPS 186-5 table B.1: 5 rounds for 1024 bits (error below 2^-112), 4 above; below 1024 bits more are needed.
  const rounds = bits < 1024 ? 8 : 5
  const low = 3n << BigInt(bits - 2)
  for (;;) {
    const bytes = random(Math.ceil(bits / 8))
    const start = low | BigInt.asUintN(bits - 2, bytesToBigInt(bytes)) | 1n
    bytes.fill(0)
    const composite = new Uint8Array(WINDOW)
    for (const small of sieve) {
      // The first i where start + 2i is a multiple: half of −start, or of small − start, modulo small.
      const rest = small - Number(start % BigInt(small))
      for (let i = ((rest & 1 ? rest + small : rest) / 2) % small; i < WINDOW; i += small) composite[i] = 1
    }
    for (let i = 0; i < WINDOW; i++) {
      if (composite[i]) continue
      const candidate = start + BigInt(2 * i)
      if (candidate >> BigInt(bits)) break
      if ((candidate - 1n) % e !== 0n && (await isProbablePrime(candidate, rounds, random, breathe))) return candidate
    }
  }
}

/** Miller-Rabin: FIPS 186-5 appendix B.3.1; base 2 first, because it is cheap, then `rounds` random bases. */
async function isProbablePrime(
  n: bigint,
  rounds: number,
  random: Random,
  breathe: () => Promise<void> | undefined,
): Promise<boolean> {
  let twos = 0
  while (!(((n - 1n) >> BigInt(twos)) & 1n)) twos++
  const exponent = ((n - 1n) >> BigInt(twos)).toString(2)
  for (let round = 0; round <= rounds; round++) {
    const base = round ? 2n + (bytesToBigInt(random(Math.ceil(exponent.length / 8) + 16)) % (n - 3n)) : 2n
    let power = 1n
    for (const bit of exponent) {
      power = (power * power) % n
      if (bit === '1') power = (power * base) % n
      const breath = breathe()
      if (breath) await breath
    }
    for (let i = 1; i < twos && power !== 1n && power !== n - 1n; i++) {
      power = (power * power) % n
      if (power === 1n) return false
    }
    if (power !== n - 1n && power !== 1n) return false
  }
  return true
}

function gcd(a: bigint, b: bigint): bigint {
  while (b) [a, b] = [b, a % b]
  return a
}
