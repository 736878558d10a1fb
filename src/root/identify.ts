/** What a file is: one answer for every artifact that the library knows. */

import { parseCertificate } from '../cert/index.ts'
import { FormatError } from '../errors.ts'
import {
  allPrivateFormats,
  allPublicFormats,
  type Encryption,
  type Input,
  inspectPrivateKey,
  readX509,
  Source,
  type X509Facts,
} from '../formats/index.ts'
import { allTypes, type Certificate, type PublicKey } from '../keys/index.ts'
import { isKrl, type Krl, parseKrl } from '../krl/index.ts'
import { type Limits, withLimits } from '../limits.ts'
import { type AllowedSigners, parseAllowedSigners, parseSshsig, type Sshsig } from '../sshsig/index.ts'
import { type AuthorizedKeys, type KnownHosts, parseAuthorizedKeys, parseKnownHosts } from '../text/index.ts'
import { inputText } from '../wire/text.ts'
import { type TextArtifact, textArtifact } from './text-artifact.ts'

/** What is known of every file. `encoding` is there where the input was DER instead of text. */
interface File {
  readonly format: string
  readonly encoding?: 'der'
}

/** A key or a certificate. */
type IdentifiedKey = File &
  (
    | {
        readonly artifact: 'private-key'
        /** `null` for a plain file. */
        readonly encrypted: Encryption | null
        /** Where the file tells it without a passphrase. */
        readonly publicKey: PublicKey | undefined
      }
    | { readonly artifact: 'public-key'; readonly publicKey: PublicKey }
    | { readonly artifact: 'certificate'; readonly certificate: Certificate }
    | { readonly artifact: 'x509-certificate'; readonly x509: X509Facts }
  )

/** A text file of many entries. */
type IdentifiedTextFile = File & { readonly guessed?: true } & (
    | { readonly artifact: 'authorized-keys'; readonly file: AuthorizedKeys }
    | { readonly artifact: 'known-hosts'; readonly file: KnownHosts }
    | { readonly artifact: 'allowed-signers'; readonly file: AllowedSigners }
  )

/** A file of OpenSSH's that holds more, or other things, than a key. */
type IdentifiedFile =
  | (File & { readonly artifact: 'krl'; readonly krl: Krl })
  | (File & { readonly artifact: 'sshsig'; readonly sshsig: Sshsig })
  | IdentifiedTextFile

/** What `identify` found. `guessed` is there where another text file has lines of the same look. */
export type Identified = IdentifiedKey | IdentifiedFile

/** How to identify. */
export interface IdentifyOptions {
  readonly limits?: Partial<Limits> | undefined
  /** What the input is, where its looks are not to decide. */
  readonly as?: Identified['artifact'] | undefined
}

type Options = Pick<IdentifyOptions, 'limits'> & { readonly types: typeof allTypes }

function identifyKey(input: Input, source: Source, options: Options): IdentifiedKey {
  const encoding = source.isDer ? ({ encoding: 'der' } as const) : {}
  if (allPrivateFormats.some((format) => format.recognise(source))) {
    try {
      const facts = inspectPrivateKey(input, { ...options, formats: allPrivateFormats })
      return { artifact: 'private-key', ...encoding, ...facts }
    } catch (error) {
      // The public half of a JWK or of a PuTTY file begins as the whole does.
      if (!(error instanceof FormatError && error.code === 'is-public-key')) throw error
    }
  }
  const found = allPublicFormats.find((format) => format.recognise(source))
  if (!found) throw new FormatError('unknown-format', 'nothing known found')
  const format = found.name
  if (format === 'x509') return { artifact: 'x509-certificate', format, ...encoding, x509: readX509(input, options) }
  try {
    return { artifact: 'public-key', format, ...encoding, publicKey: found.parse(source, options) }
  } catch (error) {
    if (!(error instanceof FormatError && error.code === 'is-certificate')) throw error
    return { artifact: 'certificate', format, certificate: parseCertificate(source.text, options) }
  }
}

function readTextFile(artifact: TextArtifact, input: string | Uint8Array, options: Options): IdentifiedTextFile {
  const format = 'openssh'
  if (artifact === 'authorized-keys') return { artifact, format, file: parseAuthorizedKeys(input, options) }
  if (artifact === 'known-hosts') return { artifact, format, file: parseKnownHosts(input, options) }
  return { artifact, format, file: parseAllowedSigners(input, options) }
}

function identifyAny(input: Input, options: Options): Identified {
  const isFile = typeof input === 'string' || input instanceof Uint8Array
  if (isFile && typeof input !== 'string' && isKrl(input)) {
    return { artifact: 'krl', format: 'openssh', krl: parseKrl(input, options) }
  }
  const { inputLength, textFileLength } = withLimits(options.limits)
  // Longer than any key is: one of the files that hold many.
  const source = isFile && input.length > inputLength ? undefined : new Source(input, options.limits)
  if (source?.label === 'SSH SIGNATURE') return readAs('sshsig', input, options)
  const isText = source === undefined || (source.label === undefined && !source.isDer)
  const seen =
    isFile && isText ? textArtifact(inputText(source?.text ?? input, { inputLength: textFileLength })) : undefined
  if (isFile && typeof seen === 'object') {
    const found = readTextFile(seen.artifact, input, options)
    const [problem] = found.file.entries.length === 0 ? found.file.problems : []
    // Not one line that says anything: that it might have been such a file is no answer.
    if (problem)
      throw new FormatError('unknown-format', `nothing known found; line ${problem.line}: ${problem.message}`)
    return seen.guessed ? { ...found, guessed: true } : found
  }
  return identifyKey(input, source ?? new Source(input, options.limits), options)
}

function readAs(as: Identified['artifact'], input: Input, options: Options): Identified {
  if (typeof input === 'string' || input instanceof Uint8Array) {
    if (as === 'krl' && typeof input !== 'string') {
      return { artifact: as, format: 'openssh', krl: parseKrl(input, options) }
    }
    if (as === 'sshsig') return { artifact: as, format: 'openssh', sshsig: parseSshsig(input, options) }
    if (as === 'authorized-keys' || as === 'known-hosts' || as === 'allowed-signers') {
      return readTextFile(as, input, options)
    }
  }
  const found = identifyKey(input, new Source(input, options.limits), options)
  if (found.artifact !== as) throw new FormatError('type-mismatch', `${as} expected, ${found.artifact} found`)
  return found
}

/**
 * Says what a file is and what it tells without a passphrase.
 * Throws `FormatError` (`unknown-format` where it is nothing known, `type-mismatch` where it is not what `as` says, and
 * what its format refuses), `LimitError`, `UnsupportedError` (`unsupported-type`, `unsupported-format`, …).
 *
 * @example
 * ```ts
 * import { formatPrivateKey, generateKey, identify } from 'hawser'
 *
 * const found = identify(await formatPrivateKey(await generateKey()))
 * console.log(found.artifact, found.format) // private-key openssh
 * ```
 */
export function identify(input: Input, options: IdentifyOptions = {}): Identified {
  const { as, limits } = options
  const bound = { limits, types: allTypes }
  return as === undefined ? identifyAny(input, bound) : readAs(as, input, bound)
}
