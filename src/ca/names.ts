/**
 * Names that go into certificates. Their forms are strict, so that no principal can be two, or another one: no comma,
 * no white space, no `@` but the one between account and group (CVE-2026-35414 is what a comma can do).
 */

import { parseAddress } from '../cert/source-address.ts'

/** An account of a host (useradd(8): CONFIGURATION, NAME_REGEX). */
export function isAccount(name: string): boolean {
  return /^[a-z_][a-z0-9_-]{0,31}$/.test(name)
}

/** A group of hosts. */
export function isHostGroup(name: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{0,63}$/.test(name)
}

/** A host's name in lower case (RFC 1123 section 2.1), or its address: no wildcards. */
export function isHostName(name: string): boolean {
  if (name.includes(':')) return parseAddress(name) !== undefined && !/[A-F]/.test(name)
  return name.length <= 253 && name.split('.').every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
}

/**
 * The one principal that stands for an account on the hosts of a group. Never the bare account: that would be good on
 * every host that trusts the authority.
 */
export function principalOf(account: string, group: string): string {
  return `${account}@${group}`
}

/** A principal as {@link principalOf} makes it. */
export function isPrincipal(principal: string): boolean {
  const [account, group, more] = principal.split('@')
  return more === undefined && group !== undefined && isAccount(account!) && isHostGroup(group)
}
