/**
 * Where a request comes from. A header is believed only where a proxy that is trusted by name sent it, and of the list
 * in it the rightmost entry that is no such proxy: everything to its left the caller wrote himself
 * (RFC 7239 section 8.1; `X-Forwarded-For` as proxies append to it).
 */

import { addressInList, parseAddress, parseAddressList } from '../cert/source-address.ts'
import { badRequest } from './protocol.ts'

/** Which proxies are trusted, and what they say. */
export interface ProxyOptions {
  /** Addresses and networks of the proxies in front. */
  readonly trustedProxies?: readonly string[] | undefined
  /** The header in which they say whom they serve: `x-forwarded-for`, `forwarded`, `cf-connecting-ip` or the like. */
  readonly forwardedHeader?: string | undefined
}

/** Headers of a request, of the Fetch standard or as good. */
export interface HeadersLike {
  get(name: string): string | null
}

/** One text for one address: IPv4 with dots (one in IPv6 clothes too), IPv6 in eight groups. `undefined` for none. */
export function canonicalAddress(text: string): string | undefined {
  const address = parseAddress(text)
  if (!address) return undefined
  const { size, value } = address
  const parts = (bits: number, count: number): number[] =>
    Array.from({ length: count }, (_, i) =>
      Number((value >> BigInt(bits * (count - 1 - i))) & ((1n << BigInt(bits)) - 1n)),
    )
  if (size === 32 || value >> 32n === 0xffffn) return parts(8, 4).join('.')
  return parts(16, 8)
    .map((group) => group.toString(16))
    .join(':')
}

/** Whom a canonical address counts for: of IPv6 the network of 64 bits, all of which is one caller's (RFC 4291 section 2.5.4). */
export function addressNetwork(address: string | undefined): string {
  return address?.includes(':') ? address.split(':', 4).join(':') : (address ?? '')
}

/** Throws `TypeError` for options that would trust nobody, or anybody. */
export function checkProxies({ trustedProxies, forwardedHeader }: ProxyOptions): void {
  if (!trustedProxies !== !forwardedHeader) throw new TypeError('trustedProxies and forwardedHeader: both expected')
  if (trustedProxies && !(trustedProxies.length > 0 && parseAddressList(trustedProxies.join(',')))) {
    throw new TypeError('trustedProxies: addresses and networks like "10.0.0.0/8" expected')
  }
  if (forwardedHeader && !/^[a-z0-9-]{1,64}$/i.test(forwardedHeader)) {
    throw new TypeError('forwardedHeader: the name of a header expected')
  }
}

/** The address of an entry: as it is, in brackets, with a port behind it. */
function entryAddress(entry: string): string | undefined {
  const found = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(entry) ?? /^([\d.]+):\d{1,5}$/.exec(entry)
  return canonicalAddress(found ? found[1]! : entry)
}

/** The node of one element of `Forwarded` (RFC 7239 section 4): its parameter `for`, which is there once. */
function forwardedFor(element: string): string | undefined {
  const nodes = element.split(';').flatMap((pair) => /^[ \t]*for=(.*?)[ \t]*$/i.exec(pair)?.[1] ?? [])
  return nodes.length === 1 ? nodes[0]!.replace(/^"(.*)"$/, '$1') : undefined
}

/**
 * The address that a request comes from in its canonical form, `undefined` where the runtime did not say who
 * connected. Throws `AuthorityError` `bad-request` where a trusted proxy says nothing, or what is no address.
 */
export function callerAddress(
  headers: HeadersLike,
  remoteAddress: string | undefined,
  { trustedProxies, forwardedHeader }: ProxyOptions,
): string | undefined {
  if (remoteAddress === undefined) return undefined
  const remote = canonicalAddress(remoteAddress)
  if (remote === undefined) throw badRequest('address: that of who connected is none')
  if (!trustedProxies || !forwardedHeader) return remote
  const list = trustedProxies.join(',')
  if (!addressInList(remote, list)) return remote
  const isForwarded = forwardedHeader.toLowerCase() === 'forwarded'
  const said = headers.get(forwardedHeader) ?? ''
  // A name of a host may hold commas and semicolons (RFC 3986 section 3.2.2), and the caller writes it: what stands in
  // quotes must not become an element. A quote that the caller leaves open has the proxy's comma behind it.
  if (isForwarded && !/^(?:[^"]|"[^",;\\]*")*$/.test(said)) throw badRequest('address: Forwarded with odd quotes')
  const entries = said.split(',')
  let address = remote
  for (const entry of entries.reverse()) {
    const node = isForwarded ? forwardedFor(entry) : entry.trim()
    const next = node === undefined ? undefined : entryAddress(node)
    if (next === undefined) throw badRequest(`address: ${forwardedHeader} says none`)
    address = next
    if (!addressInList(address, list)) break
  }
  return address
}
