/**
 * People and groups of an account, with the words of the RAM API: one key for each person, and groups whose people have
 * their own keys on instances, beside the one that is attached. All of it comes into effect with the next reboot.
 */

import type { Database } from '../lab/records.ts'
import { ApiError } from './api-error.ts'
import { readLogins } from './audit.ts'
import { apiTime, type Call } from './call.ts'
import { forInstances } from './instances.ts'
import { needKeyPair } from './key-pairs.ts'

const PEOPLE = 1000

type Kind = 'User' | 'Group'
const tables = { User: 'users', Group: 'teams' } as const

async function need(database: Pick<Database, 'rows'>, call: Call, kind: Kind, name: string): Promise<void> {
  const sql = `SELECT 1 FROM ${tables[kind]} WHERE account = ? AND name = ?`
  if ((await database.rows(sql, [call.account, name])).length === 0) {
    throw new ApiError(`EntityNotExist.${kind}`, `${name}.`)
  }
}

function create(call: Call, kind: Kind, name: string): Promise<void> {
  return call.records.write(async (tx) => {
    const [row] = await tx.rows(
      `SELECT count(*) AS all_of, sum(name = ?) AS same FROM ${tables[kind]} WHERE account = ?`,
      [name, call.account],
    )
    if (Number(row?.same)) throw new ApiError(`EntityAlreadyExists.${kind}`, `${name}.`)
    if (Number(row?.all_of) >= PEOPLE) throw new ApiError('LimitExceeded.User', `At most ${PEOPLE}.`)
    const sql = `INSERT INTO ${tables[kind]} (account, name, created) VALUES (?, ?, ?)`
    await tx.run(sql, [call.account, name, call.now()])
  })
}

interface User {
  readonly UserName: string
}
interface Group {
  readonly GroupName: string
}

export async function createUser(call: Call, { UserName }: User) {
  await create(call, 'User', UserName)
  return { User: { UserName } }
}

export async function createGroup(call: Call, { GroupName }: Group) {
  await create(call, 'Group', GroupName)
  return { Group: { GroupName } }
}

/** DeleteUser: their key is nobody's from now on; the record of who had it stays. */
export async function deleteUser(call: Call, { UserName }: User) {
  await readLogins(call)
  await call.records.write(async (tx) => {
    await need(tx, call, 'User', UserName)
    await release(tx, call, UserName)
    await tx.run('DELETE FROM members WHERE account = ? AND user = ?', [call.account, UserName])
    await tx.run('DELETE FROM users WHERE account = ? AND name = ?', [call.account, UserName])
  })
  return {}
}

export async function deleteGroup(call: Call, { GroupName }: Group) {
  await call.records.write(async (tx) => {
    await need(tx, call, 'Group', GroupName)
    const key = [call.account, GroupName]
    const members = await tx.rows('SELECT 1 FROM members WHERE account = ? AND team = ?', key)
    if (members.length > 0) throw new ApiError('DeleteConflict.Group.User', `It has ${members.length}.`)
    const mine = 'instance IN (SELECT id FROM instances WHERE account = ?) AND team = ?'
    await tx.run(`DELETE FROM grants WHERE ${mine}`, key)
    await tx.run('DELETE FROM teams WHERE account = ? AND name = ?', key)
  })
  return {}
}

export async function addUserToGroup(call: Call, { UserName, GroupName }: User & Group) {
  await call.records.write(async (tx) => {
    await need(tx, call, 'User', UserName)
    await need(tx, call, 'Group', GroupName)
    const sql = 'INSERT OR IGNORE INTO members (account, team, user, since) VALUES (?, ?, ?, ?)'
    await tx.run(sql, [call.account, GroupName, UserName, call.now()])
  })
  return {}
}

export async function removeUserFromGroup(call: Call, { UserName, GroupName }: User & Group) {
  await call.records.write(async (tx) => {
    await need(tx, call, 'User', UserName)
    await need(tx, call, 'Group', GroupName)
    const sql = 'DELETE FROM members WHERE account = ? AND team = ? AND user = ?'
    await tx.run(sql, [call.account, GroupName, UserName])
  })
  return {}
}

