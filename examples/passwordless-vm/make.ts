/** Makes all that belongs to one VM: the key pair in its forms, what the clouds want, how one connects. */

import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { fingerprint, formatPrivateKey, type PublicKey } from 'hawser'
import { createSelfSignedCertificate } from 'hawser/x509'
import { type NewFile, writeFolder } from '../lab/folder.ts'
import { pathForSsh } from '../lab/ssh-options.ts'
import { notTaken, resourceManagerOf, serviceManagementOf } from './azure.ts'
import { cloudInitOf } from './cloud-init.ts'
import { sshConfigOf, sshLineOf } from './connect.ts'
import { type keyKind, lineOf, makeKey } from './keys.ts'
import type { Vm } from './vm.ts'

/** Everything is judged already. */
export interface Wishes extends Omit<Vm, 'keys' | 'thumbprint'> {
  readonly kind: ReturnType<typeof keyKind>
  /** How long the X.509 certificate holds. */
  readonly days: number
  readonly more: readonly PublicKey[]
  readonly passphrase: Uint8Array | undefined
  readonly out: string
  readonly force: boolean
}

export interface Made {
  readonly vm: Vm
  /** Absolute. */
  readonly folder: string
  readonly fingerprint: string
  readonly sshLine: string
  readonly note: string | undefined
}

/** Writes the folder of the VM. Throws `Refusal`; then nothing is changed. */
export async function makeVm(wishes: Wishes): Promise<Made> {
  const { name, user, port, host, kind, days, more, passphrase, force } = wishes
  const given = resolve(wishes.out)
  // As it will be found later, also from elsewhere; writing says it if there is no such folder.
  const folder = join(await realpath(dirname(given)).catch(() => dirname(given)), basename(given))
  const identity = pathForSsh(join(folder, 'id'), '--out')
  const key = await makeKey(kind, `${user}@${name}`)
  try {
    const certificate = await createSelfSignedCertificate({ key, subject: [['CN', name]], days })
    const vm: Vm = { name, user, port, host, keys: [key.publicKey, ...more], thumbprint: certificate.thumbprint }
    const print = fingerprint(key.publicKey)
    const facts = { name, user, host, port, type: key.type, fingerprint: print, thumbprint: vm.thumbprint }
    const userData = cloudInitOf(vm)
    const secret = (text: string): NewFile => ({ text, mode: 0o600 })
    const open = (text: string): NewFile => ({ text, mode: 0o644 })
    const files = new Map<string, NewFile>([
      ['id', secret(await formatPrivateKey(key, { passphrase }))],
      ['id.pub', open(`${lineOf(key.publicKey)}\n`)],
      ['id.ppk', secret(await formatPrivateKey(key, { format: 'ppk', passphrase }))],
      ['certificate.pem', open(certificate.pem)],
      ['service-management.xml', open(serviceManagementOf(vm, userData))],
      ['resource-manager.json', open(resourceManagerOf(vm, userData))],
      ['cloud-init.yaml', open(userData)],
      ['ssh_config', open(sshConfigOf(vm, identity))],
      ['ssh.sh', open(sshLineOf(vm, identity))],
      ['facts.json', open(`${JSON.stringify(facts, null, 2)}\n`)],
    ])
    await writeFolder(folder, files, force)
    return { vm, folder, fingerprint: print, sshLine: sshLineOf(vm, identity).trim(), note: notTaken(vm) }
  } finally {
    key.wipe()
  }
}
