/**
 * A login in the system's browser: the authorization code (RFC 6749 section 4.1) for a program on a person's machine
 * (RFC 8252), which comes back to a port of this machine, with PKCE (RFC 7636, S256), a state, a nonce, and the issuer
 * of the answer compared (RFC 9207). So a code that was made elsewhere is worth nothing. Who sees the URL before it was
 * used can log in at it as himself: whoever waits here is told who it was (`certificateOwner`).
 */

import * as oauth from 'oauth4webapi'
import { type AbortSignalLike, throwIfAborted, watched } from '../crypto/progress.ts'
import { AuthorityError } from '../errors.ts'
import { secureOrigin } from './fetch.ts'
import { loginSource, type Provider } from './provider.ts'
import type { ProviderOptions } from './provider-options.ts'
import type { TokenSource } from './token.ts'

declare const URL: new (
  text: string,
) => { readonly href: string; readonly searchParams: { set(name: string, value: string): void } }

/** Waits on this machine for the browser to come back. */
export interface RedirectReceiver {
  /** Where the browser is to come back to. */
  readonly redirectUri: string
  /** The URL that it came back with: on the path of `redirectUri`, with the state. */
  readonly received: Promise<string>
  /** Stops waiting; `received` is then never settled. */
  close(): Promise<void>
}

/** How to reach the person. `receiveRedirect` and `openBrowser` of `hawser/node` fit. */
export interface BrowserLoginOptions extends ProviderOptions {
  /** Waits for a request with that state, and lets no other end the wait. */
  readonly receiveRedirect: (options: { readonly state: string }) => Promise<RedirectReceiver>
  /** Opens a URL in a browser, by the person who is to log in. Where it throws, the person has the URL. */
  readonly openBrowser: (url: string) => Promise<void>
  /** Told the URL, for a browser that does not open. It holds no secret. */
  readonly onUrl?: ((url: string) => void) | undefined
  /** Told what `openBrowser` threw. */
  readonly onError?: ((error: unknown) => void) | undefined
}

async function logIn(
  options: BrowserLoginOptions,
  provider: Provider,
  signal: AbortSignalLike | undefined,
): Promise<oauth.TokenEndpointResponse> {
  const { server, client, authentication, parameters, wantsIdToken, request } = provider
  const endpoint = server.authorization_endpoint
  if (endpoint === undefined) throw new AuthorityError('login-failed', 'the provider has no login in a browser')
  secureOrigin(endpoint)
  const [state, nonce, verifier] = [
    oauth.generateRandomState(),
    oauth.generateRandomNonce(),
    oauth.generateRandomCodeVerifier(),
  ]
  const receiver = await options.receiveRedirect({ state })
  try {
    const url = new URL(endpoint)
    const { redirectUri: redirect_uri } = receiver
    const challenge = await oauth.calculatePKCECodeChallenge(verifier)
    for (const [name, value] of Object.entries({
      ...parameters,
      response_type: 'code',
      client_id: client.client_id,
      redirect_uri,
      state,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...(wantsIdToken && { nonce }),
    })) {
      url.searchParams.set(name, value)
    }
    options.onUrl?.(url.href)
    await options.openBrowser(url.href).catch((error: unknown) => options.onError?.(error))
    throwIfAborted(signal)
    const back = await watched(receiver.received, signal)
    const validated = oauth.validateAuthResponse(server, client, new URL(back) as never, state)
    const sent = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      validated,
      redirect_uri,
      verifier,
      request(signal),
    )
    return await oauth.processAuthorizationCodeResponse(server, client, sent, {
      requireIdToken: wantsIdToken,
      expectedNonce: wantsIdToken ? nonce : oauth.expectNoNonce,
    })
  } finally {
    await receiver.close()
  }
}

/**
 * Tokens by a login in a browser. The provider must know the client as one without a secret, with the redirect URI of
 * the receiver on any port (RFC 8252 section 7.3). Throws `AuthorityError` (`login-failed`, `unreachable`, `bad-answer`).
 *
 * @example
 * ```ts
 * import { browserTokenSource, keepTokens } from 'hawser/ca'
 * import { openBrowser, receiveRedirect } from 'hawser/node'
 *
 * const provider = { issuer: 'https://login.example.com', clientId: 'ssh', scopes: ['openid', 'email'] }
 * const tokens = keepTokens(browserTokenSource({ ...provider, openBrowser, receiveRedirect, onUrl: console.error }))
 * console.log(typeof tokens.get) // function
 * ```
 */
export function browserTokenSource(options: BrowserLoginOptions): TokenSource {
  return loginSource(options, (provider, signal) => logIn(options, provider, signal))
}
