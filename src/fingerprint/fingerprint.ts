/** Fingerprints: hashes of a public key blob, as `ssh-keygen -l` prints them (sshkey.c `sshkey_fingerprint`). */

import type { Hash } from '../crypto/hash.ts'
import { FormatError } from '../errors.ts'
import type { PublicKey } from '../keys/public-key.ts'
import { encodeBase64 } from '../wire/base64.ts'

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

/** The hash of a key's blob; of a certificate the plain key is hashed. Throws `FormatError` `is-certificate`. */
export function fingerprintBytes(key: Fingerprintable, hash: Hash): Uint8Array {
  const plain = 'publicKey' in key ? key.publicKey : key
  if (plain.type.endsWith('-cert-v01@openssh.com')) {
    throw new FormatError('is-certificate', 'a certificate has no fingerprint of its own: parse it, its key has one')
  }
  return hash.digest(plain.blob)
}

/** Octets in hexadecimal with colons between them. */
export function colonHex(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join(':')
}

/**
 * The fingerprint of a key with the name of its hash, such as `SHA256:…` or `MD5:aa:bb:…`.
 * Throws `FormatError` `is-certificate` for a certificate blob that was not parsed as one.
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
  const bytes = fingerprintBytes(key, hash)
  const text = encoding === 'hex' ? colonHex(bytes) : encodeBase64(bytes).replace(/=+$/, '')
  return `${hash.name.toUpperCase()}:${text}`
}
