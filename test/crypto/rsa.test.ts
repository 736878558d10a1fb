import assert from 'node:assert/strict'
import nodeCrypto from 'node:crypto'
import { describe, it } from 'node:test'
import { bigIntToBytes, bytesToBigInt, modInverse, modPow } from '../../src/crypto/bigint.ts'
import { wrapRsa } from '../../src/crypto/pkcs8-der.ts'
import {
  checkRsaPrivate,
  prepareRsaSign,
  prepareRsaVerify,
  type RsaHash,
  type RsaPrivate,
  type RsaPublic,
} from '../../src/crypto/rsa.ts'
import { message, rsaVectors } from './rsa-vectors.ts'
import { hex, paths, utf8, withSubtle } from './without-subtle.ts'

const e = hex('010001')
const data = utf8(message)
const names: readonly RsaHash[] = ['SHA-1', 'SHA-256', 'SHA-512']

const keys: readonly RsaPrivate[] = rsaVectors.flatMap(({ n, key }) =>
  key ? [{ n: hex(n), e, d: hex(key.d), p: hex(key.p), q: hex(key.q), iqmp: hex(key.iqmp) }] : [],
)

/** The same key with its primes the other way round. */
function swapped(key: RsaPrivate): RsaPrivate {
  const iqmp = bigIntToBytes(modInverse(bytesToBigInt(key.p), bytesToBigInt(key.q))!)
  return { ...key, p: key.q, q: key.p, iqmp }
}

/** What the private key makes of an encoded message, sound or not. */
function raw(key: RsaPrivate, encoded: Uint8Array): Uint8Array {
  return bigIntToBytes(modPow(bytesToBigInt(encoded), bytesToBigInt(key.d), bytesToBigInt(key.n)), key.n.length)
}

const nodePublic = ({ n, e }: RsaPublic): nodeCrypto.KeyObject =>
  nodeCrypto.createPublicKey({
    key: { kty: 'RSA', n: Buffer.from(n).toString('base64url'), e: Buffer.from(e).toString('base64url') },
    format: 'jwk',
  })

