/**
 * `restrict-destination-v00@openssh.com`: where a key may be used, hop by hop (PROTOCOL.agent section 2, which leaves
 * out the string around each list, constraint and hop; authfd.c `encode_dest_constraint`).
 */

import { AGENT_CONSTRAINTS } from '../limits.ts'
import { aboveLimit, bad } from '../wire/expect.ts'
import type { Reader } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'

/** A host key of a hop. */
export interface DestinationKey {
  /** Blob of the plain public key. */
  readonly key: Uint8Array
  /** The key of an authority: it stands for the host certificates that it signs. */
  readonly authority: boolean
}

/** A host on the way. */
export interface DestinationHop {
  /** A pattern of user names; empty for any. Always empty where a hop comes from. */
  readonly user: string
  /** A name of the host, for people; empty for the machine that the agent runs on. */
  readonly host: string
  readonly keys: readonly DestinationKey[]
}

/** From one host to the next, the key may be used. */
export interface DestinationConstraint {
  /** Without host and keys: from the machine that the agent runs on. */
  readonly from: DestinationHop
  readonly to: DestinationHop
}

/** ssh-agent.c AGENT_USER_CONSTRAINT_MAX_LEN. */
const USER_LENGTH = 256

/** An empty field for later. OpenSSH refuses what it does not know there. */
function reserved(reader: Reader): void {
  reader.inner('reserved').end('reserved')
}

function readHop(reader: Reader): DestinationHop {
  const user = reader.text('user', USER_LENGTH)
  const host = reader.text('host')
  reserved(reader)
  const keys: DestinationKey[] = []
  while (reader.left) {
    const key = reader.copySince(reader.skipString('host key'))
    keys.push({ key, authority: reader.u8('authority') !== 0 })
  }
  return { user, host, keys }
}

function readDestination(reader: Reader): DestinationConstraint {
  const from = readHop(reader.inner('from'))
  const to = readHop(reader.inner('to'))
  reserved(reader)
  // What the outer string has more is nothing that this version knows; OpenSSH does not look.
  reader.end('destination')
  if (from.user || !from.host !== !from.keys.length) throw bad('from', 'host and keys, or neither, and no user')
  if (!to.host || !to.keys.length) throw bad('to', 'host and keys')
  return { from, to }
}

/**
 * Reads the list to its end. An empty one is refused: OpenSSH reads it as no constraint at all.
 * Throws `FormatError`, `LimitError`.
 */
export function readDestinations(reader: Reader): DestinationConstraint[] {
  const destinations: DestinationConstraint[] = []
  do {
    if (destinations.length === AGENT_CONSTRAINTS) throw aboveLimit('destinations', AGENT_CONSTRAINTS)
    destinations.push(readDestination(reader.inner('destination')))
  } while (reader.left)
  return destinations
}

function encodeHop({ user, host, keys }: DestinationHop): Uint8Array {
  const writer = new Writer().string(user).string(host).string('')
  for (const { key, authority } of keys) writer.string(key).u8(authority ? 1 : 0)
  return writer.take()
}

/** Writes the list. */
export function writeDestinations(writer: Writer, destinations: readonly DestinationConstraint[]): void {
  for (const { from, to } of destinations) {
    writer.string(new Writer().string(encodeHop(from)).string(encodeHop(to)).string('').take())
  }
}
