/** The message that a signature is over: a file of whatever size, hashed as it is read. */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { asFileError } from '../runtime/shared.ts'
import type { Message } from '../sshsig/index.ts'

/** A message that is read when it is asked for its digest, once. Throws `FileError`. */
export function messageOf(file: string): Message {
  return async (name) => {
    const hash = createHash(name)
    try {
      const stream: Readable = file === '-' ? process.stdin : createReadStream(file)
      for await (const part of stream) hash.update(part as Uint8Array)
    } catch (error) {
      throw asFileError(error, file)
    }
    return new Uint8Array(hash.digest())
  }
}
