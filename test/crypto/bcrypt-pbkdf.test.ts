import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bcryptPbkdf } from '../../src/crypto/bcrypt-pbkdf.ts'
import type { Progress } from '../../src/crypto/progress.ts'
import { hex, unhex, utf8 } from './octets.ts'

const salt = Uint8Array.from({ length: 16 }, (_, i) => i)

// OpenBSD regress/lib/libutil/bcrypt_pbkdf, confirmed with pyca/bcrypt 5.0.0: rounds, passphrase, salt, output.
const openbsd = [
  [4, utf8('password'), utf8('salt'), '5bbf0cc293587f1c3635555c27796598d47e579071bf427e9d8fbe842aba34d9'],
  [4, utf8('password'), utf8('\0'), 'c12b566235eee04c212598970a579a67'],
  [4, utf8('\0'), utf8('salt'), '6051be18c2f4f82cbf0efee5471b4bb9'],
  [4, utf8('password\0'), utf8('salt\0'), '7410e44cf4fa07bfaac8a928b1727fac001375e7bf7384370f48efd121743050'],
  [4, utf8('pass\0wor'), utf8('sa\0l'), 'c2bffd9db38f6569efef4372f4de83c0'],
  [4, utf8('pass\0word'), utf8('sa\0lt'), '4ba4ac3925c0e8d7f0cdb6bb1684a56f'],
  [
    8,
    utf8('password'),
    utf8('salt'),
    'e1367ec5151a33faac4cc1c144cd23fa15d5548493ecc99b9b5d9c0d3b27bec76227ea66088b849b20ab7aa478010246e74bba51723fefa9f9474d6508845e8d',
  ],
  [42, utf8('password'), utf8('salt'), '833cf0dcf56db65608e8f0dc0ce882bd'],
  [
    8,
    unhex('0db3ac94b3ee53284f4a22893b3c24ae'),
    unhex('3a62f0f0dbcef823cfcc854856ea1028'),
    '2054b9fff34e3721440334746828e9ed38de4b72e0a69adc170a13b5e8d646385ea4034ae6d26600ee2332c5ed40ad557c86e3403fbb30e4e1dc1ae06b99a071' +
      '368f518d2c426651c9e7e437fd6c915b1bbfc3a4cea71491490ea7afb7dd0290a678a4f441128db1792eab2776b21eb4238e0715add4127dff44e4b3e4cc4c4f' +
      '9970083f3f74bd698873fdf648844f75c9bf7f9e0c4d9e5d89a7783997492966616707611cb901de31a19726b6e08c3a8001661f2d5c9dcc33b4aa072f90dd0b' +
      '3f548d5eeba4211397e2fb062e526e1d68f46a4ce256185b4badc2685fbe78e1c7657b59f83ab9ab80cf9318d6add1f5933f12d6f36182c8e8115f68030a1244',
  ],
] as const

// pyca/bcrypt 5.0.0, two rounds: lengths on both sides of a block, of a pair of blocks, and with an odd block left over.
const lengths = [
  '74',
  '7470dc3c2ef54d0f8d7eda87c66af4a1fa53315ce881c79d220330571f1e48',
  '74a47008dc833cc92e2cf5a64ded0f288dc57ecada9e87e7c6a96a3df4e2a10cfa',
  '74a47008dc833cc92e2cf5a64ded0f288dc57ecada9e87e7c6a96a3df4e2a10cfa71538e31665c35e817812b',
  '74a47008dc833cc92e2cf5a64ded0f288dc57ecada9e87e7c6a96a3df4e2a10cfa71538e31665c35e817812bc7399d6c',
  '74a45270086ddc83923cc9332e2c6ff5a6f94dedd60f28d78dc5b57eca6ada9e1187e79fc6a97d6a3d74f4e202a10cc0fa710d538e273166c05c351ee817cf812b',
  '74a4527670086d50dc8392933cc933072e2c6f5af5a6f9424dedd61d0f28d7ad8dc5b5467eca6a8bda9e110487e79f7ec6a97dd76a3d7435f4e2023da10cc0c1fa710db0538e27dc3166c0265c351ef8e817cfb7812b0113c739fe8e9d6c4d6c2230b3be',
]

