import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AbortSignalLike, pause, throwIfAborted } from '../../src/crypto/progress.ts'

test('a real AbortSignal serves, and its reason is thrown', () => {
  const controller = new AbortController()
  const signal: AbortSignalLike = controller.signal
  throwIfAborted(undefined)
  throwIfAborted(signal)
  const reason = { any: 'thing' }
  controller.abort(reason)
  assert.throws(
    () => throwIfAborted(signal),
    (error) => error === reason,
  )
})

test('a pause lets timers run that were due before it', async () => {
  let ran = false
  setTimeout(() => {
    ran = true
  }, 0)
  await pause()
  assert.equal(ran, true)
})
