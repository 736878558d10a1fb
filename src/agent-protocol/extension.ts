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

/** The request that binds a connection. */
export function encodeSessionBind(binding: SessionBinding): ExtensionRequest {
  const writer = new Writer().string(binding.hostKey).string(binding.sessionId).string(binding.signature)
  return { kind: 'extension', name: SESSION_BIND, contents: writer.u8(binding.forwarding ? 1 : 0).take() }
}

/** What such a request says; its signature is not verified here. Throws `FormatError`. */
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

/** The answer to a query: the names one after the other, without a count. */
export function encodeQueryAnswer(names: readonly string[]): AgentResponse {
  const writer = new Writer()
  for (const name of names) writer.string(name)
  return { kind: 'extension', name: QUERY, contents: writer.take() }
}

/** The names in the contents of an answer to a query. Throws `FormatError`. */
export function decodeQueryAnswer(contents: Uint8Array): string[] {
  const reader = new Reader(contents)
  const names: string[] = []
  while (reader.left) names.push(reader.text('extension'))
  return names
}
