/**
 * Address lists as in the critical option `source-address` (openssh-portable addrmatch.c `addr_match_cidr_list`,
 * addr.c `addr_pton_cidr`): addresses and networks, no names, no wildcards, no negation, host bits zero.
 *
 * Written here because it decides who gets in: `ipaddr.js` is CommonJS, takes octal and hexadecimal parts ("010.1"),
 * and leaves list syntax and host bits to its caller anyway.
 */

/** An address as a number of 32 or 128 bits. */
interface Address {
  readonly size: 32 | 128
  readonly value: bigint
}

interface Network extends Address {
  /** How many of its lowest bits are free. */
  readonly free: bigint
}

/** The number whose digits are `parts`, each of `bits` bits. */
function joinBits(parts: readonly number[], bits: number): bigint {
  return parts.reduce((value, part) => (value << BigInt(bits)) | BigInt(part), 0n)
}

/** A decimal number up to `most`, without sign or leading zeros. */
function parseDecimal(text: string, most: number): number | undefined {
  return /^(0|[1-9][0-9]{0,2})$/.test(text) && Number(text) <= most ? Number(text) : undefined
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.').map((part) => parseDecimal(part, 255))
  return parts.length === 4 && parts.every((part) => part !== undefined) ? parts : undefined
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
function parseIpv6(text: string): number[] | undefined {
  const [before, after, more] = text.split('::')
  const head = parseGroups(before!)
  const tail = parseGroups(after ?? '')
  // A dotted quad is the end of an address, not of what stands before "::".
  if (!head || !tail || more !== undefined || (after !== undefined && before!.includes('.'))) return undefined
  const gap = 8 - head.length - tail.length
  if (after === undefined ? gap !== 0 : gap < 1) return undefined
  return [...head, ...new Array<number>(gap).fill(0), ...tail]
}

/** Parses an IPv4 or IPv6 address; `undefined` where it is none. */
export function parseAddress(text: string): Address | undefined {
  // INET6_ADDRSTRLEN is 46 with its NUL.
  if (text.length > 45) return undefined
  const size = text.includes(':') ? 128 : 32
  const parts = size === 128 ? parseIpv6(text) : parseIpv4(text)
  return parts && { size, value: joinBits(parts, size / parts.length) }
}

function parseNetwork(text: string): Network | undefined {
  const [address, length, more] = text.split('/')
  const parsed = parseAddress(address!)
  if (!parsed || more !== undefined) return undefined
  const { size, value } = parsed
  const bits = length === undefined ? size : parseDecimal(length, size)
  if (bits === undefined) return undefined
  const free = BigInt(size - bits)
  return (value >> free) << free === value ? { size, value, free } : undefined
}

/** Parses a comma-separated list; `undefined` where any entry is not an address or a network with its host bits zero. */
export function parseAddressList(text: string): readonly Network[] | undefined {
  const networks: Network[] = []
  for (const entry of text.split(',')) {
    const network = parseNetwork(entry)
    if (!network) return undefined
    networks.push(network)
  }
  return networks
}

/**
 * True where `address` is an address that lies in `list`, which is well formed: addresses and networks with commas
 * between them, as in the critical option `source-address` (addrmatch.c `addr_match_cidr_list`).
 *
 * @example
 * ```ts
 * import { addressInList } from 'hawser/cert'
 *
 * console.log(addressInList('10.1.2.3', '10.0.0.0/8,::1')) // true
 * console.log(addressInList('192.0.2.1', '10.0.0.0/8,::1')) // false
 * console.log(addressInList('10.1.2.3', '10.0.0.1/8')) // false
 * ```
 */
export function addressInList(address: string, list: string): boolean {
  const peer = parseAddress(address)
  const networks = parseAddressList(list)
  if (!peer || !networks) return false
  // An IPv4 address written as IPv6 (::ffff:a.b.c.d) is that IPv4 address, as in sshd's view of its peer.
  const mapped = peer.size === 128 && peer.value >> 32n === 0xffffn
  const size = mapped ? 32 : peer.size
  const value = mapped ? peer.value & 0xffffffffn : peer.value
  return networks.some((n) => n.size === size && n.value >> n.free === value >> n.free)
}
