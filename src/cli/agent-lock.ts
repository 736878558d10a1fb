/** `hawser agent lock` and `hawser agent unlock`. */

import { SshError } from '../errors.ts'
import { agentOptions, withAgent } from './agent-client.ts'
import { readArguments, UsageError } from './arguments.ts'
import { printJson, shown } from './output.ts'
import { openTerminal, readNewPassphrase } from './passphrase.ts'

/** Asks at the terminal, twice where the answer is new. */
async function askPassphrase(twice: boolean): Promise<Uint8Array> {
  const terminal = openTerminal()
  if (!terminal) throw new SshError('passphrase-required', '--passphrase-file is missing, and there is no terminal')
  try {
    const first = (await terminal.ask('Passphrase of the lock: ')) ?? new Uint8Array(0)
    if (first.length === 0) throw new SshError('passphrase-empty', 'the passphrase is empty')
    if (!twice) return first
    const second = await terminal.ask('The same passphrase again: ')
    const same = second !== undefined && Buffer.compare(first, second) === 0
    second?.fill(0)
    if (same) return first
    first.fill(0)
    throw new SshError('passphrase-mismatch', 'the two passphrases differ')
  } finally {
    terminal.close()
  }
}

/** Locks or unlocks; resolves to the exit code. */
export async function runLock(kind: 'lock' | 'unlock', args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { ...agentOptions, 'passphrase-file': { type: 'string' } })
  if (positionals.length > 0) throw new UsageError(`${shown(positionals[0]!)}: no argument expected`)
  const file = values['passphrase-file']
  const passphrase = await (file === undefined ? askPassphrase(kind === 'lock') : readNewPassphrase(file))
  try {
    await withAgent(values.socket, (agent) => agent[kind](passphrase))
  } finally {
    passphrase.fill(0)
  }
  if (values.json) printJson({ locked: kind === 'lock' })
  return 0
}

/** Runs the command; resolves to the exit code. */
export function run(args: readonly string[]): Promise<number> {
  return runLock('lock', args)
}
