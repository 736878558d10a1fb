import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bigIntToBytes, bytesToBigInt, modInverse, modPow } from '../../src/crypto/bigint.ts'
import { checkDsaPrivate, checkDsaPublic, dsaPublicKey, prepareDsaVerify } from '../../src/crypto/dsa.ts'
import { sha1 } from '../../src/crypto/hash.ts'
import { dss, publicComponents } from '../../src/keys/index.ts'
import { defaultLimits } from '../../src/limits.ts'
import { file, message, privateKeyOf, publicKeyOf } from '../keys/types/set.ts'
import { concat, flipped, utf8 } from '../support/bytes.ts'

/** r and s of 20 octets each from the DER that openssl writes. */
function fromDer(der: Uint8Array): Uint8Array {
  const out = new Uint8Array(40)
  let at = 2
  for (const end of [20, 40]) {
    const length = der[at + 1]!
    const value = der.subarray(at + 2, at + 2 + length)
    const digits = value[0] === 0 ? value.subarray(1) : value
    out.set(digits, end - digits.length)
    at += 2 + length
  }
  return out
}

describe('DSA', () => {
  const c = publicComponents(publicKeyOf('dsa'), dss)
  const key = { p: c.p!, q: c.q!, g: c.g!, y: c.y! }
  const [p, q, g] = [bytesToBigInt(key.p), bytesToBigInt(key.q), bytesToBigInt(key.g)]
  const verify = prepareDsaVerify(key)

  it('takes the signature of openssl, and no other', async () => {
    const signature = fromDer(file('dsa.der'))
    assert.equal(await verify(signature, message), true)
    assert.equal(await verify(signature, utf8('another message')), false)
    for (let bit = 0; bit < 320; bit += 7) assert.equal(await verify(flipped(signature, bit), message), false, `${bit}`)
  })

  it('refuses r and s outside 1 … q − 1, and other lengths', async () => {
    const signature = fromDer(file('dsa.der'))
    const [r, s] = [signature.subarray(0, 20), signature.subarray(20)]
    const zero = new Uint8Array(20)
    const order = bigIntToBytes(q, 20)
    for (const bad of [
      concat(zero, s),
      concat(r, zero),
      concat(order, s),
      concat(r, order),
      concat(r, bigIntToBytes(bytesToBigInt(s) + q, 21).subarray(1)),
      new Uint8Array(40).fill(255),
      signature.subarray(1),
      concat(signature, zero),
      new Uint8Array(0),
    ]) {
      assert.equal(await verify(bad, message), false)
    }
  })

  it('takes what textbook DSA makes', async () => {
    const x = bytesToBigInt((await privateKeyOf('dsa')).exposeComponents().x!)
    for (let k = 2n; k < 8n; k++) {
      const data = utf8(`message ${k}`)
      const r = modPow(g, k, p) % q
      const s = (modInverse(k, q)! * (bytesToBigInt(sha1.digest(data)) + x * r)) % q
      const signature = concat(bigIntToBytes(r, 20), bigIntToBytes(s, 20))
      assert.equal(await verify(signature, data), true)
      assert.equal(await verify(signature, message), false)
    }
  })

  it('proves that x gives y', async () => {
    const x = (await privateKeyOf('dsa')).exposeComponents().x!
    assert.equal(checkDsaPrivate(key, x), true)
    assert.deepEqual(bigIntToBytes(dsaPublicKey(key, x)), key.y)
    assert.equal(checkDsaPrivate(key, bigIntToBytes(bytesToBigInt(x) + q)), false)
    assert.equal(checkDsaPrivate(key, bigIntToBytes(1n)), false)
    assert.equal(checkDsaPrivate(key, new Uint8Array(0)), false)
  })

  it('judges the ranges of a public key, and bounds the work', () => {
    checkDsaPublic(key, defaultLimits)
    const one = Uint8Array.of(1)
    for (const bad of [{ g: one }, { y: one }, { y: key.p }, { g: key.p }, { q: one }, { y: new Uint8Array(0) }]) {
      assert.throws(() => checkDsaPublic({ ...key, ...bad }, defaultLimits), { code: 'bad-value' })
    }
    assert.throws(() => checkDsaPublic({ ...key, p: one }, defaultLimits), { code: 'limit' })
    const huge = new Uint8Array(1251).fill(255)
    assert.throws(() => checkDsaPublic({ ...key, p: huge }, defaultLimits), { code: 'limit' })
    assert.throws(() => dsaPublicKey({ ...key, p: huge }, one), { code: 'limit' })
  })
})
