import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import process from 'node:process'
import { test } from 'node:test'
import { aesCbcDecrypt, aesCbcEncrypt, aesCtr } from '../../src/crypto/aes.ts'
import { desCbcDecrypt, tripleDesCbcDecrypt, tripleDesCbcEncrypt } from '../../src/crypto/des.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import { hex } from './octets.ts'

type Crypt = (key: Uint8Array, iv: Uint8Array, data: Uint8Array) => Uint8Array

/** `openssl enc` without padding. */
function enc(cipher: string, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  const args = ['enc', `-${cipher}`, '-e', '-nopad', '-K', hex(key), '-iv', hex(iv)]
  const { status, stdout, stderr } = spawnSync('openssl', args, { input: data })
  assert.equal(status, 0, String(stderr))
  return Uint8Array.from(stdout)
}

const ciphers: [name: string, key: number, block: number, encrypt: Crypt, decrypt: Crypt][] = [
  ['des-ede3-cbc', 24, 8, tripleDesCbcEncrypt, tripleDesCbcDecrypt],
]
for (const bits of [128, 192, 256]) {
  ciphers.push([`aes-${bits}-cbc`, bits / 8, 16, aesCbcEncrypt, aesCbcDecrypt])
  ciphers.push([`aes-${bits}-ctr`, bits / 8, 16, aesCtr, aesCtr])
}

if (spawnSync('openssl', ['version']).status !== 0) {
  test('openssl agrees', {
    skip: process.env.CI === 'true' ? false : 'NO OPENSSL HERE: nothing was compared',
  }, () => {
    assert.fail('openssl is missing; CI must compare with it')
  })
} else {
  for (const [name, keyLength, block, encrypt, decrypt] of ciphers) {
    test(`openssl enc -${name} agrees`, () => {
      for (const blocks of [1, 2, 17, 200]) {
        const [key, iv, data] = [randomBytes(keyLength), randomBytes(block), randomBytes(block * blocks)]
        const expected = enc(name, key, iv, data)
        assert.deepEqual(encrypt(key, iv, data), expected)
        assert.deepEqual(decrypt(key, iv, expected), data)
      }
    })
  }

  test('openssl enc -des-ede3-cbc with one key thrice is our single DES', () => {
    const [key, iv, data] = [randomBytes(8), randomBytes(8), randomBytes(80)]
    const thrice = Uint8Array.from([...key, ...key, ...key])
    assert.deepEqual(desCbcDecrypt(key, iv, enc('des-ede3-cbc', thrice, iv, data)), data)
  })
}
