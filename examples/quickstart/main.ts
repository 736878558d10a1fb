/**
 * From nothing to a login: an authority, a user key, a certificate for five minutes, and a real server that takes it.
 *
 *   npm start              the tour
 *   npm start -- FILE…     what your own files are
 */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type Certificate,
  checkCertificate,
  defaultUserExtensions,
  fingerprint,
  formatCertificate,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  issueCertificate,
  type PublicKey,
  parseCertificate,
  randomart,
  VerificationError,
} from 'hawser'
import { writeFileAtomic } from 'hawser/node'
import { findTool, runSsh, startSshd } from './sshd.ts'

const files = process.argv.slice(2)
if (files.length > 0) {
  const command = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
  process.exit(spawnSync(process.execPath, [command, 'inspect', ...files], { stdio: 'inherit' }).status ?? 1)
}

const heading = (text: string): void => console.log(`\n\x1b[1m${text}\x1b[0m`)
const { username } = userInfo()
const now = Math.floor(Date.now() / 1000)

heading('1. An authority and a user key')
const authority = await generateKey('ed25519', { comment: 'authority' })
const user = await generateKey('ed25519', { comment: `${username}@quickstart` })
console.log(formatPublicKey(user.publicKey).trim())
console.log(fingerprint(user.publicKey))
console.log(randomart(user.publicKey))

heading(`2. A certificate: ${username}, from 127.0.0.1 alone, for five minutes`)
const certificate = await issueCertificate(
  {
    kind: 'user',
    publicKey: user.publicKey,
    keyId: `quickstart ${username}`,
    principals: [username],
    serial: 1n,
    validAfter: now - 60,
    validBefore: now + 300,
    criticalOptions: { 'source-address': '127.0.0.1/32' },
    extensions: defaultUserExtensions,
  },
  authority,
)
describe(parseCertificate(formatCertificate(certificate)))

heading('3. Who is let in?')
const good = { principal: username, time: now, sourceAddress: '127.0.0.1', authorities: [authority.publicKey] }
await judge(`${username}, now, from 127.0.0.1`, good, undefined)
await judge('somebody else', { ...good, principal: 'mallory' }, 'principal')
await judge('ten minutes late', { ...good, time: now + 600 }, 'expired')
await judge('from 192.0.2.7', { ...good, sourceAddress: '192.0.2.7' }, 'source-address')
await judge('by another authority', { ...good, authorities: [(await generateKey()).publicKey] }, 'unknown-authority')

heading('4. A real server')
if (findTool('sshd') && findTool('ssh') && findTool('ssh-keygen')) await login()
else {
  console.log('ssh and sshd are not installed here, so nobody logs in. To see it:')
  console.log('  Debian, Ubuntu: apt-get install openssh-client openssh-server')
  console.log('  Fedora:         dnf install openssh-clients openssh-server')
  console.log('  macOS:          both are there; Windows: use WSL')
}
authority.wipe()
user.wipe()

/** Prints what a certificate says. */
function describe(read: Certificate): void {
  const date = (seconds: bigint): string => new Date(Number(seconds) * 1000).toLocaleTimeString()
  const rows: readonly (readonly [string, string])[] = [
    ['type', read.type],
    ['key id', read.keyId],
    ['serial', String(read.serial)],
    ['principals', read.principals.join(', ')],
    ['valid', `${date(read.validAfter)} to ${date(read.validBefore)}`],
    ['critical', read.criticalOptions.map((option) => option.name).join(', ')],
    ['extensions', read.extensions.map((option) => option.name).join(', ')],
    ['authority', fingerprint(read.authority)],
  ]
  for (const [name, value] of rows) console.log(`  ${name.padEnd(11)}${value}`)
}

/** Checks the certificate and prints the verdict; ends the tour where it is not the expected one. */
async function judge(
  who: string,
  policy: { principal: string; time: number; sourceAddress: string; authorities: PublicKey[] },
  expected: string | undefined,
): Promise<void> {
  const code = await checkCertificate(certificate, { kind: 'user', ...policy }).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof VerificationError) return error.code
      throw error
    },
  )
  console.log(`  ${code ? 'refused ' : 'accepted'}  ${who}${code ? ` (${code})` : ''}`)
  if (code !== expected) throw new Error(`${expected ?? 'accepted'} expected`)
}

/** Logs in to a server that trusts nothing but the authority, and prints what the server says of it. */
async function login(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'hawser-'))
  const identity = join(dir, 'id_ed25519')
  const certificateFile = join(dir, 'id_ed25519-cert.pub')
  await writeFileAtomic(identity, await formatPrivateKey(user), { mode: 0o600 })
  await writeFileAtomic(certificateFile, formatCertificate(certificate), { mode: 0o644 })
  const server = await startSshd({ trustedUserCaKeys: formatPublicKey(authority.publicKey) })
  try {
    console.log(`  sshd on 127.0.0.1:${server.port} trusts ${fingerprint(authority.publicKey)} and nobody else`)
    const command = 'echo "hello from $(id -un)"'
    const session = await runSsh({
      port: server.port,
      user: username,
      identity,
      certificate: certificateFile,
      command,
    })
    if (session.code !== 0) throw new Error(`ssh could not log in:\n${session.stderr}\n${server.log()}`)
    console.log(`  ssh: ${session.stdout.trim()}`)
    const accepted = server.log().match(/Accepted publickey.*/)?.[0] ?? ''
    if (!accepted.includes(`quickstart ${username}`))
      throw new Error(`sshd does not name the certificate:\n${accepted}`)
    console.log(`  sshd: ${accepted}`)
  } finally {
    await server.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}
