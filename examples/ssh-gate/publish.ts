/**
 * Brings the authorized_keys of a gate up to the records. Many processes may want to at once: a lease in the records lets
 * one of them at a time, which sends what stands there then, so that no older file can follow a newer one.
 */

import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { authorizedKeysOf } from './gate-files.ts'
import { type Gate, gateById } from './gates.ts'
import { type Changed, listKeys } from './keys.ts'
import { Refusal } from './refusal.ts'
import type { Reader, Store } from './store.ts'
import { targetsOf } from './targets.ts'

/** Replaces the authorized_keys of a gate, whole. It ends within `PUSH_SECONDS`, whatever happens; a `Refusal` is `network-refused`. */
export type Push = (gate: Gate, authorizedKeys: string) => Promise<void>

export const PUSH_SECONDS = 15
/** Whoever died while publishing keeps others waiting for so long; twice what a push takes. */
const LEASE_SECONDS = 2 * PUSH_SECONDS

/** The file as the records have it. */
export async function currentFile(database: Reader, gate: Gate): Promise<string> {
  return authorizedKeysOf(gate, await listKeys(database, gate.id), await targetsOf(database, gate.id))
}

/** Returns when the gate shows that revision or a later one. Throws `Refusal` `gate-unreachable`, `network-refused`, `busy`. */
export async function publish(store: Store, push: Push, { gate: id, revision }: Changed): Promise<void> {
  for (const end = Date.now() + 3 * LEASE_SECONDS * 1000; Date.now() < end; ) {
    const [row] = await store.rows('SELECT published, lease_until > unixepoch() AS held FROM gates WHERE id = ?', [id])
    // Deleted meanwhile: its file was emptied before.
    if (!row || Number(row.published) >= revision) return
    if (Number(row.held) === 0) await publishOnce(store, push, id)
    else await delay(20 + Math.random() * 60)
  }
  throw new Refusal('busy', 'recorded, but the gate was not brought up to it yet')
}

async function publishOnce(store: Store, push: Push, id: number): Promise<void> {
  const lease = randomUUID()
  const claimed = await store.write(async (tx) => {
    const sql = 'UPDATE gates SET lease = ?, lease_until = unixepoch() + ? WHERE id = ? AND lease_until <= unixepoch()'
    if ((await tx.run(sql, [lease, LEASE_SECONDS, id])) === 0) return undefined
    const gate = await gateById(tx, id)
    return gate && { gate, file: await currentFile(tx, gate) }
  })
  if (!claimed) return
  const { gate, file } = claimed
  let done = gate.published
  try {
    await push(gate, file)
    done = gate.revision
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const code = error instanceof Refusal ? 'network-refused' : 'gate-unreachable'
    throw new Refusal(code, `recorded, but the gate does not show it yet: ${why}`)
  } finally {
    const sql =
      'UPDATE gates SET published = max(published, ?), lease = NULL, lease_until = 0 WHERE id = ? AND lease = ?'
    await store.write((tx) => tx.run(sql, [done, id, lease]))
  }
}

/** Publishes every gate that is behind; what fails is told, and is tried again the next time. */
export async function publishAll(store: Store, push: Push, failed: (error: unknown) => void): Promise<void> {
  const rows = await store.rows('SELECT id, revision FROM gates WHERE published < revision')
  for (const row of rows) {
    await publish(store, push, { gate: Number(row.id), revision: Number(row.revision) }).catch(failed)
  }
}
