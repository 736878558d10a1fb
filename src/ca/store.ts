/**
 * What an authority remembers between requests: proofs that it has seen, and how often somebody asked. Where several
 * instances serve one URL the caller gives a store that they share (Redis `SET NX EX` and `INCR`, a SQL table).
 */

import { AuthorityError } from '../errors.ts'
import { checkWhole } from '../wire/expect.ts'

/** Short texts under keys, each with its lifetime. What it throws makes the authority refuse (`unavailable`). */
export interface Store {
  /** Whether other instances see the same. */
  readonly scope: 'instance' | 'shared'
  get(key: string): Promise<string | undefined>
  /** Puts it for so many seconds, in one step with the look whether it is there; false where it is. */
  putIfAbsent(key: string, value: string, seconds: number): Promise<boolean>
  /** Counts one up in one step and gives the sum; the first puts it there for so many seconds. */
  count(key: string, seconds: number): Promise<number>
}

/** Of a store in memory. */
export interface MemoryStoreOptions {
  /** Milliseconds, as `Date.now`. */
  readonly clock?: (() => number) | undefined
  /** Most entries; 500,000 where not given, some 150 octets each. */
  readonly maxEntries?: number | undefined
}

/**
 * A store for one process. Nothing is forgotten before its time: when it is full, what is new is refused
 * (`AuthorityError` `unavailable`). Its time never runs backwards.
 *
 * @example
 * ```ts
 * import { memoryStore } from 'hawser/ca'
 *
 * const store = memoryStore()
 * console.log(await store.putIfAbsent('seen', '1', 60)) // true
 * console.log(await store.putIfAbsent('seen', '1', 60)) // false
 * console.log(await store.count('asked', 60), await store.count('asked', 60)) // 1 2
 * ```
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  const { clock = Date.now, maxEntries = 500_000 } = options
  checkWhole('maxEntries', maxEntries, 1)
  const entries = new Map<string, string | number>()
  /** Keys by the second in which they end. */
  const ends = new Map<number, string[]>()
  let now = 0
  const sweep = (): void => {
    const second = Math.floor(clock() / 1000)
    if (!(second > now)) return
    now = second
    for (const [end, keys] of ends) {
      if (end > now) continue
      for (const key of keys) entries.delete(key)
      ends.delete(end)
    }
  }
  const put = (key: string, value: string | number, seconds: number): void => {
    if (entries.size >= maxEntries) throw new AuthorityError('unavailable', 'the store is full')
    // One more: of the current second only the end is left.
    const end = now + Math.ceil(seconds) + 1
    entries.set(key, value)
    const keys = ends.get(end)
    if (keys) keys.push(key)
    else ends.set(end, [key])
  }
  return {
    scope: 'instance',
    async get(key) {
      sweep()
      const value = entries.get(key)
      return value === undefined ? undefined : String(value)
    },
    async putIfAbsent(key, value, seconds) {
      sweep()
      if (entries.has(key)) return false
      put(key, value, seconds)
      return true
    },
    async count(key, seconds) {
      sweep()
      const before = entries.get(key)
      if (before === undefined) put(key, 1, seconds)
      else entries.set(key, Number(before) + 1)
      return Number(before ?? 0) + 1
    },
  }
}
