/**
 * Address lists as in the critical option `source-address` (openssh-portable addrmatch.c `addr_match_cidr_list`,
 * addr.c `addr_pton_cidr`): addresses and networks, no names, no wildcards, no negation, host bits zero.
 *
 * Written here because it decides who gets in: `ipaddr.js` is CommonJS, takes octal and hexadecimal parts ("010.1"),
 * and leaves list syntax and host bits to its caller anyway.
 */

/** An address: 4 or 16 octets. */
type Address = Uint8Array

interface Network {
  readonly address: Address
  readonly bits: number
}

function parseIpv4(text: string): Address | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256))
    return undefined
  return Uint8Array.from(parts, Number)
}

/** The 16-bit groups of a colon list, the last of which may be a dotted quad. */
function parseGroups(text: string): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    const quad = i === parts.length - 1 && part.includes('.') ? parseIpv4(part) : undefined
    if (quad) groups.push((quad[0]! << 8) | quad[1]!, (quad[2]! << 8) | quad[3]!)
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

/** RFC 4291 section 2.2. */
function parseIpv6(text: string): Address | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = parseGroups(halves[0]!)
  const tail = halves.length === 2 ? parseGroups(halves[1]!) : []
  if (!head || !tail || (halves.length === 2 && halves[0]!.includes('.'))) return undefined
  const gap = 8 - head.length - tail.length
  if (halves.length === 2 ? gap < 1 : gap !== 0) return undefined
  const groups = [...head, ...new Array<number>(gap).fill(0), ...tail]
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255]))
}

/** Parses an IPv4 or IPv6 address; `undefined` where it is none. */
export function parseAddress(text: string): Address | undefined {
  // INET6_ADDRSTRLEN is 46 with its NUL.
  if (text.length > 45) return undefined
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

function bitsEqual(a: Address, b: Address, bits: number): boolean {
  const whole = bits >> 3
  for (let i = 0; i < whole; i++) if (a[i] !== b[i]) return false
  const mask = 0xff00 >> (bits & 7)
  return !(bits & 7) || ((a[whole]! ^ b[whole]!) & mask & 255) === 0
}

function hostBitsZero(address: Address, bits: number): boolean {
  const masked = address.map((octet, i) => {
    const kept = Math.min(8, Math.max(0, bits - i * 8))
    return octet & (0xff00 >> kept) & 255
  })
  return bitsEqual(address, masked, address.length * 8)
}

function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/')
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (!address) return undefined
  const length = slash < 0 ? String(address.length * 8) : text.slice(slash + 1)
  if (!/^(0|[1-9][0-9]{0,2})$/.test(length)) return undefined
  const bits = Number(length)
  return bits <= address.length * 8 && hostBitsZero(address, bits) ? { address, bits } : undefined
}

/** Parses a comma-separated list; `undefined` where any entry is not an address or a network. */
export function parseAddressList(text: string): readonly Network[] | undefined {
  const networks: Network[] = []
  for (const entry of text.split(',')) {
    const network = parseNetwork(entry)
    if (!network) return undefined
    networks.push(network)
  }
  return networks
}

/** An IPv4 address written as IPv6 (::ffff:a.b.c.d) is that IPv4 address, as in sshd's view of its peer. */
function unmap(address: Address): Address {
  const mapped =
    address.length === 16 && address.subarray(0, 10).every((o) => o === 0) && address[10] === 255 && address[11] === 255
  return mapped ? address.subarray(12) : address
}

/** True where `address` is an address that lies in `list`, which is well formed. */
export function addressInList(address: string, list: string): boolean {
  const parsed = parseAddress(address)
  const networks = parseAddressList(list)
  if (!parsed || !networks) return false
  const peer = unmap(parsed)
  return networks.some((n) => n.address.length === peer.length && bitsEqual(n.address, peer, n.bits))
}
