import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { sha3_256 } from '@noble/hashes/sha3.js'
import { mlDsa44PublicKey, prepareMlDsa44Sign, prepareMlDsa44Verify } from '../../src/crypto/ml-dsa.ts'
import { flipped, repeatable, toHex } from '../support/bytes.ts'
import { hex, paths, utf8, withSubtle } from './without-subtle.ts'

const data = utf8('sample')
const context = utf8('a context')
const none = new Uint8Array(0)
const seed = repeatable(5)(32)
const publicKey = await mlDsa44PublicKey(seed)

interface KnownAnswer {
  readonly key_generation_seed: string
  readonly sha3_256_hash_of_verification_key: string
  readonly message: string
  readonly signing_randomness: string
  readonly sha3_256_hash_of_signature: string
}

/** The first of the known answers below, so that one is always here. */
const first: KnownAnswer = {
  key_generation_seed: '7c9935a0b07694aa0c6d10e4db6b1add2fd81a25ccb148032dcd739936737f2d',
  sha3_256_hash_of_verification_key: '42e51c8ab5de8df35bd209e57656e1e83f41a6c90fa10bc71b95c4f4f2c70a2c',
  message: 'd81c4d8d734fcbfbeade3d3f8a039faa2a2c9957e835ad55b22e75bf57bb556ac8',
  signing_randomness: '8626ed79d451140800e03b59b956f8210e556067407d13dc90fa9e8b872bfb8f',
  sha3_256_hash_of_signature: 'e50bfc6f185ce042313ce4eeb98c3c8fa62c3ddd18917997a104dea224186a3a',
}

/** NIST's known answers as OpenSSH carries them. */
const shared = new URL('../../../shared/vectors/fetched/openssh/crypto/nistkats-44.json', import.meta.url)

describe('ML-DSA-44', () => {
  it('gives the known answers', async () => {
    const all = existsSync(shared) ? (JSON.parse(readFileSync(shared, 'utf8')) as KnownAnswer[]) : [first]
    if (all.length === 1) console.log(`NOT TESTED: all known answers but one: ${shared.pathname} is not here`)
    for (const known of [first, ...all.slice(0, 20)]) {
      const its = hex(known.key_generation_seed)
      const key = await mlDsa44PublicKey(its)
      assert.equal(toHex(sha3_256(key)), known.sha3_256_hash_of_verification_key)
      const hedge = hex(known.signing_randomness)
      const sign = await prepareMlDsa44Sign(its, none, (length) => hedge.slice(0, length))
      const signature = await sign(hex(known.message))
      assert.equal(toHex(sha3_256(signature)), known.sha3_256_hash_of_signature)
      const verify = await prepareMlDsa44Verify(key, none)
      assert.equal(await verify(signature, hex(known.message)), true)
    }
  })

  for (const [name, run] of paths) {
    describe(name, () => {
      it('signs what every path verifies, under its context alone', () =>
        run(async () => {
          const signature = await (await prepareMlDsa44Sign(seed, context))(data)
          assert.equal(signature.length, 2420)
          for (const [, other] of paths) {
            await other(async () => {
              assert.equal(await (await prepareMlDsa44Verify(publicKey, context))(signature, data), true)
              assert.equal(await (await prepareMlDsa44Verify(publicKey, none))(signature, data), false)
              assert.equal(await (await prepareMlDsa44Verify(publicKey, utf8('another')))(signature, data), false)
              assert.equal(await (await prepareMlDsa44Verify(publicKey, context))(signature, utf8('x')), false)
            })
          }
        }))

      it('is hedged: two signatures differ', () =>
        run(async () => {
          const sign = await prepareMlDsa44Sign(seed, context)
          assert.notDeepEqual(await sign(data), await sign(data))
        }))

      it('refuses flipped bits and other lengths', () =>
        run(async () => {
          const sign = await prepareMlDsa44Sign(seed, context, repeatable(9))
          const signature = await sign(data)
          const verify = await prepareMlDsa44Verify(publicKey, context)
          assert.equal(await verify(signature, data), true)
          for (let bit = 0; bit < 2420 * 8; bit += 811) assert.equal(await verify(flipped(signature, bit), data), false)
          // The hint at the end: unused positions are zero, counts do not go back.
          for (let octet = 2336; octet < 2420; octet += 7) {
            const bad = signature.slice()
            bad[octet] = 255
            assert.equal(await verify(bad, data), false)
          }
          for (const length of [0, 2419]) assert.equal(await verify(signature.subarray(0, length), data), false)
          assert.equal(await verify(new Uint8Array(2420), data), false)
          const short = await prepareMlDsa44Verify(publicKey.subarray(1), context)
          assert.equal(await short(signature, data), false)
        }))
    })
  }

  it('takes nothing from a platform that does not read the context, or does not take it', async () => {
    const ignorant = {
      importKey: async () => ({}),
      sign: async () => new ArrayBuffer(2420),
      verify: async () => true,
    }
    const refusing = {
      ...ignorant,
      sign: async (parameters: { context: unknown }) => assert.fail(`no context ${parameters.context}`),
      verify: async (parameters: { context: unknown }) => assert.fail(`no context ${parameters.context}`),
    }
    // As Deno 2.9 is.
    const denying = {
      ...refusing,
      verify: async (parameters: { context: unknown }) => parameters.context === undefined,
    }
    for (const platform of [ignorant, refusing, denying]) {
      const [signature, verdict, other] = await withSubtle(platform, async () => {
        const made = await (await prepareMlDsa44Sign(seed, context))(data)
        const verify = await prepareMlDsa44Verify(publicKey, context)
        return [made, await verify(made, data), await verify(made, utf8('x'))] as const
      })
      assert.deepEqual([verdict, other], [true, false])
      assert.equal(await (await prepareMlDsa44Verify(publicKey, context))(signature, data), true)
    }
  })

  it('borrows the seed and changes nothing of it', async () => {
    const own = seed.slice()
    await withSubtle(undefined, async () => (await prepareMlDsa44Sign(own, context))(data))
    assert.deepEqual(own, seed)
  })
})
