import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatName, type NameAttribute, splitName } from '../../src/formats/distinguished-name.ts'
import { concat, hex, utf8 } from '../support/bytes.ts'

const attribute = (oid: string, tag: number, value: Uint8Array): NameAttribute => ({
  oid,
  tag,
  value,
  der: concat(Uint8Array.of(tag, value.length), value),
})
const cn = (tag: number, value: Uint8Array): string => formatName([[attribute('2.5.4.3', tag, value)]])

test('each string type', () => {
  assert.equal(cn(12, utf8('é')), 'CN=é')
  assert.equal(cn(20, hex('e9')), 'CN=é')
  assert.equal(cn(30, hex('00e920ac')), 'CN=é€')
  assert.equal(cn(28, hex('0001f511')), 'CN=🔑')
  assert.equal(cn(19, utf8('a')), 'CN=a')
  assert.equal(cn(22, hex('61ff')), 'CN=a\udcff')
  assert.equal(cn(4, hex('6162')), 'CN=#04026162')
  for (const [tag, value] of [
    [12, 'ff'],
    [30, '00'],
    [30, 'd800'],
    [28, '00110000'],
  ] as const) {
    assert.throws(() => cn(tag, hex(value)), { code: 'bad-encoding' })
  }
})

test('what is escaped', () => {
  assert.equal(cn(12, utf8('a,b+c"d\\e<f>g;h=i')), 'CN=a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h=i')
  assert.equal(cn(12, utf8(' a ')), 'CN=\\ a\\ ')
  assert.equal(cn(12, utf8(' ')), 'CN=\\ ')
  assert.equal(cn(12, utf8('#a#')), 'CN=\\#a#')
  assert.equal(cn(12, utf8('a\nb\0\u0085')), 'CN=a\\0Ab\\00\\C2\\85')
  assert.equal(cn(12, utf8('')), 'CN=')
})

test('a name taken apart, in the order in which it is written', () => {
  assert.deepEqual(splitName('CN=vm1,O=Example'), [
    ['O', 'Example'],
    ['CN', 'vm1'],
  ])
  assert.deepEqual(splitName('CN = vm1 , 1.2.3 = x=y '), [
    ['1.2.3', 'x=y'],
    ['CN', 'vm1'],
  ])
  assert.deepEqual(splitName(''), [])
  for (const bad of ['vm1', 'CN=a,', 'CN=a+O=b', 'CN=a;O=b', 'CN=#0401', '=a', 'CN=a\\', ',CN=a', '/CN=a']) {
    assert.throws(() => splitName(bad), TypeError, bad)
  }
})

test('text and back', () => {
  for (const value of [' a ', '#1', 'a,b+c"d\\e<f>g;h=i', 'é🔑', 'a\nb\0', ' ', 'x  y']) {
    const text = formatName([[attribute('2.5.4.10', 12, utf8('O'))], [attribute('2.5.4.3', 12, utf8(value))]])
    assert.deepEqual(splitName(text), [
      ['O', 'O'],
      ['CN', value],
    ])
  }
})
