/** `hawser keygen`: makes a key, writes FILE and FILE.pub. */

import { rm } from 'node:fs/promises'
import { hostname, userInfo } from 'node:os'
import { SshError, UnsupportedError } from '../errors.ts'
import { fileCiphers } from '../formats/openssh-ciphers.ts'
import {
  defaultLimits,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  identify,
  type KeyAlias,
  type PrivateKey,
  randomart,
} from '../index.ts'
import { allTypes } from '../keys/index.ts'
import { writeFileAtomic } from '../runtime/shared.ts'
import { escapeText } from '../wire/text.ts'
import { needed, readArguments, UsageError, wholeNumber } from './arguments.ts'
import { formatBlock } from './block.ts'
import { describeKey } from './describe.ts'
import { checkTargets } from './files.ts'
import { asked, print, printJson, shown } from './output.ts'
import { openTerminal, readNewPassphrase } from './passphrase.ts'
import { withProgress } from './progress.ts'

/** `user@host`, the comment that ssh-keygen writes. */
function defaultComment(): string {
  const host = hostname()
  try {
    return `${userInfo().username}@${host}`
  } catch (error) {
    // A process may run as a user that no database names.
    if (error instanceof Error && 'code' in error) return host
    throw error
  }
}

/** A new passphrase; `undefined` for none, which only a person at a terminal may choose by an empty answer. */
async function newPassphrase(file: string | undefined, out: string): Promise<Uint8Array | undefined> {
  if (file !== undefined) return readNewPassphrase(file)
  const terminal = openTerminal()
  if (!terminal) return undefined
  try {
    const first = await terminal.ask(`Passphrase for ${shown(out)} (empty for none): `)
    if (first === undefined) throw new SshError('passphrase-required', 'no answer from the terminal')
    if (first.length === 0) return undefined
    const second = await terminal.ask('The same passphrase again: ')
    const same = second !== undefined && Buffer.compare(first, second) === 0
    second?.fill(0)
    if (same) return first
    first.fill(0)
    throw new SshError('passphrase-mismatch', 'the two passphrases differ')
  } finally {
    terminal.close()
  }
}

/** Writes both files. Where the second fails, a first one that is new is taken back. */
async function writePair(
  file: string,
  texts: { readonly privateText: string; readonly publicText: string },
  force: boolean,
): Promise<void> {
  await writeFileAtomic(file, texts.privateText, { mode: 0o600, force })
  try {
    await writeFileAtomic(`${file}.pub`, texts.publicText, { mode: 0o644, force })
  } catch (error) {
    if (!force) await rm(file, { force: true })
    throw error
  }
}

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: 'boolean' },
    force: { type: 'boolean' },
    type: { type: 'string' },
    bits: { type: 'string' },
    comment: { type: 'string' },
    format: { type: 'string' },
    cipher: { type: 'string' },
    rounds: { type: 'string' },
    'passphrase-file': { type: 'string' },
    out: { type: 'string' },
  })
  if (positionals.length > 0) throw new UsageError(`"${shown(positionals[0]!)}": keygen takes options only`)
  const out = needed(values.out, 'out')
  if (out === '' || out === '-') throw new UsageError('--out: the name of a file expected')
  const { format = 'openssh', cipher, force = false } = values
  const type = (values.type ?? 'ed25519') as KeyAlias
  if (!allTypes.some((known) => known.alias === type)) {
    throw new UsageError(`--type: one of ${allTypes.map((known) => known.alias).join(', ')} expected`)
  }
  const bits = values.bits === undefined ? undefined : Number(wholeNumber(values.bits, 'bits', 1n, 65536n))
  const most = BigInt(defaultLimits.bcryptRounds)
  const rounds = values.rounds === undefined ? undefined : Number(wholeNumber(values.rounds, 'rounds', 1n, most))
  if (format !== 'openssh') {
    throw new UnsupportedError('unsupported-format', `format "${escapeText(format, 64)}" is not written`)
  }
  if (cipher !== undefined && !fileCiphers.some(({ name }) => name === cipher)) {
    throw new UnsupportedError('unsupported-cipher', `cipher "${escapeText(cipher, 64)}" is not known`)
  }
  const comment = values.comment ?? defaultComment()
  if (/[\0\r\n]/.test(comment)) throw new UsageError('--comment: one line expected')
  await checkTargets([out, `${out}.pub`], force)
  const passphrase = await newPassphrase(values['passphrase-file'], out)
  if (!passphrase && (cipher !== undefined || rounds !== undefined)) {
    throw new UsageError('--cipher and --rounds go with a passphrase')
  }
  const key = await withProgress('making the key', (onProgress) =>
    asked(() => generateKey(type, { bits, comment, onProgress })),
  )
  try {
    const texts = await formatPair(key, { format, cipher, rounds, passphrase })
    await writePair(out, texts, force)
    tellKey(out, key, texts.privateText, values.json === true)
  } finally {
    passphrase?.fill(0)
    key.wipe()
  }
  return 0
}

async function formatPair(
  key: PrivateKey,
  options: NonNullable<Parameters<typeof formatPrivateKey>[1]>,
): Promise<{ privateText: string; publicText: string }> {
  const privateText = await withProgress('deriving the key from the passphrase', (onProgress) =>
    formatPrivateKey(key, { ...options, onProgress }),
  )
  return { privateText, publicText: formatPublicKey(key.publicKey) }
}

function tellKey(file: string, key: PrivateKey, privateText: string, json: boolean): void {
  // What is told of the encryption is what now stands in the file.
  const written = identify(privateText)
  if (written.artifact !== 'private-key') throw new Error('the file that was written is no private key')
  const facts = describeKey(key.publicKey, { ...written, comment: key.comment })
  if (json) {
    printJson({ file, publicFile: `${file}.pub`, ...facts })
    return
  }
  const { encrypted } = facts
  const how = encrypted ? `encrypted with ${encrypted.cipher}, ${encrypted.rounds} rounds` : 'not encrypted'
  print(
    formatBlock(`${facts.type}, ${facts.bits} bits`, [
      ['private key', `${shown(file)} (${how})`],
      ['public key', shown(`${file}.pub`)],
      ['comment', shown(key.comment)],
      ['fingerprint', facts.sha256],
    ]),
  )
  print(randomart(key.publicKey))
}
