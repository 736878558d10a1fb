/**
 * Who asks, by a token of OpenID Connect: a JWT (RFC 7519) that its issuer signed, judged as RFC 8725 asks: algorithms
 * by a list, keys by the issuer's own set, issuer and audience always. What JOSE asks for is jose's.
 */

import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import { AuthorityError } from '../errors.ts'
import { checkWhole } from '../wire/expect.ts'
import { decodeUtf8 } from '../wire/text.ts'
import { type FetchLike, fetchBounded, secureOrigin } from './fetch.ts'
import type { Authenticate, Identity } from './identity.ts'
import { SKEW } from './protocol.ts'

declare const URL: new (text: string) => { readonly href: string }

/** Signature algorithms with two keys. Neither `none` nor HS256 and its like can be asked for. */
const ALGORITHMS: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]

/** Public keys as JWK (RFC 7517 section 5). */
export interface JsonWebKeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[]
}

/** Whose tokens are taken, and what is read of them. */
export interface OidcOptions {
  /** The claim `iss`, character by character. */
  readonly issuer: string
  /** One of the claim `aud`: the client id for ID tokens, else the name that the issuer has for this authority. */
  readonly audience: string | readonly string[]
  /** The issuer's keys, or the URL of them: `jwks_uri` of its discovery document. */
  readonly jwks: string | JsonWebKeySet
  /** Fetches the keys; the platform's where it is not given. */
  readonly fetch?: FetchLike | undefined
  /** Algorithms that are taken; all with two keys (RSA, ECDSA, Ed25519) where not given. */
  readonly algorithms?: readonly string[] | undefined
  /** Seconds by which the issuer's clock may differ: 60, the most, where not given. */
  readonly clockSkew?: number | undefined
  /** Claim by which policy knows somebody; `sub` where not given. `email` is taken where `email_verified` is true. */
  readonly idClaim?: string | undefined
  /** Claim with a list of groups; no groups where not given. */
  readonly groupsClaim?: string | undefined
  /** Claim with the account of somebody's own; none where not given. It must be one that they cannot change. */
  readonly accountClaim?: string | undefined
  /** Most seconds since the token was made (`iat`). */
  readonly maxTokenAge?: number | undefined
  /** The type in the token's header (`typ`), such as `at+jwt`; where not given any but those of other kinds (`logout+jwt`). */
  readonly tokenType?: string | undefined
  /** Clients that may have asked for the token (`azp`, `client_id`); any where not given. */
  readonly clients?: readonly string[] | undefined
}

/** Octets of a key set: some dozens of RSA keys with their certificates. */
const KEYS_LENGTH = 0x4_0000
/** Milliseconds. Unknown key ids cost the issuer one request in this time, whoever makes them up. */
const COOLDOWN = 30_000
const MAX_AGE = 600_000
/** Milliseconds after a fetch that failed in which none is tried. */
const RETRY = 5_000

/** The keys at a URL, kept for ten minutes by what is returned. Throws `AuthorityError` for a URL that is not secure. */
function remoteKeys(url: string, fetch: FetchLike | undefined): ReturnType<typeof createRemoteJWKSet> {
  secureOrigin(url)
  let failed = -Infinity
  const fetchKeys = async (href: string): Promise<unknown> => {
    // However far: a clock that was put back is no reason to wait for what it said.
    if (Math.abs(Date.now() - failed) < RETRY)
      throw new AuthorityError('unavailable', 'the keys of the issuer cannot be had')
    try {
      const headers = { accept: 'application/json, application/jwk-set+json' }
      const { status, body } = await fetchBounded(href, { fetch, headers, limit: KEYS_LENGTH, timeout: 5000 })
      if (status !== 200) throw new AuthorityError('bad-answer', `keys of the issuer: status ${status}`)
      const json: unknown = JSON.parse(decodeUtf8(body, 'keys of the issuer'))
      // Throws for what is no set, which then is not asked for again at once.
      createLocalJWKSet(json as never)
      return { status, json: async () => json }
    } catch (cause) {
      failed = Date.now()
      throw new AuthorityError('unavailable', 'the keys of the issuer cannot be had', { cause })
    }
  }
  return createRemoteJWKSet(new URL(url) as never, {
    cooldownDuration: COOLDOWN,
    cacheMaxAge: MAX_AGE,
    [customFetch]: fetchKeys as never,
  })
}

const reasons: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'it has expired',
  ERR_JOSE_ALG_NOT_ALLOWED: 'its algorithm is not allowed',
  ERR_JOSE_NOT_SUPPORTED: 'its algorithm is not allowed',
  ERR_JWKS_NO_MATCHING_KEY: 'it names no key of the issuer',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'it names no single key of the issuer',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'its signature does not hold',
}

/** What an error of jose means: of the token, else of the keys. */
function refusal(error: unknown): unknown {
  if (!(error instanceof errors.JOSEError)) return error
  const { code } = error
  if (/^ERR_(JWKS_(INVALID|TIMEOUT)|JWK_INVALID|JOSE_GENERIC)$/.test(code)) {
    return new AuthorityError('unavailable', 'the keys of the issuer cannot be used', { cause: error })
  }
  // Claims by name are those that are asked for here, no foreign text.
  const claim =
    error instanceof errors.JWTClaimValidationFailed ? `its ${error.claim} is not what is expected` : undefined
  const reason = reasons[code] ?? claim ?? 'it is malformed'
  // The error of jose holds the claims, which are nobody's business in a log.
  return new AuthorityError('unauthenticated', `token: ${reason}`)
}

