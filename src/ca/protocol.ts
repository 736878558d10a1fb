/**
 * What an authority and its clients agree on over HTTP: paths below the base URL, the JSON of bodies and answers, and
 * ceilings. A request is `POST BASE/v1/user` or `/v1/host` with a bearer token (RFC 6750 section 2.1).
 */

import { AuthorityError } from '../errors.ts'
import { escapeText } from '../wire/text.ts'

declare const URL: new (
  text: string,
) => {
  readonly protocol: string
  readonly hostname: string
  readonly host: string
  readonly pathname: string
  readonly search: string
  readonly hash: string
  readonly username: string
  readonly password: string
}

/** Paths below the base URL of an authority. */
export const paths = {
  /** POST: a certificate for a user. */
  user: '/v1/user',
  /** POST: a certificate for a host. */
  host: '/v1/host',
  /** GET, text: the keys that sign user certificates, a line each (`TrustedUserCAKeys` of sshd_config). */
  authority: '/v1/authority',
  /** GET, text: `@cert-authority` lines of known_hosts. */
  knownHosts: '/v1/known-hosts',
  /** GET: the current revocation list, as `RevokedKeys` of sshd_config takes it. */
  krl: '/v1/krl',
  /** GET, JSON: {@link LoginAnswer}. */
  login: '/v1/login',
  /** GET, JSON: {@link HealthAnswer}. */
  health: '/v1/health',
} as const

/** Most octets of a request's body. */
export const BODY_LENGTH = 0x1_0000
/** Most characters of a token; what it proves fits into a few hundred. */
export const TOKEN_LENGTH = 0x4000
/** Seconds by which the time of a statement may differ from the authority's clock. */
export const SKEW = 60
/** Most accounts, or hosts, in one request: each becomes a principal (OpenSSH sshkey.h SSHKEY_CERT_MAX_PRINCIPALS). */
export const ASKED_NAMES = 256
/** Most characters of a host's name (RFC 1035 section 2.3.4), which is more than an account has. */
export const NAME_LENGTH = 255

/** The answer to a request for a certificate. */
export interface CertificateAnswer {
  /** One line, as OpenSSH keeps it in a file. */
  readonly certificate: string
  /** Decimal. */
  readonly serial: string
  readonly keyId: string
  readonly principals: readonly string[]
  /** Unix seconds, decimal. */
  readonly validAfter: string
  /** Unix seconds, decimal. */
  readonly validBefore: string
}

/** How a client comes by a token. */
export interface LoginAnswer {
  /** Issuer of OpenID Connect: its discovery document tells the rest. */
  readonly issuer: string
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly audience?: string | undefined
}

/** Whether the authority can work. */
export interface HealthAnswer {
  readonly status: 'ok' | 'broken'
  readonly signer: 'ok' | 'broken'
  readonly store: 'ok' | 'broken'
  /** Whether replays and rates are known to all instances or to each alone. */
  readonly replayAndRates: 'instance' | 'shared'
}

/** The body of every refusal. */
export interface ErrorAnswer {
  readonly error: {
    readonly code: string
    readonly message: string
    /** Seconds. */
    readonly retryAfter?: number | undefined
  }
}

/** HTTP status by the code of an `AuthorityError`; any other is 500. */
export const statusOf: Readonly<Record<string, number>> = {
  'bad-request': 400,
  'bad-proof': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  replayed: 409,
  'too-large': 413,
  'rate-limited': 429,
  internal: 500,
  unavailable: 503,
}

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/**
 * The base URL of an authority as both sides write it, without a slash at its end. Throws `TypeError` for what is none:
 * `https` is expected, `http` for loopback addresses alone, and nothing behind the path.
 */
export function baseUrl(text: string): string {
  const expected = 'url: an https URL without user, query and fragment expected (http for loopback alone)'
  let url: InstanceType<typeof URL>
  try {
    url = new URL(text)
  } catch {
    throw new TypeError(expected)
  }
  const { protocol, hostname, host, pathname } = url
  const safe = protocol === 'https:' || (protocol === 'http:' && loopback.test(hostname))
  if (!safe || url.username || url.password || /[?#]/.test(text)) throw new TypeError(expected)
  return `${protocol}//${host}${pathname.replace(/\/+$/, '')}`
}

/** `AuthorityError` `bad-request`. */
export function badRequest(message: string): AuthorityError {
  return new AuthorityError('bad-request', message)
}

const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null

/**
 * The members of one flat JSON object, all of them known and none of them twice: two readers must not see two requests
 * in it. Throws `AuthorityError` `bad-request`.
 */
export function parseFlatObject(
  text: string,
  what: string,
  names: readonly string[],
): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw badRequest(`${what}: JSON expected`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest(`${what}: a JSON object expected`)
  }
  for (const [name, member] of Object.entries(value)) {
    if (!names.includes(name)) throw badRequest(`${what}: "${escapeText(name, 64)}" is not known`)
    // JSON.parse takes any depth, and JSON.stringify no more than the stack.
    if (!(Array.isArray(member) ? member.every(isPlain) : isPlain(member))) {
      throw badRequest(`${what}: "${name}": a value or a list of values expected`)
    }
  }
  // What JSON.stringify would have written has each member once; nearly every client writes that.
  if (JSON.stringify(value) === text) return value as Record<string, unknown>
  // It is JSON, so that strings with a colon behind them are names of members. Values are not objects, see the callers.
  const seen = new Set<string>()
  for (const [, member, colon] of text.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")([ \t\r\n]*:)?/g)) {
    if (colon === undefined) continue
    const name: string = JSON.parse(member!)
    if (seen.has(name)) throw badRequest(`${what}: "${escapeText(name, 64)}" is repeated`)
    seen.add(name)
  }
  return value as Record<string, unknown>
}
