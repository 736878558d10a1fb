import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bigIntToBytes, bytesToBigInt } from '../../../src/crypto/bigint.ts'
import {
  allTypes,
  decodePublicKey,
  dss,
  generatePrivateKey,
  publicComponents,
  verifySignature,
} from '../../../src/keys/index.ts'
import { Writer } from '../../../src/wire/writer.ts'
import { concat, utf8 } from '../../support/bytes.ts'
import { blobOf } from '../../support/keys.ts'
import { file, message, openSshsig, privateKeyOf, publicKeyOf } from './set.ts'

const types = allTypes
const badValue = { name: 'FormatError', code: 'bad-value' }

describe('ssh-dss', () => {
  const key = publicKeyOf('dsa')
  const { p, q, g, y } = publicComponents(key, dss) as Record<'p' | 'q' | 'g' | 'y', Uint8Array>
  const numbers = { p: bytesToBigInt(p), q: bytesToBigInt(q), g: bytesToBigInt(g), y: bytesToBigInt(y) }
  const decode = (over: Partial<typeof numbers>, limits?: { dsaBitsMin?: number; dsaBitsMax?: number }) => {
    const all = { ...numbers, ...over }
    const writer = new Writer().string('ssh-dss')
    for (const name of ['p', 'q', 'g', 'y'] as const) writer.mpint(bigIntToBytes(all[name]))
    return decodePublicKey(writer.take(), { types, limits })
  }

  it('a signature is verified only where the caller names the algorithm', async () => {
    const { signature, signed } = openSshsig(file('dsa.sig'), message)
    await assert.rejects(verifySignature(key, signature, signed, { types }), { code: 'algorithm-not-allowed' })
    const facts = await verifySignature(key, signature, signed, { types, algorithms: ['ssh-dss'] })
    assert.deepEqual(facts, { algorithm: 'ssh-dss' })
  })

  it('a signature is 40 octets, neither more nor fewer', async () => {
    const { signature, signed } = openSshsig(file('dsa.sig'), message)
    const value = signature.slice(-40)
    const policy = { types, algorithms: ['ssh-dss'] }
    const verify = (v: Uint8Array) => verifySignature(key, blobOf('ssh-dss', v), signed, policy)
    await verify(value)
    await assert.rejects(verify(value.subarray(1)), badValue)
    await assert.rejects(verify(concat(utf8('\0'), value)), { name: 'LimitError' })
    const trailing = concat(blobOf('ssh-dss', value), utf8('x'))
    await assert.rejects(verifySignature(key, trailing, signed, policy), { code: 'trailing-bytes' })
  })

  it('is neither made nor signed with', async () => {
    await assert.rejects(generatePrivateKey(dss), { name: 'UnsupportedError', code: 'unsupported-type' })
    const secret = await privateKeyOf('dsa')
    for (const algorithm of [undefined, 'ssh-dss']) {
      const signed = secret.sign(message, { algorithm })
      await assert.rejects(signed, { name: 'UnsupportedError', code: 'unsupported-algorithm' })
    }
  })

  it('trap 53: p, q, g and y are in their ranges', () => {
    assert.deepEqual(decode({}).blob, key.blob)
    for (const [name, bad] of [
      ['g', 0n],
      ['g', 1n],
      ['g', numbers.p],
      ['g', numbers.p + 1n],
      ['y', 0n],
      ['y', 1n],
      ['y', numbers.p],
      ['q', 0n],
      ['q', 1n],
      ['q', numbers.q + 1n],
      ['q', numbers.q + 2n],
      ['p', numbers.p + 1n],
      ['p', numbers.p + 2n],
    ] as const) {
      assert.throws(() => decode({ [name]: bad }), badValue, `${name} ${bad === numbers[name] ? '' : bad}`)
    }
  })

  it('p has 1024 bits at least and 10000 at most, and both are arguments', () => {
    const limit = { name: 'LimitError', code: 'limit' }
    assert.throws(() => decode({ p: numbers.p >> 1n }), limit)
    assert.throws(() => decode({ p: (1n << 10000n) | 1n }), limit)
    assert.throws(() => decode({}, { dsaBitsMin: 1025 }), limit)
    assert.throws(() => decode({}, { dsaBitsMax: 1023 }), limit)
    // Longer than any field may be.
    assert.throws(() => decode({ p: 1n << 20000n }), limit)
    assert.throws(() => decode({ q: 1n << 256n }), limit)
  })

  it('gives its public half from the private one, and refuses what is no group or no x', async () => {
    const c = (await privateKeyOf('dsa')).exposeComponents()
    const group = { p, q, g }
    assert.deepEqual(dss.derivePublic!({ ...group, x: c.x! }).y, y)
    for (const x of [0n, numbers.q, numbers.q + 1n]) {
      assert.throws(() => dss.derivePublic!({ ...group, x: bigIntToBytes(x) }), badValue)
    }
    const zero = { ...group, p: new Uint8Array(0), x: c.x! }
    assert.throws(() => dss.derivePublic!(zero), { code: 'limit' })
    assert.equal(await dss.checkPrivate({ ...c, x: bigIntToBytes(bytesToBigInt(c.x!) + numbers.q) }), false)
    assert.equal(await dss.checkPrivate({ ...c, x: bigIntToBytes(bytesToBigInt(c.x!) ^ 1n) }), false)
    assert.equal(await dss.checkPrivate({ ...c, x: new Uint8Array(0) }), false)
    assert.equal(await dss.checkPrivate(c), true)
  })

  it('its mapping to ASN.1 names components that there are', () => {
    assert.deepEqual(dss.asn1, {
      oid: '1.2.840.10040.4.1',
      parameters: ['p', 'q', 'g'],
      publicKey: { kind: 'integer', component: 'y' },
      privateKey: { kind: 'integer', component: 'x' },
      traditional: {
        label: 'DSA PRIVATE KEY',
        value: { kind: 'integers', version: 0, components: ['p', 'q', 'g', 'y', 'x'] },
      },
    })
  })
})
