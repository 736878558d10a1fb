import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomBytes } from '../../src/crypto/random.ts'
import { UnsupportedError } from '../../src/errors.ts'

test('random octets come in any length, also above what one call gives', () => {
  assert.equal(randomBytes(0).length, 0)
  const many = randomBytes(65536 + 1000)
  assert.equal(many.length, 66536)
  // 32 zeros in a row at the end would mean that the second piece was left out.
  assert.ok(many.subarray(-32).some((octet) => octet !== 0))
  assert.notDeepEqual(randomBytes(32), randomBytes(32))
})

test('without a generator there is a coded error', () => {
  const kept = Object.getOwnPropertyDescriptor(globalThis, 'crypto')!
  const refused = (error: unknown): boolean => error instanceof UnsupportedError && error.code === 'no-random'
  try {
    for (const value of [undefined, {}]) {
      Object.defineProperty(globalThis, 'crypto', { configurable: true, value })
      assert.throws(() => randomBytes(1), refused)
    }
  } finally {
    Object.defineProperty(globalThis, 'crypto', kept)
  }
})
