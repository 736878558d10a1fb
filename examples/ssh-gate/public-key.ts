/** Public keys that are handed in: one line of a type that logs in today, and nothing that only looks like it. */

import { fingerprint, formatPublicKey, parsePublicKey, SshError } from 'hawser'
import { allTypes, needType, type PublicKey, publicComponents } from 'hawser/keys'
import { Refusal } from './refusal.ts'

const RSA_BITS = 2048
const taken = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
]

export interface ReadKey {
  /** `SHA256:…`, which names the key everywhere. */
  readonly fingerprint: string
  /** Type, base64 and comment; no line feed. */
  readonly line: string
}

/** Reads a public key and judges it. Throws `Refusal` 422 with a code of the library where it has one. */
export function readPublicKey(text: string, field: string): ReadKey {
  const key = parse(text, field)
  if (!taken.includes(key.type)) {
    // DSA among them, which the library reads and OpenSSH 10 does not.
    throw new Refusal('bad-key', `${field}: keys of this type do not log in here`, 'unsupported-type')
  }
  if (key.type === 'ssh-rsa') {
    const type = needType(allTypes, key.type)
    const bits = type.bits(publicComponents(key, type))
    if (bits < RSA_BITS)
      throw new Refusal('bad-key', `${field}: RSA with ${bits} bits; at least ${RSA_BITS}`, 'weak-key')
  }
  if (key.comment.length > 128 || /\p{C}/u.test(key.comment)) {
    throw new Refusal('bad-key', `${field}: a comment of at most 128 printable characters expected`, 'bad-comment')
  }
  return { fingerprint: fingerprint(key), line: formatPublicKey(key).trim() }
}

function parse(text: string, field: string): PublicKey {
  try {
    return parsePublicKey(text)
  } catch (error) {
    if (!(error instanceof SshError)) throw error
    throw new Refusal('bad-key', `${field}: ${error.message}`, error.code)
  }
}
