/** The whole of it on servers in namespaces: planned, applied, proved, undone; and what happens where a proof fails. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatPrivateKey, formatPublicKey, generateKey, parsePublicKey } from 'hawser'
import { writeFileAtomic } from 'hawser/node'
import { addHost, hashHosts } from 'hawser/text'
import { needTool } from '../../lab/namespaces.ts'
import { asOptions, byKey, byPassword } from '../../lab/ssh-options.ts'
import { counts, type Ended, heading, refused, tell, typed, works } from '../../lab/tell.ts'
import { address, makeMachines, type Server, startServer } from './machine.ts'

for (const tool of ['ssh', 'sshd', 'ssh-keyscan', 'unshare', 'ip', 'sudo', 'visudo', 'nft', 'iptables-restore'])
  needTool(tool)
const lab = makeMachines()
if (lab.together !== undefined) {
  console.error(`This needs servers with accounts of their own, in namespaces: ${lab.together}.`)
  process.exit(1)
}
const begun = performance.now()
const at = (name: string): string => join(lab.folder, name)
const main = fileURLToPath(new URL('../main.mjs', import.meta.url))
const password = 'what the provider mailed'
/** A slow machine needs some of it for each proof; what must fail waits for less. */
const patience = 90

function must(what: string, holds: boolean, log = ''): void {
  if (!holds) throw new Error(`${what}: not as it must be\n${log}`)
  tell(`ok      ${what}`)
}

/** Runs the command, at the client. */
async function harden(line: string, code: number): Promise<Ended> {
  const env = { HOME: at('home'), NO_COLOR: '1' }
  const ended = await lab.run('client', process.execPath, [main, ...line.split(' ')], '', env)
  typed(`harden ${line}`.replaceAll(`${lab.folder}/`, ''))
  tell(`${ended.out}${ended.err}`.replaceAll(`${lab.folder}/`, ''))
  if (ended.code !== code) throw new Error(`harden ${line}: exit code ${ended.code}\n${ended.out}${ended.err}`)
  return ended
}

/** A login, without the command: a key, or the provider's password. A firewall that is to swallow it needs few `seconds`. */
function login(user: string, port: number, key: string | undefined, command: string, seconds = 60): Promise<Ended> {
  const settings = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
    `ConnectTimeout=${seconds}`,
    ...(key === undefined ? byPassword : byKey(key)),
  ]
  const args = ['-F', 'none', '-T', '-p', String(port), '-l', user, ...asOptions(settings)]
  const env = { SSH_ASKPASS: at('askpass'), SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' }
  return lab.run('client', needTool('ssh'), [...args, address, command], '', env)
}

const denied = /Permission denied \(publickey\)/
/** Everything that hardening touches, as digests, owners and modes; the leftovers of useradd aside. */
const state =
  "find /etc /root/.ssh /home -xdev '(' -type f -o -type l -o -type d ')' ! -name '*-' ! -name .pwd.lock -exec stat -c '%n %a %U %N' {} + | grep -v /etc/netns | sort; find /etc /root/.ssh /home -xdev -type f ! -name '*-' -exec sha256sum {} + | grep -v /etc/netns | sort"

/** The server is as it was. */
async function same(what: string): Promise<void> {
  const now = (await login('root', 22, undefined, state)).out.split('\n')
  const then = before.split('\n')
  const differs = [...now.filter((line) => !then.includes(line)), ...then.filter((line) => !now.includes(line))]
  must(what, differs.length === 0 && now.length > 100, differs.join('\n'))
}

mkdirSync(at('home/.ssh'), { recursive: true, mode: 0o700 })
writeFileSync(at('askpass'), `#!/bin/sh\nexec cat ${at('password')}\n`, { mode: 0o700 })
writeFileSync(at('password'), `${password}\n`, { mode: 0o600 })
const keys: Record<string, string> = {}
for (const name of ['ada', 'old']) {
  const key = await generateKey('ed25519', { comment: `${name}@laptop` })
  await writeFileAtomic(at(name), await formatPrivateKey(key))
  keys[name] = formatPublicKey(key.publicKey)
  writeFileSync(at(`${name}.pub`), keys[name])
}
const weak = await generateKey('rsa', { bits: 1024 })
writeFileSync(at('weak.pub'), formatPublicKey(weak.publicKey))
writeFileSync(at('dsa.pub'), readFileSync(new URL('dsa.pub', import.meta.url)))
const knownHosts = at('home/.ssh/known_hosts')
const usual = `--admin ada --key ${at('ada.pub')} --password-file ${at('password')} --patience ${patience}`
const start = (more: Omit<Parameters<typeof startServer>[1], 'password' | 'oldKey'>): Promise<Server> =>
  startServer(lab, { password, oldKey: keys.old!, ...more })

