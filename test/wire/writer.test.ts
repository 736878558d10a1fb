import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Reader } from '../../src/wire/reader.ts'
import { trimZeros, Writer } from '../../src/wire/writer.ts'
import { concat, hex, repeatable, toHex, utf8 } from '../support/bytes.ts'

/** The buffers that were allocated while `work` ran, in order. */
function allocated(work: () => void): Uint8Array[] {
  const seen: Uint8Array[] = []
  const real = globalThis.Uint8Array
  const spy = new Proxy(real, {
    construct(target, args, newTarget) {
      const made = Reflect.construct(target, args, newTarget === spy ? target : newTarget) as Uint8Array
      seen.push(made)
      return made
    },
  })
  globalThis.Uint8Array = spy
  try {
    work()
  } finally {
    globalThis.Uint8Array = real
  }
  return seen
}

describe('Writer', () => {
  it('writes each type of RFC 4251', () => {
    const w = new Writer().u8(1).u32(0xfffffffe).u64(0x0102030405060708n).string('é').string(hex('00ff')).raw(hex('aa'))
    assert.equal(w.length, 1 + 4 + 8 + 6 + 6 + 1)
    assert.equal(toHex(w.take()), '01fffffffe010203040506070800000002c3a90000000200ffaa')
  })

  it('writes the largest uint64', () => {
    assert.equal(toHex(new Writer().u64(0xffffffffffffffffn).take()), 'ffffffffffffffff')
  })

  it('trap 25: an mpint has no superfluous zeros and a sign octet where it needs one', () => {
    const cases = [
      ['', '00000000'],
      ['00', '00000000'],
      ['0000', '00000000'],
      ['7f', '000000017f'],
      ['80', '000000020080'],
      ['0080', '000000020080'],
      ['000102', '000000020102'],
    ] as const
    for (const [value, wire] of cases) assert.equal(toHex(new Writer().mpint(hex(value)).take()), wire, value)
  })

  it('an mpint goes through reader and writer unchanged', () => {
    const random = repeatable(7)
    for (let length = 0; length < 70; length++) {
      const value = trimZeros(random(length))
      const wire = new Writer().mpint(value).take()
      assert.deepEqual(new Reader(wire).mpint('x').slice(), value.slice())
    }
  })

  it('trap 58: what is written while it grows lands in the new buffer', () => {
    const random = repeatable(11)
    for (const size of [255, 256, 257, 511, 513, 5000]) {
      const first = random(size)
      const second = random(size)
      const w = new Writer().raw(first).u8(9).string(second)
      assert.deepEqual(w.take(), concat(first, hex('09'), hex(size.toString(16).padStart(8, '0')), second), `${size}`)
    }
  })

  it('wipes the buffers it leaves behind when it grows and when it is taken', () => {
    const secret = new Uint8Array(200).fill(0xaa)
    let out: Uint8Array = secret
    const buffers = allocated(() => {
      out = new Writer().raw(secret).raw(secret).raw(secret).raw(secret).take()
    })
    assert.equal(out.length, 800)
    assert.ok(buffers.length >= 2, 'it grew')
    for (const buffer of buffers) if (buffer !== out) assert.ok(!buffer.includes(0xaa), 'a buffer holds the secret')
  })

  it('is empty after take and can be used again', () => {
    const w = new Writer().string('abc')
    assert.equal(w.take().length, 7)
    assert.equal(w.length, 0)
    assert.deepEqual(w.take(), new Uint8Array(0))
    assert.deepEqual(w.u8(5).take(), hex('05'))
  })

  it('what it hands over aliases neither itself nor its input', () => {
    const input = utf8('abc')
    const w = new Writer().raw(input)
    const out = w.take()
    input[0] = 0
    w.raw(hex('ffffff'))
    assert.deepEqual(out, utf8('abc'))
  })
})
