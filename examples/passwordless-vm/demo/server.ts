/**
 * The VM, as far as SSH sees it: a real sshd on loopback with the files that cloud-init would have written. For root it
 * has an account of its own, in a passwd that this sshd alone sees (a mount namespace, which ends with it).
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { formatPrivateKey, formatPublicKey, generateKey } from 'hawser'
import { writeFileAtomic } from 'hawser/node'
import { parse } from 'yaml'
import { findTool } from '../../quickstart/sshd.ts'

/** What of the user data matters to sshd. */
export interface UserData {
  readonly users: readonly { readonly name: string; readonly ssh_authorized_keys: readonly string[] }[]
  readonly write_files: readonly { readonly path: string; readonly content: string }[]
}

export interface Server {
  readonly port: number
  /** The public line of its host key. */
  readonly hostKey: string
  log(): string
  stop(): Promise<void>
}

export const readUserData = (path: string): UserData => parse(readFileSync(path, 'utf8'))

/** Absolute, since sshd insists on it. */
export function needTool(name: string): string {
  const path = findTool(name)
  if (path === undefined) throw new Error(`${name} is not installed`)
  return path
}

/** Whether this sshd can have accounts of its own. */
export function canMount(): boolean {
  const unshare = process.getuid?.() === 0 ? findTool('unshare') : undefined
  return (
    unshare !== undefined &&
    spawnSync(unshare, ['--mount', 'mount', '--bind', '/etc/passwd', '/etc/passwd']).status === 0
  )
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer()
    probe.once('error', () => done(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => done(true)))
  })
}

/** What images bring along: their own drop-in allows passwords, and sshd_config takes whatever lies beside it. */
const image = ['PasswordAuthentication yes', 'KbdInteractiveAuthentication yes', '']

/**
 * Starts sshd in a folder of its own, on the port of the user data, or on `port` as the image came. `account` is added
 * where it is named, with what shadow(5) has for its password. `more` are lines in front of all.
 */
export async function startServer(
  folder: string,
  boot: {
    readonly userData?: UserData
    readonly port?: number
    readonly account?: string | undefined
    readonly password?: string
  },
  more: readonly string[] = [],
): Promise<Server> {
  const { userData, port, account, password = '*' } = boot
  const at = (name: string): string => join(folder, name)
  mkdirSync(at('sshd_config.d'), { recursive: true, mode: 0o755 })
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const key = await generateKey()
  await writeFileAtomic(at('host_key'), await formatPrivateKey(key))
  writeFileSync(at('sshd_config.d/50-cloud-init.conf'), image.join('\n'))
  for (const { path, content } of userData?.write_files ?? []) {
    writeFileSync(at(`sshd_config.d/${basename(path)}`), content)
  }
  writeFileSync(
    at('authorized_keys'),
    (userData?.users[0]?.ssh_authorized_keys ?? []).map((line) => `${line}\n`).join(''),
  )
  const own = [
    ...more,
    'ListenAddress 127.0.0.1',
    ...(port === undefined ? [] : [`Port ${port}`]),
    `HostKey ${at('host_key')}`,
    `AuthorizedKeysFile ${at('authorized_keys')}`,
    'PidFile none',
    'LogLevel VERBOSE',
    'UsePAM no',
    // The folder is below /tmp, which others may write.
    'StrictModes no',
    `Include ${at('sshd_config.d')}/*.conf`,
  ]
  const sshd = needTool('sshd')
  // Since OpenSSH 9.8 an address that was refused a few times is shut out for a while, as it should; not in here.
  writeFileSync(at('sshd_config'), ['PerSourcePenalties no', ...own, ''].join('\n'))
  if (spawnSync(sshd, ['-t', '-f', at('sshd_config')]).status !== 0) {
    writeFileSync(at('sshd_config'), [...own, ''].join('\n'))
  }
  const words = [sshd, '-D', '-e', '-f', at('sshd_config')]
  return running(
    account === undefined ? words : inNamespace(folder, account, password, words),
    formatPublicKey(key.publicKey),
  )
}

/** As useradd would; `*` is no password at all, where `!` would lock the account for keys, too, without PAM. */
function inNamespace(folder: string, account: string, password: string, words: readonly string[]): string[] {
  const lines = {
    passwd: `${account}:x:64001:64001::/:/bin/sh\n`,
    group: `${account}:x:64001:\n`,
    shadow: `${account}:${password}:19000:0:99999:7:::\n`,
  }
  for (const [file, line] of Object.entries(lines)) {
    if (existsSync(`/etc/${file}`)) copyFileSync(`/etc/${file}`, join(folder, file))
    appendFileSync(join(folder, file), line)
  }
  const script = 'for f in passwd group shadow; do mount --bind "$0/$f" "/etc/$f" || exit; done; exec "$@"'
  return [needTool('unshare'), '--mount', 'sh', '-c', script, folder, ...words]
}

async function running([file = '', ...args]: readonly string[], hostKey: string): Promise<Server> {
  const child: ChildProcess = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  child.once('error', (error) => {
    log += error.message
  })
  const kill = (): boolean => child.kill('SIGTERM')
  process.once('exit', kill)
  const stop = async (): Promise<void> => {
    process.off('exit', kill)
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((done) => child.once('exit', done))
    kill()
    await ended
  }
  for (let waited = 0; waited < 120_000 && child.exitCode === null; waited += 20) {
    const port = /Server listening on 127\.0\.0\.1 port (\d+)/.exec(log)?.[1]
    if (port !== undefined) return { port: Number(port), hostKey, log: () => log, stop }
    await delay(20)
  }
  await stop()
  throw new Error(`sshd does not listen:\n${log}`)
}
