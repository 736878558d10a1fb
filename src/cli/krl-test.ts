/** `hawser krl test`: whether a revocation list revokes keys and certificates. */

import { needed, readArguments, UsageError } from './arguments.ts'
import { checkStdin } from './files.ts'
import { readSubject } from './key-files.ts'
import { errorFacts, print, printJson, shown, tell } from './output.ts'
import { readRevocationFile } from './revocation-files.ts'

/** Runs the command; resolves to the exit code: 1 where any is revoked. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { json: { type: 'boolean' }, krl: { type: 'string' } })
  const krl = needed(values.krl, 'krl')
  if (positionals.length === 0) throw new UsageError('KEY is missing')
  checkStdin([krl, ...positionals])
  const revocation = await readRevocationFile(krl)
  let code = 0
  for (const file of positionals) {
    try {
      const reason = await revocation(await readSubject(file, { passphrase: undefined, ask: !values.json }))
      const revoked = reason !== undefined
      if (revoked) code = 1
      if (values.json) printJson({ file, revoked, ...(revoked && { reason }) })
      else print(`${shown(file)}: ${revoked ? `revoked (${reason})` : 'not revoked'}`)
    } catch (error) {
      code = 1
      if (values.json) printJson({ file, error: errorFacts(error) })
      else tell(errorFacts(error).message)
    }
  }
  return code
}
