/**
 * The words that people hand in: names, accounts, hosts, ports, paths. Whatever ends up in authorized_keys, sshd_config
 * or ssh_config has passed here, so nothing with a blank, a quote, a line break or a `%` gets there.
 */

import ipaddr from 'ipaddr.js'
import { Refusal } from './refusal.ts'

/** Of a project, a gate or a target. */
export const nameSyntax: RegExp = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/
const machineSyntax = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/
const accountSyntax = /^[A-Za-z_][A-Za-z0-9._-]{0,31}$/
/** `deploy`, `alice@example.com`, and `account@group`, as certificates of hawser/ca have them. */
const principalSyntax = /^[A-Za-z0-9_][A-Za-z0-9._@+-]{0,127}$/
const pathSyntax = /^(?:~\/|\/)?[A-Za-z0-9_.][A-Za-z0-9_./@+-]{0,254}$/
const labelSyntax = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

function matching(syntax: RegExp, what: string) {
  return (value: unknown, field: string): string => {
    if (typeof value === 'string' && syntax.test(value)) return value
    throw new Refusal('bad-request', `${field}: ${what} expected`)
  }
}

export const name = matching(nameSyntax, 'a name of a-z, 0-9 and -, 1 to 32 characters,')
export const machine = matching(machineSyntax, 'a machine id of a-z, 0-9, ".", "_" and -, 1 to 63 characters,')
export const account = matching(accountSyntax, 'the name of an account, at most 32 characters,')
export const path = matching(pathSyntax, 'a path of letters, digits and ._/@+- that may begin with ~/')
const principal = matching(principalSyntax, 'a principal of letters, digits and ._@+-')

/** A name (RFC 1123 section 2.1) in lower case, or an address in its one usual form. The two cannot be mixed up. */
export function host(value: unknown, field: string): string {
  const given = typeof value === 'string' ? value : ''
  if (ipaddr.IPv4.isValidFourPartDecimal(given)) return given
  if (ipaddr.IPv6.isValid(given) && !/[%.]/.test(given)) return ipaddr.IPv6.parse(given).toRFC5952String()
  const labels = given.toLowerCase().split('.')
  // A last label that begins with a digit is how inet_aton reads addresses: 127.1, 0x7f.1, 2130706433.
  const isName = labels.every((label) => labelSyntax.test(label)) && /^[a-z]/.test(labels.at(-1) ?? '')
  if (!isName || given.length > 253) throw new Refusal('bad-request', `${field}: a host name or an address expected`)
  return labels.join('.')
}

export function port(value: unknown, field: string): number {
  const number = typeof value === 'string' && /^[1-9][0-9]{0,4}$/.test(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= 65535) return number
  throw new Refusal('bad-request', `${field}: a port from 1 to 65535 expected`)
}

function list<T>(most: number, one: (value: unknown, field: string) => T) {
  return (value: unknown, field: string): readonly T[] => {
    if (!Array.isArray(value) || value.length < 1 || value.length > most) {
      throw new Refusal('bad-request', `${field}: a list of 1 to ${most} expected`)
    }
    return [...new Set(value.map((item) => one(item, field)))]
  }
}

export const ports = list(8, port)
export const principals = list(32, principal)

export function flag(value: unknown, field: string): boolean {
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  throw new Refusal('bad-request', `${field}: true or false expected`)
}

export function way(value: unknown, field: string): 'jump' | 'command' {
  if (value === 'jump' || value === 'command') return value
  throw new Refusal('bad-request', `${field}: jump or command expected`)
}

/** Text whose content is judged elsewhere, such as a key. */
export function text(value: unknown, field: string): string {
  if (typeof value === 'string' && value.length <= 32_768) return value
  throw new Refusal('bad-request', `${field}: text of at most 32 kB expected`)
}

/** Host and port as authorized_keys and sshd_config write them. */
export const hostPort = (at: string, on: number): string => `${at.includes(':') ? `[${at}]` : at}:${on}`
