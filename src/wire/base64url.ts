/** Base64url without padding: RFC 4648 section 5, as JWK and JWT have it (RFC 7515 section 2). */

import { FormatError } from '../errors.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'

/** Octets as base64url. */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** The octets of base64url. Throws `FormatError` `bad-base64`. */
export function decodeBase64Url(text: string, what: string): Uint8Array {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) {
    throw new FormatError('bad-base64', `${what}: base64url without padding expected`)
  }
  const base64 = text.replaceAll('-', '+').replaceAll('_', '/')
  return decodeBase64(base64.padEnd(Math.ceil(base64.length / 4) * 4, '='), what)
}
