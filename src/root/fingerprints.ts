/** Fingerprints and randomart, with hashes by their names. */

import * as print from '../fingerprint/index.ts'
import * as keys from '../keys/index.ts'
import { encodePrivateKey, encodePublicKey } from './keys.ts'
import { type HashName, hashNamed } from './options.ts'

/**
 * The fingerprint of a public key, a private key or a certificate (whose plain key is hashed), SHA-256 by default.
 * Throws `TypeError` for a hash or an encoding that is none.
 *
 * @example
 * ```ts
 * import { fingerprint, parsePublicKey } from 'hawser'
 *
 * const key = parsePublicKey('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I')
 * console.log(fingerprint(key)) // SHA256:QrrEz7fvcJ2ebxL6MfeZMIYGOSzuP4vCQqb2gUZkx0s
 * console.log(fingerprint(key, { hash: 'md5' }).slice(0, 4)) // MD5:
 * ```
 */
export function fingerprint(
  key: print.Fingerprintable,
  options: { readonly hash?: HashName | undefined; readonly encoding?: 'base64' | 'hex' | undefined } = {},
): string {
  return print.fingerprint(key, { hash: hashNamed(options.hash ?? 'sha256'), encoding: options.encoding })
}

/**
 * Draws the randomart of a public key in 11 lines, as `ssh-keygen -lv` does. Throws `TypeError` for a hash that is none.
 *
 * @example
 * ```ts
 * import { generateKey, randomart } from 'hawser'
 *
 * const { publicKey } = await generateKey()
 * console.log(randomart(publicKey))
 * ```
 */
export function randomart(key: keys.PublicKey, options: { readonly hash?: HashName | undefined } = {}): string {
  return print.randomart(key, { hash: hashNamed(options.hash ?? 'sha256'), types: keys.allTypes })
}

/**
 * Says which form of a fingerprint of `key` a text is that somebody reads in a console, or `undefined` where it is none.
 * OpenSSH's forms, Alibaba's and AWS's Ed25519 hash the public key; AWS's imported RSA and SPKI pins its SPKI; AWS's
 * created RSA the private key, which must then be given; the thumbprint the DER of `certificate`. Throws `FormatError`
 * (`truncated`, `bad-value`, …) for a key that does not hold, `SignerError` `wiped`.
 *
 * @example
 * ```ts
 * import { matchFingerprint, parsePublicKey } from 'hawser'
 *
 * const key = parsePublicKey('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I')
 * const match = await matchFingerprint(key, 'QrrEz7fvcJ2ebxL6MfeZMIYGOSzuP4vCQqb2gUZkx0s=')
 * console.log(match?.form) // aws-ed25519
 * ```
 */
export async function matchFingerprint(
  key: keys.PublicKey | keys.PrivateKey | keys.Certificate,
  text: string,
  options: { readonly certificate?: Uint8Array | undefined } = {},
): Promise<print.FingerprintMatch | undefined> {
  const publicKey = 'publicKey' in key ? key.publicKey : key
  const mapped = keys.findType(keys.allTypes, publicKey.type)?.asn1 !== undefined
  const pkcs8 = mapped && key instanceof keys.PrivateKey ? await encodePrivateKey(key) : undefined
  try {
    return print.matchFingerprint(publicKey, text, {
      spki: mapped ? () => encodePublicKey(publicKey) : undefined,
      pkcs8,
      certificate: options.certificate,
    })
  } finally {
    pkcs8?.fill(0)
  }
}
