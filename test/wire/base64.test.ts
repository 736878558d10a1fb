import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeBase64, encodeBase64 } from '../../src/wire/base64.ts'
import { hex, repeatable, utf8 } from '../support/bytes.ts'

const bad = { name: 'FormatError', code: 'bad-base64' }

interface Native {
  fromBase64?: unknown
}

/** Runs `work` with another `Uint8Array.fromBase64` and `toBase64`; `undefined` is a runtime without them. */
function withNative(
  from: ((text: string) => Uint8Array) | undefined,
  to: ((this: Uint8Array) => string) | undefined,
  work: () => void,
): void {
  const places = [
    [Uint8Array, 'fromBase64', from],
    [Uint8Array.prototype, 'toBase64', to],
  ] as const
  const before = places.map(([holder, name]) => Object.getOwnPropertyDescriptor(holder, name))
  for (const [holder, name, value] of places) {
    if (value) Object.defineProperty(holder, name, { value, configurable: true, writable: true })
    else Reflect.deleteProperty(holder, name)
  }
  try {
    work()
  } finally {
    places.forEach(([holder, name], i) => {
      const descriptor = before[i]
      if (descriptor) Object.defineProperty(holder, name, descriptor)
      else Reflect.deleteProperty(holder, name)
    })
  }
}

/** A decoder after the ECMAScript proposal: white space is skipped, the last chunk strict. */
function standIn(text: string): Uint8Array {
  const packed = text.replace(/[\t\n\f\r ]/g, '')
  if (!/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(packed)) throw new SyntaxError('bad')
  const raw = atob(packed)
  if (btoa(raw) !== packed) throw new SyntaxError('extra bits')
  return Uint8Array.from(raw, (c) => c.charCodeAt(0))
}

function standInEncode(this: Uint8Array): string {
  return btoa(String.fromCharCode(...this))
}

/** Not valid: what each is stands beside it. */
const refused: readonly (readonly [string, string])[] = [
  ['A', 'one character'],
  ['AA', 'no padding'],
  ['AAA', 'no padding'],
  ['AAA==', 'a length that is no multiple of four'],
  ['A===', 'one digit'],
  ['====', 'padding alone'],
  ['AAAA====', 'padding alone in the last group'],
  ['AA==AAAA', 'padding in the middle'],
  ['AA=A', 'padding before a digit'],
  ['AAA=AAA=', 'padding twice'],
  ['AB==', 'four unused bits that are not zero'],
  ['AAB=', 'two unused bits that are not zero'],
  ['AA A', 'a space inside'],
  ['AAA\n', 'a line feed'],
  [' AAA', 'a space in front'],
  ['AA\n==AAA', 'white space to the length of a group'],
  ['    ', 'white space alone'],
  ['AAAA    ', 'white space behind'],
  ['AA-_', 'base64url'],
  ['AA*A', 'a foreign character'],
  ['AA\0A', 'NUL'],
  ['AAAé', 'a letter outside ASCII'],
  ['é', 'a letter outside ASCII alone'],
  ['éé', 'two letters, four octets'],
  ['\ud83d\udd11AA', 'an astral character'],
]

const runtimes = [
  ['without a native decoder', undefined, undefined],
  ['with a stand-in for the native decoder', standIn, standInEncode],
] as const

for (const [name, from, to] of runtimes) {
  describe(`base64 ${name}`, () => {
    it('goes both ways for every length', () => {
      const random = repeatable(3)
      withNative(from, to, () => {
        for (let length = 0; length < 260; length++) {
          const bytes = random(length)
          const text = encodeBase64(bytes)
          assert.equal(text, btoa(String.fromCharCode(...bytes)))
          assert.deepEqual(decodeBase64(text), bytes)
          assert.deepEqual(decodeBase64(utf8(text)), bytes)
        }
      })
    })

    it('knows all 64 digits', () => {
      const all = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
      withNative(from, to, () => {
        assert.equal(encodeBase64(decodeBase64(all)), all)
        assert.equal(encodeBase64(decodeBase64(utf8(all))), all)
      })
    })

    it('is strict, for text and for its octets', () => {
      withNative(from, to, () => {
        for (const [text, why] of refused) {
          assert.throws(() => decodeBase64(text), bad, `${why} as text`)
          assert.throws(() => decodeBase64(utf8(text)), bad, `${why} as octets`)
        }
      })
    })

    it('refuses every octet that is no digit, at every place of a group', () => {
      const digits = /[A-Za-z0-9+/]/
      withNative(from, to, () => {
        for (let octet = 0; octet < 256; octet++) {
          for (let at = 0; at < 4; at++) {
            const codes = utf8('AAAAAAAA')
            codes[at] = octet
            if (digits.test(String.fromCharCode(octet))) decodeBase64(codes)
            else assert.throws(() => decodeBase64(codes), bad, `${octet} at ${at}`)
          }
        }
      })
    })
  })
}

describe('base64 with whatever this runtime has', () => {
  it('is strict', () => {
    for (const [text, why] of refused) assert.throws(() => decodeBase64(text), bad, why)
    assert.deepEqual(decodeBase64('/+8='), hex('ffef'))
  })

  it('leaves no stand-in behind', () => {
    const before = (Uint8Array as Native).fromBase64
    withNative(standIn, standInEncode, () => assert.equal((Uint8Array as Native).fromBase64, standIn))
    assert.equal((Uint8Array as Native).fromBase64, before)
  })

  it('octets never become a string: the native decoder is not asked', () => {
    withNative(
      () => assert.fail('asked'),
      () => assert.fail('asked'),
      () => assert.deepEqual(decodeBase64(utf8('AAEC')), hex('000102')),
    )
  })

  it('says nothing of the text in its message', () => {
    assert.throws(
      () => decodeBase64('c2Vj*mV0'),
      (error: Error) => !error.message.includes('c2Vj'),
    )
  })
})
