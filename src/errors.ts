/**
 * Every error that this library throws at a caller.
 *
 * A caller decides by `code`, a stable kebab-case word; the message is for people. Messages say what was
 * expected and where. They never hold key bytes or passphrases, and foreign text in them is escaped.
 * Misuse of the library itself (a wrong argument type, an unknown option) is a plain `TypeError`.
 */

/** What every error of this library has in common: a stable `code`. */
export class SshError extends Error {
  /** Stable kebab-case word to decide by. */
  readonly code: string
  constructor(code: string, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/**
 * The input is not what its format says: truncated, trailing bytes, copies that disagree.
 * Codes: `truncated`, `trailing-bytes`, `bad-encoding`, `bad-base64`, `bad-armor`, `bad-value`,
 * `bad-mac`, `type-mismatch`, `key-mismatch`, `is-certificate`, `is-private-key`, `is-public-key`, `unknown-format`.
 */
export class FormatError extends SshError {
  override readonly name = 'FormatError'
}

/** What is wrong with one line of a text file whose other lines stand: code and message of an {@link SshError}. */
export interface LineProblem {
  /** Counted from 1. */
  readonly line: number
  readonly code: string
  readonly message: string
}

/** A length, a count or a cost is above its ceiling in `Limits`. Code: `limit`. */
export class LimitError extends SshError {
  override readonly name = 'LimitError'
}

/**
 * The input is well formed, but this build, this call or this runtime cannot work with it.
 * Codes: `unsupported-type`, `unsupported-algorithm`, `unsupported-cipher`, `unsupported-kdf`, `unsupported-format`,
 * `not-extractable`, `no-random`.
 */
export class UnsupportedError extends SshError {
  override readonly name = 'UnsupportedError'
}

/** A passphrase is missing or wrong. Codes: `passphrase-required`, `passphrase-wrong`. */
export class PassphraseError extends SshError {
  override readonly name = 'PassphraseError'
  /** The public key, where the file tells it in clear. */
  readonly publicKey: { readonly type: string; readonly blob: Uint8Array; readonly comment: string } | undefined
  constructor(
    code: 'passphrase-required' | 'passphrase-wrong',
    message: string,
    options?: {
      readonly cause?: unknown
      readonly publicKey?: { readonly type: string; readonly blob: Uint8Array; readonly comment: string } | undefined
    },
  ) {
    super(code, message, options)
    this.publicKey = options?.publicKey
  }
}

/**
 * A signature or a certificate was refused.
 * Codes of signatures: `bad-signature`, `algorithm-not-allowed`; of security keys also `touch-required`,
 * `pin-required`. Codes of certificates besides the first two:
 * `wrong-kind`, `unknown-authority`, `not-yet-valid`, `expired`, `principal`, `critical-option`,
 * `source-address`, `revoked`. Codes of messages besides: `namespace`, `unknown-signer`, and of git's objects
 * `unsigned`; of logins besides: `unknown-key`, `force-command`.
 */
export class VerificationError extends SshError {
  override readonly name = 'VerificationError'
}

/**
 * A private key was used after `wipe()`, or a signer did not do what it was asked. Codes: `wiped`, `signer-failed`, and
 * of key management services `signer-denied`, `signer-not-found`, `signer-throttled`.
 */
export class SignerError extends SshError {
  override readonly name = 'SignerError'
}

/**
 * A certificate authority refused a request, or what asked it went wrong on the way. Codes of refusals:
 * `unauthenticated`, `forbidden`, `bad-request`, `bad-proof`, `replayed`, `rate-limited`, `too-large`, `not-found`,
 * `method-not-allowed`, `unavailable`, `internal`; of a client besides: `bad-answer`, `unreachable`, `login-failed`,
 * `login-required`.
 */
export class AuthorityError extends SshError {
  override readonly name = 'AuthorityError'
  /** Seconds after which to try again, where the authority says so. */
  readonly retryAfter: number | undefined
  constructor(
    code: string,
    message: string,
    options?: { readonly cause?: unknown; readonly retryAfter?: number | undefined },
  ) {
    super(code, message, options)
    this.retryAfter = options?.retryAfter
  }
}
