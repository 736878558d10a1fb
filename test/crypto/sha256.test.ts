import assert from 'node:assert/strict'
import test from 'node:test'
import { sha256 as noble } from '@noble/hashes/sha2.js'
import { digestSha256 } from '../../src/crypto/sha256.ts'

const hex = (bytes: Uint8Array): string => Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join('')

test('gives the digests of FIPS 180-2, appendix B', () => {
  const digest = (text: string): string => hex(digestSha256(new TextEncoder().encode(text)))
  assert.equal(digest('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  assert.equal(
    digest('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'),
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  )
})

test("equals noble's at every length of the first nine blocks, and at some larger ones", () => {
  const lengths = [...Array(577).keys(), 1000, 4095, 65_537, 1_000_003]
  for (const length of lengths) {
    const data = Uint8Array.from({ length }, (_, i) => (i * 167 + length) & 255)
    assert.equal(hex(digestSha256(data)), hex(noble(data)), `${length} octets`)
  }
})
