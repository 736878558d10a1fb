import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeText, decodeUtf8, encodeText, escapeText, inputText } from '../../src/wire/text.ts'
import { concat, hex, octets, repeatable, utf8 } from '../support/bytes.ts'

describe('lossless text', () => {
  it('trap 60: every byte string survives decode and encode', () => {
    const random = repeatable(5)
    for (let i = 0; i < 3000; i++) {
      const bytes = random(i % 40)
      assert.deepEqual(encodeText(decodeText(bytes)), bytes)
    }
  })

  it('every pair of octets survives, alone and beside UTF-8', () => {
    for (let pair = 0; pair < 0x10000; pair += 1) {
      const bytes = Uint8Array.of(pair >> 8, pair & 255)
      const text = decodeText(bytes)
      const back = encodeText(text)
      if (back[0] !== bytes[0] || back[1] !== bytes[1] || back.length !== 2) assert.deepEqual(back, bytes)
    }
    for (let octet = 0; octet < 256; octet++) {
      const bytes = concat(utf8('é🔑'), Uint8Array.of(octet), utf8('é🔑'))
      assert.deepEqual(encodeText(decodeText(bytes)), bytes)
    }
  })

  it('well-formed UTF-8 is what it says, a byte order mark among it', () => {
    for (const text of ['', 'ascii', 'é', '€', '🔑', '\ufeffx', '\u0000', 'a\u0301', '\ud7ff\ue000\uffff\u{10ffff}']) {
      assert.equal(decodeText(utf8(text)), text)
      assert.deepEqual(encodeText(text), utf8(text))
    }
  })

  it('what is not UTF-8 becomes U+DC00 + octet: over-long forms, surrogates, cut sequences, beyond U+10FFFF', () => {
    for (const bad of [
      'c080',
      'c1bf',
      'e08080',
      'f0808080',
      'eda080',
      'edbfbf',
      'e282',
      'f09f94',
      '80',
      'fe',
      'f4908080',
    ]) {
      const bytes = hex(bad)
      assert.equal(decodeText(bytes), String.fromCharCode(...Array.from(bytes, (o) => 0xdc00 + o)), bad)
      assert.deepEqual(encodeText(decodeText(bytes)), bytes)
    }
    assert.equal(decodeText(concat(utf8('a€'), hex('e282'), utf8('b'))), 'a€\udce2\udc82b')
  })

  it('a replacement character that stands there is one, beside octets that are none', () => {
    for (const text of ['\ufffd', 'a\ufffdé']) assert.equal(decodeText(utf8(text)), text)
    assert.equal(decodeText(concat(utf8('\ufffd'), hex('ff'), utf8('\ufffd'))), '\ufffd\udcff\ufffd')
  })

  it('what is not UTF-8 costs no exception', () => {
    const { TextDecoder: Own } = globalThis
    let fatal = 0
    globalThis.TextDecoder = class extends Own {
      constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }) {
        super(label, options)
        if (options?.fatal) fatal++
      }
    }
    try {
      assert.equal(decodeText(hex('61ff')), 'a\udcff')
      assert.equal(fatal, 0)
      assert.equal(decodeUtf8(utf8('é'), 'x'), 'é')
      assert.equal(fatal, 1)
    } finally {
      globalThis.TextDecoder = Own
    }
  })

  it('any other lone surrogate stands for no bytes', () => {
    for (const bad of ['\ud800', '\udbff', '\udc00', '\udc7f', '\udd00', 'a\udfffb', '\ud83d']) {
      assert.throws(() => encodeText(bad), { code: 'bad-encoding' })
    }
  })

  it('long text is decoded whole', () => {
    const bytes = new Uint8Array(10_000).map((_, i) => 97 + (i % 26))
    assert.equal(decodeText(bytes).length, 10_000)
    assert.deepEqual(encodeText(decodeText(bytes)), bytes)
  })
})

describe('decodeUtf8', () => {
  it('is fatal', () => {
    assert.equal(decodeUtf8(utf8('é'), 'x'), 'é')
    assert.throws(() => decodeUtf8(hex('ff'), 'x'), { code: 'bad-encoding' })
    assert.throws(() => decodeUtf8(hex('eda080'), 'x'), { code: 'bad-encoding' })
  })
})

describe('escapeText', () => {
  it('trap 55: control, invisible and bidirectional characters and lone surrogates are written out', () => {
    const cases = [
      ['plain é 日本 🔑', 'plain é 日本 🔑'],
      ['a\nb\r\t\0', 'a\\x0ab\\x0d\\x09\\x00'],
      ['\u001b[31mred', '\\x1b[31mred'],
      ['\u007f\u0085', '\\x7f\\x85'],
      ['back\\slash', 'back\\\\slash'],
      ['\u202eabc', '\\u{202e}abc'],
      ['\u2066\u2069\u200b\u200d\ufeff\u00ad', '\\u{2066}\\u{2069}\\u{200b}\\u{200d}\\u{feff}\\xad'],
      ['\u2028\u2029', '\\u{2028}\\u{2029}'],
      ['\u{e0041}', '\\u{e0041}'],
      ['\udce9', '\\xe9'],
      ['\ud800', '\\u{d800}'],
    ] as const
    for (const [text, escaped] of cases) assert.equal(escapeText(text), escaped)
  })

  it('is bounded', () => {
    assert.equal(escapeText('a'.repeat(300), 10), `${'a'.repeat(10)}…`)
    assert.equal(escapeText('a'.repeat(10), 10), 'a'.repeat(10))
    assert.ok(escapeText('\n'.repeat(1000), 10).length <= 20)
  })
})

describe('inputText', () => {
  it('takes text or bytes, drops one byte order mark and loses nothing else', () => {
    assert.equal(inputText('\ufeffa'), 'a')
    assert.equal(inputText(concat(hex('efbbbf'), utf8('a'))), 'a')
    assert.equal(inputText('\ufeff\ufeffa'), '\ufeffa')
    assert.equal(inputText(octets('caf\xe9')), 'caf\udce9')
  })

  it('refuses what is neither, and what is too long', () => {
    for (const bad of [undefined, null, 5, {}, [], new ArrayBuffer(4)]) {
      assert.throws(() => inputText(bad as unknown as string), TypeError)
    }
    assert.throws(() => inputText('abc', { inputLength: 2 }), { name: 'LimitError', code: 'limit' })
    assert.equal(inputText('abc', { inputLength: 3 }), 'abc')
  })
})
