import assert from 'node:assert/strict'
import { test } from 'node:test'
import { desCbcDecrypt, tripleDesCbcDecrypt, tripleDesCbcEncrypt } from '../../src/crypto/des.ts'
import { hex, unhex, utf8 } from './octets.ts'

test('3DES gives the published ciphertext of NIST SP 800-67, appendix B', () => {
  // The appendix encrypts three blocks apart from each other; each is CBC under a zero IV.
  const key = unhex('0123456789abcdef23456789abcdef01456789abcdef0123')
  const plain = utf8('The qufck brown fox jump')
  const expected = ['a826fd8ce53b855f', 'cce21c8112256fe6', '68d5c05dd9b6b900']
  for (const [i, block] of expected.entries()) {
    const part = plain.subarray(8 * i, 8 * i + 8)
    assert.equal(hex(tripleDesCbcEncrypt(key, new Uint8Array(8), part)), block)
    assert.deepEqual(tripleDesCbcDecrypt(key, new Uint8Array(8), unhex(block)), part)
  }
})

test('DES-CBC reads the published ciphertext of FIPS 81, table C1', () => {
  const cipher = unhex('e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6')
  const plain = desCbcDecrypt(unhex('0123456789abcdef'), unhex('1234567890abcdef'), cipher)
  assert.deepEqual(plain, utf8('Now is the time for all '))
})

test('single DES agrees with the weak key and with parity bits ignored', () => {
  // Under the all-zero key encryption and decryption are the same permutation, so applying it twice gives the input back.
  const zero = new Uint8Array(8)
  const once = desCbcDecrypt(zero, zero, unhex('0123456789abcdef'))
  assert.equal(hex(desCbcDecrypt(zero, zero, once)), '0123456789abcdef')
  assert.deepEqual(desCbcDecrypt(new Uint8Array(8).fill(1), zero, unhex('0123456789abcdef')), once)
})

test('3DES-CBC comes back, leaves its input alone and refuses what does not fit', () => {
  const key = Uint8Array.from({ length: 24 }, (_, i) => 11 * i)
  const iv = Uint8Array.from({ length: 8 }, (_, i) => 200 + i)
  const plain = Uint8Array.from({ length: 400 }, (_, i) => i)
  const kept = Uint8Array.from(plain)
  // A Buffer's slice() is a view: where there are Buffers, nothing may be written through one.
  const given =
    'Buffer' in globalThis ? (globalThis as { Buffer: { from(a: Uint8Array): Uint8Array } }).Buffer.from(plain) : plain
  const cipher = tripleDesCbcEncrypt(key, iv, given)
  assert.deepEqual(Uint8Array.from(given), kept)
  assert.deepEqual(tripleDesCbcDecrypt(key, iv, cipher), kept)
  assert.equal(tripleDesCbcEncrypt(key, iv, new Uint8Array(0)).length, 0)
  assert.throws(() => tripleDesCbcEncrypt(key.subarray(1), iv, plain), TypeError)
  assert.throws(() => tripleDesCbcEncrypt(key, iv.subarray(1), plain), TypeError)
  assert.throws(() => tripleDesCbcDecrypt(key, iv, plain.subarray(1)), TypeError)
  assert.throws(() => desCbcDecrypt(key, iv, plain), TypeError)
})
