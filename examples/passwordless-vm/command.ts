/** The command line: `vm make` and `vm check`. */

import { parseArgs } from 'node:util'
import { checkServer } from './check.ts'
import { bits, days, host, hostPort, loginName, port, randomPort, userName, vmName } from './fields.ts'
import { keyKind, readPassphrase, readPublicKey } from './keys.ts'
import { makeVm } from './make.ts'
import { NoAnswer, Refusal, UsageError } from './refusal.ts'

export const usage: string = `usage:
  vm make NAME --user USER      a folder with keys, what clouds want, and how one connects
       [--force-user]           take a USER that everybody guesses
       [--type rsa]             or ecdsa (-p256, -p384, -p521), ed25519
       [--bits 2048]            of RSA
       [--days 365]             how long the X.509 certificate holds
       [--port N]               of sshd; random where it is not given
       [--host HOST]            where the VM will be; NAME where it is not given
       [--add-key FILE]...      public keys that log in, too
       [--passphrase-file FILE] encrypts the private key
       [--out DIR] [--force]    NAME where it is not given; replaces one of an earlier run
  vm check HOST[:PORT] [--user USER]
                                whether a server takes passwords: 0 no, 1 yes, 2 no answer`

type Say = (line: string) => void

/** Does what the line says; gives the exit code: 0 done, no passwords; 1 refused, passwords; 2 wrong usage, no answer. */
export async function runCommand(line: readonly string[], say: Say, complain: Say): Promise<number> {
  try {
    return await obey(line, say)
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof UsageError || error instanceof NoAnswer)) throw error
    complain(`vm: ${error.message}`)
    if (error instanceof UsageError) complain('vm --help says what there is')
    return error instanceof Refusal ? 1 : 2
  }
}

async function obey(line: readonly string[], say: Say): Promise<number> {
  const [word, ...args] = line
  if (word === 'make') return make(args, say)
  if (word === 'check') return check(args, say)
  if (word !== '--help') throw new UsageError('make or check expected')
  say(usage)
  return 0
}

/** The one word and the options of a command. */
function argumentsOf<const T extends NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>>(
  args: string[],
  options: T,
  what: string,
) {
  try {
    const { positionals, values } = parseArgs({ args, options, allowPositionals: true, strict: true })
    const [first, ...others] = positionals
    if (first !== undefined && others.length === 0) return { first, values }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  throw new UsageError(`${what} expected`)
}

async function make(args: string[], say: Say): Promise<number> {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const options = {
    user: text,
    'force-user': flag,
    type: text,
    bits: text,
    days: text,
    port: text,
    host: text,
    'add-key': { type: 'string', multiple: true },
    'passphrase-file': text,
    out: text,
    force: flag,
  } as const
  const { first, values } = argumentsOf(args, options, 'NAME')
  const name = vmName(first)
  // The user data must stay below 64 kB.
  if ((values['add-key']?.length ?? 0) > 20) throw new UsageError('--add-key: at most 20 expected')
  const { type = 'rsa', 'add-key': added = [], 'passphrase-file': passphraseFile } = values
  const wishes = {
    name,
    user: userName(values.user, values['force-user']),
    kind: keyKind(type, values.bits === undefined ? undefined : bits(values.bits)),
    days: values.days === undefined ? 365 : days(values.days),
    port: values.port === undefined ? randomPort() : port(values.port, '--port'),
    host: values.host === undefined ? name : host(values.host, '--host'),
    out: values.out ?? name,
    force: values.force,
    more: await Promise.all(added.map(readPublicKey)),
  }
  const passphrase = passphraseFile === undefined ? undefined : await readPassphrase(passphraseFile)
  try {
    const { vm, folder, fingerprint, sshLine, note } = await makeVm({ ...wishes, passphrase })
    const rows = { folder, user: vm.user, port: vm.port, fingerprint, thumbprint: vm.thumbprint, connect: sshLine }
    for (const [what, value] of Object.entries(rows)) say(`${what.padEnd(12)}${value}`)
    if (note !== undefined) say(`note        ${note}`)
    return 0
  } finally {
    passphrase?.fill(0)
  }
}

async function check(args: string[], say: Say): Promise<number> {
  const { first, values } = argumentsOf(args, { user: { type: 'string', default: 'nobody' } }, 'HOST')
  const at = hostPort(first)
  const { methods, passwords } = await checkServer(at.host, at.port, loginName(values.user))
  const where = `${at.host} port ${at.port}`
  if (passwords.includes('none')) say(`${where} lets ${values.user} in without being asked for anything`)
  else if (passwords.length > 0) say(`${where} takes passwords: ${passwords.join(', ')}`)
  else say(`${where} takes no passwords`)
  say(`methods: ${methods.join(', ')}`)
  return passwords.length > 0 ? 1 : 0
}
