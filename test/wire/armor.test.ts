import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { armorLabel, decodeArmor, decodePem, encodeArmor } from '../../src/wire/armor.ts'
import { concat, hex, octets, repeatable, utf8 } from '../support/bytes.ts'

const body = repeatable(9)(150)
const text = encodeArmor('A LABEL', body, 70)
const badArmor = { name: 'FormatError', code: 'bad-armor' }
const badBase64 = { name: 'FormatError', code: 'bad-base64' }
const taken = (input: string | Uint8Array) => {
  const bytes = typeof input === 'string' ? utf8(input) : input
  assert.equal(armorLabel(bytes), 'A LABEL')
  assert.deepEqual(decodeArmor(bytes), { label: 'A LABEL', body })
}

describe('armor', () => {
  it('is written in lines of the width asked for, with one line feed at the end', () => {
    const lines = text.split('\n')
    assert.equal(lines[0], '-----BEGIN A LABEL-----')
    assert.deepEqual(
      lines.slice(1, -2).map((line) => line.length),
      [70, 70, 60],
    )
    assert.deepEqual(lines.slice(-2), ['-----END A LABEL-----', ''])
    assert.equal(encodeArmor('X', new Uint8Array(0), 70), '-----BEGIN X-----\n-----END X-----\n')
    // A body of exactly whole lines has no empty line behind it.
    assert.equal(encodeArmor('X', new Uint8Array(3), 4).split('\n').length, 4)
  })

  it('goes both ways', () => {
    taken(text)
    assert.deepEqual(decodeArmor(utf8('-----BEGIN X-----\n-----END X-----\n')).body, new Uint8Array(0))
  })

  it('takes a byte order mark, CRLF, a missing last line feed', () => {
    taken(`\ufeff${text}`)
    taken(text.replaceAll('\n', '\r\n'))
    taken(text.trimEnd())
    taken(text.replaceAll('\n', '\r\n').trimEnd())
  })

  it('takes text in front and behind, indentation, blank lines and any line width', () => {
    taken(`some text\nmore: text\n\n${text}`)
    taken(`${text}and more\n-----BEGIN OTHER-----\n`)
    taken(text.replace(/^/gm, '    '))
    taken(text.replace(/^/gm, '\t'))
    taken(text.replaceAll('\n', '   \n'))
    taken(text.replaceAll('\n', '\n\n'))
    const one = text.split('\n')
    taken(`${one[0]}\n${one.slice(1, -2).join('')}\n${one.at(-2)}\n`)
    taken(concat(hex('ff fe 00 0a'), utf8(text)))
  })

  it('a second block is left alone: the first counts', () => {
    taken(text + encodeArmor('OTHER', hex('00'), 70))
  })

  it('refuses what has no BEGIN or no END', () => {
    for (const bad of [
      '',
      '\n',
      'text',
      text.replace('BEGIN', 'begin'),
      text.replace('-----BEGIN', '----BEGIN'),
      text.replace('A LABEL-----\n', 'A LABEL----\n'),
      text.replace('-----END A LABEL-----', ''),
      text.replace('END A LABEL', 'END ANOTHER'),
      text.replace('-----END A LABEL-----', '-----END A LABEL----'),
      text.replace('\n', ' '),
      `x${text}`,
    ]) {
      assert.throws(() => decodeArmor(utf8(bad)), badArmor, bad.slice(0, 40))
    }
    assert.equal(armorLabel(utf8('text')), undefined)
  })

  it('refuses a line longer than 80 as BEGIN', () => {
    const long = 'L'.repeat(70)
    assert.throws(() => decodeArmor(utf8(encodeArmor(long, body, 70))), badArmor)
  })

  it('refuses headers, foreign characters and wrong padding in the body', () => {
    const inside = (line: string) => utf8(text.replace('-----\n', `-----\n${line}\n`))
    assert.throws(() => decodeArmor(inside('Proc-Type: 4,ENCRYPTED')), badBase64)
    assert.throws(() => decodeArmor(inside('AAAA AAAA')), badBase64)
    assert.throws(() => decodeArmor(inside('AA==')), badBase64)
    assert.throws(() => decodeArmor(inside('A')), badBase64)
    assert.throws(() => decodeArmor(inside('\0\0\0\0')), badBase64)
  })

  it('trap 55: a label is escaped in messages', () => {
    const bad = concat(utf8('-----BEGIN '), octets('\x1b[31m\xff'), utf8('-----\nAAAA\n'))
    assert.throws(
      () => decodeArmor(bad),
      (error: Error) => !error.message.includes('\x1b') && error.message.includes('\\x1b'),
    )
  })

  it('hands over a body that does not alias the input', () => {
    const bytes = utf8(text)
    const armor = decodeArmor(bytes)
    bytes.fill(0)
    assert.deepEqual(armor.body, body)
  })
})

describe('armor with headers', () => {
  const headers = [
    ['Proc-Type', '4,ENCRYPTED'],
    ['DEK-Info', 'AES-128-CBC,00112233445566778899AABBCCDDEEFF'],
  ] as const
  const pem = encodeArmor('A LABEL', body, 64, headers)
  const read = (input: string) => decodePem(utf8(input))

  it('goes both ways', () => {
    assert.equal(pem.split('\n')[1], 'Proc-Type: 4,ENCRYPTED')
    assert.equal(pem.split('\n')[3], '')
    assert.deepEqual(read(pem), { label: 'A LABEL', headers, body })
    assert.deepEqual(read(text), { label: 'A LABEL', headers: [], body })
  })

  it('takes CRLF, indentation, continued values, and blank lines in front of a plain body', () => {
    assert.deepEqual(read(pem.replaceAll('\n', '\r\n')).headers, headers)
    assert.deepEqual(read(pem.replace(/^/gm, '  ')), { label: 'A LABEL', headers, body })
    const continued = read(pem.replace('CBC,', 'CBC,\n   '))
    assert.deepEqual(continued.headers[1], ['DEK-Info', 'AES-128-CBC, 00112233445566778899AABBCCDDEEFF'])
    assert.deepEqual(continued.body, body)
    assert.deepEqual(read(text.replace('-----\n', '-----\n\n')), { label: 'A LABEL', headers: [], body })
  })

  it('refuses headers without a blank line behind them, and where they are not asked for', () => {
    assert.throws(() => read(pem.replace('\n\n', '\n')), badBase64)
    assert.throws(() => read(pem.replace('4,ENCRYPTED\n', '4,ENCRYPTED\n\n')), badBase64)
    assert.throws(() => decodeArmor(utf8(pem)), badBase64)
  })

  it('finds the first block of a label', () => {
    const both = utf8(encodeArmor('OTHER', hex('00'), 64) + pem)
    assert.deepEqual(decodePem(both).body, hex('00'))
    assert.deepEqual(decodePem(both, 'A LABEL').body, body)
    assert.throws(() => decodePem(both, 'A THIRD'), badArmor)
  })
})
