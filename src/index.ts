/**
 * The everyday functions, bound to every key type and every format that the library knows.
 *
 * Each has a twin in a subpath that takes `types` and `formats` as arguments and so pulls in only those.
 */

import * as cert from './cert/index.ts'
import * as hashes from './crypto/hash.ts'
import type { WorkOptions } from './crypto/progress.ts'
import type { Random } from './crypto/random.ts'
import { FormatError } from './errors.ts'
import * as print from './fingerprint/index.ts'
import type { Encryption, ReadPrivateOptions, WritePrivateOptions } from './formats/format.ts'
import * as formats from './formats/index.ts'
import * as keys from './keys/index.ts'
import type { Limits } from './limits.ts'
import { inputText } from './wire/text.ts'

export { ALWAYS, type CertificateFacts, defaultUserExtensions, FOREVER, formatCertificate } from './cert/index.ts'
export type { AbortSignalLike, Progress, WorkOptions } from './crypto/progress.ts'
export {
  FormatError,
  LimitError,
  PassphraseError,
  SignerError,
  SshError,
  UnsupportedError,
  VerificationError,
} from './errors.ts'
export {
  type Certificate,
  type CertificateOption,
  PrivateKey,
  type PublicKey,
  type Revocation,
  type Signature,
  type SignatureFacts,
  type Signer,
} from './keys/index.ts'
export { defaultLimits, type Limits } from './limits.ts'

const publicFormats = [formats.opensshPublic]
const privateFormats = [formats.opensshPrivate]

/** The everyday names of key types that can be made. */
export type KeyAlias = 'ed25519' | 'ecdsa-p256' | 'ecdsa-p384' | 'ecdsa-p521' | 'rsa'

/** The names of hashes that fingerprints are made with. */
export type HashName = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512'

/** Text or the bytes of a file. */
export type Input = formats.Input

/** An option that every parser takes: ceilings to put over the default ones. */
export interface ParseOptions {
  readonly limits?: Partial<Limits> | undefined
}

function hashNamed(name: HashName): hashes.Hash {
  const table: Readonly<Record<HashName, hashes.Hash>> = hashes
  if (!Object.hasOwn(table, name)) throw new TypeError(`hash "${name}" is not one of ${Object.keys(table).join(', ')}`)
  return table[name]
}

/**
 * Makes a new private key: `'ed25519'` (default), `'ecdsa-p256'`, `'ecdsa-p384'`, `'ecdsa-p521'`, or `'rsa'`
 * (`bits` 1024 to 16384, 3072 where not given). Progress of RSA is a heartbeat where WebCrypto makes the key; an abort
 * rejects at once. Throws `TypeError`, the signal's reason, `UnsupportedError` `no-random`.
 *
 * @example
 * ```ts
 * import { fingerprint, generateKey } from 'hawser'
 *
 * const key = await generateKey('ed25519', { comment: 'me@home' })
 * console.log(fingerprint(key.publicKey).startsWith('SHA256:')) // true
 * ```
 */
export async function generateKey(
  type: KeyAlias = 'ed25519',
  options: WorkOptions & {
    readonly bits?: number | undefined
    readonly comment?: string | undefined
    readonly random?: Random | undefined
  } = {},
): Promise<keys.PrivateKey> {
  const found = keys.allTypes.find((t) => t.alias === type)
  if (!found) throw new TypeError(`key type "${type}" is not one of ${keys.allTypes.map((t) => t.alias).join(', ')}`)
  return keys.generatePrivateKey(found, options)
}

/**
 * Reads a public key from text or bytes; the format is recognised. Known types are decoded and judged, unknown ones
 * carried as they are. Throws `FormatError` (`unknown-format`, `is-certificate`, `is-private-key`, …), `LimitError`.
 *
 * @example
 * ```ts
 * import { parsePublicKey } from 'hawser'
 *
 * const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I me@home'
 * console.log(parsePublicKey(line).type) // ssh-ed25519
 * ```
 */
export function parsePublicKey(
  input: Input,
  options: ParseOptions & { readonly types?: readonly keys.KeyType[] | undefined } = {},
): keys.PublicKey {
  return formats.parsePublicKey(input, { ...options, types: options.types ?? keys.allTypes, formats: publicFormats })
}

/**
 * Writes a public key: `'openssh'` (default). Throws `UnsupportedError` `unsupported-format`, `TypeError`.
 *
 * @example
 * ```ts
 * import { formatPublicKey, generateKey } from 'hawser'
 *
 * const { publicKey } = await generateKey()
 * console.log(formatPublicKey(publicKey, { comment: 'me@home' }))
 * ```
 */
export function formatPublicKey(
  key: keys.PublicKey,
  options: { readonly format?: string | undefined; readonly comment?: string | undefined } = {},
): string {
  return formats.formatPublicKey(key, { ...options, types: keys.allTypes, formats: publicFormats })
}

