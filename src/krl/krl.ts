/** A key revocation list as plain data (OpenSSH's PROTOCOL.krl, section 1), made for fast look-ups. */

import type { PublicKey } from '../keys/public-key.ts'
import { latin1 } from '../wire/text.ts'
import type { SerialRanges } from './serials.ts'

/** "SSHKRL\n\0": what a KRL begins with. */
export const MAGIC = 'SSHKRL\n\0'

/** The one version of the format. */
export const FORMAT_VERSION = 1

/** Types of sections (sections 1 and 2). */
export const section = {
  certificates: 1,
  key: 2,
  sha1: 3,
  signature: 4,
  sha256: 5,
  extension: 255,
  serialList: 0x20,
  serialRange: 0x21,
  serialBitmap: 0x22,
  keyId: 0x23,
  certificateExtension: 0x39,
} as const

/** An extension that may be ignored (sections 2.5 and 5); none is known, and a list with a critical one is refused. */
export interface KrlExtension {
  readonly name: string
  readonly data: Uint8Array
}

/** A signature of the list as it stands there, not verified: `parseSignedKrl` does that. */
export interface KrlSignature {
  /** Blob of the key that is said to have made it. */
  readonly publicKey: Uint8Array
  /** Blob of the signature. */
  readonly signature: Uint8Array
  /** Octets of the file that it signs, counted from the start. */
  readonly signedLength: number
}

/** The certificates of one authority that are revoked (section 2). */
export interface RevokedCertificates {
  /** `null`: whatever authority signed them. */
  readonly authority: PublicKey | null
  readonly serials: SerialRanges
  /** Lossless text, see `decodeText`. */
  readonly keyIds: ReadonlySet<string>
  readonly extensions: readonly KrlExtension[]
}

/** A revocation list. "Octet text" is bytes as characters U+0000 to U+00FF. */
export interface Krl {
  /** A number that grows with each change of the list. */
  readonly version: bigint
  /** Unix seconds. */
  readonly generatedAt: bigint
  readonly flags: bigint
  readonly comment: string
  /** By the octet text of the authority's blob, which is empty for every authority. */
  readonly authorities: ReadonlyMap<string, RevokedCertificates>
  /** Blobs of revoked keys, octet text. */
  readonly keys: ReadonlySet<string>
  /** SHA-1 hashes of blobs, octet text. */
  readonly sha1: ReadonlySet<string>
  /** SHA-256 hashes of blobs, octet text. */
  readonly sha256: ReadonlySet<string>
  readonly extensions: readonly KrlExtension[]
  /** Empty in nearly all lists; a list that is written anew has none. */
  readonly signatures: readonly KrlSignature[]
}

/** The key of `authorities` for that authority. */
export function authorityName(authority: PublicKey | null): string {
  return authority ? latin1(authority.blob) : ''
}
