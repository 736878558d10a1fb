/**
 * The file of those who may sign: principals, options, key (ssh-keygen(1), ALLOWED SIGNERS; openssh-portable sshsig.c
 * `parse_principals_key_and_options`, `sshsigopt_parse`; misc.c `strdelimw`).
 *
 * Lines are worked on as octets, one character each: patterns count octets in OpenSSH. A byte order mark is part of
 * the first principal there, and so it is here.
 */

import { decodeCertificate } from '../cert/decode.ts'
import { FormatError, type LineProblem, SshError } from '../errors.ts'
import type { Certificate } from '../keys/certificate.ts'
import { isCertificateName } from '../keys/key-type.ts'
import { decodePublicKey, type KeyOptions, type PublicKey } from '../keys/public-key.ts'
import { type Limits, withLimits } from '../limits.ts'
import { parseAbsoluteTime } from '../wire/absolute-time.ts'
import { bad } from '../wire/expect.ts'
import { badLine, type LineFault, noteProblem, readLineKey } from '../wire/line-key.ts'
import { optionsEnd, splitOptions } from '../wire/option-list.ts'
import { formatPublicLine, splitPublicLine } from '../wire/public-line.ts'
import { checkInput, decodeText, encodeText, latin1 } from '../wire/text.ts'

/** What the options of a line say. */
export interface SignerOptions {
  /** The key is an authority: it stands for the certificates that it signed, and not for itself. */
  readonly certAuthority: boolean
  /** Patterns of the namespaces that it may sign for, with commas between them; any where it is not given. */
  readonly namespaces?: string | undefined
  /** Unix seconds, the first at which it may sign. */
  readonly validAfter?: bigint | undefined
  /** Unix seconds, the last at which it may sign (a certificate's own `validBefore` is the first at which not). */
  readonly validBefore?: bigint | undefined
}

/** One line: who may sign, and with which key. */
export interface AllowedSigner extends SignerOptions {
  /** Number of its line, from 1. */
  readonly line?: number | undefined
  /** Patterns of principals as they stand there, with commas between them; `!` in front forbids. */
  readonly principals: string
  /** A plain key, or the one certificate that is meant. */
  readonly key: PublicKey | Certificate
}

/** A file of allowed signers. */
export interface AllowedSigners {
  readonly entries: readonly AllowedSigner[]
  /** Lines that are none, of which the first 10,000 are told; they allow nobody. */
  readonly problems: readonly LineProblem[]
}

/** A line, split no further than its principals. */
export interface SignerLine {
  readonly line: number
  /** One character an octet; absent where nothing follows, or a quote is left open. */
  readonly principals?: string
  readonly rest: string
}

/** A line's key, not judged, and its options; texts have one character an octet. */
export interface SignerKey extends SignerOptions {
  readonly type: string
  readonly blob: Uint8Array
  readonly comment: string
}

/** Text, as one character an octet. */
export function octetText(text: string): string {
  return latin1(encodeText(text))
}

/** The inverse. */
export function textOfOctets(octets: string): string {
  return decodeText(Uint8Array.from(octets, (character) => character.charCodeAt(0)))
}

/** The lines that are neither blank nor a comment. Throws `LimitError` above `textFileLength`. */
export function* signerLines(input: string | Uint8Array, limits?: Partial<Limits>): Generator<SignerLine> {
  checkInput(input, { inputLength: withLimits(limits).textFileLength })
  const text = latin1(typeof input === 'string' ? encodeText(input) : input)
  for (let start = 0, line = 0; start < text.length; ) {
    const end = text.indexOf('\n', start) + 1 || text.length
    // A NUL ends a line of C; leading white space has more members than that between the words of a key.
    const whole = text.slice(start, end)
    const nul = whole.indexOf('\0')
    const content = (nul < 0 ? whole : whole.slice(0, nul)).replace(/^[ \t\r\n]+/, '')
    line++
    start = end
    if (content !== '' && content[0] !== '#') yield { line, ...splitPrincipals(content) }
  }
}

