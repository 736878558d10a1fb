/** `hawser agent add`: gives private keys to an agent. */

import { fingerprint } from '../index.ts'
import { agentOptions, parseLifetime, withAgent } from './agent-client.ts'
import { addFile } from './agent-keys.ts'
import { readArguments, UsageError } from './arguments.ts'
import { checkStdin } from './files.ts'
import { printJson, shown, tell } from './output.ts'

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals: files } = readArguments(args, {
    ...agentOptions,
    lifetime: { type: 'string' },
    confirm: { type: 'boolean' },
    'passphrase-file': { type: 'string' },
  })
  const { confirm, 'passphrase-file': passphraseFile } = values
  const lifetime = parseLifetime(values.lifetime)
  if (files.length === 0) throw new UsageError('FILE is missing')
  checkStdin([...files, passphraseFile])
  await withAgent(values.socket, async (agent) => {
    for (const file of files) {
      const how = { lifetime, confirm, passphraseFile }
      const { key, certificate } = await addFile(file, how, (request) => agent.add(request))
      const sha256 = fingerprint(key)
      if (values.json) printJson({ file, type: key.type, sha256, certificate: certificate?.type ?? null })
      else tell(`${shown(file)}: ${sha256} added${certificate ? ', and its certificate' : ''}`)
    }
  })
  return 0
}
