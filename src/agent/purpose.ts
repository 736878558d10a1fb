/**
 * What a message is that a key is to sign: a login (RFC 4252 section 7; openssh-portable PROTOCOL section 3.1 for its
 * form with the host's key), an SSHSIG (PROTOCOL.sshsig section 3), or anything else.
 */

import { equalBytes } from '../crypto/constant-time.ts'
import { SshError } from '../errors.ts'
import { startsWithAt } from '../wire/armor.ts'
import { bad } from '../wire/expect.ts'
import { Reader } from '../wire/reader.ts'

/** A request to log in to a server. */
export interface LoginPurpose {
  readonly kind: 'login'
  /** Name of the account. Lossless text. */
  readonly user: string
  readonly sessionId: Uint8Array
  /** Algorithm of the key as the request names it; of a certificate, with its suffix. */
  readonly algorithm: string
  /** Blob of the server's key, where the request is bound to it (`publickey-hostbound-v00@openssh.com`). */
  readonly hostKey?: Uint8Array | undefined
}

/** What a signature is for. Whoever asks for it has written the message: it says what he wants, not who he is. */
export type SigningPurpose =
  | LoginPurpose
  | { readonly kind: 'sshsig'; readonly namespace: string }
  | { readonly kind: 'other' }

/** A key that is about to be used. */
export interface KeyUse {
  /** Blob of the key or certificate. */
  readonly key: Uint8Array
  /** Comment of the key where it is known. Lossless text. */
  readonly comment?: string | undefined
  /** The message to be signed. */
  readonly data: Uint8Array
  readonly purpose: SigningPurpose
}

/** SSH_MSG_USERAUTH_REQUEST. */
const USERAUTH_REQUEST = 50

/** As strict as ssh-agent.c `parse_userauth_request`. */
function readLogin(reader: Reader, key: Uint8Array): LoginPurpose {
  const sessionId = reader.string('session identifier')
  const type = reader.u8('message number')
  const user = reader.text('user')
  const service = reader.text('service')
  const method = reader.text('method')
  const signed = reader.u8('signature follows')
  const algorithm = reader.text('algorithm')
  const its = reader.string('key')
  const bound = method === 'publickey-hostbound-v00@openssh.com'
  const hostKey = bound ? reader.string('host key') : undefined
  reader.end('login')
  const request = type === USERAUTH_REQUEST && signed === 1 && service === 'ssh-connection'
  const mine = equalBytes(its, key)
  if (!request || !mine || !sessionId.length || !(bound || method === 'publickey'))
    throw bad('login', 'one with this key')
  return { kind: 'login', user, sessionId, algorithm, hostKey }
}

/** As strict as ssh-agent.c `parse_sshsig_request`. */
function readSshsig(reader: Reader): SigningPurpose {
  reader.skip(6, 'preamble')
  const namespace = reader.text('namespace')
  reader.skipString('reserved')
  reader.text('hash')
  reader.skipString('digest')
  reader.end('SSHSIG')
  return { kind: 'sshsig', namespace }
}

/**
 * What `data` is that the key of that blob is to sign. A login with another key, or in a form that is not exactly its
 * own, is `other` (RFC 4252 section 7; PROTOCOL.sshsig section 3; ssh-agent.c `parse_userauth_request`).
 *
 * @example
 * ```ts
 * import { readPurpose } from 'hawser/agent'
 *
 * console.log(readPurpose(new TextEncoder().encode('hello'), new Uint8Array(0)).kind) // other
 * ```
 */
export function readPurpose(data: Uint8Array, key: Uint8Array): SigningPurpose {
  const reader = new Reader(data)
  try {
    return startsWithAt(data, 'SSHSIG') ? readSshsig(reader) : readLogin(reader, key)
  } catch (error) {
    if (error instanceof SshError) return { kind: 'other' }
    throw error
  }
}
