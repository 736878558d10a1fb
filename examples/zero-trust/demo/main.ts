/**
 * The whole of it, with real servers: an identity provider, the authority, three sshd that know of no user, the agent,
 * ssh. It ends with an error at the first thing that is not as it should be.
 */

import { chownSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Environment, needTool, type Running, said, textOf } from '../../lab/namespaces.ts'
import { counts, type Ended, heading, refused, tell, typed, works } from '../../lab/tell.ts'
import { findTool } from '../../quickstart/sshd.ts'
import { fetchKrl, startHost } from './hosts.ts'
import { prepareOffice, startAuthority, startIdentityProvider } from './servers.ts'
import { DOMAIN, type HostName, makeSite, type Name, programLine, startHawser } from './site.ts'

const absent = ['ssh', 'sshd', 'scp'].filter((tool) => findTool(tool) === undefined)
if (absent.length > 0) {
  console.error(`Not installed: ${absent.join(', ')}. On Debian: apt-get install openssh-client openssh-server`)
  process.exit(1)
}
const begun = performance.now()
const site = await makeSite(process.argv.includes('--loopback') ? 'you said --loopback' : undefined)
const { address, accounts, at, apart } = site
const hosts: readonly HostName[] = ['gate', 'web', 'db']
const full = (host: string): string => `${host}.${DOMAIN}`

heading('Machines')
if (apart) {
  tell(`client ${address.client}    gate ${address.gate}    web ${address.web}    db ${address.db}`)
  tell(`office ${address.office}    stranger ${address.stranger}`)
  tell('The client reaches the office and the gate, and web and db through the gate alone.')
} else {
  tell(`All of them on 127.0.0.1, because ${site.together}.`)
  tell('"Wrong address" does not show here: for root each machine has an address of its own, and there it does.')
}

heading('The office: an identity provider and the authority')
await prepareOffice(site, hosts)
await startIdentityProvider(site)
let authority = await startAuthority(site, hosts)
tell(`${site.issuer} knows alice and bob (ops) and carol (dba), who log in there, and the hosts.`)
tell(`${site.authority} signs certificates for two minutes by the tokens of that.`)

heading('Hosts: a certificate of their own, and whom they trust; no user is known there')
const [gate, web, db] = await Promise.all(hosts.map((host) => startHost(site, host)))
if (!gate || !web || !db) throw new Error('a host is missing')
const sshd: Readonly<Record<HostName, Running>> = { gate, web, db }
tell(textOf(at('etc/sshd_config.web')).match(/TrustedUserCAKeys[\s\S]*?HostCertificate.*/)?.[0] ?? '')
tell(`principals of ${accounts.host}: ${textOf(at(`web-hawser/principals/${accounts.host}`)).trim()}`)

heading('The client')
writeFileSync(at('known_hosts'), await site.done('client', `ca known-hosts --authority ${site.authority}`))
tell(textOf(at('known_hosts')).replace(/AAAA\S+/, 'AAAA…'))

interface Person {
  readonly env: Environment
  readonly config: string
  readonly socket: string
  readonly agent: Running
}

const options = `--host *.${DOMAIN} --socket ${at('NAME.sock')} --user ${accounts.host} --known-hosts ${at('known_hosts')}`
const block = await site.done('client', `ca client-setup ${options}`)
const reach = hosts.map((host) =>
  [
    `Host ${full(host)}`,
    ...(host === 'gate' ? [`User ${accounts.gate}`] : [`ProxyJump ${full('gate')}`]),
    ...(apart ? [] : ['HostName 127.0.0.1', `Port ${site.ports[host]}`, `HostKeyAlias ${full(host)}`]),
  ].join('\n  '),
)
tell(`${reach.join('\n')}\n${block}`)

/** A person at the client, with an agent that asks for certificates with those options. */
async function newPerson(name: string, ask: string, file = name): Promise<Person> {
  const [socket, config] = [at(`${file}.sock`), at(`ssh_config.${file}`)]
  const env = { BROWSER: programLine('browser.ts', name) }
  typed(`hawser agent serve --authority ${site.authority} --socket ${file}.sock ${ask}&`, 'client')
  const agent = startHawser(site, `agent serve --authority ${site.authority} --socket ${socket} ${ask}`, env)
  await said(agent, /SSH_AUTH_SOCK=/)
  writeFileSync(config, `${reach.join('\n')}\n${block.replace('NAME.sock', `${file}.sock`)}`)
  return { env, config, socket, agent }
}
const login = ({ socket, env }: Person): Promise<Ended> => site.hawser('client', `login --socket ${socket}`, env)

/** Types a program that logs in. */
function type(machine: Name, program: string, args: readonly string[], env: Environment = {}): Promise<Ended> {
  const shown = [program, ...args.map((arg) => (/[ $]/.test(arg) ? `'${arg}'` : arg))].join(' ')
  typed(shown.replaceAll(`${site.folder}/`, ''), machine)
  return site.run(machine, needTool(program), args, '', env)
}
const ssh = (who: Person, host: HostName, ...more: string[]): Promise<Ended> =>
  type('client', 'ssh', ['-F', who.config, '-o', 'BatchMode=yes', ...more, full(host), whoAmI])