function release(tx: Database, call: Call, user: string): Promise<number> {
  const sql = 'UPDATE holders SET until = ? WHERE account = ? AND user = ? AND until IS NULL'
  return tx.run(sql, [call.now(), call.account, user])
}

/** AssignKeyPair: this key is theirs from now on, in place of the one that was. */
export async function assignKeyPair(call: Call, { UserName, KeyPairName }: User & { readonly KeyPairName: string }) {
  await readLogins(call)
  await call.records.write(async (tx) => {
    await need(tx, call, 'User', UserName)
    const { id, name, sha256 } = await needKeyPair(tx, call, KeyPairName)
    const sql = 'SELECT user, key_pair FROM holders WHERE account = ? AND sha256 = ? AND until IS NULL'
    const [holder] = await tx.rows(sql, [call.account, sha256])
    if (holder && holder.user !== UserName) {
      throw new ApiError('InvalidParameter', `KeyPairName: this key is one of ${holder.user}; a key has one person.`)
    }
    if (Number(holder?.key_pair) === id) return
    await release(tx, call, UserName)
    await tx.run('INSERT INTO holders (account, user, key_pair, name, sha256, since) VALUES (?, ?, ?, ?, ?, ?)', [
      call.account,
      UserName,
      id,
      name,
      sha256,
      call.now(),
    ])
  })
  return { UserName, KeyPairName }
}

/** ReleaseKeyPair: they have no key any more. */
export async function releaseKeyPair(call: Call, { UserName }: User) {
  await readLogins(call)
  await call.records.write(async (tx) => {
    await need(tx, call, 'User', UserName)
    await release(tx, call, UserName)
  })
  return {}
}

interface Granting extends Group {
  readonly InstanceIds: readonly string[]
}

/** AttachGroup: its people log in there with their own keys. */
export function attachGroup(call: Call, { GroupName, InstanceIds }: Granting) {
  const grant = async (tx: Database, { id }: { readonly id?: unknown }): Promise<undefined> => {
    const sql = 'INSERT OR IGNORE INTO grants (instance, team, since) VALUES (?, ?, ?)'
    await tx.run(sql, [String(id), GroupName, call.now()])
  }
  return forInstances(call, InstanceIds, grant, (tx) => need(tx, call, 'Group', GroupName))
}

export function detachGroup(call: Call, { GroupName, InstanceIds }: Granting) {
  const revoke = async (tx: Database, { id }: { readonly id?: unknown }): Promise<string | undefined> => {
    const changed = await tx.run('DELETE FROM grants WHERE instance = ? AND team = ?', [String(id), GroupName])
    return changed === 0 ? `The group ${GroupName} is not attached to it.` : undefined
  }
  return forInstances(call, InstanceIds, revoke, (tx) => need(tx, call, 'Group', GroupName))
}

export async function listUsers(call: Call) {
  const rows = await call.records.rows(
    `SELECT u.name, u.created, h.name AS key_name FROM users u
       LEFT JOIN holders h ON h.account = u.account AND h.user = u.name AND h.until IS NULL
     WHERE u.account = ? ORDER BY u.name`,
    [call.account],
  )
  const User = rows.map(({ name, created, key_name }) => ({
    UserName: String(name),
    CreateDate: apiTime(Number(created)),
    KeyPairName: key_name === null ? '' : String(key_name),
  }))
  return { TotalCount: User.length, Users: { User } }
}

export async function listGroups(call: Call) {
  const list = async (sql: string, name: unknown): Promise<string[]> => {
    const rows = await call.records.rows(sql, [call.account, String(name)])
    return rows.map(({ it }) => String(it))
  }
  const rows = await call.records.rows('SELECT name FROM teams WHERE account = ? ORDER BY name', [call.account])
  const Group = []
  for (const { name } of rows) {
    const members = 'SELECT user AS it FROM members WHERE account = ? AND team = ? ORDER BY user'
    const grants = `SELECT g.instance AS it FROM grants g JOIN instances i ON i.id = g.instance
      WHERE i.account = ? AND g.team = ? ORDER BY g.instance`
    Group.push({
      GroupName: String(name),
      Users: { UserName: await list(members, name) },
      InstanceIds: { InstanceId: await list(grants, name) },
    })
  }
  return { TotalCount: Group.length, Groups: { Group } }
}
