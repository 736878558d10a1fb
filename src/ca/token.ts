/** Tokens that say who asks (RFC 6750), and where they come from. Kept in memory alone. */

import type { AbortSignalLike } from '../crypto/progress.ts'
import { AuthorityError, SshError } from '../errors.ts'
import { decodeBase64Url } from '../wire/base64url.ts'
import { decodeText } from '../wire/text.ts'
import { TOKEN_LENGTH } from './protocol.ts'
import { singleFlight } from './single-flight.ts'

/** A token. */
export interface Token {
  /** Secret. */
  readonly token: string
  /** Unix seconds; where nobody knows, it is used until the authority refuses it. */
  readonly expires?: number | undefined
}

/** How a token is asked for. */
export interface TokenRequest {
  /** Gives up: nobody waits for it any more. */
  readonly signal?: AbortSignalLike | undefined
  /** All was forgotten since the last one: nothing of an earlier login may give it (a refresh token). */
  readonly anew?: boolean | undefined
}

/** Gets a token, by whatever it takes: a person in a browser, a program. Throws `AuthorityError` `login-failed`. */
export type TokenSource = (request: TokenRequest) => Promise<Token>

/** The token in use. */
export interface Tokens {
  /** The one that is there, or a new one from the source; those who ask at the same time get the same. */
  get(request?: TokenRequest): Promise<Token>
  /** Takes a token that somebody else got. */
  accept(token: Token): void
  /** Drops the token: that one alone, where it is given. */
  forget(token?: string): void
}

/** Seconds before its end at which a token is no longer sent: it has a way to go, and clocks differ. */
const LEEWAY = 10

/**
 * Reads a token (RFC 6750 section 2.1) as a program or a file gives it: white space around it is dropped; of a JWT it
 * tells the end, in unix seconds, unverified. `from` says in the message where the text came from. Throws
 * `AuthorityError` `login-failed`, which tells nothing of the text.
 *
 * @example
 * ```ts
 * import { readToken } from 'hawser/ca'
 *
 * const { token, expires } = readToken('a-token\n', 'standard input')
 * console.log(token, expires) // a-token undefined
 * ```
 */
export function readToken(text: string, from: string): Token {
  const token = text.trim()
  // RFC 6750 section 2.1, `b64token`.
  if (token.length > TOKEN_LENGTH || !/^[\w.~+/-]+=*$/.test(token)) {
    const found = token === '' ? 'nothing' : `${token.length} characters that are none`
    throw new AuthorityError('login-failed', `${from}: a token expected, ${found} found`)
  }
  return { token, expires: tokenExpiry(token) }
}

/**
 * When a token ends by its own word, where it is a JWT (RFC 7519 section 4.1.4): unix seconds. A hint; nothing of the
 * token is verified.
 */
export function tokenExpiry(token: string): number | undefined {
  try {
    const [, payload = '', signature] = token.split('.')
    if (signature === undefined) return undefined
    const { exp } = Object(JSON.parse(decodeText(decodeBase64Url(payload, 'token')))) as { readonly exp?: unknown }
    return typeof exp === 'number' && Number.isFinite(exp) ? Math.floor(exp) : undefined
  } catch (error) {
    if (error instanceof SshError || error instanceof SyntaxError) return undefined
    throw error
  }
}

/**
 * A source whose token is reused until it ends. Without a source, a token must be handed in, and `get` throws
 * `AuthorityError` `login-required` else.
 *
 * @example
 * ```ts
 * import { keepTokens, readToken } from 'hawser/ca'
 *
 * let asked = 0
 * const tokens = keepTokens(async () => readToken(`token-${++asked}`, 'example'))
 * console.log((await tokens.get()).token, (await tokens.get()).token) // token-1 token-1
 * ```
 */
export function keepTokens(
  source: TokenSource | undefined,
  options: {
    /** Milliseconds since 1970. */
    readonly clock?: (() => number) | undefined
  } = {},
): Tokens {
  const { clock = Date.now } = options
  let kept: Token | undefined
  /** How often all was forgotten: what comes later is not kept. */
  let forgotten = 0
  /** The same when the source last gave a token that was kept. */
  let known = 0
  const fresh = singleFlight(async (signal) => {
    if (!source) throw new AuthorityError('login-required', 'nobody is logged in: "hawser login" does it')
    const before = forgotten
    const token = await source({ signal, anew: before !== known })
    if (before === forgotten) {
      kept = token
      known = before
    }
    return token
  })
  return {
    async get({ signal } = {}) {
      if (kept?.expires !== undefined && kept.expires - LEEWAY <= clock() / 1000) kept = undefined
      return kept ?? fresh(signal)
    },
    accept(token) {
      kept = token
    },
    forget(token) {
      if (token === undefined) forgotten++
      if (token === undefined || kept?.token === token) kept = undefined
    },
  }
}
