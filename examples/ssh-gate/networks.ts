/**
 * Where gates may be managed. The service connects to hosts that admins of projects name, and must not be led to its own
 * machine or to what only its network should reach: the address is looked up here, judged, and is what sftp then gets.
 */

import { lookup } from 'node:dns/promises'
import { setTimeout as delay } from 'node:timers/promises'
import ipaddr from 'ipaddr.js'
import { SetupError } from '../lab/setup-error.ts'
import { Refusal } from './refusal.ts'

/** A third of the time for a push. */
const LOOKUP_MS = 5000

type Address = ipaddr.IPv4 | ipaddr.IPv6
export type Network = readonly [Address, number]

/** Addresses of a host at which a gate may be managed, one or more. Throws `Refusal` `network-refused`, and if there is no such host. */
export type AddressesOf = (host: string) => Promise<readonly string[]>

/** A network as `10.77.3.0/24` or `2001:db8::/32`. Throws `SetupError`. */
export function readNetwork(text: string): Network {
  const { IPv4, IPv6 } = ipaddr
  const kind = IPv4.isValidCIDRFourPartDecimal(text) ? IPv4 : /[%.]/.test(text) ? undefined : IPv6
  if (!kind?.isValidCIDR(text)) throw new SetupError(`manageNetworks: ${text}: a network such as 10.0.0.0/8 expected`)
  const [address, bits] = kind.parseCIDR(text)
  const first = kind.networkAddressFromCIDR(text).toString()
  // Else one address might be meant, and a whole network would be open.
  if (first !== address.toString()) throw new SetupError(`manageNetworks: ${text}: ${first}/${bits} expected`)
  return [address, bits]
}

/** Where no networks are named, none of these: this machine, its links (on which clouds give out credentials), many at once. */
const closed: readonly string[] = ['loopback', 'unspecified', 'linkLocal', 'multicast', 'broadcast']

/** The IPv4 address that stands in one of IPv6 and is reached by it: mapped (RFC 4291 section 2.5.5.2), translated (RFC 6052, 7915). */
function plain(text: string): Address {
  const address = ipaddr.process(text)
  const translated = address.range() === 'rfc6052' || address.range() === 'rfc6145'
  return translated ? ipaddr.fromByteArray(address.toByteArray().slice(-4)) : address
}

function isOpen(text: string, networks: readonly Network[] | undefined): boolean {
  const address = plain(text)
  if (!networks) return !closed.includes(address.range())
  return networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits))
}

async function lookupAll(host: string): Promise<string[]> {
  const late = delay(LOOKUP_MS, undefined, { ref: false }).then(() => {
    throw new Error(`${host} was not found in time`)
  })
  return (await Promise.race([lookup(host, { all: true }), late])).map(({ address }) => address)
}

/** Judges by `networks`; without them all but those of this machine and its links are open. */
export function addressesIn(networks: readonly Network[] | undefined, addresses: AddressesOf = lookupAll): AddressesOf {
  return async (host) => {
    const open = (await addresses(host)).filter((address) => isOpen(address, networks))
    // Which addresses a name has for the service is nobody else's business.
    if (open.length === 0) throw new Refusal('network-refused', `gates are not managed at ${host} here`)
    return open
  }
}