heading('A fresh server: root logs in with the password of the provider')
// The day of a password is a part of /etc/shadow, too.
let server = await start({ system: 'ifupdown', more: 'chage -d 2020-01-01 root\n' })
works('root, by password', await login('root', 22, undefined, 'id -un'), /^root$/m)
works('root, by the key of the image', await login('root', 22, at('old'), 'id -un'), /^root$/m)
let before = (await login('root', 22, undefined, state)).out

heading('What is not done')
const wrong: readonly (readonly [string, number])[] = [
  [`plan ${address} ${usual} --port 70000`, 2],
  [`plan ${address}:0 ${usual}`, 2],
  [`plan ${address} ${usual.replace('ada', 'root')}`, 1],
  [`plan ${address} ${usual.replace('ada', 'a;reboot')}`, 2],
  [`apply ${address} ${usual.replace('ada.pub', 'weak.pub')}`, 1],
  [`apply ${address} ${usual.replace('ada.pub', 'dsa.pub')}`, 1],
  [`apply ${address} ${usual.replace('ada.pub', 'ada')}`, 1],
  [`apply ${address} ${usual} --port 2222`, 1],
]
await Promise.all(wrong.map(([line, code]) => harden(line, code)))
await same('nothing was changed on the server')
must('nothing was written to known_hosts', !existsSync(knownHosts))

heading('The plan')
const hardened = `${address} ${usual} --port 2222 --allow http,https,9000/udp`
await harden(`plan ${hardened} --fingerprint ${server.fingerprint} --out ${at('plan')}`, 0)
await same('the plan changed nothing')
for (const [tool, ...args] of [
  ['nft', '-c', '-f', at('plan/firewall.nft')],
  ['iptables-restore', '--test', at('plan/firewall.iptables')],
  ['ip6tables-restore', '--test', at('plan/firewall.ip6tables')],
] as const) {
  const { code, err } = await lab.run('client', needTool(tool), args)
  must(`${tool} takes its rules`, code === 0, err)
}

heading('Applied, each step proved by a new login')
await harden(`apply ${hardened} --fingerprint ${server.fingerprint}`, 0)
works('ada, by key, at the new port', await login('ada', 2222, at('ada'), 'sudo -n id -un'), /^root$/m)
refused('ada, by password', await login('ada', 2222, undefined, 'id'), denied)
refused('root, by password', await login('root', 2222, undefined, 'id'), denied)
refused('root, by the old key', await login('root', 2222, at('old'), 'id'), denied)
refused('root, by the key of ada', await login('root', 2222, at('ada'), 'id'), denied)
refused('ada, by the old key', await login('ada', 2222, at('old'), 'id'), denied)
refused('anybody, at the old port', await login('ada', 22, at('ada'), 'id', 5), /timed out/)
const rules = 'sudo sh -c "nft flush ruleset; /etc/network/if-pre-up.d/harden-firewall; nft list table inet harden"'
works('the rules are back after a start', await login('ada', 2222, at('ada'), rules), /dport 9000 accept/)
const again = await harden(`apply ${hardened}`, 0)
must('done again, it does nothing', again.out.match(/is so already/g)?.length === 6, again.out)

heading('An undoing whose proof fails: the password of before is another one')
writeFileSync(at('wrong'), 'not what the provider mailed\n', { mode: 0o600 })
const soon = hardened.replace(`--patience ${patience}`, '--patience 20')
const half = await harden(`undo ${soon.replace(`file ${at('password')}`, `file ${at('wrong')}`)}`, 1)
must('it says how it ends', /sshd: .* It stays as apply left it.* Undone: root, firewall\./.test(half.err), half.err)
works('ada, by key, at the new port', await login('ada', 2222, at('ada'), 'sudo -n id -un'), /^root$/m)
refused('root, by password', await login('root', 2222, undefined, 'id'), denied)

heading('Undone')
const undone = await harden(`undo ${hardened}`, 0)
must(
  'it names what is left in known_hosts',
  undone.out.includes(`known_hosts still names [${address}]:2222`),
  undone.out,
)
works('root, by password, at the old port', await login('root', 22, undefined, 'id -un'), /^root$/m)
refused('ada, who is no more', await login('ada', 22, at('ada'), 'id'), /Permission denied/)
await same('all is as it was before')
await server.stop()

