/** The service as a process: opens records and secrets, makes the first access key where there is none, and serves. */

import { type ServerType, serve as serveNode } from '@hono/node-server'
import { createClient } from '@libsql/client'
import { SshError } from 'hawser/errors'
import { readKeyFile } from 'hawser/node'
import { BUSY_MS, openRecords, RecordsBusy } from '../lab/records.ts'
import { SetupError } from '../lab/setup-error.ts'
import { type AccessKey, addAccessKey, checkServiceSecret } from './access-keys.ts'
import type { Service } from './call.ts'
import type { Config } from './config.ts'
import { createHandler } from './handler.ts'
import { folderMachines } from './machines.ts'
import { steps } from './schema.ts'
import { serviceSecret, writeAccessKey } from './secret-files.ts'

/** The service without its door; what else works on its records needs it too. */
export interface Opened extends Service {
  readonly secret: string
  /** Where the first access key lies, if it was made now. */
  readonly firstKeyFile: string | undefined
}

async function tokenIn(path: string): Promise<string> {
  try {
    return new TextDecoder().decode(await readKeyFile(path, { strict: true })).trim()
  } catch (error) {
    throw error instanceof SshError ? new SetupError(error.message) : error
  }
}

/** Throws `SetupError`, `RecordsBusy`. */
export async function openService(config: Config): Promise<Opened> {
  const { database, secretFile, firstKey, regions } = config
  const secret = await serviceSecret(secretFile)
  const token = database.tokenFile && (await tokenIn(database.tokenFile))
  const options = { url: database.url, timeout: BUSY_MS, ...(token ? { authToken: token } : {}) }
  const records = await openRecords(() => createClient(options), steps).catch((error: Error) => {
    if (error instanceof RecordsBusy) throw error
    const { message } = error.cause instanceof Error ? error.cause : error
    throw new SetupError(`database.url: ${database.url.replace(/\?.*/s, '')} cannot be opened: ${message}`)
  })
  try {
    const { account, file } = firstKey
    const keep = (key: AccessKey): Promise<void> => writeAccessKey(file, { account, ...key })
    const made = await addAccessKey(records, secret, { account, first: true }, keep)
    await checkServiceSecret(records, secret)
    const machines = folderMachines(config.instances)
    return { records, machines, regions, now: Date.now, secret, firstKeyFile: made && file }
  } catch (error) {
    records.close()
    throw error
  }
}

export interface Served extends Opened {
  readonly url: string
  close(): Promise<void>
}

/** Throws `SetupError`, also where the port is not to be had. */
export async function serve(config: Config): Promise<Served> {
  const opened = await openService(config)
  const fetch = createHandler({ ...opened, onError: (error) => console.error(error) })
  const { host: hostname, port } = config.listen
  const server = await new Promise<ServerType>((done, fail) => {
    const made = serveNode({ fetch, hostname, port }, () => done(made))
    made.once('error', fail)
  }).catch((error: NodeJS.ErrnoException) => {
    opened.records.close()
    throw new SetupError(`listen: ${hostname}, port ${port}: ${error.code ?? error.message}`)
  })
  const address = server.address()
  const bound = typeof address === 'object' && address ? address.port : port
  return {
    ...opened,
    url: `http://${hostname.includes(':') ? `[${hostname}]` : hostname}:${bound}`,
    async close() {
      await new Promise((done) => server.close(done))
      opened.records.close()
    },
  }
}
