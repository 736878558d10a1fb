/** A public key's blob (RFC 4253 section 6.6) bare: its octets; as text, their base64, which is written only. */

import { decodePublicKey } from '../keys/public-key.ts'
import { encodeBase64 } from '../wire/base64.ts'
import type { PublicFormat } from './format.ts'

/** Whether the octets begin as a blob does: the length of a type name, and its first character. */
function isBlob(bytes: Uint8Array): boolean {
  const [a, b, c, length = 0, first = 0] = bytes
  return a === 0 && b === 0 && c === 0 && length > 0 && length <= 64 && first > 0x20 && first < 0x7f
}

/** The bare blob. */
export const raw: PublicFormat = {
  name: 'raw',
  // Base64 without a type before it is not taken: OpenSSH refuses it, and it could be anything.
  recognise: (source) => isBlob(source.bytes),
  parse: (source, options) => decodePublicKey(source.bytes, options),
  format: (key) => `${encodeBase64(key.blob)}\n`,
  encode: (key) => new Uint8Array(key.blob),
}
