/** Answers on the wire (RFC 9987 section 5): a message number and what belongs to it, without the frame's length. */

import { AGENT_IDENTITIES } from '../limits.ts'
import { aboveLimit } from '../wire/expect.ts'
import { Reader } from '../wire/reader.ts'
import { decodeText } from '../wire/text.ts'
import { Writer } from '../wire/writer.ts'
import { restOf } from './constraint.ts'
import type { AgentIdentity, AgentRequest, AgentResponse } from './messages.ts'
import { copyString } from './request.ts'

const FAILURE = 5
const SUCCESS = 6
const IDENTITIES = 12
const SIGNATURE = 14
const EXTENSION_FAILURE = 28
const EXTENSION = 29

function readIdentities(reader: Reader): AgentIdentity[] {
  const count = reader.u32('number of identities')
  if (count > AGENT_IDENTITIES) throw aboveLimit('identities', AGENT_IDENTITIES)
  const identities: AgentIdentity[] = []
  while (identities.length < count) {
    // Whatever the comment holds, the other keys of the list are of use.
    identities.push({ key: copyString(reader, 'key'), comment: decodeText(reader.string('comment')) })
  }
  return identities
}

function readBody(reader: Reader, type: number): AgentResponse {
  switch (type) {
    case FAILURE:
      return { kind: 'failure' }
    case 30:
    case 102:
      return { kind: 'failure', legacy: type }
    case SUCCESS:
      return reader.left ? { kind: 'success', contents: restOf(reader) } : { kind: 'success' }
    case IDENTITIES:
      return { kind: 'identities', identities: readIdentities(reader) }
    case SIGNATURE:
      return { kind: 'signature', signature: copyString(reader, 'signature') }
    case EXTENSION_FAILURE:
      return { kind: 'extension-failure' }
    case EXTENSION:
      return { kind: 'extension', name: reader.text('extension'), contents: restOf(reader) }
    default:
      return { kind: 'unknown', type, contents: restOf(reader) }
  }
}

/**
 * An answer from its message, of which it holds copies. An extension may answer with any number in a form of its own:
 * where `request` is one, only those numbers are read that RFC 9987 gives to its answers.
 * Throws `FormatError` (`truncated`, `trailing-bytes`, `bad-value`), `LimitError` `limit`.
 *
 * @example
 * ```ts
 * import { decodeResponse } from 'hawser/agent-protocol'
 *
 * console.log(decodeResponse(Uint8Array.of(6)).kind) // success
 * ```
 */
export function decodeResponse(message: Uint8Array, request?: AgentRequest): AgentResponse {
  const reader = new Reader(message)
  const type = reader.u8('message number')
  const own = request?.kind === 'extension' && (type === IDENTITIES || type === SIGNATURE)
  const response: AgentResponse = own ? { kind: 'unknown', type, contents: restOf(reader) } : readBody(reader, type)
  reader.end('answer')
  return response
}

/**
 * The message of an answer; what {@link decodeResponse} gave becomes the same octets again.
 * Throws `FormatError` `bad-encoding` for text that stands for no octets.
 *
 * @example
 * ```ts
 * import { encodeResponse } from 'hawser/agent-protocol'
 *
 * console.log([...encodeResponse({ kind: 'identities', identities: [] })]) // [ 12, 0, 0, 0, 0 ]
 * console.log([...encodeResponse({ kind: 'failure' })]) // [ 5 ]
 * ```
 */
export function encodeResponse(response: AgentResponse): Uint8Array {
  const writer = new Writer()
  switch (response.kind) {
    case 'failure':
      writer.u8(response.legacy ?? FAILURE)
      break
    case 'success':
      writer.u8(SUCCESS)
      if (response.contents) writer.raw(response.contents)
      break
    case 'identities':
      writer.u8(IDENTITIES).u32(response.identities.length)
      for (const { key, comment } of response.identities) writer.string(key).string(comment)
      break
    case 'signature':
      writer.u8(SIGNATURE).string(response.signature)
      break
    case 'extension-failure':
      writer.u8(EXTENSION_FAILURE)
      break
    case 'extension':
      writer.u8(EXTENSION).string(response.name).raw(response.contents)
      break
    case 'unknown':
      writer.u8(response.type).raw(response.contents)
  }
  return writer.take()
}
