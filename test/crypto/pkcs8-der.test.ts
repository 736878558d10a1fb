import assert from 'node:assert/strict'
import nodeCrypto from 'node:crypto'
import { test } from 'node:test'
import { p256, p384, p521 } from '../../src/crypto/ecdsa.ts'
import { unwrapEc, unwrapEd25519, unwrapRsa, wrapEc, wrapEd25519, wrapRsa } from '../../src/crypto/pkcs8-der.ts'

const exported = (key: nodeCrypto.KeyObject): Uint8Array =>
  new Uint8Array(key.export({ format: 'der', type: 'pkcs8' }) as Buffer)

/** Every truncation, one octet more, and every flipped bit outside of `free` are refused or give another encoding. */
function assertStrict(
  bytes: Uint8Array,
  unwrap: (bytes: Uint8Array) => unknown,
  wrapped: (value: never) => Uint8Array,
): void {
  for (let length = 0; length < bytes.length; length++) assert.equal(unwrap(bytes.slice(0, length)), undefined)
  assert.equal(unwrap(Uint8Array.of(...bytes, 0)), undefined)
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.slice()
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    const value = unwrap(flipped)
    if (value !== undefined) assert.deepEqual(wrapped(value as never), flipped)
  }
}

test('Ed25519 in PKCS#8 is what node:crypto writes', () => {
  const bytes = exported(nodeCrypto.generateKeyPairSync('ed25519').privateKey)
  const seed = unwrapEd25519(bytes)!
  assert.deepEqual(seed, bytes.slice(16))
  assert.deepEqual(wrapEd25519(seed), bytes)
  assertStrict(bytes, unwrapEd25519, wrapEd25519)
})

test('EC keys in PKCS#8 are what node:crypto writes', () => {
  for (const [namedCurve, curve] of [
    ['P-256', p256],
    ['P-384', p384],
    ['P-521', p521],
  ] as const) {
    const bytes = exported(nodeCrypto.generateKeyPairSync('ec', { namedCurve }).privateKey)
    const unwrap = (from: Uint8Array) => unwrapEc(curve.oid, curve.size, from)
    const { scalar, point } = unwrap(bytes)!
    assert.equal(scalar.length, curve.size)
    assert.deepEqual(wrapEc(curve.oid, scalar, point), bytes)
    assertStrict(bytes, unwrap, (key: { scalar: Uint8Array; point: Uint8Array }) =>
      wrapEc(curve.oid, key.scalar, key.point),
    )
  }
})

test('RSA keys in PKCS#8 are what node:crypto writes', () => {
  const { privateKey } = nodeCrypto.generateKeyPairSync('rsa', { modulusLength: 1024 })
  const bytes = exported(privateKey)
  const fields = unwrapRsa(bytes)!
  const jwk = privateKey.export({ format: 'jwk' })
  const names = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const
  assert.deepEqual(
    fields.map((field) => Buffer.from(field).toString('base64url')),
    names.map((name) => jwk[name]),
  )
  assert.deepEqual(wrapRsa(fields), bytes)
  assertStrict(bytes, unwrapRsa, wrapRsa)
})
