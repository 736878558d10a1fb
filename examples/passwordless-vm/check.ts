/**
 * Whether a server takes passwords, asked from outside: `ssh` asks for the method "none" (RFC 4252 section 5.2), and the
 * server names those that can continue. No password and no key is offered, nothing of ~/.ssh is read or written.
 */

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readKeyFile } from 'hawser/node'
import { asOptions, byNothing, methodsIn } from '../lab/ssh-options.ts'
import { NoAnswer } from './refusal.ts'

const settings = [
  ...byNothing,
  'IdentityAgent=none',
  'GlobalKnownHostsFile=/dev/null',
  'UserKnownHostsFile=/dev/null',
  // Nothing is sent that the wrong server must not have.
  'StrictHostKeyChecking=no',
  'UpdateHostKeys=no',
  'ConnectTimeout=30',
  'ConnectionAttempts=1',
]

/** Octets of the log. Servers that answer leave a few thousand; others might go on until the time is over. */
const LOG = 2 ** 20

/** What a guesser can try. Whether keyboard-interactive asks for a password or for a code shows only later. */
const guessed = ['none', 'password', 'keyboard-interactive']

export interface Answer {
  /** In the server's order; `none` where it let us in at once. */
  readonly methods: readonly string[]
  /** Those of them that a guesser can try, `none` among them. */
  readonly passwords: readonly string[]
}

/** Asks a server. Throws `NoAnswer` where it names no methods. */
export async function checkServer(host: string, port: number, user: string): Promise<Answer> {
  const folder = await mkdtemp(join(tmpdir(), 'vm-check-'))
  try {
    const log = join(folder, 'log')
    // The log has a file of its own, since a server may write a banner of any text to stderr.
    const args = ['-F', 'none', '-v', '-T', '-E', log, '-p', String(port), '-l', user]
    await ended([...args, ...asOptions(settings), '--', host, 'true'])
    const octets = await readKeyFile(log, { limit: LOG }).catch(() => {
      throw new NoAnswer(`${host} port ${port}: no answer, or too much of it`)
    })
    return answerIn(new TextDecoder().decode(octets), host, port)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What the log of `ssh -v` says. Throws `NoAnswer`. */
export function answerIn(log: string, host: string, port: number): Answer {
  const methods = methodsIn(log)
  if (methods === undefined) {
    const said = log
      .split(/\r?\n/)
      .filter((line) => line !== '' && !/^(debug1: |OpenSSH_|Warning: Permanently)/.test(line))
    throw new NoAnswer(
      `${host} port ${port}: no answer. ${(said.at(-1) ?? 'ssh says nothing').replace(/\p{C}/gu, '?')}`,
    )
  }
  // As with `AuthenticationMethods none`, which lets in some accounts and no others.
  if (methods.length === 0) throw new NoAnswer(`${host} port ${port}: it names no methods for this user`)
  return { methods, passwords: methods.filter((method) => guessed.includes(method)) }
}

function ended(args: readonly string[]): Promise<void> {
  return new Promise((done, fail) => {
    const child = execFile('ssh', args, { timeout: 90_000, killSignal: 'SIGKILL' }, (error) => {
      if (error?.code === 'ENOENT') fail(new NoAnswer('ssh is not installed'))
      else done()
    })
    child.stdin?.end()
  })
}
