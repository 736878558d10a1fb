/** Numbers and wire forms for `make-edge.ts`, without the library; and the list of its cases. */
import { createHash } from 'node:crypto'
import { concat, hex, toHex, utf8 } from '../../support/bytes.ts'
import type { EdgeCase } from '../cases/edge.ts'

/** A hash by Node. */
export const sha = (name: string, ...parts: Uint8Array[]): Uint8Array =>
  new Uint8Array(
    createHash(name)
      .update(concat(...parts))
      .digest(),
  )

/** Four octets, big-endian. */
export const u32 = (value: number): Uint8Array => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
/** `string` of RFC 4251. */
export const string = (value: Uint8Array | string): Uint8Array => {
  const bytes = typeof value === 'string' ? utf8(value) : value
  return concat(u32(bytes.length), bytes)
}
/** A number of octets, big-endian. */
export const big = (bytes: Uint8Array): bigint => (bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`))
/** Octets of a number, fixed width. */
export const bytesOf = (value: bigint, length: number): Uint8Array => hex(value.toString(16).padStart(2 * length, '0'))
/** The mpint of RFC 4251, without its length. */
export function mpint(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array(0)
  const digits = value.toString(16)
  const bytes = hex(digits.length % 2 ? `0${digits}` : digits)
  return bytes[0]! & 0x80 ? concat(Uint8Array.of(0), bytes) : bytes
}
/** Little-endian, 32 octets. */
export const le = (value: bigint): Uint8Array => bytesOf(value, 32).reverse()
/** The way back. */
export const fromLe = (bytes: Uint8Array): bigint => big(bytes.slice().reverse())
/** The remainder that is not negative. */
export const mod = (value: bigint, modulus: bigint): bigint => ((value % modulus) + modulus) % modulus
/** base^exponent mod modulus. */
export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (let b = mod(base, modulus), e = exponent; e > 0n; e >>= 1n, b = (b * b) % modulus) {
    if (e & 1n) result = (result * b) % modulus
  }
  return result
}

/** Message of an SSHSIG over `text`. */
export const signed = (text: string): Uint8Array =>
  concat(utf8('SSHSIG'), string('file'), string(''), string('sha512'), string(sha('sha512', utf8(text))))
/** What is signed where nothing else is said. */
export const TEXT = 'a message at the edge'

/** All cases so far, each with the text under its signature. */
export const cases: (EdgeCase & { text: string })[] = []
/** Adds a case. */
export function add(
  group: string,
  name: string,
  key: Uint8Array,
  signature: Uint8Array,
  verdict: string,
  more: { text?: string; why?: string } = {},
): void {
  const { text = TEXT, why } = more
  const entry = { group, name, key: toHex(key), data: toHex(signed(text)), signature: toHex(signature), verdict, text }
  cases.push(why ? { ...entry, why } : entry)
}
