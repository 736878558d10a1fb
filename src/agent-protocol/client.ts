/** The client's side: requests go out as they are made, and answers come in their order (RFC 9987 section 3). */

import { type AbortSignalLike, throwIfAborted } from '../crypto/progress.ts'
import type { Signature } from '../keys/signature.ts'
import { blobType } from '../wire/public-line.ts'
import { escapeText } from '../wire/text.ts'
import { AgentError } from './agent-error.ts'
import type { Constraint } from './constraint.ts'
import { closeDuplex, type Duplex } from './duplex.ts'
import { decodeQueryAnswer, encodeSessionBind, QUERY, type SessionBinding } from './extension.ts'
import { decodeFrames, encodeFrame } from './frame.ts'
import { type AddRequest, type AgentIdentity, type AgentRequest, type AgentResponse, signFlags } from './messages.ts'
import { encodeRequest } from './request.ts'
import { decodeResponse } from './response.ts'

/** Options of every request. */
export interface RequestOptions {
  /** Gives up waiting: the promise is rejected with `signal.reason`. The agent does the work all the same. */
  readonly signal?: AbortSignalLike | undefined
}

/** How to sign. */
export interface AgentSignOptions extends RequestOptions {
  /**
   * The signature algorithm that is asked for and must come back. Without it RSA keys sign with SHA-1, and any answer is
   * taken.
   */
  readonly algorithm?: string | undefined
}

/**
 * An agent at the other end of a connection. All of it may be called while answers are pending. Every promise is rejected
 * with `AgentError` (`agent-refused`, `extension-failed`, `unexpected-answer`, `agent-closed`), with `FormatError` or
 * `LimitError` for an answer that is not well formed, or with the signal's reason.
 */
export interface AgentClient {
  /** The keys that it has, and the certificates. Types that nobody knows are among them; none is judged. */
  list(options?: RequestOptions): Promise<readonly AgentIdentity[]>
  /** Signs `data` (the message, not its hash) with the key or certificate of that blob. */
  sign(key: Uint8Array, data: Uint8Array, options?: AgentSignOptions): Promise<Signature>
  /** Adds a key, see `encodeAdd`. The request is wiped. */
  add(request: AddRequest, options?: RequestOptions): Promise<void>
  /** Removes the key or certificate of that blob. */
  remove(key: Uint8Array, options?: RequestOptions): Promise<void>
  removeAll(options?: RequestOptions): Promise<void>
  /** Adds the keys of a token: to OpenSSH, `token` is the path of a PKCS#11 library. */
  addToken(
    token: string,
    pin: Uint8Array,
    options?: RequestOptions & { readonly constraints?: readonly Constraint[] | undefined },
  ): Promise<void>
  removeToken(token: string, pin: Uint8Array, options?: RequestOptions): Promise<void>
  lock(passphrase: Uint8Array, options?: RequestOptions): Promise<void>
  unlock(passphrase: Uint8Array, options?: RequestOptions): Promise<void>
  /** Names of the extensions that it has. OpenSSH knows the question since 10.3, before: `agent-refused`. */
  query(options?: RequestOptions): Promise<readonly string[]>
  /** Binds this connection to a session with a server. */
  bindSession(binding: SessionBinding, options?: RequestOptions): Promise<void>
  /** Any extension; the answer is no failure. */
  extension(name: string, contents: Uint8Array, options?: RequestOptions): Promise<AgentResponse>
  /** Any request; its answer as it is, failures too. */
  request(request: AgentRequest, options?: RequestOptions): Promise<AgentResponse>
  /** Ends the connection; what is pending is rejected with `agent-closed`. */
  close(): Promise<void>
}

/** A request whose answer is to come, and the one sent after it. */
interface Pending {
  readonly frame: Uint8Array
  next?: Pending
  settle(message: Uint8Array | undefined, error?: unknown): void
}

/** The frame of a message, which is wiped. */
function frameOf(message: Uint8Array): Uint8Array {
  try {
    return encodeFrame(message)
  } finally {
    message.fill(0)
  }
}

/** The answer of that kind. Throws `AgentError`. */
function expect<Kind extends AgentResponse['kind']>(
  response: AgentResponse,
  kind: Kind,
): Extract<AgentResponse, { kind: Kind }> {
  const found = response.kind
  if (found === kind) return response as Extract<AgentResponse, { kind: Kind }>
  if (found === 'failure') throw new AgentError('agent-refused', 'the agent refused')
  if (found === 'extension-failure') throw new AgentError('extension-failed', 'the agent could not do it')
  throw new AgentError('unexpected-answer', `agent: ${kind} expected, ${found} found`)
}

