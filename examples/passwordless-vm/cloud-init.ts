/**
 * User data for cloud-init: the account, its keys, and sshd without passwords on its port.
 * https://docs.cloud-init.io/en/latest/reference/modules.html (users, ssh, set_passwords, write_files, runcmd)
 */

import { stringify } from 'yaml'
import { lineOf } from './keys.ts'
import type { Vm } from './vm.ts'

/** Sorts before the 50-cloud-init.conf of images: of two values of a keyword sshd takes the first. */
export const dropIn = '/etc/ssh/sshd_config.d/00-passwordless.conf'

function sshdLines({ port, user }: Vm): string {
  return [
    `Port ${port}`,
    'PubkeyAuthentication yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    // Its name before OpenSSH 8.7, where this one would switch the other on again.
    'ChallengeResponseAuthentication no',
    'PermitEmptyPasswords no',
    // Nothing but a key, whatever else the image switches on.
    'AuthenticationMethods publickey',
    `PermitRootLogin ${user === 'root' ? 'prohibit-password' : 'no'}`,
    '',
  ].join('\n')
}

/** What makes a running system listen on the port: labels of SELinux, the firewall, and sockets that systemd keeps. */
function restart(port: number): string[] {
  const label = (verb: string): string => `semanage port ${verb} -t ssh_port_t -p tcp ${port}`
  return [
    `if command -v semanage >/dev/null && selinuxenabled; then ${label('-a')} || ${label('-m')}; fi`,
    `if systemctl is-active --quiet firewalld; then firewall-cmd --permanent --add-port=${port}/tcp && firewall-cmd --reload; fi`,
    // Where systemd holds the socket (Ubuntu since 22.10), it may do so on port 22, whatever sshd_config says.
    'if systemctl is-enabled --quiet ssh.socket; then systemctl disable --now ssh.socket && systemctl enable ssh.service; fi',
    'systemctl restart ssh.service || systemctl restart sshd.service',
  ]
}

/** The whole file. */
export function cloudInitOf(vm: Vm): string {
  const root = vm.user === 'root'
  const config = {
    hostname: vm.name,
    // Without `default`, so that the image's own account is not made.
    users: [
      {
        name: vm.user,
        // It has no password that sudo could ask for.
        ...(root ? {} : { shell: '/bin/bash', sudo: 'ALL=(ALL) NOPASSWD:ALL' }),
        lock_passwd: true,
        ssh_authorized_keys: vm.keys.map(lineOf),
      },
    ],
    ssh_pwauth: false,
    disable_root: !root,
    write_files: [{ path: dropIn, permissions: '0644', owner: 'root:root', content: sshdLines(vm) }],
    runcmd: restart(vm.port),
  }
  return `#cloud-config\n${stringify(config, { lineWidth: 0 })}`
}
