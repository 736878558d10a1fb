import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Field, readFields, writeFields } from '../../src/keys/fields.ts'
import { Reader } from '../../src/wire/reader.ts'
import { Writer } from '../../src/wire/writer.ts'
import { hex, utf8 } from '../support/bytes.ts'
import { blobOf } from '../support/keys.ts'

const text: Field = { name: 'text', kind: 'string', max: 8 }
const four: Field = { name: 'four', kind: 'string', max: 4, length: 4 }
const fixed: Field = { name: 'fixed', kind: 'string', max: 8, constant: 'curve' }
const number: Field = { name: 'number', kind: 'mpint', max: 2 }
const reversed: Field = {
  name: 'reversed',
  kind: 'string',
  max: 8,
  codec: { decode: (wire) => wire.slice().reverse(), encode: (value) => value.slice().reverse() },
}

describe('fields', () => {
  it('are read in their order and written again', () => {
    const fields = [text, four, fixed, number, reversed]
    const wire = new Writer().string('ab').string('wxyz').string('curve').mpint(hex('80')).string('abc').take()
    const components = readFields(new Reader(wire), fields, 'test')
    assert.deepEqual(components, {
      text: utf8('ab'),
      four: utf8('wxyz'),
      fixed: utf8('curve'),
      number: hex('80'),
      reversed: utf8('cba'),
    })
    const writer = new Writer()
    writeFields(writer, fields, components)
    assert.deepEqual(writer.take(), wire)
  })

  it('are copies: the input may be overwritten', () => {
    const wire = blobOf('ab')
    const components = readFields(new Reader(wire), [text], 'test')
    wire.fill(0)
    assert.deepEqual(components.text, utf8('ab'))
  })

  it('refuse another length, a value above its ceiling, another constant', () => {
    const read = (field: Field, value: string) => readFields(new Reader(blobOf(value)), [field], 'test')
    assert.throws(() => read(four, 'abc'), { code: 'bad-value' })
    assert.throws(() => read(text, 'abcdefghi'), { code: 'limit' })
    assert.throws(() => read(fixed, 'curvf'), { code: 'type-mismatch' })
    assert.throws(() => read(fixed, 'curv'), { code: 'type-mismatch' })
  })

  it('an mpint is counted without its sign octet', () => {
    const read = (wire: string) => readFields(new Reader(hex(wire)), [number], 'test').number
    assert.deepEqual(read('00000003 00ffff'), hex('ffff'))
    assert.throws(() => read('00000003 01ffff'), { code: 'limit' })
    assert.throws(() => read('00000004 00ffffff'), { code: 'limit' })
  })

  it('a field that is known already must be repeated exactly', () => {
    const read = (value: string) => readFields(new Reader(blobOf(value)), [text], 'test', { text: utf8('ab') })
    assert.deepEqual(read('ab').text, utf8('ab'))
    for (const other of ['ac', 'a', 'abc', '']) assert.throws(() => read(other), { code: 'key-mismatch' }, other)
  })

  it('a missing component is misuse', () => {
    assert.throws(() => writeFields(new Writer(), [text], {}), TypeError)
  })
})
