/** How one connects: a line of `ssh` for a shell, and a block of ssh_config(5). */

import SSHConfig from 'ssh-config'
import type { Vm } from './vm.ts'

const keyOnly = { IdentitiesOnly: 'yes', PreferredAuthentications: 'publickey' } as const

export function sshLineOf(vm: Vm, identity: string): string {
  const options = Object.entries(keyOnly).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const words = ['ssh', '-p', String(vm.port), '-i', identity, ...options, `${vm.user}@${vm.host}`]
  return `${words.map((word) => (/^[\w@+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ')}\n`
}

export function sshConfigOf(vm: Vm, identity: string): string {
  const config = new SSHConfig()
  config.append({
    Host: vm.name,
    HostName: vm.host,
    Port: String(vm.port),
    User: vm.user,
    IdentityFile: identity,
    ...keyOnly,
    ForwardAgent: 'no',
  })
  return config.toString()
}
