/** What an agent's client throws. */

import { SshError } from '../errors.ts'

/**
 * The agent did not do what it was asked, or is gone. Codes: `agent-refused` (it says no more than that),
 * `extension-failed`, `unexpected-answer`, `agent-closed`, `no-agent`.
 */
export class AgentError extends SshError {
  override readonly name = 'AgentError'
}