/** The first word: white space ends it, or a quoted part within it does. */
function splitPrincipals(content: string): Omit<SignerLine, 'line'> {
  let end = content.search(/[ \t\r\n"]/)
  let principals = content.slice(0, Math.max(end, 0))
  if (content[end] === '"') {
    const open = end + 1
    end = content.indexOf('"', open)
    principals += content.slice(open, Math.max(end, open))
  }
  return end < 0 ? { rest: '' } : { principals, rest: content.slice(end + 1).replace(/^[ \t\r\n]+/, '') }
}

/** Reads a line, or says what is wrong with it. Throws `FormatError` for its options. */
export function readSigner({ line, principals, rest }: SignerLine): SignerKey | LineFault {
  const what = `allowed_signers line ${line}`
  if (principals === undefined) return badLine(what, 'principals and a key')
  const first = splitPublicLine(rest)
  // Every blob begins with zeros, and options that hold a blank have a quote before it.
  const end = first?.base64.startsWith('AAAA') && !first.type.includes('"') ? 0 : optionsEnd(rest, 0)
  if (end < 0) return badLine(what, 'a closing quote')
  const key = end === 0 ? first : splitPublicLine(rest.slice(end))
  if (!key) return badLine(what, 'a key')
  // As everywhere in OpenSSH, base64 may have white space within, of which blanks have ended the word.
  const blob = readLineKey(key.type, key.base64.replace(/[\n-\r]/g, ''), what)
  if ('code' in blob) return blob
  return { ...readOptions(rest.slice(0, end), what), type: key.type, blob, comment: key.comment.replace(/\r?\n$/, '') }
}

/** The same of a line that must be one. Throws `FormatError`. */
export function needSigner(line: SignerLine): SignerKey {
  const signer = readSigner(line)
  if ('code' in signer) throw new FormatError(signer.code, signer.message)
  return signer
}

function readOptions(text: string, what: string): SignerOptions {
  const found = new Map<string, string | undefined>()
  for (const { name, value } of splitOptions(text)) {
    const flag = name === 'cert-authority'
    if (flag !== (value === undefined) || !(flag || /^(namespaces|valid-(after|before))$/.test(name))) {
      throw bad(what, 'known options')
    }
    if (found.has(name) && !flag) throw bad(what, `${name} once`)
    found.set(name, value)
  }
  const time = (name: string): bigint | undefined => {
    const value = found.get(name)
    if (value === undefined) return undefined
    const seconds = parseAbsoluteTime(value)
    if (!seconds) throw bad(`${what}: ${name}`, 'YYYYMMDD[HHMM[SS]][Z]')
    return seconds
  }
  const [validAfter, validBefore] = [time('valid-after'), time('valid-before')]
  if (validAfter && validBefore && validBefore <= validAfter) throw bad(what, 'valid-before after valid-after')
  return { certAuthority: found.has('cert-authority'), namespaces: found.get('namespaces'), validAfter, validBefore }
}

/** The key of a line, judged. Throws `FormatError`, `LimitError`, `UnsupportedError`. */
export function judgeSigner({ type, blob, comment }: SignerKey, options: KeyOptions): PublicKey | Certificate {
  const decode = isCertificateName(options.types, type) ? decodeCertificate : decodePublicKey
  return decode(blob, { ...options, comment: textOfOctets(comment) })
}

/**
 * Reads a file of allowed signers, as text or bytes. A line that is none allows nobody and is told apart, the others
 * hold, as in OpenSSH. Keys of types outside `types` are carried as they are. Throws `LimitError`.
 *
 * @example
 * ```ts
 * import { allTypes } from 'hawser/keys'
 * import { parseAllowedSigners } from 'hawser/sshsig'
 *
 * const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I'
 * const { entries } = parseAllowedSigners(`*@example.com namespaces="git" ${key}\n`, { types: allTypes })
 * console.log(entries[0]?.principals, entries[0]?.namespaces) // *@example.com git
 * ```
 */
export function parseAllowedSigners(input: string | Uint8Array, options: KeyOptions): AllowedSigners {
  const entries: AllowedSigner[] = []
  const problems: LineProblem[] = []
  for (const split of signerLines(input, options.limits)) {
    const { line, principals } = split
    try {
      const signer = readSigner(split)
      if ('code' in signer) {
        noteProblem(problems, line, signer)
        continue
      }
      const { certAuthority, namespaces, validAfter, validBefore, ...key } = signer
      entries.push({
        line,
        principals: textOfOctets(principals!),
        certAuthority,
        namespaces: namespaces === undefined ? undefined : textOfOctets(namespaces),
        validAfter,
        validBefore,
        key: judgeSigner({ certAuthority, ...key }, options),
      })
    } catch (error) {
      if (!(error instanceof SshError)) throw error
      noteProblem(problems, line, error)
    }
  }
  return { entries, problems }
}

/** In UTC; what has no such time becomes a text that is not read back. */
function formatTime(seconds: bigint): string {
  const date = new Date(Number(seconds) * 1000)
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().replace(/[-:T]|\.000/g, '')
}

/**
 * Writes lines of allowed signers, times in UTC. Each line is read again: what would not come back the same is refused.
 * Throws `FormatError` `bad-value`.
 *
 * @example
 * ```ts
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 * import { formatAllowedSigners } from 'hawser/sshsig'
 *
 * const { publicKey: key } = await generatePrivateKey(ed25519)
 * const line = formatAllowedSigners([{ principals: 'a@b.example', certAuthority: true, namespaces: 'git', key }])
 * console.log(line.split(' ')[1]) // cert-authority,namespaces="git"
 * ```
 */
export function formatAllowedSigners(entries: readonly AllowedSigner[]): string {
  return entries
    .map((entry) => {
      const { certAuthority, namespaces, validAfter, validBefore, key } = entry
      const options = [
        certAuthority ? 'cert-authority' : '',
        namespaces === undefined ? '' : `namespaces="${namespaces.replaceAll('"', '\\"')}"`,
        validAfter === undefined ? '' : `valid-after="${formatTime(validAfter)}"`,
        validBefore === undefined ? '' : `valid-before="${formatTime(validBefore)}"`,
      ].filter((option) => option !== '')
      const principals = /^#|[ \t\r]/.test(entry.principals) ? `"${entry.principals}"` : entry.principals
      const text = [
        principals,
        ...(options.length > 0 ? [options.join()] : []),
        formatPublicLine(key.blob, key.comment),
      ]
      const line = `${text.join(' ')}\n`
      const [split, ...more] = signerLines(line)
      const back = split && more.length === 0 ? needSigner(split) : undefined
      const same =
        split?.principals === octetText(entry.principals) &&
        entry.principals !== '' &&
        back?.certAuthority === certAuthority &&
        back.namespaces === (namespaces === undefined ? undefined : octetText(namespaces)) &&
        back.validAfter === validAfter &&
        back.validBefore === validBefore
      if (!same) throw bad('allowed signer', 'what one line can say')
      return line
    })
    .join('')
}
