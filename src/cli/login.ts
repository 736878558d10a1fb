/** `hawser login`: gets a token and hands it to the running agent, which asks for a certificate at once. */

import { agentAuthority, loginToAgent } from '../ca/login-extension.ts'
import { baseUrl } from '../ca/protocol.ts'
import { AuthorityError } from '../errors.ts'
import { allTypes } from '../keys/index.ts'
import { agentOptions, withAgent } from './agent-client.ts'
import { readArguments, UsageError } from './arguments.ts'
import {
  certificateFacts,
  certificateLine,
  clientOf,
  PATIENCE,
  tokenOptions,
  tokenSource,
  waitForToken,
} from './authority.ts'
import { printJson, shown, tell } from './output.ts'

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    ...agentOptions,
    ...tokenOptions,
    authority: { type: 'string' },
    device: { type: 'boolean' },
  })
  if (positionals.length > 0) throw new UsageError(`${shown(positionals[0]!)}: no argument expected`)
  if (values.device && values.login !== undefined) throw new UsageError('--device is --login device')
  let client = values.authority === undefined ? undefined : clientOf(values.authority)
  const how = { ...values, ...(values.device && { login: 'device' }) }
  // Judges the arguments now; whom to ask for the provider, the agent may say.
  const source = tokenSource(how, { login: (request) => client!.login(request) }, () => `: ${PATIENCE} s are left`)
  await withAgent(values.socket, async (agent) => {
    const url = await agentAuthority(agent)
    // A token is for one authority; another must not get it.
    if (client && client.url !== baseUrl(url)) {
      throw new AuthorityError('login-failed', `the agent is one of another authority, ${shown(url)}`)
    }
    client ??= clientOf(url)
    const token = await waitForToken(source)
    const certificate = await loginToAgent(agent, token, { types: allTypes })
    if (values.json) printJson(certificateFacts(certificate))
    else tell(`logged in, and ssh can: ${certificateLine(certificate)}`)
  })
  return 0
}
