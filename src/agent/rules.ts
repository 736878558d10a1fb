/** What a key is added with, out of its constraints (ssh-agent.c `parse_key_constraints`). */

import type { Constraint } from '../agent-protocol/constraint.ts'
import type { DestinationConstraint } from '../agent-protocol/destination.ts'
import { refused } from './refused.ts'

/** What a key was added with. */
export interface Rules {
  readonly confirm: boolean
  readonly destinations: readonly DestinationConstraint[]
  readonly provider: string | undefined
  /** Seconds. */
  readonly lifetime: number | undefined
}

/** Throws `AgentError` `agent-refused` for what nobody here could enforce, and for what is for tokens alone. */
export function rulesOf(constraints: readonly Constraint[]): Rules {
  const rules = {
    confirm: false,
    destinations: [] as readonly DestinationConstraint[],
    provider: undefined as string | undefined,
    lifetime: undefined as number | undefined,
  }
  for (const constraint of constraints) {
    if (constraint.kind === 'lifetime') rules.lifetime = constraint.seconds
    else if (constraint.kind === 'confirm') rules.confirm = true
    else if (constraint.kind === 'restrict-destination') rules.destinations = constraint.destinations
    else if (constraint.kind === 'sk-provider') rules.provider = constraint.provider
    // To drop it would be to add the key without it (golang/crypto CVE-2026-39832).
    else throw refused(`a constraint that is not known: ${constraint.kind}`)
  }
  return rules
}
