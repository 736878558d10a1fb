/** The agent protocol, its ceilings apart: a message has at most 256 kB. */
import { load } from '../library.mjs'
import { fill, key, noise, strings, wire } from './inputs.mjs'

const protocol = await load('agent-protocol/index.js')
const { decodeAdd, decodeFrames, decodeQueryAnswer, decodeRequest, decodeResponse, encodeAdd, encodeFrame } = protocol
const { encodeResponse } = protocol
const { allTypes } = await load('keys/index.js')

/** What a client sends: messages of 1 kB, in pieces of that many octets. */
const pieces = (length) => (size) => {
  const frame = encodeFrame(noise(1024).fill(1, 0, 1))
  const bytes = Uint8Array.from({ length: size }, (_, i) => frame[i % frame.length])
  return () => {
    const messages = decodeFrames()
    let count = 0
    for (let at = 0; at < bytes.length; at += length) {
      for (const message of messages(bytes.subarray(at, at + length))) count += message.length
    }
    return count
  }
}

export const groups = {
  Agents: {
    'agent, many frames': (size) => {
      const frame = encodeFrame(Uint8Array.of(11))
      const bytes = Uint8Array.from({ length: size }, (_, i) => frame[i % frame.length])
      return () => {
        let count = 0
        for (const message of decodeFrames()(bytes)) count += message.length
        return count
      }
    },
    'agent, identities': (size) => {
      const identities = [{ key: noise(size / 2), comment: fill('me@home ', size / 2) }]
      const message = encodeResponse({ kind: 'identities', identities })
      return () => decodeResponse(message)
    },
    'agent, frames in pieces of 7 octets': pieces(7),
    'agent, one frame in pieces of 7 octets': (size) => {
      // The one place where the ceiling is raised: how a message grows from its pieces.
      const message = new wire.Writer().string(noise(size)).take()
      return () => {
        const messages = decodeFrames(1 << 26)
        let count = 0
        for (let at = 0; at < message.length; at += 7) {
          for (const whole of messages(message.subarray(at, at + 7))) count += whole.length
        }
        return count
      }
    },
    'agent, data to sign': (size) => {
      const message = new wire.Writer().u8(13).string(key.publicKey.blob).string(noise(size)).u32(0).take()
      return () => decodeRequest(message)
    },
    'agent, a key and a long comment': (size) => {
      const { contents } = encodeAdd(key, { comment: fill('me@home ', size) })
      const message = new wire.Writer().u8(17).raw(contents).take()
      return () => decodeAdd(decodeRequest(message), { types: allTypes, limits: { stringLength: 1 << 26 } })
    },
    'agent, a long constraint': (size) => {
      const { contents } = encodeAdd(key)
      const rest = new wire.Writer().u8(255).string('test@example.com').raw(noise(size)).take()
      const message = new wire.Writer().u8(25).raw(contents).raw(rest).take()
      return () => decodeAdd(decodeRequest(message), { types: allTypes })
    },
    'agent, names of extensions': (size) => {
      const contents = strings('extension', size)
      return () => decodeQueryAnswer(contents)
    },
  },
}
