/**
 * The whole of it, with real servers: a gate, a target that only the gate reaches, the service, the command, ssh. It ends
 * with an error at the first thing that is not as it should be.
 */

import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { needTool, textOf } from '../../lab/namespaces.ts'
import { freePort, newHostKey, startSshd } from '../../lab/sshd.ts'
import { counts, heading, refused, tell, typed, works } from '../../lab/tell.ts'
import { makeSite } from './machines.ts'
import { certify, newPerson, type Person } from './people.ts'
import { program, startService } from './servers.ts'

for (const tool of ['ssh', 'sshd', 'sftp']) needTool(tool)
const begun = performance.now()
const site = makeSite(process.argv.includes('--loopback') ? 'you said --loopback' : undefined)
const { folder, address, accounts } = site
const at = (name: string): string => join(folder, name)

heading('Four machines')
if (site.apart) {
  tell(`client  ${address.client}   ── gate ${address.gate}`)
  tell(`target  ${address.target}   ── gate ${address.gateInside}   (the client has no way there)`)
  tell(`office  10.77.3.2   ── gate ${address.gateManaged}   (the service and its command)`)
} else {
  tell(`all of them on 127.0.0.1, because ${site.together}`)
  tell('For root each has an address of its own, and more can be shown.')
}
const port = site.apart
  ? { gate: 22, manage: 2222, target: 22, other: 2200 }
  : { gate: await freePort(), manage: await freePort(), target: await freePort(), other: await freePort() }

