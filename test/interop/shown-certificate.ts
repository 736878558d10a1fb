/** What `ssh-keygen -L` prints (ssh-keygen.c `print_cert`), read back; and what it should print for a certificate. */

import { optionText } from '../../src/cert/index.ts'
import { ALWAYS, type Certificate, type CertificateOption, FOREVER, fingerprint } from '../../src/index.ts'
import { allTypes, findType } from '../../src/keys/index.ts'

/** The fields, as printed. Values of unknown options are in hexadecimal. */
export interface ShownCertificate {
  readonly type: string
  readonly kind: string
  readonly publicKey: string
  readonly authority: string
  readonly algorithm: string
  readonly keyId: string
  readonly serial: string
  readonly valid: string
  readonly principals: readonly string[]
  readonly criticalOptions: Readonly<Record<string, string>>
  readonly extensions: Readonly<Record<string, string>>
}

/** Lines behind a heading, which are indented deeper than it. */
function block(lines: readonly string[], heading: string): string[] {
  const at = lines.findIndex((line) => line.startsWith(`        ${heading}:`))
  const inner: string[] = []
  for (const line of lines.slice(at + 1)) {
    if (!line.startsWith(' '.repeat(16))) break
    inner.push(line.slice(16))
  }
  return inner
}

function readOption(line: string): [name: string, value: string] {
  const unknown = /^(\S*) UNKNOWN (?:FLAG )?OPTION:? ?([0-9a-f]*)/.exec(line)
  if (unknown) return [unknown[1]!, unknown[2]!]
  const [name = '', ...value] = line.split(' ')
  return [name, value.join(' ')]
}

/** Reads one certificate as `ssh-keygen -L` printed it. */
export function parseShown(text: string): ShownCertificate {
  const lines = text.split('\n')
  const field = (name: string): string => {
    const start = `        ${name}: `
    const line = lines.find((l) => l.startsWith(start))
    if (line === undefined) throw new Error(`ssh-keygen -L printed no "${name}":\n${text}`)
    return line.slice(start.length)
  }
  const [, type = '', kind = ''] = /^(\S+) (user|host) certificate$/.exec(field('Type')) ?? []
  const [, authority = '', algorithm = ''] = /^(\S+ \S+) \(using (\S+)\)$/.exec(field('Signing CA')) ?? []
  return {
    type,
    kind,
    publicKey: field('Public key'),
    authority,
    algorithm,
    keyId: field('Key ID').slice(1, -1),
    serial: field('Serial'),
    valid: field('Valid'),
    principals: block(lines, 'Principals'),
    criticalOptions: Object.fromEntries(block(lines, 'Critical Options').map(readOption)),
    extensions: Object.fromEntries(block(lines, 'Extensions').map(readOption)),
  }
}

function title(type: string): string {
  return findType(allTypes, type)?.title ?? type
}

function timeText(seconds: bigint): string {
  return new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
}

function validText({ validAfter, validBefore }: Certificate): string {
  if (validAfter === ALWAYS && validBefore === FOREVER) return 'forever'
  if (validAfter === ALWAYS) return `before ${timeText(validBefore)}`
  if (validBefore === FOREVER) return `after ${timeText(validAfter)}`
  return `from ${timeText(validAfter)} to ${timeText(validBefore)}`
}

function optionTexts(options: readonly CertificateOption[], known: readonly string[]): Record<string, string> {
  const text = (option: CertificateOption): string =>
    known.includes(option.name) ? optionText(option) : Buffer.from(option.data).toString('hex')
  return Object.fromEntries(options.map((option) => [option.name, text(option)]))
}

/** What `ssh-keygen -L` should print for a certificate. */
export function expectShown(certificate: Certificate): ShownCertificate {
  const { authority, publicKey } = certificate
  return {
    type: certificate.type,
    kind: certificate.kind,
    publicKey: `${title(publicKey.type)}-CERT ${fingerprint(publicKey)}`,
    authority: `${title(authority.type)} ${fingerprint(authority)}`,
    algorithm: certificate.signature.algorithm,
    keyId: certificate.keyId,
    serial: String(certificate.serial),
    valid: validText(certificate),
    principals: certificate.principals,
    criticalOptions: optionTexts(certificate.criticalOptions, ['force-command', 'source-address']),
    extensions: optionTexts(certificate.extensions, []),
  }
}
