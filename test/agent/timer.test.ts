import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createTimer } from '../../src/agent/timer.ts'

const turn = (): Promise<void> => new Promise((done) => setTimeout(done, 0))

/** Runs with the platform's two clocks in hand. */
async function withClocks(work: (clocks: { wall: number; steady: number }) => Promise<void>): Promise<void> {
  const clocks = { wall: 1e12, steady: 5 }
  const { now: wall } = Date
  const steady = Object.getOwnPropertyDescriptor(performance, 'now')
  Date.now = () => clocks.wall
  Object.defineProperty(performance, 'now', { configurable: true, writable: true, value: () => clocks.steady })
  try {
    await work(clocks)
  } finally {
    Date.now = wall
    if (steady) Object.defineProperty(performance, 'now', steady)
    else delete (performance as { now?: unknown }).now
  }
}

describe('timer', () => {
  it('follows the steady clock, and the wall where the machine has slept', () =>
    withClocks(async (clocks) => {
      const timer = createTimer(undefined, () => {})
      assert.equal(timer.now(), 0)
      clocks.steady += 400
      assert.equal(timer.now(), 400)
      // Rounding of the wall's clock does not add up.
      for (let i = 0; i < 10; i++) {
        clocks.steady += 0.1
        clocks.wall += i === 9 ? 401 : 0
        timer.now()
      }
      assert.equal(Math.round(timer.now()), 401)
      clocks.wall += 3_600_000
      clocks.steady += 10
      assert.equal(Math.round(timer.now()), 3_600_401)
      clocks.wall -= 7_200_000
      clocks.steady += 10
      assert.equal(Math.round(timer.now()), 3_600_411)
    }))

  it('rings once at its time, and not where it was set otherwise', async () => {
    let rung = 0
    const timer = createTimer(
      () => 0,
      () => rung++,
    )
    timer.set(0)
    while (!rung) await turn()
    assert.deepEqual([rung, timer.at], [1, 0])
    timer.set(5)
    timer.set(Infinity)
    for (let i = 0; i < 20; i++) await turn()
    assert.equal(rung, 1)
    timer.set(0)
    while (rung < 2) await turn()
  })

  it('does not ring at once where the time is further than platforms can wait', async () => {
    let rung = 0
    const timer = createTimer(undefined, () => rung++)
    timer.set(2 ** 40)
    for (let i = 0; i < 20; i++) await turn()
    timer.set(Infinity)
    assert.equal(rung, 0)
  })
})
