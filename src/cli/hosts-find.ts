/** `hawser hosts find`: the entries of known_hosts for a host. */

import { defaultLimits } from '../limits.ts'
import { findHost } from '../text/index.ts'
import { encodeBase64 } from '../wire/base64.ts'
import { readArguments } from './arguments.ts'
import { blobFingerprint } from './describe-files.ts'
import { readInput } from './files.ts'
import { hostAndFile } from './hosts-arguments.ts'
import { about, asked, print, printJson, shown, tell } from './output.ts'

/** Runs the command; resolves to the exit code: 1 where there is none. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { json: { type: 'boolean' } })
  const [host, file] = hostAndFile(positionals)
  const bytes = await readInput(file, defaultLimits.textFileLength)
  const entries = await asked(() => about(file, () => findHost(bytes, host)))
  for (const { line, marker, hosts, type, key, comment } of entries) {
    const sha256 = blobFingerprint(key)
    if (values.json) printJson({ line, marker, hosts, type, sha256, comment })
    else {
      print(`# Host ${shown(host)} found: line ${line}${marker === null ? '' : ` (${marker})`}`)
      const words = [marker === null ? '' : `@${marker}`, hosts, type, key ? encodeBase64(key.blob) : '', comment]
      print(
        words
          .filter((word) => word !== '')
          .map(shown)
          .join(' '),
      )
    }
  }
  if (entries.length === 0 && !values.json) tell(`${shown(file)}: no entry for ${shown(host)}`)
  return entries.length > 0 ? 0 : 1
}
