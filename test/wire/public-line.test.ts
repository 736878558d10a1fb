import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatPublicLine, readPublicLine, splitPublicLine } from '../../src/wire/public-line.ts'
import { hex } from '../support/bytes.ts'

const unknown = { name: 'FormatError', code: 'unknown-format' }

describe('splitPublicLine', () => {
  it('splits at spaces and tabs, and keeps the comment as it stands', () => {
    const cases = [
      ['t AAAA', ['t', 'AAAA', '']],
      ['t AAAA ', ['t', 'AAAA', '']],
      ['t AAAA c', ['t', 'AAAA', 'c']],
      ['t AAAA  two  spaces ', ['t', 'AAAA', 'two  spaces ']],
      ['t\tAAAA\t\tc\t', ['t', 'AAAA', 'c\t']],
      [' \t t   AAAA c', ['t', 'AAAA', 'c']],
      ['t AAAA # hash', ['t', 'AAAA', '# hash']],
      ['t AAAA "quoted comment"', ['t', 'AAAA', '"quoted comment"']],
    ] as const
    for (const [line, [type, base64, comment]] of cases) {
      assert.deepEqual(splitPublicLine(line), { type, base64, comment }, line)
    }
  })

  it('trap 51: only space and tab are white space', () => {
    const line = 't\u00a0AAAA x'
    assert.deepEqual(splitPublicLine(line), { type: 't\u00a0AAAA', base64: 'x', comment: '' })
    for (const other of ['\v', '\f', '\r', '\u2003', '\0']) {
      assert.equal(splitPublicLine(`t${other}AAAA`), undefined, JSON.stringify(other))
    }
  })

  it('gives nothing where there are not two words, or a comment line', () => {
    for (const line of ['', ' ', '\t', 't', ' t ', '# t AAAA', '  # t AAAA', '#']) {
      assert.equal(splitPublicLine(line), undefined, line)
    }
  })
})

describe('readPublicLine', () => {
  const read = (text: string) => {
    const { type, blob, comment } = readPublicLine(text)
    return [type, blob.length, comment]
  }

  it('takes one line with or without its end, CRLF among them', () => {
    for (const end of ['', '\n', '\r\n', '\r', '\n\n', '\n \t\n']) {
      assert.deepEqual(read(`t AAAA${end}`), ['t', 3, ''], JSON.stringify(end))
      assert.deepEqual(read(`t AAAA a b${end}`), ['t', 3, 'a b'], JSON.stringify(end))
    }
  })

  it('skips blank lines and lines that begin with #', () => {
    assert.deepEqual(read('# a comment\n\n  \t\n   # another\nt AAAA c\n# last\n'), ['t', 3, 'c'])
  })

  it('a NUL ends the line', () => {
    assert.deepEqual(read('t AAAA\0nul'), ['t', 3, ''])
    assert.deepEqual(read('t AAAA c\0nul'), ['t', 3, 'c'])
    assert.throws(() => read('t \0AAAA'), unknown)
  })

  it('refuses a second line, and no line', () => {
    assert.throws(() => read('t AAAA\nt AAAA\n'), { code: 'trailing-bytes' })
    assert.throws(() => read('t AAAA\nx'), { code: 'trailing-bytes' })
    for (const none of ['', '\n', '# t AAAA\n', 't', 't\nAAAA'.slice(0, 2)]) assert.throws(() => read(none), unknown)
  })

  it('refuses base64 that is not strict', () => {
    for (const bad of ['AAA', 'AB==', 'AA-_', 'AAAA=', 'AA*A', '====']) {
      assert.throws(() => read(`t ${bad} c`), { code: 'bad-base64' }, bad)
    }
  })
})

describe('formatPublicLine', () => {
  it('writes type, base64 and a comment where there is one', () => {
    const blob = hex('0000000174')
    assert.equal(formatPublicLine(blob, ''), 't AAAAAXQ=')
    assert.equal(formatPublicLine(blob, 'a b'), 't AAAAAXQ= a b')
  })

  it('takes the type from the blob, and refuses a blob that says none', () => {
    for (const bad of ['', '000000', '00000000', '000000010a', '0000000274']) {
      assert.throws(() => formatPublicLine(hex(bad), ''), { code: 'bad-value' })
    }
  })

  it('refuses a comment that would not stay on its line', () => {
    for (const bad of ['a\nb', 'a\rb', 'a\0b', '\n']) {
      assert.throws(() => formatPublicLine(hex('0000000174'), bad), { code: 'bad-value' })
    }
  })
})
