/** `hawser inspect`: what each file is, and what is in it. */

import { PassphraseError } from '../errors.ts'
import { identify } from '../index.ts'
import { readArguments, UsageError } from './arguments.ts'
import { certificateRows, formatBlock, keyRows } from './block.ts'
import { type CertificateWords, describeCertificate, describeKey, type KeyFacts } from './describe.ts'
import { checkStdin, readInput, warnExposed } from './files.ts'
import { errorFacts, fileMessage, print, printJson, shown, tell } from './output.ts'
import { openPrivateKey, readPassphraseFile } from './passphrase.ts'
import { currentTime } from './time.ts'

/** What is said of one file. */
type Answer = KeyFacts & { readonly locked?: true; readonly certificate?: CertificateWords }

interface How {
  readonly passphrase: Uint8Array | undefined
  /** Whether a person at the terminal may be asked. */
  readonly ask: boolean
}

/** The facts of a private key that could be opened, or what its file tells in clear. */
async function describePrivate(
  file: string,
  bytes: Uint8Array,
  found: Extract<ReturnType<typeof identify>, { artifact: 'private-key' }>,
  how: How,
): Promise<Answer> {
  const { artifact, format, encrypted } = found
  try {
    const key = await openPrivateKey(file, bytes, how)
    key.wipe()
    return describeKey(key.publicKey, { artifact, format, encrypted, comment: key.comment })
  } catch (error) {
    const locked = error instanceof PassphraseError && error.code === 'passphrase-required'
    if (!locked || !found.publicKey) throw error
    return { ...describeKey(found.publicKey, { artifact, format, encrypted, comment: null }), locked: true }
  }
}

/** What is in a file. Throws what is wrong with it. */
export async function describe(file: string, how: How): Promise<Answer> {
  const bytes = await readInput(file)
  try {
    const found = identify(bytes)
    const { artifact, format } = found
    if (artifact === 'certificate') return await describeCertificate(found.certificate, format)
    if (artifact === 'private-key') return await describePrivate(file, bytes, found, how)
    const { publicKey } = found
    return describeKey(publicKey, { artifact, format, encrypted: null, comment: publicKey.comment })
  } finally {
    bytes.fill(0)
  }
}

const names: Readonly<Record<KeyFacts['artifact'], string>> = {
  'private-key': 'private key',
  'public-key': 'public key',
  certificate: 'certificate',
}

function formatAnswer(file: string, answer: Answer): string {
  const kind = answer.certificate ? `${answer.certificate.kind} certificate` : names[answer.artifact]
  const rows = keyRows(answer, answer.locked === true)
  if (answer.certificate) rows.push(...certificateRows(answer.certificate, currentTime()))
  return formatBlock(`${shown(file)}: ${kind} (${answer.format})`, rows)
}

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: 'boolean' },
    'passphrase-file': { type: 'string' },
  })
  const passphraseFile = values['passphrase-file']
  if (positionals.length === 0) throw new UsageError('FILE is missing')
  checkStdin([...positionals, passphraseFile])
  const passphrase = passphraseFile === undefined ? undefined : await readPassphraseFile(passphraseFile)
  let code = 0
  let told = false
  for (const file of positionals) {
    try {
      const answer = await describe(file, { passphrase, ask: !values.json })
      if (values.json) printJson({ file, ...answer })
      else {
        print(`${told ? '\n' : ''}${formatAnswer(file, answer)}`)
        told = true
        if (answer.artifact === 'private-key') await warnExposed(file)
      }
    } catch (error) {
      code = 1
      if (values.json) printJson({ file, error: errorFacts(error) })
      else tell(fileMessage(file, error))
    }
  }
  passphrase?.fill(0)
  return code
}
