import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  ecdsaP256,
  ecdsaP384,
  ecdsaP521,
  ed25519,
  generatePrivateKey,
  type Progress,
  publicComponents,
  rsa,
} from '../../src/keys/index.ts'
import { repeatable, utf8 } from '../support/bytes.ts'
import { failure } from '../support/keys.ts'

const fixed = [ed25519, ecdsaP256, ecdsaP384, ecdsaP521]
const made = [...fixed, rsa]

describe('generatePrivateKey', () => {
  for (const type of made) {
    it(`${type.alias}: gives a key whose halves go together, with its comment`, async () => {
      const bits = type === rsa ? 2048 : undefined
      const key = await generatePrivateKey(type, { comment: 'me@home', bits })
      assert.equal(key.type, type.name)
      assert.equal(key.comment, 'me@home')
      assert.equal(key.publicKey.comment, 'me@home')
      assert.equal(await type.checkPrivate(key.exposeComponents()), true)
      const size = { [rsa.name]: 2048, [ed25519.name]: 256, [ecdsaP384.name]: 384, [ecdsaP521.name]: 521 }
      assert.equal(type.bits(publicComponents(key.publicKey, type)), size[type.name] ?? 256)
      await key.sign(utf8('x'))
    })
  }

  it('has no comment where none is given, and takes one that is not UTF-8', async () => {
    assert.equal((await generatePrivateKey(ed25519)).comment, '')
    assert.equal((await generatePrivateKey(ed25519, { comment: 'caf\udce9' })).comment, 'caf\udce9')
  })

  it('two keys differ', async () => {
    const [a, b] = [await generatePrivateKey(ed25519), await generatePrivateKey(ed25519)]
    assert.notDeepEqual(a.publicKey.blob, b.publicKey.blob)
  })

  it('a type of one size takes that size and no other', async () => {
    for (const type of fixed) {
      const own = type.bits({})
      assert.equal((await generatePrivateKey(type, { bits: own })).type, type.name)
      await assert.rejects(generatePrivateKey(type, { bits: own + 1 }), TypeError)
      await assert.rejects(generatePrivateKey(type, { bits: 2048 }), TypeError)
    }
  })

  it('RSA takes whole numbers from 1024 to 16384', async () => {
    for (const bits of [0, 1, 512, 1023, 16385, 2048.5, Number.NaN, Number.POSITIVE_INFINITY, -2048]) {
      await assert.rejects(generatePrivateKey(rsa, { bits }), TypeError, `${bits}`)
    }
    await assert.rejects(generatePrivateKey(rsa, { bits: '2048' as unknown as number }), TypeError)
  })

  it('a source of random octets may be handed in, and decides the key', async () => {
    const make = (seed: number) => generatePrivateKey(ed25519, { random: repeatable(seed) })
    const [a, b, c] = [await make(1), await make(1), await make(3)]
    assert.deepEqual(a.publicKey.blob, b.publicKey.blob)
    assert.notDeepEqual(a.publicKey.blob, c.publicKey.blob)
  })

  it('an abort before it starts rejects with the reason, for every type', async () => {
    const reason = new Error('enough')
    for (const type of made) {
      assert.equal(await failure(() => generatePrivateKey(type, { signal: AbortSignal.abort(reason) })), reason)
    }
  })

  it('an abort during RSA rejects at once with the reason', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const pending = failure(() => generatePrivateKey(rsa, { bits: 3072, signal: controller.signal }))
    // Not a timer later: Bun makes the key before any timer runs.
    controller.abort(reason)
    assert.equal(await pending, reason)
  })

  it('RSA reports a heartbeat that never goes back', async () => {
    const seen: Progress[] = []
    const controller = new AbortController()
    const enough = new Error('enough')
    const outcome = await generatePrivateKey(rsa, {
      bits: 4096,
      signal: controller.signal,
      onProgress: (progress) => {
        seen.push(progress)
        if (seen.length === 3) controller.abort(enough)
      },
    }).catch((error: unknown) => error)
    assert.ok(outcome === enough || seen.length < 3)
    assert.ok(seen.every((progress) => progress.work === 'rsa' && progress.done >= 0 && progress.total === undefined))
    assert.ok(seen.every((progress, i) => i === 0 || progress.done >= seen[i - 1]!.done))
  })

  it('what onProgress throws ends the work', async () => {
    const stop = new Error('stop')
    let called = false
    const outcome = await generatePrivateKey(rsa, {
      bits: 4096,
      onProgress: () => {
        called = true
        throw stop
      },
    }).catch((error: unknown) => error)
    // A key may be there before the first heartbeat.
    assert.ok(outcome === stop || !called)
  })
})
