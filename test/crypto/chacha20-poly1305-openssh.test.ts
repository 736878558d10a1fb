import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bcryptPbkdf } from '../../src/crypto/bcrypt-pbkdf.ts'
import { chacha20Poly1305Open, chacha20Poly1305Seal } from '../../src/crypto/chacha20-poly1305-openssh.ts'
import { hex, unhex, utf8 } from './octets.ts'

// The parts of a key made by `ssh-keygen -t ed25519 -Z chacha20-poly1305@openssh.com -a 1 -N pass` (OpenSSH 9.2p1).
const salt = unhex('02e02bf838ebd3260f8df12120a5970a')
const cipher = unhex(
  '2fe22a267f89d8c6f83659991e73d6a84bf1b571bae05d5e968f94cc9ff58bbeee83c6dae85c3ce19ffe7f5231122a89f71a4da3e83f80a403113600662c3603' +
    '3be2b894f8131514b223ff9de9f1cee93fbf81102446e501e5493a0b0e46da71a36ade23c0b894a1a0f017e4de53b5d9fa2231130bd65d6c0c1835405824ea52' +
    '4499e22f9965f5ed88e6c9efff14738e',
)
const tag = unhex('4251527476450fef0031abaacc69011e')

test('opens what ssh-keygen sealed, and seals it the same', async () => {
  const key = await bcryptPbkdf(utf8('pass'), salt, 64, 1)
  const plain = chacha20Poly1305Open(key, cipher, tag)
  assert.ok(plain)
  assert.deepEqual(plain.subarray(0, 4), plain.subarray(4, 8))
  assert.equal(hex(plain).slice(16, 46), `0000000b${hex(utf8('ssh-ed25519'))}`)
  assert.ok(hex(plain).endsWith(`${hex(utf8('chacha test'))}0102`))
  assert.deepEqual(chacha20Poly1305Seal(key, plain), { data: cipher, tag })

  // The second half of the key is that of the packet length, and changes nothing here.
  const other = Uint8Array.from(key).fill(0, 32)
  assert.deepEqual(chacha20Poly1305Open(other, cipher, tag), plain)
})

test('every flipped bit is refused', () => {
  const key = Uint8Array.from({ length: 64 }, (_, i) => i)
  const sealed = chacha20Poly1305Seal(key, utf8('sixteen octets!!'))
  for (const [name, octets] of Object.entries(sealed) as ['data' | 'tag', Uint8Array][]) {
    for (let bit = 0; bit < 8 * octets.length; bit++) {
      const flipped = { ...sealed, [name]: Uint8Array.from(octets) }
      flipped[name][bit >> 3]! ^= 1 << (bit & 7)
      assert.equal(chacha20Poly1305Open(key, flipped.data, flipped.tag), undefined)
    }
  }
  assert.deepEqual(chacha20Poly1305Open(key, sealed.data, sealed.tag), utf8('sixteen octets!!'))
})

test('lengths that do not fit are a TypeError', () => {
  assert.throws(() => chacha20Poly1305Seal(new Uint8Array(32), new Uint8Array(8)), TypeError)
  assert.throws(() => chacha20Poly1305Open(new Uint8Array(32), new Uint8Array(8), new Uint8Array(16)), TypeError)
  assert.throws(() => chacha20Poly1305Open(new Uint8Array(64), new Uint8Array(8), new Uint8Array(15)), TypeError)
})
