/** `hawser agent list`: the keys and certificates of an agent. */

import { encodeBase64 } from '../wire/base64.ts'
import { blobType, formatPublicLine } from '../wire/public-line.ts'
import { agentOptions, withAgent } from './agent-client.ts'
import { readArguments, UsageError } from './arguments.ts'
import { blobFingerprint } from './describe-files.ts'
import { print, printJson, shown } from './output.ts'

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { ...agentOptions, public: { type: 'boolean' } })
  if (positionals.length > 0) throw new UsageError(`${shown(positionals[0]!)}: no argument expected`)
  const identities = await withAgent(values.socket, (agent) => agent.list())
  for (const { key, comment } of identities) {
    const type = blobType(key)
    const sha256 = blobFingerprint({ type, blob: key })
    if (values.json) printJson({ type, sha256, comment, blob: encodeBase64(key) })
    else if (values.public) print(shown(formatPublicLine(key, comment)))
    else print([shown(type), sha256 ?? 'no fingerprint', shown(comment)].join(' ').trimEnd())
  }
  return 0
}
