import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromBER } from 'asn1js'
import {
  decodeDer,
  derBitString,
  derContext,
  derInteger,
  derNull,
  derNumber,
  derOctetString,
  derOid,
  derOutline,
  derSequence,
  encodeDer,
} from '../../src/asn1/index.ts'
import { SshError } from '../../src/errors.ts'
import { decodeOid, encodeOid } from '../../src/wire/oid.ts'
import { concat, flipped, hex, repeatable, toHex } from '../support/bytes.ts'

const format = (code: string) => ({ name: 'FormatError', code })
const limit = { name: 'LimitError', code: 'limit' }
const top = (text: string) => decodeDer(hex(text), 'test')

/** Everything that keys are made of, in one structure. */
const sample = encodeDer(
  derSequence(
    derNumber(0),
    derInteger(hex('00ff01')),
    derSequence(derOid('1.2.840.113549.1.1.1'), derNull()),
    derOctetString([repeatable(1)(130)]),
    derContext(0, derOid('1.3.101.112')),
    derContext(1, derBitString([hex('0405')])),
  ),
)

describe('DER, written and read', () => {
  it('goes both ways, element by element', () => {
    const reader = decodeDer(sample, 'sample').sequence('sample')
    assert.equal(reader.next, 0x02)
    assert.equal(reader.number('version', 5), 0)
    assert.deepEqual(reader.integer('n'), hex('ff01'))
    const algorithm = reader.sequence('algorithm')
    assert.equal(algorithm.oid('oid'), '1.2.840.113549.1.1.1')
    algorithm.null('parameters')
    algorithm.end('algorithm')
    assert.deepEqual(reader.octetString('octets'), repeatable(1)(130))
    assert.equal(reader.context(3), undefined)
    assert.equal(reader.context(0)?.oid('oid'), '1.3.101.112')
    assert.deepEqual(reader.context(1)?.bitString('bits'), hex('0405'))
    assert.equal(reader.next, undefined)
    reader.end('sample')
  })

  it('writes what the standard says', () => {
    assert.equal(toHex(encodeDer(derNumber(0))), '020100')
    assert.equal(toHex(encodeDer(derNumber(127))), '02017f')
    assert.equal(toHex(encodeDer(derNumber(128))), '02020080')
    assert.equal(toHex(encodeDer(derNumber(600000))), '02030927c0')
    assert.equal(toHex(encodeDer(derInteger(new Uint8Array(0)))), '020100')
    assert.equal(toHex(encodeDer(derInteger(hex('000080')))), '02020080')
    assert.equal(toHex(encodeDer(derNull())), '0500')
    assert.equal(toHex(encodeDer(derOctetString([new Uint8Array(128)])).subarray(0, 3)), '048180')
    assert.equal(toHex(encodeDer(derOctetString([new Uint8Array(65536)])).subarray(0, 5)), '0483010000')
  })

  it('knows object identifiers of any arc', () => {
    for (const [octets, text] of [
      ['2b6570', '1.3.101.112'],
      ['2a864886f70d010101', '1.2.840.113549.1.1.1'],
      ['883703', '2.999.3'],
      ['00', '0.0'],
      ['4f', '1.39'],
      ['50', '2.0'],
    ] as const) {
      assert.equal(decodeOid(hex(octets)), text)
      assert.equal(toHex(encodeOid(text)), octets)
    }
  })

  it('gives an implicit bit string and whole elements', () => {
    const reader = top('3007810200ff02012a').sequence('s')
    assert.deepEqual(reader.implicitBitString(1, 'key'), hex('ff'))
    assert.equal(reader.implicitBitString(1, 'key'), undefined)
    assert.deepEqual(reader.element('number'), hex('02012a'))
    assert.throws(() => reader.element('more'), format('bad-value'))
  })

  it('hands out views that are no Buffers of a Buffer', () => {
    const view = decodeDer(Buffer.from('0403010203', 'hex'), 'test').octetString('octets')
    assert.equal(view.constructor, Uint8Array)
  })
})