// biome-ignore lint/suspicious/noTemplateCurlyInString: the host's shell reads it
const whoAmI = 'echo "$(id -un), from ${SSH_CONNECTION%% *}"'
const inside = new RegExp(`^${accounts.host}, from ${address.gate.replaceAll('.', '\\.')}$`, 'm')

/** What the log of a host says from now on; it may do so a moment after ssh has ended. */
function logOf(host: HostName): (what: RegExp) => Promise<void> {
  const { child, log, stop } = sshd[host]
  const before = log().length
  return async (what) => {
    const [all] = await said({ child, stop, log: () => log().slice(before) }, what)
    tell(`        ${host}'s sshd: ${all.replaceAll(`${site.folder}/`, '').replace(/SHA256:\S+/g, 'SHA256:…')}`)
  }
}

/** A refusal by sshd: what ssh says, and what the log of that host does. */
async function refusedBy(host: HostName, what: string, attempt: () => Promise<Ended>, reason: RegExp): Promise<void> {
  const logged = logOf(host)
  refused(what, await attempt(), /Permission denied \(publickey\)/)
  await logged(reason)
}

/** A login at a host, whose log must say that it was by that person's certificate of the authority. */
async function entered(
  who: string,
  host: HostName,
  what: string,
  attempt: () => Promise<Ended>,
  out: RegExp,
): Promise<void> {
  const logged = logOf(host)
  works(what, await attempt(), out)
  const id = `${who}@${DOMAIN.replaceAll('.', '\\.')} by oidc at \\S+ from \\S+ serial \\d+`
  await logged(
    new RegExp(`Accepted publickey for ${accounts.host} from .* ssh2: \\S+-CERT \\S+ ID ${id} \\(.* CA \\S+ \\S+`),
  )
}

const forWeb = '--group edge --group web '
const alice = await newPerson('alice', forWeb)

heading('alice logs in')
const loggedIn = await login(alice)
works(
  'hawser login',
  { ...loggedIn, out: loggedIn.err.replaceAll('hawser: ', '') },
  /logged in, and ssh can: alice@\S+: \S+@edge, \S+@web/,
)
await entered('alice', 'web', 'ssh', () => ssh(alice, 'web'), inside)
works('time left', await site.hawser('client', `agent list --socket ${alice.socket}`), /, (1 min )?\d+ s left$/m)

/** What a program copied, where it is the same. */
const copied = (ended: Ended, name: string): Ended => ({
  ...ended,
  out: ended.code === 0 && textOf(at(name)) === 'a report\n' ? `${name} is there` : ended.out,
})
/** Whether a program is here that a machine with `ssh` need not have; in CI it must be. */
function has(tool: string): boolean {
  if (findTool(tool) !== undefined) return true
  if (process.env.CI === 'true') needTool(tool)
  tell(`NOT SHOWN: ${tool} is not installed`)
  return false
}
const files = at('files')
const own = (path: string): void => {
  if (apart) chownSync(path, site.ids.deploy, site.ids.deploy)
  if (statSync(path).isDirectory()) for (const name of readdirSync(path)) own(join(path, name))
}
mkdirSync(files)
own(files)
const there = `${full('web')}:${files}`
const shell = `ssh -F ${alice.config}`
writeFileSync(at('report.txt'), 'a report\n')
const up = ['-qF', alice.config, at('report.txt'), `${there}/`]
await entered(
  'alice',
  'web',
  'scp',
  async () => copied(await type('client', 'scp', up), 'files/report.txt'),
  /is there/,
)
if (has('rsync')) {
  const down = ['-e', shell, `${there}/report.txt`, at('by-rsync.txt')]
  const arrived = async () => copied(await type('client', 'rsync', down), 'by-rsync.txt')
  await entered('alice', 'web', 'rsync', arrived, /is there/)
}
if (has('git')) {
  const git = async (machine: Name, ...args: string[]): Promise<string> => {
    const ended = await site.run(machine, needTool('git'), args)
    if (ended.code !== 0) throw new Error(`git ${args.join(' ')}: ${ended.err}`)
    return ended.out
  }
  const repository = join(files, 'repository')
  await git('web', 'init', '--quiet', '--initial-branch=main', repository)
  const author = ['-c', 'user.name=web', '-c', `user.email=web@${DOMAIN}`]
  await git('web', '-C', repository, ...author, 'commit', '--quiet', '--allow-empty', '--message=one')
  const commit = await git('web', '-C', repository, 'rev-parse', 'main')
  own(repository)
  await git('client', 'init', '--quiet', at('clone'))
  const fetch = ['-C', at('clone'), 'fetch', `${there}/repository`, 'main']
  const fetched = async (): Promise<Ended> => {
    const ended = await type('client', 'git', fetch, { GIT_SSH_COMMAND: shell })
    if (ended.code !== 0) return ended
    const same = (await git('client', '-C', at('clone'), 'rev-parse', 'FETCH_HEAD')) === commit
    return { ...ended, out: same ? `${commit.trim()} is there` : 'another commit' }
  }
  await entered('alice', 'web', 'git fetch', fetched, /is there/)
}