/**
 * A client of the agent at the other end of `duplex`, which is its own from now on.
 *
 * @example
 * ```ts
 * import { connectAgent, serveAgent } from 'hawser/agent-protocol'
 *
 * const [there, back] = [new TransformStream<Uint8Array>(), new TransformStream<Uint8Array>()]
 * const empty = { respond: async () => ({ kind: 'identities', identities: [] }) as const }
 * const served = serveAgent({ readable: there.readable, writable: back.writable }, empty)
 *
 * const agent = connectAgent({ readable: back.readable, writable: there.writable })
 * console.log((await agent.list()).length) // 0
 * await agent.close()
 * await served
 * ```
 */
export function connectAgent(duplex: Duplex): AgentClient {
  const reader = duplex.readable.getReader()
  const writer = duplex.writable.getWriter()
  let first: Pending | undefined
  let last: Pending | undefined
  let over: AgentError | undefined

  /** The oldest of those that wait, no longer among them. */
  function shift(): Pending | undefined {
    const pending = first
    first = pending?.next
    return pending
  }

  function end(cause?: unknown): Promise<void> {
    if (over) return Promise.resolve()
    over = new AgentError('agent-closed', 'the connection to the agent is closed', cause === undefined ? {} : { cause })
    for (let pending = shift(); pending; pending = shift()) pending.settle(undefined, over)
    return closeDuplex(reader, writer, cause)
  }

  async function receive(): Promise<void> {
    const messages = decodeFrames()
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return end()
        for (const message of messages(value!)) {
          const pending = shift()
          if (!pending) throw new AgentError('unexpected-answer', 'agent: an answer without a request')
          // Only now is it certain that nobody reads the frame any more: Node's streams call a piece written before it is.
          pending.frame.fill(0)
          pending.settle(message)
        }
      }
    } catch (error) {
      return end(error)
    }
  }

  async function request(asked: AgentRequest, { signal }: RequestOptions = {}): Promise<AgentResponse> {
    throwIfAborted(signal)
    if (over) throw over
    const frame = frameOf(encodeRequest(asked))
    const answer = await new Promise<Uint8Array>((resolve, reject) => {
      const abort = (): void => reject(signal?.reason)
      const pending: Pending = {
        frame,
        settle(message, error) {
          signal?.removeEventListener('abort', abort)
          if (message) resolve(message)
          else reject(error)
        },
      }
      if (first) last!.next = pending
      else first = pending
      last = pending
      signal?.addEventListener('abort', abort, { once: true })
      writer.write(frame).catch(end)
    })
    return decodeResponse(answer, asked)
  }

  async function succeed(asked: AgentRequest, options?: RequestOptions): Promise<void> {
    expect(await request(asked, options), 'success')
  }

  async function extension(name: string, contents: Uint8Array, options?: RequestOptions): Promise<AgentResponse> {
    const response = await request({ kind: 'extension', name, contents }, options)
    return response.kind.endsWith('failure') ? expect(response, 'extension') : response
  }

  void receive()
  return {
    list: async (options) => expect(await request({ kind: 'list' }, options), 'identities').identities,
    async sign(key, data, options = {}) {
      const { algorithm } = options
      const flags =
        algorithm === 'rsa-sha2-512' ? signFlags.sha512 : algorithm === 'rsa-sha2-256' ? signFlags.sha256 : 0
      const { signature } = expect(await request({ kind: 'sign', key, data, flags }, options), 'signature')
      const found = blobType(signature)
      // Agents that do not know the flags sign with SHA-1 (authfd.c `ssh_agent_sign` looks as well).
      if (algorithm !== undefined && found !== algorithm) {
        throw new AgentError('unexpected-answer', `agent: "${escapeText(algorithm)}" asked for, it signed ${found}`)
      }
      return { algorithm: found, blob: signature }
    },
    async add(asked, options) {
      try {
        await succeed(asked, options)
      } finally {
        asked.contents.fill(0)
      }
    },
    remove: (key, options) => succeed({ kind: 'remove', key }, options),
    removeAll: (options) => succeed({ kind: 'remove-all' }, options),
    addToken: (token, pin, { constraints = [], ...options } = {}) =>
      succeed({ kind: 'add-token', token, pin, constraints, constrained: constraints.length > 0 }, options),
    removeToken: (token, pin, options) => succeed({ kind: 'remove-token', token, pin }, options),
    lock: (passphrase, options) => succeed({ kind: 'lock', passphrase }, options),
    unlock: (passphrase, options) => succeed({ kind: 'unlock', passphrase }, options),
    async query(options) {
      const response = await extension(QUERY, new Uint8Array(0), options)
      // The drafts had the names behind a success.
      if (response.kind === 'success') return decodeQueryAnswer(response.contents ?? new Uint8Array(0))
      return decodeQueryAnswer(expect(response, 'extension').contents)
    },
    bindSession: (binding, options) => succeed(encodeSessionBind(binding), options),
    extension,
    request,
    close: () => end(),
  }
}
