/** A login on another machine: the person types a code there that is shown here (RFC 8628). For where no browser is. */

import * as oauth from 'oauth4webapi'
import type { AbortSignalLike } from '../crypto/progress.ts'
import { AuthorityError } from '../errors.ts'
import { escapeText } from '../wire/text.ts'
import { secureOrigin } from './fetch.ts'
import { errorWord, loginSource, type Provider } from './provider.ts'
import type { ProviderOptions } from './provider-options.ts'
import { pause } from './single-flight.ts'
import type { TokenSource } from './token.ts'

/** What to show a person. Foreign text, made safe to print. */
export interface DevicePrompt {
  /** Where to go. */
  readonly url: string
  /** The same with the code in it, for a QR code or a click, where the provider has one. */
  readonly completeUrl: string | undefined
  /** What to type there. */
  readonly code: string
  /** For how long, in seconds. */
  readonly seconds: number
}

/** How to reach the person. */
export interface DeviceLoginOptions extends ProviderOptions {
  readonly onPrompt: (prompt: DevicePrompt) => void
  /** Waits so many milliseconds; the platform's timer where it is not given. */
  readonly delay?: ((ms: number, signal: AbortSignalLike | undefined) => Promise<void>) | undefined
}

/** Seconds between two questions where the provider says nothing, and by which `slow_down` puts them apart (section 3.5). */
const INTERVAL = 5
/** Most seconds between two questions, and of a code. */
const LONGEST = 3600

async function logIn(
  options: DeviceLoginOptions,
  provider: Provider,
  signal: AbortSignalLike | undefined,
): Promise<oauth.TokenEndpointResponse> {
  const { clock = Date.now, delay = pause, onPrompt } = options
  const { server, client, authentication, parameters, request } = provider
  if (server.device_authorization_endpoint === undefined) {
    throw new AuthorityError('login-failed', 'the provider has no login with a code on another machine')
  }
  const asked = await oauth.deviceAuthorizationRequest(server, client, authentication, parameters, request(signal))
  const device = await oauth.processDeviceAuthorizationResponse(server, client, asked)
  const { verification_uri, verification_uri_complete: complete } = device
  // What is shown as a place to log in must be one.
  for (const url of complete === undefined ? [verification_uri] : [verification_uri, complete]) secureOrigin(url)
  const seconds = Math.min(device.expires_in, LONGEST)
  onPrompt({
    url: escapeText(verification_uri, 2000),
    completeUrl: complete === undefined ? undefined : escapeText(complete, 2000),
    code: escapeText(device.user_code, 64),
    seconds,
  })
  const end = clock() + seconds * 1000
  let interval = Math.min(device.interval ?? INTERVAL, LONGEST)
  for (;;) {
    await delay(interval * 1000, signal)
    if (clock() >= end) throw new AuthorityError('login-failed', 'the code was not used in time')
    try {
      const { device_code: code } = device
      const sent = await oauth.deviceCodeGrantRequest(server, client, authentication, code, request(signal))
      return await oauth.processDeviceCodeResponse(server, client, sent)
    } catch (error) {
      const word = errorWord(error)
      if (word === 'slow_down') interval = Math.min(interval + INTERVAL, LONGEST)
      else if (word !== 'authorization_pending') throw error
    }
  }
}

/**
 * Tokens by a login on another machine. Throws `AuthorityError` (`login-failed`, `unreachable`, `bad-answer`).
 *
 * @example
 * ```ts
 * import { deviceTokenSource, keepTokens } from 'hawser/ca'
 *
 * const provider = { issuer: 'https://login.example.com', clientId: 'ssh', scopes: ['openid', 'email'] }
 * const tokens = keepTokens(
 *   deviceTokenSource({ ...provider, onPrompt: ({ url, code }) => console.error(`${url}: ${code}`) }),
 * )
 * console.log(typeof tokens.get) // function
 * ```
 */
export function deviceTokenSource(options: DeviceLoginOptions): TokenSource {
  return loginSource(options, (provider, signal) => logIn(options, provider, signal))
}
