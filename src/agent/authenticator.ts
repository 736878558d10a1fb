/** Keys in a security key: what the agent hands to whoever can reach it (openssh-portable PROTOCOL.u2f; sk-api.h). */

import type { PrivateKey } from '../keys/private-key.ts'
import type { PublicKey } from '../keys/public-key.ts'
import type { Signature } from '../keys/signature.ts'

/** What a security key is asked to sign. */
export interface AuthenticatorRequest {
  readonly publicKey: PublicKey
  /** Relying party: octets of `ssh:` and the like, or of a web page's domain. */
  readonly application: Uint8Array
  /** By which the security key finds its own. */
  readonly handle: Uint8Array
  /** Bit 0: somebody must touch it. Bit 2: it must know its user. */
  readonly flags: number
  /** What the key was added with: `internal`, or a path that the caller's `allowProvider` allowed. */
  readonly provider: string | undefined
  /** The whole message; the security key signs its SHA-256. */
  readonly message: Uint8Array
}

/** Has a security key sign; gives an SSH signature. The keyring verifies it. */
export type Authenticator = (request: AuthenticatorRequest) => Promise<Signature>

/** Whether the secret half of such keys is in a security key. */
export function isSecurityKey({ keyType }: PrivateKey): boolean {
  return keyType.publicFields.some(({ name }) => name === 'application')
}

/** The request for a key and a message; all of it copies. */
export function authenticatorRequest(
  key: PrivateKey,
  message: Uint8Array,
  provider: string | undefined,
): AuthenticatorRequest {
  const { application, handle, flags } = key.exposeComponents()
  return {
    publicKey: key.publicKey,
    application: new Uint8Array(application!),
    handle: new Uint8Array(handle!),
    flags: flags![0]!,
    provider,
    message: new Uint8Array(message),
  }
}
