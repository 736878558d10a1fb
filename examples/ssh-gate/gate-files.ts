/**
 * What stands on a gate: authorized_keys for the people, which the service replaces, and what is put there once by hand:
 * sshd_config and the file of the management key. (sshd(8), AUTHORIZED_KEYS FILE FORMAT; sshd_config(5).)
 */

import { parsePublicKey } from 'hawser'
import { formatAuthorizedKeys, formatOptions, type LineOption } from 'hawser/text'
import { hostPort } from './fields.ts'
import type { Gate } from './gates.ts'
import type { GateKey } from './keys.ts'
import type { Target } from './targets.ts'

/** Where the files lie on a gate. */
export interface GatePlaces {
  /** Writable by the gate's account, since the service replaces authorized_keys in it. */
  readonly folder: string
  /** Of root alone. */
  readonly managementKeys: string
}

export const usualPlaces: GatePlaces = {
  folder: '/var/lib/ssh-gate',
  managementKeys: '/etc/ssh/ssh-gate_management_keys',
}

/** Every key may open the targets and nothing else. A gate that is being deleted lets nobody in. */
export function authorizedKeysOf(
  gate: Pick<Gate, 'closing'>,
  keys: readonly GateKey[],
  targets: readonly Pick<Target, 'host' | 'port'>[],
): string {
  const opened = [...new Set(targets.map(({ host, port }) => hostPort(host, port)))]
  // Forwarding without permitopen would be forwarding to anywhere: without targets there is none.
  const forwarding: LineOption[] =
    opened.length === 0 ? [] : [{ name: 'port-forwarding' }, ...opened.map((value) => ({ name: 'permitopen', value }))]
  const lines = keys.map(({ line, principals }) => {
    const authority: LineOption[] =
      principals === undefined ? [] : [{ name: 'cert-authority' }, { name: 'principals', value: principals.join(',') }]
    return { key: parsePublicKey(line), optionText: formatOptions([...authority, { name: 'restrict' }, ...forwarding]) }
  })
  return formatAuthorizedKeys(gate.closing ? [] : lines)
}

/** The one key that comes through the second door. */
export function managementKeysOf(gate: Pick<Gate, 'managementKey'>): string {
  return formatAuthorizedKeys([{ key: parsePublicKey(gate.managementKey), optionText: 'restrict' }])
}

/** What it takes to replace one file, and no more: the management key cannot read anything. */
const requests = 'realpath,stat,lstat,open,write,fsync,fsetstat,close,posix-rename'

/** All of the gate's sshd_config: no shell, no password, only forwarding, only to ports of its targets. */
export function sshdConfigOf(gate: Gate, places: GatePlaces = usualPlaces): string {
  const rows: readonly (readonly [string, string])[] = [
    ['Port', String(gate.port)],
    ['Port', String(gate.managePort)],
    ['AllowUsers', gate.user],
    ['AuthenticationMethods', 'publickey'],
    ['PubkeyAuthentication', 'yes'],
    ['PasswordAuthentication', 'no'],
    ['KbdInteractiveAuthentication', 'no'],
    ['HostbasedAuthentication', 'no'],
    ['UsePAM', 'no'],
    ['AuthorizedKeysFile', `${places.folder}/authorized_keys`],
    ['AuthorizedKeysCommand', 'none'],
    ['AuthorizedPrincipalsFile', 'none'],
    ['TrustedUserCAKeys', 'none'],
    ['PermitUserRC', 'no'],
    ['PermitUserEnvironment', 'no'],
    ['AllowTcpForwarding', 'local'],
    // The second wall behind permitopen in authorized_keys: both must agree.
    ['PermitOpen', gate.targetPorts.map((port) => `*:${port}`).join(' ')],
    ['PermitListen', 'none'],
    ['AllowStreamLocalForwarding', 'no'],
    ['GatewayPorts', 'no'],
    ['AllowAgentForwarding', 'no'],
    ['X11Forwarding', 'no'],
    ['PermitTunnel', 'no'],
    ['PermitTTY', 'no'],
    ['MaxSessions', '0'],
    ['ForceCommand', '/bin/false'],
    ['ClientAliveInterval', '30'],
    // For the second door; at the first there are no sessions to ask for it.
    ['Subsystem', 'sftp internal-sftp'],
    ['Match', `LocalPort ${gate.managePort}`],
    ['  AuthorizedKeysFile', places.managementKeys],
    ['  ForceCommand', `internal-sftp -d ${places.folder} -p ${requests}`],
    ['  MaxSessions', '1'],
    ['  AllowTcpForwarding', 'no'],
    ['  PermitOpen', 'none'],
  ]
  const head = [
    `# Gate ${gate.name} of ${gate.project}. Port ${gate.port} is for people, port ${gate.managePort} for the service alone;`,
    '# ListenAddress lines above these choose the addresses. The account, once:',
    `#   useradd --system --shell /usr/sbin/nologin --password '*' --home-dir ${places.folder} ${gate.user}`,
    `#   install -d -o ${gate.user} -m 755 ${places.folder}`,
    `#   ssh-gate gate management-key ${gate.name} > ${places.managementKeys}`,
  ]
  return `${[...head, ...rows.map((row) => row.join(' '))].join('\n')}\n`
}