/**
 * Reads a private key, runs its KDF where it is encrypted, and proves that the private half gives the public half.
 * Throws `PassphraseError` (`passphrase-required`, `passphrase-wrong`), `FormatError` (`key-mismatch`, …),
 * `LimitError`, `UnsupportedError`, the signal's reason.
 *
 * @example
 * ```ts
 * import { formatPrivateKey, generateKey, parsePrivateKey } from 'hawser'
 *
 * const file = await formatPrivateKey(await generateKey(), { passphrase: 'correct horse', rounds: 1 })
 * const key = await parsePrivateKey(file, { passphrase: 'correct horse' })
 * console.log(key.type) // ssh-ed25519
 * await parsePrivateKey(file).catch((error) => console.log(error.code)) // passphrase-required
 * ```
 */
export function parsePrivateKey(
  input: Input,
  options: Omit<ReadPrivateOptions, 'types'> = {},
): Promise<keys.PrivateKey> {
  return formats.parsePrivateKey(input, { ...options, types: keys.allTypes, formats: privateFormats })
}

/**
 * Writes a private key: `'openssh'` (default), encrypted where there is a passphrase (`aes256-ctr`, 24 rounds of bcrypt
 * unless said otherwise), byte for byte as `ssh-keygen` does. Throws `UnsupportedError`, `SignerError` `wiped`.
 *
 * @example
 * ```ts
 * import { formatPrivateKey, generateKey } from 'hawser'
 *
 * const text = await formatPrivateKey(await generateKey(), { comment: 'deploy' })
 * console.log(text.split('\n')[0]) // -----BEGIN OPENSSH PRIVATE KEY-----
 * ```
 */
export function formatPrivateKey(
  key: keys.PrivateKey,
  options: WritePrivateOptions & { readonly format?: string | undefined } = {},
): Promise<string> {
  return formats.formatPrivateKey(key, { ...options, formats: privateFormats })
}

/**
 * The fingerprint of a public key, a private key or a certificate (whose plain key is hashed), SHA-256 by default.
 *
 * @example
 * ```ts
 * import { fingerprint, parsePublicKey } from 'hawser'
 *
 * const key = parsePublicKey('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I')
 * console.log(fingerprint(key)) // SHA256:QrrEz7fvcJ2ebxL6MfeZMIYGOSzuP4vCQqb2gUZkx0s
 * console.log(fingerprint(key, { hash: 'md5' }).slice(0, 4)) // MD5:
 * ```
 */
export function fingerprint(
  key: print.Fingerprintable,
  options: { readonly hash?: HashName | undefined; readonly encoding?: 'base64' | 'hex' | undefined } = {},
): string {
  return print.fingerprint(key, { hash: hashNamed(options.hash ?? 'sha256'), encoding: options.encoding })
}

/**
 * Draws the randomart of a public key in 11 lines, as `ssh-keygen -lv` does.
 *
 * @example
 * ```ts
 * import { generateKey, randomart } from 'hawser'
 *
 * const { publicKey } = await generateKey()
 * console.log(randomart(publicKey))
 * ```
 */
export function randomart(key: keys.PublicKey, options: { readonly hash?: HashName | undefined } = {}): string {
  return print.randomart(key, { hash: hashNamed(options.hash ?? 'sha256'), types: keys.allTypes })
}

/**
 * Signs a message with whatever signs: a private key, or any other `Signer`.
 * Throws `UnsupportedError` `unsupported-algorithm`, `SignerError`.
 *
 * @example
 * ```ts
 * import { generateKey, sign, verify } from 'hawser'
 *
 * const key = await generateKey()
 * const data = new TextEncoder().encode('hello')
 * const signature = await sign(key, data)
 * console.log((await verify(key.publicKey, signature, data)).algorithm) // ssh-ed25519
 * ```
 */
export function sign(signer: keys.Signer, data: Uint8Array, options: keys.SignOptions = {}): Promise<keys.Signature> {
  return signer.sign(data, options)
}

/**
 * Verifies a signature (or its blob) and tells its facts, or throws. RSA with SHA-1 is accepted only where
 * `algorithms` names `ssh-rsa`. Throws `VerificationError` (`bad-signature`, `algorithm-not-allowed`), `FormatError`,
 * `UnsupportedError` `unsupported-type`. For many signatures by one key, see `prepareVerifier` in `hawser/keys`.
 *
 * @example
 * ```ts
 * import { generateKey, sign, verify } from 'hawser'
 *
 * const key = await generateKey('ecdsa-p256')
 * const data = new TextEncoder().encode('hello')
 * const signature = await sign(key, data)
 * await verify(key.publicKey, signature, new Uint8Array(5)).catch((error) => console.log(error.code)) // bad-signature
 * ```
 */
