/** Argon2, version 1.3: RFC 9106. The work is noble's; ceilings, pauses, progress and abort are added here. */

import { type Limits, withLimits } from '../limits.ts'
import { aboveLimit, bad } from '../wire/expect.ts'
import { throwIfAborted, type WorkOptions } from './progress.ts'

/** Which Argon2: `Argon2d`, `Argon2i`, or `Argon2id`, the one that RFC 9106 section 4 recommends. */
export type Argon2Variant = 'Argon2d' | 'Argon2i' | 'Argon2id'

/** Parameters of one derivation. */
export interface Argon2Parameters {
  readonly variant: Argon2Variant
  /** KiB, at least eight a lane. */
  readonly memory: number
  readonly passes: number
  /** Lanes. */
  readonly parallelism: number
  /** At least 8 octets. */
  readonly salt: Uint8Array
}

/** Milliseconds between two pauses for the event loop. */
const TICK = 20
/** How often progress is reported, in parts of the whole. */
const REPORTS = 100

/**
 * Judges the costs before anything is allocated. Throws `LimitError` `limit` above a ceiling, `FormatError`
 * `bad-value` for what Argon2 does not take.
 */
export function checkArgon2(parameters: Omit<Argon2Parameters, 'variant'>, partial?: Partial<Limits>): void {
  const limits = withLimits(partial)
  const { memory, passes, parallelism, salt } = parameters
  const costs = [
    ['memory', memory, limits.argon2Memory],
    ['passes', passes, limits.argon2Passes],
    ['parallelism', parallelism, limits.argon2Parallelism],
    ['memory times passes', memory * passes, limits.argon2Work],
  ] as const
  for (const [what, value, ceiling] of costs) {
    if (value > ceiling) throw aboveLimit(`Argon2 ${what}`, ceiling)
    if (!Number.isInteger(value) || value < 1) throw bad(`Argon2 ${what}`, 'at least 1')
  }
  if (memory < 8 * parallelism) throw bad('Argon2 memory', 'at least 8 KiB a lane')
  // RFC 9106 has no least length; its reference implementation (argon2.h, ARGON2_MIN_SALT_LENGTH) and noble have 8.
  if (salt.length < 8) throw bad('Argon2 salt', 'at least 8 octets')
}

/**
 * `length` octets from a passphrase. Pauses for the event loop, reports progress (`argon2`, in KiB filled), and an
 * abort rejects with the signal's reason. Throws as {@link checkArgon2}.
 */
export async function argon2(
  passphrase: Uint8Array,
  parameters: Argon2Parameters,
  length: number,
  options: WorkOptions & { readonly limits?: Partial<Limits> | undefined } = {},
): Promise<Uint8Array> {
  const { signal, onProgress } = options
  checkArgon2(parameters, options.limits)
  const { argon2dAsync, argon2iAsync, argon2idAsync } = await import('@noble/hashes/argon2.js')
  throwIfAborted(signal)
  const { variant, memory, passes, parallelism, salt } = parameters
  const total = memory * passes
  let reported = 0
  const variants = { Argon2d: argon2dAsync, Argon2i: argon2iAsync, Argon2id: argon2idAsync }
  return variants[variant](passphrase, salt, {
    m: memory,
    t: passes,
    p: parallelism,
    dkLen: length,
    asyncTick: TICK,
    // noble stops at 1 GiB by default; the ceiling is ours.
    maxmem: Math.min(memory * 1024, 2 ** 32 - 1),
    onProgress(fraction) {
      // The signal changes only during a pause, but noble tells nobody of its pauses.
      throwIfAborted(signal)
      const part = Math.floor(fraction * REPORTS)
      if (part <= reported) return
      reported = part
      onProgress?.({ work: 'argon2', done: Math.floor(fraction * total), total })
    },
  })
}
