/**
 * An agent whose one identity is a certificate that an authority issues for minutes: key and certificate are made when
 * somebody first asks which keys there are (which is what `ssh` does once it is connected, sshconnect2.c
 * `pubkey_prepare`), and are gone when it is over. Nothing happens that nobody asked for.
 */

import { chainAgents } from '../agent/chain.ts'
import { readPurpose } from '../agent/purpose.ts'
import { refused } from '../agent/refused.ts'
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
import type { AbortSignalLike } from '../crypto/progress.ts'
import { SshError } from '../errors.ts'
import type { Certificate } from '../keys/certificate.ts'
import type { CertificateAgentOptions } from './certificate-agent-options.ts'
import { certificateOwner, createCertificateSupply, timeLeft } from './certificate-supply.ts'
import { decodeLogin, encodeLoginAnswer, LOGIN } from './login-extension.ts'

declare const AbortController: new () => { readonly signal: AbortSignalLike; abort(reason?: unknown): void }

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
/**
 * An agent that asks an authority for a certificate when one is needed: at a list, where there is none or it has less
 * than `renewBefore` seconds left; at a signature with so little left, which is still made with the listed one. All who
 * ask at the same time wait for the same answer; one that fails leaves the list to the other agent alone. The plain key
 * is never listed. Serve it to each connection with an object of its own. Throws `TypeError` for seconds that are none.
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
  const { behind } = options
  const onError = (error: unknown): void => options.onEvent?.({ kind: 'refused', error })
  const supply = createCertificateSupply(options, onError)
  const sessions = new WeakMap<AgentConnection, Session>()
  const own: Agent = { respond: ownAnswer }
  const all = behind ? chainAgents([own, behind], { onError }) : own
  /** What ends the waiting of each client. */
  const waiting = new Set<() => void>()

  async function ownAnswer(request: AgentRequest, connection: AgentConnection): Promise<AgentResponse> {
    const { kind } = request
    const session = sessions.get(connection)!
    if (session.foreign && !options.forwarded) {
      if (kind === 'list') return NOTHING
      if (kind === 'sign' || kind.startsWith('remove')) return FAILURE
    }
    if (kind === 'sign') await checkUse(request, session)
    const answer = await supply.keyring.respond(request, connection)
    const done = answer.kind === 'success'
    if (done && (kind === 'lock' || kind === 'unlock')) supply.locked = kind === 'lock'
    if (done && kind === 'remove-all') supply.forget()
    if (done && kind === 'remove') supply.drop(request.key)
    if (kind === 'extension' && request.name === SESSION_BIND) note(request.contents, done, session)
    if (answer.kind !== 'identities') return answer
    // An older one may still sign what it was listed for.
    const last = supply.newest()
    const mine = answer.identities.filter(({ key }) => last && equalBytes(key, last.blob))
    const identities = mine.map(({ key, comment }) => ({
      key,
      comment: `${comment}, ${timeLeft(supply.secondsLeft(last!))}`,
    }))
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
    const certificate = supply.find(key)
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

  /** Asks for a certificate as long as the client waits. What goes wrong is told as an event, and is no failure. */
  async function ensure(connection: WaitingConnection): Promise<void> {
    if (supply.fresh()) return
    const controller = new AbortController()
    const over = (): void => controller.abort(refused('nobody waits for it any more'))
    void connection.closed.then(over)
    void connection.ended?.then(over)
    waiting.add(over)
    await supply.certificate({ signal: controller.signal }).catch(() => {})
    waiting.delete(over)
  }

  /** Takes a token from this machine's user and asks for a certificate at once, so that he sees what comes of it. */
  async function login(contents: Uint8Array, connection: WaitingConnection): Promise<AgentResponse> {
    // Whoever is at the other end of a forwarding could make the user somebody else.
    if (sessions.get(connection)!.foreign || sessions.get(connection)!.sessionId) {
      throw refused('no login over a bound connection')
    }
    if (supply.locked) throw refused('locked')
    const token = decodeLogin(contents)
    if (!token) return encodeLoginAnswer({ authority: options.client.url })
    try {
      const issued = await supply.accept(token)
      // Whoever still waits for a person has what he waits for.
      for (const go of waiting) go()
      return encodeLoginAnswer({ authority: options.client.url, certificate: issued })
    } catch (error) {
      if (!(error instanceof SshError)) throw error
      return encodeLoginAnswer({ authority: options.client.url, error })
    }
  }

  async function answer(request: AgentRequest, connection: WaitingConnection): Promise<AgentResponse> {
    const { kind } = request
    const extension = kind === 'extension' ? request.name : undefined
    const { foreign } = sessions.get(connection)!
    if (kind === 'extension' && extension === LOGIN) return login(request.contents, connection)
    // The keyring is for certificates alone.
    if (kind === 'add' || kind === 'add-token') return (await behind?.respond(request, connection)) ?? FAILURE
    supply.sweep()
    if (kind === 'list' && !supply.locked && (options.forwarded || !foreign)) await ensure(connection)
    if (kind === 'sign') {
      // To ask which agent lists it, as a chain does, would leave out an older certificate.
      if (!supply.find(request.key)) return (await behind?.respond(request, connection)) ?? FAILURE
      if (!supply.locked && (options.forwarded || !foreign) && supply.newest() && !supply.fresh()) {
        void supply.certificate().catch(() => {})
      }
      return await own.respond(request, connection)
    }
    const response = await all.respond(request, connection)
    if (extension !== QUERY) return response
    return encodeQueryAnswer([...(response.kind === 'extension' ? decodeQueryAnswer(response.contents) : []), LOGIN])
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
    certificate: supply.certificate,
    wipe() {
      supply.forget()
      supply.keyring.wipe()
    },
  }
}
