/** Servers to harden, one after the other, and the machine that they are reached from. */

import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fingerprint, formatPrivateKey, generateKey } from 'hawser'
import { type Lab, makeLab, needTool, type Running, said } from '../../lab/namespaces.ts'

export type Names = 'client' | 'server'
export const address = '10.79.0.2'

export const makeMachines = (): Lab<Names> =>
  makeLab<Names>({
    prefix: 'harden-server',
    machines: { client: {}, server: {} },
    links: [['client', '10.79.0.1', 'server', address]],
  })

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** What images of clouds bring along. */
const image = {
  sshdConfig: `Include /etc/ssh/sshd_config.d/*.conf
Port 22
PermitRootLogin yes
KbdInteractiveAuthentication no
UsePAM no
LogLevel VERBOSE
Subsystem sftp internal-sftp
`,
  dropIns: {
    '50-cloud-init.conf': 'PasswordAuthentication yes\n',
    '60-provider.conf': 'AllowUsers root ada\nMatch User root\n  PermitRootLogin yes\n  PasswordAuthentication yes\n',
  },
}

export interface Given {
  /** Its boot, and how sshd is told: by service, by a signal, by a systemctl with ssh.socket. */
  readonly system: 'ifupdown' | 'openrc' | 'systemd'
  readonly password: string
  /** A public line that root's authorized_keys has. */
  readonly oldKey: string
  readonly sshdConfig?: string
  readonly dropIns?: Readonly<Record<string, string>>
  /** sh: what else is there. */
  readonly more?: string
}

export interface Server {
  /** What the console shows. */
  readonly fingerprint: string
  log(): string
  stop(): Promise<void>
}

/** Starts a server as the provider hands it over. */
export async function startServer(lab: Lab<Names>, given: Given): Promise<Server> {
  const folder = mkdtempSync(join(lab.folder, 'server-'))
  const write = (name: string, content: string): void => writeFileSync(join(folder, name), content, { mode: 0o600 })
  const key = await generateKey()
  mkdirSync(join(folder, 'drop-ins'))
  for (const [name, content] of Object.entries({ ...image.dropIns, ...given.dropIns }))
    write(`drop-ins/${name}`, content)
  write('sshd_config', given.sshdConfig ?? image.sshdConfig)
  write('host_key', await formatPrivateKey(key))
  write('chpasswd', `root:${given.password}\n`)
  write('root_authorized_keys', given.oldKey)
  write('more.sh', given.more ?? ':\n')
  copyFileSync(here('systemctl.sh'), join(folder, 'systemctl'))
  chmodSync(join(folder, 'systemctl'), 0o755)
  const namespaces = ['--mount', '--pid', '--fork', '--mount-proc', '--kill-child']
  const running: Running = lab.start('server', needTool('unshare'), [
    ...namespaces,
    'sh',
    here('machine.sh'),
    folder,
    given.system,
  ])
  const stop = (): Promise<void> => {
    // unshare waits for its own and minds no other signal; the rest ends with it.
    running.child.kill('SIGKILL')
    return running.stop()
  }
  await said(running, /machine ready/)
  return { fingerprint: fingerprint(key.publicKey), log: () => running.log(), stop }
}
