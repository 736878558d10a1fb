/**
 * An agent whose one identity is a certificate that an authority issues for minutes: key and certificate are made when
 * somebody first asks which keys there are (which is what `ssh` does once it is connected, sshconnect2.c
 * `pubkey_prepare`), and are gone when it is over. Nothing happens that nobody asked for.
 */

import { chainAgents } from '../agent/chain.ts'
import { createKeyring } from '../agent/keyring.ts'
import type { LockOptions } from '../agent/lock.ts'
import { type KeyUse, readPurpose, type SigningPurpose } from '../agent/purpose.ts'
import { refused } from '../agent/refused.ts'
import { createTimer } from '../agent/timer.ts'
import { encodeAdd } from '../agent-protocol/add.ts'
import type { Agent, AgentConnection } from '../agent-protocol/agent.ts'
import {
  decodeQueryAnswer,
  decodeSessionBind,
  encodeQueryAnswer,
  QUERY,
  SESSION_BIND,
} from '../agent-protocol/extension.ts'
import type { AgentRequest, AgentResponse, SignRequest } from '../agent-protocol/messages.ts'
import { equalBytes } from '../crypto/constant-time.ts'
import { type AbortSignalLike, throwIfAborted } from '../crypto/progress.ts'
import type { Random } from '../crypto/random.ts'
import { AuthorityError, SshError } from '../errors.ts'
import type { Certificate } from '../keys/certificate.ts'
import type { KeyType } from '../keys/key-type.ts'
import { generatePrivateKey } from '../keys/private-key.ts'
import type { KeyOptions } from '../keys/public-key.ts'
import { checkWhole } from '../wire/expect.ts'
import { escapeText, latin1 } from '../wire/text.ts'
import type { AuthorityClient } from './client.ts'
import { decodeLogin, encodeLoginAnswer, LOGIN } from './login-extension.ts'
import { singleFlight, withDeadline } from './single-flight.ts'
import type { Ask } from './statement.ts'
import type { Token, Tokens } from './token.ts'

declare const AbortController: new () => { readonly signal: AbortSignalLike; abort(reason?: unknown): void }

/** What happens in the agent. None of it holds a secret. */
export type CertificateEvent =
  /** Somebody may have to log in, for which there are so many seconds. */
  | { readonly kind: 'asking'; readonly seconds: number }
  | { readonly kind: 'issued'; readonly certificate: Certificate; readonly secondsLeft: number }
  /** There is no certificate; for so many seconds nobody is asked again. */
  | { readonly kind: 'failed'; readonly error: unknown; readonly pause: number }
  /** Key and certificate are gone. */
  | { readonly kind: 'expired'; readonly certificate: Certificate }
  /** A request was refused: `SshError`, or what another agent threw. */
  | { readonly kind: 'refused'; readonly error: unknown }

/** What an agent gets certificates with. */
export interface CertificateAgentOptions extends KeyOptions, LockOptions {
  readonly client: AuthorityClient
  readonly tokens: Tokens
  /** Type of its keys, one of `types`: Ed25519 serves. The others are for authorities, and for hosts that bind a session. */
  readonly keyType: KeyType
  /** RSA: bits. */
  readonly bits?: number | undefined
  /** Accounts, groups of hosts and lifetime to ask for; what is not said is up to the policy. */
  readonly ask?: Omit<Ask, 'kind'> | undefined
  /** Seconds before its end at which a certificate is no longer given out and a new one is asked for; 20 where not given. */
  readonly renewBefore?: number | undefined
  /** Seconds for a certificate, a person's login included; 120 where not given, as sshd's LoginGraceTime. */
  readonly patience?: number | undefined
  /** Seconds after a failure in which nobody is asked again; 5 where not given, longer where the authority says so. */
  readonly pause?: number | undefined
  /** The user's other agent: its keys stand behind the certificate, and what is not for the certificate goes to it. */
  readonly behind?: Agent | undefined
  /** Lets a host that the agent is forwarded to use the certificate. */
  readonly forwarded?: boolean | undefined
  /** Asked before each use of the certificate; anything but true denies. */
  readonly confirm?: ((use: KeyUse) => boolean | Promise<boolean>) | undefined
  /** Whether it signs what is no login; it does not where this is not given. */
  readonly allow?: ((purpose: SigningPurpose) => boolean) | undefined
  /** Milliseconds since 1970. */
  readonly clock?: (() => number) | undefined
  readonly random?: Random | undefined
  readonly onEvent?: ((event: CertificateEvent) => void) | undefined
}

