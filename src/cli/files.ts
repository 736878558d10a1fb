/** The files that arguments name; `-` is standard input. */

import { FileError, fileExists, isExposed, readKeyFile, readStream } from '../runtime/shared.ts'
import { UsageError } from './arguments.ts'
import { shown, tell } from './output.ts'

/** Refuses a command line that reads standard input more than once. */
export function checkStdin(files: readonly (string | undefined)[]): void {
  if (files.filter((file) => file === '-').length > 1) throw new UsageError('"-" is given more than once')
}

/** Refuses before any work what would be refused after it: to replace a file. Throws `FileError` `file-exists`. */
export async function checkTargets(files: readonly string[], force: boolean): Promise<void> {
  for (const file of files) {
    if (!force && (await fileExists(file))) {
      throw new FileError('file-exists', file, 'exists already (--force replaces it)')
    }
  }
}

/** The octets of a file, `limit` at most. Throws `FileError`, `LimitError`. */
export function readInput(file: string, limit?: number): Promise<Uint8Array> {
  return file === '-' ? readStream(process.stdin, 'standard input', limit) : readKeyFile(file, { limit })
}

/** Says so where a private key is open to others. */
export async function warnExposed(file: string): Promise<void> {
  if (file !== '-' && (await isExposed(file))) {
    tell(`${shown(file)}: others than its owner may use this private key (chmod 600 mends it)`)
  }
}