describe('bcrypt_pbkdf', () => {
  for (const [rounds, passphrase, its, expected] of openbsd) {
    it(`gives OpenBSD's output for ${rounds} rounds, ${expected.length / 2} octets`, async () => {
      assert.equal(hex(await bcryptPbkdf(passphrase, its, expected.length / 2, rounds)), expected)
    })
  }

  it('deals the octets of all blocks out in turn, for every kind of length', async () => {
    for (const expected of lengths) {
      assert.equal(hex(await bcryptPbkdf(utf8('pässword'), salt, expected.length / 2, 2)), expected)
    }
  })

  it('lets timers run and tells its progress', async () => {
    let ticks = 0
    const ticking = setInterval(() => {
      ticks++
    }, 1)
    const told: Progress[] = []
    await bcryptPbkdf(utf8('p'), salt, 48, 33, { onProgress: (progress) => told.push(progress) })
    clearInterval(ticking)
    assert.ok(ticks >= 3, `the timer ran ${ticks} times`)
    assert.deepEqual(
      told,
      [16, 32, 48, 64, 66].map((done) => ({ work: 'bcrypt', done, total: 66 })),
    )
    told.length = 0
    await bcryptPbkdf(utf8('p'), salt, 96, 4, { onProgress: (progress) => told.push(progress) })
    assert.deepEqual(told, [{ work: 'bcrypt', done: 12, total: 12 }])
  })

  it('ends at once with the reason of an abort', async () => {
    const reason = new Error('no longer wanted')
    const controller = new AbortController()
    let last = 0
    const onProgress = ({ done }: Progress): void => {
      last = done
    }
    // Due before the first pause: the work starts within the call.
    setTimeout(() => controller.abort(reason), 0)
    const running = bcryptPbkdf(utf8('p'), salt, 48, 100000, { signal: controller.signal, onProgress })
    await assert.rejects(running, (error) => error === reason)
    assert.equal(last, 16)
    await assert.rejects(
      bcryptPbkdf(utf8('p'), salt, 48, 100000, { signal: controller.signal }),
      (error) => error === reason,
    )
    const failing = new Error('from the listener')
    const onFailing = (): void => {
      throw failing
    }
    await assert.rejects(
      bcryptPbkdf(utf8('p'), salt, 48, 1000, { onProgress: onFailing }),
      (error) => error === failing,
    )
  })

  it('keeps two derivations apart that run at the same time, and does not see later changes of its input', async () => {
    const passphrase = utf8('password')
    const its = utf8('salt')
    const alone = await bcryptPbkdf(utf8('password'), utf8('salt'), 80, 9)
    const both = Promise.all([bcryptPbkdf(passphrase, its, 80, 9), bcryptPbkdf(utf8('other'), salt, 32, 20)])
    passphrase.fill(0)
    its.fill(0)
    const [first, second] = await both
    assert.deepEqual(first, alone)
    assert.deepEqual(second, await bcryptPbkdf(utf8('other'), salt, 32, 20))
  })

  it('refuses what OpenBSD refuses', async () => {
    const none = new Uint8Array(0)
    await assert.rejects(bcryptPbkdf(none, salt, 32, 1), TypeError)
    await assert.rejects(bcryptPbkdf(utf8('p'), none, 32, 1), TypeError)
    for (const length of [0, -1, 1.5, 1025, Number.NaN]) {
      await assert.rejects(bcryptPbkdf(utf8('p'), salt, length, 1), TypeError)
    }
    for (const rounds of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      await assert.rejects(bcryptPbkdf(utf8('p'), salt, 32, rounds), TypeError)
    }
  })
})
