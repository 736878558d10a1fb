/**
 * A throwaway OpenSSH server on loopback, and the real `ssh` to log in with. It needs no root; without it, sshd lets
 * in only the user that started it. Nothing of ~/.ssh or /etc/ssh is read or written.
 */

import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { accessSync, closeSync, constants, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** What the server is to trust and how it shows itself. Texts are the content of files, paths are of files that exist. */
export interface SshdOptions {
  /** An existing folder for its files, which nobody else may read; a temporary one, removed by `stop`, where not given. */
  readonly dir?: string
  /** Lines of public keys whose user certificates log in. */
  readonly trustedUserCaKeys?: string
  /** Lines of public keys that log in themselves. */
  readonly authorizedKeys?: string
  /** Path of its private key; `ssh-keygen` makes an Ed25519 one where not given. */
  readonly hostKey?: string
  /** Path of a host certificate for that key. */
  readonly hostCertificate?: string
  /** Path of a file of principals that user certificates may name, in place of the account's name. */
  readonly principalsFile?: string
  /** More lines for its configuration; of two lines with the same keyword the first counts, and these come first. */
  readonly extra?: readonly string[]
}

/** A server that runs. */
export interface Sshd {
  readonly port: number
  /** The public line of its host key. */
  readonly hostKey: string
  /** All that it has logged. */
  log(): string
  stop(): Promise<void>
}

/** How to log in. */
export interface SshOptions {
  readonly port: number
  readonly user: string
  /** Path of a private key, mode 0600. */
  readonly identity: string
  /** Path of a certificate. */
  readonly certificate?: string
  readonly command: string
  /** Path of a known_hosts file, which must then vouch for the server; without it any server is taken. */
  readonly knownHosts?: string
  /** The name under which the server is looked up there; `127.0.0.1` where not given. */
  readonly hostName?: string
  /** More options for `ssh -o`. */
  readonly extra?: readonly string[]
}

/** How a program ended. */
export interface Finished {
  /** Exit code; `ssh` gives 255 where it could not log in, else the command's. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The absolute path of a program, in PATH or where servers are kept; `undefined` where it is not installed. */
export function findTool(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/usr/bin']
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => resolve(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

function needTool(name: string): string {
  const path = findTool(name)
  if (path === undefined) throw new Error(`${name} is not installed`)
  return path
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer()
    probe.once('error', fail)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (address && typeof address === 'object' ? done(address.port) : fail(new Error('no port'))))
    })
  })
}

