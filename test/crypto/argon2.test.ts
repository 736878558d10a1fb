import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Argon2Parameters, argon2 } from '../../src/crypto/argon2.ts'
import type { Progress } from '../../src/crypto/index.ts'
import { toHex, utf8 } from '../support/bytes.ts'

const small: Argon2Parameters = {
  variant: 'Argon2id',
  memory: 256,
  passes: 2,
  parallelism: 1,
  salt: utf8('somesalt'),
}
const derive = (change: Partial<Argon2Parameters>, limits = {}) =>
  argon2(utf8('password'), { ...small, ...change }, 32, { limits })

describe('Argon2', () => {
  // The reference implementation's own test, phc-winner-argon2 src/test.c, version 0x13.
  it('gives what the reference implementation gives', async () => {
    assert.equal(toHex(await derive({})), '9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe')
    assert.equal(
      toHex(await derive({ variant: 'Argon2i' })),
      '89e9029f4637b295beb027056a7336c414fadd43f6b208645281cb214a56452f',
    )
    assert.equal(
      toHex(await derive({ parallelism: 2 })),
      '6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037',
    )
  })

  it('refuses costs above a ceiling before it allocates', async () => {
    const limit = { name: 'LimitError', code: 'limit' }
    await assert.rejects(derive({ memory: 2 ** 32 - 1 }), limit)
    await assert.rejects(derive({ passes: 2 ** 32 - 1 }), limit)
    await assert.rejects(derive({ parallelism: 65, memory: 1024 }), limit)
    await assert.rejects(derive({ memory: 1 << 18, passes: 17 }), limit)
    await assert.rejects(derive({}, { argon2Memory: 255 }), limit)
    await derive({ parallelism: 65, memory: 520, passes: 1 }, { argon2Parallelism: 65 })
  })

  it('refuses what Argon2 does not take', async () => {
    const bad = { name: 'FormatError', code: 'bad-value' }
    await assert.rejects(derive({ passes: 0 }), bad)
    await assert.rejects(derive({ parallelism: 0 }), bad)
    await assert.rejects(derive({ memory: 15, parallelism: 2 }), bad)
    await assert.rejects(derive({ salt: utf8('7octets') }), bad)
  })

  it('reports progress up to the end and lets the event loop run', async () => {
    const seen: Progress[] = []
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    await argon2(utf8('x'), { ...small, memory: 4096, passes: 4 }, 32, { onProgress: (p) => seen.push(p) })
    clearInterval(timer)
    assert.deepEqual(seen.at(-1), { work: 'argon2', done: 16384, total: 16384 })
    assert.ok(seen.length > 50 && seen.length <= 100)
    assert.ok(ticks > 0)
  })

  it('ends with the reason of an abort', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    setTimeout(() => controller.abort(reason), 5)
    const work = argon2(utf8('x'), { ...small, memory: 8192, passes: 100 }, 32, { signal: controller.signal })
    await assert.rejects(work, reason)
    await assert.rejects(argon2(utf8('x'), small, 32, { signal: AbortSignal.abort(reason) }), reason)
  })
})