/** A connection whose end is known while a request is being answered; `serveAgentSocket` makes them. */
export interface WaitingConnection extends AgentConnection {
  /** Resolves when the client has closed its side; never rejects. */
  readonly ended?: Promise<void> | undefined
}

/** An agent with a certificate. */
export interface CertificateAgent extends Agent {
  /** Never rejects: what is refused is a failure. */
  respond(request: AgentRequest, connection: WaitingConnection): Promise<AgentResponse>
  /** The certificate that there is, or a new one. */
  certificate(options?: { readonly signal?: AbortSignalLike | undefined }): Promise<Certificate>
  /** Forgets key, certificate and token. */
  wipe(): void
}

/** What is known of a connection. */
interface Session {
  /** It comes from another machine, or may. */
  foreign: boolean
  sessionId: Uint8Array | undefined
}

const FAILURE: AgentResponse = { kind: 'failure' }
const NOTHING: AgentResponse = { kind: 'identities', identities: [] }
/** Longest pause that an authority can ask for, in seconds. */
const LONGEST_PAUSE = 300

/** `1 min 43 s left`. */
export function timeLeft(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  if (whole < 60) return `${whole} s left`
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  return hours > 0 ? `${hours} h ${minutes} min left` : `${minutes} min ${whole % 60} s left`
}

/** Whom a certificate names, by its key id: what stands before ` by ` where it is one of this library's authority. */
export function certificateOwner({ keyId }: Pick<Certificate, 'keyId'>): string {
  return escapeText(keyId.split(' by ', 1)[0]!, 128)
}

/**
 * An agent that asks an authority for a certificate when one is needed: at a list, where there is none or it has less
 * than `renewBefore` seconds left; at a signature with so little left, which is still made with the listed one. All who
 * ask at the same time wait for the same answer; one that fails leaves the list to the other agent alone. The plain key
 * is never listed. Serve it to each connection with an object of its own.
 *
 * @example
 * ```ts
 * import { authorityClient, createCertificateAgent, keepTokens, readToken } from 'hawser/ca'
 * import { allTypes, ed25519 } from 'hawser/keys'
 *
 * const client = authorityClient({ url: 'http://127.0.0.1:1/', types: allTypes })
 * const agent = createCertificateAgent({
 *   client,
 *   tokens: keepTokens(async () => readToken('a-token', 'example')),
 *   types: allTypes,
 *   keyType: ed25519,
 *   onEvent: (event) => console.log(event.kind),
 * })
 * const connection = { closed: new Promise<void>(() => {}) }
 * const { kind } = await agent.respond({ kind: 'list' }, connection) // asking, failed
 * console.log(kind) // identities
 * agent.wipe()
 * ```
 */
