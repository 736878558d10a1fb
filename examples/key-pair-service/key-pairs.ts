/** Key pairs: made here or imported, listed, deleted. A private key is in the one answer that makes it, and nowhere else. */

import { fingerprint, formatPrivateKey, formatPublicKey, generateKey } from 'hawser'
import type { PublicKey } from 'hawser/keys'
import { BadKey, readLoginKey } from '../lab/login-key.ts'
import type { Database, Row } from '../lab/records.ts'
import { ApiError } from './api-error.ts'
import { apiTime, type Call } from './call.ts'
import { ecsFingerprint, type FingerprintForms, fingerprintForms } from './fingerprints.ts'

export interface KeyPair {
  readonly id: number
  readonly name: string
  /** The two fingerprints that matter: `KeyPairFingerPrint`, and what sshd writes into its log. */
  readonly md5: string
  readonly sha256: string
  /** The public key, one line without line feed; its comment is the name. */
  readonly line: string
  readonly forms: FingerprintForms
  readonly created: number
}

/** In one region. */
const KEY_PAIRS = 500
const RSA_BITS = 2048

const keyPairOf = (row: Row): KeyPair => ({
  id: Number(row.id),
  name: String(row.name),
  md5: String(row.md5),
  sha256: String(row.sha256),
  line: String(row.line),
  forms: JSON.parse(String(row.forms)) as FingerprintForms,
  created: Number(row.created),
})

/** Throws `ApiError` `InvalidKeyPairName.NotFound`. */
export async function needKeyPair(database: Pick<Database, 'rows'>, call: Call, name: string): Promise<KeyPair> {
  const sql = 'SELECT * FROM key_pairs WHERE account = ? AND region = ? AND name = ?'
  const [row] = await database.rows(sql, [call.account, call.region, name])
  if (!row) throw new ApiError('InvalidKeyPairName.NotFound', `KeyPairName: ${name}.`)
  return keyPairOf(row)
}

/** Throws `ApiError` `KeyPair.AlreadyExist`, `QuotaExceed.KeyPair`. */
async function needRoom(database: Pick<Database, 'rows'>, { account, region }: Call, name: string): Promise<void> {
  const sql = 'SELECT count(*) AS all_of, sum(name = ?) AS same FROM key_pairs WHERE account = ? AND region = ?'
  const [row] = await database.rows(sql, [name, account, region])
  if (Number(row?.same)) throw new ApiError('KeyPair.AlreadyExist', `KeyPairName: ${name}.`)
  if (Number(row?.all_of) >= KEY_PAIRS) throw new ApiError('QuotaExceed.KeyPair', `At most ${KEY_PAIRS} in a region.`)
}

async function add(call: Call, name: string, key: PublicKey, forms: FingerprintForms): Promise<void> {
  const { account, region } = call
  const line = formatPublicKey(key, { comment: name }).trim()
  const values = [account, region, name, ecsFingerprint(key), fingerprint(key), line, JSON.stringify(forms), call.now()]
  await call.records.write(async (tx) => {
    await needRoom(tx, call, name)
    const columns = 'account, region, name, md5, sha256, line, forms, created'
    await tx.run(`INSERT INTO key_pairs (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, values)
  })
}

/** CreateKeyPair */
export async function createKeyPair(call: Call, { KeyPairName }: { readonly KeyPairName: string }) {
  // Asked before as well, since a key takes longer to make than to refuse.
  await needRoom(call.records, call, KeyPairName)
  const key = await generateKey('rsa', { bits: RSA_BITS })
  try {
    await add(call, KeyPairName, key.publicKey, await fingerprintForms(key.publicKey, { privateKey: key }))
    const PrivateKeyBody = await formatPrivateKey(key, { format: 'pkcs1' })
    return { KeyPairName, KeyPairFingerPrint: ecsFingerprint(key.publicKey), PrivateKeyBody }
  } finally {
    key.wipe()
  }
}

/** ImportKeyPair */
export async function importKeyPair(
  call: Call,
  { KeyPairName, PublicKeyBody }: { readonly KeyPairName: string; readonly PublicKeyBody: string },
) {
  const key = readBody(PublicKeyBody)
  await add(call, KeyPairName, key, await fingerprintForms(key, { file: PublicKeyBody }))
  return { KeyPairName, KeyPairFingerPrint: ecsFingerprint(key) }
}

function readBody(body: string): PublicKey {
  try {
    return readLoginKey(body)
  } catch (error) {
    if (!(error instanceof BadKey)) throw error
    const hint =
      error.code === 'is-private-key'
        ? ' A private key was sent: whoever saw it on its way has it; make a new one.'
        : ''
    throw new ApiError('InvalidPublicKeyBody.Malformed', `${error.code}: ${error.message}.${hint}`)
  }
}

/** DescribeKeyPairs */
export async function describeKeyPairs(
  call: Call,
  given: {
    readonly KeyPairName?: string
    readonly KeyPairFingerPrint?: string
    readonly PageNumber?: number
    readonly PageSize?: number
    readonly IncludePublicKey?: boolean
  },
) {
  const { PageNumber = 1, PageSize = 10, IncludePublicKey = false } = given
  // A name is of letters, digits and `:_.-`, so that of GLOB's signs only `*` can stand in it.
  const sql = 'FROM key_pairs WHERE account = ? AND region = ? AND name GLOB ? AND md5 GLOB ?'
  const where = [call.account, call.region, given.KeyPairName ?? '*', given.KeyPairFingerPrint ?? '*']
  const [count] = await call.records.rows(`SELECT count(*) AS total ${sql}`, where)
  const page = [...where, PageSize, (PageNumber - 1) * PageSize]
  const rows = await call.records.rows(`SELECT * ${sql} ORDER BY created DESC, id DESC LIMIT ? OFFSET ?`, page)
  const KeyPair = rows.map(keyPairOf).map(({ name, md5, line, created }) => ({
    KeyPairName: name,
    KeyPairFingerPrint: md5,
    CreationTime: apiTime(created),
    ...(IncludePublicKey ? { PublicKey: line } : {}),
  }))
  return { PageNumber, PageSize, TotalCount: Number(count?.total), KeyPairs: { KeyPair } }
}

/** DescribeFingerPrints, which the ECS API has not: all forms of a key's fingerprint. */
export async function describeFingerPrints(call: Call, { KeyPairName }: { readonly KeyPairName: string }) {
  const { forms } = await needKeyPair(call.records, call, KeyPairName)
  const FingerPrint = Object.entries(forms).map(([Form, Value]) => ({ Form, Value }))
  return { KeyPairName, FingerPrints: { FingerPrint } }
}

/** DeleteKeyPairs: all of them or none. */
export async function deleteKeyPairs(call: Call, { KeyPairNames }: { readonly KeyPairNames: readonly string[] }) {
  await call.records.write(async (tx) => {
    for (const name of KeyPairNames) {
      const { id } = await needKeyPair(tx, call, name)
      const used = await tx.rows(
        `SELECT id AS what FROM instances WHERE key_pair = ?
         UNION ALL SELECT user AS what FROM holders WHERE key_pair = ? AND until IS NULL`,
        [id, id],
      )
      if (used.length > 0) {
        const by = used.map(({ what }) => String(what)).join(', ')
        throw new ApiError('InvalidParameter.KeypairAlreadyAttachedInstance', `${name} is used by ${by}.`)
      }
      await tx.run('DELETE FROM key_pairs WHERE id = ?', [id])
    }
  })
  return {}
}
