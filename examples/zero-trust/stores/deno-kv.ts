/** The store on Deno Deploy: Deno KV, whose atomic operations are checked against the version that was read. */

import type { Store } from 'hawser/ca'

interface Entry {
  readonly value: unknown
  readonly versionstamp: string | null
}

interface Atomic {
  check(entry: { readonly key: readonly string[]; readonly versionstamp: string | null }): Atomic
  set(key: readonly string[], value: unknown, options: { readonly expireIn: number }): Atomic
  commit(): Promise<{ readonly ok: boolean }>
}

/** What is used of `Deno.Kv`. */
export interface Kv {
  get(key: readonly string[]): Promise<Entry>
  atomic(): Atomic
}

/** Attempts of one count where many count the same. */
const ATTEMPTS = 50

/** What is put there, with its end: Deno KV may keep an entry for longer than it was told, never for less. */
interface Kept {
  readonly value: string | number
  readonly ends: number
}

export function denoKvStore(kv: Kv): Store {
  const path = (key: string): readonly string[] => ['hawser', key]
  async function look(key: string): Promise<{ readonly kept: Kept | undefined; readonly versionstamp: string | null }> {
    const { value, versionstamp } = await kv.get(path(key))
    const kept = value as Kept | null
    return { kept: kept && kept.ends > Date.now() ? kept : undefined, versionstamp }
  }
  /** Puts it where nobody changed it since the look. */
  async function put(key: string, versionstamp: string | null, kept: Kept): Promise<boolean> {
    const change = kv.atomic().check({ key: path(key), versionstamp })
    const { ok } = await change.set(path(key), kept, { expireIn: Math.max(1, kept.ends - Date.now()) }).commit()
    return ok
  }
  return {
    scope: 'shared',
    async get(key) {
      const { kept } = await look(key)
      return kept && String(kept.value)
    },
    async putIfAbsent(key, value, seconds) {
      const { kept, versionstamp } = await look(key)
      return !kept && (await put(key, versionstamp, { value, ends: Date.now() + seconds * 1000 }))
    },
    async count(key, seconds) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const { kept, versionstamp } = await look(key)
        const sum = Number(kept?.value ?? 0) + 1
        const ends = kept?.ends ?? Date.now() + seconds * 1000
        if (await put(key, versionstamp, { value: sum, ends })) return sum
      }
      throw new Error('too many count the same')
    },
  }
}