export function createCertificateAgent(options: CertificateAgentOptions): CertificateAgent {
  const { client, tokens, keyType, ask = {}, behind, clock = Date.now } = options
  const { renewBefore = 20, patience = 120, pause = 5 } = options
  checkWhole('renewBefore', renewBefore, 0)
  checkWhole('patience', patience, 1, 86_400)
  checkWhole('pause', pause, 0, 86_400)
  const onEvent = (event: CertificateEvent): void => options.onEvent?.(event)
  const onError = (error: unknown): void => onEvent({ kind: 'refused', error })
  const sessions = new WeakMap<AgentConnection, Session>()
  /** By blob, the newest last. Keys and their ends are the keyring's; this is what to say of them. */
  const held = new Map<string, { readonly certificate: Certificate; readonly ends: number }>()
  const keyring = createKeyring({
    types: options.types,
    limits: options.limits,
    random: options.random,
    delay: options.delay,
    clock: options.clock,
    onError,
  })
  const own: Agent = { respond: ownAnswer }
  const all = behind ? chainAgents([own, behind], { onError }) : own
  /** Rings when the next certificate ends. It keeps no process. */
  const timer = createTimer(options.clock, sweep)
  let locked = false
  let failure: { readonly error: unknown; readonly until: number } | undefined
  /** What ends the waiting of each client. */
  const waiting = new Set<() => void>()
  /** Counts what was forgotten: what was asked for before is not kept after. */
  let wiped = 0

  const secondsLeft = ({ validBefore }: Certificate): number => Number(validBefore) - clock() / 1000

  /** Forgets what is over, by the wall's clock or by the steady one; the keyring wipes by the lifetime that it was told. */
  function sweep(): void {
    const now = timer.now()
    let next = Infinity
    for (const [id, { certificate, ends }] of held) {
      if (ends > now && secondsLeft(certificate) > 0) next = Math.min(next, ends)
      else {
        held.delete(id)
        onEvent({ kind: 'expired', certificate })
      }
    }
    timer.set(next)
  }

  function newest(): Certificate | undefined {
    sweep()
    return [...held.values()].at(-1)?.certificate
  }

  async function ownAnswer(request: AgentRequest, connection: AgentConnection): Promise<AgentResponse> {
    const { kind } = request
    const session = sessions.get(connection)!
    if (session.foreign && !options.forwarded) {
      if (kind === 'list') return NOTHING
      if (kind === 'sign' || kind.startsWith('remove')) return FAILURE
    }
    if (kind === 'sign') await checkUse(request, session)
    const answer = await keyring.respond(request, connection)
    const done = answer.kind === 'success'
    if (done && (kind === 'lock' || kind === 'unlock')) locked = kind === 'lock'
    if (done && kind === 'remove-all') forget()
    if (done && kind === 'remove') held.delete(latin1(request.key))
    if (kind === 'extension' && request.name === SESSION_BIND) note(request.contents, done, session)
    if (answer.kind !== 'identities') return answer
    // An older one may still sign what it was listed for.
    const last = newest()
    const mine = answer.identities.filter(({ key }) => last && equalBytes(key, last.blob))
    const identities = mine.map(({ key, comment }) => ({ key, comment: `${comment}, ${timeLeft(secondsLeft(last!))}` }))
    return { kind: 'identities', identities }
  }

  /** Whoever binds and fails has lost our trust: ssh-agent.c does the same to its constrained keys. */
  function note(contents: Uint8Array, done: boolean, session: Session): void {
    if (!done) session.foreign = true
    else {
      const { sessionId, forwarding } = decodeSessionBind(contents)
      session.sessionId = sessionId
      if (forwarding) session.foreign = true
    }
  }

  /** Throws unless it is a login, and one to the session that the connection is bound to, and confirmed. */
  async function checkUse({ key, data }: SignRequest, { sessionId }: Session): Promise<void> {
    const certificate = held.get(latin1(key))?.certificate
    if (!certificate) throw refused('no such key')
    const purpose = readPurpose(data, key)
    if (purpose.kind !== 'login') {
      if (options.allow?.(purpose) !== true) throw refused('the certificate signs logins alone')
    } else if (sessionId && !equalBytes(sessionId, purpose.sessionId)) throw refused('a login to another session')
    if (!options.confirm) return
    const use = {
      key: new Uint8Array(key),
      comment: certificateOwner(certificate),
      data: new Uint8Array(data),
      purpose,
    }
    if ((await options.confirm(use)) !== true) throw refused('not confirmed')
  }

  /** A certificate by that token, for a key of its own; both are kept. */
  async function issue({ token }: Token, signal: AbortSignalLike, round: number): Promise<Certificate> {
    const key = await generatePrivateKey(keyType, { bits: options.bits, random: options.random, signal })
    try {
      const certificate = await client.requestUserCertificate({ ...ask, signer: key, token, signal })
      throwIfAborted(signal)
      if (round !== wiped || locked) throw refused('locked or emptied in the meantime')
      const left = secondsLeft(certificate)
      const add = encodeAdd(key, {
        certificate,
        comment: certificateOwner(certificate),
        constraints: [{ kind: 'lifetime', seconds: Math.min(Math.max(1, Math.ceil(left)), 0xffff_ffff) }],
      })
      try {
        const { kind } = await keyring.respond(add, { closed: new Promise<void>(() => {}) })
        if (kind !== 'success') throw refused('the keyring does not take the certificate')
      } finally {
        add.contents.fill(0)
      }
      held.set(latin1(certificate.blob), { certificate, ends: timer.now() + left * 1000 })
      sweep()
      onEvent({ kind: 'issued', certificate, secondsLeft: Math.floor(left) })
      return certificate
    } finally {
      // The keyring has a copy of its own.
      key.wipe()
    }
  }

  /** A token and a certificate with it; where the authority no longer takes a token that was kept, once more. */
  async function obtain(signal: AbortSignalLike): Promise<Certificate> {
    const round = wiped
    const first = await tokens.get({ signal })
    try {
      return await issue(first, signal, round)
    } catch (error) {
      if (!(error instanceof AuthorityError) || error.code !== 'unauthenticated') throw error
      tokens.forget(first.token)
      const second = await tokens.get({ signal })
      if (second.token === first.token) {
        tokens.forget(second.token)
        throw error
      }
      return issue(second, signal, round)
    }
  }

  const late = (): unknown => new AuthorityError('login-failed', `no certificate within ${patience} s`)
  const fly = singleFlight(async (signal) => {
    onEvent({ kind: 'asking', seconds: patience })
    try {
      const certificate = await withDeadline(patience * 1000, signal, late, obtain)
      failure = undefined
      return certificate
    } catch (error) {
      const asked = error instanceof AuthorityError ? (error.retryAfter ?? 0) : 0
      // Nobody waits any more: whoever comes next has done nothing wrong.
      const seconds = signal.aborted ? 0 : Math.min(Math.max(pause, asked), LONGEST_PAUSE)
      failure = { error, until: timer.now() + seconds * 1000 }
      onEvent({ kind: 'failed', error, pause: seconds })
      throw error
    }
  })

  async function certificate({ signal }: { readonly signal?: AbortSignalLike | undefined } = {}): Promise<Certificate> {
    const now = newest()
    if (now && secondsLeft(now) >= renewBefore) return now
    if (failure && failure.until > timer.now()) throw failure.error
    return fly(signal)
  }

  /** Asks for a certificate as long as the client waits. What goes wrong is told as an event, and is no failure. */
  async function ensure(connection: WaitingConnection): Promise<void> {
    const now = newest()
    if (now && secondsLeft(now) >= renewBefore) return
    const controller = new AbortController()
    const over = (): void => controller.abort(refused('nobody waits for it any more'))
    void connection.closed.then(over)
    void connection.ended?.then(over)
    waiting.add(over)
    await certificate({ signal: controller.signal }).catch(() => {})
    waiting.delete(over)
  }

  /** Takes a token from this machine's user and asks for a certificate at once, so that he sees what comes of it. */
  async function login(contents: Uint8Array, connection: WaitingConnection): Promise<AgentResponse> {
    // Whoever is at the other end of a forwarding could make the user somebody else.
    if (sessions.get(connection)!.foreign || sessions.get(connection)!.sessionId) {
      throw refused('no login over a bound connection')
    }
    if (locked) throw refused('locked')
    const token = decodeLogin(contents)
    if (!token) return encodeLoginAnswer({ authority: client.url })
    try {
      const issued = await withDeadline(patience * 1000, undefined, late, (signal) => issue(token, signal, wiped))
      tokens.accept(token)
      failure = undefined
      // Whoever still waits for a person has what he waits for.
      for (const go of waiting) go()
      return encodeLoginAnswer({ authority: client.url, certificate: issued })
    } catch (error) {
      if (!(error instanceof SshError)) throw error
      return encodeLoginAnswer({ authority: client.url, error })
    }
  }

  async function answer(request: AgentRequest, connection: WaitingConnection): Promise<AgentResponse> {
    const { kind } = request
    const extension = kind === 'extension' ? request.name : undefined
    const { foreign } = sessions.get(connection)!
    if (kind === 'extension' && extension === LOGIN) return login(request.contents, connection)
    // The keyring is for certificates alone.
    if (kind === 'add' || kind === 'add-token') return (await behind?.respond(request, connection)) ?? FAILURE
    sweep()
    if (kind === 'list' && !locked && (options.forwarded || !foreign)) await ensure(connection)
    if (kind === 'sign') {
      // To ask which agent lists it, as a chain does, would leave out an older certificate.
      if (!held.has(latin1(request.key))) return (await behind?.respond(request, connection)) ?? FAILURE
      const last = newest()
      if (!locked && (options.forwarded || !foreign) && last && secondsLeft(last) < renewBefore) {
        void certificate().catch(() => {})
      }
      return await own.respond(request, connection)
    }
    const response = await all.respond(request, connection)
    if (extension !== QUERY) return response
    return encodeQueryAnswer([...(response.kind === 'extension' ? decodeQueryAnswer(response.contents) : []), LOGIN])
  }

  function forget(): void {
    wiped++
    held.clear()
    tokens.forget()
    failure = undefined
    timer.set(Infinity)
  }

  return {
    async respond(request, connection) {
      if (!sessions.has(connection)) sessions.set(connection, { foreign: false, sessionId: undefined })
      try {
        return await answer(request, connection)
      } catch (error) {
        onError(error)
        // A failure would have a chain of agents hand the token to the next one.
        const mine = request.kind === 'extension' && request.name === LOGIN
        return mine ? { kind: 'extension-failure' } : FAILURE
      }
    },
    certificate,
    wipe() {
      forget()
      keyring.wipe()
    },
  }
}
