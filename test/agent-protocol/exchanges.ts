/** Recorded exchanges with real agents, and the toy agent and connections that the tests of this folder share. */
import { readFileSync } from 'node:fs'
import type { Agent, AgentResponse, Duplex } from '../../src/agent-protocol/index.ts'
import { hex } from '../support/bytes.ts'

/** A request and its answer as messages, without the frames' lengths; no answer where the agent hung up. */
export interface Exchange {
  readonly request: Uint8Array
  readonly response: Uint8Array | undefined
}

const folder = new URL('../vectors/agent/', import.meta.url)

/** What `make-agent.sh` recorded. */
export function recorded(name: 'openssh-system' | 'openssh-sid'): Exchange[] {
  const steps: { exchanges: [string, string][] }[] = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))
  return steps
    .flatMap(({ exchanges }) => exchanges)
    .map(([request, response]) => ({ request: hex(request).slice(4), response: hex(response).slice(4) }))
}

/** All of it. */
export const exchanges: readonly Exchange[] = [...recorded('openssh-system'), ...recorded('openssh-sid')]

/** The messages that add keys. */
export function adds(recording: readonly Exchange[] = exchanges): Uint8Array[] {
  return recording.map(({ request }) => request).filter(([type]) => type === 17 || type === 25)
}

/** Two connections that are the ends of one, in memory. Pieces arrive as `cut` makes them of what was written. */
export function connectionPair(cut: (piece: Uint8Array) => Iterable<Uint8Array> = (piece) => [piece]): {
  readonly here: Duplex
  readonly there: Duplex
} {
  const pipe = (): TransformStream<Uint8Array, Uint8Array> =>
    new TransformStream({
      transform(piece, controller) {
        for (const part of cut(piece)) controller.enqueue(part)
      },
    })
  const [a, b] = [pipe(), pipe()]
  return {
    here: { readable: b.readable, writable: a.writable },
    there: { readable: a.readable, writable: b.writable },
  }
}

/** Answers each sign request with its data as the signature, after some turns of the event loop. */
export const echo: Agent = {
  async respond(request): Promise<AgentResponse> {
    if (request.kind !== 'sign') return { kind: 'failure' }
    const { data } = request
    for (let turns = data[0]! % 5; turns > 0; turns--) await new Promise((done) => setTimeout(done, 0))
    return { kind: 'signature', signature: data }
  },
}
