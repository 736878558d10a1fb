/** `hawser ca krl`: fetches an authority's revocation list for RevokedKeys of sshd. */

import { FormatError } from '../errors.ts'
import { allTypes } from '../keys/index.ts'
import { parseKrl } from '../krl/index.ts'
import { fileExists, writeFileAtomic } from '../runtime/shared.ts'
import { needed, readArguments, UsageError } from './arguments.ts'
import { clientOf } from './authority.ts'
import { checkTargets } from './files.ts'
import { printJson, shown, tell } from './output.ts'
import { readKrl } from './revocation-files.ts'

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: 'boolean' },
    force: { type: 'boolean' },
    authority: { type: 'string' },
    out: { type: 'string' },
  })
  if (positionals.length > 0) throw new UsageError(`${shown(positionals[0]!)}: give the file with --out`)
  const { force = false } = values
  const out = needed(values.out, 'out')
  if (out === '' || out === '-') throw new UsageError('--out: the name of a file expected')
  const client = clientOf(values.authority)
  await checkTargets([out], force)
  const before = (await fileExists(out)) ? await readKrl(out) : undefined
  const bytes = await client.krl()
  // sshd refuses every key where its list is broken: what is no list must not get there.
  const { version, generatedAt } = parseKrl(bytes, { types: allTypes })
  // Who can hand out an old list gives revoked keys their way back.
  if (before && version < before.version) {
    throw new FormatError(
      'bad-value',
      `${shown(out)}: version ${before.version} is there, the authority has ${version}`,
    )
  }
  await writeFileAtomic(out, bytes, { mode: 0o644, force })
  if (values.json) printJson({ file: out, version, date: generatedAt, octets: bytes.length })
  else tell(`${shown(out)}: revocation list, version ${version}, ${bytes.length} octets, written`)
  return 0
}
