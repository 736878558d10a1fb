import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equalBytes } from '../../src/crypto/constant-time.ts'

test('equal octets are equal, and every single flipped bit is seen', () => {
  const one = Uint8Array.from({ length: 33 }, (_, i) => 7 * i)
  assert.equal(equalBytes(one, Uint8Array.from(one)), true)
  assert.equal(equalBytes(new Uint8Array(0), new Uint8Array(0)), true)
  assert.equal(equalBytes(one, one.subarray(0, 32)), false)
  for (let bit = 0; bit < 8 * one.length; bit++) {
    const other = Uint8Array.from(one)
    other[bit >> 3]! ^= 1 << (bit & 7)
    assert.equal(equalBytes(one, other), false)
  }
})
