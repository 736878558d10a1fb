import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToNumberLE, numberToBytesLE } from '@noble/curves/utils.js'
import { sha512 } from '@noble/hashes/sha2.js'
import {
  checkEd25519,
  ed25519PublicKey,
  generateEd25519,
  prepareEd25519Sign,
  prepareEd25519Verify,
} from '../../src/crypto/ed25519.ts'
import { hex, paths, utf8, withSubtle } from './without-subtle.ts'

const { Point } = ed25519
const L = Point.Fn.ORDER
const p = Point.Fp.ORDER

/** RFC 8032 section 7.1: seed, public key, message, signature. */
const vectors = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
  [
    '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
    'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
  ],
].map((row) => row.map(hex)) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array][]

const join = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]))
const le = (value: bigint): Uint8Array => numberToBytesLE(value, 32)
const challenge = (R: Uint8Array, A: Uint8Array, data: Uint8Array): bigint =>
  Point.Fn.create(bytesToNumberLE(sha512(join(R, A, data))))
/** The same y, with the sign of x turned. */
const turned = (bytes: Uint8Array): Uint8Array => bytes.map((octet, i) => (i === 31 ? octet ^ 0x80 : octet))

/** A point of order 8, which generates all of small order. */
const torsion = Point.fromBytes(hex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'))
const smallOrder = Array.from({ length: 8 }, (_, i) => torsion.multiplyUnsafe(BigInt(i)))

const seed = vectors[0]![0]
const { scalar, point: honest } = ed25519.utils.getExtendedPublicKey(seed)
const data = utf8('message')

async function verdict(A: Uint8Array, signature: Uint8Array, message: Uint8Array = data): Promise<boolean> {
  return (await prepareEd25519Verify(A))(signature, message)
}

for (const [name, run] of paths) {
  describe(`Ed25519 ${name}`, () => {
    it('makes and takes the signatures of RFC 8032', () =>
      run(async () => {
        for (const [secret, publicKey, message, signature] of vectors) {
          assert.deepEqual(ed25519PublicKey(secret), publicKey)
          assert.deepEqual(await (await prepareEd25519Sign(secret))(message), signature)
          const verify = await prepareEd25519Verify(publicKey)
          assert.equal(await verify(signature, message), true)
          assert.equal(await verify(signature, join(message, Uint8Array.of(0))), false)
          for (const at of [0, 31, 32, 63]) {
            const flipped = signature.map((octet, i) => (i === at ? octet ^ 1 : octet))
            assert.equal(await verify(flipped, message), false)
          }
          assert.equal(await verify(signature.subarray(0, 63), message), false)
          assert.equal(await verify(join(signature, Uint8Array.of(0)), message), false)
          assert.equal(await verify(new Uint8Array(0), message), false)
        }
      }))

    it('generates keys that sign', () =>
      run(async () => {
        const { seed: fresh, publicKey } = await generateEd25519()
        assert.equal(fresh.length, 32)
        assert.deepEqual(ed25519PublicKey(fresh), publicKey)
        assert.notDeepEqual((await generateEd25519()).seed, fresh)
        const fixed = await generateEd25519((length) => seed.slice(0, length))
        assert.deepEqual(fixed, { seed, publicKey: vectors[0]![1] })
      }))

    it('proves that a seed gives a public key', () =>
      run(async () => {
        const A = honest.toBytes()
        assert.equal(await checkEd25519(seed, A), true)
        assert.equal(await checkEd25519(seed, vectors[1]![1]), false)
        assert.equal(await checkEd25519(vectors[1]![0], A), false)
        assert.equal(await checkEd25519(seed, turned(A)), false)
        for (const small of smallOrder) {
          assert.equal(await checkEd25519(seed, small.toBytes()), false)
          if (!small.is0()) assert.equal(await checkEd25519(seed, honest.add(small).toBytes()), false)
        }
        assert.equal(await checkEd25519(seed, A.subarray(0, 31)), false)
      }))

    it('refuses S >= L', () =>
      run(async () => {
        const signature = vectors[0]![3]
        const S = bytesToNumberLE(signature.subarray(32))
        for (const more of [S + L, S + 2n * L, S + 14n * L, L, (1n << 256n) - 1n]) {
          assert.equal(
            await verdict(vectors[0]![1], join(signature.subarray(0, 32), le(more)), new Uint8Array(0)),
            false,
          )
        }
      }))

    it('refuses a public key of small order, where the equation holds', () =>
      run(async () => {
        for (const small of smallOrder) {
          for (const A of [small.toBytes(), turned(small.toBytes())]) {
            // R = S·B − k·A for each value that k·A can take: one of the eight satisfies the equation, if A decodes.
            for (const kA of smallOrder) {
              const R = Point.BASE.multiply(5n).subtract(kA).toBytes()
              assert.equal(await verdict(A, join(R, le(5n))), false)
            }
            assert.equal(await verdict(A, join(Point.ZERO.toBytes(), le(0n))), false)
          }
        }
      }))

    it('refuses an R of small order, where the equation holds', () =>
      run(async () => {
        const A = honest.toBytes()
        for (const small of smallOrder) {
          for (const R of [small.toBytes(), turned(small.toBytes())]) {
            const S = Point.Fn.create(challenge(R, A, data) * scalar)
            assert.equal(await verdict(A, join(R, le(S))), false)
          }
        }
        // Without the refusal, R = 0 would pass: S·B − k·A is the neutral point.
        const k = challenge(Point.ZERO.toBytes(), A, data)
        assert.ok(
          Point.BASE.multiply(Point.Fn.create(k * scalar))
            .subtract(honest.multiply(k))
            .is0(),
        )
      }))

    it('refuses A and R that are not canonical', () =>
      run(async () => {
        const good = await (await prepareEd25519Sign(seed))(data)
        for (let y = p; y < 1n << 255n; y++) {
          for (const sign of [0n, 1n << 255n]) {
            const bytes = le(y | sign)
            assert.equal(await verdict(bytes, good), false)
            assert.equal(await verdict(bytes, join(bytes, le(0n))), false)
            const S = Point.Fn.create(challenge(bytes, honest.toBytes(), data) * scalar)
            assert.equal(await verdict(honest.toBytes(), join(bytes, le(S))), false)
          }
        }
      }))

    it('takes the equation without cofactor under a mixed-order key', () =>
      run(async () => {
        for (const small of smallOrder.slice(1)) {
          const A = honest.add(small).toBytes()
          const r = 1234567n
          const R = Point.BASE.multiply(r).toBytes()
          let taken = 0
          for (let i = 0; i < 24; i++) {
            const message = Uint8Array.of(i)
            const k = challenge(R, A, message)
            const signature = join(R, le(Point.Fn.create(r + k * scalar)))
            const expected = small.multiplyUnsafe(k % 8n).is0()
            if (expected) taken++
            assert.equal(await verdict(A, signature, message), expected)
            assert.equal(ed25519.verify(signature, message, A, { zip215: false }), true, 'noble multiplies it in')
          }
          assert.ok(taken < 24)
        }
      }))

    it('refuses a mixed-order R', () =>
      run(async () => {
        for (const small of smallOrder.slice(1)) {
          const A = honest.toBytes()
          const R = Point.BASE.multiply(99n).add(small).toBytes()
          const S = Point.Fn.create(99n + challenge(R, A, data) * scalar)
          assert.equal(await verdict(A, join(R, le(S))), false)
        }
      }))

    it('says no, not an error, to a key off the curve or of another length', () =>
      run(async () => {
        const good = vectors[0]![3]
        let off = 0
        for (let y = 2n; y < 40n; y++) {
          let on = true
          try {
            Point.fromBytes(le(y))
          } catch {
            on = false
            off++
          }
          assert.equal(await verdict(le(y), good), false, `y = ${y}, ${on ? 'on' : 'off'} the curve`)
        }
        assert.ok(off > 5)
        assert.equal(await verdict(new Uint8Array(31), good), false)
        assert.equal(await verdict(new Uint8Array(33), good), false)
      }))

    it('takes keys and R that only begin like a refused one', () =>
      run(async () => {
        const wanted = new Set([0, 1, 0x26, 0xc7, 0xec, 0xed, 0xff])
        for (let i = 0; i < 5000 && wanted.size; i++) {
          const message = Uint8Array.of(i >> 8, i)
          const signature = ed25519.sign(message, seed)
          if (!wanted.delete(signature[0]!)) continue
          assert.equal(await verdict(honest.toBytes(), signature, message), true)
        }
        assert.equal(wanted.size, 0)
        let key = honest
        for (const first of [0, 1, 0x26, 0xc7, 0xec, 0xed, 0xff]) wanted.add(first)
        for (let i = 1n; wanted.size; i++) {
          key = key.add(Point.BASE)
          const A = key.toBytes()
          if (!wanted.delete(A[0]!)) continue
          const R = Point.BASE.multiply(7n).toBytes()
          const S = Point.Fn.create(7n + challenge(R, A, data) * (scalar + i))
          assert.equal(await verdict(A, join(R, le(S))), true)
        }
      }))
  })
}

describe('Ed25519 with a WebCrypto that fails', () => {
  const failing = async (): Promise<never> => {
    throw new Error('not here')
  }
  it('falls back where keys are refused, and where only the work is', async () => {
    for (const importKey of [failing, async () => ({})]) {
      await withSubtle({ importKey, verify: failing, generateKey: failing }, async () => {
        const [, publicKey, message, signature] = vectors[2]!
        const verify = await prepareEd25519Verify(publicKey)
        assert.equal(await verify(signature, message), true)
        assert.equal(await verify(signature, data), false)
        assert.equal((await generateEd25519()).seed.length, 32)
      })
    }
    await withSubtle({ importKey: failing }, async () => {
      const [secret, publicKey, message, signature] = vectors[2]!
      assert.deepEqual(await (await prepareEd25519Sign(secret))(message), signature)
      assert.equal(await checkEd25519(secret, publicKey), true)
    })
    await withSubtle({ importKey: async () => ({}), sign: failing }, async () => {
      const sign = await prepareEd25519Sign(seed)
      await assert.rejects(sign(data), { name: 'SignerError', code: 'signer-failed' })
    })
  })
})
