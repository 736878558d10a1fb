/**
 * Whether a client is where `from=` wants it: addresses, networks and host names with wildcards, `!` in front of what
 * is shut out (sshd(8); openssh-portable match.c `match_host_and_ip`, addrmatch.c `addr_match_list`).
 */

import { addressInList, parseAddress, parseAddressList } from '../cert/source-address.ts'
import { matchPattern, matchPatternList } from '../wire/pattern.ts'
import { encodeText, latin1 } from '../wire/text.ts'
import { lowerCase } from './host-match.ts'
import { wholeNumber } from './key-options.ts'

/** What getaddrinfo takes for an address though it is none here: `10.1`, `0x7f.1`, `010.0.0.1`, a zone behind `%`. */
const otherAddress = /^((0x[0-9a-f]*|\d+)(\.|$))+$|%/i

/** An address as getnameinfo writes it: patterns are compared with that text. One mapped into IPv6 is that of IPv4. */
function addressText({ size, value }: NonNullable<ReturnType<typeof parseAddress>>): string {
  const digits = (count: number, bits: number): bigint[] =>
    Array.from({ length: count }, (_, i) => BigInt.asUintN(bits, value >> BigInt((count - 1 - i) * bits)))
  if (size === 32 || value >> 32n === 0xffffn) return digits(4, 8).join('.')
  const text = digits(8, 16)
    .map((group) => group.toString(16))
    .join(':')
  const zeros = text.match(/\b0(:0)+\b/g) ?? []
  const longest = zeros.reduce((a, b) => (b.length > a.length ? b : a), '')
  // Nothing but the one run of zeros, and the colons around it, becomes "::".
  return longest ? text.replace(new RegExp(`(^|:)${longest}(:|$)`), '::') : text
}

/** Of one entry: whether it matches, or `undefined` where it spoils the list. */
function entryMatches(address: string, entry: string): boolean | undefined {
  const slash = entry.indexOf('/')
  const host = slash < 0 ? entry : entry.slice(0, slash)
  if (!parseAddress(host)) return host === '' || otherAddress.test(host) ? undefined : matchPattern(address, entry)
  const bits = slash < 0 ? undefined : wholeNumber(entry.slice(slash + 1), 0, 0x7fffffff)
  // A length that is no number makes a pattern of it, and one that matches nothing.
  if (slash >= 0 && bits === undefined) return matchPattern(address, entry)
  const network = slash < 0 ? host : `${host}/${bits}`
  return parseAddressList(network) ? addressInList(address, network) : undefined
}

/**
 * Whether `list` lets this client in. An entry that is empty, or a network with host bits or a wrong length, lets
 * nobody in, and so does an address that is none. Without a host name the address stands for it (UseDNS no).
 */
export function matchFrom(list: readonly string[], address: string | undefined, host: string | undefined): boolean {
  const parsed = parseAddress(address ?? '')
  if (!parsed) return false
  const peer = addressText(parsed)
  let found = false
  for (const entry of list) {
    const negated = entry.startsWith('!')
    const matches = entryMatches(peer, negated ? entry.slice(1) : entry)
    if (matches === undefined || (matches && negated)) return false
    found ||= matches
  }
  // Octet by octet, ASCII letters in either case.
  const octets = (text: string): string => lowerCase(latin1(encodeText(text)))
  const named = matchPatternList(octets(host ?? peer), octets(list.join(',')))
  return named !== 'negated' && (found || named === 'match')
}
