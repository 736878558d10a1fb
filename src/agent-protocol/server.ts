/** The agent's side: each request of a connection gets one answer, in its order (RFC 9987 section 3). */

import { SshError } from '../errors.ts'
import type { Agent, AgentConnection } from './agent.ts'
import { closeDuplex, type Duplex } from './duplex.ts'
import { decodeFrames, encodeFrame } from './frame.ts'
import type { AgentRequest } from './messages.ts'
import { decodeRequest, wipeRequest } from './request.ts'
import { encodeResponse } from './response.ts'

/** How to serve. */
export interface ServeOptions {
  /**
   * Told what was answered with a failure or ended the connection: a request or a frame that is not well formed
   * (`SshError`), whatever the agent threw, a lost connection.
   */
  readonly onError?: ((error: unknown) => void) | undefined
}

/**
 * The frame that answers one message. A request that is not well formed, an agent that throws and an answer that cannot
 * be sent are failures.
 */
async function answer(
  message: Uint8Array,
  agent: Agent,
  connection: AgentConnection,
  onError: (error: unknown) => void,
): Promise<Uint8Array> {
  let request: AgentRequest | undefined
  try {
    request = decodeRequest(message)
    message.fill(0)
    return encodeFrame(encodeResponse(await agent.respond(request, connection)))
  } catch (error) {
    onError(error)
    return encodeFrame(encodeResponse({ kind: 'failure' }))
  } finally {
    message.fill(0)
    if (request) wipeRequest(request)
  }
}

/**
 * Serves one connection until it ends, and then resolves; it never rejects. The requests of the connection are answered
 * one after the other, and nothing is read while one is. After a frame that is too long or empty nothing that follows
 * can be read, and the connection is closed, as by `ssh-agent`.
 *
 * @example
 * ```ts
 * import { connectAgent, serveAgent } from 'hawser/agent-protocol'
 *
 * const [there, back] = [new TransformStream<Uint8Array>(), new TransformStream<Uint8Array>()]
 * const refusing = { respond: async () => ({ kind: 'failure' }) as const }
 * const served = serveAgent({ readable: there.readable, writable: back.writable }, refusing)
 *
 * const agent = connectAgent({ readable: back.readable, writable: there.writable })
 * console.log((await agent.request({ kind: 'list' })).kind) // failure
 * await agent.close()
 * await served
 * ```
 */
export async function serveAgent(duplex: Duplex, agent: Agent, options: ServeOptions = {}): Promise<void> {
  const reader = duplex.readable.getReader()
  const writer = duplex.writable.getWriter()
  const onError = (error: unknown): void => {
    try {
      options.onError?.(error)
    } catch {
      // What the one who is told makes of it is no reason to leave the client without an answer.
    }
  }
  let over = (): void => {}
  const connection: AgentConnection = {
    closed: new Promise((resolve) => {
      over = resolve
    }),
  }
  const messages = decodeFrames()
  let reason: unknown
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      for (const message of messages(value!)) await writer.write(await answer(message, agent, connection, onError))
    }
  } catch (error) {
    onError(error)
    // What was answered before a frame that cannot be read still goes out.
    if (!(error instanceof SshError)) reason = error ?? new Error('connection lost')
  } finally {
    over()
    await closeDuplex(reader, writer, reason)
  }
}
