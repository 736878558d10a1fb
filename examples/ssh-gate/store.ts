/**
 * The records, in libSQL: a file, or a remote database by its URL. Its file client refuses a second write transaction at
 * once, and waits for another process by blocking this one. So: one queue of writers in a process, a short wait in the
 * client, and a bounded number of new attempts for what other processes hold.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { type Client, createClient, type InArgs, LibsqlError, type Row, type Transaction } from '@libsql/client'
import { Refusal } from './refusal.ts'
import { steps } from './schema.ts'

/** What reads, inside a transaction or outside of one. */
export interface Reader {
  rows(sql: string, args?: InArgs): Promise<Row[]>
}

/** What also writes: only inside of one. */
export interface Database extends Reader {
  /** How many rows it changed. */
  run(sql: string, args?: InArgs): Promise<number>
}

export interface Store extends Reader {
  /** Runs `work` in one write transaction, after those before it. It may run again from the start, so it only writes here. */
  write<T>(work: (tx: Database) => Promise<T>): Promise<T>
  close(): void
}

export interface StoreOptions {
  /** `file:…`, `libsql://…`, `https://…`. */
  readonly url: string
  readonly authToken?: string | undefined
}

/** The client's own wait stops this whole process, so it is short; what waits on is the new attempts. */
const BUSY_MS = 100
const PATIENCE_MS = 30_000
/** A process that writes on and on would keep others out: SQLite wakes nobody who waits. So each lets go for a moment. */
const LET_GO_MS = 4

const isBusy = (error: unknown): boolean =>
  error instanceof LibsqlError && /^(SQLITE_BUSY|SQLITE_LOCKED|TRANSACTION_ACTIVE)/.test(error.code)

/** Opens the database and brings its tables up to date. */
export async function openStore({ url, authToken }: StoreOptions): Promise<Store> {
  const client = createClient({ url, timeout: BUSY_MS, ...(authToken === undefined ? {} : { authToken }) })
  const store = storeOf(client)
  // Readers then never wait for a writer. A remote database does as it does.
  if (client.protocol === 'file') await retried(() => client.execute('PRAGMA journal_mode = WAL'))
  await store.write(migrate)
  return store
}

function storeOf(client: Client): Store {
  let last: Promise<unknown> = Promise.resolve()
  const on = (executor: Pick<Client, 'execute'>): Database => ({
    rows: async (sql, args = []) => (await executor.execute({ sql, args })).rows,
    run: async (sql, args = []) => (await executor.execute({ sql, args })).rowsAffected,
  })
  const once = async <T>(work: (tx: Database) => Promise<T>): Promise<T> => {
    const transaction = await begin(client)
    try {
      const result = await work(on(transaction))
      await transaction.commit()
      return result
    } finally {
      transaction.close()
    }
  }
  const direct = on(client)
  return {
    rows: (sql, args) => retried(() => direct.rows(sql, args)),
    write(work) {
      const result = last.then(() => retried(() => once(work)))
      last = result.catch(() => {}).then(() => delay(LET_GO_MS))
      return result
    },
    close: () => client.close(),
  }
}

/**
 * A BEGIN that found the database held stays half done in its connection, which then sees the records as they were for
 * as long as it lives (SQLITE_BUSY_SNAPSHOT ever after). So it goes. Nobody else has a transaction: writers queue.
 */
async function begin(client: Client): Promise<Transaction> {
  try {
    return await client.transaction('write')
  } catch (error) {
    if (isBusy(error) && client.protocol === 'file') await client.reconnect()
    throw error
  }
}

/** Tries again while others hold the database, and no longer than that. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; ; ) {
    try {
      return await work()
    } catch (error) {
      if (!isBusy(error)) throw error
      if (Date.now() > end) throw new Refusal('busy', 'the database is held by others; try again')
      await delay(2 + Math.random() * 10)
    }
  }
}

async function migrate(tx: Database): Promise<void> {
  await tx.run('CREATE TABLE IF NOT EXISTS migrations (step INTEGER PRIMARY KEY)')
  const [row] = await tx.rows('SELECT coalesce(max(step), 0) AS done FROM migrations')
  for (const [i, step] of steps.entries()) {
    if (i < Number(row?.done)) continue
    for (const sql of step) await tx.run(sql)
    await tx.run('INSERT INTO migrations (step) VALUES (?)', [i + 1])
  }
}
