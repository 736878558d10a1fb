/**
 * Records in libSQL: a file, or a remote database by its URL. The file client of libSQL refuses a second write transaction
 * at once, and waits for another process by blocking this one. So: one queue of writers in a process, a short wait in the
 * client, and a bounded number of new attempts for what other processes hold.
 *
 * A connection whose BEGIN found the database busy commits nothing any more ("SQL statements in progress", libSQL 0.5 under
 * @libsql/client 0.18.0): each new attempt has a new one, and readers have one of their own.
 *
 * The package is handed in, so that each example has its own copy: `() => createClient({ url, timeout: BUSY_MS })`.
 */

/** What a statement may hold in place of its `?`. */
export type Value = string | number | null
export type Row = Readonly<Record<string, unknown>>

interface Executor {
  execute(statement: { sql: string; args: Value[] }): Promise<{ rows: Row[]; rowsAffected: number }>
}

/** What is needed of a client of `@libsql/client`. */
export interface RecordsClient extends Executor {
  readonly protocol: string
  transaction(mode: 'write'): Promise<Executor & { commit(): Promise<void>; close(): void }>
  close(): void
}

/** What reads and writes inside a transaction, or outside of one. */
export interface Database {
  rows(sql: string, args?: readonly Value[]): Promise<Row[]>
  /** How many rows it changed. */
  run(sql: string, args?: readonly Value[]): Promise<number>
}

export interface Records extends Pick<Database, 'rows'> {
  /** Runs `work` in one write transaction, after those before it. It may run again from its start, after an end in vain. */
  write<T>(work: (tx: Database) => Promise<T>): Promise<T>
  close(): void
}

/** Others hold the database for longer than one should wait; nothing was changed. */
export class RecordsBusy extends Error {
  override readonly name = 'RecordsBusy'
}

/** For the client's `timeout`: so long it blocks this process while another one writes. */
export const BUSY_MS = 250
const ATTEMPTS = 60

const delay = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

const isBusy = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  /^(SQLITE_BUSY|SQLITE_LOCKED|TRANSACTION_ACTIVE)/.test(String(error.code))

/** Takes a database and brings its tables up to date: `steps` are only ever added to, and each runs once. */
export async function openRecords(
  connect: () => RecordsClient,
  steps: readonly (readonly string[])[],
): Promise<Records> {
  const reader = connect()
  const records = recordsOf(connect, reader)
  try {
    // Readers then never wait for a writer. A remote database does as it does.
    if (reader.protocol === 'file') await retried(() => reader.execute({ sql: 'PRAGMA journal_mode = WAL', args: [] }))
    await records.write((tx) => migrate(tx, steps))
  } catch (error) {
    records.close()
    throw error
  }
  return records
}

const databaseOf = (executor: Executor): Database => ({
  rows: async (sql, args = []) => (await executor.execute({ sql, args: [...args] })).rows,
  run: async (sql, args = []) => (await executor.execute({ sql, args: [...args] })).rowsAffected,
})

function recordsOf(connect: () => RecordsClient, reader: RecordsClient): Records {
  let writer = connect()
  let last: Promise<unknown> = Promise.resolve()
  const once = async <T>(work: (tx: Database) => Promise<T>): Promise<T> => {
    const transaction = await writer.transaction('write')
    try {
      const result = await work(databaseOf(transaction))
      await transaction.commit()
      return result
    } finally {
      transaction.close()
    }
  }
  const renew = (): void => {
    writer.close()
    writer = connect()
  }
  return {
    rows: (sql, args) => retried(() => databaseOf(reader).rows(sql, args)),
    write(work) {
      const result = last.then(() => retried(() => once(work), renew))
      last = result.catch(() => {})
      return result
    },
    close() {
      writer.close()
      reader.close()
    },
  }
}

/** Tries again while others hold the database: some 15 s, and no longer. */
async function retried<T>(work: () => Promise<T>, before: () => void = () => {}): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!isBusy(error)) throw error
      if (attempt === ATTEMPTS) throw new RecordsBusy('the database is held by others; try again')
      await delay(5 + Math.random() * 20)
      before()
    }
  }
}

async function migrate(tx: Database, steps: readonly (readonly string[])[]): Promise<void> {
  await tx.run('CREATE TABLE IF NOT EXISTS migrations (step INTEGER PRIMARY KEY)')
  const [row] = await tx.rows('SELECT coalesce(max(step), 0) AS done FROM migrations')
  for (const [i, step] of steps.entries()) {
    if (i < Number(row?.done)) continue
    for (const sql of step) await tx.run(sql)
    await tx.run('INSERT INTO migrations (step) VALUES (?)', [i + 1])
  }
}
