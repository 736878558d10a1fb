/** Waiting for what the caller handed in (a signer, a store, a sink), but not for ever. */

import { AuthorityError } from '../errors.ts'

declare const setTimeout: (callback: () => void, ms: number) => unknown
declare const clearTimeout: (timer: unknown) => void

/** The time of one piece of work whose steps follow one another: one timer for all of them, which costs least. */
export interface Deadline {
  /** What the step gives, or a rejection once the time is over: with what `late` makes, else `unavailable`. */
  wait<T>(what: string, step: () => T | Promise<T>, late?: () => AuthorityError): Promise<T>
  end(): void
}

/** Not all are of this `Promise`: query builders, other realms. */
const isPromise = <T>(value: T | Promise<T>): value is Promise<T> =>
  typeof (value as Partial<Promise<T>> | undefined)?.then === 'function'

/** Starts the time. Its timer keeps the process until `end`. */
export function startDeadline(seconds: number): Deadline {
  let over = false
  let giveUp: (() => void) | undefined
  const timer = setTimeout(() => {
    over = true
    giveUp?.()
  }, seconds * 1000)
  return {
    wait: (what, step, late = () => new AuthorityError('unavailable', `${what}: no answer in time`)) =>
      new Promise((resolve, reject) => {
        if (over) throw late()
        giveUp = () => reject(late())
        // A step that throws rejects; what comes too late is dropped. `resolve` of a promise would be bound to it
        // for ever.
        const result = step()
        if (isPromise(result)) result.then(resolve, reject)
        else resolve(result)
      }),
    end: () => clearTimeout(timer),
  }
}

/** The same for one step. */
export async function within<T>(seconds: number, what: string, step: () => T | Promise<T>): Promise<T> {
  const deadline = startDeadline(seconds)
  try {
    return await deadline.wait(what, step)
  } finally {
    deadline.end()
  }
}
