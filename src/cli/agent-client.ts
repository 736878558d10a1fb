/** What the commands that speak with an agent share: finding it, a key of it as a signer, lifetimes. */

import { agentSigner } from '../agent/index.ts'
import type { AgentClient } from '../agent-protocol/index.ts'
import { SshError } from '../errors.ts'
import type { Signer } from '../index.ts'
import { allTypes } from '../keys/index.ts'
import { openAgent } from '../runtime/agent-socket.ts'
import { UsageError } from './arguments.ts'
import { readSubject } from './key-files.ts'
import { shown } from './output.ts'
import { parseTime } from './time.ts'

/** Options of every command that asks an agent. */
export const agentOptions = { json: { type: 'boolean' }, socket: { type: 'string' } } as const

/** Runs `work` with the agent behind `socket`, or behind SSH_AUTH_SOCK. Throws `AgentError` `no-agent`. */
export async function withAgent<T>(socket: string | undefined, work: (agent: AgentClient) => Promise<T>): Promise<T> {
  if (socket === '') throw new UsageError('--socket: the path of a socket expected')
  const agent = await openAgent({ socket })
  try {
    return await work(agent)
  } finally {
    await agent.close()
  }
}

/**
 * Runs `work` with a signer by the key or certificate of `file`, whose private half the user's agent has.
 * Throws `SshError` `no-such-key`.
 */
export async function withAgentKey<T>(file: string, work: (signer: Signer) => Promise<T>): Promise<T> {
  const { blob } = await readSubject(file, { passphrase: undefined, ask: true })
  return withAgent(undefined, async (agent) => {
    const identity = (await agent.list()).find(({ key }) => Buffer.compare(key, blob) === 0)
    if (!identity) throw new SshError('no-such-key', `${shown(file)}: the agent has no such key`)
    return work(agentSigner(agent, identity, { types: allTypes }))
  })
}

/** `--lifetime`: seconds, or a span such as 1h30m. */
export function parseLifetime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const seconds = /^([0-9]{1,10}[smhdw]?)+$/i.test(text) ? parseTime(`+${text}`, 'lifetime', 0n) : 0n
  // RFC 9987 section 5.2.7.1: 32 bits.
  if (seconds < 1n || seconds > 0xffffffffn) throw new UsageError('--lifetime: seconds expected, or a span such as 8h')
  return Number(seconds)
}
