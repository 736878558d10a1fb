import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32c } from '../../src/signers/crc32c.ts'
import { repeatable, utf8 } from '../support/bytes.ts'
import { castagnoli } from '../support/kms-server.ts'

test('the values of RFC 3720 appendix B.4', () => {
  const up = Uint8Array.from({ length: 32 }, (_, i) => i)
  const vectors: readonly (readonly [Uint8Array, number])[] = [
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(255), 0x62a8ab43],
    [up, 0x46dd794e],
    [up.toReversed(), 0x113fdb5c],
    [utf8('123456789'), 0xe3069283],
    [new Uint8Array(0), 0],
  ]
  for (const [bytes, sum] of vectors) assert.equal(crc32c(bytes), sum)
})

test('the same as by a table', () => {
  const random = repeatable(7)
  for (let length = 1; length < 300; length += 7) {
    const bytes = random(length)
    assert.equal(String(crc32c(bytes)), castagnoli(bytes))
  }
})
