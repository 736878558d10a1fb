/** Target profiles: how to log in to a machine behind gates, and the gates through which it is reached. */

import type { Row } from '../lab/records.ts'
import { type Gate, gateById, needGate, needOpenGate, touchGate } from './gates.ts'
import type { Changed } from './keys.ts'
import type { Given } from './operations.ts'
import type { ReadKey } from './public-key.ts'
import { Refusal } from './refusal.ts'
import type { Reader, Store } from './store.ts'

export interface Target {
  readonly id: number
  readonly project: string
  readonly name: string
  /** The account on the machine. */
  readonly user: string
  /** The public key that logs in there, one line. */
  readonly key: string
  /** What people type: `ssh -F ssh_config MACHINE`. */
  readonly machine: string
  /** The name or address that the gate, and nobody else, resolves. */
  readonly host: string
  readonly port: number
  readonly hostKey: string
}

/** So many `permitopen` stand in front of each key of a gate. */
const TARGETS = 100

function targetOf(row: Row): Target {
  return {
    id: Number(row.id),
    project: String(row.project),
    name: String(row.name),
    user: String(row.user),
    key: String(row.key),
    machine: String(row.machine),
    host: String(row.host),
    port: Number(row.port),
    hostKey: String(row.host_key),
  }
}

export async function createTarget(
  store: Store,
  project: string,
  given: Given<'target create'>,
  key: ReadKey,
  hostKey: ReadKey,
): Promise<Target> {
  const { name, user, machine, host = machine, port = 22 } = given
  return store.write(async (tx) => {
    if ((await tx.rows('SELECT 1 FROM targets WHERE project = ? AND name = ?', [project, name])).length > 0) {
      throw new Refusal('exists', `target ${name} exists already`)
    }
    await tx.run(
      `INSERT INTO targets (project, name, user, key, machine, host, port, host_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      [project, name, user, key.line, machine, host, port, hostKey.line],
    )
    return needTarget(tx, project, name)
  })
}

/** Throws `Refusal` `not-found`. */
export async function needTarget(database: Reader, project: string, name: string): Promise<Target> {
  const [row] = await database.rows('SELECT * FROM targets WHERE project = ? AND name = ?', [project, name])
  if (!row) throw new Refusal('not-found', 'no such target')
  return targetOf(row)
}

export async function listTargets(database: Reader, project: string): Promise<Target[]> {
  return (await database.rows('SELECT * FROM targets WHERE project = ? ORDER BY name', [project])).map(targetOf)
}

export async function targetsOf(database: Reader, gate: number): Promise<Target[]> {
  const sql = `SELECT t.* FROM targets t JOIN bindings b ON b.target = t.id WHERE b.gate = ? ORDER BY t.name`
  return (await database.rows(sql, [gate])).map(targetOf)
}

export async function gatesOf(database: Reader, target: number): Promise<Gate[]> {
  const rows = await database.rows('SELECT gate FROM bindings WHERE target = ?', [target])
  const gates = await Promise.all(rows.map((row) => gateById(database, Number(row.gate))))
  return gates.filter((gate) => gate !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The gate through which a target is reached: the named one, or the only one. */
export async function gateFor(database: Reader, target: Target, named: string | undefined): Promise<Gate> {
  const gates = (await gatesOf(database, target.id)).filter((gate) => !gate.closing)
  const found = named === undefined ? gates : gates.filter((gate) => gate.name === named)
  if (found.length === 1) return found[0]!
  if (found.length > 1)
    throw new Refusal('bad-request', `gate: one of ${gates.map((gate) => gate.name).join(', ')} expected`)
  throw new Refusal('not-found', 'the target is bound to no such gate')
}

export function bindTarget(store: Store, project: string, targetName: string, gateName: string): Promise<Changed> {
  return store.write(async (tx) => {
    const target = await needTarget(tx, project, targetName)
    const gate = await needOpenGate(tx, project, gateName)
    const bound = await targetsOf(tx, gate.id)
    if (bound.some(({ id }) => id === target.id)) throw new Refusal('exists', 'bound already')
    if (bound.length >= TARGETS) throw new Refusal('in-use', `a gate has at most ${TARGETS} targets`)
    if (!gate.targetPorts.includes(target.port)) {
      throw new Refusal('bad-request', `port ${target.port}: this gate opens only ${gate.targetPorts.join(', ')}`)
    }
    await tx.run('INSERT INTO bindings (gate, target) VALUES (?, ?)', [gate.id, target.id])
    await touchGate(tx, gate.id)
    return { gate: gate.id, revision: gate.revision + 1 }
  })
}

export function unbindTarget(store: Store, project: string, targetName: string, gateName: string): Promise<Changed> {
  return store.write(async (tx) => {
    const target = await needTarget(tx, project, targetName)
    const gate = await needGate(tx, project, gateName)
    if ((await tx.run('DELETE FROM bindings WHERE gate = ? AND target = ?', [gate.id, target.id])) === 0) {
      throw new Refusal('not-found', 'the target is not bound to this gate')
    }
    await touchGate(tx, gate.id)
    return { gate: gate.id, revision: gate.revision + 1 }
  })
}

/** Deletes a target; gives the gates that it was bound to. */
export function deleteTarget(store: Store, project: string, name: string): Promise<Changed[]> {
  return store.write(async (tx) => {
    const target = await needTarget(tx, project, name)
    const gates = await gatesOf(tx, target.id)
    await tx.run('DELETE FROM bindings WHERE target = ?', [target.id])
    await tx.run('DELETE FROM targets WHERE id = ?', [target.id])
    for (const { id } of gates) await touchGate(tx, id)
    return gates.map(({ id, revision }) => ({ gate: id, revision: revision + 1 }))
  })
}
