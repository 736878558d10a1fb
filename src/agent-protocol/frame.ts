/** Frames: a length and a message of that many octets, at least its number (RFC 9987 section 3). */

import { AGENT_MESSAGE } from '../limits.ts'
import { aboveLimit, bad } from '../wire/expect.ts'

/** Throws `FormatError` for a message without a number, `LimitError` `limit` for one above `most` octets. */
function checkMessage(length: number, most: number): void {
  if (length > most) throw aboveLimit('agent message', `${most} octets`)
  // ssh-agent hangs up as well (ssh-agent.c `process_message`).
  if (length === 0) throw bad('agent message', 'a number')
}

/**
 * The frame of a message: its length in four octets, then the message, 1 octet to 256 KiB of it (RFC 9987 section 3).
 * Throws `FormatError` `bad-value` for an empty one, `LimitError` `limit`.
 *
 * @example
 * ```ts
 * import { encodeFrame, encodeRequest } from 'hawser/agent-protocol'
 *
 * console.log([...encodeFrame(encodeRequest({ kind: 'list' }))]) // [ 0, 0, 0, 1, 11 ]
 * ```
 */
export function encodeFrame(message: Uint8Array): Uint8Array {
  const { length } = message
  checkMessage(length, AGENT_MESSAGE)
  const frame = new Uint8Array(4 + length)
  frame.set([length >>> 24, length >>> 16, length >>> 8, length])
  frame.set(message, 4)
  return frame
}

/**
 * Gives a function that takes the octets of a connection in whatever pieces and gives the messages that are complete.
 * Each piece must be read to its end before the next one. A message is the caller's own, to wipe where it is secret.
 * Memory is taken as octets come, not as a length announces them. Throws `FormatError` `bad-value` for an empty message,
 * `LimitError` `limit` for one above `most` octets as soon as its length is there; the connection is of no use then.
 *
 * @example
 * ```ts
 * import { decodeFrames } from 'hawser/agent-protocol'
 *
 * const messages = decodeFrames()
 * console.log([...messages(Uint8Array.of(0, 0))].length) // 0
 * console.log([...messages(Uint8Array.of(0, 1, 11))].length) // 1
 * ```
 */
export function decodeFrames(most: number = AGENT_MESSAGE): (piece: Uint8Array) => Generator<Uint8Array, void> {
  /** Octets of the length that are there, and what they say so far. */
  let head = 0
  let length = 0
  const empty = new Uint8Array(0)
  let message = empty
  let filled = 0
  return function* (piece) {
    let at = 0
    while (at < piece.length) {
      if (head < 4) {
        length = length * 256 + piece[at++]!
        if (++head === 4) checkMessage(length, most)
        continue
      }
      const end = Math.min(piece.length, at + length - filled)
      const need = filled + end - at
      if (need > message.length) {
        const larger = new Uint8Array(
          need === length ? need : Math.min(length, Math.max(need, 2 * message.length, 256)),
        )
        larger.set(message)
        message.fill(0)
        message = larger
      }
      // A view of a few octets takes longer to make than they take to copy.
      while (at < end) message[filled++] = piece[at++]!
      if (filled < length) continue
      const whole = message
      head = length = filled = 0
      message = empty
      yield whole
    }
  }
}
