/** Gates: the records of one project. What is another's is not found. */

import type { Row } from '../lab/records.ts'
import type { SealedKey } from './management-key.ts'
import type { Given } from './operations.ts'
import type { ReadKey } from './public-key.ts'
import { Refusal } from './refusal.ts'
import type { Database, Reader, Store } from './store.ts'

export interface Gate {
  readonly id: number
  readonly project: string
  readonly name: string
  /** Where people find it. */
  readonly host: string
  readonly port: number
  /** The account on it, which has no shell. */
  readonly user: string
  /** Its public host key, one line. */
  readonly hostKey: string
  /** Where the service finds it. */
  readonly manageHost: string
  readonly managePort: number
  readonly managementKey: string
  readonly managementSecret: string
  /** The only ports behind it that its sshd opens, whatever authorized_keys says. */
  readonly targetPorts: readonly number[]
  /** Counts the changes that its authorized_keys must show. */
  readonly revision: number
  /** The last of them that it shows. */
  readonly published: number
  /** It is being deleted: nobody gets in any more. */
  readonly closing: boolean
}

function gateOf(row: Row): Gate {
  return {
    id: Number(row.id),
    project: String(row.project),
    name: String(row.name),
    host: String(row.host),
    port: Number(row.port),
    user: String(row.user),
    hostKey: String(row.host_key),
    manageHost: String(row.manage_host),
    managePort: Number(row.manage_port),
    managementKey: String(row.management_key),
    managementSecret: String(row.management_secret),
    targetPorts: JSON.parse(String(row.target_ports)) as number[],
    revision: Number(row.revision),
    published: Number(row.published),
    closing: Number(row.closing) !== 0,
  }
}

export async function createGate(
  store: Store,
  project: string,
  given: Given<'gate create'>,
  hostKey: ReadKey,
  management: SealedKey,
): Promise<Gate> {
  const { name, host, user = 'gate', port = 22, manageHost = host, managePort = 2222, targetPorts = [22] } = given
  // The port by which somebody comes tells the two doors apart.
  if (port === managePort) throw new Refusal('bad-request', 'managePort: another port than that of the users expected')
  return store.write(async (tx) => {
    if ((await tx.rows('SELECT 1 FROM gates WHERE project = ? AND name = ?', [project, name])).length > 0) {
      throw new Refusal('exists', `gate ${name} exists already`)
    }
    await tx.run(
      `INSERT INTO gates (project, name, host, port, user, host_key, manage_host, manage_port, target_ports,
         management_key, management_secret) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        project,
        name,
        host,
        port,
        user,
        hostKey.line,
        manageHost,
        managePort,
        JSON.stringify(targetPorts),
        management.line,
        management.sealed,
      ],
    )
    return needGate(tx, project, name)
  })
}

/** Throws `Refusal` `not-found`. */
export async function needGate(database: Reader, project: string, name: string): Promise<Gate> {
  const [row] = await database.rows('SELECT * FROM gates WHERE project = ? AND name = ?', [project, name])
  if (!row) throw new Refusal('not-found', 'no such gate')
  return gateOf(row)
}

/** The same for changes: a gate that is being deleted takes none. */
export async function needOpenGate(database: Reader, project: string, name: string): Promise<Gate> {
  const gate = await needGate(database, project, name)
  if (gate.closing) throw new Refusal('in-use', `gate ${name} is being deleted`)
  return gate
}

export async function gateById(database: Reader, id: number): Promise<Gate | undefined> {
  const [row] = await database.rows('SELECT * FROM gates WHERE id = ?', [id])
  return row && gateOf(row)
}

export async function listGates(database: Reader, project: string): Promise<Gate[]> {
  return (await database.rows('SELECT * FROM gates WHERE project = ? ORDER BY name', [project])).map(gateOf)
}

/** Counts a change that the gate's authorized_keys must show. */
export async function touchGate(tx: Database, id: number): Promise<void> {
  await tx.run('UPDATE gates SET revision = revision + 1 WHERE id = ?', [id])
}

/** From here on its authorized_keys has nobody in it; gives the gate as it is then. */
export function closeGate(store: Store, project: string, name: string): Promise<Gate> {
  return store.write(async (tx) => {
    const { id } = await needGate(tx, project, name)
    await tx.run('UPDATE gates SET closing = 1, revision = revision + 1 WHERE id = ?', [id])
    return needGate(tx, project, name)
  })
}

export function dropGate(store: Store, id: number): Promise<void> {
  return store.write(async (tx) => {
    for (const table of ['keys', 'bindings']) await tx.run(`DELETE FROM ${table} WHERE gate = ?`, [id])
    await tx.run('DELETE FROM gates WHERE id = ?', [id])
  })
}
