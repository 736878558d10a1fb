/** The keys of a gate: of people, and of authorities whose certificates get in without any change here. */

import type { Row } from '../lab/records.ts'
import { needOpenGate, touchGate } from './gates.ts'
import type { ReadKey } from './public-key.ts'
import { Refusal } from './refusal.ts'
import type { Database, Reader, Store } from './store.ts'

export interface GateKey {
  readonly fingerprint: string
  readonly line: string
  /** Of an authority: certificates must name one of these. */
  readonly principals: readonly string[] | undefined
  /** Who added it. */
  readonly owner: string
}

const KEYS = 2000

function keyOf(row: Row): GateKey {
  const principals = row.principals === null ? undefined : (JSON.parse(String(row.principals)) as string[])
  return { fingerprint: String(row.fingerprint), line: String(row.line), principals, owner: String(row.owner) }
}

/** In the order of their fingerprints, so that the same keys make the same file. */
export async function listKeys(database: Reader, gate: number): Promise<GateKey[]> {
  return (await database.rows('SELECT * FROM keys WHERE gate = ? ORDER BY fingerprint', [gate])).map(keyOf)
}

export interface NewKey {
  readonly key: ReadKey
  readonly principals: readonly string[] | undefined
  readonly owner: string
}

/** Adds a key and gives the gate's id and the revision that shows it. */
export function addKey(store: Store, project: string, gateName: string, added: NewKey): Promise<Changed> {
  const { key, principals, owner } = added
  return store.write(async (tx) => {
    const gate = await needOpenGate(tx, project, gateName)
    const managing = await tx.rows('SELECT management_key AS line FROM gates')
    if (managing.some((row) => blobOf(String(row.line)) === blobOf(key.line))) {
      throw new Refusal('bad-key', 'key: this is the key by which a gate is managed', 'management-key')
    }
    const present = await tx.rows('SELECT fingerprint FROM keys WHERE gate = ?', [gate.id])
    if (present.some((row) => row.fingerprint === key.fingerprint)) {
      throw new Refusal('exists', `${key.fingerprint} is at this gate already`)
    }
    if (present.length >= KEYS) throw new Refusal('in-use', `a gate has at most ${KEYS} keys`)
    await tx.run('INSERT INTO keys (gate, fingerprint, line, principals, owner) VALUES (?, ?, ?, ?, ?)', [
      gate.id,
      key.fingerprint,
      key.line,
      principals === undefined ? null : JSON.stringify(principals),
      owner,
    ])
    return changed(tx, gate)
  })
}

/** Removes a key; where `owner` is given, only one of theirs. */
export function removeKey(
  store: Store,
  project: string,
  gateName: string,
  fingerprint: string,
  owner: string | undefined,
): Promise<Changed> {
  return store.write(async (tx) => {
    const gate = await needOpenGate(tx, project, gateName)
    const [row] = await tx.rows('SELECT * FROM keys WHERE gate = ? AND fingerprint = ?', [gate.id, fingerprint])
    if (!row) throw new Refusal('not-found', 'no such key at this gate')
    if (owner !== undefined && row.owner !== owner) throw new Refusal('forbidden', 'the key of somebody else')
    await tx.run('DELETE FROM keys WHERE gate = ? AND fingerprint = ?', [gate.id, fingerprint])
    return changed(tx, gate)
  })
}

/** A gate whose authorized_keys must show at least that revision. */
export interface Changed {
  readonly gate: number
  readonly revision: number
}

async function changed(tx: Database, gate: { readonly id: number; readonly revision: number }): Promise<Changed> {
  await touchGate(tx, gate.id)
  return { gate: gate.id, revision: gate.revision + 1 }
}

const blobOf = (line: string): string | undefined => line.split(' ')[1]
