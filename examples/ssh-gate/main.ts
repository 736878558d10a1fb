/** `ssh-gate serve CONFIG` is the service, all other words ask it. 0 is done, 1 refused, 2 wrong usage or configuration. */

import { SetupError } from '../lab/setup-error.ts'
import { runCommand, UsageError, usage } from './command.ts'

async function main(line: readonly string[]): Promise<number> {
  const [word, path, ...more] = line
  if (line.includes('--help')) {
    console.log(usage())
    return 0
  }
  if (word !== 'serve') return runCommand(line, process.env)
  if (path === undefined || more.length > 0) throw new UsageError('serve: the path of a configuration expected')
  // The records are for nobody else.
  process.umask(0o077)
  // The command starts faster without all that the service needs.
  const [{ serve }, { readConfig }] = await Promise.all([import('./serve.ts'), import('./config.ts')])
  const served = await serve(await readConfig(path))
  console.log(`listening on ${served.url}`)
  await new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, done)
  })
  await served.close()
  return 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError || error instanceof SetupError)) throw error
  console.error(`ssh-gate: ${error.message}${error instanceof UsageError ? `\n${usage()}` : ''}`)
  process.exitCode = 2
}