for (const [name, run] of paths) {
  describe(`RSA ${name}`, () => {
    it('takes the signatures of openssl, with each hash and size', () =>
      run(async () => {
        for (const { n, signatures } of rsaVectors) {
          for (const hash of names) {
            const signature = hex(signatures[hash])
            const verify = await prepareRsaVerify({ n: hex(n), e }, hash)
            assert.equal(await verify(signature, data), true)
            assert.equal(await verify(signature, utf8('another')), false)
            assert.equal(
              await verify(
                signature.map((octet, i) => (i === 40 ? octet ^ 4 : octet)),
                data,
              ),
              false,
            )
            const other = await prepareRsaVerify({ n: hex(n), e }, hash === 'SHA-1' ? 'SHA-512' : 'SHA-1')
            assert.equal(await other(signature, data), false)
          }
        }
      }))

    it('makes the signatures of openssl, whichever prime is the larger', () =>
      run(async () => {
        for (const [i, key] of keys.entries()) {
          for (const hash of names) {
            const expected = hex(rsaVectors[i]!.signatures[hash])
            for (const order of [key, swapped(key)]) {
              const sign = await prepareRsaSign(order, hash)
              assert.deepEqual(await sign(data), expected)
              assert.deepEqual(await sign(data), expected)
            }
            assert.ok(nodeCrypto.verify(hash.replace('-', ''), data, nodePublic(key), expected))
          }
        }
      }))

    it('pads short signatures, refuses long ones and those not below the modulus', () =>
      run(async () => {
        const key = keys[0]!
        const verify = await prepareRsaVerify(key, 'SHA-256')
        const n = bytesToBigInt(key.n)
        let [short, large] = [false, false]
        for (let i = 0; !(short && large); i++) {
          const note = utf8(`note ${i}`)
          const signature = new Uint8Array(nodeSign(key, note))
          const more = bytesToBigInt(signature) + n
          if (!large && more < 1n << 1024n) {
            large = true
            assert.equal(await verify(signature, note), true)
            assert.equal(await verify(bigIntToBytes(more, 128), note), false)
          }
          if (!short && signature[0] === 0) {
            short = true
            assert.equal(await verify(signature, note), true)
            assert.equal(await verify(signature.subarray(1), note), true)
          }
        }
        const good = hex(rsaVectors[0]!.signatures['SHA-256'])
        assert.equal(await verify(Uint8Array.of(0, ...good), data), false)
        assert.equal(await verify(Uint8Array.of(...good, 0), data), false)
        assert.equal(await verify(good.subarray(0, 127), data), false)
        assert.equal(await verify(key.n, data), false)
        for (const length of [0, 1, 128]) assert.equal(await verify(new Uint8Array(length), data), false)
      }))

    it('refuses every other padding', () =>
      run(async () => {
        const key = keys[0]!
        const verify = await prepareRsaVerify(key, 'SHA-1')
        const digest = new Uint8Array(nodeCrypto.createHash('sha1').update(data).digest())
        const info = Uint8Array.of(...hex('3021300906052b0e03021a05000414'), ...digest)
        const padded = (tail: Uint8Array, { type = 1, fill = 0xff, after = new Uint8Array(0) } = {}): Uint8Array => {
          const ps = new Uint8Array(128 - 3 - tail.length - after.length).fill(fill)
          return Uint8Array.of(0, type, ...ps, 0, ...tail, ...after)
        }
        assert.equal(await verify(raw(key, padded(info)), data), true)
        const bad = [
          padded(info, { type: 2 }),
          padded(info, { type: 0, fill: 0 }),
          padded(info, { fill: 0xfe }),
          // Bleichenbacher 2006: garbage after a short padding.
          padded(info, { after: new Uint8Array(80).fill(3) }),
          // DigestInfo without the NULL, which RFC 8017 lets a verifier take and nobody writes.
          padded(Uint8Array.of(...hex('301f300706052b0e03021a0414'), ...digest)),
          // BER: a length of two octets.
          padded(Uint8Array.of(...hex('308121300906052b0e03021a05000414'), ...digest)),
          padded(digest),
          padded(Uint8Array.of(...hex('3021300906052b0e03021a05000414'), ...digest.map((octet) => octet ^ 1))),
        ]
        for (const encoded of bad) assert.equal(await verify(raw(key, encoded), data), false)
      }))

    it('refuses keys that engines treat differently', () =>
      run(async () => {
        const { n } = keys[0]!
        const shape = { name: 'FormatError', code: 'bad-value' }
        const even = n.map((octet, i) => (i === 127 ? octet & 0xfe : octet))
        for (const key of [
          { n, e: hex('01') },
          { n, e: hex('010000') },
          { n, e: new Uint8Array(0) },
          { n, e: hex('00010001') },
          { n: even, e },
        ]) {
          await assert.rejects(prepareRsaVerify(key, 'SHA-256'), shape)
          await assert.rejects(prepareRsaSign({ ...keys[0]!, ...key }, 'SHA-256'), shape)
        }
        const mismatch = { name: 'FormatError', code: 'key-mismatch' }
        await assert.rejects(prepareRsaSign({ ...keys[0]!, p: hex('01') }, 'SHA-256'), mismatch)
        const limit = { name: 'LimitError', code: 'limit' }
        await assert.rejects(prepareRsaVerify({ n: n.subarray(0, 127), e }, 'SHA-256'), limit)
        await assert.rejects(prepareRsaVerify({ n: new Uint8Array(2049).fill(255), e }, 'SHA-256'), limit)
        await assert.rejects(prepareRsaVerify({ n, e: new Uint8Array(9).fill(255) }, 'SHA-256'), limit)
      }))

    it('works with exponents that some engines do not take, and with 16384 bits', () =>
      run(async () => {
        for (const exponent of [257n, 0xffffffffffffffc5n]) {
          const [p, q] = [bytesToBigInt(keys[1]!.p), bytesToBigInt(keys[1]!.q)]
          const d = modInverse(exponent, (p - 1n) * (q - 1n))!
          const key = { ...keys[1]!, e: bigIntToBytes(exponent), d: bigIntToBytes(d) }
          assert.equal(checkRsaPrivate(key), true)
          const signature = await (await prepareRsaSign(key, 'SHA-512'))(data)
          assert.equal(await (await prepareRsaVerify(key, 'SHA-512'))(signature, data), true)
        }
        const large = new Uint8Array(2048).fill(0xff)
        assert.equal(await (await prepareRsaVerify({ n: large, e }, 'SHA-256'))(new Uint8Array(2048), data), false)
      }))
  })
}

