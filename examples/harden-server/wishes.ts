/** What is asked for. Whatever ends up in a script, a configuration or a command line has passed here. */

import { access, constants } from 'node:fs/promises'
import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fingerprint, formatPublicKey, SshError } from 'hawser'
import { readKeyFile } from 'hawser/node'
import { BadKey, readLoginKey } from '../lab/login-key.ts'
import { Refusal, UsageError } from '../lab/refusal.ts'
import { pathForSsh } from '../lab/ssh-options.ts'
import { type OpenPort, openPorts } from './ports.ts'

/** The options as they were typed. */
export interface Typed {
  readonly host: string
  readonly admin?: string | undefined
  readonly key?: readonly string[] | undefined
  readonly identity?: string | undefined
  readonly port?: string | undefined
  readonly login?: string | undefined
  readonly 'password-file'?: string | undefined
  readonly 'login-identity'?: string | undefined
  readonly 'admin-password-file'?: string | undefined
  readonly 'root-password-file'?: string | undefined
  readonly allow?: string | undefined
  readonly firewall?: string | undefined
  readonly 'known-hosts'?: string | undefined
  readonly fingerprint?: string | undefined
  readonly patience?: string | undefined
}

export interface Wishes {
  readonly host: string
  /** Where sshd listens now. */
  readonly oldPort: number
  readonly port: number
  readonly login: string
  /** Paths of what lets `login` in. */
  readonly passwordFile: string | undefined
  readonly loginIdentity: string | undefined
  readonly admin: string
  /** The path that ssh gets with `-i`: a private key, or a public one whose private half an agent has. */
  readonly identity: string
  /** The whole authorized_keys. */
  readonly authorizedKeys: string
  readonly fingerprints: readonly string[]
  readonly allow: readonly OpenPort[]
  readonly firewall: 'auto' | 'nft' | 'iptables' | 'none'
  readonly knownHosts: string
  readonly fingerprint: string | undefined
  /** Seconds until the server takes back what nobody proved. */
  readonly patience: number
  readonly secrets: { readonly admin: string | undefined; readonly root: string | undefined }
}

const userSyntax = /^[a-z_][a-z0-9_-]{0,31}$/
/** Accounts that stand in every passwd, and groups whose name an account would take. */
const system =
  'root bin daemon adm lp sync shutdown halt mail news uucp operator man games gopher ftp nobody sys proxy www-data backup list irc gnats sshd sudo wheel shadow systemd-network systemd-resolve messagebus polkitd _apt'
const labelSyntax = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/

/** Reads and judges all of it. Nothing is changed. Throws `UsageError`, `Refusal`. */
export async function wishesOf(typed: Typed): Promise<Wishes> {
  const { host, port: oldPort } = hostPort(typed.host)
  const admin = typed.admin ?? ''
  if (!userSyntax.test(admin)) {
    throw new UsageError('--admin: the name of an account, of a-z, 0-9, _ and -, at most 32 characters, expected')
  }
  if (system.split(' ').includes(admin)) throw new Refusal('bad-name', `--admin ${admin}: an account of the system`)
  const login = typed.login ?? 'root'
  if (!userSyntax.test(login)) throw new UsageError('--login: the name of an account expected')
  const firewall = typed.firewall ?? 'auto'
  if (!isOneOf(firewall, ['auto', 'nft', 'iptables', 'none'] as const)) {
    throw new UsageError('--firewall: auto, nft, iptables or none expected')
  }
  const port = typed.port === undefined ? oldPort : whole(typed.port, '--port', 1, 65_535)
  const allow = openPorts(typed.allow ?? 'http,https')
  if (allow.some((open) => open.protocol === 'tcp' && open.port === port)) {
    throw new Refusal('port-taken', `--port ${port}: --allow names it for something else`)
  }
  const paths = typed.key ?? []
  if (paths.length === 0 || paths.length > 20) throw new UsageError('--key: 1 to 20 files of public keys expected')
  const keys = await Promise.all(paths.map(publicKey))
  return {
    host,
    oldPort,
    port,
    login,
    passwordFile: await passwordPath(typed['password-file'], '--password-file'),
    loginIdentity: await identityPath(typed['login-identity'], '--login-identity'),
    admin,
    identity: (await identityPath(typed.identity, '--identity')) ?? (await identityOf(paths[0]!)),
    authorizedKeys: keys.map(({ line }) => `${line}\n`).join(''),
    fingerprints: keys.map((key) => key.fingerprint),
    allow,
    firewall,
    knownHosts: typed['known-hosts'] ?? join(homedir(), '.ssh', 'known_hosts'),
    fingerprint: typed.fingerprint,
    patience: typed.patience === undefined ? 60 : whole(typed.patience, '--patience', 5, 3600),
    secrets: {
      admin: await newPassword(typed['admin-password-file'], '--admin-password-file'),
      root: await newPassword(typed['root-password-file'], '--root-password-file'),
    },
  }
}

