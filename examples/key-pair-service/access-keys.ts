/**
 * Access keys: who calls, and for which account. Their secrets are made of the service's own secret and their id, so that
 * the records hold none; a proof tells whether both belong together.
 */

import { randomBytes, sha256 } from 'hawser/crypto'
import { encodeBase64, encodeText } from 'hawser/wire'
import type { Database, Records } from '../lab/records.ts'
import { SetupError } from '../lab/setup-error.ts'
import { accountSyntax } from './parameters.ts'
import { hmac } from './signature.ts'

export interface AccessKey {
  readonly id: string
  readonly secret: string
}

/** 30 letters and digits, or nearly: 180 bits. */
export async function secretOf(serviceSecret: string, id: string): Promise<string> {
  const bytes = await hmac('SHA-256', serviceSecret, `access key ${id}`)
  return encodeBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').slice(0, 30)
}

const proofOf = (secret: string): string => encodeBase64(sha256.digest(encodeText(secret)))

async function newAccessKey(serviceSecret: string): Promise<AccessKey> {
  const id = `HK${[...randomBytes(9)].map((octet) => octet.toString(16).padStart(2, '0').toUpperCase()).join('')}`
  return { id, secret: await secretOf(serviceSecret, id) }
}

/** The account of an access key; `undefined` where there is no such key. */
export async function accountOf(database: Pick<Database, 'rows'>, id: string): Promise<string | undefined> {
  const [row] = await database.rows('SELECT account FROM access_keys WHERE id = ?', [id])
  return row === undefined ? undefined : String(row.account)
}

/**
 * Makes an access key for an account and has `keep` keep it, before it is recorded: one whose secret nobody has is of no
 * use. With `first`, only where there is none yet.
 */
export function addAccessKey(
  records: Records,
  service: string,
  { account, first = false }: { readonly account: string; readonly first?: boolean },
  keep: (key: AccessKey) => Promise<void>,
): Promise<AccessKey | undefined> {
  if (!accountSyntax.test(account)) throw new SetupError('account: at most 32 of a-z, 0-9, "_" and "-" expected')
  let kept: AccessKey | undefined
  return records.write(async (tx) => {
    if (first && (await tx.rows('SELECT 1 FROM access_keys LIMIT 1')).length > 0) return undefined
    // Kept once, however often the transaction is begun.
    if (!kept) {
      const key = await newAccessKey(service)
      await keep(key)
      kept = key
    }
    await tx.run('INSERT INTO access_keys (id, account, proof, created) VALUES (?, ?, ?, ?)', [
      kept.id,
      account,
      proofOf(kept.secret),
      Date.now(),
    ])
    return kept
  })
}

/** Throws `SetupError` where the secret is not the one with which the records were begun. */
export async function checkServiceSecret(records: Records, service: string): Promise<void> {
  const [row] = await records.rows('SELECT id, proof FROM access_keys LIMIT 1')
  if (row && proofOf(await secretOf(service, String(row.id))) !== row.proof) {
    throw new SetupError("the service's secret is another than the one these records were begun with")
  }
}
