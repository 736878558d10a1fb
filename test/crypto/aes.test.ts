import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aesCbcDecrypt, aesCbcEncrypt, aesCtr, aesGcmOpen, aesGcmSeal } from '../../src/crypto/aes.ts'
import { hex, unhex } from './octets.ts'

// NIST SP 800-38A, appendix F.2 and F.5.
const plain = unhex(
  '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
)
const cbcIv = unhex('000102030405060708090a0b0c0d0e0f')
const ctrIv = unhex('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff')
const modes = [
  {
    key: '2b7e151628aed2a6abf7158809cf4f3c',
    cbc: '7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b273bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7',
    ctr: '874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee',
  },
  {
    key: '8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b',
    cbc: '4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd',
    ctr: '1abc932417521ca24f2b0459fe7e6e0b090339ec0aa6faefd5ccc2c6f4ce8e941e36b26bd1ebc670d1bd1d665620abf74f78a7f6d29809585a97daec58c6b050',
  },
  {
    key: '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
    cbc: 'f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b',
    ctr: '601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c52b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6',
  },
]

// McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 2, 8 and 14: everything is zero.
const gcm = [
  [16, '0388dace60b6a392f328c2b971b2fe78', 'ab6e47d42cec13bdf53a67b21257bddf'],
  [24, '98e7247c07f0fe411c267e4384b0f600', '2ff58d80033927ab8ef4d4587514f0fb'],
  [32, 'cea7403d4d606b6e074ec5d3baf39d18', 'd0d1c8a799996bf0265b98b5d48ab919'],
] as const

for (const { key, cbc, ctr } of modes) {
  const octets = unhex(key)
  test(`AES-${8 * octets.length} in CBC and CTR gives the published ciphertexts`, () => {
    assert.equal(hex(aesCbcEncrypt(octets, cbcIv, plain)), cbc)
    assert.deepEqual(aesCbcDecrypt(octets, cbcIv, unhex(cbc)), plain)
    assert.equal(hex(aesCtr(octets, ctrIv, plain)), ctr)
    // A view that does not start at a multiple of four, and a part of a block.
    const shifted = new Uint8Array(plain.length + 1).subarray(1)
    shifted.set(plain)
    assert.equal(hex(aesCtr(octets, ctrIv, shifted.subarray(0, 37))), ctr.slice(0, 74))
    assert.equal(hex(aesCbcEncrypt(octets, cbcIv, shifted)), cbc)
    assert.deepEqual(shifted, plain)
  })
}

test('the CTR counter carries through all 128 bits', () => {
  const key = new Uint8Array(16)
  const whole = aesCtr(key, new Uint8Array(16).fill(255), new Uint8Array(32))
  assert.deepEqual(whole.subarray(16), aesCtr(key, new Uint8Array(16), new Uint8Array(16)))
})

for (const [length, data, tag] of gcm) {
  test(`AES-${8 * length}-GCM gives the published ciphertext and refuses every flipped bit`, () => {
    const [key, iv] = [new Uint8Array(length), new Uint8Array(12)]
    const sealed = aesGcmSeal(key, iv, new Uint8Array(16))
    assert.equal(hex(sealed.data), data)
    assert.equal(hex(sealed.tag), tag)
    assert.deepEqual(aesGcmOpen(key, iv, sealed.data, sealed.tag), new Uint8Array(16))
    for (let bit = 0; bit < 128; bit++) {
      const flipped = unhex(data)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      assert.equal(aesGcmOpen(key, iv, flipped, sealed.tag), undefined)
      const flippedTag = unhex(tag)
      flippedTag[bit >> 3]! ^= 1 << (bit & 7)
      assert.equal(aesGcmOpen(key, iv, sealed.data, flippedTag), undefined)
    }
  })
}

test('lengths that do not fit are a TypeError', () => {
  const octets = (n: number): Uint8Array => new Uint8Array(n)
  assert.throws(() => aesCtr(octets(15), octets(16), octets(16)), TypeError)
  assert.throws(() => aesCtr(octets(16), octets(12), octets(16)), TypeError)
  assert.throws(() => aesCbcEncrypt(octets(16), octets(16), octets(17)), TypeError)
  assert.throws(() => aesCbcDecrypt(octets(16), octets(16), octets(15)), TypeError)
  assert.throws(() => aesCbcDecrypt(octets(16), octets(8), octets(16)), TypeError)
  assert.throws(() => aesGcmSeal(octets(16), octets(16), octets(16)), TypeError)
  assert.throws(() => aesGcmOpen(octets(16), octets(12), octets(16), octets(15)), TypeError)
})
