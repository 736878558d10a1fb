/**
 * The words of the command line. Whatever ends up in XML, JSON, YAML, a shell's line, sshd_config or ssh_config has
 * passed here, so nothing with a blank, a quote, a line break or a `%` gets there.
 */

import { randomInt } from 'node:crypto'
import { isIP } from 'node:net'
import { Refusal, UsageError } from './refusal.ts'

/** A host name as RFC 1123 section 2.1 has its labels, in lower case; Azure wants a letter in it, and at most 64. */
const nameSyntax = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/
/** useradd(8), NAME_REGEX of Debian and Red Hat. */
const userSyntax = /^[a-z_][a-z0-9_-]{0,31}$/
const labelSyntax = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/

/** Names that everybody who tries passwords tries first. */
const standard: Readonly<Record<string, readonly string[]>> = {
  'the first account of an image of some cloud': [
    'almalinux alpine amazon arch azureuser bitnami centos clear cloud-user cloud core debian ec2-user fedora freebsd',
    'opc openbsd opensuse oracle outscale rancher redhat rhel rocky sles suse ubuntu ubnt vagrant pi',
  ],
  'a name that Azure refuses for administrators': [
    'a actuser adm admin admin1 admin2 administrator aspnet backup console david guest john owner root server sql',
    'support support_388945a0 sys test test1 test2 test3 user user1 user2 user3 user4 user5',
  ],
  'an account of the system or of a service': [
    '_apt ansible apache avahi bin daemon deploy docker elasticsearch ftp ftpuser games git gitlab gnats grafana hadoop',
    'halt irc jenkins kafka list lp mail man messagebus minecraft mongodb mysql nagios news nginx nobody ntp odoo',
    'operator polkitd postfix postgres proxy redis rpc rsync shutdown spark sshd steam sync syslog tcpdump tomcat',
    'uucp uuidd vnc web webmaster www www-data zabbix',
  ],
}

export function vmName(value: string): string {
  if (nameSyntax.test(value)) return value
  throw new UsageError('NAME: a-z, 0-9 and -, beginning with a letter, 1 to 63 characters, expected')
}

/** The account; one that is standard is refused unless it is `forced`. Throws `UsageError`, `Refusal`. */
export function userName(value: string | undefined, forced: boolean): string {
  if (value === undefined || !userSyntax.test(value)) {
    throw new UsageError('--user: the name of an account, of a-z, 0-9, _ and -, at most 32 characters, expected')
  }
  for (const [what, names] of Object.entries(standard)) {
    if (!forced && names.some((line) => line.split(' ').includes(value))) {
      throw new Refusal('standard-user', `--user ${value}: ${what}, which is guessed first; --force-user takes it`)
    }
  }
  return value
}

/** The account that `check` asks for, of whatever system. */
export function loginName(value: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/.test(value)) return value
  throw new UsageError('--user: the name of an account expected')
}

const homeOf = (user: string): string => (user === 'root' ? '/root' : `/home/${user}`)
export const authorizedKeysOf = (user: string): string => `${homeOf(user)}/.ssh/authorized_keys`

function whole(value: string, option: string, least: number, most: number): number {
  const number = /^[1-9][0-9]{0,5}$/.test(value) ? Number(value) : Number.NaN
  if (number >= least && number <= most) return number
  throw new UsageError(`${option}: a whole number from ${least} to ${most} expected`)
}

export const port = (value: string, option: string): number => whole(value, option, 1, 65_535)
export const days = (value: string): number => whole(value, '--days', 1, 3650)
export const bits = (value: string): number => whole(value, '--bits', 1, 16_384)

/** High, and below 32768, where Linux begins to take the ports of its own outgoing connections (ip(7)). */
export const randomPort = (): number => randomInt(20_000, 32_768)

/** A name or an address. */
export function host(value: string, option: string): string {
  if (isIP(value) > 0 && !value.includes('%')) return value
  const labels = value.split('.')
  // A last label that begins with a digit is how inet_aton reads addresses: 127.1, 0x7f.1, 2130706433.
  const isName = labels.every((label) => labelSyntax.test(label)) && /^[A-Za-z]/.test(labels.at(-1) ?? '')
  if (isName && value.length <= 253) return value
  throw new UsageError(`${option}: a host name or an address expected`)
}

/** `HOST`, `HOST:PORT`, `[ADDRESS]:PORT`, or an IPv6 address alone. */
export function hostPort(value: string): { readonly host: string; readonly port: number } {
  if (isIP(value) === 6) return { host: host(value, 'HOST'), port: 22 }
  const [, inside, outside, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/s.exec(value) ?? []
  if (inside !== undefined && isIP(inside) !== 6) throw new UsageError('HOST: an IPv6 address in brackets expected')
  return { host: host(inside ?? outside ?? '', 'HOST'), port: digits === undefined ? 22 : port(digits, 'PORT') }
}
