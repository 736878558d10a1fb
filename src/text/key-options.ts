/**
 * What stands in front of a key in authorized_keys, read (sshd(8), AUTHORIZED_KEYS FILE FORMAT; openssh-portable
 * auth-options.c `sshauthopt_parse`), and what a certificate leaves of it (`sshauthopt_merge`).
 */

import type { OptionFacts } from '../cert/options.ts'
import { type FormatError, VerificationError } from '../errors.ts'
import { parseAbsoluteTime } from '../wire/absolute-time.ts'
import { aboveLimit, bad } from '../wire/expect.ts'
import { splitOptions } from '../wire/option-list.ts'
import { escapeText } from '../wire/text.ts'

/** What a login may do, and from where. The caller enforces it. */
export interface LoginOptions {
  /** The key is an authority: not it, but user certificates that it signed log in. */
  readonly certAuthority: boolean
  /** Principals of which a certificate must name one, in place of the account's name; `null` where not given. What stands behind an empty one never counts, and is left out. */
  readonly principals: readonly string[] | null
  /** The one command that may run, or `null`. */
  readonly command: string | null
  /** `NAME=value`, each name once. */
  readonly environment: readonly string[]
  /** Unix seconds up to which the line holds, that second included; `null` for ever. */
  readonly expiryTime: bigint | null
  /** The pattern list of `from=`: addresses, networks, host names, `*` and `?`, `!` in front; `null` for anywhere. */
  readonly from: readonly string[] | null
  /** Addresses and networks that the certificate is bound to, or `null`. */
  readonly sourceAddresses: readonly string[] | null
  /** `HOST:PORT` where connections may be forwarded to; empty for anywhere. */
  readonly permitOpen: readonly string[]
  /** `HOST:PORT` that may be listened at; empty for any. */
  readonly permitListen: readonly string[]
  /** The tun device that is forced, or `null`. */
  readonly tunnel: number | 'any' | null
  /** `restrict` was said; it has worked on the permissions already. */
  readonly restrict: boolean
  readonly portForwarding: boolean
  readonly agentForwarding: boolean
  readonly x11Forwarding: boolean
  readonly pty: boolean
  readonly userRc: boolean
  /** A security key must have been touched. */
  readonly touchRequired: boolean
  /** A security key must have verified its user. */
  readonly verifyRequired: boolean
}

/** auth-options.h SSH_AUTHOPT_ENV_MAX and SSH_AUTHOPT_PERMIT_MAX, each compared one too late. */
const ENVIRONMENT_MAX = 1025
const PERMIT_MAX = 4097
/** netdb.h NI_MAXHOST. */
const HOST_LENGTH = 1024
/** misc.h SSH_TUNID_MAX. */
const TUNNEL_MAX = 0x7ffffffd

const permissions = {
  'port-forwarding': 'portForwarding',
  'agent-forwarding': 'agentForwarding',
  'x11-forwarding': 'x11Forwarding',
  pty: 'pty',
  'user-rc': 'userRc',
} as const
const flags = { ...permissions, 'touch-required': 'touchRequired', 'verify-required': 'verifyRequired' } as const

type Draft = { -readonly [name in keyof LoginOptions]: LoginOptions[name] }

const none: readonly string[] = /* @__PURE__ */ Object.freeze([])

/** Everything is allowed, from anywhere. */
function defaults(): Draft {
  return {
    certAuthority: false,
    principals: null,
    command: null,
    environment: none,
    expiryTime: null,
    from: null,
    sourceAddresses: null,
    permitOpen: none,
    permitListen: none,
    tunnel: null,
    restrict: false,
    portForwarding: true,
    agentForwarding: true,
    x11Forwarding: true,
    pty: true,
    userRc: true,
    touchRequired: true,
    verifyRequired: false,
  }
}

function unknown(name: string): FormatError {
  return bad(`key option "${escapeText(name, 64)}"`, 'a known one')
}

function readFlag(found: Draft, name: string): void {
  if (name === 'cert-authority') found.certAuthority = true
  else if (name === 'restrict') {
    found.restrict = true
    for (const permission of Object.values(permissions)) found[permission] = false
  } else {
    const off = name.startsWith('no-')
    const bare = off ? name.slice(3) : name
    if (!Object.hasOwn(flags, bare)) throw unknown(name)
    found[flags[bare as keyof typeof flags]] = !off
  }
}

/** A decimal number as C's strtonum takes it, signs, blanks and zeros in front; `undefined` where it is none. */
export function wholeNumber(text: string, least: number, most: number): number | undefined {
  const value = /^[\t-\r ]*[+-]?\d+$/.test(text) ? Number(text) : -1
  return value >= least && value <= most ? Math.abs(value) : undefined
}

/** `HOST:PORT` or `HOST/PORT` (misc.c `hpdelim2`). Services are numbers here: which names there are is the server's. */
function checkPermit(what: string, text: string): void {
  const [, host = '', port] = /^(\[[^\]]*\]|[^[:/][^:/]*|)[:/](.*)$/s.exec(text) ?? []
  if (port === undefined || host.length > HOST_LENGTH || (port !== '*' && !wholeNumber(port, 1, 65535))) {
    throw bad(what, 'HOST:PORT')
  }
}

