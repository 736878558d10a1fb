import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hmac } from '@noble/hashes/hmac.js'
import { sha1 } from '@noble/hashes/legacy.js'
import { hmacSha1Short } from '../../src/crypto/hmac-sha1-short.ts'

const octetsOf = (words: Int32Array): Uint8Array => {
  const out = new Uint8Array(20)
  for (const [i, word] of words.entries()) new DataView(out.buffer).setInt32(4 * i, word)
  return out
}
const wordsOf = (octets: Uint8Array): Int32Array =>
  Int32Array.from({ length: 5 }, (_, i) => new DataView(octets.buffer, octets.byteOffset).getInt32(4 * i))

describe('HMAC-SHA-1 of a short message', () => {
  it('is case 1 of RFC 2202', () => {
    const code = hmacSha1Short(new TextEncoder().encode('Hi There'))(wordsOf(new Uint8Array(20).fill(0x0b)))
    assert.equal(Buffer.from(octetsOf(code)).toString('hex'), 'b617318655057264e28bc0b6fb378c8ef146be00')
  })

  it("is noble's for every length up to four blocks, and for one message under many keys", () => {
    for (let length = 0; length <= 260; length++) {
      const message = Uint8Array.from({ length }, (_, i) => i * 7 + length)
      const code = hmacSha1Short(message)
      for (let n = 0; n < 3; n++) {
        const key = Uint8Array.from({ length: 20 }, (_, i) => i * 31 + n * 97 + length)
        assert.deepEqual(octetsOf(code(wordsOf(key))), hmac(sha1, key, message), `${length} octets, key ${n}`)
      }
    }
  })
})
