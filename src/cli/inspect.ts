/** `hawser inspect`: what each file is, and what is in it. */

import { PassphraseError } from '../errors.ts'
import { type Identified, identify } from '../index.ts'
import { defaultLimits } from '../limits.ts'
import { readArguments, UsageError } from './arguments.ts'
import { certificateRows, formatBlock, keyRows, x509Rows } from './block.ts'
import {
  artifactNames,
  type CertificateWords,
  describeCertificate,
  describeFile,
  describeKey,
  describeX509,
  type HiddenKeyFacts,
  type KeyFacts,
  type X509Words,
} from './describe.ts'
import { describeOther, type FileAnswer } from './describe-files.ts'
import { checkStdin, readInput, warnExposed } from './files.ts'
import { errorFacts, fileMessage, print, printJson, shown, tell } from './output.ts'
import { type HowToOpen, openPrivateKey, readPassphraseFile } from './passphrase.ts'
import { currentTime } from './time.ts'

/** What is said of one file. */
type Answer = (KeyFacts | HiddenKeyFacts) & {
  readonly locked?: true
  readonly certificate?: CertificateWords
} & (X509Words | Partial<Record<keyof X509Words, never>>)

/** The facts of a private key that could be opened, or what its file tells in clear. */
async function describePrivate(
  file: string,
  bytes: Uint8Array,
  found: Extract<ReturnType<typeof identify>, { artifact: 'private-key' }>,
  how: HowToOpen,
): Promise<Answer> {
  try {
    const key = await openPrivateKey(file, bytes, how)
    key.wipe()
    return describeKey(key.publicKey, { ...found, comment: key.comment })
  } catch (error) {
    if (!(error instanceof PassphraseError && error.code === 'passphrase-required')) throw error
    // PuTTY's files tell the comment too; what others tell has none.
    return { ...describeFile(found.publicKey, { ...found, comment: found.publicKey?.comment || null }), locked: true }
  }
}

/** What is in a file. Throws what is wrong with it. */
async function describe(
  file: string,
  as: Identified['artifact'] | undefined,
  how: HowToOpen,
): Promise<Answer | FileAnswer> {
  const bytes = await readInput(file, defaultLimits.textFileLength)
  try {
    const found = identify(bytes, { as })
    if (found.artifact === 'certificate') return await describeCertificate(found.certificate, found.format)
    if (found.artifact === 'private-key') return await describePrivate(file, bytes, found, how)
    if (found.artifact === 'x509-certificate') return describeX509(found.x509, found)
    if (found.artifact !== 'public-key') return describeOther(found)
    return describeKey(found.publicKey, { ...found, encrypted: null, comment: found.publicKey.comment })
  } finally {
    bytes.fill(0)
  }
}

function artifactOf(name: string | undefined): Identified['artifact'] | undefined {
  if (name === undefined) return undefined
  const names = Object.keys(artifactNames) as Identified['artifact'][]
  const found = names.find((artifact) => artifact === name)
  if (!found) throw new UsageError(`--as: one of ${names.join(', ')} expected`)
  return found
}

function formatAnswer(file: string, answer: Answer | FileAnswer): string {
  if ('words' in answer) {
    const guessed = 'guessed' in answer.words ? ', guessed; --as says otherwise' : ''
    return formatBlock(`${shown(file)}: ${artifactNames[answer.words.artifact]} (openssh${guessed})`, answer.rows)
  }
  const kind = answer.certificate ? `${answer.certificate.kind} certificate` : artifactNames[answer.artifact]
  const rows = keyRows(answer, answer.locked === true)
  if (answer.certificate) rows.push(...certificateRows(answer.certificate, currentTime()))
  if (answer.subject !== undefined) rows.push(...x509Rows(answer, currentTime()))
  const format = answer.encoding ? `${answer.format}, ${answer.encoding}` : answer.format
  return formatBlock(`${shown(file)}: ${kind} (${format})`, rows)
}

/** Runs the command; resolves to the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    json: { type: 'boolean' },
    as: { type: 'string' },
    'passphrase-file': { type: 'string' },
  })
  const as = artifactOf(values.as)
  const passphraseFile = values['passphrase-file']
  if (positionals.length === 0) throw new UsageError('FILE is missing')
  checkStdin([...positionals, passphraseFile])
  const passphrase = passphraseFile === undefined ? undefined : await readPassphraseFile(passphraseFile)
  let code = 0
  let told = false
  for (const file of positionals) {
    try {
      const answer = await describe(file, as, { passphrase, ask: !values.json })
      if (values.json) printJson({ file, ...('words' in answer ? answer.words : answer) })
      else {
        print(`${told ? '\n' : ''}${formatAnswer(file, answer)}`)
        told = true
        if ('artifact' in answer && answer.artifact === 'private-key') await warnExposed(file)
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
