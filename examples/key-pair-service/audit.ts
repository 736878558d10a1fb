/**
 * Who logged in, and who could: sshd's log, where it says which key was accepted, against whose each key was at that time
 * (auth.c `auth_log` of OpenSSH, with LogLevel VERBOSE or without).
 */

import type { Database, Row } from '../lab/records.ts'
import { apiTime, type Call, maybeTime } from './call.ts'

/** A login as sshd writes it. */
export interface LoggedLogin {
  /** Milliseconds since 1970, where the line says so. */
  readonly at: number | undefined
  readonly method: string
  readonly account: string
  readonly address: string
  /** `SHA256:…`; none where it was no key. */
  readonly sha256: string | undefined
}

/**
 * Anchored at both ends of what sshd itself writes, with or without syslog's words in front: names that strangers try stand
 * in other lines of the log, and may be called `Accepted publickey for root from …`.
 */
const accepted =
  /^(?:(?:(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d))|[A-Z][a-z]{2} [ \d]\d [\d:]{8}) \S+ sshd(?:-session)?\[\d+\]: )?Accepted (\S+) for (\S+) from (\S+) port \d+ ssh2(?:: \S+ (SHA256:[A-Za-z0-9+/]{43})(?: .*)?)?$/

/** The login of which a line tells, if it does. */
export function parseLogin(line: string): LoggedLogin | undefined {
  const found = accepted.exec(line)
  if (!found) return undefined
  const [, time, method = '', account = '', address = '', sha256] = found
  const at = time === undefined ? Number.NaN : Date.parse(time)
  return { at: Number.isNaN(at) ? undefined : at, method, account, address, sha256 }
}

/** Takes over what the logs of an account's machines have that is new; each line once, whoever else reads. */
export async function readLogins({ records, machines, account, now }: Call): Promise<void> {
  for (const { id } of await records.rows('SELECT id FROM instances WHERE account = ?', [account])) {
    const instance = String(id)
    for (let more = true; more; ) {
      more = await records.write(async (tx) => {
        const [row] = await tx.rows('SELECT log_read FROM instances WHERE id = ?', [instance])
        const from = Number(row?.log_read)
        const { lines, next } = await machines.readLog(instance, from)
        if (next === from) return false
        for (const login of lines.map(parseLogin)) if (login) await record(tx, account, instance, login, now())
        await tx.run('UPDATE instances SET log_read = ? WHERE id = ?', [next, instance])
        return true
      })
    }
  }
}

async function record(tx: Database, account: string, instance: string, login: LoggedLogin, now: number): Promise<void> {
  // A line without a time is of now at the latest: logs are read before anybody's key changes hands.
  const { at = now, sha256 = null } = login
  const during = 'sha256 = ? AND since <= ? AND (until IS NULL OR until > ?) ORDER BY since DESC LIMIT 1'
  const holders = await tx.rows(`SELECT user FROM holders WHERE account = ? AND ${during}`, [account, sha256, at, at])
  const places = await tx.rows(`SELECT name FROM placements WHERE instance = ? AND ${during}`, [
    instance,
    sha256,
    at,
    at,
  ])
  await tx.run(
    'INSERT INTO logins (instance, at, account, address, method, sha256, name, user) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    [instance, at, login.account, login.address, login.method, sha256, text(places[0]?.name), text(holders[0]?.user)],
  )
}

const text = (column: unknown): string | null => (column == null ? null : String(column))

/** DescribeLogins: the newest first. `UserName` null is nobody that the records know. */
export async function describeLogins(
  call: Call,
  given: {
    readonly InstanceId?: string
    readonly UserName?: string
    readonly PageNumber?: number
    readonly PageSize?: number
  },
) {
  await readLogins(call)
  const { InstanceId = null, UserName = null, PageNumber = 1, PageSize = 10 } = given
  const sql = `FROM logins l JOIN instances i ON i.id = l.instance
    WHERE i.account = ? AND (? IS NULL OR l.instance = ?) AND (? IS NULL OR l.user = ?)`
  const where = [call.account, InstanceId, InstanceId, UserName, UserName]
  const [count] = await call.records.rows(`SELECT count(*) AS total ${sql}`, where)
  const page = [...where, PageSize, (PageNumber - 1) * PageSize]
  const rows = await call.records.rows(`SELECT l.* ${sql} ORDER BY l.id DESC LIMIT ? OFFSET ?`, page)
  const Login = rows.map((row) => ({
    Time: apiTime(Number(row.at)),
    InstanceId: String(row.instance),
    Account: String(row.account),
    Address: String(row.address),
    Method: String(row.method),
    FingerPrint: text(row.sha256),
    KeyPairName: text(row.name),
    UserName: text(row.user),
  }))
  return { PageNumber, PageSize, TotalCount: Number(count?.total), Logins: { Login } }
}

/** DescribeKeyHolders: who has which key where, since when; with `History` also who had. */
export async function describeKeyHolders(
  call: Call,
  given: { readonly InstanceId?: string; readonly UserName?: string; readonly History?: boolean },
) {
  const { InstanceId = null, UserName = null, History = false } = given
  const rows = await call.records.rows(
    `SELECT * FROM (
       SELECT h.user, p.name, p.sha256, h.since AS held, h.until AS released, p.instance, p.since, p.until
       FROM placements p JOIN instances i ON i.id = p.instance AND i.account = ?1
         LEFT JOIN holders h ON h.account = ?1 AND h.sha256 = p.sha256
           AND h.since < coalesce(p.until, 9e15) AND p.since < coalesce(h.until, 9e15)
       UNION ALL
       SELECT h.user, h.name, h.sha256, h.since, h.until, NULL, NULL, NULL FROM holders h
       WHERE h.account = ?1 AND NOT EXISTS (
         SELECT 1 FROM placements p JOIN instances i ON i.id = p.instance AND i.account = ?1
         WHERE p.sha256 = h.sha256 AND h.since < coalesce(p.until, 9e15) AND p.since < coalesce(h.until, 9e15))
     )
     WHERE (?2 IS NULL OR instance = ?2) AND (?3 IS NULL OR user = ?3)
       AND (?4 = 1 OR (until IS NULL AND released IS NULL))
     ORDER BY user, name, instance, since`,
    [call.account, InstanceId, UserName, History ? 1 : 0],
  )
  return { TotalCount: rows.length, Holders: { Holder: rows.map(holder) } }
}

const holder = (row: Row) => ({
  UserName: text(row.user),
  KeyPairName: String(row.name),
  FingerPrint: String(row.sha256),
  HeldSince: maybeTime(row.held),
  HeldUntil: maybeTime(row.released),
  InstanceId: text(row.instance),
  Since: maybeTime(row.since),
  Until: maybeTime(row.until),
})
