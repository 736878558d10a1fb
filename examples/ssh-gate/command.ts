/**
 * The command: the words of the HTTP API, typed. `ssh-gate gate key add edge id.pub` is `POST /v1/PROJECT/gates/edge/keys`.
 * Where the service is, which project and which token say SSH_GATE_URL, SSH_GATE_PROJECT and SSH_GATE_TOKEN_FILE.
 */

import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { SetupError } from '../lab/setup-error.ts'
import { type Field, type Operation, operations, type Words } from './operations.ts'
import { readSecret } from './secret-file.ts'

/** A command line that says nothing that is known. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export interface Asked {
  readonly method: Operation['method']
  /** With its query. */
  readonly path: string
  readonly body: Readonly<Record<string, unknown>> | undefined
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
const parameters = (path: string): string[] => [...path.matchAll(/:([a-z]+)/g)].map(([, name]) => name!)

/** `name` and `key` stand on the line without their names. */
const bare = (fields: Operation['fields']): string[] =>
  ['name', 'key'].filter((name) => fields[name]?.needed).slice(0, 1)

export function usage(): string {
  const lines = (Object.entries(operations) as [Words, Operation][]).map(([words, { path, fields }]) => {
    const places = [...parameters(path), ...bare(fields)].map((name) => name.toUpperCase())
    const options = Object.entries(fields)
      .filter(([name]) => !bare(fields).includes(name))
      .map(([name, { needed, from }]) => {
        const option = `--${kebab(name)}${from === 'flag' ? '' : from === 'file' ? ' FILE' : ' …'}`
        return needed ? option : `[${option}]`
      })
    return `  ssh-gate ${[words, ...places, ...options].join(' ')}`
  })
  const head =
    'ssh-gate serve CONFIG\n  SSH_GATE_URL, SSH_GATE_PROJECT and SSH_GATE_TOKEN_FILE say whom the others ask:'
  return `${head}\n${lines.join('\n')}`
}

/** The request that a command line means. `read` gives the content of a file. Throws `UsageError`. */
export async function requestOf(
  line: readonly string[],
  project: string,
  read: (path: string) => Promise<string>,
): Promise<Asked> {
  const words = (Object.keys(operations) as Words[])
    .filter((known) => `${line.join(' ')} `.startsWith(`${known} `))
    .sort((a, b) => b.length - a.length)[0]
  if (words === undefined) throw new UsageError('unknown words')
  const { method, path, fields }: Operation = operations[words]
  const { positionals, values } = argumentsOf(line.slice(words.split(' ').length), fields)
  const places = [...parameters(path), ...bare(fields)]
  if (positionals.length !== places.length) throw new UsageError(`${words}: ${places.join(', ') || 'nothing'} expected`)
  const given: Record<string, unknown> = {}
  let filled = path
  for (const [i, name] of places.entries()) {
    if (path.includes(`:${name}`)) filled = filled.replace(`:${name}`, encodeURIComponent(positionals[i]!))
    else given[name] = await wordOf(fields[name]!, positionals[i]!, read)
  }
  for (const [name, field] of Object.entries(fields)) {
    const value = values[kebab(name)]
    if (value !== undefined) given[name] = await wordOf(field, value, read)
  }
  const at = `/v1/${encodeURIComponent(project)}${filled}`
  if (method === 'POST') return { method, path: at, body: given }
  const query = new URLSearchParams(Object.entries(given).map(([name, value]) => [name, String(value)]))
  return { method, path: query.size > 0 ? `${at}?${query}` : at, body: undefined }
}

function argumentsOf(args: string[], fields: Operation['fields']) {
  const options = Object.fromEntries(
    Object.entries(fields).map(([name, { from }]) => {
      return [kebab(name), { type: from === 'flag' ? ('boolean' as const) : ('string' as const) }]
    }),
  )
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

async function wordOf(
  { from }: Field,
  value: string | boolean | (string | boolean)[],
  read: (path: string) => Promise<string>,
): Promise<unknown> {
  if (from === 'file') return read(String(value))
  return from === 'list' ? String(value).split(',') : value
}

async function ask(target: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(target, init)
  } catch (error) {
    const { cause } = error as Error
    const message = `${target.host} does not answer: ${cause instanceof Error ? cause.message : error}`
    return Response.json({ error: { code: 'unreachable', message } }, { status: 504 })
  }
}

/** Throws `UsageError` for what is no place to send a token to. */
function checkServiceUrl(text: string): void {
  const { protocol = '', hostname = '' } = URL.canParse(text) ? new URL(text) : {}
  if (!/^https?:$/.test(protocol)) throw new UsageError('SSH_GATE_URL: a URL expected')
  if (protocol !== 'https:' && !['127.0.0.1', '[::1]', 'localhost'].includes(hostname)) {
    throw new UsageError('SSH_GATE_URL: https expected, since a token goes there')
  }
}

function readGiven(file: string): Promise<string> {
  return readFile(file === '-' ? '/dev/stdin' : file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new SetupError(`${file}: ${error.code}`)
  })
}

/** Asks the service and prints what it says; gives the exit code: 0 done, 1 refused. Throws `UsageError`, `SetupError`. */
export async function runCommand(
  line: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const { SSH_GATE_URL: url, SSH_GATE_PROJECT: project, SSH_GATE_TOKEN_FILE: tokenFile } = env
  if (!url || !project || !tokenFile)
    throw new UsageError('SSH_GATE_URL, SSH_GATE_PROJECT and SSH_GATE_TOKEN_FILE expected')
  checkServiceUrl(url)
  const { method, path, body } = await requestOf(line, project, readGiven)
  const target = new URL(url.replace(/\/$/, '') + path)
  const response = await ask(target, {
    method,
    // A redirect would take the token elsewhere.
    redirect: 'error',
    headers: {
      authorization: `Bearer ${await readSecret(tokenFile)}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await response.text()
  const isJson = (response.headers.get('content-type') ?? '').startsWith('application/json')
  if (response.ok) {
    process.stdout.write(isJson ? `${JSON.stringify(JSON.parse(text), null, 2)}\n` : text)
    return 0
  }
  const { code = String(response.status), message = text } = isJson ? (JSON.parse(text).error ?? {}) : {}
  console.error(`${code}: ${message}`)
  return 1
}
