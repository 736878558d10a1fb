/** `hawser sig find-principals`: for whom the key of a signature may sign. */

import { allTypes } from '../keys/index.ts'
import { findPrincipals } from '../sshsig/index.ts'
import { needed, readArguments, UsageError } from './arguments.ts'
import { checkStdin } from './files.ts'
import { about, errorFacts, print, printJson, shown, tell } from './output.ts'
import { readSignature, readSigners } from './sig-verify.ts'
import { currentTime, parseTime } from './time.ts'

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: 'boolean' },
    signers: { type: 'string' },
    signature: { type: 'string' },
    at: { type: 'string' },
  })
  if (positionals.length > 0) throw new UsageError('no FILE expected: the signature alone tells its key')
  const signers = needed(values.signers, 'signers')
  const file = needed(values.signature, 'signature')
  checkStdin([signers, file])
  const now = currentTime()
  const time = values.at === undefined ? now : parseTime(values.at, 'at', now)
  let principals: string[] = []
  try {
    const signature = await readSignature(file)
    const allowedSigners = await readSigners(signers)
    principals = await about(file, () => findPrincipals(signature, { allowedSigners, time, types: allTypes }))
  } catch (error) {
    if (!values.json || error instanceof UsageError) throw error
    printJson({ principals, error: errorFacts(error) })
    return 1
  }
  if (values.json) printJson({ principals })
  else if (principals.length > 0) for (const principal of principals) print(shown(principal))
  else tell('no principal: the key may sign for nobody')
  return principals.length > 0 ? 0 : 1
}
