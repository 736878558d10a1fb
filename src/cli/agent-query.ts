/** `hawser agent query`: which extensions an agent has (RFC 9987 section 5.8.1). */

import { agentOptions, withAgent } from './agent-client.ts'
import { readArguments, UsageError } from './arguments.ts'
import { print, printJson, shown } from './output.ts'

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, agentOptions)
  if (positionals.length > 0) throw new UsageError(`${shown(positionals[0]!)}: no argument expected`)
  const extensions = await withAgent(values.socket, (agent) => agent.query())
  if (values.json) printJson({ extensions })
  else for (const name of extensions) print(shown(name))
  return 0
}
