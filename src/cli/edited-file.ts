/** Files that are edited in place: replaced atomically, what was there kept as FILE.old, as `ssh-keygen -R` does. */

import { chmod, lstat, rm, stat } from 'node:fs/promises'
import { defaultLimits } from '../limits.ts'
import { asFileError, fileExists, readKeyFile, writeFileAtomic } from '../runtime/shared.ts'
import { UsageError } from './arguments.ts'

/** The octets of a file that is to be edited, or none where it may be new. Throws `FileError`, `LimitError`. */
export async function readEdited(file: string, mayBeNew = false): Promise<Uint8Array> {
  if (file === '-') throw new UsageError('FILE: the name of a file expected, which is edited in place')
  if (mayBeNew && !(await fileExists(file))) return new Uint8Array(0)
  return readKeyFile(file, { limit: defaultLimits.textFileLength })
}

/** Replaces a file and gives it that mode, from which writing took what the umask forbids. */
async function replace(file: string, bytes: Uint8Array, mode: number): Promise<void> {
  await writeFileAtomic(file, bytes, { mode, force: true })
  await chmod(file, mode)
}

/** Puts `after` in place of `before`, which is kept beside it; a new file gets mode 0600. Gives the kept one's name. */
export async function replaceEdited(file: string, before: Uint8Array, after: Uint8Array): Promise<string | undefined> {
  if (!(await fileExists(file))) {
    await writeFileAtomic(file, after)
    return undefined
  }
  const kept = `${file}.old`
  try {
    const mode = (await stat(file)).mode & 0o777
    // A link goes, and what it names stays: that may be FILE itself.
    if ((await fileExists(kept)) && (await lstat(kept)).isSymbolicLink()) await rm(kept)
    await replace(kept, before, mode)
    await replace(file, after, mode)
  } catch (error) {
    throw asFileError(error, file)
  }
  return kept
}
