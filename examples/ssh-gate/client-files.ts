/** What people need to come to a target: ssh_config (ssh_config(5)) and the known_hosts that goes with it. */

import { parsePublicKey } from 'hawser'
import { addHost } from 'hawser/text'
import SSHConfig from 'ssh-config'
import type { Gate } from './gates.ts'
import type { Given } from './operations.ts'
import type { Target } from './targets.ts'

type Wishes = Given<'target ssh-config'>

/** The names under which host keys are looked up. No machine id has a `+` in it, so that they cannot be taken for one. */
const gateAlias = (gate: Gate): string => `${gate.project}+gate+${gate.name}`
const targetAlias = (target: Target): string => `${target.project}+target+${target.name}`

/** What holds for both hops: the key that is named, the host key that is known, and nothing forwarded. */
function common(alias: string, identity: string, certificate: string | undefined, knownHosts: string) {
  return {
    IdentityFile: identity,
    ...(certificate === undefined ? {} : { CertificateFile: certificate }),
    IdentitiesOnly: 'yes',
    PreferredAuthentications: 'publickey',
    HostKeyAlias: alias,
    UserKnownHostsFile: knownHosts,
    GlobalKnownHostsFile: '/dev/null',
    StrictHostKeyChecking: 'yes',
    CheckHostIP: 'no',
    ForwardAgent: 'no',
    ForwardX11: 'no',
  }
}

/** The file with which `ssh -F ssh_config MACHINE` reaches the target. Its name is resolved at the gate, not here. */
export function sshConfigOf(target: Target, gate: Gate, wishes: Wishes = {} as Wishes): string {
  const { identity = '~/.ssh/id_ed25519', certificate, knownHosts = '~/.ssh/known_hosts' } = wishes
  const { gateIdentity = identity, gateCertificate = certificate, via = 'jump' } = wishes
  const atGate = common(gateAlias(gate), gateIdentity, gateCertificate, knownHosts)
  const config = new SSHConfig()
  config.append({
    Host: target.machine,
    HostName: target.host,
    Port: String(target.port),
    User: target.user,
    ...(via === 'jump' ? { ProxyJump: gateAlias(gate) } : { ProxyCommand: proxyCommand(gate, atGate) }),
    ...common(targetAlias(target), identity, certificate, knownHosts),
  })
  if (via === 'jump') {
    config.append({ Host: gateAlias(gate), HostName: gate.host, Port: String(gate.port), User: gate.user, ...atGate })
  }
  return config.toString()
}

/** The same hop for programs that know no ProxyJump: all in one line, whatever this file is called. */
function proxyCommand(gate: Gate, settings: Readonly<Record<string, string>>): string {
  const options = Object.entries(settings).map(([name, value]) => `-o ${name}=${value}`)
  return ['ssh -F none -W [%h]:%p', ...options, `-p ${gate.port} -l ${gate.user} ${gate.host}`].join(' ')
}

/** The host keys of both hops. */
export function knownHostsOf(target: Target, gates: readonly Gate[]): string {
  const all = [
    ...gates.map((gate) => [gateAlias(gate), gate.hostKey] as const),
    [targetAlias(target), target.hostKey] as const,
  ]
  return all.reduce((file, [alias, line]) => addHost(file, alias, parsePublicKey(line)), '')
}
