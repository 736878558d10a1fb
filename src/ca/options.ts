/** What an authority is made of. */

import type { Random } from '../crypto/random.ts'
import type { Revocation } from '../keys/certificate.ts'
import { findType, isCertificateName } from '../keys/key-type.ts'
import type { KeyOptions, PublicKey } from '../keys/public-key.ts'
import type { Signer } from '../keys/signer.ts'
import { checkWhole } from '../wire/expect.ts'
import { checkProxies, type ProxyOptions } from './caller-address.ts'
import type { Authenticate } from './identity.ts'
import type { Policy } from './policy.ts'
import { baseUrl, type LoginAnswer, SKEW } from './protocol.ts'
import { checkRateOption, type Rate, type Rates } from './rates.ts'
import type { Recorder } from './record.ts'
import { memoryStore, type Store } from './store.ts'

/** The parts of an authority. What they take in all must not exceed `timeout`. */
export interface AuthorityOptions extends KeyOptions, ProxyOptions {
  /** The URL at which clients reach it, its path included: statements are made out to it. Never taken from a request. */
  readonly url: string
  /** Signs the certificates of users. */
  readonly signer: Signer
  /** Signs the certificates of hosts; none are issued where not given. */
  readonly hostSigner?: Signer | undefined
  /** Judges tokens: `oidcAuthenticator`. */
  readonly authenticate: Authenticate
  /** Decides: `definePolicy`, or a function. */
  readonly policy: Policy
  /** Takes an entry for each certificate and each refusal. */
  readonly record: Recorder
  /** Milliseconds, as `Date.now`, which it is where not given. */
  readonly clock?: (() => number) | undefined
  /** `memoryStore()` where not given, which is for one instance. */
  readonly store?: Store | undefined
  /** Seconds by which the time of a request may differ; 60, the most, where not given. */
  readonly skew?: number | undefined
  readonly rates?: Rates | undefined
  /** Is asked about the key to certify. */
  readonly revocation?: Revocation | undefined
  /** The octets of the current revocation list, to be served. */
  readonly krl?: (() => Uint8Array | Promise<Uint8Array>) | undefined
  /** How clients come by a token, to be served. */
  readonly login?: LoginAnswer | undefined
  /** Patterns of the hosts whose certificates are signed here, for the `@cert-authority` lines that are served. */
  readonly hostPatterns?: readonly string[] | undefined
  /** Further keys to publish beside those that sign: the next ones, the last ones. */
  readonly published?:
    | { readonly user?: readonly PublicKey[] | undefined; readonly host?: readonly PublicKey[] | undefined }
    | undefined
  /** Seconds that no certificate may exceed, whatever the policy says; a day for users, 30 days for hosts where not given. */
  readonly ceilings?: { readonly user?: number | undefined; readonly host?: number | undefined } | undefined
  /** Seconds for a request until its certificate is there, its body included, and as many for its record; 10 where not given. */
  readonly timeout?: number | undefined
  /** Where serials and nonces come from; the platform's generator where not given. */
  readonly random?: Random | undefined
}

/** A signer and the algorithm that it is asked for. */
export interface AuthorityKey {
  readonly signer: Signer
  readonly algorithm: string
}

/** The options, looked through, with what holds where nothing is said. */
export interface Settings extends AuthorityOptions {
  readonly clock: () => number
  readonly store: Store
  readonly skew: number
  readonly timeout: number
  readonly identityRate: Rate
  readonly keys: { readonly user: AuthorityKey; readonly host: AuthorityKey | undefined }
  readonly longest: { readonly user: number; readonly host: number }
}

const DAY = 86_400

/** A signer with an algorithm that servers take: none with SHA-1, whatever it prefers. */
function authorityKey(signer: Signer, { types }: KeyOptions, what: string): AuthorityKey {
  const { publicKey, algorithms } = signer
  const type = isCertificateName(types, publicKey.type) ? undefined : findType(types, publicKey.type)
  const algorithm = algorithms.find((name) => type?.algorithms.includes(name))
  if (algorithm === undefined) throw new TypeError(`${what}: a signer with a plain key of one of the types expected`)
  return { signer, algorithm }
}

/** Throws `TypeError` for what is missing or wrong. */
export function checkOptions(options: AuthorityOptions): Settings {
  const { clock = Date.now, skew = SKEW, timeout = 10, rates = {}, ceilings = {}, hostPatterns, hostSigner } = options
  for (const name of ['authenticate', 'policy', 'record'] as const) {
    // Nothing here has a default: what is missing would let in, or hide, everybody.
    if (typeof options[name] !== 'function') throw new TypeError(`${name}: a function expected`)
  }
  for (const name of ['revocation', 'krl'] as const) {
    // What is given and is none may stand for a list that failed to load.
    if (options[name] !== undefined && typeof options[name] !== 'function')
      throw new TypeError(`${name}: a function expected`)
  }
  checkProxies(options)
  checkWhole('skew', skew, 1, SKEW)
  if (!(timeout > 0 && timeout <= 600)) throw new TypeError('timeout: up to 600 seconds expected')
  const { user = DAY, host = 30 * DAY } = ceilings
  checkWhole('ceilings.user', user, 1)
  checkWhole('ceilings.host', host, 1)
  const { identity = { most: 60, seconds: 60 }, address } = rates
  checkRateOption('rates.identity', identity)
  if (address) checkRateOption('rates.address', address)
  for (const pattern of hostPatterns ?? []) {
    if (!/^[a-z0-9:.*?-]+$/.test(pattern)) throw new TypeError('hostPatterns: patterns like "*.example.com" expected')
  }
  return {
    ...options,
    url: baseUrl(options.url),
    clock,
    skew,
    timeout,
    store: options.store ?? memoryStore({ clock }),
    identityRate: identity,
    keys: {
      user: authorityKey(options.signer, options, 'signer'),
      host: hostSigner && authorityKey(hostSigner, options, 'hostSigner'),
    },
    longest: { user, host },
  }
}
