/** What the page and its worker say to each other. One worker does one piece of work and is then ended. */

import type { KeyAlias, Progress } from 'hawser'

/** A private key's container, by the names of the form. */
export type Container = 'openssh' | 'pem' | 'ppk'

/** Make a key. The passphrase is handed over, and wiped where it arrives. */
export interface GenerateJob {
  readonly job: 'generate'
  readonly type: KeyAlias
  readonly bits: number | undefined
  readonly comment: string
  readonly container: Container
  readonly passphrase: Uint8Array | undefined
  /** How many times the usual cost of a guess. */
  readonly cost: number
}

/** Say what a file is, and what is inside where it is a private key and a passphrase is there. */
export interface IdentifyJob {
  readonly job: 'identify'
  readonly file: Blob
  readonly passphrase: Uint8Array | undefined
}

/** A new key. */
export interface Made {
  /** The private file; its owner wipes it. */
  readonly privateFile: Uint8Array
  readonly publicLine: string
  readonly fingerprint: string
  readonly randomart: string
  /** Such as `ED25519, 256 bits`. */
  readonly title: string
  /** How the private file is encrypted, in words. */
  readonly encryption: string
}

/** A label and what stands beside it; foreign text in them is escaped. */
export type Row = readonly [label: string, ...values: readonly string[]]

/** What a file is. */
export interface Told {
  readonly title: string
  readonly rows: readonly Row[]
  readonly randomart: string | undefined
  readonly fingerprint: string | undefined
  /** Whether a passphrase would tell more. */
  readonly locked: boolean
}

/** What the worker says. */
export type Reply =
  | { readonly progress: Progress }
  | { readonly made: Made }
  | { readonly told: Told }
  | { readonly error: { readonly code: string; readonly message: string } }
