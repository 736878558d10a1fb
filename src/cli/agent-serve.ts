/** `hawser agent serve`: an agent on a socket, in the foreground. */

import { createKeyring } from '../agent/index.ts'
import { type AddRequest, type Agent, decodeAdd } from '../agent-protocol/index.ts'
import { SshError } from '../errors.ts'
import { allTypes } from '../keys/index.ts'
import { serveAgentSocket } from '../runtime/agent-socket.ts'
import { FileError } from '../runtime/shared.ts'
import { authorityAgent, authorityOptions, checkNoAuthority } from './agent-authority.ts'
import { parseLifetime } from './agent-client.ts'
import { createConfirm } from './agent-confirm.ts'
import { addFile } from './agent-keys.ts'
import { createSecurityKeys } from './agent-security-key.ts'
import { readArguments, UsageError } from './arguments.ts'
import { checkStdin } from './files.ts'
import { errorFacts, print, printJson, tell } from './output.ts'

/** SSH_AGENT_CONSTRAIN_CONFIRM (RFC 9987 section 5.2.7.2). */
const CONFIRM = 2

/** The add of a key, to be confirmed whether its owner asked for that or not; constraints stand at the end. */
function withConfirm(request: AddRequest): AddRequest {
  const { key, constraints } = decodeAdd(request, { types: allTypes })
  key.wipe()
  if (constraints.some(({ kind }) => kind === 'confirm')) return request
  const contents = new Uint8Array(request.contents.length + 1).fill(CONFIRM)
  contents.set(request.contents)
  return { kind: 'add', constrained: true, contents }
}

/** An agent whose keys are all confirmed. */
function confirming(agent: Agent): Agent {
  return {
    async respond(request, connection) {
      if (request.kind !== 'add') return agent.respond(request, connection)
      const changed = withConfirm(request)
      try {
        return await agent.respond(changed, connection)
      } finally {
        changed.contents.fill(0)
      }
    },
  }
}

/** For a shell of the Bourne family. */
function quoted(text: string): string {
  return /^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Runs the command; resolves to the exit code, when a signal has ended it. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals: files } = readArguments(args, {
    json: { type: 'boolean' },
    socket: { type: 'string' },
    lifetime: { type: 'string' },
    confirm: { type: 'boolean' },
    'passphrase-file': { type: 'string' },
    'sk-provider': { type: 'string', multiple: true },
    ...authorityOptions,
  })
  const { socket: path, confirm = false, 'passphrase-file': passphraseFile, 'sk-provider': providers = [] } = values
  const lifetime = parseLifetime(values.lifetime)
  if (path === '') throw new UsageError('--socket: the path of a socket expected')
  if (values.authority === undefined) checkNoAuthority(values)
  else if (path !== undefined && path === values['with-agent']) {
    throw new UsageError('--socket and --with-agent: an agent cannot stand behind itself')
  }
  checkStdin([...files, passphraseFile])

  const ending = new AbortController()
  const { signal } = ending
  const end = (): void => ending.abort()
  const ask = createConfirm(signal)
  const keyring = createKeyring({
    types: allTypes,
    lifetime,
    confirm: ask,
    ...securityKeys(providers, signal),
    onError: (error) => {
      if (!signal.aborted) tell(`refused: ${errorFacts(error).message}`)
    },
  })
  const keys = confirm ? confirming(keyring) : keyring
  const certified =
    values.authority === undefined
      ? undefined
      : authorityAgent(values, { keys, lifetime, confirm: confirm ? ask : undefined, signal })
  const wipe = (): void => {
    certified?.wipe()
    keyring.wipe()
  }
  process.on('exit', wipe)
  // As ssh-agent does since 10.0; to Node it would mean a debugger, which reads all memory.
  process.on('SIGUSR1', wipe)
  try {
    const connection = { closed: new Promise<void>(() => {}) }
    // The keyring knows the lifetime of all keys itself.
    const how = { lifetime: undefined, confirm, passphraseFile }
    for (const file of files) {
      await addFile(file, how, async (request) => {
        const { kind } = await keys.respond(request, connection)
        request.contents.fill(0)
        if (kind !== 'success') throw new SshError('agent-refused', 'not taken into the agent')
      })
    }
    // Until here there is nothing to clean up, and a signal ends whatever asks for a passphrase.
    for (const name of signals) process.on(name, end)
    const served = await serveAgentSocket(certified ?? keys, { path, signal })
    if (values.json) printJson({ socket: served.path, pid: process.pid })
    else print(`SSH_AUTH_SOCK=${quoted(served.path)}; export SSH_AUTH_SOCK;`)
    await served.closed
    return 0
  } finally {
    wipe()
    process.off('exit', wipe).off('SIGUSR1', wipe)
    for (const name of signals) process.off(name, end)
  }
}

function securityKeys(providers: readonly string[], signal: AbortSignal): ReturnType<typeof createSecurityKeys> {
  try {
    return createSecurityKeys(providers, signal)
  } catch (cause) {
    throw new FileError('file-not-found', providers.join(', '), 'no such library', { cause })
  }
}
