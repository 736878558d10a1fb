/** `hawser ca keys`: the keys that sign an authority's user certificates, for TrustedUserCAKeys of sshd. */

import { fingerprint } from '../index.ts'
import { formatPublicLine } from '../wire/public-line.ts'
import { readArguments, UsageError } from './arguments.ts'
import { clientOf } from './authority.ts'
import { print, printJson, shown } from './output.ts'

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { json: { type: 'boolean' }, authority: { type: 'string' } })
  if (positionals.length > 0) throw new UsageError(`${shown(positionals[0]!)}: no argument expected`)
  for (const key of await clientOf(values.authority).authorities()) {
    const { type, blob, comment } = key
    const line = shown(formatPublicLine(blob, comment))
    if (values.json) printJson({ type, sha256: fingerprint(key), comment, line })
    else print(line)
  }
  return 0
}
