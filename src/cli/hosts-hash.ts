/** `hawser hosts hash`: hashes the names in known_hosts. */

import { equalBytes } from '../crypto/index.ts'
import { hashHosts } from '../text/index.ts'
import { onlyOne, readArguments } from './arguments.ts'
import { readEdited, replaceEdited } from './edited-file.ts'
import { about, printJson, shown, tell } from './output.ts'

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { json: { type: 'boolean' } })
  const file = onlyOne(positionals, 'FILE')
  const before = await readEdited(file)
  const after = await about(file, () => hashHosts(before))
  const changed = !equalBytes(before, after)
  const kept = changed ? await replaceEdited(file, before, after) : undefined
  if (values.json) printJson({ file, changed, ...(kept && { old: kept }) })
  if (kept) tell(`${shown(kept)} still names the hosts; delete it to keep them private`)
  else tell(`${shown(file)}: nothing to hash`)
  return 0
}
