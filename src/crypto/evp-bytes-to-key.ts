/** The key derivation of encrypted PEM blocks: OpenSSL's EVP_BytesToKey (crypto/evp/evp_key.c) with MD5 and one round. */

import { md5 } from '@noble/hashes/legacy.js'

/**
 * `length` octets from a passphrase and a salt: D1 = MD5(passphrase, salt), Dn = MD5(Dn-1, passphrase, salt). One round
 * of MD5 keeps nobody from guessing: it opens old files, and is a poor choice for new ones.
 */
export function evpBytesToKey(passphrase: Uint8Array, salt: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length)
  let last: Uint8Array = new Uint8Array(0)
  for (let at = 0; at < length; at += 16) {
    const digest = md5.create().update(last).update(passphrase).update(salt).digest()
    last.fill(0)
    last = digest
    out.set(last.subarray(0, length - at), at)
  }
  last.fill(0)
  return out
}
