/** The records, in libSQL: a file, or a remote database by its URL. How writers queue and wait is `../lab/records.ts`. */

import { createClient } from '@libsql/client'
import { BUSY_MS, type Database, openRecords, type Records } from '../lab/records.ts'
import { steps } from './schema.ts'

export type { Database }
export type Store = Records
/** What reads, inside a transaction or outside of one. */
export type Reader = Pick<Database, 'rows'>

export interface StoreOptions {
  /** `file:…`, `libsql://…`, `https://…`. */
  readonly url: string
  readonly authToken?: string | undefined
}

/** Opens the database and brings its tables up to date. */
export function openStore({ url, authToken }: StoreOptions): Promise<Store> {
  const options = { url, timeout: BUSY_MS, ...(authToken === undefined ? {} : { authToken }) }
  return openRecords(() => createClient(options), steps)
}
