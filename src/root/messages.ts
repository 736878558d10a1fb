/** Signatures over messages and files (SSHSIG), bound to all types. */

import { allTypes } from '../keys/index.ts'
import * as sshsig from '../sshsig/index.ts'
import { type Revoked, revocationOf } from './revocation.ts'

/**
 * Verifies a signature over a message, and that its key may sign for `policy.identity`, as `ssh-keygen -Y verify` does,
 * or throws. Throws `VerificationError` (`bad-signature`, `namespace`, `unknown-signer`, `principal`, `not-yet-valid`,
 * `expired`, `revoked`, …), `FormatError` (`bad-armor`, `bad-value`, …), `LimitError`, `UnsupportedError`
 * (`unsupported-type`, `unsupported-format`, `unsupported-algorithm`), `TypeError`.
 *
 * @example
 * ```ts
 * import { formatPublicKey, generateKey, signMessage, verifyMessage } from 'hawser'
 *
 * const key = await generateKey()
 * const message = new TextEncoder().encode('release 1.0')
 * const signature = await signMessage(message, key, { namespace: 'file' })
 * const allowedSigners = `me@example.com ${formatPublicKey(key.publicKey)}`
 * const policy = { allowedSigners, identity: 'me@example.com', namespace: 'file', time: new Date() }
 * console.log((await verifyMessage(message, signature, policy)).principal) // me@example.com
 * ```
 */
export async function verifyMessage(
  message: sshsig.Message,
  signature: sshsig.SshsigInput,
  policy: Omit<sshsig.SignerPolicy, 'types' | 'revocation'> & { readonly revocation?: Revoked | undefined },
): Promise<sshsig.SignerFacts> {
  return sshsig.verifyMessage(message, signature, {
    ...policy,
    types: allTypes,
    revocation: revocationOf(policy.revocation),
  })
}
