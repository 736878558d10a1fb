/**
 * The `fetch` handler of an authority. What costs little is looked at first, and nothing is stored for somebody whose
 * token does not hold.
 */

import { formatCertificate } from '../cert/text.ts'
import { sha256 } from '../crypto/hash.ts'
import { AuthorityError } from '../errors.ts'
import { fingerprint } from '../fingerprint/fingerprint.ts'
import { encodeBase64Url } from '../wire/base64url.ts'
import { formatPublicLine } from '../wire/public-line.ts'
import { Writer } from '../wire/writer.ts'
import { answer, answerJson, answerRefusal, refusalOf, type WebResponse } from './answer.ts'
import { type BodyLike, readBody } from './body.ts'
import { addressNetwork, callerAddress, type HeadersLike } from './caller-address.ts'
import { certify, type Draft, type Issued } from './certify.ts'
import { type Deadline, within } from './deadline.ts'
import { healthOf } from './health.ts'
import { checkIdentity } from './identity.ts'
import type { Settings } from './options.ts'
import { badRequest, type CertificateAnswer, parseFlatObject, paths, TOKEN_LENGTH } from './protocol.ts'
import { countRequest } from './rates.ts'
import type { RequestRecord } from './record.ts'
import { recorded } from './recorded.ts'
import { openStatement, type Statement, tokenHash } from './statement.ts'
import type { Store } from './store.ts'

declare const URL: new (text: string) => { readonly pathname: string; readonly search: string }

/** The part of a `Request` that is used here. */
export interface RequestLike {
  readonly method: string
  readonly url: string
  readonly headers: HeadersLike
  readonly body: BodyLike | null
}

/** What the runtime knows of a request besides. */
export interface RequestContext {
  /** The address of who connected: the caller's, or of the proxy in front. */
  readonly remoteAddress?: string | undefined
}

/** `fetch` of an authority. */
export type FetchHandler = (request: RequestLike, context?: RequestContext) => Promise<WebResponse>

/** The token of the one Authorization header (RFC 6750 section 2.1). Two headers come as one with a comma. */
function bearerToken(headers: HeadersLike): string {
  const token = /^bearer +([\w.~+/-]+=*)$/i.exec(headers.get('authorization') ?? '')?.[1]
  if (token === undefined) throw new AuthorityError('unauthenticated', 'Authorization: one Bearer token expected')
  if (token.length > TOKEN_LENGTH)
    throw new AuthorityError('too-large', `token: at most ${TOKEN_LENGTH} characters expected`)
  return token
}

function checkContentType(headers: HeadersLike): void {
  if (!/^application\/json *(; *charset=utf-8 *)?$/i.test(headers.get('content-type') ?? '')) {
    throw badRequest('content-type: application/json expected')
  }
  if (!/^(identity)?$/i.test(headers.get('content-encoding') ?? '')) throw badRequest('content-encoding: none expected')
}

/** A store whose failures refuse. */
function checkedStore({ store }: Settings, deadline: Deadline): Pick<Store, 'count' | 'putIfAbsent'> {
  const asked = <T>(step: () => Promise<T>): Promise<T> =>
    deadline.wait('store', step).catch((cause) => {
      throw cause instanceof AuthorityError ? cause : new AuthorityError('unavailable', 'the store failed', { cause })
    })
  return {
    count: (...args) => asked(() => store.count(...args)),
    putIfAbsent: (...args) => asked(() => store.putIfAbsent(...args)),
  }
}