heading('The service')
const secret = (name: string): string => {
  writeFileSync(at(name), `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 })
  return at(name)
}
const places = { folder: at('gate'), managementKeys: at('management_keys') }
const service = (name: string, more: object): string => {
  const all = {
    listen: { port: 0 },
    database: { url: `file:${at('records.db')}` },
    sealFile: at('seal'),
    places,
    // The first may be this machine, to which the service does not connect where it was not told so.
    manageNetworks: [`${address.gateManaged}/32`, '192.0.2.0/24'],
    ...more,
  }
  writeFileSync(at(name), JSON.stringify(all))
  return at(name)
}
secret('seal')
typed('ssh-gate serve without-authentication.json')
refused(
  'a service that would let everybody in',
  await site.run('office', process.execPath, [program, 'serve', service('without-authentication.json', {})]),
  /no authentication.*/,
)
const tokens = { web: secret('web.token'), lab: secret('lab.token') }
const urls = {
  web: await startService(site, service('web.json', { bearer: { file: tokens.web, project: 'web', role: 'admin' } })),
  lab: await startService(site, service('lab.json', { bearer: { file: tokens.lab, project: 'lab', role: 'admin' } })),
}
tell('Two processes on one file of records: one for the admin of project web, one for that of project lab.')

/** Types a command of the example in the office. */
async function gate(line: string, project: 'web' | 'lab' = 'web', token: 'web' | 'lab' = project) {
  typed(`ssh-gate ${line.replaceAll(`${folder}/`, '')}`)
  const env = [`SSH_GATE_URL=${urls[token]}`, `SSH_GATE_PROJECT=${project}`, `SSH_GATE_TOKEN_FILE=${tokens[token]}`]
  return site.run('office', 'env', [...env, process.execPath, program, ...line.split(' ')])
}

/** One that must be done; gives what it printed. */
async function done(line: string, project: 'web' | 'lab' = 'web'): Promise<string> {
  const ended = await gate(line, project)
  if (ended.code !== 0) throw new Error(`ssh-gate ${line}: ${ended.err}`)
  return ended.out
}

heading('A gate')
const gateHostKey = await newHostKey(folder, 'gate')
const doors = `--port ${port.gate} --manage-host ${address.gateManaged} --manage-port ${port.manage}`
await done(
  `gate create edge --host ${address.gate} --host-key ${gateHostKey}.pub --user ${accounts.gate} ${doors} --target-ports ${port.target}`,
)
const config = await done('gate sshd-config edge')
tell(config)
writeFileSync(places.managementKeys, await done('gate management-key edge'), { mode: 0o644 })
mkdirSync(places.folder, { mode: 0o755 })
site.giveToGate(places.folder)
await startSshd(
  site,
  'gate',
  gateHostKey,
  [`${address.gate}:${port.gate}`, `${address.gateManaged}:${port.manage}`],
  config,
)

heading('A machine behind it')
const authority = await newPerson(folder, 'authority')
const [alice, bob, carol]: Person[] = await Promise.all(
  ['alice', 'bob', 'carol'].map((name) => newPerson(folder, name)),
)
if (!alice || !bob || !carol) throw new Error('nobody is there')
const targetHostKey = await newHostKey(folder, 'target')
const targetHost = site.apart ? '' : ` --host ${address.target}`
await done(
  `target create web-1 --user ${accounts.target} --key ${alice.identity}.pub --machine web-1 --host-key ${targetHostKey}.pub --port ${port.target}${targetHost}`,
)
writeFileSync(at('target_keys'), await done('target authorized-keys web-1'))
writeFileSync(at('target_authorities'), textOf(`${authority.identity}.pub`))
writeFileSync(at('target_principals'), `${accounts.target}@web\n`)
const trusted = [
  `AuthorizedKeysFile ${at('target_keys')}`,
  `TrustedUserCAKeys ${at('target_authorities')}`,
  `AuthorizedPrincipalsFile ${at('target_principals')}`,
]
const targetLines = [...trusted, 'UsePAM no', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no', '']
await startSshd(
  site,
  'target',
  targetHostKey,
  [`${address.target}:${port.target}`, `${address.target}:${port.other}`],
  targetLines.join('\n'),
)
await done('target bind web-1 edge')
await done(`gate key add edge ${alice.identity}.pub`)
tell(textOf(join(places.folder, 'authorized_keys')))

/** The files of a person: `ssh_config` as the service prints it, and the host keys. */
async function sshConfig(name: string, person: Person, more = ''): Promise<string> {
  const options = `--identity ${person.identity} --known-hosts ${at('known_hosts')}${more}`
  writeFileSync(at(name), await done(`target ssh-config web-1 ${options}`))
  return at(name)
}
writeFileSync(at('known_hosts'), await done('target known-hosts web-1'))

/** Types ssh on the client. */
function ssh(...args: string[]) {
  typed(`ssh ${args.join(' ').replaceAll(`${folder}/`, '')}`)
  return site.run('client', needTool('ssh'), ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=60', ...args])
}
// biome-ignore lint/suspicious/noTemplateCurlyInString: the target's shell reads it
const who = 'echo "$(id -un) at the target, seen from ${SSH_CONNECTION%% *}"'
const inside = new RegExp(
  `^${accounts.target} at the target, seen from ${address.gateInside.replaceAll('.', '\\.')}$`,
  'm',
)

heading('Through the gate')
const jump = await sshConfig('ssh_config', alice)
tell(textOf(jump))
works('ProxyJump', await ssh('-F', jump, 'web-1', who), inside)
const command = await sshConfig('ssh_config.command', alice, ' --via command')
tell(textOf(command).match(/ProxyCommand.*/)?.[0] ?? '')
works('ProxyCommand', await ssh('-F', command, 'web-1', who), inside)
if (site.apart) {
  const straight = ['-F', 'none', '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null']
  refused('the name, at the client', await ssh(...straight, 'web-1'), /Could not resolve hostname|Name or service.*/)
  refused('the address, from the client', await ssh(...straight, address.target), /Network is unreachable/)
}

heading('Certificates: the gate is told of an authority once, and of no user')
await done(`gate key add edge ${authority.identity}.pub --principals ${accounts.gate}@edge`)
const before = textOf(join(places.folder, 'authorized_keys'))
const principals = [`${accounts.gate}@edge`, `${accounts.target}@web`]
const from = [...new Set([address.client, address.gateInside])]
const all = { principals, from }
const certificate = await certify(authority, bob, all)
const bobs = await sshConfig('ssh_config.bob', bob, ` --certificate ${certificate}`)
works('bob, of whom nobody told the gate', await ssh('-F', bobs, 'web-1', who), inside)
if (textOf(join(places.folder, 'authorized_keys')) !== before) throw new Error('the gate was changed')
const denied = /\S+: Permission denied \(publickey\)/
const wrongOnes: readonly (readonly [string, Parameters<typeof certify>[2], RegExp])[] = [
  ['a certificate for another gate', { ...all, principals: [`${accounts.gate}@other`] }, denied],
  ['a certificate that is over', { ...all, lifetime: -60 }, denied],
  ['a certificate for another address', { ...all, from: ['192.0.2.1'] }, denied],
]
for (const [what, terms, why] of wrongOnes) {
  await certify(authority, bob, terms)
  refused(what, await ssh('-F', bobs, 'web-1', who), why)
}
if (site.apart) {
  // The target sees the gate's address: on one loopback address this would go unnoticed.
  await certify(authority, bob, { ...all, from: [address.client] })
  const byTarget = new RegExp(`${accounts.target}@web-1: Permission denied \\(publickey\\)`)
  refused('by the target, one for the client alone', await ssh('-F', bobs, 'web-1', who), byTarget)
}
await certify(authority, bob, all)

heading('What the gate refuses')
/** Options for the gate itself, taken from the file that the service made. */
const toGate = ['web+gate+edge']
const noSession = /open failed|Session open refused by peer|session request failed.*/
refused('a shell', await ssh('-F', jump, ...toGate, 'id'), noSession)
refused('a shell, by certificate', await ssh('-F', bobs, ...toGate, 'id'), noSession)
refused('a terminal', await ssh('-F', jump, '-tt', ...toGate), noSession)
const name = site.apart ? 'web-1' : address.target
refused(
  'another port of the target',
  await ssh('-F', jump, '-W', `${name}:${port.other}`, ...toGate),
  /administratively prohibited/,
)
refused(
  'another port, by certificate',
  await ssh('-F', bobs, '-W', `${name}:${port.other}`, ...toGate),
  /administratively prohibited/,
)
const unbound = site.apart ? `db-1:${port.target}` : `localhost:${port.target}`
refused('a machine that is not bound', await ssh('-F', jump, '-W', unbound, ...toGate), /administratively prohibited/)
const listening = `${site.apart ? 9000 : await freePort()}:127.0.0.1:9`
refused(
  'to listen there',
  await ssh('-F', jump, '-o', 'ExitOnForwardFailure=yes', '-N', '-R', listening, ...toGate),
  /remote port forwarding failed.*/,
)
refused(
  'a password',
  await ssh('-F', jump, '-o', 'PreferredAuthentications=password,keyboard-interactive', ...toGate, 'id'),
  denied,
)
const carols = at('ssh_config.carol')
writeFileSync(carols, textOf(jump).replaceAll(alice.identity, carol.identity))
refused('carol, whom nobody added', await ssh('-F', carols, 'web-1', who), denied)
refused(
  'alice at the door of the service',
  await ssh('-F', jump, '-o', `HostName=${address.gateManaged}`, '-p', String(port.manage), ...toGate, 'id'),
  site.apart ? /Network is unreachable/ : denied,
)

heading('Projects')
const lab = await gate('gate show edge', 'lab')
refused('the gate, to the admin of another project', lab, /not-found.*/)
refused('the project itself, to them', await gate('gate list', 'web', 'lab'), /not-found.*/)
await done(`gate create edge --host 192.0.2.1 --host-key ${gateHostKey}.pub`, 'lab')
tell('Both projects have a gate "edge" now, and neither sees the other.')
refused('a private key in place of a public one', await gate(`gate key add edge ${carol.identity}`), /is-private-key.*/)

const metadata = `gate create cloud --host 192.0.2.2 --manage-host 169.254.169.254 --host-key ${gateHostKey}.pub`
refused('a gate that would lead the service to where it must not go', await gate(metadata, 'lab'), /network-refused.*/)

heading('A key is removed')
const { keys } = JSON.parse(await done('gate show edge')) as { keys: { fingerprint: string; key: string }[] }
const alices = keys.find(({ key }) => key.endsWith('alice@example.com'))
await done(`gate key remove edge ${alices?.fingerprint}`)
refused('alice', await ssh('-F', jump, 'web-1', who), denied)
works('bob, as before', await ssh('-F', bobs, 'web-1', who), inside)

heading('The gate is deleted')
await done('gate delete edge')
refused('bob', await ssh('-F', bobs, 'web-1', who), denied)
if (textOf(join(places.folder, 'authorized_keys')) !== '') throw new Error('somebody still stands in authorized_keys')

site.close()
const { logins, refusals } = counts
const seconds = ((performance.now() - begun) / 1000).toFixed(1)
console.log(
  `\n${logins} logins and ${refusals} refusals, as it should be, ${site.apart ? 'each machine with an address' : 'on 127.0.0.1'}, in ${seconds} s.`,
)
