/**
 * Arithmetic of large integers for RSA where WebCrypto does not do it: I2OSP and OS2IP of RFC 8017 section 4, powers
 * and inverses.
 *
 * A BigInt can be neither wiped nor computed with in constant time. Where it holds a secret, its user blinds.
 */

/** The unsigned big-endian integer in `bytes`. */
export function bytesToBigInt(bytes: Uint8Array): bigint {
  // Chunks of 64 bits take half the time of BigInt('0x…') for 2048 bits.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = bytes.length % 8
  let value = 0n
  for (let i = 0; i < at; i++) value = (value << 8n) | BigInt(bytes[i]!)
  for (; at < bytes.length; at += 8) value = (value << 64n) | view.getBigUint64(at)
  return value
}

/** `value` (not negative) as big-endian octets: `length` of them (higher ones are dropped), or as few as hold it. */
export function bigIntToBytes(value: bigint, length: number = Math.ceil(bitLength(value) / 8)): Uint8Array {
  const padded = new Uint8Array(Math.ceil(length / 8) * 8)
  const view = new DataView(padded.buffer)
  let rest = value
  for (let at = padded.length - 8; at >= 0; at -= 8) {
    view.setBigUint64(at, BigInt.asUintN(64, rest))
    rest >>= 64n
  }
  const out = padded.slice(padded.length - length)
  padded.fill(0)
  return out
}

/** How many bits a big-endian magnitude without leading zeros has; 0 for none. */
export function magnitudeBits(bytes: Uint8Array): number {
  return bytes.length && bytes.length * 8 - Math.clz32(bytes[0]!) + 24
}

/** How many bits `value` (not negative) has; 0 for 0. */
export function bitLength(value: bigint): number {
  if (value === 0n) return 0
  const hex = value.toString(16)
  return hex.length * 4 - Math.clz32(Number.parseInt(hex[0]!, 16)) + 28
}

/** `base` to the power of `exponent`, modulo `modulus`; all positive. */
export function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  // Four bits at a time save a fifth; a short public exponent would not earn the table back.
  const radix = exponent >> 128n ? 16 : 2
  const powers = [1n]
  for (let i = 1; i < radix; i++) powers.push((powers[i - 1]! * base) % modulus)
  let result = 1n
  for (const digit of exponent.toString(radix)) {
    for (let i = 1; i < radix; i *= 2) result = (result * result) % modulus
    if (digit !== '0') result = (result * powers[Number.parseInt(digit, radix)]!) % modulus
  }
  return result
}

/** The inverse of `value` modulo `modulus`; `undefined` where they share a factor. */
export function modInverse(value: bigint, modulus: bigint): bigint | undefined {
  // Euclid: a ≡ x·value and b ≡ y·value at every step.
  let [a, b, x, y] = [((value % modulus) + modulus) % modulus, modulus, 1n, 0n]
  while (a > 0n) {
    const quotient = b / a
    ;[a, b] = [b - quotient * a, a]
    ;[x, y] = [y - quotient * x, x]
  }
  return b === 1n ? ((y % modulus) + modulus) % modulus : undefined
}
