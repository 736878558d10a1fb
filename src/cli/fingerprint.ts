/** `hawser fingerprint`: the fingerprint of a key as `ssh-keygen -l` prints it, or which form a given one is. */

import { UnsupportedError } from '../errors.ts'
import type { FingerprintForm } from '../fingerprint/index.ts'
import {
  type Certificate,
  fingerprint,
  type HashName,
  identify,
  matchFingerprint,
  PrivateKey,
  type PublicKey,
} from '../index.ts'
import { onlyOne, readArguments, UsageError } from './arguments.ts'
import { keyBits, keyTitle, oneKey } from './describe.ts'
import { checkStdin, readInput } from './files.ts'
import { about, print, printJson, shown, tell } from './output.ts'
import { type HowToOpen, openPrivateKey, readPassphraseFile } from './passphrase.ts'

const hashNames = ['sha256', 'md5', 'sha1', 'sha512', 'sha384'] as const satisfies readonly HashName[]

/** The key of a file with the words around its fingerprint. */
interface Subject {
  readonly key: PublicKey
  readonly comment: string
  readonly title: string
  /** What a fingerprint may be of: the key or what it came in. A private key is wiped in the end. */
  readonly whole: PublicKey | PrivateKey | Certificate
  /** DER of the X.509 certificate that the key came in. */
  readonly certificate?: Uint8Array
  /** Whether the private half is there and was not opened. */
  readonly locked?: boolean
}

async function readSubject(file: string, bytes: Uint8Array, how: HowToOpen): Promise<Subject> {
  const found = oneKey(identify(bytes))
  if (found.artifact === 'certificate') {
    const { publicKey: key, comment } = found.certificate
    return { key, comment, title: `${keyTitle(key)}-CERT`, whole: found.certificate }
  }
  if (found.artifact === 'x509-certificate') {
    const { publicKey: key, der: certificate } = found.x509
    if (!key) throw new UnsupportedError('unsupported-type', 'SSH has no keys of the type in this X.509 certificate')
    return { key, comment: '', title: keyTitle(key), whole: key, certificate }
  }
  const { publicKey: key } = found
  if (found.artifact === 'public-key') {
    return {
      key: found.publicKey,
      comment: found.publicKey.comment,
      title: keyTitle(found.publicKey),
      whole: found.publicKey,
    }
  }
  // The public half of an encrypted file is mostly in clear.
  if (found.encrypted && key && !how.passphrase) {
    return { key, comment: key.comment, title: keyTitle(key), whole: key, locked: true }
  }
  const whole = await openPrivateKey(file, bytes, how)
  return { key: whole.publicKey, comment: whole.comment, title: keyTitle(whole.publicKey), whole }
}

/** What the forms are, for people; the name of the hash is put in place of the `%`. */
const formTexts: Readonly<Record<FingerprintForm, string>> = {
  'openssh-sha256': '% of the public key, as OpenSSH shows it',
  'openssh-md5': '% of the public key, as OpenSSH showed it before 6.8 and shows it with -E md5',
  'openssh-sha1': '% of the public key, as OpenSSH shows it with -E sha1',
  'openssh-sha384': '% of the public key, as OpenSSH shows it with -E sha384',
  'openssh-sha512': '% of the public key, as OpenSSH shows it with -E sha512',
  bubblebabble: '% of the public key in words, as ssh-keygen -B shows it',
  'aws-created': '% of the private key (PKCS#8), as AWS shows it for an RSA key pair that it made',
  'aws-imported': '% of the public key (SPKI), as AWS shows it for an RSA key that was imported',
  'aws-ed25519': '% of the public key with padding, as AWS shows it for an Ed25519 key',
  alibaba: '% of the public key without colons, as Alibaba Cloud shows it',
  'x509-thumbprint': '% of the X.509 certificate, its thumbprint, as Azure and Windows show it',
  'spki-sha256': '% of the public key (SPKI), as pins of TLS have it',
}

/** Tells which form the text is; gives the exit code. */
async function tellMatch(file: string, subject: Subject, text: string, json: boolean): Promise<number> {
  const match = await matchFingerprint(subject.whole, text, { certificate: subject.certificate })
  if (match) {
    const { form, hash } = match
    const hashText = hash.replace(/^sha/, 'sha-').toUpperCase()
    if (json) printJson({ file, match: true, form, hash })
    else print(`${form}: ${formTexts[form].replace('%', hashText)}`)
    return 0
  }
  const without = subject.locked ? '; those of the private key were not tried, which needs its passphrase' : ''
  const message = `this is no fingerprint of the key in any form known${without}`
  if (json) printJson({ file, match: false, error: { code: 'no-match', message } })
  else tell(`${shown(file)}: ${message}`)
  return 1
}

function tellFingerprint(file: string, subject: Subject, hash: HashName, json: boolean): number {
  const { key, comment, title } = subject
  const text = fingerprint(key, { hash })
  const bits = keyBits(key)
  if (json) printJson({ file, type: key.type, bits, comment, hash, fingerprint: text })
  else print(`${bits ?? '?'} ${text} ${shown(comment) || 'no comment'} (${shown(title)})`)
  return 0
}

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: 'boolean' },
    hash: { type: 'string' },
    match: { type: 'string' },
    'passphrase-file': { type: 'string' },
  })
  const { match, json = false, 'passphrase-file': passphraseFile } = values
  const file = onlyOne(positionals, 'FILE')
  checkStdin([file, passphraseFile])
  const hash = hashNames.find((name) => name === (values.hash ?? 'sha256').toLowerCase())
  if (!hash) throw new UsageError(`--hash: one of ${hashNames.join(', ')} expected`)
  if (match?.trim() === '') throw new UsageError('--match: a fingerprint expected')
  if (match !== undefined && values.hash !== undefined) throw new UsageError('--match tries every --hash')
  const passphrase = passphraseFile === undefined ? undefined : await readPassphraseFile(passphraseFile)
  let subject: Subject | undefined
  try {
    const bytes = await readInput(file)
    try {
      subject = await about(file, () => readSubject(file, bytes, { passphrase, ask: !json }))
    } finally {
      bytes.fill(0)
    }
    return match === undefined
      ? tellFingerprint(file, subject, hash, json)
      : await tellMatch(file, subject, match, json)
  } finally {
    passphrase?.fill(0)
    if (subject?.whole instanceof PrivateKey) subject.whole.wipe()
  }
}
