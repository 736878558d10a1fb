/** Which key pair an instance has: attached and detached in the records at once, in effect from the next reboot on. */

import type { Database, Records, Row } from '../lab/records.ts'
import { SetupError } from '../lab/setup-error.ts'
import { ApiError } from './api-error.ts'
import { readLogins } from './audit.ts'
import { type Call, maybeTime } from './call.ts'
import { needKeyPair } from './key-pairs.ts'
import type { Machines } from './machines.ts'

/** How one of several instances fared. */
interface Result {
  readonly InstanceId: string
  readonly Success: boolean
  readonly Code: string
  readonly Message: string
}

async function findInstance(database: Pick<Database, 'rows'>, call: Call, id: string): Promise<Row | undefined> {
  // Those of others are as if they were not.
  const sql = 'SELECT * FROM instances WHERE account = ? AND region = ? AND id = ?'
  return (await database.rows(sql, [call.account, call.region, id]))[0]
}

/** Does `work` for each instance in one transaction; a text that it gives says why it could not. */
export async function forInstances(
  call: Call,
  ids: readonly string[],
  work: (tx: Database, instance: Row) => Promise<string | undefined>,
  begin: (tx: Database) => Promise<void> = async () => {},
) {
  return call.records.write(async (tx) => {
    await begin(tx)
    const Result: Result[] = []
    for (const InstanceId of ids) {
      const instance = await findInstance(tx, call, InstanceId)
      const [Code, Message] = instance
        ? ['400', await work(tx, instance)]
        : ['404', new ApiError('InvalidInstanceId.NotFound').message]
      const Success = Message === undefined
      Result.push({ InstanceId, Success, Code: Success ? '200' : Code, Message: Message ?? 'successful' })
    }
    const FailCount = Result.filter(({ Success }) => !Success).length
    return { TotalCount: ids.length, FailCount, Results: { Result } }
  })
}

interface Pairing {
  readonly KeyPairName: string
  readonly InstanceIds: readonly string[]
}

/** AttachKeyPair: in place of the one that was attached. */
export async function attachKeyPair(call: Call, { KeyPairName, InstanceIds }: Pairing) {
  let keyPair = 0
  return forInstances(
    call,
    InstanceIds,
    async (tx, { id, key_pair }) => {
      if (key_pair === null || Number(key_pair) !== keyPair) {
        const sql = 'UPDATE instances SET key_pair = ?, attached = ? WHERE id = ?'
        await tx.run(sql, [keyPair, call.now(), String(id)])
      }
      return undefined
    },
    async (tx) => {
      keyPair = (await needKeyPair(tx, call, KeyPairName)).id
    },
  )
}

/** DetachKeyPair */
export async function detachKeyPair(call: Call, { KeyPairName, InstanceIds }: Pairing) {
  let keyPair = 0
  return forInstances(
    call,
    InstanceIds,
    async (tx, { id }) => {
      const sql = 'UPDATE instances SET key_pair = NULL, attached = NULL WHERE id = ? AND key_pair = ?'
      const changed = await tx.run(sql, [String(id), keyPair])
      return changed === 0 ? `The key pair ${KeyPairName} is not attached to it.` : undefined
    },
    async (tx) => {
      keyPair = (await needKeyPair(tx, call, KeyPairName)).id
    },
  )
}

/** What an instance is to have after its next reboot: the attached key pair, and the keys of the groups' people. */
async function wantedKeys(tx: Pick<Database, 'rows'>, instance: string): Promise<Map<string, Row>> {
  const rows = await tx.rows(
    `SELECT k.name, k.sha256, k.line FROM instances i JOIN key_pairs k ON k.id = i.key_pair WHERE i.id = ?
     UNION ALL
     SELECT k.name, k.sha256, k.line FROM instances i
       JOIN grants g ON g.instance = i.id
       JOIN members m ON m.account = i.account AND m.team = g.team
       JOIN holders h ON h.account = i.account AND h.user = m.user AND h.until IS NULL
       JOIN key_pairs k ON k.id = h.key_pair
     WHERE i.id = ? ORDER BY name`,
    [instance, instance],
  )
  return new Map(rows.map((row) => [String(row.sha256), row]))
}

/** The same for what logs in there now. */
async function placedKeys(tx: Pick<Database, 'rows'>, instance: string): Promise<Map<string, string>> {
  const rows = await tx.rows('SELECT sha256, name FROM placements WHERE instance = ? AND until IS NULL', [instance])
  return new Map(rows.map((row) => [String(row.sha256), String(row.name)]))
}

/**
 * RebootInstance: the keys of the records come into effect. The files are written inside of the transaction, so that no
 * other process, which reboots as well, can put older ones over newer ones.
 */
export async function rebootInstance(call: Call, { InstanceId }: { readonly InstanceId: string }) {
  await readLogins(call)
  await call.records.write(async (tx) => {
    if (!(await findInstance(tx, call, InstanceId))) throw new ApiError('InvalidInstanceId.NotFound')
    const wanted = await wantedKeys(tx, InstanceId)
    const placed = await placedKeys(tx, InstanceId)
    const now = call.now()
    for (const [sha256, name] of placed) {
      if (wanted.get(sha256)?.name === name) continue
      const sql = 'UPDATE placements SET until = ? WHERE instance = ? AND sha256 = ? AND until IS NULL'
      await tx.run(sql, [now, InstanceId, sha256])
    }
    for (const [sha256, { name }] of wanted) {
      if (placed.get(sha256) === name) continue
      const sql = 'INSERT INTO placements (instance, name, sha256, since) VALUES (?, ?, ?, ?)'
      await tx.run(sql, [InstanceId, String(name), sha256, now])
    }
    await call.machines.boot(InstanceId, [...wanted.values()].map(({ line }) => `${line}\n`).join(''))
  })
  return {}
}

/** DescribeInstances, as far as key pairs go; `RebootRequired` is ours. */
export async function describeInstances(call: Call) {
  const rows = await call.records.rows(
    `SELECT i.id, i.region, i.attached, k.name FROM instances i LEFT JOIN key_pairs k ON k.id = i.key_pair
     WHERE i.account = ? AND i.region = ? ORDER BY i.id`,
    [call.account, call.region],
  )
  const Instance = []
  for (const { id, region, name, attached } of rows) {
    const wanted = [...(await wantedKeys(call.records, String(id))).keys()].sort()
    const placed = [...(await placedKeys(call.records, String(id))).keys()].sort()
    Instance.push({
      InstanceId: String(id),
      RegionId: String(region),
      KeyPairName: name === null ? '' : String(name),
      AttachedSince: maybeTime(attached),
      RebootRequired: wanted.join() !== placed.join(),
    })
  }
  return { TotalCount: Instance.length, Instances: { Instance } }
}

/** Makes an instance known. It is no call of the API: machines are whose they are, and not for callers to name. */
export async function addInstance(
  { records, machines }: { readonly records: Records; readonly machines: Machines },
  { id, account, region, homes }: { id: string; account: string; region: string; homes: readonly string[] },
): Promise<void> {
  await records.write(async (tx) => {
    const sql = 'INSERT OR IGNORE INTO instances (id, account, region) VALUES (?, ?, ?)'
    if ((await tx.run(sql, [id, account, region])) === 0) throw new SetupError(`instance ${id} exists already`)
    await machines.create(id, homes)
  })
}