async function configuration(dir: string, hostKey: string, options: SshdOptions): Promise<string[]> {
  const lines = [
    ...(options.extra ?? []),
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKey}`,
    'PidFile none',
    'LogLevel VERBOSE',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitUserRC no',
    // It refuses files below a folder that others may write, such as /tmp; ours lie in a folder of mode 0700 there.
    'StrictModes no',
    'MaxStartups 100',
  ]
  const file = async (keyword: string, text: string | undefined): Promise<void> => {
    const path = join(dir, keyword)
    if (text !== undefined) await writeFile(path, text, { mode: 0o600 })
    lines.push(`${keyword} ${text === undefined ? 'none' : path}`)
  }
  await file('TrustedUserCAKeys', options.trustedUserCaKeys)
  await file('AuthorizedKeysFile', options.authorizedKeys)
  if (options.hostCertificate !== undefined) lines.push(`HostCertificate ${resolve(options.hostCertificate)}`)
  if (options.principalsFile !== undefined) lines.push(`AuthorizedPrincipalsFile ${resolve(options.principalsFile)}`)
  return lines
}

function newHostKey(dir: string): string {
  const path = join(dir, 'host_key')
  const made = spawnSync(needTool('ssh-keygen'), ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path])
  if (made.status !== 0) throw new Error(`ssh-keygen made no host key: ${made.stderr}`)
  return path
}

function publicLine(hostKey: string): string {
  const shown = spawnSync(needTool('ssh-keygen'), ['-y', '-P', '', '-f', hostKey], { encoding: 'utf8' })
  if (shown.status !== 0) throw new Error(`ssh-keygen could not read the host key: ${shown.stderr}`)
  return shown.stdout.trim()
}

/** True once it listens, false where it ended; it has two minutes. */
async function listens(child: ChildProcess, log: () => string): Promise<boolean> {
  for (let waited = 0; waited < 120_000; waited += 20) {
    if (child.exitCode !== null || child.signalCode !== null) return false
    if (log().includes('Server listening on')) return true
    await delay(20)
  }
  throw new Error(`sshd does not listen:\n${log()}`)
}

const fatalSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Starts the server and waits until it listens. It ends with this process at the latest. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const sshd = needTool('sshd')
  const dir = options.dir === undefined ? mkdtempSync(join(tmpdir(), 'sshd-')) : resolve(options.dir)
  const hostKey = options.hostKey === undefined ? newHostKey(dir) : resolve(options.hostKey)
  const config = join(dir, 'sshd_config')
  const lines = await configuration(dir, hostKey, options)
  // Where sshd drops its privileges; packages make it when their own server starts.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })

  // Since OpenSSH 9.8 an address that was refused a few times is shut out for a while; older ones do not know the word.
  await writeFile(config, [...lines, 'PerSourcePenalties no', ''].join('\n'))
  if (spawnSync(sshd, ['-t', '-f', config]).status !== 0) await writeFile(config, [...lines, ''].join('\n'))

  const logFile = join(dir, 'sshd.log')
  let last: string | undefined
  const log = (): string => last ?? readFileSync(logFile, 'utf8').replaceAll('\r\n', '\n')
  const logFd = openSync(logFile, 'w', 0o600)
  let child: ChildProcess | undefined
  const abandon = (): void => {
    child?.kill('SIGTERM')
    if (options.dir === undefined) rmSync(dir, { recursive: true, force: true })
  }
  const abandonAndEnd = (signal: NodeJS.Signals): void => {
    abandon()
    forget()
    process.kill(process.pid, signal)
  }
  const forget = (): void => {
    process.off('exit', abandon)
    for (const signal of fatalSignals) process.off(signal, abandonAndEnd)
  }
  const stop = async (): Promise<void> => {
    if (last !== undefined) return
    forget()
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((done) => child?.once('exit', done))
      child.kill('SIGTERM')
      await ended
    }
    last = log()
    closeSync(logFd)
    abandon()
  }

  process.on('exit', abandon)
  for (const signal of fatalSignals) process.on(signal, abandonAndEnd)
  try {
    // Between probe and bind somebody else may take the port.
    for (let attempt = 1; attempt <= 3; attempt++) {
      const port = await freePort()
      const args = ['-D', '-e', '-f', config, '-p', String(port)]
      child = spawn(sshd, args, { stdio: ['ignore', 'ignore', logFd] })
      if (await listens(child, log)) return { port, hostKey: publicLine(hostKey), log, stop }
    }
    throw new Error(`sshd does not start:\n${log()}`)
  } catch (error) {
    await stop()
    throw error
  }
}

/** Logs in with the real `ssh` and runs a command; no agent, no password, no configuration but what is said here. */
export function runSsh(options: SshOptions): Promise<Finished> {
  const settings = [
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    'PreferredAuthentications=publickey',
    'GlobalKnownHostsFile=/dev/null',
    `UserKnownHostsFile=${options.knownHosts ?? '/dev/null'}`,
    `StrictHostKeyChecking=${options.knownHosts === undefined ? 'no' : 'yes'}`,
    // A server that is no longer there is an answer too.
    'ConnectTimeout=60',
    ...(options.hostName === undefined ? [] : [`HostKeyAlias=${options.hostName}`]),
    ...(options.certificate === undefined ? [] : [`CertificateFile=${options.certificate}`]),
    ...(options.extra ?? []),
  ]
  const args = ['-F', '/dev/null', '-p', String(options.port), '-l', options.user, '-i', options.identity, '-T']
  args.push(...settings.flatMap((setting) => ['-o', setting]), '127.0.0.1', options.command)
  return new Promise((done) => {
    const child = execFile(needTool('ssh'), args, { timeout: 120_000 }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 255, stdout, stderr })
    })
    child.stdin?.end()
  })
}
