/** Requests on the wire (RFC 9987 section 5): a message number and what belongs to it, without the frame's length. */

import { Reader } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'
import { readConstraints, restOf, writeConstraints } from './constraint.ts'
import type { AgentRequest } from './messages.ts'

/** Message numbers by kind; where two say the same but for one word, the plain one first. */
const numbers = {
  'remove-all': [19, 9],
  list: [11],
  sign: [13],
  add: [17, 25],
  remove: [18],
  'add-token': [20, 26],
  'remove-token': [21],
  lock: [22],
  unlock: [23],
  extension: [27],
} as const

type Kind = keyof typeof numbers

function kindOf(type: number): Kind | undefined {
  return (Object.keys(numbers) as Kind[]).find((kind) => (numbers[kind] as readonly number[]).includes(type))
}

/** A copy of the next `string`. */
export function copyString(reader: Reader, what: string): Uint8Array {
  return reader.copySince(reader.skipString(what))
}

function readBody(reader: Reader, kind: Kind, second: boolean): AgentRequest {
  switch (kind) {
    case 'list':
      return { kind }
    case 'remove-all':
      return second ? { kind, legacy: true } : { kind }
    case 'sign':
      return { kind, key: copyString(reader, 'key'), data: copyString(reader, 'data'), flags: reader.u32('flags') }
    case 'add':
      return { kind, constrained: second, contents: restOf(reader) }
    case 'remove':
      return { kind, key: copyString(reader, 'key') }
    case 'add-token': {
      const token = reader.text('token')
      const pin = reader.skipString('PIN')
      const end = reader.offset
      // Before a copy of the PIN is made: this may throw.
      const constraints = readConstraints(reader)
      return { kind, constrained: second, token, pin: reader.bytes.slice(pin, end), constraints }
    }
    case 'remove-token':
      return { kind, token: reader.text('token'), pin: copyString(reader, 'PIN') }
    case 'lock':
    case 'unlock':
      return { kind, passphrase: copyString(reader, 'passphrase') }
    case 'extension':
      return { kind, name: reader.text('extension'), contents: restOf(reader) }
  }
}

/**
 * A request from its message, of which it holds copies. Numbers that are not known are no error, and keys are not
 * looked into. Throws `FormatError` (`truncated`, `bad-value`), `LimitError` `limit`.
 *
 * @example
 * ```ts
 * import { decodeRequest } from 'hawser/agent-protocol'
 *
 * console.log(decodeRequest(Uint8Array.of(11)).kind) // list
 * ```
 */
export function decodeRequest(message: Uint8Array): AgentRequest {
  const reader = new Reader(message)
  const type = reader.u8('message number')
  const kind = kindOf(type)
  if (!kind) return { kind: 'unknown', type, contents: restOf(reader) }
  const request = readBody(reader, kind, numbers[kind][1] === type)
  return reader.left ? ({ ...request, trailing: restOf(reader) } as AgentRequest) : request
}

/**
 * The message of a request; what {@link decodeRequest} gave becomes the same octets again. It holds the request's
 * secrets. Throws `FormatError` `bad-encoding` for text that stands for no octets.
 *
 * @example
 * ```ts
 * import { encodeRequest } from 'hawser/agent-protocol'
 *
 * const message = encodeRequest({ kind: 'lock', passphrase: new TextEncoder().encode('correct horse') })
 * console.log(message[0], message.length) // 22 18
 * message.fill(0)
 * ```
 */
export function encodeRequest(request: AgentRequest): Uint8Array {
  const { kind } = request
  if (kind === 'unknown') return new Writer().u8(request.type).raw(request.contents).take()
  const second = 'constrained' in request ? request.constrained : kind === 'remove-all' && request.legacy
  const [first, other = first] = numbers[kind] as readonly [number, number?]
  const writer = new Writer().u8(second ? other : first)
  if ('token' in request) writer.string(request.token).string(request.pin)
  switch (kind) {
    case 'sign':
      writer.string(request.key).string(request.data).u32(request.flags)
      break
    case 'add':
      writer.raw(request.contents)
      break
    case 'remove':
      writer.string(request.key)
      break
    case 'add-token':
      writeConstraints(writer, request.constraints)
      break
    case 'lock':
    case 'unlock':
      writer.string(request.passphrase)
      break
    case 'extension':
      writer.string(request.name).raw(request.contents)
  }
  if ('trailing' in request && request.trailing) writer.raw(request.trailing)
  return writer.take()
}

/**
 * Overwrites what is secret in a request, in place: keys, passphrases, PINs.
 *
 * @example
 * ```ts
 * import { type LockRequest, wipeRequest } from 'hawser/agent-protocol'
 *
 * const request: LockRequest = { kind: 'lock', passphrase: new TextEncoder().encode('pw') }
 * wipeRequest(request)
 * console.log([...request.passphrase]) // [ 0, 0 ]
 * ```
 */
export function wipeRequest(request: AgentRequest): void {
  if (request.kind === 'add') request.contents.fill(0)
  else if ('pin' in request) request.pin.fill(0)
  else if ('passphrase' in request) request.passphrase.fill(0)
}
