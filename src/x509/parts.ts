/** What goes into a certificate, in types of this library: RFC 5280 section 4.1. */

import type { NameEntry } from '../formats/distinguished-name.ts'
import type { SignatureIdentifier } from './signature-algorithm.ts'

/** An extension: its type, dotted, and the DER of its value. */
export interface CertificateExtension {
  readonly oid: string
  readonly critical?: boolean | undefined
  readonly value: Uint8Array
}

/** What a certificate holds. */
export interface CertificateParts {
  /** Magnitude, big-endian. */
  readonly serial: Uint8Array
  readonly signature: SignatureIdentifier
  readonly name: readonly NameEntry[]
  readonly notBefore: Date
  readonly notAfter: Date
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  readonly extensions: readonly CertificateExtension[]
}
