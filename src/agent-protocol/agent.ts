/**
 * What an agent is: one request in, one response out (RFC 9987 section 3). Agents stand in front of others by calling
 * their `respond`.
 */

import type { AgentRequest, AgentResponse } from './messages.ts'

/**
 * One client's connection: the same object for each of its requests, and for no other's. An agent keeps what it knows of
 * a connection (session bindings) in a `WeakMap` under it, so that each agent of a chain has its own.
 */
export interface AgentConnection {
  /** Resolves when the connection is over; never rejects. */
  readonly closed: Promise<void>
}

/** Anything that answers requests: a keyring, a filter in front of another agent, a bridge to hardware. */
export interface Agent {
  /**
   * Answers one request. Requests of one connection come one after the other, those of several at the same time. What
   * is thrown becomes a failure.
   *
   * The secrets of a request (the contents of an add, passphrases, PINs) are wiped once the promise has settled; all
   * else belongs to the agent.
   */
  respond(request: AgentRequest, connection: AgentConnection): Promise<AgentResponse>
}