export function verify(
  key: keys.PublicKey,
  signature: keys.Signature | Uint8Array,
  data: Uint8Array,
  policy: Omit<keys.VerifyOptions, 'types'> = {},
): Promise<keys.SignatureFacts> {
  return keys.verifySignature(key, signature, data, { ...policy, types: keys.allTypes })
}

/**
 * Issues a certificate for `request.publicKey`, signed by `signer`.
 * Throws `TypeError` for a request that OpenSSH would not take, `SignerError` `signer-failed`, `UnsupportedError`.
 *
 * @example
 * ```ts
 * import { formatCertificate, generateKey, issueCertificate } from 'hawser'
 *
 * const authority = await generateKey()
 * const { publicKey } = await generateKey()
 * const now = Math.floor(Date.now() / 1000)
 * const certificate = await issueCertificate(
 *   { kind: 'user', publicKey, keyId: 'alice', principals: ['alice'], validAfter: now - 60, validBefore: now + 300 },
 *   authority,
 * )
 * console.log(formatCertificate(certificate))
 * ```
 */
export function issueCertificate(
  request: cert.CertificateRequest,
  signer: keys.Signer,
  options: Omit<cert.IssueOptions, 'types'> = {},
): Promise<keys.Certificate> {
  return cert.issueCertificate(request, signer, { ...options, types: keys.allTypes })
}

/**
 * Reads a certificate from its line. Its signature is not verified here, `checkCertificate` does that.
 * Throws `FormatError`, `LimitError`, `UnsupportedError` `unsupported-type`.
 *
 * @example
 * ```ts
 * import { FormatError, parseCertificate } from 'hawser'
 *
 * try {
 *   parseCertificate('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I')
 * } catch (error) {
 *   if (error instanceof FormatError) console.log(error.code) // type-mismatch
 * }
 * ```
 */
export function parseCertificate(input: Input, options: ParseOptions = {}): keys.Certificate {
  return cert.parseCertificate(input, { ...options, types: keys.allTypes })
}

/**
 * Accepts a certificate and tells its facts, or throws a `VerificationError` whose code says why not: `wrong-kind`,
 * `unknown-authority`, `bad-signature`, `algorithm-not-allowed`, `not-yet-valid`, `expired`, `principal`,
 * `critical-option`, `source-address`, `revoked`.
 *
 * @example
 * ```ts
 * import { checkCertificate, generateKey, issueCertificate } from 'hawser'
 *
 * const authority = await generateKey()
 * const { publicKey } = await generateKey()
 * const request = { kind: 'user', publicKey, keyId: 'k', principals: ['alice'], validAfter: 0, validBefore: 1000 } as const
 * const certificate = await issueCertificate(request, authority)
 * const policy = { kind: 'user', authorities: [authority.publicKey], time: 999 } as const
 * console.log((await checkCertificate(certificate, { ...policy, principal: 'alice' })).keyId) // k
 * await checkCertificate(certificate, { ...policy, principal: 'bob' }).catch((error) => console.log(error.code)) // principal
 * ```
 */
export function checkCertificate(
  certificate: { readonly blob: Uint8Array },
  policy: Omit<cert.CertificatePolicy, 'types'>,
): Promise<cert.CertificateFacts> {
  return cert.checkCertificate(certificate, { ...policy, types: keys.allTypes })
}

/** What `identify` found. */
export type Identified =
  | {
      readonly artifact: 'private-key'
      readonly format: string
      readonly encrypted: Encryption | null
      readonly publicKey: keys.PublicKey | undefined
    }
  | { readonly artifact: 'public-key'; readonly format: string; readonly publicKey: keys.PublicKey }
  | { readonly artifact: 'certificate'; readonly format: string; readonly certificate: keys.Certificate }

/**
 * Says what a file is and what it tells without a passphrase.
 * Throws `FormatError` (`unknown-format` where it is nothing known), `LimitError`, `UnsupportedError`.
 *
 * @example
 * ```ts
 * import { formatPrivateKey, generateKey, identify } from 'hawser'
 *
 * const found = identify(await formatPrivateKey(await generateKey()))
 * console.log(found.artifact, found.format) // private-key openssh
 * ```
 */
export function identify(input: Input, options: ParseOptions = {}): Identified {
  const bound = { ...options, types: keys.allTypes }
  const source = new formats.Source(input, options.limits)
  if (privateFormats.some((format) => format.recognise(source))) {
    return { artifact: 'private-key', ...formats.inspectPrivateKey(input, { ...bound, formats: privateFormats }) }
  }
  const format = publicFormats.find((f) => f.recognise(source))
  if (!format) throw new FormatError('unknown-format', 'no key, certificate or other artifact of SSH found')
  try {
    return { artifact: 'public-key', format: format.name, publicKey: format.parse(source, bound) }
  } catch (error) {
    if (!(error instanceof FormatError && error.code === 'is-certificate')) throw error
    return { artifact: 'certificate', format: format.name, certificate: cert.parseCertificate(inputText(input), bound) }
  }
}
