/**
 * The key id of a certificate, which sshd writes into its log at each login (auth2-pubkey.c, `ID %s (serial %llu)`):
 * one line that says who, how, when, from where.
 */

import { escapeText } from '../wire/text.ts'

/** What a key id tells. */
export interface KeyIdFacts {
  readonly id: string
  readonly method: string
  /** Unix seconds. */
  readonly time: number
  readonly address?: string | undefined
  readonly serial: bigint
}

/** Most characters of a foreign part. */
const PART = 128

/** Foreign text as one word: in quotes where it could be taken for more than one, without controls and quotes inside. */
function word(text: string): string {
  const shown = escapeText(text, PART)
  return /^[\w.@+:/|=,~-]+$/.test(shown) ? shown : `"${shown.replaceAll('"', '\\x22')}"`
}

/**
 * Writes a key id, at most 1 KiB of UTF-8.
 *
 * @example
 * ```ts
 * import { formatKeyId } from 'hawser/ca'
 *
 * const facts = { id: 'alice@example.com', method: 'oidc', time: 1_800_000_000, address: '192.0.2.7', serial: 42n }
 * console.log(formatKeyId(facts)) // alice@example.com by oidc at 2027-01-15T08:00:00Z from 192.0.2.7 serial 42
 * ```
 */
export function formatKeyId({ id, method, time, address, serial }: KeyIdFacts): string {
  const when = new Date(Math.floor(time) * 1000).toISOString().replace('.000', '')
  const from = address === undefined ? 'nowhere' : word(address)
  return `${word(id)} by ${word(method)} at ${when} from ${from} serial ${serial}`
}
