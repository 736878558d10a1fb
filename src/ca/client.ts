/**
 * The client of an authority (`protocol.ts`): asks for certificates and for what hosts need, and believes nothing that
 * it can check. Over TLS, or on this machine; redirects are not followed.
 */

import { verifyCertificateSignature } from '../cert/check.ts'
import { readOptionFacts } from '../cert/options.ts'
import { parseCertificate } from '../cert/text.ts'
import { equalBytes } from '../crypto/constant-time.ts'
import { type AbortSignalLike, throwIfAborted } from '../crypto/progress.ts'
import type { Random } from '../crypto/random.ts'
import { AuthorityError, SshError } from '../errors.ts'
import type { Certificate } from '../keys/certificate.ts'
import { judgePublicKey, type KeyOptions, type PublicKey, parsePublicLine } from '../keys/public-key.ts'
import type { Signer } from '../keys/signer.ts'
import { withLimits } from '../limits.ts'
import { decodeText, encodeText, escapeText } from '../wire/text.ts'
import { type Fetched, type FetchOptions, fetchBounded } from './fetch.ts'
import { BODY_LENGTH, baseUrl, type LoginAnswer, paths, SKEW, statusOf } from './protocol.ts'
import { type Ask, signStatement } from './statement.ts'

/** Which authority. */
export interface AuthorityClientOptions extends KeyOptions, FetchOptions {
  /** Its base URL: `https`, or `http` on this machine. */
  readonly url: string
  /**
   * Keys that may sign its user certificates. Without them the ones that it names at first are kept, so that another
   * key stands out; that it is the right authority is then TLS's word alone.
   */
  readonly authorities?: readonly PublicKey[] | undefined
  /** Milliseconds since 1970. */
  readonly clock?: (() => number) | undefined
  readonly random?: Random | undefined
}

/** A request for a certificate. */
export interface AskFor extends Omit<Ask, 'kind'> {
  /** The key to certify. */
  readonly signer: Signer
  /** Says who asks. Secret. */
  readonly token: string
  readonly signal?: AbortSignalLike | undefined
}

/** What all requests take. */
export interface AskOptions {
  readonly signal?: AbortSignalLike | undefined
}

/**
 * An authority, as its clients see it. Promises are rejected with `AuthorityError`: the authority's own codes,
 * `unreachable`, or `bad-answer` for what it should not have sent; or with the signal's reason.
 */
export interface AuthorityClient {
  /** As `baseUrl` writes it. */
  readonly url: string
  /** How to come by a token. */
  login(options?: AskOptions): Promise<LoginAnswer & { readonly token?: 'id_token' | 'access_token' | undefined }>
  /** A user certificate for the signer's key, checked: for that key, signed by that authority, valid now. */
  requestUserCertificate(ask: AskFor): Promise<Certificate>
  /** A host certificate, `hosts` being the host's names. */
  requestHostCertificate(ask: AskFor): Promise<Certificate>
  /** The keys that sign user certificates. */
  authorities(options?: AskOptions): Promise<readonly PublicKey[]>
  /** Lines for known_hosts. */
  knownHosts(options?: AskOptions): Promise<string>
  /** Its revocation list. `not-found` where it has none. */
  krl(options?: AskOptions): Promise<Uint8Array>
}

/** What a person can do about a refusal. */
const advice: Readonly<Record<string, string>> = {
  unauthenticated: 'log in again ("hawser login")',
  forbidden: 'whoever keeps the policy of the authority can change that',
  'bad-proof': 'is the clock of this machine right, and the URL the one that the authority gives out?',
  replayed: 'ask again',
  unavailable: 'it may work later',
  internal: 'the record of the authority knows more',
}

/** Longest lifetime of a user certificate for which none was asked for, in seconds. */
const LONGEST = 86_400n
/** Critical options that are known (OpenSSH auth-options.c `cert_option_list`). */
const known: readonly string[] = ['force-command', 'source-address', 'verify-required']

function badAnswer(what: string, cause?: unknown): AuthorityError {
  return new AuthorityError('bad-answer', what, { cause })
}

