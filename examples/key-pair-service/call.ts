/** What the actions work on. */

import type { Records } from '../lab/records.ts'
import type { Machines } from './machines.ts'

export interface Service {
  readonly records: Records
  readonly machines: Machines
  /** The first one is meant where a call names none. */
  readonly regions: readonly [string, ...string[]]
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** A call that may be answered. */
export interface Call extends Service {
  readonly account: string
  readonly region: string
}

/** As the API writes times: `2026-01-31T12:00:00Z`. */
export const apiTime = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d+/, '')

/** As above, or nothing where a column is empty. */
export const maybeTime = (column: unknown): string | null => (column == null ? null : apiTime(Number(column)))
