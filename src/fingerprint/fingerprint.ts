/** Fingerprints: hashes of a public key blob, as `ssh-keygen -l` prints them (sshkey.c `sshkey_fingerprint`). */

import type { Hash } from '../crypto/hash.ts'
import { FormatError } from '../errors.ts'
import { looksLikeCertificate } from '../keys/key-type.ts'
import type { PublicKey } from '../keys/public-key.ts'
import { encodeBase64 } from '../wire/base64.ts'
import { encodeHex } from '../wire/hex.ts'
import { blobType } from '../wire/public-line.ts'

/** What has a fingerprint: a public key, or what holds one (a certificate, a private key). */
export type Fingerprintable =
  | Pick<PublicKey, 'type' | 'blob'>
  | { readonly publicKey: Pick<PublicKey, 'type' | 'blob'> }

/** How to write a fingerprint. */
export interface FingerprintOptions {
  readonly hash: Hash
  /** `base64` without padding, or octets in `hex` with colons; hex where the hash is MD5, else base64. */
  readonly encoding?: 'base64' | 'hex' | undefined
}

/**
 * The hash of a key's blob, as many octets as `hash` gives; of a certificate the plain key is hashed.
 * Throws `FormatError` (`is-certificate` for a certificate blob that was not parsed as one, `bad-value`).
 *
 * @example
 * ```ts
 * import { sha256 } from 'hawser/crypto'
 * import { fingerprintBytes } from 'hawser/fingerprint'
 * import { parsePublicLine } from 'hawser/keys'
 * import { encodeBase64 } from 'hawser/wire'
 *
 * const key = parsePublicLine('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I')
 * console.log(encodeBase64(fingerprintBytes(key, sha256))) // QrrEz7fvcJ2ebxL6MfeZMIYGOSzuP4vCQqb2gUZkx0s=
 * ```
 */
export function fingerprintBytes(key: Fingerprintable, hash: Hash): Uint8Array {
  const plain = 'publicKey' in key ? key.publicKey : key
  if (looksLikeCertificate(blobType(plain.blob, plain.type))) {
    throw new FormatError('is-certificate', 'a public key expected: parse the certificate')
  }
  return hash.digest(plain.blob)
}

/** Base64 as fingerprints have it. */
function withoutPadding(base64: string): string {
  const end = base64.indexOf('=')
  return end < 0 ? base64 : base64.slice(0, end)
}

/** Octets in hexadecimal with colons between them. */
export function colonHex(bytes: Uint8Array): string {
  return encodeHex(bytes).replace(/..(?=.)/g, '$&:')
}

/**
 * The fingerprint of a key with the name of its hash, such as `SHA256:…` or `MD5:aa:bb:…`.
 * Throws `FormatError` `is-certificate` for a certificate blob that was not parsed as one, `TypeError` for another encoding.
 *
 * @example
 * ```ts
 * import { sha256 } from 'hawser/crypto'
 * import { fingerprint } from 'hawser/fingerprint'
 * import { opensshPublic, parsePublicKey } from 'hawser/formats'
 *
 * const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I'
 * const key = parsePublicKey(line, { types: [], formats: [opensshPublic] })
 * console.log(fingerprint(key, { hash: sha256 })) // SHA256:QrrEz7fvcJ2ebxL6MfeZMIYGOSzuP4vCQqb2gUZkx0s
 * ```
 */
export function fingerprint(key: Fingerprintable, options: FingerprintOptions): string {
  const { hash } = options
  const encoding = options.encoding ?? (hash.name === 'md5' ? 'hex' : 'base64')
  if (encoding !== 'hex' && encoding !== 'base64') throw new TypeError('encoding: "base64" or "hex" expected')
  const bytes = fingerprintBytes(key, hash)
  const text = encoding === 'hex' ? colonHex(bytes) : withoutPadding(encodeBase64(bytes))
  return `${hash.name.toUpperCase()}:${text}`
}