heading('Who else logs in, and where')
const bob = await newPerson('bob', forWeb)
await entered('bob', 'web', 'bob, whose browser opens when ssh asks', () => ssh(bob, 'web'), inside)
const carol = await newPerson('carol', '')
typed('hawser login --device --socket carol.sock', 'client')
const device = startHawser(site, `login --device --socket ${carol.socket}`)
const [, page = ''] = await said(device, /or at (https:\S+)/)
tell(device.log())
const elsewhere = await site.runFile('client', 'browser.ts', ['carol', page])
if (elsewhere.code !== 0) throw new Error(elsewhere.err)
await said(device, /logged in/)
await entered('carol', 'db', 'carol, by a code for a browser elsewhere', () => ssh(carol, 'db'), inside)
const denied = 'Certificate does not contain an authorized principal'
await refusedBy('web', 'carol on web: db alone is hers', () => ssh(carol, 'web'), new RegExp(denied))

heading('Wrong host')
await refusedBy(
  'db',
  'alice on db, with a certificate that she asked for web',
  () => ssh(alice, 'db'),
  new RegExp(denied),
)
const alias = ['-o', `HostKeyAlias=${full('db')}`]
refused('web in the place of db', await ssh(alice, 'web', ...alias), /Host key verification failed/)

if (apart) {
  heading('Wrong address')
  const permitted = /not from a permitted source address \(\S+\)/
  // The folder stands for a disk that the stranger got at: even so, the agent's socket is of no use elsewhere.
  const stranger = () => type('stranger', 'ssh', ['-F', alice.config, '-o', 'BatchMode=yes', full('gate')])
  await refusedBy('gate', "a stranger with alice's agent", stranger, permitted)
  const around = () =>
    type('office', 'ssh', ['-F', alice.config, '-o', 'BatchMode=yes', '-o', 'ProxyJump=none', full('web')])
  await refusedBy('web', 'not through the gate', around, permitted)
}

heading('Disabled')
const admin = async (...words: string[]): Promise<void> => {
  typed(`node admin.ts blocked.json ${words.join(' ')}`, 'office')
  const ended = await site.runFile('office', '../admin.ts', [at('blocked.json'), ...words])
  if (ended.code !== 0) throw new Error(ended.err)
}
await admin('disable', `bob@${DOMAIN}`)
refused('bob, by the authority', await login(bob), /forbidden|you are disabled/)
await bob.agent.stop()
const again = await newPerson('bob', forWeb)
await refusedBy(
  'gate',
  'bob, without a certificate',
  () => ssh(again, 'web'),
  /Connection (closed|reset) by authenticating user \S+ \S+/,
)
await said(again.agent, /you are disabled/)

heading('Revoked')
await site.done('client', `login --socket ${alice.socket}`, alice.env)
await entered('alice', 'web', 'alice, before', () => ssh(alice, 'web'), inside)
const serial = [...alice.agent.log().matchAll(/serial (\d+)/g)].at(-1)?.[1]
if (serial === undefined) throw new Error('no serial was told')
await admin('revoke', serial)
await Promise.all(hosts.map((host) => fetchKrl(site, host)))
await refusedBy('gate', 'alice, with the certificate of before', () => ssh(alice, 'web'), /\S+ \S+ revoked by file \S+/)
await site.done('client', `login --socket ${alice.socket}`, alice.env)
await entered('alice', 'web', 'alice, with a new one', () => ssh(alice, 'web'), inside)

heading('Expired: the clock of the authority is set back by 50 s')
await authority.stop()
authority = await startAuthority(site, hosts, 50)
const late = await newPerson('alice', `${forWeb}--lifetime 10 `, 'late')
const env = { ...late.env, AUTHORITY_URL: site.authority, SECONDS: '10' }
refused('alice, by her own agent', await login(late), /the certificate has expired[^:]*/)
const old = at('careless')
const careless = await site.runFile('client', 'careless.ts', [old], env)
if (careless.code !== 0) throw new Error(careless.err)
tell('A client that looks at nothing got a certificate for 10 s, which was over 40 s ago.')
const withFile = ['-o', 'IdentityAgent=none', '-i', old, '-o', `CertificateFile=${old}-cert.pub`]
const direct = () => type('client', 'ssh', ['-F', alice.config, '-o', 'BatchMode=yes', ...withFile, full('gate')])
await refusedBy('gate', 'with that certificate', direct, /[Cc]ertificate (invalid: )?(has )?expired/)

site.close()
const { logins, refusals } = counts
const seconds = ((performance.now() - begun) / 1000).toFixed(1)
console.log(
  `\n${logins} logins and ${refusals} refusals, as it should be, ${apart ? 'each machine with an address' : 'on 127.0.0.1'}, in ${seconds} s.`,
)