function unauthenticated(message: string): AuthorityError {
  return new AuthorityError('unauthenticated', `token: ${message}`)
}

function textClaim(claims: JWTPayload, name: string): string {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined
  if (typeof value !== 'string' || value === '') throw unauthenticated(`its ${name} is no text`)
  return value
}

/** Types that access tokens and ID tokens may say; `…+jwt` is how JWTs of other kinds tell themselves (RFC 8725 section 3.11). */
const LOGIN_TYPE = /^(?:application\/)?(?:at\+jwt|[^+]*)$/i

/** Throws for tokens that the same issuer signs for the same audience, and that are no login, or not of the bearer alone. */
function checkPurpose({ typ }: { readonly typ?: unknown }, claims: JWTPayload, { tokenType }: OidcOptions): void {
  if (tokenType === undefined && typ !== undefined && !(typeof typ === 'string' && LOGIN_TYPE.test(typ))) {
    throw unauthenticated('it is of another kind')
  }
  // What happened to somebody, such as a logout (RFC 8417 section 2.2), not who asks.
  if (claims.events !== undefined) throw unauthenticated('it is of another kind')
  // It holds for whoever proves to have a key (RFC 7800 section 3.1), which nobody does here.
  if (claims.cnf !== undefined) throw unauthenticated('it is bound to a key')
}

function readIdentity(claims: JWTPayload, options: OidcOptions): Identity {
  const { idClaim = 'sub', groupsClaim, accountClaim, clients } = options
  if (idClaim === 'email' && claims.email_verified !== true) throw unauthenticated('its email is not verified')
  if (clients) {
    const client = claims.azp ?? claims.client_id
    if (typeof client !== 'string' || !clients.includes(client)) throw unauthenticated('it is for another client')
  }
  // A text in place of a list is not taken for one: "admin" could be one group, or letters.
  const groups: unknown = groupsClaim !== undefined && Object.hasOwn(claims, groupsClaim) ? claims[groupsClaim] : []
  if (!Array.isArray(groups) || !groups.every((group) => typeof group === 'string')) {
    throw unauthenticated(`its ${groupsClaim} is no list of text`)
  }
  return {
    id: textClaim(claims, idClaim),
    issuer: textClaim(claims, 'iss'),
    subject: textClaim(claims, 'sub'),
    groups,
    method: 'oidc',
    account:
      accountClaim !== undefined && claims[accountClaim] !== undefined ? textClaim(claims, accountClaim) : undefined,
    tokenExpires: claims.exp!,
  }
}

function checkOptions({ issuer, audience, algorithms, clockSkew = SKEW, maxTokenAge }: OidcOptions): void {
  const audiences = [audience].flat()
  if (![issuer, ...audiences].every((text) => typeof text === 'string' && text !== '') || audiences.length === 0) {
    throw new TypeError('issuer and audience: text expected')
  }
  const odd = algorithms?.find((name) => !ALGORITHMS.includes(name))
  if (odd !== undefined || algorithms?.length === 0)
    throw new TypeError(`algorithms: some of ${ALGORITHMS.join(', ')} expected`)
  checkWhole('clockSkew', clockSkew, 0, SKEW)
  if (maxTokenAge !== undefined) checkWhole('maxTokenAge', maxTokenAge, 1)
}

function keysOf({ jwks, fetch }: OidcOptions): JWTVerifyGetKey {
  try {
    return typeof jwks === 'string' ? remoteKeys(jwks, fetch) : createLocalJWKSet(jwks as never)
  } catch (cause) {
    throw new TypeError('jwks: an https URL, or a JSON Web Key Set, expected', { cause })
  }
}

/**
 * Judges tokens of one issuer. Its keys are fetched when they are needed, at most every 30 seconds for key ids that are
 * not known, and kept by the function that is returned. Throws `TypeError` for options that would take any token, or keys
 * that come in the clear or are none; the function throws `AuthorityError` `unauthenticated`, and `unavailable` where the
 * issuer's keys cannot be had.
 *
 * @example
 * ```ts
 * import { oidcAuthenticator } from 'hawser/ca'
 *
 * const authenticate = oidcAuthenticator({
 *   issuer: 'https://login.example.com',
 *   audience: 'ssh-authority',
 *   jwks: 'https://login.example.com/keys',
 *   idClaim: 'email',
 *   groupsClaim: 'groups',
 * })
 * await authenticate('no.to.ken', { time: 1_800_000_000 }).catch((error) => console.log(error.code)) // unauthenticated
 * ```
 */
export function oidcAuthenticator(options: OidcOptions): Authenticate {
  checkOptions(options)
  const own = { ...options }
  const { issuer, algorithms = ALGORITHMS, clockSkew = SKEW, idClaim = 'sub', maxTokenAge, tokenType } = own
  const keys = keysOf(own)
  const audience = [own.audience].flat()
  return async (token, { time }) => {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: [...algorithms],
        clockTolerance: clockSkew,
        currentDate: new Date(time * 1000),
        requiredClaims: ['exp', 'sub', idClaim],
        ...(maxTokenAge !== undefined && { maxTokenAge }),
        ...(tokenType !== undefined && { typ: tokenType }),
      })
      checkPurpose(protectedHeader, payload, own)
      return readIdentity(payload, own)
    } catch (error) {
      throw refusal(error)
    }
  }
}
