/** The command line: `harden plan`, `harden apply`, `harden undo`. */

import { parseArgs } from 'node:util'
import { Refusal, UsageError } from '../lab/refusal.ts'
import { applyPlan, undoAll } from './apply.ts'
import { type HostKey, hostKeyOf, leftName, saveHostKey, useHostKey } from './host-key.ts'
import { type Found, lookAt } from './look.ts'
import { pathsFor, planOf } from './plan.ts'
import { openWay } from './prove.ts'
import { differences, writePlan } from './show.ts'
import { type Connection, withConnection } from './ssh.ts'
import type { Plan, Way } from './step.ts'
import { type Wishes, wishesOf } from './wishes.ts'

export const usage: string = `usage:
  harden plan HOST[:PORT]       what would be different; nothing is changed
       [--out DIR]              the plan and its files, too, in a new folder
  harden apply HOST[:PORT]      does it, step by step, each proved by a new login
  harden undo HOST[:PORT]       back to what was there before the first apply
all of them:
       --admin USER             the account that stays
       --key FILE...            its public keys; others do not come in
       [--identity FILE]        its private key; the one beside the first --key where it is not given
       [--port N]               of sshd; the one that it has now where it is not given
       [--login root]           who comes in now, and
       [--password-file FILE]   by which password (mode 0600), or
       [--login-identity FILE]  by which key
       [--fingerprint SHA256:…] of the host key, as the console shows it
       [--known-hosts FILE]     ~/.ssh/known_hosts where it is not given
       [--allow http,https]     what the firewall lets in besides ssh: names, or NUMBER/tcp, NUMBER/udp
       [--firewall auto]        nft, iptables, none
       [--admin-password-file FILE]  a password for sudo; without it sudo asks for none
       [--root-password-file FILE]   root's new password; without it root's password is locked
       [--patience 60]          seconds until the server takes back what was not proved`

type Say = (line: string) => void

/** Does what the line says; gives the exit code: 0 done, 1 refused or taken back, 2 wrong usage. */
export async function runCommand(line: readonly string[], say: Say, complain: Say): Promise<number> {
  try {
    return await obey(line, say)
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof UsageError)) throw error
    complain(`harden: ${error.message}${error instanceof Refusal ? ` [${error.code}]` : ''}`)
    if (error instanceof UsageError) complain('harden --help says what there is')
    return error instanceof Refusal ? 1 : 2
  }
}

const text = { type: 'string' } as const
const options = {
  admin: text,
  key: { type: 'string', multiple: true },
  identity: text,
  port: text,
  login: text,
  'password-file': text,
  'login-identity': text,
  'admin-password-file': text,
  'root-password-file': text,
  allow: text,
  firewall: text,
  'known-hosts': text,
  fingerprint: text,
  patience: text,
  out: text,
} as const

function read(args: string[]) {
  try {
    const { positionals, values } = parseArgs({ args, options, allowPositionals: true, strict: true })
    const [host, ...others] = positionals
    if (host !== undefined && others.length === 0) return { host, values }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  throw new UsageError('one HOST expected')
}

async function obey([word, ...args]: readonly string[], say: Say): Promise<number> {
  if (word === '--help') {
    say(usage)
    return 0
  }
  if (word !== 'plan' && word !== 'apply' && word !== 'undo') throw new UsageError('plan, apply or undo expected')
  const { host, values } = read(args)
  if (values.out !== undefined && word !== 'plan') throw new UsageError('--out: of plan alone')
  const wishes = await wishesOf({ host, ...values })
  await withConnection(wishes, async (connection) => {
    const hostKey = await hostKeyOf(wishes)
    await useHostKey(connection.folder, hostKey)
    say(`host key     ${hostKey.fingerprint}`)
    const { way, found, plan } = await planned(connection, hostKey.ports)
    if (word === 'undo') {
      await undoAll(connection, plan.steps, way, say)
      const name = leftName(wishes, hostKey)
      if (name !== undefined) say(`known_hosts still names ${name}: ssh-keygen -R '${name}' forgets it`)
      say(`undone: ssh -p ${wishes.oldPort} ${wishes.login}@${wishes.host}`)
      return
    }
    for (const print of wishes.fingerprints) say(`key          ${print}`)
    show(plan, found, wishes, hostKey, say)
    if (word === 'plan') {
      if (values.out !== undefined) await writePlan(values.out, plan, wishes)
      return
    }
    await saveHostKey(wishes.knownHosts, hostKey)
    await applyPlan(connection, plan, found, way, say)
    say(`done: ssh -p ${wishes.port} ${wishes.admin}@${wishes.host}`)
  })
  return 0
}

async function planned(
  connection: Connection,
  ports: readonly number[],
): Promise<{ way: Way; found: Found; plan: Plan }> {
  const { wishes } = connection
  const way = await openWay(connection, ports)
  if (way === undefined) {
    throw new Refusal('no-way', `${wishes.host}: neither ${wishes.login} nor ${wishes.admin} gets in and is root there`)
  }
  const found = await lookAt(connection, way, pathsFor(wishes))
  return { way, found, plan: planOf(wishes, found, way) }
}

function show(plan: Plan, found: Found, wishes: Wishes, hostKey: HostKey, say: Say): void {
  const lines = differences(plan, found, wishes, hostKey)
  if (lines.length === 0) say('no difference')
  for (const line of lines) say(line)
}
