/** What a key management service that did not sign is to the caller. */

import { SignerError } from '../errors.ts'

/** What a service's refusal comes down to. */
export type KmsErrorCode = 'signer-denied' | 'signer-not-found' | 'signer-throttled' | 'signer-failed'

/** What the service said, as far as it said it. */
export interface KmsErrorFacts {
  /** Status of its answer (RFC 9110 section 15). */
  readonly status?: number | undefined
  /** Its own name for the error, such as `AccessDeniedException`; escaped, at most 64 characters. */
  readonly serviceCode?: string | undefined
  /** Seconds after which it may be asked again (RFC 9110 section 10.2.3), where it tells them as a number. */
  readonly retryAfter?: number | undefined
}

/**
 * A key management service did not sign, or answered otherwise than it should. Codes: `signer-denied` (who asks is not
 * known there, or may not), `signer-not-found`, `signer-throttled`, and `signer-failed` for all else. Neither message nor
 * fields hold anything of the request, and of the answer no more than {@link KmsErrorFacts}.
 */
export class KmsError extends SignerError implements KmsErrorFacts {
  readonly status: number | undefined
  readonly serviceCode: string | undefined
  readonly retryAfter: number | undefined
  constructor(code: KmsErrorCode, message: string, facts: KmsErrorFacts & { readonly cause?: unknown } = {}) {
    super(code, message, 'cause' in facts ? { cause: facts.cause } : {})
    this.status = facts.status
    this.serviceCode = facts.serviceCode
    this.retryAfter = facts.retryAfter
  }
}
