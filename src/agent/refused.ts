/** The refusal of a request that is well formed. */

import { AgentError } from '../agent-protocol/agent-error.ts'

/** `AgentError` `agent-refused`: to the client a failure without a word, to whoever runs the agent the reason. */
export function refused(why: string): AgentError {
  return new AgentError('agent-refused', why)
}
