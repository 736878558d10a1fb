/**
 * Puts a file on a gate by the real `sftp`: a new file beside the old one, synced, then renamed over it, so that sshd
 * reads one of the two, whole (draft-ietf-secsh-filexfer-02 and posix-rename@openssh.com, OpenSSH PROTOCOL section 4.3).
 * The management key never lies on a disk in the open: sftp signs by an agent of ours that holds it meanwhile.
 */

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parsePublicKey } from 'hawser'
import { createKeyring, type Keyring } from 'hawser/agent'
import { encodeAdd } from 'hawser/agent-protocol'
import { allTypes as types } from 'hawser/keys'
import { serveAgentSocket, writeFileAtomic } from 'hawser/node'
import { addHost } from 'hawser/text'
import { escapeText } from 'hawser/wire'
import type { Gate } from './gates.ts'
import { openManagementKey } from './management-key.ts'
import type { AddressesOf } from './networks.ts'
import { PUSH_SECONDS, type Push } from './publish.ts'

/** Pushes by sftp; `seal` opens the management keys, `addressesOf` says where a gate may be connected to. */
export function sftpPush(seal: string, addressesOf: AddressesOf): Push {
  return async (gate, authorizedKeys) => {
    const end = Date.now() + PUSH_SECONDS * 1000
    const addresses = await addressesOf(gate.manageHost)
    const folder = await mkdtemp(join(tmpdir(), 'ssh-gate-'))
    const at = (name: string): string => join(folder, name)
    const keyring = createKeyring({ types })
    const served = await serveAgentSocket(keyring, { path: at('agent') })
    try {
      await add(keyring, gate.managementSecret, seal)
      await writeFileAtomic(at('identity.pub'), `${gate.managementKey}\n`)
      await writeFileAtomic(at('known_hosts'), addHost('', 'gate', parsePublicKey(gate.hostKey)))
      await writeFileAtomic(at('authorized_keys'), authorizedKeys, { mode: 0o644 })
      await inTurn(addresses, end, (address) =>
        runSftp(gate, address, end, folder, `put -fp ${at('authorized_keys')} next\nrename next authorized_keys\n`),
      )
    } finally {
      await served.close()
      keyring.wipe()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

async function add(keyring: Keyring, sealed: string, seal: string): Promise<void> {
  const key = await openManagementKey(sealed, seal)
  const request = encodeAdd(key)
  try {
    await keyring.respond(request, { closed: new Promise(() => {}) })
  } finally {
    request.contents.fill(0)
    key.wipe()
  }
}

/** One address of a name after the other, until one takes it or the time is over. */
async function inTurn(
  addresses: readonly string[],
  end: number,
  attempt: (address: string) => Promise<void>,
): Promise<void> {
  for (const [i, address] of addresses.entries()) {
    try {
      return await attempt(address)
    } catch (error) {
      if (i + 1 === addresses.length || Date.now() >= end) throw error
    }
  }
}

function runSftp(gate: Gate, address: string, end: number, folder: string, batch: string): Promise<void> {
  const settings = [
    `IdentityAgent=${folder}/agent`,
    `IdentityFile=${folder}/identity.pub`,
    'IdentitiesOnly=yes',
    'PreferredAuthentications=publickey',
    'HostKeyAlias=gate',
    `UserKnownHostsFile=${folder}/known_hosts`,
    'GlobalKnownHostsFile=/dev/null',
    'StrictHostKeyChecking=yes',
    'ConnectTimeout=10',
    `User=${gate.user}`,
  ]
  // `-b` asks nobody anything; the address, in brackets for IPv6, and not the name, which might mean another one by now.
  const args = ['-b', '-', '-F', 'none', '-P', String(gate.managePort), ...settings.flatMap((one) => ['-o', one])]
  const env = { PATH: process.env.PATH ?? '', HOME: folder, LC_ALL: 'C' }
  const limits = { env, timeout: Math.max(1, end - Date.now()), killSignal: 'SIGKILL', maxBuffer: 65_536 } as const
  return new Promise((done, fail) => {
    const child = execFile('sftp', [...args, `[${address}]`], limits, (error, _, said) => {
      if (error === null) done()
      else fail(new Error(escapeText(said.replace(/\s+/g, ' ').trim() || error.message, 300), { cause: error }))
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(batch)
  })
}
