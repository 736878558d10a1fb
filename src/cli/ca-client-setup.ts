/** `hawser ca client-setup`: the block of ssh_config that has ssh log in through the agent. */

import { formatClientSetup } from '../ca/client-setup.ts'
import { readArguments, UsageError } from './arguments.ts'
import { asked, print, printJson, shown } from './output.ts'

/** Where `hawser agent serve --socket` is told to be in the examples. */
const SOCKET = '~/.ssh/hawser.sock'

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: 'boolean' },
    host: { type: 'string', multiple: true },
    socket: { type: 'string' },
    user: { type: 'string' },
    'known-hosts': { type: 'string' },
  })
  if (positionals.length > 0) throw new UsageError(`${shown(positionals[0]!)}: give the hosts with --host`)
  const { host: hosts = [], socket = SOCKET, user, 'known-hosts': knownHosts } = values
  if (hosts.length === 0) throw new UsageError('--host is missing')
  const block = await asked(async () => formatClientSetup({ hosts, socket, user, knownHosts }))
  if (values.json) printJson({ config: block })
  else {
    print('# In ~/.ssh/config, above all other blocks for these hosts: ssh takes the first value that it finds.')
    print(block.trimEnd())
  }
  return 0
}
