#!/usr/bin/env node
/** The `hawser` command: finds the command that is asked for, and turns what it throws into messages and exit codes. */

import { readFileSync } from 'node:fs'

type Command = { run(args: readonly string[]): Promise<number> }

/** Loaded when they are called: a command brings its own part of the library along and no more. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  keygen: () => import('./keygen.ts'),
  inspect: () => import('./inspect.ts'),
  convert: () => import('./convert.ts'),
  fingerprint: () => import('./fingerprint.ts'),
  'cert issue': () => import('./cert-issue.ts'),
  'cert check': () => import('./cert-check.ts'),
  'sig sign': () => import('./sig-sign.ts'),
  'sig verify': () => import('./sig-verify.ts'),
  'sig check': () => import('./sig-check.ts'),
  'sig find-principals': () => import('./sig-find-principals.ts'),
  'krl create': () => import('./krl-create.ts'),
  'krl test': () => import('./krl-test.ts'),
  'hosts find': () => import('./hosts-find.ts'),
  'hosts add': () => import('./hosts-add.ts'),
  'hosts remove': () => import('./hosts-remove.ts'),
  'hosts hash': () => import('./hosts-hash.ts'),
  'hosts check': () => import('./hosts-check.ts'),
  'authorized-keys check': () => import('./authorized-keys-check.ts'),
  'agent serve': () => import('./agent-serve.ts'),
  'agent list': () => import('./agent-list.ts'),
  'agent add': () => import('./agent-add.ts'),
  'agent remove': () => import('./agent-remove.ts'),
  'agent lock': () => import('./agent-lock.ts'),
  'agent unlock': () => import('./agent-unlock.ts'),
  'agent query': () => import('./agent-query.ts'),
  login: () => import('./login.ts'),
  'ca client-setup': () => import('./ca-client-setup.ts'),
  'ca host-setup': () => import('./ca-host-setup.ts'),
  'ca keys': () => import('./ca-keys.ts'),
  'ca known-hosts': () => import('./ca-known-hosts.ts'),
  'ca host-certificate': () => import('./ca-host-certificate.ts'),
  'ca krl': () => import('./ca-krl.ts'),
}

/** Wrong usage found before a command runs. */
async function misused(message: string): Promise<Error> {
  const { UsageError } = await import('./arguments.ts')
  const { escapeText } = await import('../wire/text.ts')
  return new UsageError(escapeText(message))
}

async function printHelp(topic: string): Promise<number> {
  const { help } = await import('./help/index.ts')
  if (!Object.hasOwn(help, topic)) throw await misused(`no such command: ${topic}`)
  process.stdout.write(`${help[topic]}\n`)
  return 0
}

function printVersion(): number {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  process.stdout.write(`hawser ${version}\n`)
  return 0
}

/** Commands that judge: whoever reads nothing but the verdict in their JSON is told no, whatever went wrong. */
const judges: readonly string[] = ['cert check', 'sig verify', 'sig check', 'authorized-keys check']

/** Tells what was thrown; gives the exit code. */
async function failed(error: unknown, topic: string, json: boolean): Promise<number> {
  const { errorFacts, printJson, tell } = await import('./output.ts')
  const facts = errorFacts(error)
  if (json) printJson({ ...(judges.includes(topic) && { accepted: false }), error: facts })
  else tell(facts.message)
  // A fault of ours: where it happened helps whoever mends it.
  if (facts.code === 'internal' && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  if (facts.code !== 'usage') return 1
  if (!json) process.stderr.write(`Try: hawser ${topic && `${topic} `}--help\n`)
  return 2
}

/** Runs what `args` ask for; gives the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const [first] = args
  if (first === '--version') return printVersion()
  const group = Object.keys(commands).filter((name) => name.startsWith(`${first} `))
  const words = group.length > 0 && args[1] && !args[1].startsWith('-') ? 2 : 1
  const topic = args.slice(0, words).join(' ')
  const end = args.indexOf('--')
  const options = end < 0 ? args : args.slice(0, end)
  try {
    if (first === 'help') return await printHelp(args.slice(1).join(' '))
    if (options.includes('--help') || options.includes('-h')) return await printHelp(topic.startsWith('-') ? '' : topic)
    const load = Object.hasOwn(commands, topic) ? commands[topic] : undefined
    if (!load && group.length > 0 && words === 1) throw await misused(`which one: ${group.join(', ')}?`)
    if (!load) throw await misused(first === undefined ? 'which command?' : `no such command: ${topic}`)
    const { run } = await load()
    return await run(args.slice(words))
  } catch (error) {
    const known = Object.hasOwn(commands, topic) ? topic : group.length > 0 ? first! : ''
    return failed(error, known, options.includes('--json'))
  }
}

// Whoever reads our output may stop reading (`hawser … | head`); the command ends as it would have, in silence.
process.stdout.on('error', (error: Error & { readonly code?: string }) => {
  if (error.code === 'EPIPE') return
  process.stderr.write(`hawser: standard output: ${error.message}\n`)
  process.exit(1)
})

process.exitCode = await main(process.argv.slice(2))
