import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SshError } from '../../src/errors.ts'
import { formatPublicKey, parsePublicKey } from '../../src/formats/index.ts'
import { rfc4716 } from '../../src/formats/rfc4716.ts'
import { decodeSsh2Armor } from '../../src/formats/ssh2-armor.ts'
import { allTypes as types } from '../../src/keys/index.ts'
import { encodeText } from '../../src/wire/text.ts'
import { flipped, utf8 } from '../support/bytes.ts'
import { publicKey } from '../support/keys.ts'
import { putty, puttyFile, puttyText } from '../support/putty.ts'
import { manifest } from '../support/vectors.ts'

const formats = [rfc4716]
const parse = (input: string | Uint8Array) => parsePublicKey(input, { formats, types })
const write = (name: string, comment?: string) => formatPublicKey(publicKey(name), { formats, types, comment })
const body = write('ed25519', '').split('\n').slice(1, -2).join('\n')
const file = (...headers: string[]) =>
  ['---- BEGIN SSH2 PUBLIC KEY ----', ...headers, body, '---- END SSH2 PUBLIC KEY ----', ''].join('\n')

describe('RFC 4716', () => {
  for (const { name } of manifest.keys) {
    it(`${name}: written and read`, () => {
      const text = write(name)
      assert.deepEqual(parse(encodeText(text)), publicKey(name))
      for (const line of text.split('\n')) assert.ok(encodeText(line).length <= 72)
    })
  }

  for (const entry of putty.files.filter(({ format }) => format === 'rfc4716')) {
    it(`${entry.file}: puttygen's comment, and its header again`, () => {
      const key = parse(puttyFile(entry.file))
      assert.deepEqual([key.type, key.comment], [entry.type, entry.comment])
      const header = (text: string) => text.split('\n')[1]
      assert.equal(header(formatPublicKey(key, { formats, types })), header(puttyText(entry.file)))
    })
  }

  it('wraps a long comment and reads it again', () => {
    for (const comment of [
      'x'.repeat(1022),
      'é'.repeat(300),
      '€ '.repeat(200),
      'a: b '.repeat(100),
      '\\"'.repeat(200),
      `${'y'.repeat(61)}: z`,
      `${'y'.repeat(130)}: z`,
    ]) {
      const text = write('ed25519', comment)
      for (const line of text.split('\n')) assert.ok(encodeText(line).length <= 72, line)
      assert.equal(parse(text).comment, comment)
      // Else ssh-keygen -i drops a line of the key.
      const [, , ...more] = text.split('\n')
      assert.ok(!more.some((line) => line.includes(': ')))
    }
    assert.throws(() => write('ed25519', 'x'.repeat(1023)), TypeError)
    assert.throws(() => write('ed25519', 'two\nlines'), TypeError)
  })

  it('reads headers as section 3.3 has them', () => {
    const comment = (...headers: string[]) => parse(file(...headers)).comment
    assert.equal(comment('Comment: plain'), 'plain')
    assert.equal(comment('COMMENT: "upper case"'), 'upper case')
    assert.equal(comment('Subject: me', 'x-private: "y"', 'Comment: "c"'), 'c')
    assert.equal(comment('Comment: "in \\', 'two\\', ' lines"'), 'in two lines')
    assert.equal(comment('Comment: DOMAIN\\user'), 'DOMAIN\\user')
    assert.equal(comment('Comment: "'), '"')
    assert.equal(comment('Comment: '), '')
    assert.equal(comment(), '')
    const { headers } = decodeSsh2Armor(utf8(file('x-a: "1"', 'Comment: two \\', 'parts')))
    assert.deepEqual(headers, [
      ['x-a', '"1"'],
      ['Comment', 'two parts'],
    ])
  })

  it('takes CRLF, a byte order mark, text around, indentation', () => {
    const text = write('ed25519')
    for (const input of [
      text.replaceAll('\n', '\r\n'),
      `\ufeff${text}`,
      `Hello,\n${text}Bye\n`,
      text.replace(/^/gm, '  '),
      text.replaceAll('\n', ' \n'),
      text.trimEnd(),
    ]) {
      assert.deepEqual(parse(input), publicKey('ed25519'))
    }
  })

  it('refuses what is not whole', () => {
    const text = write('ed25519')
    const cases: readonly (readonly [string, string])[] = [
      [text.replace(/---- END.*/, ''), 'bad-armor'],
      [text.replace('---- BEGIN', '--- BEGIN'), 'unknown-format'],
      [text.replace('END SSH2 PUBLIC', 'END SSH2 PRIVATE'), 'bad-armor'],
      [text.replace('AAAA', 'AAA'), 'bad-base64'],
      [file(`${'n'.repeat(65)}: v`), 'bad-armor'],
      [file(`Comment: ${'x'.repeat(1025)}`), 'limit'],
      [file(...Array<string>(40).fill('Comment: x\\')), 'bad-armor'],
    ]
    for (const [input, code] of cases.slice(0, -1)) assert.throws(() => parse(input), { code })
    // The header swallows the key.
    assert.throws(() => parse(cases.at(-1)![0]), SshError)
  })

  it('survives cuts at every octet and turns of every bit', () => {
    const original = utf8(write('ed25519', 'a\\ comment: "x"'))
    for (let i = 0; i < original.length * 9; i++) {
      try {
        parse(i < original.length ? original.subarray(0, i) : flipped(original, i - original.length))
      } catch (error) {
        if (!(error instanceof SshError)) throw error
      }
    }
  })
})
