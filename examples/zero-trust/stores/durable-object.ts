/**
 * The store on Cloudflare Workers: Durable Objects with SQLite, of which each key has one, so that a look and a change
 * are one step. Keys are spread over some dozens of objects by their first characters.
 */

import type { Store } from 'hawser/ca'

type Row = Readonly<Record<string, string | number>>

/** What is used of the state of an object. */
interface ObjectState {
  readonly storage: {
    readonly sql: { exec(query: string, ...values: (string | number)[]): { toArray(): Row[] } }
    getAlarm(): Promise<number | null>
    setAlarm(time: number): Promise<void>
  }
}

/** What is used of a binding to a class of objects. */
export interface ObjectNamespace<Id = unknown> {
  idFromName(name: string): Id
  get(id: Id): { fetch(url: string, init: { method: string; body: string }): Promise<Response> }
}

interface Step {
  readonly step: 'get' | 'putIfAbsent' | 'count'
  readonly key: string
  readonly value?: string
  readonly seconds?: number
}

/** Milliseconds between two looks at what is over. */
const SWEEP = 60_000

/** The object. Its class is exported by the worker. */
export class AuthorityStore {
  readonly #storage: ObjectState['storage']

  constructor({ storage }: ObjectState) {
    this.#storage = storage
    storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value TEXT NOT NULL, ends INTEGER NOT NULL)',
    )
  }

  async fetch(request: Request): Promise<Response> {
    const asked = (await request.json()) as Step
    // From here to the answer nothing is waited for but the alarm, so that nobody comes in between.
    const result = this.#answer(asked)
    if ((await this.#storage.getAlarm()) === null) await this.#storage.setAlarm(Date.now() + SWEEP)
    return Response.json({ result })
  }

  #answer({ step, key, value = '', seconds = 0 }: Step): string | number | boolean | null {
    const { sql } = this.#storage
    const now = Date.now()
    sql.exec('DELETE FROM entries WHERE key = ? AND ends <= ?', key, now)
    const found = sql.exec('SELECT value FROM entries WHERE key = ?', key).toArray()[0]?.value
    if (step === 'get') return found ?? null
    if (step === 'putIfAbsent' && found !== undefined) return false
    const sum = step === 'count' ? Number(found ?? 0) + 1 : undefined
    const put = 'INSERT INTO entries VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value'
    sql.exec(put, key, sum === undefined ? value : String(sum), now + seconds * 1000)
    return sum ?? true
  }

  async alarm(): Promise<void> {
    const { sql } = this.#storage
    sql.exec('DELETE FROM entries WHERE ends <= ?', Date.now())
    const left = sql.exec('SELECT 1 FROM entries LIMIT 1').toArray().length
    if (left > 0) await this.#storage.setAlarm(Date.now() + SWEEP)
  }
}

/** A store that all instances of a worker share. */
export function durableObjectStore<Id>(objects: ObjectNamespace<Id>): Store {
  async function ask(asked: Step): Promise<unknown> {
    // `proof:x…`: a kind and the first character of a hash, 64 objects for each kind.
    const name = /^[a-z]+:./.exec(asked.key)?.[0] ?? 'other'
    const object = objects.get(objects.idFromName(name))
    const answer = await object.fetch('https://store/', { method: 'POST', body: JSON.stringify(asked) })
    if (!answer.ok) throw new Error(`the object answers ${answer.status}`)
    return ((await answer.json()) as { result?: unknown }).result
  }
  return {
    scope: 'shared',
    async get(key) {
      const found = await ask({ step: 'get', key })
      return typeof found === 'string' ? found : undefined
    },
    putIfAbsent: async (key, value, seconds) => (await ask({ step: 'putIfAbsent', key, value, seconds })) === true,
    count: async (key, seconds) => Number(await ask({ step: 'count', key, seconds })),
  }
}
