/** What the everyday functions share: names of hashes, and options that every parser takes. */

import { type Hash, md5, sha1, sha256, sha384, sha512 } from '../crypto/hash.ts'
import type { Limits } from '../limits.ts'

/** The names of hashes that fingerprints are made with. */
export type HashName = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512'

/** An option that every parser takes: ceilings to put over the default ones. */
export interface ParseOptions {
  readonly limits?: Partial<Limits> | undefined
}

const hashes: readonly Hash[] = [md5, sha1, sha256, sha384, sha512]

/** The hash of that name. Throws `TypeError`. */
export function hashNamed(name: HashName): Hash {
  const hash = hashes.find((h) => h.name === name)
  if (!hash) throw new TypeError(`hash: ${hashes.map((h) => h.name).join(', ')} expected`)
  return hash
}
