/** Public keys that are handed in: one key of a type that logs in today, and nothing that only looks like it. */

import { fingerprint, formatPublicKey } from 'hawser'
import { BadKey, readLoginKey } from '../lab/login-key.ts'
import { Refusal } from './refusal.ts'

export interface ReadKey {
  /** `SHA256:…`, which names the key everywhere. */
  readonly fingerprint: string
  /** Type, base64 and comment; no line feed. */
  readonly line: string
}

/** Reads a public key and judges it. Throws `Refusal` 422 with a code of the library where it has one. */
export function readPublicKey(text: string, field: string): ReadKey {
  const key = read(text, field)
  if (key.comment.length > 128 || /\p{C}/u.test(key.comment)) {
    throw new Refusal('bad-key', `${field}: a comment of at most 128 printable characters expected`, 'bad-comment')
  }
  return { fingerprint: fingerprint(key), line: formatPublicKey(key).trim() }
}

function read(text: string, field: string): ReturnType<typeof readLoginKey> {
  try {
    return readLoginKey(text)
  } catch (error) {
    if (!(error instanceof BadKey)) throw error
    throw new Refusal('bad-key', `${field}: ${error.message}`, error.code)
  }
}
