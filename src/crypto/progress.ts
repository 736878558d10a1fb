/**
 * What long work (a KDF, an RSA key) shares: progress, abort, and a pause that lets the event loop run.
 *
 * The types are structural, so that the core compiles without DOM or Node types.
 */

declare const setTimeout: (callback: () => void, ms: number) => unknown
declare const setInterval: (callback: () => void, ms: number) => unknown
declare const clearInterval: (timer: unknown) => void

/** Milliseconds between two reports of work that tells no progress. */
export const HEARTBEAT_MS = 250

/** The part of the platform's `AbortSignal` that this library uses; a real one is assignable. */
export interface AbortSignalLike {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** How far a long piece of work has come. */
export interface Progress {
  /** What runs: a KDF by its name, or the search for an `rsa` key. */
  readonly work: 'argon2' | 'bcrypt' | 'pbkdf2' | 'rsa' | 'scrypt'
  /** Rounds done for a KDF (all blocks together; KiB filled for Argon2); milliseconds since the start for an RSA key. */
  readonly done: number
  /** Rounds in all; absent where nobody can know. */
  readonly total?: number
}

/** Options of every function whose work may last. */
export interface WorkOptions {
  /** Called now and then with the progress; what it throws ends the work. */
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** Ends the work; the promise is then rejected with `signal.reason`. */
  readonly signal?: AbortSignalLike | undefined
}

/**
 * Throws `signal.reason` where the signal is aborted.
 *
 * @example
 * ```ts
 * import { throwIfAborted } from 'hawser/crypto'
 *
 * const { signal } = new AbortController()
 * throwIfAborted(signal)
 * try {
 *   throwIfAborted(AbortSignal.abort('too late'))
 * } catch (reason) {
 *   console.log(reason) // too late
 * }
 * ```
 */
export function throwIfAborted(signal: AbortSignalLike | undefined): void {
  if (signal?.aborted) throw signal.reason
}

/**
 * Waits for work that cannot be stopped: rejects as soon as the signal is aborted, or `beat`, called four times a second,
 * throws; the result is then dropped.
 */
export function watched<T>(work: Promise<T>, signal: AbortSignalLike | undefined, beat?: () => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => settle(() => reject(signal?.reason))
    const tick = (): void => {
      try {
        beat?.()
      } catch (thrown) {
        settle(() => reject(thrown))
      }
    }
    const timer = beat && setInterval(tick, HEARTBEAT_MS)
    const settle = (how: () => void): void => {
      if (beat) clearInterval(timer)
      signal?.removeEventListener('abort', abort)
      how()
    }
    signal?.addEventListener('abort', abort, { once: true })
    work.then(
      (value) => settle(() => resolve(value)),
      (thrown) => settle(() => reject(thrown)),
    )
  })
}

/** Resolves after one macrotask, so that timers and I/O run; rejects with the reason where the signal is aborted then. */
export async function pause(signal?: AbortSignalLike): Promise<void> {
  // A timer, because a resolved promise alone runs before any I/O does.
  await new Promise<void>((resolve) => {
    setTimeout(resolve, 0)
  })
  throwIfAborted(signal)
}
