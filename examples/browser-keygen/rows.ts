/** The facts of a file in rows, for people. */

import { escapeText } from 'hawser/wire'
import type { Facts } from '../edge-inspect/facts.ts'
import type { Row } from './messages.ts'

/** The artifacts, for people. */
export const artifactNames: Readonly<Record<Facts['artifact'], string>> = {
  'private-key': 'Private key',
  'public-key': 'Public key',
  certificate: 'Certificate',
  'x509-certificate': 'X.509 certificate',
  krl: 'Revocation list',
  sshsig: 'Signature',
  'authorized-keys': 'authorized_keys file',
  'known-hosts': 'known_hosts file',
  'allowed-signers': 'allowed_signers file',
}

type Members = Readonly<Record<string, unknown>>

const FOREVER = (1n << 64n) - 1n

function text(value: unknown): string {
  return escapeText(String(value), 1000)
}

/** Unix seconds as text. Beyond what a Date can hold, the number itself. */
function time(value: unknown): string {
  const seconds = BigInt(String(value))
  if (seconds === 0n) return 'always'
  if (seconds === FOREVER) return 'forever'
  const date = new Date(Number(seconds) * 1000)
  return Number.isNaN(date.getTime())
    ? `${seconds} (unix time)`
    : date
        .toISOString()
        .replace(/\.000Z$/, ' UTC')
        .replace('T', ' ')
}

function optionText(option: unknown): string {
  const { name, data, dataHex } = option as Members
  if (dataHex === '') return text(name)
  return `${text(name)} ${data === null ? `(hex) ${dataHex}` : text(data)}`
}

function orNone(lines: readonly string[]): readonly string[] {
  return lines.length > 0 ? lines : ['none']
}

/** A row for each member that is there. */
function rowsOf(facts: Members, labels: Readonly<Record<string, string>>): Row[] {
  return Object.entries(labels).flatMap(([member, label]): Row[] => {
    const value = facts[member]
    return value === undefined || value === null || value === '' ? [] : [[label, text(value)]]
  })
}

function keyRows(facts: Members): Row[] {
  if (facts.type === null) return [['Type', 'none that SSH has']]
  return [
    ['Type', `${text(facts.type)}${typeof facts.bits === 'number' ? `, ${facts.bits} bits` : ''}`],
    ...rowsOf(facts, { comment: 'Comment', sha256: 'Fingerprint', md5: 'MD5' }),
  ]
}

function certificateRows(certificate: Members, now: number): Row[] {
  const { authority, principals, criticalOptions, extensions, signatureValid } = certificate
  const { sha256, type } = authority as Members
  const holds = signatureValid === null ? 'not verified' : signatureValid ? 'holds' : 'DOES NOT HOLD'
  const [after, before, at] = [certificate.validAfter, certificate.validBefore, now].map((value) =>
    BigInt(value as string),
  )
  const when = at! < after! ? 'not yet valid' : at! >= before! ? 'expired' : 'valid now'
  return [
    ['Key ID', `“${text(certificate.keyId)}”`],
    ['Serial', text(certificate.serial)],
    ['Principals', ...orNone((principals as unknown[]).map(text))],
    ['Valid from', time(certificate.validAfter)],
    ['Valid before', `${time(certificate.validBefore)} (${when})`],
    ['Critical options', ...orNone((criticalOptions as unknown[]).map(optionText))],
    ['Extensions', ...orNone((extensions as unknown[]).map(optionText))],
    ['Authority', `${sha256} (${text(type)})`],
    ['Its signature', `${text(certificate.signatureAlgorithm)}, ${holds}`],
  ]
}

interface List {
  readonly entries: readonly unknown[]
  readonly omitted: number
}

function listLines(list: unknown, tell: (entry: Members) => string): readonly string[] {
  const { entries, omitted } = list as List
  return [...entries.map((entry) => tell(entry as Members)), ...(omitted > 0 ? [`and ${omitted} more`] : [])]
}

const authorityText = (authority: unknown): string =>
  authority === null ? 'any authority' : `${(authority as Members).sha256} (${text((authority as Members).type)})`

function krlRows(facts: Members): Row[] {
  const revoked = (facts.certificates as List).entries.flatMap((entry): Row[] => {
    const { authority, serials, keyIds } = entry as Members
    const lines = [
      ...listLines(serials, (serial) => `serial ${serial}`),
      ...listLines(keyIds, (id) => `key ID “${text(id)}”`),
    ]
    return [['Certificates', `of ${authorityText(authority)}`, ...lines]]
  })
  return [
    ['Version', text(facts.version)],
    ['Made', time(facts.date)],
    ...rowsOf(facts, { comment: 'Comment' }),
    ...revoked,
    ['Keys', ...orNone(listLines(facts.keys, authorityText))],
    ['Hashes', ...orNone(listLines(facts.hashes, String))],
  ]
}

function entryText(entry: Members): string {
  const who = entry.hosts ?? entry.principals ?? entry.options ?? ''
  const marker = entry.marker ? `@${text(entry.marker)} ` : ''
  const words = [
    `${marker}${text(who)}`,
    text(entry.type),
    entry.sha256 ?? 'no readable key',
    text(entry.comment ?? ''),
  ]
  return `${entry.line}: ${words.filter((word) => word !== '').join(' ')}`
}

/** The rows of a file. `now` in unix seconds. */
export function rowsFor(facts: Facts, now: number): Row[] {
  switch (facts.artifact) {
    case 'private-key':
    case 'public-key':
      return keyRows(facts)
    case 'certificate':
      return [...keyRows(facts), ...certificateRows(facts.certificate as Members, now)]
    case 'x509-certificate':
      return [
        ...keyRows(facts),
        ...rowsOf(facts, {
          subject: 'Subject',
          issuer: 'Issuer',
          serial: 'Serial',
          notBefore: 'Valid from',
          notAfter: 'Valid until',
          thumbprint: 'Thumbprint (SHA-1)',
          thumbprint256: 'Thumbprint (SHA-256)',
        }),
      ]
    case 'krl':
      return krlRows(facts)
    case 'sshsig':
      return [
        ...rowsOf(facts, { namespace: 'Namespace', hash: 'Hash', signatureAlgorithm: 'Signature' }),
        ...keyRows(facts),
        ['Judged', 'no: that takes the message and the signers you trust'],
      ]
    default:
      return [
        ['Entries', ...orNone(listLines(facts, entryText))],
        ...((facts.problems as List).entries.length > 0
          ? ([['Wrong lines', ...listLines(facts.problems, ({ line, code }) => `${line}: ${code}`)]] as Row[])
          : []),
      ]
  }
}
