/** An agent in front of another: which keys there are, who is asked before each use, what is written down. */

import type { Agent } from '../agent-protocol/agent.ts'
import { QUERY, SESSION_BIND } from '../agent-protocol/extension.ts'
import type { AgentIdentity, AgentRequest, AgentResponse } from '../agent-protocol/messages.ts'
import { type KeyUse, readPurpose } from './purpose.ts'

/** What a filter lets through. Anything but true is no. */
export interface AgentFilter {
  /**
   * Whether the key or certificate of that blob is there: in lists, to sign, to be removed. All are where it is not given.
   * Name those that are: another spelling of a blob may mean the same key to the agent behind.
   */
  readonly allow?: ((key: Uint8Array) => boolean | Promise<boolean>) | undefined
  /** Asked before each use. */
  readonly confirm?: ((use: KeyUse) => boolean | Promise<boolean>) | undefined
  /** Told of each use and its answer, also of those that were refused; what it throws withholds the answer. */
  readonly log?: ((use: KeyUse, response: AgentResponse) => void | Promise<void>) | undefined
  /**
   * Which other requests go through besides lists, signatures, `query` and session bindings: those that add, remove,
   * lock, and those that nobody knows, which may be anything. None where it is not given.
   */
  readonly pass?: ((request: AgentRequest) => boolean | Promise<boolean>) | undefined
}

const FAILURE: AgentResponse = { kind: 'failure' }

/**
 * The agent behind a filter. What it answers is given on untouched, but for the keys of a list that are not allowed.
 *
 * @example
 * ```ts
 * import { createKeyring, filterAgent } from 'hawser/agent'
 * import { encodeAdd } from 'hawser/agent-protocol'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const keyring = createKeyring({ types: [ed25519] })
 * const readOnly = filterAgent(keyring, { log: (use, { kind }) => console.log(use.purpose.kind, kind) })
 * const connection = { closed: new Promise<void>(() => {}) }
 * const key = await generatePrivateKey(ed25519)
 * console.log((await readOnly.respond(encodeAdd(key), connection)).kind) // failure
 * await keyring.respond(encodeAdd(key), connection)
 * const data = new Uint8Array(3)
 * await readOnly.respond({ kind: 'sign', key: key.publicKey.blob, data, flags: 0 }, connection) // other signature
 * ```
 */
export function filterAgent(agent: Agent, filter: AgentFilter): Agent {
  const { allow, confirm, log, pass } = filter
  const allowed = async (key: Uint8Array): Promise<boolean> => !allow || (await allow(key)) === true
  return {
    async respond(request, connection) {
      const { kind } = request
      if (kind === 'sign') {
        const { key, data } = request
        const use = { key, data, purpose: readPurpose(data, key) }
        let response = FAILURE
        try {
          const yes = (await allowed(key)) && (!confirm || (await confirm(use)) === true)
          if (yes) response = await agent.respond(request, connection)
        } finally {
          await log?.(use, response)
        }
        return response
      }
      if (kind === 'list') {
        const response = await agent.respond(request, connection)
        if (!allow || response.kind !== 'identities') return response
        const identities: AgentIdentity[] = []
        for (const identity of response.identities) if (await allowed(identity.key)) identities.push(identity)
        return { kind: 'identities', identities }
      }
      const open = kind === 'extension' && [QUERY, SESSION_BIND].includes(request.name)
      if (!open && (await pass?.(request)) !== true) return FAILURE
      return kind === 'remove' && !(await allowed(request.key)) ? FAILURE : agent.respond(request, connection)
    },
  }
}
