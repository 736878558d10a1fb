/** Secrets that the service reads from files: a bearer token, a database's token, what seals the management keys. */

import { open } from 'node:fs/promises'
import { SetupError } from '../lab/setup-error.ts'

/** The one line of a file that nobody but its owner may open: 32 to 16,384 characters without blanks. Throws `SetupError`. */
export async function readSecret(path: string): Promise<string> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new SetupError(`${path}: ${error.code}`)
  })
  try {
    // Of the file that is open, not of what has its name by then.
    const facts = await handle.stat()
    if (!facts.isFile()) throw new SetupError(`${path}: not a file`)
    if ((facts.mode & 0o077) !== 0)
      throw new SetupError(`${path}: others than its owner may use it (chmod 600 mends it)`)
    if (facts.size > 16_385) throw new SetupError(`${path}: too long`)
    const secret = (await handle.readFile('utf8')).replace(/\r?\n$/, '')
    if (!/^[\x21-\x7e]{32,16384}$/.test(secret)) {
      throw new SetupError(`${path}: one line of at least 32 printable characters expected`)
    }
    return secret
  } finally {
    await handle.close()
  }
}
