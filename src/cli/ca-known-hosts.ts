/** `hawser ca known-hosts`: the lines of known_hosts by which ssh believes an authority's host certificates. */

import { readArguments, UsageError } from './arguments.ts'
import { clientOf } from './authority.ts'
import { print, printJson, shown } from './output.ts'

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { json: { type: 'boolean' }, authority: { type: 'string' } })
  if (positionals.length > 0) throw new UsageError(`${shown(positionals[0]!)}: no argument expected`)
  const text = await clientOf(values.authority).knownHosts()
  for (const line of text.split('\n').filter((one) => one !== '')) {
    if (values.json) printJson({ line })
    else print(shown(line))
  }
  return 0
}