heading('Rebuilt: another host key, ssh.socket, an old key in an account that is there already')
const listed = addHost('', address, parsePublicKey(keys.old!))
writeFileSync(knownHosts, `${readFileSync(knownHosts, 'utf8').split('\n')[0]}\n${listed}`)
writeFileSync(knownHosts, hashHosts(readFileSync(knownHosts, 'utf8')))
const account = `useradd -m -s /bin/sh ada\nusermod -p '*' ada\nmkdir -m 700 /home/ada/.ssh
cp /root/.ssh/authorized_keys /home/ada/.ssh/\nchown -R ada: /home/ada/.ssh\n`
server = await start({ system: 'systemd', more: account })
works('ada, by the old key', await login('ada', 22, at('old'), 'id -un'), /^ada$/m)
const known = readFileSync(knownHosts, 'utf8')
await harden(`apply ${hardened} --firewall iptables`, 1)
await harden(`apply ${hardened} --firewall iptables --fingerprint SHA256:${'A'.repeat(43)}`, 1)
must('known_hosts is as it was', readFileSync(knownHosts, 'utf8') === known)
writeFileSync(at('root-password'), 'for the console alone\n', { mode: 0o600 })
writeFileSync(at('ada-password'), 'for sudo, and for sudo alone\n', { mode: 0o600 })
const passwords = `--root-password-file ${at('root-password')} --admin-password-file ${at('ada-password')}`
await harden(`apply ${hardened} --firewall iptables --fingerprint ${server.fingerprint} ${passwords}`, 0)
must('every line of known_hosts is hashed', /^(\|1\|\S+ \S+ \S+\n){2}$/.test(readFileSync(knownHosts, 'utf8')))
works('ada, by key', await login('ada', 2222, at('ada'), 'id -un'), /^ada$/m)
refused('ada, by the old key', await login('ada', 2222, at('old'), 'id'), denied)
refused('sudo without its password', await login('ada', 2222, at('ada'), 'sudo -n id'), /password is required/)
refused('anybody, at the old port', await login('ada', 22, at('ada'), 'id', 5), /timed out/)
await server.stop()

heading('A proof fails: the firewall of the provider keeps the new port closed, sshd has left the old one')
const table =
  'nft "table inet provider { chain input { type filter hook input priority -10; tcp dport 2222 drop; }; }"\n'
const folder = 'chmod 755 /home/ada/.ssh\nchage -d 2019-02-03 ada\n'
server = await start({ system: 'openrc', more: table + account + folder })
before = (await login('root', 22, undefined, state)).out
const failed = await harden(`apply ${soon} --fingerprint ${server.fingerprint}`, 1)
must('the switch of the server did it', /waiting for the server|by itself/.test(failed.out), failed.out)
works('root, by password, as before', await login('root', 22, undefined, 'id -un'), /^root$/m)
works('ada, as proved before', await login('ada', 22, at('ada'), 'id -un'), /^ada$/m)
const left = 'ls /etc/ssh/sshd_config.d'
must('the drop-in is gone', !/harden/.test((await login('root', 22, undefined, left)).out))
await harden(`undo ${soon}`, 0)
works('ada, by the old key', await login('ada', 22, at('old'), 'id -un'), /^ada$/m)
await same('all is as it was before, the account that was there already too')
await server.stop()

heading('A configuration without the effect: a ListenAddress that names the old port')
server = await start({ system: 'openrc', dropIns: { '70-address.conf': 'ListenAddress 0.0.0.0:22\n' } })
const kept = await harden(`apply ${hardened} --fingerprint ${server.fingerprint}`, 1)
must(
  'the server took it back at once',
  /taken it back by itself/.test(kept.out) && /FAILED: a ListenAddress/.test(kept.out),
  kept.out,
)
works('root, by password, as before', await login('root', 22, undefined, 'id -un'), /^root$/m)

heading('A configuration that was broken before, which the sshd that runs has not read yet')
const nonsense = "echo 'Nonsense yes' >/etc/ssh/sshd_config.d/90-broken.conf"
works('root breaks it', await login('root', 22, undefined, `${nonsense}; id -un`), /^root$/m)
const broken = await harden(`apply ${hardened}`, 1)
must('sshd -t refuses it, before sshd reads it', /sshd -t refuses it/.test(broken.err), broken.err)
works('root, by password: sshd still runs', await login('root', 22, undefined, 'id -un'), /^root$/m)
await server.stop()

lab.close()
const seconds = ((performance.now() - begun) / 1000).toFixed(1)
console.log(`\n${counts.logins} logins and ${counts.refusals} refusals, as it should be, in ${seconds} s.`)
