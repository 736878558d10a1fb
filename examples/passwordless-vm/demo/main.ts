/** The whole of it, with a real sshd and a real ssh. It ends with an error at the first thing that is not as it should be. */

import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { formatPrivateKey, formatPublicKey, generateKey, parsePublicKey } from 'hawser'
import { writeFileAtomic } from 'hawser/node'
import { addHost } from 'hawser/text'
import { endOf } from '../../lab/program.ts'
import { asOptions, byKey, byPassword } from '../../lab/ssh-options.ts'
import { freePort } from '../../lab/sshd.ts'
import { counts, type Ended, heading, refused, tell, typed, works } from '../../lab/tell.ts'
import { findTool } from '../../quickstart/sshd.ts'
import { runCommand } from '../command.ts'
import { canMount, isFree, needTool, readUserData, startServer } from './server.ts'

const begun = performance.now()
const folder = mkdtempSync(join(tmpdir(), 'passwordless-vm-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
// The account of the VM reads its authorized_keys in it; secrets have a mode of their own.
chmodSync(folder, 0o711)
const at = (name: string): string => join(folder, name)

/** Types a command of the example; gives what it printed. It must end with that exit code. */
async function vm(line: string, expected: 0 | 1 | 2): Promise<string> {
  typed(`vm ${line.replaceAll(`${folder}/`, '')}`)
  let said = ''
  const say = (text: string): void => {
    said += `${text}\n`
  }
  const code = await runCommand(line.split(' '), say, say)
  tell(`${said}${expected === 0 ? '' : `exit code ${code}`}`)
  if (code !== expected) throw new Error(`exit code ${code}; ${expected} expected`)
  return said
}

/** Not `spawnSync`: a signal must be able to end it. */
const run = (file: string, args: readonly string[]): Promise<Ended> =>
  endOf(spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 }))

const isUser = (): RegExp => new RegExp(`^${user}\\s*$`)
const denied = /Permission denied \(publickey\)/

for (const tool of ['ssh', 'sshd', 'ssh-keygen']) needTool(tool)
// `--here`: no account of its own, as for those who are not root.
const apart = !process.argv.includes('--here') && canMount()
const user = apart ? 'mara' : userInfo().username
const forced = apart ? '' : ' --force-user'

heading('Keys, and what clouds want')
const colleague = await generateKey('ed25519', { comment: 'colleague@laptop' })
await writeFileAtomic(at('colleague'), await formatPrivateKey(colleague))
writeFileSync(at('colleague.pub'), formatPublicKey(colleague.publicKey))
const web = at('web-1')
const making = `make web-1 --user ${user}${forced} --host 127.0.0.1 --add-key ${at('colleague.pub')} --out ${web}`
await vm(making, 0)
const facts = () => JSON.parse(readFileSync(join(web, 'facts.json'), 'utf8')) as { port: number; thumbprint: string }
// The port is chosen for a new machine; on this one something may have it.
for (let attempt = 1; attempt <= 5 && !(await isFree(facts().port)); attempt++) await vm(`${making} --force`, 0)
tell(`files       ${readdirSync(web).join(' ')}`)

heading('Other programs read them')
const proofs: readonly (readonly [string, string, ...string[]])[] = [
  ['ssh-keygen', 'private key', '-y', '-f', join(web, 'id')],
  ['ssh-keygen', 'public key', '-l', '-f', join(web, 'id.pub')],
  ['openssl', 'certificate', 'verify', '-CAfile', join(web, 'certificate.pem'), join(web, 'certificate.pem')],
  ['openssl', 'thumbprint', 'x509', '-in', join(web, 'certificate.pem'), '-noout', '-fingerprint', '-sha1'],
  ['puttygen', 'PuTTY key', join(web, 'id.ppk'), '-L'],
]
for (const [tool, what, ...args] of proofs) {
  if (findTool(tool) === undefined) tell(`${tool} is not installed: ${what} not shown to it`)
  else {
    const { status, stdout, stderr } = spawnSync(needTool(tool), args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`${tool}: ${stderr}`)
    const said = stdout.trim().replaceAll(`${folder}/`, '')
    if (what === 'thumbprint' && !said.replaceAll(':', '').endsWith(facts().thumbprint))
      throw new Error(`openssl: ${said}`)
    tell(`${tool.padEnd(11)} ${what}: ${said.length > 90 ? `${said.slice(0, 60)}…${said.slice(-24)}` : said}`)
  }
}

heading('What is not made')
const before = readdirSync(folder)
const none = at('none')
for (const [line, code] of [
  [`make db-1 --user azureuser --out ${none}`, 1],
  [`make db-1 --user carla --type rsa --bits 1024 --out ${none}`, 1],
  [`make db-1 --user carla --type dsa --out ${none}`, 1],
  [`make db-1 --user carla --add-key ${at('colleague')} --out ${none}`, 1],
  [`make db-1 --user carla --out ${web}`, 1],
  [`make db-1 --user carla --port 70000 --out ${none}`, 2],
  [`make db;reboot --user carla --out ${none}`, 2],
] as const) {
  await vm(line, code)
}
if (readdirSync(folder).join() !== before.join()) throw new Error('something was written')

heading('The VM starts, with the files of cloud-init.yaml')
const boot = (name: string): string => {
  mkdirSync(at(name), { mode: 0o711 })
  return at(name)
}
const userData = readUserData(join(web, 'cloud-init.yaml'))
const account = apart ? user : undefined
const server = await startServer(boot('vm'), { userData, account })
if (server.port !== facts().port) throw new Error(`sshd listens on ${server.port}`)
tell(`sshd listens on port ${server.port}. Its image brought a 50-cloud-init.conf that allows passwords.`)
writeFileSync(at('known_hosts'), addHost('', `[127.0.0.1]:${server.port}`, parsePublicKey(server.hostKey)))
const known = asOptions(['BatchMode=yes', `UserKnownHostsFile=${at('known_hosts')}`, 'StrictHostKeyChecking=yes'])
const byConfig = ['-F', join(web, 'ssh_config'), ...known]
const who = 'id -un'
works('ssh -F ssh_config web-1', await run(needTool('ssh'), [...byConfig, 'web-1', who]), isUser())
const line = `${readFileSync(join(web, 'ssh.sh'), 'utf8').trim()} "$@"`
works('the line of ssh.sh', await run('sh', ['-c', line, 'sh', '-F', 'none', ...known, who]), isUser())
/** A login without what the example wrote. */
const login = (settings: readonly string[]): Promise<Ended> => {
  const words = [...asOptions([...settings, 'IdentityAgent=none']), ...known]
  return run(needTool('ssh'), ['-F', 'none', ...words, '-p', String(server.port), '-l', user, '127.0.0.1', who])
}
works('the key of --add-key', await login(byKey(at('colleague'))), isUser())
await writeFileAtomic(at('stranger'), await formatPrivateKey(await generateKey()))
refused('another key', await login(byKey(at('stranger'))), denied)
refused('a password', await login(['BatchMode=no', ...byPassword]), denied)

heading('Asked from outside')
await vm(`check 127.0.0.1:${server.port} --user ${user}`, 0)
const port = await freePort()
const asItCame = await startServer(boot('image'), { port, account })
tell('And the image as it came:')
await vm(`check 127.0.0.1:${port} --user ${user}`, 1)
await asItCame.stop()
tell('And nobody there:')
await vm(`check 127.0.0.1:${port}`, 2)
await server.stop()

const seconds = ((performance.now() - begun) / 1000).toFixed(1)
console.log(`\n${counts.logins} logins and ${counts.refusals} refusals, as it should be, in ${seconds} s.`)