/** A refusal as an error. What the authority says is foreign text, and never holds the token, whatever it echoes. */
function refusal(origin: string, { status, headers, body }: Fetched, token: string | undefined): AuthorityError {
  let said: { readonly code?: unknown; readonly message?: unknown; readonly retryAfter?: unknown } = {}
  try {
    said = Object(Object(JSON.parse(decodeText(body))).error)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  const seconds =
    said.retryAfter ?? (headers.get('retry-after') === null ? undefined : Number(headers.get('retry-after')))
  const retryAfter = typeof seconds === 'number' && seconds >= 0 && seconds <= 86_400 ? seconds : undefined
  const { code, message } = said
  if (typeof code !== 'string' || typeof message !== 'string' || statusOf[code] !== status) {
    // Something in between answered: a proxy, another program.
    const gone =
      status === 404 ? 'not-found' : status === 502 || status === 503 || status === 504 ? 'unavailable' : undefined
    return new AuthorityError(gone ?? 'bad-answer', `${origin}: HTTP ${status}, not from an authority`, { retryAfter })
  }
  const clean = escapeText(token ? message.replaceAll(token, '(token)') : message, 500)
  const hint = advice[code] && `: ${advice[code]}`
  const later = retryAfter === undefined ? '' : ` (again in ${retryAfter} s)`
  return new AuthorityError(code, `${origin}: ${clean}${hint ?? ''}${later}`, { retryAfter })
}

/** Reads an answer; whatever is wrong with it is `bad-answer`. */
async function reading<T>(origin: string, what: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof AuthorityError || !(error instanceof SshError || error instanceof SyntaxError)) throw error
    throw badAnswer(`${origin}: ${what}: ${error instanceof SshError ? error.message : 'JSON expected'}`, error)
  }
}

function readLogin(text: string): LoginAnswer & { readonly token?: 'id_token' | 'access_token' } {
  const { issuer, clientId, scopes, audience, token } = Object(JSON.parse(text)) as Record<string, unknown>
  const isText = (value: unknown): value is string => typeof value === 'string' && /^[!-~]{1,2048}$/.test(value)
  const listed = Array.isArray(scopes) && scopes.length <= 64 && scopes.every(isText)
  const fine = isText(issuer) && isText(clientId) && listed && (audience === undefined || isText(audience))
  if (!fine) throw badAnswer('login: issuer, clientId and scopes expected')
  if (token !== undefined && token !== 'id_token' && token !== 'access_token') {
    throw badAnswer('login: "id_token" or "access_token" expected as its token')
  }
  return { issuer, clientId, scopes, ...(audience !== undefined && { audience }), ...(token && { token }) }
}

/**
 * A client of the authority at `url`. Throws `TypeError` for a URL that is none of an authority.
 *
 * @example
 * ```ts
 * import { authorityClient } from 'hawser/ca'
 * import { allTypes } from 'hawser/keys'
 *
 * const client = authorityClient({ url: 'https://ssh.example.com/', types: allTypes })
 * console.log(client.url) // https://ssh.example.com
 * ```
 */
