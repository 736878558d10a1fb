import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { scrypt } from '../../src/crypto/scrypt.ts'
import { toHex, utf8 } from '../support/bytes.ts'

describe('scrypt', () => {
  it('gives the octets of RFC 7914 section 12', async () => {
    for (const [passphrase, salt, N, r, p, start] of [
      ['', '', 16, 1, 1, '77d6576238657b203b19ca42c18a0497'],
      ['password', 'NaCl', 1024, 8, 16, 'fdbabe1c9d3472007856e7190d01e9fe'],
      ['pleaseletmein', 'SodiumChloride', 16384, 8, 1, '7023bdcb3afd7348461c06cd81fd38eb'],
    ] as const) {
      const derived = await scrypt(utf8(passphrase), utf8(salt), { N, r, p }, 64)
      assert.equal(toHex(derived.subarray(0, 16)), start)
      assert.equal(derived.length, 64)
    }
  })

  it('reports progress, lets timers run, and stops when it is aborted', async () => {
    const seen: number[] = []
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const cost = { N: 16384, r: 8, p: 1 }
    await scrypt(utf8('p'), utf8('salt'), cost, 32, { onProgress: ({ done, total }) => seen.push(done / total!) })
    clearInterval(timer)
    assert.ok(ticks > 0)
    assert.equal(seen.at(-1), 1)
    const reason = new Error('enough')
    const controller = new AbortController()
    const work = scrypt(utf8('p'), utf8('salt'), { ...cost, p: 16 }, 32, { signal: controller.signal })
    setTimeout(() => controller.abort(reason), 20)
    await assert.rejects(work, reason)
    await assert.rejects(scrypt(utf8('p'), utf8('s'), cost, 32, { signal: AbortSignal.abort(reason) }), reason)
  })

  it('takes no cost that scrypt has not', async () => {
    for (const cost of [
      { N: 1, r: 8, p: 1 },
      { N: 1000, r: 8, p: 1 },
      { N: 16, r: 0, p: 1 },
      { N: 16, r: 1, p: 0 },
      { N: 16.5, r: 1, p: 1 },
      { N: 2 ** 32, r: 1, p: 1 },
    ]) {
      await assert.rejects(scrypt(utf8('p'), utf8('s'), cost, 32), TypeError)
    }
  })
})
