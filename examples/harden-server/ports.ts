/** Ports by name, as a firewall is asked for them: `https`, `8443/tcp`. */

import { UsageError } from '../lab/refusal.ts'

export interface OpenPort {
  /** What stands beside the rule. */
  readonly name: string
  readonly protocol: 'tcp' | 'udp'
  /** 0 for SSH, whose port the plan says. */
  readonly port: number
}

/** IANA's numbers; those of services that are no business of everybody (databases) must be given as such. */
const known: Readonly<Record<string, string>> = {
  dns: '53/tcp 53/udp',
  ftp: '21/tcp',
  git: '9418/tcp',
  http: '80/tcp',
  http3: '443/udp',
  https: '443/tcp',
  imap: '143/tcp',
  imaps: '993/tcp',
  ldaps: '636/tcp',
  mqtts: '8883/tcp',
  mysql: '3306/tcp',
  ntp: '123/udp',
  openvpn: '1194/udp',
  pop3s: '995/tcp',
  postgresql: '5432/tcp',
  smtp: '25/tcp',
  submission: '587/tcp',
  submissions: '465/tcp',
  wireguard: '51820/udp',
}

/** Reads a list with commas. Throws `UsageError`. */
export function openPorts(list: string): OpenPort[] {
  return list === '' ? [] : list.split(',').flatMap(one)
}

function one(word: string): OpenPort[] {
  const numbers = Object.hasOwn(known, word) ? known[word]! : word
  return numbers.split(' ').map((pair) => {
    const [, digits, protocol] = /^([1-9][0-9]{0,4})\/(tcp|udp)$/.exec(pair) ?? []
    if (digits === undefined || Number(digits) > 65_535) {
      throw new UsageError(`--allow: ${Object.keys(known).join(', ')} or NUMBER/tcp, NUMBER/udp expected`)
    }
    return { name: word.replace('/', '-'), protocol: protocol as 'tcp' | 'udp', port: Number(digits) }
  })
}
