/** `hawser agent remove`: takes keys and certificates out of an agent. */

import { blobType } from '../wire/public-line.ts'
import { agentOptions, withAgent } from './agent-client.ts'
import { readArguments, UsageError } from './arguments.ts'
import { blobFingerprint } from './describe-files.ts'
import { checkStdin } from './files.ts'
import { readSubject } from './key-files.ts'
import { about, printJson, shown, tell } from './output.ts'

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals: files } = readArguments(args, { ...agentOptions, all: { type: 'boolean' } })
  const { all = false } = values
  if (all === files.length > 0) throw new UsageError('PUBLIC or --all expected, one of both')
  checkStdin(files)
  const subjects: (readonly [file: string, blob: Uint8Array])[] = []
  for (const file of files) subjects.push([file, (await readSubject(file, { passphrase: undefined, ask: true })).blob])
  await withAgent(values.socket, async (agent) => {
    if (all) {
      await agent.removeAll()
      if (values.json) printJson({ removed: 'all' })
    }
    for (const [file, blob] of subjects) {
      await about(file, () => agent.remove(blob))
      const type = blobType(blob)
      if (values.json) printJson({ file, type, sha256: blobFingerprint({ type, blob }) })
      else tell(`${shown(file)}: removed`)
    }
  })
  return 0
}
