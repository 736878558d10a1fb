/** Who asks: what an authority knows of somebody once a token was judged. */

import { AuthorityError } from '../errors.ts'

/** Somebody whose token holds. */
export interface Identity {
  /** The name by which policy knows them: the claim that the authenticator was told to take. */
  readonly id: string
  readonly issuer: string
  /** The issuer's own name for them, which stays when names change. */
  readonly subject: string
  readonly groups: readonly string[]
  /** How they proved it, such as `oidc`. */
  readonly method: string
  /** The account that is theirs by the issuer's word, for grants that say `ownAccount`. */
  readonly account?: string | undefined
  /** Unix seconds. */
  readonly tokenExpires: number
}

/**
 * Judges a token. Throws `AuthorityError` `unauthenticated` for one that does not hold and `unavailable` where nobody
 * can say; whatever else it throws is `internal`.
 */
export type Authenticate = (token: string, options: { readonly time: number }) => Promise<Identity>

/** Most characters of a name and most groups: what fits into a token and into a line. */
const NAME = 255
const GROUPS = 1024

function isName(value: unknown, least = 1): value is string {
  // Lone surrogates are no text: elsewhere here they stand for octets.
  return typeof value === 'string' && value.length >= least && value.length <= NAME && !/[\ud800-\udfff]/u.test(value)
}

/** A copy of what an authenticator gave. Throws `AuthorityError` `unauthenticated` for names that are none. */
export function checkIdentity(given: Identity): Identity {
  const { id, issuer, subject, groups, method, account, tokenExpires } = given
  const names = [id, issuer, subject, method, ...(account === undefined ? [] : [account])]
  if (!names.every((name) => isName(name)) || !Number.isFinite(tokenExpires)) {
    throw new AuthorityError('unauthenticated', `identity: names of 1 to ${NAME} characters expected`)
  }
  if (!Array.isArray(groups) || groups.length > GROUPS || !groups.every((group) => isName(group, 0))) {
    throw new AuthorityError('unauthenticated', `groups: a list of at most ${GROUPS} names expected`)
  }
  return { id, issuer, subject, groups: [...groups], method, account, tokenExpires }
}
