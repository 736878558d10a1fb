/**
 * Many certificates in one call of `ssh-keygen -L`, which shows each line that it loads and complains of each other one
 * (ssh-keygen.c `do_show_cert`): the text that it should print is put together from what we read, and compared whole.
 */

import { optionText, verifyCertificateSignature } from '../../src/cert/index.ts'
import {
  ALWAYS,
  type Certificate,
  type CertificateOption,
  FOREVER,
  parseCertificate,
  SshError,
} from '../../src/index.ts'
import { allTypes } from '../../src/keys/index.ts'
import { expectShown } from './shown-certificate.ts'
import { put, type Run } from './support.ts'

/** Runs `ssh-keygen` of some release. */
export type Keygen = (args: readonly string[]) => Promise<Run>

/** One line, what we say of it (`ok` or an error), and what ssh-keygen prints for it if it agrees. */
export interface Judged {
  readonly line: string
  readonly ours: string
  /** Undefined where we refuse it, or where ssh-keygen stops in the middle of showing it. */
  readonly text: string | undefined
  /** ssh-keygen may stop there, so that nothing may stand behind it in its file. */
  readonly stops: boolean
}

/** Where ssh-keygen and we differ. */
export interface Difference extends Judged {
  readonly theirs: string
}

const flags = ['X11-forwarding', 'agent-forwarding', 'port-forwarding', 'pty', 'user-rc'].map(
  (name) => `permit-${name}`,
)
const knownExtensions = [...flags, 'no-touch-required']

/** The line of an option (ssh-keygen.c `show_options`). Throws where ssh-keygen gives up. */
function optionLine(option: CertificateOption, critical: boolean): string {
  const { name, data } = option
  if (critical && (name === 'force-command' || name === 'source-address')) return `${name} ${optionText(option)}`
  if (critical ? name === 'verify-required' : knownExtensions.includes(name)) {
    if (data.length > 0) throw new SshError('bad-value', `${name}: a flag with a value`)
    return name
  }
  if (data.length === 0) return `${name} UNKNOWN FLAG OPTION`
  return `${name} UNKNOWN OPTION: ${Buffer.from(data).toString('hex')} (len ${data.length})`
}

function list(heading: string, lines: readonly string[]): string {
  const inner = lines.length === 0 ? '(none)\n' : `\n${lines.map((line) => `${' '.repeat(16)}${line}\n`).join('')}`
  return `        ${heading}: ${inner}`
}

/** What `ssh-keygen -L` prints of a certificate, behind the line that says where it stood. */
export function shownText(certificate: Certificate): string {
  const { keyId, principals, criticalOptions, extensions } = certificate
  const critical = criticalOptions.map((option) => optionLine(option, true))
  const others = extensions.map((option) => optionLine(option, false))
  const s = expectShown({ ...certificate, criticalOptions: [], extensions: [] })
  return [
    `        Type: ${s.type} ${s.kind} certificate\n`,
    `        Public key: ${s.publicKey}\n`,
    `        Signing CA: ${s.authority} (using ${s.algorithm})\n`,
    `        Key ID: "${keyId}"\n`,
    `        Serial: ${s.serial}\n`,
    `        Valid: ${s.valid}\n`,
    list('Principals', principals),
    list('Critical Options', critical),
    list('Extensions', others),
  ].join('')
}

/** Whether a time of it is one that releases of ssh-keygen print differently: beyond 2038. */
function hasOddTime({ validAfter, validBefore }: Certificate): boolean {
  const odd = (time: bigint): boolean => time !== ALWAYS && time !== FOREVER && time >= 1n << 31n
  return odd(validAfter) || odd(validBefore)
}

/**
 * Reads and verifies a line as ssh-keygen does, whatever the algorithm of the authority. Nothing where releases print its
 * times in different ways.
 */
export async function judgeLine(line: string): Promise<Judged | undefined> {
  let read = false
  try {
    const certificate = parseCertificate(line)
    const algorithms = allTypes.flatMap((type) => [...type.algorithms, ...type.legacyAlgorithms])
    await verifyCertificateSignature(certificate, { types: allTypes, algorithms })
    read = true
    if (hasOddTime(certificate)) return undefined
    return { line, ours: 'ok', text: shownText(certificate), stops: false }
  } catch (error) {
    if (!(error instanceof SshError)) throw error
    // It looks at options, and at NUL in their names, when it shows them.
    const stops = read || error.message.startsWith('option name')
    return { line, ours: `${error.code}: ${error.message}`, text: undefined, stops }
  }
}

interface Words {
  readonly shown?: string
  readonly said: string
}

/** What ssh-keygen says of each line of a file: the text that it shows, or its complaint. Nothing where it stopped before. */
async function theirWords(lines: readonly Judged[], keygen: Keygen): Promise<Map<number, Words>> {
  const path = put(lines.map(({ line }) => line).join(''), 'batch')
  const { code, out, err } = await keygen(['-L', '-f', path])
  const words = new Map<number, Words>()
  // Stopping in the middle of an option is refusing it as well.
  if (code === 255 && lines.length === 1) return words.set(0, { said: err })
  // The path is in no certificate. Of the first line it stands there without a number.
  for (const piece of out.split(path).slice(1)) {
    const [, number = '1', shown = ''] = /^(?::(\d+))?:\n([\s\S]*)$/.exec(piece) ?? []
    words.set(Number(number) - 1, { shown, said: shown })
  }
  for (const piece of err.split(path).slice(1)) {
    const [, number, said = ''] = /^:(\d+)(.*)/.exec(piece) ?? []
    words.set(Number(number) - 1, { said })
  }
  return words
}

/** The lines of which ssh-keygen says something else than we do. */
export async function differences(lines: readonly Judged[], keygen: Keygen): Promise<Difference[]> {
  const words = await theirWords(lines, keygen)
  if (words.size < lines.length) {
    if (lines.length === 1) throw new Error(`ssh-keygen said nothing of ${lines[0]!.line}`)
    const middle = lines.length >> 1
    const halves = [lines.slice(0, middle), lines.slice(middle)]
    return (await Promise.all(halves.map((half) => differences(half, keygen)))).flat()
  }
  return lines.flatMap((judged, i) => {
    const { shown, said } = words.get(i)!
    return shown === judged.text ? [] : [{ ...judged, theirs: said }]
  })
}
