/** An agent at the other end of a connection, as one to put a filter in front of or into a chain. */

import type { Agent, AgentConnection } from '../agent-protocol/agent.ts'
import type { AgentClient } from '../agent-protocol/client.ts'

/**
 * An agent that asks another. Each connection that is served gets one of its own from `connect`, closed with it: a
 * session binding holds for one connection and must not leak into another. Answers are given on as they are, requests
 * that nobody knows too. One that was lost is not made again, since its bindings went with it.
 *
 * @example
 * ```ts
 * import { createKeyring, remoteAgent } from 'hawser/agent'
 * import { connectAgent, serveAgent } from 'hawser/agent-protocol'
 *
 * const upstream = createKeyring({ types: [] })
 * const agent = remoteAgent(() => {
 *   const [there, back] = [new TransformStream<Uint8Array>(), new TransformStream<Uint8Array>()]
 *   void serveAgent({ readable: there.readable, writable: back.writable }, upstream)
 *   return connectAgent({ readable: back.readable, writable: there.writable })
 * })
 * const connection = { closed: new Promise<void>(() => {}) }
 * console.log((await agent.respond({ kind: 'list' }, connection)).kind) // identities
 * ```
 */
export function remoteAgent(connect: () => AgentClient | Promise<AgentClient>): Agent {
  const clients = new WeakMap<AgentConnection, Promise<AgentClient>>()

  function open(connection: AgentConnection): Promise<AgentClient> {
    const client = (async () => connect())()
    clients.set(connection, client)
    client.then(
      (made) => connection.closed.then(() => made.close()),
      // Nothing was bound yet: the next request may try again.
      () => clients.delete(connection),
    )
    return client
  }

  return {
    respond: async (request, connection) => (await (clients.get(connection) ?? open(connection))).request(request),
  }
}
