/** Who may log in and which host is who it says, over OpenSSH's text files; bound to all types. */

import { allTypes } from '../keys/index.ts'
import * as text from '../text/index.ts'
import { type Revoked, revocationOf } from './revocation.ts'

/**
 * Decides whether a key or a certificate may log in by an authorized_keys file, and with what limits; throws where it
 * may not. Throws `VerificationError` (`unknown-key`, `expired`, `source-address`, `principal`, `revoked`, …),
 * `FormatError` (`bad-value`, `truncated`, …), `LimitError`, `UnsupportedError` `unsupported-type`.
 *
 * @example
 * ```ts
 * import { checkLogin, formatPublicKey, generateKey } from 'hawser'
 *
 * const { publicKey } = await generateKey()
 * const file = `command="/usr/bin/backup",restrict ${formatPublicKey(publicKey)}`
 * const { line, options } = await checkLogin(file, { key: publicKey, user: 'backup', time: new Date() })
 * console.log(line, options.command, options.pty) // 1 /usr/bin/backup false
 * ```
 */
export async function checkLogin(
  authorizedKeys: string | Uint8Array | text.AuthorizedKeys,
  policy: Omit<text.LoginPolicy, 'types' | 'revocation'> & { readonly revocation?: Revoked | undefined },
): Promise<text.LoginFacts> {
  const bound = { ...policy, types: allTypes, revocation: revocationOf(policy.revocation) }
  const file = typeof authorizedKeys === 'string' || authorizedKeys instanceof Uint8Array
  return text.checkLogin(file ? text.parseAuthorizedKeys(authorizedKeys, bound) : authorizedKeys, bound)
}

/**
 * Says whether a host is who it says by known_hosts files: `known`, `authority` (its certificate is accepted), `new`,
 * `changed` or `revoked`, and which line decided. Throws `VerificationError` (`bad-signature` of a certificate,
 * `algorithm-not-allowed` for DSA), `FormatError` (`bad-value`, `truncated`, …), `LimitError`, `UnsupportedError`
 * `unsupported-type`.
 *
 * @example
 * ```ts
 * import { checkHost, formatPublicKey, generateKey } from 'hawser'
 *
 * const { publicKey } = await generateKey()
 * const file = `*.example.com ${formatPublicKey(publicKey)}`
 * const { status } = await checkHost([file], { host: 'web1.example.com', key: publicKey, time: new Date() })
 * console.log(status) // known
 * ```
 */
export async function checkHost(
  files: readonly (string | Uint8Array)[],
  policy: Omit<text.HostPolicy, 'types' | 'revocation'> & { readonly revocation?: Revoked | undefined },
): Promise<text.HostVerdict> {
  return text.checkHost(files, { ...policy, types: allTypes, revocation: revocationOf(policy.revocation) })
}
