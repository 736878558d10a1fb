import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Pbkdf2Hash, pbkdf2 } from '../../src/crypto/pbkdf2.ts'
import { toHex, utf8 } from '../support/bytes.ts'
import { paths } from './without-subtle.ts'

const PYTHON = {
  sha224: '8327fbcd5f4a6e46fbd11cb77110f89ead182135513e740f5d8e49580d4a0b77ea02ce879a569f85',
  sha384:
    'c4c1092370f7f582f5a165d1a552e232dbe1ac5bac4f74a99a8a2c348c8df0116d08be1ce1dd3cce5b1e269313c8ba76996283c9d31abf1df0bd9161',
  sha512:
    'abc073be888c36bf213a3b669e2bc892ee18f6c6444de3b921b4f345164bdc414ad35e670d3a35232dcddb8b26c5b34f852889370fd03762771989ba8b42b7765e1fbf2f67db',
}

describe('PBKDF2', () => {
  for (const [name, run] of paths) {
    it(`gives the octets of RFC 6070, RFC 7914 and Python, ${name}`, async () => {
      const cases: readonly (readonly [Pbkdf2Hash, string, string, number, number, string])[] = [
        ['sha1', 'password', 'salt', 1, 20, '0c60c80f961f0e71f3a9b524af6012062fe037a6'],
        ['sha1', 'password', 'salt', 4096, 20, '4b007901b765489abead49d926f721d065a429c1'],
        ['sha1', 'pass\0word', 'sa\0lt', 4096, 16, '56fa6aa75548099dcc37d7f03425e0c3'],
        [
          'sha256',
          'passwd',
          'salt',
          1,
          64,
          '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783',
        ],
        // Python 3.11, hashlib.pbkdf2_hmac
        ['sha224', 'password', 'salt', 5, 40, PYTHON.sha224],
        ['sha384', 'password', 'salt', 5, 60, PYTHON.sha384],
        ['sha512', 'password', 'salt', 5, 70, PYTHON.sha512],
      ]
      for (const [hash, passphrase, salt, rounds, length, expected] of cases) {
        const derived = await run(() => pbkdf2(hash, utf8(passphrase), utf8(salt), rounds, length))
        assert.equal(toHex(derived), expected.slice(0, 2 * length), `${hash} ${rounds}`)
      }
    })

    it(`reports its end, and stops at once when it is aborted, ${name}`, async () => {
      const seen: number[] = []
      const onProgress = ({ done, total }: { done: number; total?: number }): number => seen.push(done / (total ?? 1))
      await run(() => pbkdf2('sha256', utf8('p'), utf8('salt'), 10_000, 64, { onProgress }))
      assert.equal(seen.at(-1), 1)
      assert.deepEqual(
        seen,
        [...seen].sort((a, b) => a - b),
      )
      const reason = new Error('enough')
      const controller = new AbortController()
      const work = run(() => pbkdf2('sha512', utf8('p'), utf8('salt'), 400_000, 64, { signal: controller.signal }))
      setTimeout(() => controller.abort(reason), 20)
      await assert.rejects(work, reason)
      await assert.rejects(
        run(() => pbkdf2('sha256', utf8('p'), utf8('s'), 1, 1, { signal: AbortSignal.abort(reason) })),
        reason,
      )
    })
  }

  it('takes whole numbers alone', async () => {
    for (const [rounds, length] of [
      [0, 1],
      [1.5, 1],
      [1, 0],
      [1, Number.NaN],
    ] as const) {
      await assert.rejects(pbkdf2('sha1', utf8('p'), utf8('s'), rounds, length), TypeError)
    }
  })
})