export function authorityClient(options: AuthorityClientOptions): AuthorityClient {
  const { types, limits, clock = Date.now, random } = options
  const url = baseUrl(options.url)
  let pinned = options.authorities

  async function send(
    path: string,
    limit: number,
    { signal }: AskOptions = {},
    more: { readonly body?: string; readonly token?: string } = {},
  ): Promise<Uint8Array> {
    const { body, token } = more
    const answer = await fetchBounded(url + path, {
      fetch: options.fetch,
      timeout: options.timeout,
      signal,
      limit,
      method: body === undefined ? 'GET' : 'POST',
      headers: body === undefined ? {} : { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body,
    })
    if (answer.status !== 200) throw refusal(url, answer, token)
    return answer.body
  }

  async function text(path: string, given?: AskOptions): Promise<string> {
    return decodeText(await send(path, BODY_LENGTH, given))
  }

  async function authorities(given?: AskOptions): Promise<readonly PublicKey[]> {
    const lines = (await text(paths.authority, given))
      .split('\n')
      .filter((line) => line.trim() !== '' && line[0] !== '#')
    return reading(url, 'keys of the authority', () => {
      if (lines.length === 0) throw badAnswer(`${url}: no keys of the authority`)
      return lines.map((line) => judgePublicKey(parsePublicLine(line), { types, limits }))
    })
  }

  async function knownHosts(given?: AskOptions): Promise<string> {
    const found = await text(paths.knownHosts, given)
    for (const line of found.split('\n')) {
      const ours = line === '' || line.startsWith('#') || line.startsWith('@cert-authority ')
      // It goes into a file that ssh believes: other lines would vouch for single hosts.
      if (!ours || encodeText(line).some((octet) => octet < 32 || octet === 127)) {
        throw badAnswer(`${url}: lines that begin with "@cert-authority" expected`)
      }
    }
    return found
  }

  /** The keys that it says sign host certificates. */
  async function hostAuthorities(signal: AbortSignalLike | undefined): Promise<readonly PublicKey[]> {
    const lines = (await knownHosts({ signal })).split('\n').filter((line) => line.startsWith('@'))
    return lines.map((line) =>
      parsePublicLine(
        line
          .split(/[ \t]+/)
          .slice(2)
          .join(' '),
      ),
    )
  }

  /** Whether one of its own keys signed it. One that is new is asked for once, unless the caller said which they are. */
  async function checkAuthority({ authority, kind }: Certificate, signal: AbortSignalLike | undefined): Promise<void> {
    const isOne = (key: PublicKey): boolean => equalBytes(key.blob, authority.blob)
    if (kind === 'user') {
      pinned ??= await authorities({ signal })
      if (pinned.some(isOne)) return
      if (!options.authorities) pinned = await authorities({ signal })
    }
    const theirs = kind === 'user' ? pinned! : await hostAuthorities(signal)
    if (!theirs.some(isOne)) throw badAnswer(`${url}: the certificate is signed by another key than the authority's`)
  }

  async function check(certificate: Certificate, ask: AskFor, kind: 'user' | 'host'): Promise<void> {
    const { signer, lifetime, signal } = ask
    const wrong = (what: string): AuthorityError => badAnswer(`${url}: the certificate ${what}`)
    if (!equalBytes(certificate.publicKey.blob, signer.publicKey.blob)) throw wrong('is for another key')
    if (certificate.kind !== kind) throw wrong(`is one of a ${certificate.kind}`)
    await verifyCertificateSignature(certificate, { types, limits })
    await checkAuthority(certificate, signal)
    const now = BigInt(Math.floor(clock() / 1000))
    if (now < certificate.validAfter) throw wrong('is not valid yet: is the clock of this machine right?')
    if (now >= certificate.validBefore) throw wrong('has expired: is the clock of this machine right?')
    const most = lifetime === undefined ? (kind === 'user' ? LONGEST : undefined) : BigInt(Math.ceil(lifetime))
    if (most !== undefined && certificate.validBefore - now > most + BigInt(SKEW)) throw wrong('is valid for too long')
    if (certificate.principals.length === 0) throw wrong('names nobody')
    if (kind === 'user') readOptionFacts(certificate)
    const strange = certificate.criticalOptions.find(({ name }) => kind === 'host' || !known.includes(name))
    if (strange) throw wrong(`has the critical option "${escapeText(strange.name, 64)}", which is not known`)
  }

  async function request(ask: AskFor, kind: 'user' | 'host'): Promise<Certificate> {
    const { signer, token, accounts, hosts, lifetime, signal } = ask
    throwIfAborted(signal)
    const to = url + paths[kind]
    const time = Math.floor(clock() / 1000)
    const signed = await signStatement(signer, { kind, accounts, hosts, lifetime }, { url: to, token, time, random })
    const body = await send(paths[kind], BODY_LENGTH, { signal }, { body: JSON.stringify(signed), token })
    return reading(url, 'certificate', async () => {
      const { certificate: line, serial } = Object(JSON.parse(decodeText(body))) as Record<string, unknown>
      if (typeof line !== 'string') throw badAnswer(`${url}: a certificate expected`)
      const certificate = parseCertificate(line, { types, limits })
      if (serial !== undefined && serial !== `${certificate.serial}`) throw badAnswer(`${url}: two serial numbers`)
      await check(certificate, ask, kind)
      return certificate
    })
  }

  return {
    url,
    login: async (given) => {
      const answer = await text(paths.login, given)
      return reading(url, 'login', () => readLogin(answer))
    },
    requestUserCertificate: (ask) => request(ask, 'user'),
    requestHostCertificate: (ask) => request(ask, 'host'),
    authorities,
    knownHosts,
    krl: (given) => send(paths.krl, withLimits(limits).krlLength, given),
  }
}
