/** Whether the options of a line let a client in now (openssh-portable auth2-pubkeyfile.c `auth_authorise_keyopts`). */

import { type Time, unixSeconds } from '../cert/time.ts'
import { VerificationError } from '../errors.ts'
import { escapeText } from '../wire/text.ts'
import type { LoginOptions } from './key-options.ts'
import { matchFrom } from './login-from.ts'

/** When a client comes, and from where. */
export interface LoginOrigin {
  readonly time: Time
  /** The client's address. What is bound to addresses is refused where this is not given. */
  readonly address?: string | undefined
  /** The client's host name; its address where not given, as with sshd's `UseDNS no`. */
  readonly host?: string | undefined
}

/** Throws `VerificationError` (`expired`, `principal`, `source-address`). */
export function checkOptions(options: LoginOptions, { time, address, host }: LoginOrigin): void {
  const now = unixSeconds(time)
  if (options.expiryTime !== null && options.expiryTime < now) {
    throw new VerificationError('expired', `the line held until ${options.expiryTime}, not at ${now} (unix seconds)`)
  }
  if (options.principals !== null && !options.certAuthority) {
    throw new VerificationError('principal', 'principals are listed, but the key is no authority')
  }
  if (options.from !== null && !matchFrom(options.from, address, host)) {
    throw new VerificationError('source-address', `not permitted from ${escapeText(host ?? address ?? 'nowhere')}`)
  }
}
