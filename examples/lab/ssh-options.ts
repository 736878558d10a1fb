/** How ssh is told which way in to try, and no other; ssh_config(5). */

import { Refusal } from './refusal.ts'

/**
 * A path that ssh takes as it stands: it expands `%` and `${…}`, and `-i` and ssh_config escape them in no common way.
 * Throws `Refusal` `bad-path`.
 */
export function pathForSsh(path: string, option: string): string {
  if (!/[\p{C}"\\%$]/u.test(path)) return path
  const what = 'a path without quotes, backslashes, % and $ expected, because ssh reads them its own way'
  throw new Refusal('bad-path', `${option}: ${what}`)
}

/** Settings as arguments. Of two values ssh takes the first. */
export const asOptions = (settings: readonly string[]): string[] => settings.flatMap((setting) => ['-o', setting])

/** One key, or the one that an agent has of a public file. The path is one that `pathForSsh` took. */
export const byKey = (identity: string): readonly string[] => [
  'PreferredAuthentications=publickey',
  'BatchMode=yes',
  'IdentitiesOnly=yes',
  `IdentityFile="${identity}"`,
]

/** A password, asked for once. */
export const byPassword: readonly string[] = [
  'PreferredAuthentications=password,keyboard-interactive',
  'PubkeyAuthentication=no',
  'NumberOfPasswordPrompts=1',
]

/** Shows nothing, so that the server names the methods it takes (RFC 4252 section 5.2). */
export const byNothing: readonly string[] = [
  'BatchMode=yes',
  'PreferredAuthentications=none',
  'PubkeyAuthentication=no',
]

/**
 * The methods that a log of `ssh -v` or LogLevel DEBUG1 names, in the server's order: `none` where it let one in at once;
 * `undefined` where there is no word of it.
 */
export function methodsIn(log: string): string[] | undefined {
  if (/^debug1: Authentication succeeded \(none\)|^Authenticated to .* using "none"/m.test(log)) return ['none']
  const named = /^debug1: Authentications that can continue: ([!-~]*)\r?$/m.exec(log)?.[1]
  return named?.split(',').filter((method) => method !== '')
}
