/** What an authority tells of each request: one entry for each certificate and for each refusal. */

import type { Ask } from './statement.ts'

/** One request and how it ended: plain data, without the token and the signatures. Its texts may be foreign. */
export interface RequestRecord {
  /** Unix seconds. */
  readonly time: number
  readonly outcome: 'issued' | 'refused'
  readonly kind: 'user' | 'host'
  /** The caller's address, as the authority's rules on proxies find it. */
  readonly address?: string | undefined
  /** Who asked, once the token held. */
  readonly identity?: string | undefined
  readonly issuer?: string | undefined
  readonly subject?: string | undefined
  /** How they proved it. */
  readonly method?: string | undefined
  /** What was asked for, once the proof held. */
  readonly ask?: Ask | undefined
  /** SHA256 fingerprint of the key to certify, once the proof held. */
  readonly publicKey?: string | undefined
  /** Of a refusal: what the answer says. */
  readonly code?: string | undefined
  readonly message?: string | undefined
  /** Of a refusal: what was behind it, which the answer does not say. Escaped. */
  readonly cause?: string | undefined
  /** Of a certificate, decimal. */
  readonly serial?: string | undefined
  readonly keyId?: string | undefined
  readonly principals?: readonly string[] | undefined
  /** Unix seconds. */
  readonly validAfter?: number | undefined
  readonly validBefore?: number | undefined
  readonly sourceAddresses?: readonly string[] | undefined
  readonly forceCommand?: string | undefined
  /** Names of the extensions. */
  readonly permissions?: readonly string[] | undefined
}

/**
 * Takes an entry. It is waited for: where it throws, the certificate is not handed out. A refusal is answered all the
 * same.
 */
export type Recorder = (entry: RequestRecord) => unknown
