/** ECPrivateKey: SEC 1 section C.4, RFC 5915 section 3; and the curve's parameters around it, RFC 5480 section 2.1.1. */

import type { DerReader } from '../asn1/index.ts'
import { equalBytes } from '../crypto/constant-time.ts'
import { UnsupportedError } from '../errors.ts'
import { bad, mismatch } from '../wire/expect.ts'
import { padLeft } from '../wire/octets.ts'
import { trimZeros } from '../wire/writer.ts'

/** What it holds; byte strings are views. */
export interface EcPrivateKey {
  readonly scalar: Uint8Array
  /** Named curve, dotted, where the structure says it. */
  readonly curve: string | undefined
  /** The public point, where the structure has it. */
  readonly point: Uint8Array | undefined
}

/** The next element as a named curve. Throws `UnsupportedError` `unsupported-type` for a curve spelled out. */
export function namedCurve(reader: DerReader, what: string): string {
  if (reader.next === 0x30) {
    // RFC 5480 section 2.1.1 forbids them; CVE-2020-0601 is what comes of reading them.
    throw new UnsupportedError('unsupported-type', `${what}: a curve without a name`)
  }
  return reader.oid(`${what} curve`)
}

/** Reads an ECPrivateKey. */
export function readEcPrivateKey(outer: DerReader, what: string): EcPrivateKey {
  const reader = outer.sequence(what)
  const version = reader.number(`${what} version`, 0xffff)
  if (version !== 1) throw bad(what, 'version 1')
  const scalar = reader.octetString(`${what} scalar`)
  const parameters = reader.context(0)
  const curve = parameters && namedCurve(parameters, what)
  parameters?.end(`${what} curve`)
  const publicKey = reader.context(1)
  const point = publicKey?.bitString(`${what} point`)
  publicKey?.end(`${what} point`)
  reader.end(what)
  return { scalar, curve, point }
}

/**
 * The scalar in `size` octets, a copy. Another width is a tolerance: PuTTYgen writes an integer with its sign octet,
 * OpenSSL before 1.0.2 left leading zeros out.
 */
export function ecScalar(scalar: Uint8Array, size: number, what: string): Uint8Array {
  const digits = trimZeros(scalar)
  if (digits.length > size || scalar.length > size + 1) {
    throw bad(`${what} scalar`, `${size} octets`)
  }
  return padLeft(digits, size)
}

/**
 * The public point, uncompressed. A compressed one is a tolerance (`openssl ec -conv_form compressed`): it must be that
 * of the point which `derive` computes of the scalar.
 */
export function ecPoint(
  point: Uint8Array,
  size: number,
  derive: () => Uint8Array | undefined,
  what: string,
): Uint8Array {
  if (point.length !== size + 1 || (point[0] !== 2 && point[0] !== 3)) return point
  const whole = derive()
  if (whole && point[0] === 2 + (whole.at(-1)! & 1) && equalBytes(point.subarray(1), whole.subarray(1, size + 1))) {
    return whole
  }
  throw mismatch(`${what} point`)
}
