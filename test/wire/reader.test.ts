import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, it } from 'node:test'
import { type FormatError, LimitError } from '../../src/errors.ts'
import { Reader } from '../../src/wire/reader.ts'
import { concat, hex, octets, utf8 } from '../support/bytes.ts'

const reader = (text: string, max?: number) => new Reader(hex(text), max)
const truncated = { name: 'FormatError', code: 'truncated' }
const badValue = { name: 'FormatError', code: 'bad-value' }

describe('Reader', () => {
  it('reads each type of RFC 4251 and says where it stands', () => {
    const r = reader('01 ffffffff 0102030405060708 00000003 616263')
    assert.equal(r.u8('a'), 1)
    assert.equal(r.u32('b'), 0xffffffff)
    assert.equal(r.u64('c'), 0x0102030405060708n)
    assert.equal(r.offset, 13)
    assert.equal(r.left, 7)
    assert.equal(r.text('d'), 'abc')
    assert.equal(r.left, 0)
    r.end('all')
  })

  it('reads the largest uint64 without loss', () => {
    assert.equal(reader('ffffffffffffffff').u64('x'), 0xffffffffffffffffn)
  })

  it('refuses every read past the end, and moves nowhere', () => {
    assert.throws(() => reader('').u8('x'), truncated)
    assert.throws(() => reader('000000').u32('x'), truncated)
    assert.throws(() => reader('00000000000000').u64('x'), truncated)
    const r = reader('00000004 616263')
    assert.throws(() => r.string('x'), truncated)
    assert.throws(() => reader('00').take(2, 'x'), truncated)
  })

  it('refuses a length of 2^32 - 1 before anything is allocated', () => {
    for (const read of ['string', 'text', 'mpint', 'inner'] as const) {
      assert.throws(() => reader('ffffffff 00')[read]('x'), truncated, read)
    }
    assert.throws(() => reader('ffffffff 00').name('x', 64), truncated)
  })

  it('says what it read, and where, without the bytes', () => {
    assert.throws(
      () => reader('00000009 736563726574').string('the field'),
      (error: FormatError) => /the field/.test(error.message) && !/secret/.test(error.message),
    )
  })

  it('refuses a string above its ceiling with a LimitError', () => {
    assert.throws(() => reader('00000003 616263', 2).string('x'), LimitError)
    assert.throws(() => reader('00000003 616263').string('x', 2), { code: 'limit' })
    assert.deepEqual(reader('00000003 616263', 3).string('x'), utf8('abc'))
  })

  it('keeps its ceiling in an inner reader', () => {
    const inner = reader('00000007 00000003 616263', 7).inner('outer')
    assert.equal(inner.left, 7)
    assert.deepEqual(inner.string('x'), utf8('abc'))
    assert.throws(() => reader('00000007 00000003 616263', 6).inner('outer'), LimitError)
  })

  it('returns views of an input above 64 octets, so that a secret has no second copy', () => {
    const bytes = new Uint8Array(65)
    bytes.set(hex('00000001 61'))
    assert.equal(new Reader(bytes).string('x').buffer, bytes.buffer)
  })

  it('gives plain arrays, where the input is a Buffer too', () => {
    const read = new Reader(Buffer.from('0000000161', 'hex')).string('x')
    assert.equal(read.constructor, Uint8Array)
    assert.deepEqual(read, hex('61'))
  })

  it('refuses trailing octets where an end is asked for', () => {
    const r = reader('00')
    assert.throws(() => r.end('x'), { code: 'trailing-bytes' })
    assert.deepEqual(r.rest(), hex('00'))
    r.end('x')
  })
})

describe('Reader.mpint', () => {
  it('takes zero as the empty string, and drops the sign octet', () => {
    assert.deepEqual(reader('00000000').mpint('x'), hex(''))
    assert.deepEqual(reader('00000001 7f').mpint('x'), hex('7f'))
    assert.deepEqual(reader('00000002 0080').mpint('x'), hex('80'))
  })

  it('trap 25: refuses negative integers and superfluous zeros', () => {
    for (const bad of ['00000001 80', '00000002 ff00', '00000001 00', '00000002 007f', '00000003 000080']) {
      assert.throws(() => reader(bad).mpint('x'), badValue, bad)
    }
  })

  it('counts its ceiling without the sign octet', () => {
    assert.deepEqual(reader('00000003 00ffff').mpint('x', 2), hex('ffff'))
    assert.throws(() => reader('00000004 00ffffff').mpint('x', 2), LimitError)
  })
})

describe('Reader.text and Reader.name', () => {
  it('trap 26: refuse a NUL inside', () => {
    assert.throws(() => reader('00000003 610062').text('x'), badValue)
    assert.throws(() => reader('00000003 610062').name('x', 64), badValue)
    // OpenSSH drops one NUL at the end; no producer of such strings is known.
    assert.throws(() => reader('00000002 6100').text('x'), badValue)
  })

  it('text keeps octets that are not UTF-8', () => {
    const r = new Reader(concat(hex('00000004'), octets('caf\xe9')))
    assert.equal(r.text('x'), 'caf\udce9')
  })

  it('a name is printable ASCII and not empty', () => {
    assert.equal(reader('00000003 612d7e').name('x', 64), 'a-~')
    for (const bad of ['00000000', '00000001 20', '00000001 0a', '00000001 7f', '00000002 c3a9']) {
      assert.throws(() => reader(bad).name('x', 64), badValue, bad)
    }
  })

  it('trap 59: 52 characters are a name, 65 are too many', () => {
    const name = 'webauthn-sk-ecdsa-sha2-nistp256-cert-v01@openssh.com'
    assert.equal(new Reader(concat(hex('00000034'), utf8(name))).name('x', 64), name)
    assert.throws(() => new Reader(concat(hex('00000041'), new Uint8Array(65).fill(97))).name('x', 64), LimitError)
  })
})
