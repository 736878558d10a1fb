import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blowfish, initialState } from '../../src/crypto/blowfish.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import { hex, unhex } from './octets.ts'

const words = (text: string): Int32Array => {
  const octets = unhex(text)
  const view = new DataView(octets.buffer)
  return Int32Array.from({ length: octets.length / 4 }, (_, i) => view.getInt32(4 * i))
}
const wordsHex = (values: Int32Array): string =>
  Array.from(values, (v) => (v >>> 0).toString(16).padStart(8, '0')).join('')

test('the initial state is the fraction of pi', () => {
  const state = initialState()
  assert.equal(state.length, 1042)
  assert.equal(wordsHex(state.subarray(1024, 1026)), '243f6a8885a308d3')
  assert.equal(wordsHex(state.subarray(1023, 1024)), '3ac372e6')
  // The SHA-256 of subkeys and S-boxes was computed from pi by Machin's formula in another language.
  const text = wordsHex(state.subarray(1024)) + wordsHex(state.subarray(0, 1024))
  assert.equal(hex(sha256.digest(unhex(text))), 'b5643208907b11b20e499a42187dc921f9579d28dadfccbe69a5ce232a55952f')
})

// Eric Young's vectors: key, plaintext, ciphertext. Our schedule takes 64 octets of key, which 8 octets repeated are.
const vectors = [
  ['0000000000000000', '0000000000000000', '4ef997456198dd78'],
  ['ffffffffffffffff', 'ffffffffffffffff', '51866fd5b85ecb8a'],
  ['0123456789abcdef', '1111111111111111', '61f9c3802281b096'],
] as const

test('Blowfish gives the published ciphertexts, alone and in pairs', () => {
  const cipher = blowfish()
  const zeros = new Int32Array(16)
  for (const [key, plain, expected] of vectors) {
    const schedule = words(key.repeat(8))
    cipher.reset()
    cipher.expand(schedule, zeros)
    const alone = words(plain)
    cipher.encipher('a', alone, 0)
    assert.equal(wordsHex(alone), expected)

    const [otherKey, otherPlain, otherExpected] = vectors[2]
    cipher.reset()
    cipher.expandPair(schedule, words(otherKey.repeat(8)), zeros, zeros)
    const pair = words(plain + otherPlain)
    cipher.encipher('a', pair, 0)
    cipher.encipher('b', pair, 2)
    assert.equal(wordsHex(pair), expected + otherExpected)
  }
  cipher.wipe()
})
