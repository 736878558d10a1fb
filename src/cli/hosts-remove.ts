/** `hawser hosts remove`: removes a host from known_hosts. */

import { findHost, removeHost } from '../text/index.ts'
import { readArguments } from './arguments.ts'
import { readEdited, replaceEdited } from './edited-file.ts'
import { hostAndFile } from './hosts-arguments.ts'
import { about, asked, printJson, shown, tell } from './output.ts'

/** Runs the command; resolves to the exit code: 1 where the host's only entries are such as stay. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { json: { type: 'boolean' } })
  const [host, file] = hostAndFile(positionals)
  const before = await readEdited(file)
  const found = await asked(() => about(file, () => findHost(before, host)))
  // Lines with a marker stay, as with ssh-keygen -R: nobody is to become trusted by it.
  const lines = found.filter(({ marker }) => marker === null).map(({ line }) => line)
  const kept = lines.length > 0 ? await replaceEdited(file, before, removeHost(before, host)) : undefined
  if (values.json) printJson({ file, host, lines, ...(kept && { old: kept }) })
  else if (kept)
    tell(`${shown(file)}: ${shown(host)} removed (line ${lines.join(', ')}); ${shown(kept)} is what was there`)
  else if (found.length > 0) tell(`${shown(file)}: only lines with a marker name ${shown(host)}, and those stay`)
  else tell(`${shown(file)}: no entry for ${shown(host)}`)
  return lines.length > 0 || found.length === 0 ? 0 : 1
}
