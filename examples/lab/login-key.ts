/** Public keys that people hand in: of any container, one key, of a type and size that logs in today. */

import { parsePublicKey, SshError } from 'hawser'
import { allTypes, needType, type PublicKey, publicComponents } from 'hawser/keys'
import { escapeText } from 'hawser/wire'

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

/** Why a key is not taken: a code of the library, or `unsupported-type`, `weak-key`. */
export class BadKey extends Error {
  override readonly name = 'BadKey'
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** Reads a public key and judges it. Throws `BadKey`. */
export function readLoginKey(text: string): PublicKey {
  const key = parse(text)
  if (!taken.includes(key.type)) {
    // DSA among them, which the library reads and OpenSSH 10 does not.
    throw new BadKey(
      'unsupported-type',
      `keys of type ${escapeText(key.type)} do not log in here; Ed25519, ECDSA, RSA do`,
    )
  }
  if (key.type === 'ssh-rsa') {
    const type = needType(allTypes, key.type)
    const bits = type.bits(publicComponents(key, type))
    if (bits < RSA_BITS) throw new BadKey('weak-key', `RSA with ${bits} bits; at least ${RSA_BITS} expected`)
  }
  return key
}

function parse(text: string): PublicKey {
  try {
    return parsePublicKey(text)
  } catch (error) {
    if (error instanceof SshError) throw new BadKey(error.code, error.message)
    throw error
  }
}
