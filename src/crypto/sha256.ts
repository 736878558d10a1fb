/**
 * SHA-256: FIPS 180-4, section 6.2.
 *
 * Written here for speed alone: most of what a fingerprint costs is the hash of one or two blocks, and noble's hash
 * objects double it. Tested against noble's for every length around the block's. It is for what is public: secrets are
 * hashed with noble's, which wipes its scratch.
 */

import { once } from './once.ts'

/**
 * Section 4.2.2: the first 32 bits behind the point of the cube roots of the first 64 primes. Computed, because random
 * digits do not compress; a double has 18 bits more than are needed.
 */
function roundConstants(): Int32Array {
  const primes: number[] = []
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime)) primes.push(n)
  return Int32Array.from(primes, (prime) => (Math.cbrt(prime) % 1) * 2 ** 32)
}

const constants = /* @__PURE__ */ once(roundConstants)

/** The SHA-256 of `data`, 32 octets. */
export function digestSha256(data: Uint8Array): Uint8Array {
  const K = constants()
  const { length } = data
  // Of the 64 words of the schedule the last 16 are kept: an array of 64 octets is cheap to make, a larger one is not.
  const w = new Int32Array(16)
  // Section 5.3.3; variables, because V8 keeps them in registers.
  let h0 = 0x6a09e667
  let h1 = 0xbb67ae85 | 0
  let h2 = 0x3c6ef372
  let h3 = 0xa54ff53a | 0
  let h4 = 0x510e527f
  let h5 = 0x9b05688c | 0
  let h6 = 0x1f83d9ab
  let h7 = 0x5be0cd19
  // Behind the data stand 0x80, zeros, and its length in bits as 64 bits, to whole blocks (section 5.1.1).
  const last = (length + 8) >> 6
  for (let block = 0, at = 0; block <= last; block++) {
    for (let i = 0; i < 16; i++, at += 4) {
      const whole = at + 4 <= length
      w[i] = whole
        ? (data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!
        : endWord(data, at)
    }
    if (block === last) {
      w[14] = Math.floor(length / 2 ** 29)
      w[15] = length << 3
    }
    let a = h0
    let b = h1
    let c = h2
    let d = h3
    let e = h4
    let f = h5
    let g = h6
    let h = h7
    for (let i = 0; i < 64; i++) {
      if (i > 15) {
        const x = w[(i - 15) & 15]!
        const y = w[(i - 2) & 15]!
        const r0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
        const r1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
        w[i & 15] = (w[i & 15]! + r0 + w[(i - 7) & 15]! + r1) | 0
      }
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
      const t1 = (h + s1 + (g ^ (e & (f ^ g))) + K[i]! + w[i & 15]!) | 0
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
      const t2 = (s0 + ((a & b) | (c & (a | b)))) | 0
      h = g
      g = f
      f = e
      e = (d + t1) | 0
      d = c
      c = b
      b = a
      a = (t1 + t2) | 0
    }
    h0 = (h0 + a) | 0
    h1 = (h1 + b) | 0
    h2 = (h2 + c) | 0
    h3 = (h3 + d) | 0
    h4 = (h4 + e) | 0
    h5 = (h5 + f) | 0
    h6 = (h6 + g) | 0
    h7 = (h7 + h) | 0
  }
  const out = new Uint8Array(32)
  let at = 0
  for (const word of [h0, h1, h2, h3, h4, h5, h6, h7]) {
    for (let shift = 24; shift >= 0; shift -= 8) out[at++] = word >>> shift
  }
  return out
}

/** The word at the end of the data: what is left of it, then 0x80, then zeros. */
function endWord(data: Uint8Array, at: number): number {
  let word = 0
  for (let i = at; i < at + 4; i++) word = (word << 8) | (i < data.length ? data[i]! : i === data.length ? 0x80 : 0)
  return word
}
