import assert from 'node:assert/strict'
import { memoryUsage } from 'node:process'
import { describe, it } from 'node:test'
import { decodeFrames, encodeFrame } from '../../src/agent-protocol/index.ts'
import { FormatError, LimitError } from '../../src/errors.ts'
import { concat, hex, repeatable, toHex } from '../support/bytes.ts'

const random = repeatable(3)
const messages = [1, 2, 40, 300].map((length) => random(length))
const stream = concat(...messages.map(encodeFrame))
const expected = messages.map(toHex)

function all(decode: ReturnType<typeof decodeFrames>, ...pieces: Uint8Array[]): string[] {
  return pieces.flatMap((piece) => [...decode(piece)].map(toHex))
}

describe('frames', () => {
  it('come out whole from pieces cut at any two places', () => {
    for (let i = 0; i <= stream.length; i += 3) {
      for (let j = i; j <= stream.length; j += 5) {
        const found = all(decodeFrames(), stream.slice(0, i), stream.slice(i, j), stream.slice(j))
        assert.deepEqual(found, expected, `${i} ${j}`)
      }
    }
  })

  it('come out whole from pieces of every size', () => {
    for (let size = 1; size <= stream.length; size++) {
      const pieces: Uint8Array[] = []
      for (let i = 0; i < stream.length; i += size) pieces.push(stream.slice(i, i + size))
      assert.deepEqual(all(decodeFrames(), ...pieces), expected, String(size))
    }
  })

  it('come out as soon as they are complete, one at a time', () => {
    const decode = decodeFrames()
    assert.deepEqual(all(decode, stream.slice(0, 4)), [])
    assert.deepEqual(all(decode, stream.slice(4, 5)), [expected[0]])
    const rest = decode(stream.slice(5))
    assert.equal(toHex(rest.next().value!), expected[1])
    assert.equal(toHex(rest.next().value!), expected[2])
    assert.equal(toHex(rest.next().value!), expected[3])
    assert.equal(rest.next().done, true)
  })

  it('are copies of their pieces, a Buffer among them', () => {
    const piece = Buffer.from(encodeFrame(messages[2]!))
    const [message] = decodeFrames()(piece)
    piece.fill(0)
    assert.deepEqual(message, messages[2])
  })

  it('may have 256 KiB and no octet more', () => {
    const most = new Uint8Array(1 << 18).fill(1)
    const frame = encodeFrame(most)
    assert.deepEqual(all(decodeFrames(), frame).length, 1)
    assert.throws(() => encodeFrame(new Uint8Array((1 << 18) + 1)), LimitError)
    for (const head of ['00040001', '40000001', 'ffffffff', '0004000100000000']) {
      assert.throws(() => all(decodeFrames(), hex(head)), LimitError, head)
    }
    assert.throws(() => all(decodeFrames(10), hex('0000000b')), LimitError)
    assert.equal(all(decodeFrames(10), encodeFrame(new Uint8Array(10))).length, 1)
  })

  it('that are empty are refused, not waited for', () => {
    assert.throws(() => all(decodeFrames(), hex('00000000')), FormatError)
    assert.throws(() => encodeFrame(hex('')), FormatError)
    const decode = decodeFrames()
    const found: string[] = []
    assert.throws(() => {
      for (const message of decode(concat(stream, hex('00000000'), stream))) found.push(toHex(message))
    }, FormatError)
    assert.deepEqual(found, expected)
  })

  it('take memory as octets come, not as their length says', () => {
    const before = memoryUsage().arrayBuffers ?? 0
    const open = Array.from({ length: 1000 }, () => {
      const decode = decodeFrames()
      assert.deepEqual(all(decode, hex('00040000 01')), [])
      return decode
    })
    // With room for each whole frame they would be 250 MiB.
    assert.ok((memoryUsage().arrayBuffers ?? 0) - before < 20 * 2 ** 20)
    assert.equal(open.length, 1000)
  })

  it('of the largest size come out of single octets', () => {
    const message = random(1 << 16)
    const frame = encodeFrame(message)
    const decode = decodeFrames()
    const found: Uint8Array[] = []
    for (let i = 0; i < frame.length; i++) found.push(...decode(frame.subarray(i, i + 1)))
    assert.equal(found.length, 1)
    assert.deepEqual(found[0], message)
  })
})
