/**
 * An identity provider that tokens come from: discovery (OpenID Connect Discovery 1.0, RFC 8414), the token endpoint
 * (RFC 6749), refreshing. What OAuth and OpenID Connect ask for is oauth4webapi's; this folder sees it here alone.
 */

import * as oauth from 'oauth4webapi'
import { type AbortSignalLike, throwIfAborted } from '../crypto/progress.ts'
import { AuthorityError, SshError } from '../errors.ts'
import { escapeText } from '../wire/text.ts'
import { type FetchLike, type FetchOptions, fetchBounded, secureOrigin } from './fetch.ts'
import type { ProviderOptions } from './provider-options.ts'
import { readToken, type Token, type TokenSource, tokenExpiry } from './token.ts'

declare const URL: new (text: string) => { readonly protocol: string }
declare const Response: new (
  body: Uint8Array | null,
  init: { readonly status: number; readonly headers: Record<string, string> },
) => unknown

/** Most octets of a provider's answer. Discovery documents have 2 to 5 kB. */
const ANSWER = 0x4_0000
/** Seconds by which its clock may differ. */
const TOLERANCE = 60

/** Something that oauth4webapi answers a request with. */
type Answer = oauth.TokenEndpointResponse

/** A provider that was discovered. */
export interface Provider {
  readonly server: oauth.AuthorizationServer
  readonly client: oauth.Client
  readonly authentication: oauth.ClientAuth
  /** What authorization requests ask for. */
  readonly parameters: Readonly<Record<string, string>>
  readonly wantsIdToken: boolean
  /** Options of each request of oauth4webapi. */
  // biome-ignore lint/suspicious/noExplicitAny: its types name those of the platform, which the core has not
  request(signal: AbortSignalLike | undefined): any
}

/** Runs a part of the protocol; what goes wrong is told without what was received, which may hold tokens and codes. */
async function asLogin<T>(issuer: string, signal: AbortSignalLike | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof SshError) throw error
    throwIfAborted(signal)
    throw new AuthorityError('login-failed', `${escapeText(issuer)}: ${reasonOf(error)}`)
  }
}

/** The protocol's own word for a failure, where there is one. */
export function errorWord(error: unknown): string | undefined {
  const known = error instanceof oauth.ResponseBodyError || error instanceof oauth.AuthorizationResponseError
  return known ? error.error : undefined
}

function reasonOf(error: unknown): string {
  if (error instanceof oauth.ResponseBodyError || error instanceof oauth.AuthorizationResponseError) {
    const { error: word, error_description: text } = error
    return `${escapeText(word, 64)}${text ? ` (${escapeText(text)})` : ''}`
  }
  // The sentences of oauth4webapi are its own; those of the platform may not be.
  const own = error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError
  return own ? escapeText(error.message) : 'the login went wrong'
}

/** Fetches for oauth4webapi: bounded, and each URL looked at. */
function customFetch(options: FetchOptions): (...given: Parameters<FetchLike>) => Promise<unknown> {
  return async (url, init) => {
    const { method, headers, body, signal } = init
    // It hands over a URLSearchParams.
    const text = body === undefined || body === null ? undefined : String(body)
    const answer = await fetchBounded(url, { ...options, method, headers, body: text, limit: ANSWER, signal })
    const type = answer.headers.get('content-type')
    const empty = answer.status === 204 || answer.status === 205
    return new Response(empty ? null : answer.body, {
      status: answer.status,
      headers: type === null ? {} : { 'content-type': type },
    })
  }
}

/** Discovers the provider. Throws `AuthorityError` (`login-failed`, `unreachable`, `bad-answer`). */
export async function openProvider(options: ProviderOptions, signal: AbortSignalLike | undefined): Promise<Provider> {
  const { issuer, clientId, scopes, audience, clock = Date.now } = options
  secureOrigin(issuer)
  const wantsIdToken =
    (options.token ?? (audience === undefined || audience === clientId ? 'id_token' : '')) === 'id_token'
  const fetching = customFetch(options)
  const request = (given: AbortSignalLike | undefined): unknown => ({
    [oauth.customFetch]: fetching,
    // `fetchBounded` asks for TLS of all but this machine.
    [oauth.allowInsecureRequests]: true,
    ...(given && { signal: given }),
  })
  const server = await asLogin(issuer, signal, async () => {
    const url = new URL(issuer) as never
    return oauth.processDiscoveryResponse(url, (await oauth.discoveryRequest(url, request(signal) as never)) as never)
  })
  const asked = wantsIdToken && !scopes.includes('openid') ? ['openid', ...scopes] : scopes
  return {
    server,
    client: {
      client_id: clientId,
      [oauth.clockTolerance]: TOLERANCE,
      [oauth.clockSkew]: Math.round((clock() - Date.now()) / 1000),
    },
    // A program on a person's machine keeps no secret (RFC 8252 section 8.5).
    authentication: oauth.None(),
    parameters: {
      scope: asked.join(' '),
      ...(!wantsIdToken &&
        audience !== undefined && { audience, ...(/^https?:/.test(audience) && { resource: audience }) }),
    },
    wantsIdToken,
    request,
  }
}

/** The token that the authority takes. Throws `AuthorityError` `login-failed` where it is not there. */
function tokenOf(answer: Answer, { wantsIdToken }: Provider, { issuer, clock = Date.now }: ProviderOptions): Token {
  const found = wantsIdToken ? answer.id_token : answer.access_token
  if (found === undefined) throw new AuthorityError('login-failed', `${escapeText(issuer)}: it gave no ID token`)
  const { token } = readToken(found, escapeText(issuer))
  const after = answer.expires_in === undefined ? undefined : Math.floor(clock() / 1000 + answer.expires_in)
  return { token, expires: wantsIdToken ? tokenExpiry(token) : (after ?? tokenExpiry(token)) }
}

/**
 * A source over a way to log in. Where the provider gives a refresh token, it is kept in memory and used first: nobody
 * is asked again until the provider says no, or all was forgotten.
 */
export function loginSource(
  options: ProviderOptions,
  login: (provider: Provider, signal: AbortSignalLike | undefined) => Promise<Answer>,
): TokenSource {
  let refreshToken: string | undefined
  async function refreshed(provider: Provider, signal: AbortSignalLike | undefined): Promise<Token | undefined> {
    const { server, client, authentication, request } = provider
    const used = refreshToken
    if (used === undefined) return undefined
    refreshToken = undefined
    try {
      const sent = await oauth.refreshTokenGrantRequest(server, client, authentication, used, request(signal))
      const answer = await oauth.processRefreshTokenResponse(server, client, sent)
      // It may rotate (RFC 6749 section 6), and need not give an ID token (OpenID Connect Core section 12.2).
      refreshToken = answer.refresh_token ?? used
      return provider.wantsIdToken && answer.id_token === undefined ? undefined : tokenOf(answer, provider, options)
    } catch (error) {
      // No answer is no refusal: it is as good the next time.
      if (!(error instanceof SshError)) return undefined
      refreshToken = used
      throw error
    }
  }
  return async ({ signal, anew }) => {
    if (anew) refreshToken = undefined
    const provider = await openProvider(options, signal)
    const again = await refreshed(provider, signal)
    if (again) return again
    const answer = await asLogin(options.issuer, signal, () => login(provider, signal))
    refreshToken = answer.refresh_token
    return tokenOf(answer, provider, options)
  }
}
