/** How often somebody may ask: fixed windows of the authority's clock, counted in its store. */

import { sha256 } from '../crypto/hash.ts'
import { AuthorityError } from '../errors.ts'
import { encodeBase64Url } from '../wire/base64url.ts'
import { checkWhole } from '../wire/expect.ts'
import { encodeText } from '../wire/text.ts'
import type { Store } from './store.ts'

/** So many requests in so many seconds. Over the border between two windows it may be twice as many. */
export interface Rate {
  readonly most: number
  readonly seconds: number
}

/** Ceilings on requests. */
export interface Rates {
  /** Requests of one identity (issuer and subject) whose token holds; 60 in 60 seconds where not given. */
  readonly identity?: Rate | undefined
  /** Requests of one address (IPv6: of one /64), before its token is looked at; no ceiling where not given. */
  readonly address?: Rate | undefined
}

/** Throws `TypeError` for what is no rate. */
export function checkRateOption(what: string, { most, seconds }: Rate): void {
  checkWhole(`${what}.most`, most, 1)
  checkWhole(`${what}.seconds`, seconds, 1, 86_400)
}

/** A key of a store for foreign text of any length, which other texts do not share. */
export function storeKey(kind: string, ...parts: readonly string[]): string {
  return `${kind}:${encodeBase64Url(sha256.digest(encodeText(JSON.stringify(parts))))}`
}

/** Counts one request. Throws `AuthorityError` `rate-limited` above the rate. */
export async function countRequest(
  store: Pick<Store, 'count'>,
  rate: Rate,
  time: number,
  kind: string,
  ...who: readonly string[]
): Promise<void> {
  const { most, seconds } = rate
  const window = Math.floor(time / seconds)
  const sum = await store.count(`${storeKey(kind, ...who)}:${window}`, seconds)
  // A store that gives no number has not counted.
  if (sum <= most) return
  const retryAfter = Math.max(1, Math.ceil((window + 1) * seconds - time))
  const limit = `at most ${most} in ${seconds} seconds`
  throw new AuthorityError('rate-limited', `too many requests of one ${kind}: ${limit}`, { retryAfter })
}