function nodeSign(key: RsaPrivate, note: Uint8Array): Buffer {
  const [d, p, q] = [key.d, key.p, key.q].map(bytesToBigInt) as [bigint, bigint, bigint]
  const [dp, dq] = [bigIntToBytes(d % (p - 1n)), bigIntToBytes(d % (q - 1n))]
  const pkcs8 = wrapRsa([key.n, key.e, key.d, key.p, key.q, dp, dq, key.iqmp])
  return nodeCrypto.sign('sha256', note, { key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
}

describe('RSA private keys', () => {
  it('are whole, or not', () => {
    for (const key of keys) {
      assert.equal(checkRsaPrivate(key), true)
      assert.equal(checkRsaPrivate(swapped(key)), true)
      assert.equal(checkRsaPrivate({ ...key, p: key.q, q: key.p }), false)
      const [p, q] = [bytesToBigInt(key.p), bytesToBigInt(key.q)]
      // d modulo (p−1)(q−1) and modulo their least common multiple are both right; OpenSSH writes either.
      const phi = modInverse(65537n, (p - 1n) * (q - 1n))!
      assert.equal(checkRsaPrivate({ ...key, d: bigIntToBytes(phi) }), true)
      assert.equal(checkRsaPrivate({ ...key, d: bigIntToBytes(phi + (p - 1n) * (q - 1n)) }), true)
      for (const field of ['n', 'e', 'd', 'p', 'q', 'iqmp'] as const) {
        const value = key[field]
        for (const at of [0, value.length - 1]) {
          const changed = value.map((octet, i) => (i === at ? octet ^ 2 : octet))
          assert.equal(checkRsaPrivate({ ...key, [field]: changed }), false, field)
        }
        assert.equal(checkRsaPrivate({ ...key, [field]: new Uint8Array(0) }), false, field)
        assert.equal(checkRsaPrivate({ ...key, [field]: hex('01') }), false, field)
      }
      assert.equal(checkRsaPrivate({ ...key, p: key.n, q: hex('01') }), false)
    }
  })

  it('that are faulty or wiped sign nothing', async () => {
    const failed = { name: 'SignerError', code: 'signer-failed' }
    await withSubtle(undefined, async () => {
      for (const field of ['d', 'q', 'iqmp'] as const) {
        const key = { ...keys[0]!, [field]: keys[0]![field].map((octet, i) => (i === 9 ? octet ^ 2 : octet)) }
        await assert.rejects(prepareRsaSign(key, 'SHA-256'), { name: 'FormatError', code: 'key-mismatch' }, field)
      }
      const key = { ...keys[0]!, p: keys[0]!.p.slice(), d: keys[0]!.d.slice() }
      const sign = await prepareRsaSign(key, 'SHA-256')
      assert.equal((await sign(data)).length, 128)
      key.d.fill(0)
      await assert.rejects(sign(data), failed)
      key.p.fill(0)
      await assert.rejects(sign(data), failed)
    })
  })

  it('sign and verify where the engine takes the key, but not the work', async () => {
    const failing = async (): Promise<never> => {
      throw new Error('not here')
    }
    const no = async (): Promise<boolean> => false
    for (const verify of [failing, no]) {
      await withSubtle({ importKey: async () => ({}), sign: failing, verify }, async () => {
        const signature = await (await prepareRsaSign(keys[0]!, 'SHA-256'))(data)
        assert.deepEqual(signature, hex(rsaVectors[0]!.signatures['SHA-256']))
        assert.equal(await (await prepareRsaVerify(keys[0]!, 'SHA-256'))(signature, data), true)
      })
    }
  })
})