const isOneOf = <const T extends string>(word: string, words: readonly T[]): word is T =>
  (words as readonly string[]).includes(word)

function whole(value: string, option: string, least: number, most: number): number {
  const number = /^[1-9][0-9]{0,5}$/.test(value) ? Number(value) : Number.NaN
  if (number >= least && number <= most) return number
  throw new UsageError(`${option}: a whole number from ${least} to ${most} expected`)
}

/** `HOST`, `HOST:PORT`, `[ADDRESS]:PORT`, or an IPv6 address alone. */
function hostPort(value: string): { readonly host: string; readonly port: number } {
  if (isIP(value) === 6 && !value.includes('%')) return { host: value, port: 22 }
  const [, inside, outside = '', digits] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/s.exec(value) ?? []
  const host = inside ?? outside
  const labels = host.split('.')
  const isName = labels.every((label) => labelSyntax.test(label)) && /^[A-Za-z]/.test(labels.at(-1) ?? '')
  const fits = inside === undefined ? isIP(host) === 4 || (isName && host.length <= 253) : isIP(host) === 6
  if (!fits || host.includes('%'))
    throw new UsageError('HOST: a name or an address, HOST:PORT or [ADDRESS]:PORT expected')
  return { host, port: digits === undefined ? 22 : whole(digits, 'HOST:PORT', 1, 65_535) }
}

async function publicKey(path: string): Promise<{ readonly line: string; readonly fingerprint: string }> {
  try {
    const key = readLoginKey(new TextDecoder().decode(await readKeyFile(path)))
    if (key.comment.length > 128 || /\p{C}/u.test(key.comment)) {
      throw new BadKey('bad-comment', 'a comment of at most 128 printable characters expected')
    }
    return { line: formatPublicKey(key).trim(), fingerprint: fingerprint(key) }
  } catch (error) {
    if (!(error instanceof SshError || error instanceof BadKey)) throw error
    throw new Refusal(error.code, `--key ${path}: ${error.message} (${error.code})`)
  }
}

/** Beside `id.pub` lies `id`; else an agent has it. */
async function identityOf(path: string): Promise<string> {
  const beside = path.replace(/\.pub$/, '')
  const isThere = await access(beside).then(
    () => true,
    () => false,
  )
  return pathForSsh(resolve(isThere ? beside : path), '--key')
}

/** Absolute. Throws `Refusal`. */
async function identityPath(path: string | undefined, option: string): Promise<string | undefined> {
  if (path === undefined) return undefined
  await access(path, constants.R_OK).catch((error: NodeJS.ErrnoException) => {
    throw new Refusal('bad-file', `${option} ${path}: ${error.code}`)
  })
  return pathForSsh(resolve(path), option)
}

/** The one line of a file that nobody else may open. Throws `Refusal`. */
async function secretLine(path: string, option: string): Promise<string> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(
      await readKeyFile(path, { strict: true, limit: 1024 }),
    )
    const [line = '', ...more] = text.replace(/\r?\n$/, '').split('\n')
    if (line !== '' && more.length === 0 && !/\p{Cc}/u.test(line)) return line
  } catch (error) {
    if (!(error instanceof SshError || error instanceof TypeError)) throw error
    throw new Refusal(error instanceof SshError ? error.code : 'bad-password', `${option} ${path}: ${error.message}`)
  }
  throw new Refusal('bad-password', `${option} ${path}: one line of printable characters expected`)
}

async function passwordPath(path: string | undefined, option: string): Promise<string | undefined> {
  if (path !== undefined) await secretLine(path, option)
  return path
}

async function newPassword(path: string | undefined, option: string): Promise<string | undefined> {
  if (path === undefined) return undefined
  const line = await secretLine(path, option)
  if (line.length < 12) throw new Refusal('weak-password', `${option}: at least 12 characters expected`)
  return line
}