/** The handler, and nothing that outlives it. */
export function createHandler(settings: Settings): FetchHandler {
  const { url, keys, skew, timeout, clock, rates, identityRate, authenticate, types, limits } = settings
  const health = healthOf(settings)
  const { pathname } = new URL(`${url}/`)
  const prefix = pathname.slice(0, -1)
  let latest = Number.NEGATIVE_INFINITY

  /** Throws where a statement is not for this request. */
  function checkStatement(statement: Statement, kind: 'user' | 'host', token: string, time: number): void {
    const refuse = (message: string) => new AuthorityError('bad-proof', `statement: ${message}`)
    if (statement.url !== url + paths[kind]) throw refuse('made for another URL')
    if (statement.kind !== kind) throw refuse('of another kind')
    if (!(Math.abs(time - statement.time) <= skew)) {
      throw refuse(`its time differs by more than ${skew} seconds from the one here, ${Math.floor(time)}`)
    }
    if (statement.token !== tokenHash(token)) throw refuse('made with another token')
  }

  /** Unix seconds. Proofs are forgotten as time goes on, and must not become new again when it goes back. */
  function now(): number {
    const time = clock() / 1000
    if (!Number.isFinite(time) || time < latest - skew) {
      throw new AuthorityError('unavailable', 'the clock of the authority went back')
    }
    latest = Math.max(latest, time)
    return time
  }

  /** Throws for another method, and for a query: a token in a URL ends in logs (RFC 6750 section 5.3). */
  function checkTarget({ method, url }: RequestLike, allowed: 'GET' | 'POST'): void {
    if (method !== allowed) throw new AuthorityError('method-not-allowed', `${allowed} expected`)
    if (new URL(url).search !== '') throw badRequest('URL: no query expected')
  }

  async function decide(
    request: RequestLike,
    context: RequestContext,
    kind: 'user' | 'host',
    draft: Draft,
    deadline: Deadline,
  ): Promise<Issued> {
    const { headers } = request
    const store = checkedStore(settings, deadline)
    const time = now()
    if (!keys[kind]) throw new AuthorityError('not-found', 'no certificates of hosts are issued here')
    const address = callerAddress(headers, context.remoteAddress, settings)
    draft.address = address
    checkTarget(request, 'POST')
    checkContentType(headers)
    const token = bearerToken(headers)
    const text = await readBody(request.body, headers.get('content-length'), deadline)
    const { statement: signed, signature } = parseFlatObject(text, 'body', ['statement', 'signature'])
    if (typeof signed !== 'string' || typeof signature !== 'string') {
      throw badRequest('body: statement and signature, both text, expected')
    }
    if (rates?.address) await countRequest(store, rates.address, time, 'address', addressNetwork(address))
    const identity = checkIdentity(await deadline.wait('token', () => authenticate(token, { time })))
    draft.identity = identity.id
    draft.issuer = identity.issuer
    draft.subject = identity.subject
    draft.method = identity.method
    // By the name that stays: an id may be had in several spellings, an address of mail in as many as one likes.
    await countRequest(store, identityRate, time, 'identity', identity.issuer, identity.subject)
    const { statement, publicKey, touched } = await openStatement({ statement: signed, signature }, { types, limits })
    draft.publicKey = fingerprint(publicKey, { hash: sha256 })
    const { accounts, hosts, lifetime } = statement
    const ask = { kind: statement.kind, accounts, hosts, lifetime }
    draft.ask = ask
    checkStatement(statement, kind, token, time)
    // Of what was signed, not of the signature: of that there may be more than one for the same (ECDSA, s and n - s).
    const proof = new Writer().string(publicKey.blob).string(signed).take()
    // Its time may be ahead by the skew, the clock may go back by it, and a body may take its time to come.
    const seen = `proof:${encodeBase64Url(sha256.digest(proof))}`
    if ((await store.putIfAbsent(seen, '1', 3 * skew + Math.ceil(timeout))) !== true) {
      throw new AuthorityError('replayed', 'this request was made before; sign a new one')
    }
    return certify({ identity, ask, publicKey, touched, address }, draft, time, settings, deadline)
  }

  async function serve(request: RequestLike, context: RequestContext, kind: 'user' | 'host'): Promise<WebResponse> {
    const draft: Draft & Pick<RequestRecord, 'time' | 'kind'> = { time: Math.floor(clock() / 1000), kind }
    const issued = await recorded(draft, settings, (deadline) => decide(request, context, kind, draft, deadline))
    const { certificate, serial, keyId, principals, validAfter, validBefore } = issued
    const body: CertificateAnswer = {
      certificate: formatCertificate(certificate, { comment: '' }),
      serial: String(serial),
      keyId,
      principals,
      validAfter: String(validAfter),
      validBefore: String(validBefore),
    }
    return answerJson(200, body)
  }

  const text = (lines: readonly string[]): WebResponse =>
    answer(200, lines.join(''), 'text/plain; charset=utf-8', { 'cache-control': 'no-cache' })

  const notFound = (): AuthorityError => new AuthorityError('not-found', 'there is nothing here')

  /** What is there to be read by everybody. */
  const shown: Readonly<Record<string, () => WebResponse | Promise<WebResponse>>> = {
    [paths.authority]: () => text(authorityKeys(settings, 'user').map((blob) => `${formatPublicLine(blob, '')}\n`)),
    [paths.knownHosts]: () => {
      const { hostPatterns = [] } = settings
      if (!keys.host || hostPatterns.length === 0) throw notFound()
      const hosts = hostPatterns.join(',')
      return text(
        authorityKeys(settings, 'host').map((blob) => `@cert-authority ${hosts} ${formatPublicLine(blob, '')}\n`),
      )
    },
    [paths.krl]: async () => {
      const { krl } = settings
      if (!krl) throw notFound()
      const list = await within(timeout, 'krl', krl).catch((cause) => {
        throw new AuthorityError('unavailable', 'the revocation list cannot be had', { cause })
      })
      // An empty file is to sshd a list of keys with none in it (authfile.c `sshkey_check_revoked`).
      if (!(list instanceof Uint8Array && list.length > 0)) {
        throw new AuthorityError('unavailable', 'the revocation list cannot be had')
      }
      return answer(200, new Uint8Array(list), 'application/octet-stream', { 'cache-control': 'no-cache' })
    },
    [paths.login]: () => {
      if (!settings.login) throw notFound()
      return answerJson(200, settings.login)
    },
    [paths.health]: async () => {
      const state = await health()
      return answerJson(state.status === 'ok' ? 200 : 503, state)
    },
  }

  return async (request, context = {}) => {
    let allow: 'GET' | 'POST' | undefined
    try {
      const asked = new URL(request.url)
      const path = asked.pathname.startsWith(`${prefix}/`) ? asked.pathname.slice(prefix.length) : ''
      const kind = path === paths.user ? 'user' : path === paths.host ? 'host' : undefined
      const show = Object.hasOwn(shown, path) ? shown[path] : undefined
      if (!kind && !show) throw notFound()
      allow = kind ? 'POST' : 'GET'
      if (kind) return await serve(request, context, kind)
      checkTarget(request, allow)
      return await show!()
    } catch (error) {
      const refusal = refusalOf(error)
      return answerRefusal(refusal, allow && refusal.code === 'method-not-allowed' ? { allow } : {})
    }
  }
}

/** The blobs of the keys that sign, and of those that are published beside them. */
export function authorityKeys({ keys, published }: Settings, kind: 'user' | 'host'): Uint8Array[] {
  const key = keys[kind]
  return [...(key ? [key.signer.publicKey] : []), ...(published?.[kind] ?? [])].map(({ blob }) => blob)
}
