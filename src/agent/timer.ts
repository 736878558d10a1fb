/** One alarm over time that does not run backwards, for lifetimes. */

declare const performance: { now(): number } | undefined
declare const setTimeout: (callback: () => void, ms: number) => unknown
declare const clearTimeout: (timer: unknown) => void
declare const Deno: { unrefTimer?(timer: unknown): void } | undefined

/** The longest that platforms wait (HTML, timers: a signed 32-bit integer). */
const LONGEST = 2 ** 31 - 1

/** An alarm. */
export interface Timer {
  /** Milliseconds since it was made. */
  now(): number
  /** When it rings; `Infinity` for never. */
  readonly at: number
  /** Sets when it rings, by `now`. */
  set(at: number): void
}

/** Does not keep the process: not in Node and Bun, nor in Deno, where a timer is a number. */
function release(timer: unknown): void {
  const { unref } = Object(timer) as { unref?(): void }
  if (unref) unref.call(timer)
  else if (typeof Deno !== 'undefined') Deno.unrefTimer?.(timer)
}

/** Milliseconds that the wall's clock must be ahead of the steady one before it counts: a machine that slept. */
const SLEPT = 1000

/**
 * An alarm that calls `ring`, which finds out whether it is time and sets it anew. Time is that of `clock`, or of the
 * platform: its steady clock, which may stand still while a machine sleeps, and the wall's where that is ahead by far
 * (OpenSSH has CLOCK_BOOTTIME, misc.c `monotime`). What is set back does not count.
 */
export function createTimer(clock: (() => number) | undefined, ring: () => void): Timer {
  const wall = clock ?? Date.now
  const both = !clock && typeof performance !== 'undefined'
  const steady = both ? () => performance!.now() : wall
  let [wallBefore, steadyBefore] = [wall(), steady()]
  let elapsed = 0
  let at = Infinity
  let pending: unknown
  const now = (): number => {
    const [wallNow, steadyNow] = [wall(), steady()]
    const [wallStep, step] = [wallNow - wallBefore, steadyNow - steadyBefore]
    elapsed += Math.max(0, wallStep > step + SLEPT ? wallStep : step)
    wallBefore = wallNow
    steadyBefore = steadyNow
    return elapsed
  }
  const wake = (): void => {
    pending = undefined
    ring()
  }
  return {
    now,
    get at() {
      return at
    },
    set(when) {
      if (when === at && pending !== undefined) return
      if (pending !== undefined) clearTimeout(pending)
      at = when
      pending = when < Infinity ? setTimeout(wake, Math.min(Math.max(0, when - now()), LONGEST)) : undefined
      if (pending !== undefined) release(pending)
    },
  }
}
