/** A signer that an argument names: a private key in a file, or one that the user's agent has. */

import type { Signer } from '../index.ts'
import { UsageError } from './arguments.ts'
import { readPrivate } from './key-files.ts'

/** The names of two options, and what was given for them. */
export interface SignerArguments {
  /** The option of a private key's file, and that of a public key whose private half the agent has. */
  readonly options: readonly [file: string, agent: string]
  readonly file: string | undefined
  readonly agent: string | undefined
  readonly passphraseFile: string | undefined
}

/** The argument that is given. Throws `UsageError` where it is not one of both. */
export function signerFile({ options: [file, agent], ...given }: SignerArguments): string {
  if (given.file !== undefined && given.agent !== undefined) {
    throw new UsageError(`--${file} and --${agent} exclude each other`)
  }
  const name = given.file ?? given.agent
  if (name === undefined) throw new UsageError(`--${file} is missing (or --${agent})`)
  return name
}

/** Runs `work` with the signer; a private key is wiped afterwards. */
export async function withSigner<T>(given: SignerArguments, work: (signer: Signer) => Promise<T>): Promise<T> {
  const file = signerFile(given)
  if (given.agent !== undefined) {
    const { withAgentKey } = await import('./agent-client.ts')
    return withAgentKey(file, work)
  }
  const key = await readPrivate(file, given.passphraseFile)
  try {
    return await work(key)
  } finally {
    key.wipe()
  }
}
