/** `hawser convert`: a key from one container into another. */

import { FormatError, UnsupportedError } from '../errors.ts'
import { allPrivateFormats, allPublicFormats, type Encryption } from '../formats/index.ts'
import {
  defaultLimits,
  encodePrivateKey,
  encodePublicKey,
  formatPrivateKey,
  formatPublicKey,
  identify,
  PrivateKey,
  type PublicKey,
} from '../index.ts'
import { writeFileAtomic } from '../runtime/shared.ts'
import { encodeBase64 } from '../wire/base64.ts'
import { escapeText } from '../wire/text.ts'
import { needed, onlyOne, readArguments, UsageError, wholeNumber } from './arguments.ts'
import { artifactNames, describeKey, type KeyArtifact, oneKey } from './describe.ts'
import { checkStdin, checkTargets, readInput, warnExposed } from './files.ts'
import { publicKeyOf } from './key-files.ts'
import { about, asked, printJson, shown, tell } from './output.ts'
import { type HowToOpen, openPrivateKey, readNewPassphrase, readPassphraseFile } from './passphrase.ts'
import { withProgress } from './progress.ts'

/** A container by its name, and which halves of a key it may hold. */
interface Target {
  readonly format: string
  readonly takesPrivate: boolean
  readonly takesPublic: boolean
}

function readTarget(name: string, publicOnly: boolean): Target {
  // What puttygen calls version 3.
  const format = name === 'ppk' ? 'ppk3' : name
  const isPrivate = allPrivateFormats.some((known) => known.name === format)
  const takesPublic = allPublicFormats.some((known) => known.name === format)
  if (!isPrivate && !takesPublic) {
    const names = [...new Set([...allPrivateFormats, ...allPublicFormats].map((known) => known.name))].sort()
    throw new UnsupportedError(
      'unsupported-format',
      `format "${escapeText(format, 64)}" is not known; these are: ${names.join(', ')}`,
    )
  }
  if (publicOnly && !takesPublic) {
    throw new UnsupportedError('unsupported-format', `${format} holds private keys alone, no public ones`)
  }
  return { format, takesPrivate: isPrivate && !publicOnly, takesPublic }
}

/** The private key of a file where the target takes one, else the public one. A private key is the caller's to wipe. */
async function readKey(
  file: string,
  bytes: Uint8Array,
  target: Target,
  how: HowToOpen,
): Promise<{ readonly key: PrivateKey | PublicKey; readonly found: KeyArtifact }> {
  const found = oneKey(identify(bytes))
  if (found.artifact === 'private-key') {
    // Without a passphrase, what the file tells in clear is enough for a public key.
    if (!target.takesPrivate && found.encrypted && found.publicKey && !how.passphrase) {
      return { key: found.publicKey, found }
    }
    const key = await openPrivateKey(file, bytes, how)
    await warnExposed(file)
    if (target.takesPrivate) return { key, found }
    key.wipe()
    return { key: key.publicKey, found }
  }
  if (!target.takesPublic) {
    const what = `${artifactNames[found.artifact]} (${found.format})`
    throw new FormatError('is-public-key', `${target.format} holds a private key, the file is a ${what}`)
  }
  return { key: publicKeyOf(found), found }
}

/** How the new file is to be. */
interface Wanted {
  readonly format: string
  readonly der: boolean
  readonly passphrase: Uint8Array | undefined
  readonly cipher: string | undefined
  readonly rounds: number | undefined
  readonly comment: string | undefined
}

/** The new file, and how it is encrypted. */
interface Made {
  readonly data: string | Uint8Array
  readonly encrypted: Encryption | null
}

function makePublic(key: PublicKey, { format, der, comment, passphrase }: Wanted): Made {
  if (passphrase) throw new UsageError('--new-passphrase-file goes with a private key, a public one is written')
  const data = der ? encodePublicKey(key, { format }) : formatPublicKey(key, { format, comment })
  return { data, encrypted: null }
}

async function makePrivate(key: PrivateKey, { der, ...wanted }: Wanted): Promise<Made> {
  const data = await withProgress(
    'deriving the key from the passphrase',
    (onProgress): Promise<string | Uint8Array> =>
      der ? encodePrivateKey(key, { ...wanted, onProgress }) : formatPrivateKey(key, { ...wanted, onProgress }),
  )
  // What is told of the encryption is what now stands in the file.
  const written = oneKey(identify(data))
  if (written.artifact !== 'private-key') throw new Error('the file that was made is no private key')
  const { encrypted } = written
  if (wanted.rounds !== undefined && encrypted?.rounds !== wanted.rounds) {
    throw new UsageError(`--rounds: ${wanted.format} leaves no choice of them`)
  }
  return { data, encrypted }
}

