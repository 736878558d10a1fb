/** Asking whether something is revoked: everywhere in the same way. */

import { VerificationError } from '../errors.ts'
import { escapeText } from '../wire/text.ts'
import type { Certificate, Revocation } from './certificate.ts'
import type { PublicKey } from './public-key.ts'

/**
 * Why a key or a certificate is revoked, or nothing. As in krl.c `ssh_krl_check_key` and authfile.c `sshkey_in_file`, a
 * revoked authority or key revokes the certificate too, so a function that knows only keys is asked about each.
 */
export async function whyRevoked(
  subject: PublicKey | Certificate,
  revocation: Revocation | undefined,
): Promise<string | undefined> {
  if (revocation === undefined) return undefined
  // What is given and is none is not passed over: it may stand for a list that failed to load.
  if (typeof revocation !== 'function') throw new TypeError('revocation: a function expected')
  const asked: (readonly [what: string, subject: PublicKey | Certificate])[] =
    'publicKey' in subject
      ? [
          ['its authority', subject.authority],
          ['its key', subject.publicKey],
          [`serial ${subject.serial}, key id "${escapeText(subject.keyId)}"`, subject],
        ]
      : [['the key', subject]]
  for (const [what, one] of asked) {
    const why: unknown = await revocation(one)
    if (why !== undefined) return `revoked (${what}): ${escapeText(String(why))}`
  }
  return undefined
}

/** Throws `VerificationError` `revoked` where it is. */
export async function checkNotRevoked(
  subject: PublicKey | Certificate,
  revocation: Revocation | undefined,
): Promise<void> {
  const why = await whyRevoked(subject, revocation)
  if (why !== undefined) throw new VerificationError('revoked', why)
}
