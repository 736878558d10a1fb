/**
 * The command: the words of the API, signed. `key-pairs AttachKeyPair --KeyPairName web --InstanceIds '["i-1"]'`. A value
 * `@FILE` is what stands in that file. Where the service is says KEY_PAIRS_URL, who calls says the file KEY_PAIRS_ACCESS_KEY.
 */

import { existsSync } from 'node:fs'
import { access, constants, readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { formatPrivateKey, identify, parsePrivateKey, SshError } from 'hawser'
import { writeFileAtomic } from 'hawser/node'
import { SetupError } from '../lab/setup-error.ts'
import type { AccessKey } from './access-keys.ts'
import { actions } from './actions.ts'
import { ecsFingerprint } from './fingerprints.ts'
import { readAccessKey } from './secret-files.ts'
import { sign } from './signature.ts'

/** A command line that says nothing that is known. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export function usage(): string {
  const lines = [...actions].map(([name, { needed, optional }]) => {
    const words = [
      ...Object.keys(needed).map((parameter) => `--${parameter} …`),
      ...Object.keys(optional).map((parameter) => `[--${parameter} …]`),
    ]
    return `  key-pairs ${[name, ...words].join(' ')}`
  })
  return [
    'usage: key-pairs serve CONFIG',
    '  key-pairs access-key add CONFIG ACCOUNT FILE',
    '  key-pairs instance add CONFIG ACCOUNT REGION ID HOME…',
    '  key-pairs pem ANSWER FILE    writes the private key of an answer to CreateKeyPair to a file',
    ...lines,
    'Each takes --RegionId; CreateKeyPair takes --out FILE, where the private key goes then.',
  ].join('\n')
}

/** Calls the service; gives its answer. Throws `SetupError` where none comes. */
export async function callService(url: string, key: AccessKey, parameters: ReadonlyMap<string, string>) {
  const where = serviceUrl(url)
  const body = await sign('POST', parameters, key)
  let response: Response
  try {
    response = await fetch(where, { method: 'POST', body, redirect: 'error', signal: AbortSignal.timeout(60_000) })
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const { code, message } = cause as NodeJS.ErrnoException
    throw new SetupError(`${where.origin}: the service does not answer there: ${code ?? message}`)
  }
  const answer: unknown = await response.json().catch(() => undefined)
  if (typeof answer === 'object' && answer !== null && 'RequestId' in answer) {
    return { ok: response.ok, answer: answer as Readonly<Record<string, unknown>> }
  }
  throw new SetupError(`${where.origin}: what answers there (HTTP ${response.status}) is not this service`)
}

function serviceUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/') {
    throw new SetupError('KEY_PAIRS_URL: a URL such as https://keys.example.com expected, with a port up to 65535')
  }
  // Private keys come back that way.
  if (url.protocol === 'http:' && !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)) {
    throw new SetupError('KEY_PAIRS_URL: https expected, or a service on this machine')
  }
  return url
}

/** Calls by what stands on the command line, and prints the answer. Returns the exit code. */
export async function runCall(line: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [name = '', ...rest] = line
  const action = actions.get(name)
  if (!action) throw new UsageError(name === '' ? 'a word expected' : `${name}: not known`)
  const names = [...Object.keys(action.needed), ...Object.keys(action.optional), 'RegionId']
  const { out, ...given } = optionsOf(rest, name === 'CreateKeyPair' ? [...names, 'out'] : names)
  for (const needed of Object.keys(action.needed)) {
    if (given[needed] === undefined) throw new UsageError(`${name}: --${needed} expected`)
  }
  const { KEY_PAIRS_URL: url, KEY_PAIRS_ACCESS_KEY: file } = env
  if (!url || !file) throw new UsageError('KEY_PAIRS_URL and KEY_PAIRS_ACCESS_KEY say where, and who calls')
  const parameters = new Map([['Action', name]])
  for (const [parameter, value] of Object.entries(given)) parameters.set(parameter, await textOf(value))
  refusePrivateKey(parameters.get('PublicKeyBody'))
  // Before a key is made that could not be written then.
  if (out !== undefined) await checkPlace(out)
  const { ok, answer } = await callService(url, await readAccessKey(file), parameters)
  if (!ok) {
    console.error(`key-pairs: ${answer.Code}: ${answer.Message}`)
    return 1
  }
  if (out === undefined) console.log(JSON.stringify(answer, undefined, 2))
  else console.log(JSON.stringify({ ...answer, PrivateKeyBody: await keepPem(answer, out) }, undefined, 2))
  return Number(answer.FailCount ?? 0) > 0 ? 1 : 0
}

/** Throws `SetupError` where no new file can be written. */
async function checkPlace(path: string): Promise<void> {
  if (existsSync(path)) throw new SetupError(`${path}: exists already`)
  await access(dirname(resolve(path)), constants.W_OK).catch((error: NodeJS.ErrnoException) => {
    throw new SetupError(`${path}: cannot be written there: ${error.code}; no key was made`)
  })
}

/** The one chance to keep a private key; where it is missed, what is to be done. */
async function keepPem(answer: Readonly<Record<string, unknown>>, path: string): Promise<string> {
  try {
    return await writePem(answer, path)
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    const what = `The key pair ${answer.KeyPairName} is there, and its private key is lost: DeleteKeyPairs it`
    throw new SetupError(`${error.message}. ${what}`)
  }
}

function optionsOf(rest: readonly string[], names: readonly string[]): Record<string, string | undefined> {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  try {
    return parseArgs({ args: [...rest], options, strict: true }).values as Record<string, string | undefined>
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

async function textOf(value = ''): Promise<string> {
  if (!value.startsWith('@')) return value
  return readFile(value.slice(1), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new SetupError(`${value.slice(1)}: ${error.code}`)
  })
}

/** Before it goes anywhere. */
function refusePrivateKey(body: string | undefined): void {
  if (body === undefined) return
  let artifact: string | undefined
  try {
    artifact = identify(body).artifact
  } catch (error) {
    // What it is then, the service says.
    if (!(error instanceof SshError)) throw error
  }
  if (artifact === 'private-key')
    throw new SetupError('PublicKeyBody: a private key; it was not sent. Take its public one')
}

/**
 * Writes the private key of an answer to CreateKeyPair to a new file of mode 0600; gives the path. Throws `SetupError`
 * where it is not the key whose fingerprint stands in the answer.
 */
export async function writePem(answer: Readonly<Record<string, unknown>>, path: string): Promise<string> {
  const { PrivateKeyBody: body, KeyPairFingerPrint: expected } = answer
  if (typeof body !== 'string' || typeof expected !== 'string') {
    throw new SetupError('an answer to CreateKeyPair expected, with PrivateKeyBody and KeyPairFingerPrint')
  }
  try {
    const key = await parsePrivateKey(body)
    try {
      if (ecsFingerprint(key.publicKey) !== expected) {
        throw new SetupError('the private key is not the one whose fingerprint stands in the answer')
      }
      await writeFileAtomic(path, await formatPrivateKey(key, { format: 'pkcs1' }))
    } finally {
      key.wipe()
    }
  } catch (error) {
    throw error instanceof SshError ? new SetupError(error.message) : error
  }
  return path
}