/**
 * Reads options; without any, everything is allowed. Of an environment variable the first value counts, of expiry
 * times the earliest, of permissions the last. Throws `FormatError` `bad-value`, `LimitError` `limit`.
 *
 * @example
 * ```ts
 * import { parseKeyOptions } from 'hawser/text'
 *
 * const { command, pty, agentForwarding } = parseKeyOptions('restrict,pty,command="echo \\"hello\\""')
 * console.log(command, pty, agentForwarding) // echo "hello" true false
 * ```
 */
export function parseKeyOptions(text: string): LoginOptions {
  const found = defaults()
  let environment: Map<string, string> | undefined
  for (const { name, value } of splitOptions(text)) {
    if (value === undefined) readFlag(found, name)
    else if (name === 'command' || name === 'principals' || name === 'from') {
      if (found[name] !== null) throw bad(`key option ${name}`, 'once')
      if (name === 'command') {
        found.command = value
        continue
      }
      const list = value.split(',')
      // auth2-pubkeyfile.c match_principals_option stops at an empty name.
      const empty = name === 'from' ? -1 : list.indexOf('')
      found[name] = empty < 0 ? list : list.slice(0, empty)
    } else if (name === 'expiry-time') {
      // OpenSSH takes 1970 itself for no time.
      const time = parseAbsoluteTime(value)
      if (!time) throw bad(name, 'YYYYMMDD[HHMM[SS]][Z]')
      if (found.expiryTime === null || time < found.expiryTime) found.expiryTime = time
    } else if (name === 'environment') {
      environment ??= new Map()
      if (environment.size === ENVIRONMENT_MAX) throw aboveLimit(name, ENVIRONMENT_MAX)
      const [, variable] = /^([a-z0-9_]+)=/i.exec(value) ?? []
      if (variable === undefined) throw bad(name, 'NAME=value')
      if (!environment.has(variable)) environment.set(variable, value)
    } else if (name === 'permitopen' || name === 'permitlisten') {
      const field = name === 'permitopen' ? 'permitOpen' : 'permitListen'
      const list = found[field]
      if (list.length === PERMIT_MAX) throw aboveLimit(name, PERMIT_MAX)
      const permit = name === 'permitlisten' && !value.includes(':') ? `*:${value}` : value
      checkPermit(name, permit)
      if (list === none) found[field] = [permit]
      else (list as string[]).push(permit)
    } else if (name === 'tunnel') {
      const device = value.toLowerCase() === 'any' ? 'any' : wholeNumber(value, 0, TUNNEL_MAX)
      if (device === undefined) throw bad(name, 'a device number or any')
      found.tunnel = device
    } else throw unknown(name)
  }
  if (environment) found.environment = [...environment.values()]
  return found
}

/**
 * What the line of an authority and a certificate of its allow together; without a line, what the certificate does.
 * Throws `VerificationError` `force-command` where each forces another command.
 */
export function mergeOptions(line: LoginOptions | undefined, certificate: OptionFacts): LoginOptions {
  const { forceCommand, sourceAddresses } = certificate
  const base: LoginOptions = line ?? { ...defaults(), touchRequired: false }
  if (base.command !== null && forceCommand !== null && base.command !== forceCommand) {
    throw new VerificationError('force-command', 'the line and the certificate force different commands')
  }
  const merged: Draft = {
    ...base,
    certAuthority: false,
    principals: null,
    restrict: false,
    command: base.command ?? forceCommand,
    sourceAddresses,
    verifyRequired: base.verifyRequired || certificate.verifyRequired,
    touchRequired: base.touchRequired || !certificate.permissions.includes('no-touch-required'),
  }
  const given = certificate.permissions.map((name) => name.toLowerCase())
  for (const [name, permission] of Object.entries(permissions)) merged[permission] &&= given.includes(`permit-${name}`)
  return merged
}

/**
 * The facts of a certificate, less what the line does not allow. Ports that the line permits cannot be told here, and
 * where it lists some, none is. Throws as {@link mergeOptions}.
 */
export function narrowFacts<T extends OptionFacts>(facts: T, line: LoginOptions): T {
  const merged = mergeOptions(line, facts)
  const listed = merged.permitOpen.length + merged.permitListen.length > 0
  const allowed: Readonly<Record<string, boolean>> = {
    'no-touch-required': !merged.touchRequired,
    ...Object.fromEntries(
      Object.entries(permissions).map(([name, permission]) => [`permit-${name}`, merged[permission]]),
    ),
    ...(listed && { 'permit-port-forwarding': false }),
  }
  const { command: forceCommand, verifyRequired } = merged
  const permitted = facts.permissions.filter((name) => allowed[name.toLowerCase()])
  return { ...facts, forceCommand, verifyRequired, permissions: permitted }
}
