/** The service's configuration, a JSON file in which everything has a default. What is misspelt is refused. */

import { resolve } from 'node:path'
import { object, readConfiguration, string } from '../lab/configuration.ts'
import { SetupError } from '../lab/setup-error.ts'
import { accountSyntax } from './parameters.ts'

/** Paths are absolute by now. */
export interface Config {
  readonly listen: { readonly host: string; readonly port: number }
  readonly database: { readonly url: string; readonly tokenFile: string | undefined }
  /** The service's own secret; made on the first start. */
  readonly secretFile: string
  /** Where the first access key is written, and whose it is. */
  readonly firstKey: { readonly file: string; readonly account: string }
  /** The folder of the instances. */
  readonly instances: string
  readonly regions: readonly [string, ...string[]]
}

function portOf(value: unknown = 8080): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535) return value
  throw new SetupError('listen.port: a number from 1 to 65535 expected, or 0 for any that is free')
}

function regionsOf(value: unknown = ['us-west-1']): readonly [string, ...string[]] {
  const given: unknown[] = Array.isArray(value) ? value : []
  const [first, ...more] = given.filter((name): name is string => typeof name === 'string' && /^[a-z0-9-]+$/.test(name))
  if (first !== undefined && more.length + 1 === given.length) return [first, ...more]
  throw new SetupError('regions: a list of names such as "us-west-1" expected')
}

/** Reads a configuration; paths in it are relative to the file. Throws `SetupError`. */
export async function readConfig(path: string): Promise<Config> {
  return configOf(...(await readConfiguration(path)))
}

export function configOf(value: unknown, folder: string): Config {
  const names = ['listen', 'database', 'secretFile', 'firstKey', 'instances', 'regions']
  const given = object(value ?? {}, 'configuration', names)
  const listen = object(given.listen ?? {}, 'listen', ['host', 'port'])
  const database = object(given.database ?? {}, 'database', ['url', 'tokenFile'])
  const firstKey = object(given.firstKey ?? {}, 'firstKey', ['file', 'account'])
  const at = (path: unknown, where: string, otherwise: string): string =>
    resolve(folder, string(path ?? otherwise, where))
  const url = string(database.url ?? 'file:records.db', 'database.url')
  if (!/^(file|libsql|https|wss):/.test(url)) {
    throw new SetupError('database.url: file:…, libsql://…, https://… or wss://… expected')
  }
  const account = string(firstKey.account ?? 'main', 'firstKey.account')
  if (!accountSyntax.test(account)) {
    throw new SetupError('firstKey.account: at most 32 of a-z, 0-9, "_" and "-" expected')
  }
  return {
    listen: { host: string(listen.host ?? '127.0.0.1', 'listen.host'), port: portOf(listen.port) },
    database: {
      url: url.startsWith('file:') ? `file:${resolve(folder, url.slice(5))}` : url,
      tokenFile: database.tokenFile === undefined ? undefined : at(database.tokenFile, 'database.tokenFile', ''),
    },
    secretFile: at(given.secretFile, 'secretFile', 'secret'),
    firstKey: { file: at(firstKey.file, 'firstKey.file', 'access-key.json'), account },
    instances: at(given.instances, 'instances', 'instances'),
    regions: regionsOf(given.regions),
  }
}
