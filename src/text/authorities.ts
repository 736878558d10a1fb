/** The authorities of an authorized_keys file: its lines with `cert-authority` (sshd(8), AUTHORIZED_KEYS FILE FORMAT). */

import type { TrustedAuthority } from '../cert/check.ts'
import type { AuthorizedKey, AuthorizedKeys } from './authorized-keys.ts'
import { narrowFacts } from './key-options.ts'
import { checkOptions } from './login-options.ts'

/** A line of an authority. */
export interface ListedAuthority extends TrustedAuthority, Pick<AuthorizedKey, 'line' | 'options'> {}

/**
 * The lines whose keys certify users, as `checkCertificate` takes them: it heeds their `principals`, `from` and
 * `expiry-time`, and gives permissions and command as certificate and line together allow them. Where a line lists
 * ports, no forwarding is permitted there; `checkLogin` tells which are.
 *
 * @example
 * ```ts
 * import { authoritiesFrom, parseAuthorizedKeys } from 'hawser/text'
 *
 * const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I'
 * const file = parseAuthorizedKeys(`cert-authority,principals="ops" ${key}\n${key}\n`)
 * console.log(authoritiesFrom(file).map(({ line, principals }) => [line, principals])) // [ [ 1, [ 'ops' ] ] ]
 * ```
 */
export function authoritiesFrom({ entries }: AuthorizedKeys): ListedAuthority[] {
  return entries
    .filter(({ options }) => options.certAuthority)
    .map(({ key, line, options }) => ({
      key,
      line,
      options,
      principals: options.principals,
      restrict(facts, { time, sourceAddress }) {
        checkOptions(options, { time, address: sourceAddress })
        return narrowFacts(facts, options)
      },
    }))
}
