import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bigIntToBytes, bitLength, bytesToBigInt, modInverse, modPow } from '../../src/crypto/bigint.ts'
import { hex } from './without-subtle.ts'

test('octets to integers and back, at every length and offset', () => {
  const all = Uint8Array.from({ length: 70 }, (_, i) => (i * 151 + 255) & 0xff)
  for (let start = 0; start < 9; start++) {
    for (let length = 0; length < 60; length++) {
      const bytes = all.subarray(start, start + length)
      const text = [...bytes].map((octet) => octet.toString(16).padStart(2, '0')).join('')
      const value = BigInt(`0x0${text}`)
      assert.equal(bytesToBigInt(bytes), value)
      assert.deepEqual(bigIntToBytes(value, length), Uint8Array.from(bytes))
      assert.deepEqual(bigIntToBytes(value, length + 5).subarray(5), Uint8Array.from(bytes))
      assert.equal(bitLength(value), value ? value.toString(2).length : 0)
    }
  }
  assert.deepEqual(bigIntToBytes(0n), new Uint8Array(0))
  assert.deepEqual(bigIntToBytes(0x100n), hex('0100'))
  for (let i = 1n; i < 200n; i++) assert.equal(bitLength((1n << i) - 1n), Number(i))
})

test('powers and inverses', () => {
  const modulus = 2n ** 127n - 1n
  for (let base = 2n; base < 40n; base++) {
    for (const exponent of [1n, 2n, 3n, 65537n, 2n ** 64n - 59n]) {
      let expected = 1n
      for (const bit of exponent.toString(2)) expected = (expected * expected * (bit === '1' ? base : 1n)) % modulus
      assert.equal(modPow(base, exponent, modulus), expected)
    }
    // Fermat, through the four-bit window.
    const prime = 2n ** 521n - 1n
    assert.equal(modPow(base, prime - 1n, prime), 1n)
    const inverse = modInverse(base, modulus)!
    assert.equal((inverse * base) % modulus, 1n)
    assert.equal(modInverse(inverse - modulus, modulus), base)
  }
  assert.equal(modInverse(6n, 9n), undefined)
  assert.equal(modInverse(0n, 9n), undefined)
})
