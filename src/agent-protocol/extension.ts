/** The contents of the extensions that are known: `query` (RFC 9987 section 5.8.1) and OpenSSH's session binding. */

import { Reader } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'
import type { AgentResponse, ExtensionRequest } from './messages.ts'
import { copyString } from './request.ts'

/** Asks which extensions the agent has. */
export const QUERY = 'query'
/** Tells the agent which session a connection is for (PROTOCOL.agent section 1). */
export const SESSION_BIND = 'session-bind@openssh.com'

/** What binds a connection to an agent to a session with a server. */
export interface SessionBinding {
  /** Blob of the host's key, or of its certificate where it showed one. */
  readonly hostKey: Uint8Array
  /** Exchange hash of the first key exchange (RFC 4253 section 7.2). */
  readonly sessionId: Uint8Array
  /** The host's signature of the session identifier. */
  readonly signature: Uint8Array
  /** The session forwards the agent; it does not log in. */
  readonly forwarding: boolean
}

/**
 * The request that binds a connection to a session (PROTOCOL.agent section 1).
 *
 * @example
 * ```ts
 * import { encodeSessionBind } from 'hawser/agent-protocol'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const host = await generatePrivateKey(ed25519)
 * const [hostKey, sessionId] = [host.publicKey.blob, new Uint8Array(32)] // the hash of a key exchange
 * const { blob: signature } = await host.sign(sessionId)
 * console.log(encodeSessionBind({ hostKey, sessionId, signature, forwarding: false }).name) // session-bind@openssh.com
 * ```
 */
export function encodeSessionBind(binding: SessionBinding): ExtensionRequest {
  const writer = new Writer().string(binding.hostKey).string(binding.sessionId).string(binding.signature)
  return { kind: 'extension', name: SESSION_BIND, contents: writer.u8(binding.forwarding ? 1 : 0).take() }
}

/**
 * What a request that binds a connection says (PROTOCOL.agent section 1); its signature is not verified here.
 * Throws `FormatError` (`truncated`, `trailing-bytes`).
 *
 * @example
 * ```ts
 * import { decodeSessionBind, encodeSessionBind } from 'hawser/agent-protocol'
 * import { decodePublicKey, ed25519, generatePrivateKey, verifySignature } from 'hawser/keys'
 *
 * const host = await generatePrivateKey(ed25519)
 * const [hostKey, sessionId] = [host.publicKey.blob, new Uint8Array(32)]
 * const { blob: signature } = await host.sign(sessionId)
 * const { contents } = encodeSessionBind({ hostKey, sessionId, signature, forwarding: true })
 *
 * const [binding, options] = [decodeSessionBind(contents), { types: [ed25519] }]
 * await verifySignature(decodePublicKey(binding.hostKey, options), binding.signature, binding.sessionId, options)
 * console.log(binding.forwarding) // true
 * ```
 */
export function decodeSessionBind(contents: Uint8Array): SessionBinding {
  const reader = new Reader(contents)
  const binding = {
    hostKey: copyString(reader, 'host key'),
    sessionId: copyString(reader, 'session identifier'),
    signature: copyString(reader, 'signature'),
    forwarding: reader.u8('forwarding') !== 0,
  }
  reader.end('session binding')
  return binding
}

/**
 * The answer to a query (RFC 9987 section 5.8.1): the names one after the other, without a count.
 * Throws `FormatError` `bad-encoding` for a name that stands for no octets.
 *
 * @example
 * ```ts
 * import { type Agent, encodeQueryAnswer } from 'hawser/agent-protocol'
 *
 * const agent: Agent = {
 *   respond: async ({ kind }) => (kind === 'extension' ? encodeQueryAnswer(['query']) : { kind: 'failure' }),
 * }
 * const connection = { closed: new Promise<void>(() => {}) }
 * const query = { kind: 'extension', name: 'query', contents: new Uint8Array(0) } as const
 * console.log((await agent.respond(query, connection)).kind) // extension
 * ```
 */
export function encodeQueryAnswer(names: readonly string[]): AgentResponse {
  const writer = new Writer()
  for (const name of names) writer.string(name)
  return { kind: 'extension', name: QUERY, contents: writer.take() }
}

/**
 * The names in the contents of an answer to a query (RFC 9987 section 5.8.1).
 * Throws `FormatError` (`truncated`, `bad-value` for a NUL in a name).
 *
 * @example
 * ```ts
 * import { decodeQueryAnswer, encodeQueryAnswer } from 'hawser/agent-protocol'
 *
 * const answer = encodeQueryAnswer(['query', 'session-bind@openssh.com'])
 * if (answer.kind === 'extension') {
 *   console.log(decodeQueryAnswer(answer.contents)) // [ 'query', 'session-bind@openssh.com' ]
 * }
 * ```
 */
export function decodeQueryAnswer(contents: Uint8Array): string[] {
  const reader = new Reader(contents)
  const names: string[] = []
  while (reader.left) names.push(reader.text('extension'))
  return names
}
