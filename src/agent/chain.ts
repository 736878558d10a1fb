/** Several agents as one. */

import type { Agent, AgentConnection } from '../agent-protocol/agent.ts'
import { decodeQueryAnswer, encodeQueryAnswer, QUERY, SESSION_BIND } from '../agent-protocol/extension.ts'
import type { AgentIdentity, AgentRequest, AgentResponse } from '../agent-protocol/messages.ts'
import { latin1 } from '../wire/text.ts'

/** Whom to tell. */
export interface ChainOptions {
  /** Told what one of the agents threw, which counts as a failure of that one alone. */
  readonly onError?: ((error: unknown) => void) | undefined
}

const FAILURE: AgentResponse = { kind: 'failure' }
const isFailure = ({ kind }: AgentResponse): boolean => kind === 'failure'

/**
 * One agent of several, the first before the others. Lists are joined, each key once. The first that lists a key signs
 * with it, and what it says is final: nobody else is asked where it refuses. A key is added to the first that takes it
 * and removed from all; all are locked, unlocked and emptied, and bound to sessions. A request that nobody knows goes to
 * one after the other until one does not fail.
 *
 * @example
 * ```ts
 * import { chainAgents, createKeyring } from 'hawser/agent'
 * import { encodeAdd } from 'hawser/agent-protocol'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const [first, second] = [createKeyring({ types: [ed25519] }), createKeyring({ types: [ed25519] })]
 * const connection = { closed: new Promise<void>(() => {}) }
 * await second.respond(encodeAdd(await generatePrivateKey(ed25519)), connection)
 * const both = await chainAgents([first, second]).respond({ kind: 'list' }, connection)
 * console.log(both.kind === 'identities' && both.identities.length) // 1
 * ```
 */
export function chainAgents(agents: readonly Agent[], options: ChainOptions = {}): Agent {
  async function ask(agent: Agent, request: AgentRequest, connection: AgentConnection): Promise<AgentResponse> {
    try {
      return await agent.respond(request, connection)
    } catch (error) {
      options.onError?.(error)
      return FAILURE
    }
  }

  async function lists(agent: Agent, key: Uint8Array, connection: AgentConnection): Promise<boolean> {
    const id = latin1(key)
    const answer = await ask(agent, { kind: 'list' }, connection)
    return answer.kind === 'identities' && answer.identities.some((identity) => latin1(identity.key) === id)
  }

  return {
    async respond(request, connection) {
      const { kind } = request
      const extension = kind === 'extension' ? request.name : undefined
      if (kind === 'sign') {
        for (const agent of agents) {
          const last = agent === agents.at(-1)
          if (last || (await lists(agent, request.key, connection))) return ask(agent, request, connection)
        }
        return FAILURE
      }
      const every = kind === 'lock' || kind === 'unlock' || kind === 'remove-all'
      const some = kind === 'list' || kind.startsWith('remove') || extension === QUERY || extension === SESSION_BIND
      const answers: AgentResponse[] = []
      for (const agent of agents) {
        const answer = await ask(agent, request, connection)
        answers.push(answer)
        if (!every && !some && !isFailure(answer)) break
      }
      if (kind === 'list') return joinLists(answers)
      if (extension === QUERY) return joinNames(answers)
      return answers.find((answer) => isFailure(answer) === every) ?? answers[0] ?? FAILURE
    },
  }
}

function joinLists(answers: readonly AgentResponse[]): AgentResponse {
  const found = answers.filter((answer) => answer.kind === 'identities')
  if (found.length < 2) return found[0] ?? FAILURE
  const all = new Map<string, AgentIdentity>()
  for (const identity of found.flatMap(({ identities }) => identities)) {
    const id = latin1(identity.key)
    if (!all.has(id)) all.set(id, identity)
  }
  return { kind: 'identities', identities: [...all.values()] }
}

function joinNames(answers: readonly AgentResponse[]): AgentResponse {
  const found = answers.filter((answer) => answer.kind === 'extension')
  if (found.length < 2) return found[0] ?? FAILURE
  return encodeQueryAnswer([...new Set(found.flatMap(({ contents }) => decodeQueryAnswer(contents)))])
}
