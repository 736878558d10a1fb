/** Work that several ask for at the same time is done once, with a deadline, and ends when nobody waits for it. */

import { type AbortSignalLike, throwIfAborted, watched } from '../crypto/progress.ts'
import { AuthorityError } from '../errors.ts'

declare const AbortController: new () => { readonly signal: AbortSignalLike; abort(reason?: unknown): void }
declare const setTimeout: (callback: () => void, ms: number) => unknown
declare const clearTimeout: (timer: unknown) => void

/** Runs `work` for `ms` milliseconds at most; then it is rejected with what `late` gives, else with the signal's reason. */
export async function withDeadline<T>(
  ms: number,
  signal: AbortSignalLike | undefined,
  late: () => unknown,
  work: (signal: AbortSignalLike) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal)
  const controller = new AbortController()
  const abort = (): void => controller.abort(signal?.reason)
  const timer = setTimeout(() => controller.abort(late()), ms)
  signal?.addEventListener('abort', abort, { once: true })
  try {
    return await watched(work(controller.signal), controller.signal)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

/** Waits. Rejects with the signal's reason. */
export async function pause(ms: number, signal: AbortSignalLike | undefined): Promise<void> {
  throwIfAborted(signal)
  let timer: unknown
  const slept = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  return watched(slept, signal).finally(() => clearTimeout(timer))
}

/** One run of `work` for all who ask while it lasts. It is aborted when the last of them has given up. */
export function singleFlight<T>(
  work: (signal: AbortSignalLike) => Promise<T>,
): (signal?: AbortSignalLike | undefined) => Promise<T> {
  let flight: { readonly result: Promise<T>; readonly abort: (reason: unknown) => void; waiting: number } | undefined

  function start(): NonNullable<typeof flight> {
    const controller = new AbortController()
    const result = (async () => work(controller.signal))()
    const made = { result, abort: (reason: unknown) => controller.abort(reason), waiting: 0 }
    const over = (): void => {
      if (flight === made) flight = undefined
    }
    result.then(over, over)
    return made
  }

  return async (signal) => {
    throwIfAborted(signal)
    flight ??= start()
    const mine = flight
    mine.waiting++
    try {
      return await watched(mine.result, signal)
    } finally {
      mine.waiting--
      if (mine.waiting === 0 && flight === mine) {
        flight = undefined
        mine.abort(new AuthorityError('login-failed', 'nobody waits for it any more'))
      }
    }
  }
}