async function toStdout(data: string | Uint8Array): Promise<void> {
  // Octets are wiped afterwards, so they must have left by then.
  await new Promise<void>((resolve) => process.stdout.write(data, () => resolve()))
}

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: 'boolean' },
    force: { type: 'boolean' },
    to: { type: 'string' },
    public: { type: 'boolean' },
    encoding: { type: 'string' },
    'passphrase-file': { type: 'string' },
    'new-passphrase-file': { type: 'string' },
    cipher: { type: 'string' },
    rounds: { type: 'string' },
    comment: { type: 'string' },
    out: { type: 'string' },
  })
  const { 'passphrase-file': passphraseFile, 'new-passphrase-file': newFile, cipher, comment } = values
  const { encoding = 'pem', out = '-', force = false, json = false } = values
  const file = onlyOne(positionals, 'FILE')
  const to = needed(values.to, 'to')
  if (encoding !== 'pem' && encoding !== 'der') throw new UsageError('--encoding: der or pem expected')
  const der = encoding === 'der'
  if (out === '') throw new UsageError('--out: the name of a file expected')
  if (der && out === '-' && !json && process.stdout.isTTY) {
    throw new UsageError('--encoding der goes with --out, or with a standard output that is no terminal')
  }
  checkStdin([file, passphraseFile, newFile])
  const most = BigInt(defaultLimits.pbkdf2Rounds)
  const rounds = values.rounds === undefined ? undefined : Number(wholeNumber(values.rounds, 'rounds', 1n, most))
  if (newFile === undefined && (cipher !== undefined || rounds !== undefined)) {
    throw new UsageError('--cipher and --rounds go with --new-passphrase-file')
  }
  if (comment !== undefined && /[\0\r\n]/.test(comment)) throw new UsageError('--comment: one line expected')
  const target = readTarget(to, values.public === true)
  if (out !== '-') await checkTargets([out], force)

  const secrets: Uint8Array[] = []
  const keep = (octets: Uint8Array): Uint8Array => {
    secrets.push(octets)
    return octets
  }
  let key: PrivateKey | PublicKey | undefined
  try {
    const passphrase = passphraseFile === undefined ? undefined : keep(await readPassphraseFile(passphraseFile))
    const newPassphrase = newFile === undefined ? undefined : keep(await readNewPassphrase(newFile))
    const bytes = keep(await readInput(file))
    const read = await about(file, () => readKey(file, bytes, target, { passphrase, ask: !json }))
    key = read.key
    const { format } = target
    const wanted = { format, der, passphrase: newPassphrase, cipher, rounds, comment }
    const isPrivate = key instanceof PrivateKey
    const made = await asked(async () =>
      key instanceof PrivateKey ? await makePrivate(key, wanted) : makePublic(key as PublicKey, wanted),
    )
    if (typeof made.data !== 'string') keep(made.data)
    if (out !== '-') await writeFileAtomic(out, made.data, { mode: isPrivate ? 0o600 : 0o644, force })
    if (isPrivate && read.found.artifact === 'private-key' && read.found.encrypted && !made.encrypted) {
      tell(`${shown(file)} is encrypted, what was made of it is not (--new-passphrase-file F encrypts it)`)
    }
    await tellMade(key, made, { file, out, format, der, json })
  } finally {
    for (const octets of secrets) octets.fill(0)
    if (key instanceof PrivateKey) key.wipe()
  }
  return 0
}

async function tellMade(
  key: PrivateKey | PublicKey,
  { data, encrypted }: Made,
  how: {
    readonly file: string
    readonly out: string
    readonly format: string
    readonly der: boolean
    readonly json: boolean
  },
): Promise<void> {
  const { file, out, format, der } = how
  const artifact = key instanceof PrivateKey ? 'private-key' : 'public-key'
  if (!how.json) {
    if (out === '-') await toStdout(data)
    else tell(`${shown(out)}: ${artifactNames[artifact]} (${der ? `${format}, der` : format}) written`)
    return
  }
  const encoding = der ? ({ encoding: 'der' } as const) : {}
  const publicKey = key instanceof PrivateKey ? key.publicKey : key
  const { type, bits, sha256, md5, blob } = describeKey(publicKey, { artifact, format, comment: null, encrypted })
  // Without a file to write to, the answer holds the result.
  const result =
    out !== '-'
      ? { out }
      : typeof data === 'string'
        ? { out: null, text: data }
        : { out: null, der: encodeBase64(data) }
  printJson({ file, artifact, format, ...encoding, ...result, type, bits, encrypted, sha256, md5, blob })
}
