/** `key-pairs serve CONFIG` is the service, most other words call it. 0 is done, 1 refused, 2 wrong usage or setup. */

import { object, readConfiguration } from '../lab/configuration.ts'
import { addAccessKey } from './access-keys.ts'
import { runCall, UsageError, usage, writePem } from './command.ts'
import { accountSyntax, instanceId } from './parameters.ts'

/** What is loaded for the service alone: the command starts faster without it. */
async function load(path: string) {
  const [{ readConfig }, service] = await Promise.all([import('./config.ts'), import('./serve.ts')])
  return { config: await readConfig(path), ...service }
}

const firstKeyMade = ({ account, file }: { readonly account: string; readonly file: string }): string =>
  `first access key, of account ${account}: ${file}`

async function main(line: readonly string[]): Promise<number> {
  const [word, ...rest] = line
  const [first = '', second = ''] = rest
  if (word === 'serve' && rest.length === 1) return serveUntilEnd(first)
  if (word === 'pem' && rest.length === 2) {
    const [answer] = await readConfiguration(first)
    console.log(await writePem(object(answer, first), second))
    return 0
  }
  if (word === 'access-key' && first === 'add' && rest.length === 4) {
    return addKey(second, rest[2]!, rest[3]!)
  }
  if (word === 'instance' && first === 'add' && rest.length >= 6) return addOne(second, rest.slice(2))
  return runCall(line, process.env)
}

async function addKey(path: string, account: string, file: string): Promise<number> {
  const { config, openService } = await load(path)
  const { writeAccessKey } = await import('./secret-files.ts')
  const { records, secret, firstKeyFile } = await openService(config)
  if (firstKeyFile) console.error(firstKeyMade(config.firstKey))
  try {
    const key = await addAccessKey(records, secret, { account }, (made) => writeAccessKey(file, { account, ...made }))
    console.log(`${key?.id} for account ${account}: ${file}`)
  } finally {
    records.close()
  }
  return 0
}

async function addOne(path: string, [account, region, id, ...homes]: readonly string[]): Promise<number> {
  const { config, openService } = await load(path)
  if (!homes.concat(account!).every((name) => accountSyntax.test(name))) {
    throw new UsageError('instance add: accounts are of a-z, 0-9, "_" and "-"')
  }
  if (!config.regions.includes(region!)) throw new UsageError(`instance add: regions are ${config.regions.join(', ')}`)
  instanceId(id!, 'instance add')
  const { addInstance } = await import('./instances.ts')
  const opened = await openService(config)
  if (opened.firstKeyFile) console.error(firstKeyMade(config.firstKey))
  try {
    await addInstance(opened, { id: id!, account: account!, region: region!, homes })
  } finally {
    opened.records.close()
  }
  console.log(`${config.instances}/${id}/home/%u/.ssh/authorized_keys`)
  return 0
}

async function serveUntilEnd(path: string): Promise<number> {
  const { config, serve } = await load(path)
  const { url, firstKeyFile, close } = await serve(config)
  if (firstKeyFile) console.log(firstKeyMade(config.firstKey))
  console.log(`listening on ${url}`)
  await new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, done)
  })
  await close()
  return 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const expected = ['UsageError', 'SetupError', 'ApiError', 'RecordsBusy']
  if (!(error instanceof Error && expected.includes(error.name))) throw error
  console.error(`key-pairs: ${error.message}${error instanceof UsageError ? `\n${usage()}` : ''}`)
  process.exitCode = 2
}
