/** The block of aligned lines in which a file is told to people. */

import { ALWAYS, FOREVER } from '../cert/index.ts'
import type { Encryption } from '../formats/index.ts'
import type { CertificateWords, HiddenKeyFacts, KeyFacts, OptionWords, X509Words } from './describe.ts'
import { shown } from './output.ts'
import { formatSpan, formatTime } from './time.ts'

/** A label and the lines beside it; foreign text in them is already made safe. */
export type Row = readonly [label: string, ...lines: readonly string[]]

/** A title and its rows, the labels in one column. */
export function formatBlock(title: string, rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([label]) => label.length))
  const lines = rows.flatMap(([label, ...values]) =>
    values.map((value, i) => `  ${(i === 0 ? label : '').padEnd(width)}  ${value}`.trimEnd()),
  )
  return [title, ...lines].join('\n')
}

function encryptionText(encrypted: Encryption | null, locked: boolean): string {
  if (!encrypted) return 'no'
  const { cipher, kdf, rounds } = encrypted
  const how = `${shown(cipher)}, ${shown(kdf)} with ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`
  return locked ? `${how}; no passphrase given` : how
}

function typeText({ type, bits }: KeyFacts | HiddenKeyFacts, locked: boolean): string {
  if (type === null) return locked ? 'inside the encryption' : 'none that SSH has'
  return `${shown(type)}${bits === null ? '' : `, ${bits} bits`}`
}

/** The rows of a key; `locked` where only what the file tells in clear could be read. */
export function keyRows(facts: KeyFacts | HiddenKeyFacts, locked: boolean): Row[] {
  return [
    ['type', typeText(facts, locked)],
    ...(facts.comment ? ([['comment', shown(facts.comment)]] as const) : []),
    ...(facts.artifact === 'private-key' ? ([['encrypted', encryptionText(facts.encrypted, locked)]] as const) : []),
    ...(facts.type === null ? [] : ([['fingerprint', facts.sha256, facts.md5]] as const)),
  ]
}

/** From when on. */
function afterText(time: bigint, now: bigint): string {
  if (time === ALWAYS) return 'always'
  return `${formatTime(time)} (${time <= now ? `${formatSpan(now - time)} ago` : `in ${formatSpan(time - now)}`})`
}

/** Until when. */
export function beforeText(time: bigint, now: bigint): string {
  if (time === FOREVER) return 'forever'
  const span = time <= now ? `expired ${formatSpan(now - time)} ago` : `in ${formatSpan(time - now)}`
  return `${formatTime(time)} (${span})`
}

function optionLines(options: readonly OptionWords[]): readonly string[] {
  if (options.length === 0) return ['none']
  return options.map(({ name, data, dataHex }) => {
    if (dataHex === '') return shown(name)
    return `${shown(name)} ${data === null ? `(hex) ${dataHex}` : shown(data)}`
  })
}

function signatureText(words: CertificateWords): string {
  const how = shown(words.signatureAlgorithm)
  if (words.signatureValid === true) return `${how}, holds`
  if (words.signatureValid === false) return `${how}, DOES NOT HOLD`
  return `${how}, not verified: ${words.signatureError?.message}`
}

/** The rows of a certificate, in the order of `ssh-keygen -L`. */
export function certificateRows(words: CertificateWords, now: bigint): Row[] {
  return [
    ['authority', `${words.authority.sha256} (${shown(words.authority.type)})`],
    ['signature', signatureText(words)],
    ['key id', `"${shown(words.keyId)}"`],
    ['serial', `${words.serial}`],
    ['valid from', afterText(words.validAfter, now)],
    ['valid before', beforeText(words.validBefore, now)],
    ['principals', ...(words.principals.length > 0 ? words.principals.map(shown) : ['none'])],
    ['critical options', ...optionLines(words.criticalOptions)],
    ['extensions', ...optionLines(words.extensions)],
  ]
}

/** The rows of an X.509 certificate. */
export function x509Rows(words: X509Words, now: bigint): Row[] {
  const [after, before] = [words.notBefore, words.notAfter].map((time) => BigInt(Date.parse(time)) / 1000n)
  return [
    ['subject', shown(words.subject) || 'none'],
    ['issuer', shown(words.issuer) || 'none'],
    ['serial', words.serial],
    ['valid from', afterText(after!, now)],
    ['valid until', beforeText(before!, now)],
    ['thumbprint', `${words.thumbprint} (SHA-1)`, `${words.thumbprint256} (SHA-256)`],
  ]
}
