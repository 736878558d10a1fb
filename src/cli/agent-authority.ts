/** The part of `hawser agent serve` that gets a certificate from an authority when ssh needs one. */

import { chainAgents } from '../agent/chain.ts'
import { filterAgent, remoteAgent } from '../agent/index.ts'
import type { KeyUse } from '../agent/purpose.ts'
import { refused } from '../agent/refused.ts'
import type { Agent, AgentRequest } from '../agent-protocol/index.ts'
import { type CertificateAgent, createCertificateAgent } from '../ca/certificate-agent.ts'
import type { CertificateEvent } from '../ca/certificate-agent-options.ts'
import { certificateOwner } from '../ca/certificate-supply.ts'
import { keepTokens } from '../ca/token.ts'
import { equalBytes } from '../crypto/constant-time.ts'
import { allTypes, ed25519 } from '../keys/index.ts'
import { openAgent } from '../runtime/agent-socket.ts'
import { UsageError } from './arguments.ts'
import { certificateLine, clientOf, type TokenArguments, tokenSource } from './authority.ts'
import { errorFacts, tell } from './output.ts'

/** Options that are for an authority. */
export const authorityOptions = {
  authority: { type: 'string' },
  account: { type: 'string', multiple: true },
  group: { type: 'string', multiple: true },
  'with-agent': { type: 'string' },
  forwarded: { type: 'boolean' },
  login: { type: 'string' },
  'token-command': { type: 'string' },
  'token-env': { type: 'string' },
} as const

/** What was given for them. */
export interface AuthorityArguments extends TokenArguments {
  readonly authority?: string | undefined
  readonly account?: string[] | undefined
  readonly group?: string[] | undefined
  readonly 'with-agent'?: string | undefined
  readonly forwarded?: boolean | undefined
}

/** What the agent is besides. */
export interface AuthorityHow {
  /** The keys that were added. */
  readonly keys: Agent
  readonly lifetime: number | undefined
  readonly confirm: ((use: KeyUse) => Promise<boolean>) | undefined
  readonly signal: AbortSignal
}

/** Refuses options that mean nothing without an authority. Throws {@link UsageError}. */
export function checkNoAuthority(values: AuthorityArguments): void {
  for (const name of Object.keys(authorityOptions) as (keyof AuthorityArguments)[]) {
    if (values[name] !== undefined) throw new UsageError(`--${name} needs --authority`)
  }
}

/** Says what happens; `deadline` is when the person who logs in has run out of time. */
function createTeller(signal: AbortSignal): { onEvent(event: CertificateEvent): void; left(): string } {
  let deadline = 0
  return {
    onEvent(event) {
      if (signal.aborted) return
      if (event.kind === 'asking') deadline = Date.now() + event.seconds * 1000
      else if (event.kind === 'issued') tell(`certificate for ${certificateLine(event.certificate)}`)
      else if (event.kind === 'expired')
        tell(`the certificate for ${certificateOwner(event.certificate)} has expired: it and its key are gone`)
      else {
        const { message } = errorFacts(event.error)
        const again = event.kind === 'failed' && event.pause > 0 ? ` (nobody is asked again for ${event.pause} s)` : ''
        tell(`${event.kind === 'failed' ? 'no certificate' : 'refused'}: ${message}${again}`)
      }
    },
    left: () => `: ${Math.max(0, Math.round((deadline - Date.now()) / 1000))} s left`,
  }
}

/**
 * Another agent, each use of whose keys is confirmed here first. A request that nobody here knows might be a use as well,
 * and does not get there.
 */
function confirmed(agent: Agent, confirm: (use: KeyUse) => Promise<boolean>): Agent {
  return {
    respond(request, connection) {
      const asked = async (use: KeyUse): Promise<boolean> => {
        const listed = await agent.respond({ kind: 'list' }, connection)
        const mine = listed.kind === 'identities' && listed.identities.find(({ key }) => equalBytes(key, use.key))
        if (!(await confirm(mine ? { ...use, comment: mine.comment } : use))) throw refused('not confirmed')
        return true
      }
      const pass = ({ kind }: AgentRequest): boolean => kind !== 'extension' && kind !== 'unknown'
      return filterAgent(agent, { confirm: asked, pass }).respond(request, connection)
    },
  }
}

/** The agent in front of all others. Throws {@link UsageError}. */
export function authorityAgent(values: AuthorityArguments, how: AuthorityHow): CertificateAgent {
  const { signal, lifetime, keys, confirm } = how
  const { account, group, forwarded, 'with-agent': socket } = values
  if (socket === '') throw new UsageError('--with-agent: the path of a socket expected')
  const client = clientOf(values.authority)
  const { onEvent, left } = createTeller(signal)
  const tokens = keepTokens(tokenSource(values, client, left))
  const onError = (error: unknown): void => onEvent({ kind: 'refused', error })
  const other = socket === undefined ? undefined : remoteAgent(() => openAgent({ socket }))
  const behind = other ? chainAgents([keys, confirm ? confirmed(other, confirm) : other], { onError }) : keys
  return createCertificateAgent({
    client,
    tokens,
    types: allTypes,
    keyType: ed25519,
    ask: { accounts: account, hosts: group, lifetime },
    behind,
    forwarded,
    confirm,
    onEvent,
  })
}
