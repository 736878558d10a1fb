/** Hash functions as values: MD5 (RFC 1321), SHA-1 and SHA-2 (FIPS 180-4). Whoever uses one does not carry the others. */

import { md5 as nobleMd5, sha1 as nobleSha1 } from '@noble/hashes/legacy.js'
import { sha384 as nobleSha384, sha512 as nobleSha512 } from '@noble/hashes/sha2.js'
import { digestSha256 } from './sha256.ts'

/** One hash function. */
export interface Hash {
  /** Its name in lower case, as `ssh-keygen -E` takes it. */
  readonly name: string
  /** Octets of a digest. */
  readonly length: number
  /** The digest of `data`. */
  digest(data: Uint8Array): Uint8Array
}

/** MD5, 16 octets; for old fingerprints and old key files. */
export const md5: Hash = { name: 'md5', length: 16, digest: (data) => nobleMd5(data) }

/** SHA-1, 20 octets; for old fingerprints and signatures asked for by name. */
export const sha1: Hash = { name: 'sha1', length: 20, digest: (data) => nobleSha1(data) }

/** SHA-256, 32 octets. */
export const sha256: Hash = { name: 'sha256', length: 32, digest: digestSha256 }

/** SHA-384, 48 octets. */
export const sha384: Hash = { name: 'sha384', length: 48, digest: (data) => nobleSha384(data) }

/** SHA-512, 64 octets. */
export const sha512: Hash = { name: 'sha512', length: 64, digest: (data) => nobleSha512(data) }
