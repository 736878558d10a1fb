import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeBase64Url, encodeBase64Url } from '../../src/wire/base64url.ts'
import { concat, padLeft } from '../../src/wire/octets.ts'

describe('octets', () => {
  it('are joined and widened in new arrays', () => {
    const bytes = Uint8Array.of(1, 2)
    assert.deepEqual(concat([bytes, [], [3], bytes]), Uint8Array.of(1, 2, 3, 1, 2))
    assert.deepEqual(padLeft(bytes, 4), Uint8Array.of(0, 0, 1, 2))
    assert.notEqual(padLeft(bytes, 2).buffer, bytes.buffer)
  })
})

describe('base64url', () => {
  it('goes there and back without padding', () => {
    for (let length = 0; length < 8; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => 255 - 37 * i)
      const text = encodeBase64Url(bytes)
      assert.match(text, /^[\w-]*$/)
      assert.deepEqual(decodeBase64Url(text, 'test'), bytes)
    }
    for (const text of ['A', '+A', 'AA==', 'A A', 'AB']) {
      assert.throws(() => decodeBase64Url(text, 'test'), { code: 'bad-base64' })
    }
  })
})
