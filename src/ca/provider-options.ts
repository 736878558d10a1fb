/**
 * What a caller says of an identity provider. Apart from `provider.ts`, so that no declaration of ours leads to those of
 * oauth4webapi, which want the types of a browser.
 */

import type { FetchOptions } from './fetch.ts'
import type { LoginAnswer } from './protocol.ts'

/** Which provider, and what to ask of it. What `login` of an authority's client gives is assignable. */
export interface ProviderOptions extends LoginAnswer, FetchOptions {
  /**
   * Which of its tokens the authority takes: `id_token` (RFC 7519 for the client), or `access_token`. An access token
   * where an audience is given that is not the client, else an ID token.
   */
  readonly token?: 'id_token' | 'access_token' | undefined
  /** Milliseconds since 1970. */
  readonly clock?: (() => number) | undefined
}
