import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesToBigInt } from '../../src/crypto/bigint.ts'
import type { Progress } from '../../src/crypto/progress.ts'
import {
  checkRsaPrivate,
  generateRsa,
  prepareRsaSign,
  prepareRsaVerify,
  type RsaPrivate,
} from '../../src/crypto/rsa.ts'
import { paths, utf8, withSubtle } from './without-subtle.ts'

/** A generator of the same octets in every run: an xorshift, for tests alone. */
function repeatable(start: number): (length: number) => Uint8Array {
  let state = start
  return (length) =>
    Uint8Array.from({ length }, () => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return state & 0xff
    })
}

async function assertSound(key: RsaPrivate, bits: number): Promise<void> {
  assert.equal(bytesToBigInt(key.n).toString(2).length, bits)
  assert.deepEqual(key.e, Uint8Array.of(1, 0, 1))
  assert.equal(checkRsaPrivate(key), true)
  for (const field of [key.n, key.e, key.d, key.p, key.q, key.iqmp]) assert.notEqual(field[0], 0)
  const signature = await (await prepareRsaSign(key, 'SHA-512'))(utf8('x'))
  assert.equal(await (await prepareRsaVerify(key, 'SHA-512'))(signature, utf8('x')), true)
}

for (const [name, run] of paths) {
  describe(`RSA generation ${name}`, () => {
    it('makes keys of exactly the bits asked for', () =>
      run(async () => {
        for (const bits of [1024, 1025, 1031, 1536, 2048]) await assertSound(await generateRsa(bits), bits)
      }))

    it('refuses other sizes, and a signal that is aborted already', () =>
      run(async () => {
        for (const bits of [1023, 16385, 0]) await assert.rejects(generateRsa(bits), { code: 'limit' })
        await assert.rejects(generateRsa(2048.5), TypeError)
        const reason = new Error('gone')
        await assert.rejects(generateRsa(2048, { signal: AbortSignal.abort(reason) }), reason)
      }))
  })
}

it('makes the same key of the same octets', async () => {
  const one = await generateRsa(1024, { random: repeatable(1) })
  await assertSound(one, 1024)
  assert.deepEqual(await generateRsa(1024, { random: repeatable(1) }), one)
  assert.notDeepEqual(await generateRsa(1024, { random: repeatable(2) }), one)
})

describe('RSA generation by a slow platform', () => {
  /** Its `generateKey` is done when `finish` is called. */
  function slow() {
    let finish = (): void => {}
    const done = new Promise<void>((resolve) => {
      finish = resolve
    })
    const calls = { exported: 0 }
    const platform = {
      generateKey: () => done.then(() => ({ privateKey: {} })),
      async exportKey() {
        calls.exported++
        throw new Error('not extractable')
      },
    }
    return { platform, calls, finish }
  }

  it('has a heartbeat, and computes where the platform gives no key', async () => {
    const { platform, calls, finish } = slow()
    await withSubtle(platform, async () => {
      const beats: Progress[] = []
      const onProgress = (progress: Progress): void => {
        if (beats.push(progress) === 2) finish()
      }
      await assertSound(await generateRsa(1024, { onProgress }), 1024)
      assert.equal(calls.exported, 1)
      for (const { work } of beats) assert.equal(work, 'rsa')
      assert.ok(beats[0]!.done >= 200 && beats[1]!.done >= beats[0]!.done + 100)
    })
  })

  it('is aborted at once, and the result dropped', async () => {
    const { platform, calls, finish } = slow()
    await withSubtle(platform, async () => {
      const controller = new AbortController()
      let beats = 0
      const work = generateRsa(4096, { signal: controller.signal, onProgress: () => beats++ })
      controller.abort('enough')
      await assert.rejects(work, (thrown) => thrown === 'enough')
      finish()
      await new Promise((resolve) => setTimeout(resolve, 400))
      assert.equal(beats, 0)
      assert.equal(calls.exported, 0)
    })
  })

  it('ends with what onProgress throws', async () => {
    await withSubtle(slow().platform, async () => {
      const onProgress = (): never => {
        throw new Error('from the caller')
      }
      await assert.rejects(generateRsa(2048, { onProgress }), /from the caller/)
    })
  })
})

describe('RSA generation in TypeScript', () => {
  it('lets the event loop run, tells progress and can be aborted', () =>
    withSubtle(undefined, async () => {
      const controller = new AbortController()
      let [ticks, beats] = [0, 0]
      const timer = setInterval(() => {
        if (++ticks >= 10 && beats >= 1) controller.abort('enough')
      }, 5)
      try {
        // Some minutes, were it not aborted.
        const work = generateRsa(16384, { signal: controller.signal, onProgress: () => beats++ })
        await assert.rejects(work, (thrown) => thrown === 'enough')
      } finally {
        clearInterval(timer)
      }
      assert.ok(ticks >= 10, `${ticks} ticks`)
      assert.ok(beats >= 1, `${beats} beats`)
    }))
})
