/** The shape of an OpenSSH certificate (draft-miller-ssh-cert section 2). Reading and judging it is `cert/`. */

import type { PublicKey } from './public-key.ts'
import type { Signature } from './signature.ts'

/** One critical option or extension. */
export interface CertificateOption {
  readonly name: string
  /** The raw outer value: empty for a flag, else a nested string for the options that OpenSSH knows. */
  readonly data: Uint8Array
}

/** A certificate. Its bytes are kept as they came; `publicKey` and `authority` carry their own. */
export interface Certificate {
  /** Type name of the certificate, such as `ssh-ed25519-cert-v01@openssh.com`. */
  readonly type: string
  /** The whole blob. */
  readonly blob: Uint8Array
  /** Octets of the blob that the authority signed, counted from its start. */
  readonly signedLength: number
  /** Comment of the line it came from. */
  readonly comment: string
  readonly kind: 'user' | 'host'
  readonly nonce: Uint8Array
  /** The plain key that it certifies. */
  readonly publicKey: PublicKey
  readonly serial: bigint
  /** Lossless text, see `decodeText`. */
  readonly keyId: string
  readonly principals: readonly string[]
  /** Unix seconds; valid from here on. 0 is always. */
  readonly validAfter: bigint
  /** Unix seconds; no longer valid from here on. 2^64 - 1 is forever. */
  readonly validBefore: bigint
  readonly criticalOptions: readonly CertificateOption[]
  readonly extensions: readonly CertificateOption[]
  readonly reserved: Uint8Array
  /** The key that signed it. */
  readonly authority: PublicKey
  readonly signature: Signature
}

/** Says why a key or a certificate is revoked, or nothing where it is not. */
export type Revocation = (subject: PublicKey | Certificate) => string | undefined | Promise<string | undefined>
