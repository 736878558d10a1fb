/**
 * The real ssh, a new connection each time. Scripts go through its stdin, passwords through SSH_ASKPASS and stdin:
 * nothing secret stands in an argument.
 */

import { spawn } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { endOf } from '../lab/program.ts'
import { Refusal } from '../lab/refusal.ts'
import { asOptions, byKey, byNothing, byPassword, methodsIn } from '../lab/ssh-options.ts'
import type { Ended } from '../lab/tell.ts'
import { quote, type Way } from './step.ts'
import type { Wishes } from './wishes.ts'

export interface Connection {
  readonly wishes: Wishes
  /** A folder of this run alone: known_hosts, the program that ssh asks for a password. */
  readonly folder: string
}

const settings = [
  'ControlMaster=no',
  'ControlPath=none',
  'ForwardAgent=no',
  'ClearAllForwardings=yes',
  'GlobalKnownHostsFile=/dev/null',
  'UpdateHostKeys=no',
  'ConnectTimeout=15',
  'ConnectionAttempts=1',
  'ServerAliveInterval=5',
  'ServerAliveCountMax=3',
  'LogLevel=ERROR',
]

export const knownHostsIn = (folder: string): string => join(folder, 'known_hosts')

/** Runs `work` with a folder for ssh, and removes it. */
export async function withConnection<T>(wishes: Wishes, work: (connection: Connection) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'harden-'))
  try {
    const askpass = join(folder, 'askpass')
    await writeFile(askpass, '#!/bin/sh\nexec head -n 1 "$HARDEN_PASSWORD_FILE"\n')
    await chmod(askpass, 0o700)
    return await work({ wishes, folder })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Throws `Refusal` `missing-tool`. */
export function runProgram(
  file: string,
  args: readonly string[],
  input: string,
  env: Readonly<Record<string, string>>,
  seconds: number,
): Promise<Ended> {
  const child = spawn(file, args, { env: { ...process.env, ...env }, timeout: seconds * 1000 })
  return endOf(child, input).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new Refusal('missing-tool', `${file} is not installed here`) : error
  })
}

/** Asks ssh for one command, with `more` options, which count before the usual ones. */
export function ssh(
  { wishes, folder }: Connection,
  user: string,
  port: number,
  more: readonly string[],
  command: string,
  input = '',
): Promise<Ended> {
  const known = [`UserKnownHostsFile=${knownHostsIn(folder)}`, 'StrictHostKeyChecking=yes']
  const options = asOptions([...known, ...more, ...settings])
  const args = ['-F', 'none', '-T', '-p', String(port), '-l', user, ...options, '--', wishes.host, command]
  const env = {
    LC_ALL: 'C',
    DISPLAY: process.env.DISPLAY ?? ':0',
    SSH_ASKPASS: join(folder, 'askpass'),
    SSH_ASKPASS_REQUIRE: 'force',
    HARDEN_PASSWORD_FILE: wishes.passwordFile === undefined ? '/dev/null' : resolve(wishes.passwordFile),
  }
  return runProgram('ssh', args, input, env, 120)
}

/** What lets the one of a way in. */
export function credentials({ wishes }: Connection, way: Way): readonly string[] {
  if (way.as === 'admin') return byKey(wishes.identity)
  if (wishes.loginIdentity !== undefined) return byKey(wishes.loginIdentity)
  return wishes.passwordFile === undefined ? ['PreferredAuthentications=publickey', 'BatchMode=yes'] : byPassword
}

export const userOf = ({ wishes }: Connection, way: Way): string => (way.as === 'admin' ? wishes.admin : wishes.login)

/** Logs in anew and runs a script, as root where it says so. */
export function runScript(connection: Connection, way: Way, script: string, root = true): Promise<Ended> {
  const user = userOf(connection, way)
  const { command, head } = shellOf(connection, way, root && user !== 'root')
  return ssh(connection, user, way.port, credentials(connection, way), command, `${head}${whole(script)}`)
}

/** Read to its end before it begins, so that nothing it starts reads the rest of it. */
const whole = (script: string): string => `main() {\n${script}\n}\nmain </dev/null\n`

const MARK = '#--'

/** The shell that reads the script. sudo reads the line of a password where it wants one; else what is left is skipped. */
function shellOf({ wishes }: Connection, way: Way, sudo: boolean): { readonly command: string; readonly head: string } {
  if (!sudo) return { command: 'exec sh -s', head: '' }
  const skip = `while IFS= read -r line && [ "$line" != "${MARK}" ]; do :; done; exec sh -s`
  const password = way.as === 'admin' ? wishes.secrets.admin : undefined
  const asked = password === undefined ? '-n' : `-S -p ''`
  // sudo empties the environment, and sshd -T wants to know where one comes from.
  const command = `exec sudo ${asked} env SSH_CONNECTION="$SSH_CONNECTION" sh -c ${quote(skip)}`
  return { command, head: `${password === undefined ? '' : `${password}\n`}${MARK}\n` }
}

/** Methods that the server names to a user who shows nothing; undefined where it does not answer. */
export async function methodsFor(connection: Connection, user: string, port: number): Promise<string[] | undefined> {
  const { err } = await ssh(connection, user, port, [...byNothing, 'LogLevel=DEBUG1'], 'true')
  return methodsIn(err)
}
