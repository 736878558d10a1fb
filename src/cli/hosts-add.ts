/** `hawser hosts add`: adds a host's key to known_hosts. */

import { equalBytes } from '../crypto/index.ts'
import { SshError } from '../errors.ts'
import { lowerCase } from '../text/host-match.ts'
import { addHost, findHost, type HostMarker } from '../text/index.ts'
import { readArguments, UsageError } from './arguments.ts'
import { readEdited, replaceEdited } from './edited-file.ts'
import { checkStdin } from './files.ts'
import { readPublic } from './key-files.ts'
import { about, asked, printJson, shown, tell } from './output.ts'

function markerOf(name: string | undefined): HostMarker {
  if (name !== undefined && name !== 'cert-authority' && name !== 'revoked') {
    throw new UsageError('--marker: cert-authority or revoked expected')
  }
  return name ?? null
}

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: 'boolean' },
    hash: { type: 'boolean' },
    force: { type: 'boolean' },
    marker: { type: 'string' },
    comment: { type: 'string' },
  })
  const [host, keyFile, file, ...more] = positionals
  if (host === undefined || keyFile === undefined || file === undefined || more.length > 0) {
    throw new UsageError(`HOST, KEY and FILE expected, ${positionals.length} arguments given`)
  }
  checkStdin([keyFile])
  const marker = markerOf(values.marker)
  const { hash: hashed, comment } = values
  const key = await readPublic(keyFile)
  const before = await readEdited(file, true)
  // What is hashed is the name in lower case, as it is written here.
  const known = await asked(() => about(file, () => findHost(before, lowerCase(host))))
  const isThis = (entry: (typeof known)[number]): boolean => !!entry.key && equalBytes(entry.key.blob, key.blob)
  const added = !known.some((entry) => entry.marker === marker && isThis(entry))
  const other = known.find((entry) => entry.marker === null && !isThis(entry))
  // Else whoever is in between would be trusted beside the host, and ssh's warning would not come.
  if (added && marker === null && other && !values.force) {
    const where = `${shown(file)}: line ${other.line}`
    throw new SshError('host-changed', `${where}: ${shown(host)} has another key; --force adds this one too`)
  }
  const how = { hashed, marker, comment: comment ?? key.comment }
  const kept = added ? await replaceEdited(file, before, addHost(before, host, key, how)) : undefined
  if (values.json) printJson({ file, host, added, ...(kept && { old: kept }) })
  else tell(`${shown(file)}: ${shown(host)} ${added ? 'added' : 'is there already with this key; nothing written'}`)
  return 0
}
