/** Secrets in files of mode 0600: the service's own, and access keys. */

import { randomBytes } from 'hawser/crypto'
import { SshError } from 'hawser/errors'
import { readKeyFile, writeFileAtomic } from 'hawser/node'
import { encodeBase64 } from 'hawser/wire'
import { SetupError } from '../lab/setup-error.ts'
import type { AccessKey } from './access-keys.ts'

/** Reads the service's secret, and makes it where there is none yet. Throws `SetupError`. */
export async function serviceSecret(path: string): Promise<string> {
  try {
    await writeFileAtomic(path, `${encodeBase64(randomBytes(33))}\n`).catch((error: unknown) => {
      if (!(error instanceof SshError && error.code === 'file-exists')) throw error
    })
    const secret = new TextDecoder().decode(await readKeyFile(path, { strict: true, limit: 1024 })).trim()
    if (/^[\x21-\x7e]{32,}$/.test(secret)) return secret
    throw new SetupError(`${path}: one line of at least 32 printable characters expected`)
  } catch (error) {
    throw error instanceof SshError ? new SetupError(error.message) : error
  }
}

/** Writes an access key to a new file of mode 0600. Throws `SetupError`. */
export async function writeAccessKey(path: string, key: AccessKey & { readonly account: string }): Promise<void> {
  const file = { Account: key.account, AccessKeyId: key.id, AccessKeySecret: key.secret }
  try {
    await writeFileAtomic(path, `${JSON.stringify(file, undefined, 2)}\n`)
  } catch (error) {
    throw error instanceof SshError ? new SetupError(error.message) : error
  }
}

/** Reads a file that `writeAccessKey` wrote. Throws `SetupError`. */
export async function readAccessKey(path: string): Promise<AccessKey> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(await readKeyFile(path, { strict: true, limit: 4096 })))
  } catch (error) {
    if (!(error instanceof SshError || error instanceof SyntaxError)) throw error
    throw new SetupError(error instanceof SshError ? error.message : `${path}: JSON expected`)
  }
  const { AccessKeyId: id, AccessKeySecret: secret } = (value ?? {}) as Record<string, unknown>
  if (typeof id === 'string' && typeof secret === 'string') return { id, secret }
  throw new SetupError(`${path}: AccessKeyId and AccessKeySecret expected`)
}