describe('what is not DER is refused', () => {
  for (const [what, text, code] of [
    ['nothing', '', 'truncated'],
    ['half a header', '30', 'truncated'],
    ['a content that is cut off', '300302', 'truncated'],
    ['a child beyond its parent', '3003020200', 'truncated'],
    ['octets behind it', '0201000000', 'trailing-bytes'],
    ['an indefinite length', '30800201000000', 'bad-encoding'],
    ['a long length where a short one is due', '02810100', 'bad-encoding'],
    ['a length with a leading zero', '0482008000', 'bad-encoding'],
    ['a length of five octets', '04850000000001ff', 'bad-encoding'],
    ['an integer without octets', '0200', 'bad-encoding'],
    ['an integer with a superfluous zero', '02020001', 'bad-encoding'],
    ['a negative integer with superfluous ones', '0202ff80', 'bad-encoding'],
    ['a boolean of another value', '010101', 'bad-encoding'],
    ['a NULL with content', '050100', 'bad-encoding'],
    ['a bit string without its first octet', '0300', 'bad-encoding'],
    ['eight unused bits', '03020800', 'bad-encoding'],
    ['unused bits in an empty bit string', '030101', 'bad-encoding'],
    ['unused bits that are set', '03020101', 'bad-encoding'],
    ['an object identifier with a padded arc', '06038001ff', 'bad-encoding'],
    ['an object identifier that is cut off', '06022a86', 'bad-encoding'],
    ['an empty object identifier', '0600', 'bad-encoding'],
    ['a constructed octet string', '2403040100', 'bad-encoding'],
    ['a primitive sequence', '1000', 'bad-encoding'],
    ['end of contents', '0000', 'bad-encoding'],
    ['a tag above 30', '1f2000', 'bad-encoding'],
    ['an unknown universal type', '0f00', 'bad-encoding'],
  ] as const) {
    it(what, () => assert.throws(() => top(text), format(code)))
  }

  it('nesting and number of elements have ceilings, met before any recursion', () => {
    let deep = hex('0500')
    for (let i = 0; i < 15; i++) deep = encodeDer(derSequence([deep]))
    decodeDer(deep, 'deep')
    assert.throws(() => decodeDer(encodeDer(derSequence([deep])), 'deep'), limit)
    const wide = new Uint8Array(40_000).map((_, i) => (i % 2 ? 0 : 0x30))
    assert.throws(() => decodeDer(encodeDer(derSequence([wide])), 'wide'), limit)
    // A hundred thousand levels would need lengths that shrink by a header each: openings alone do as well.
    const abyss = new Uint8Array(300_000)
    for (let at = 0; at < abyss.length; at += 5) {
      const length = abyss.length - at - 5
      abyss.set([0x30, 0x83, length >> 16, (length >> 8) & 255, length & 255], at)
    }
    assert.throws(() => decodeDer(abyss, 'abyss'), limit)
    assert.throws(() => decodeDer(sample, 'sample', { inputLength: 100 }), limit)
  })

  it('another element than the one asked for', () => {
    assert.throws(() => top('020100').octetString('o'), format('bad-value'))
    assert.throws(() => top('020100').sequence('s'), format('bad-value'))
    assert.throws(() => top('0201ff').integer('i'), format('bad-value'))
    assert.throws(() => top('03020102').bitString('b'), format('bad-value'))
    assert.throws(() => top('300402010005 00'.replace(' ', '')), SshError)
    assert.throws(() => top('3003020100').end('e'), format('trailing-bytes'))
    assert.throws(() => top('020200ff').number('n', 254), limit)
    assert.equal(top('020200ff').number('n', 255), 255)
    assert.throws(() => top('02097fffffffffffffffff').number('n', 2 ** 31), limit)
  })
})

/** What asn1js writes of what it reads; nothing where it refuses the characters of a string or a time, as it may. */
function encodedAgain(bytes: Uint8Array): string | undefined {
  try {
    const { offset, result } = fromBER(bytes.slice())
    if (offset >= 0) return toHex(new Uint8Array(result.toBER()))
  } catch (error) {
    // The rest is judged below: asn1js throws for some texts, and for others answers with an offset of -1.
    assert.ok(error instanceof Error)
  }
  const texts = [12, 22, 23, 24, 30, 19]
  assert.ok(texts.includes(bytes[0]!) || texts.includes(bytes[2]!), `asn1js alone refuses ${toHex(bytes)}`)
  return undefined
}

describe('what is taken, asn1js encodes again to the same octets', () => {
  const same = (bytes: Uint8Array): boolean => {
    try {
      decodeDer(bytes, 'test')
    } catch (error) {
      assert.ok(error instanceof SshError, String(error))
      return false
    }
    assert.equal(encodedAgain(bytes) ?? toHex(bytes), toHex(bytes))
    return true
  }

  it('a whole structure, and each of its bits turned over', () => {
    assert.ok(same(sample))
    let taken = 0
    for (let bit = 0; bit < sample.length * 8; bit++) if (same(flipped(sample, bit))) taken++
    assert.ok(taken > 0)
  })

  it('random octets with plausible headers', () => {
    const random = repeatable(77)
    const tags = hex('010203040506 0a0c1617181e3031a0a1808130')
    for (let i = 0; i < 4000; i++) {
      const bytes = random(1 + (i % 24))
      bytes[0] = tags[bytes[0]! % tags.length]!
      if (bytes.length > 1) bytes[1] = i % 3 === 0 ? bytes[1]! : bytes.length - 2
      if (bytes.length > 3 && bytes[0]! & 0x20) {
        bytes[2] = tags[bytes[2]! % tags.length]!
        bytes[3] = bytes.length - 4
      }
      same(bytes)
    }
  })

  it('truncated anywhere it is refused', () => {
    for (let length = 0; length < sample.length; length++) {
      assert.throws(() => decodeDer(sample.subarray(0, length), 'test'), format('truncated'))
    }
  })
})

describe('an outline', () => {
  it('shows the elements of a sequence, and what their first one is', () => {
    assert.equal(derOutline(sample), '02 02 30(06) 04 a0(06) a1(03)')
    assert.equal(derOutline(concat(sample, hex('00'))), '02 02 30(06) 04 a0(06) a1(03)')
    assert.equal(derOutline(hex('3000')), '')
    assert.equal(derOutline(hex('30050201003000')), '02 30')
  })

  it('of what is no DER it is absent, or ends where DER ends', () => {
    assert.equal(derOutline(hex('')), undefined)
    assert.equal(derOutline(hex('0201')), undefined)
    assert.equal(derOutline(hex('3080020100')), undefined)
    assert.equal(derOutline(hex('3006020100048100')), '02')
    assert.equal(derOutline(new TextEncoder().encode('0123456789 some text')), undefined)
  })
})
