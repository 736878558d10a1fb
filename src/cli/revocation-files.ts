/** Revocation lists that arguments name. */

import { allTypes, type Revocation } from '../keys/index.ts'
import { type Krl, parseKrl, revocationFrom } from '../krl/index.ts'
import { defaultLimits } from '../limits.ts'
import { readInput } from './files.ts'
import { about, shown } from './output.ts'
import { withNotice } from './progress.ts'

async function readWith<T>(file: string, parse: (bytes: Uint8Array) => T): Promise<T> {
  const bytes = await readInput(file, defaultLimits.krlLength)
  return about(file, () => withNotice(`reading ${shown(file)}`, bytes, () => parse(bytes)))
}

/** A revocation list. */
export function readKrl(file: string): Promise<Krl> {
  return readWith(file, (bytes) => parseKrl(bytes, { types: allTypes }))
}

/** What a file says that is a revocation list or a list of keys. */
export function readRevocationFile(file: string): Promise<Revocation> {
  return readWith(file, (bytes) => revocationFrom(bytes, { types: allTypes }))
}

/** The same of an option that may be missing. */
export async function readRevocation(file: string | undefined): Promise<Revocation | undefined> {
  return file === undefined ? undefined : readRevocationFile(file)
}
