/**
 * chacha20-poly1305@openssh.com (OpenSSH PROTOCOL.chacha20poly1305) as key files use it: sequence number 0, nothing
 * authenticated besides the ciphertext.
 *
 * The key has 64 octets. The first 32 key the payload; the other 32 would encrypt a packet's length and stay unused here
 * (cipher-chachapoly.c, `chachapoly_init`). ChaCha20 is the original one with a 64-bit nonce and a 64-bit counter: block 0
 * gives the Poly1305 key, the payload starts at block 1.
 */

import { poly1305 } from '@noble/ciphers/_poly1305.js'
import { chacha20orig } from '@noble/ciphers/chacha.js'
import { checkLength } from '../wire/expect.ts'
import { equalBytes } from './constant-time.ts'

function crypt(key: Uint8Array, data: Uint8Array, block: 0 | 1): Uint8Array {
  checkLength('ChaCha20 key', key, 64)
  return chacha20orig(key.subarray(0, 32), new Uint8Array(8), data, undefined, block)
}

function authenticate(key: Uint8Array, data: Uint8Array): Uint8Array {
  const once = crypt(key, new Uint8Array(32), 0)
  try {
    return poly1305(data, once)
  } finally {
    once.fill(0)
  }
}

/** Encrypts `data` under a key of 64 octets; the tag has 16. `TypeError` on a wrong length. */
export function chacha20Poly1305Seal(
  key: Uint8Array,
  data: Uint8Array,
): { readonly data: Uint8Array; readonly tag: Uint8Array } {
  const sealed = crypt(key, data, 1)
  return { data: sealed, tag: authenticate(key, sealed) }
}

/** Plaintext of what {@link chacha20Poly1305Seal} made, or `undefined` where the tag (16 octets) does not hold. */
export function chacha20Poly1305Open(key: Uint8Array, data: Uint8Array, tag: Uint8Array): Uint8Array | undefined {
  checkLength('Poly1305 tag', tag, 16)
  return equalBytes(authenticate(key, data), tag) ? crypt(key, data, 1) : undefined
}
