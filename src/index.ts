/**
 * The everyday functions, bound to every key type and every format that the library knows.
 *
 * Each has a twin in a subpath that takes `types` and `formats` as arguments and so pulls in only those.
 */

import * as cert from './cert/index.ts'
import { type Hash, md5, sha1, sha256, sha384, sha512 } from './crypto/hash.ts'
import type { WorkOptions } from './crypto/progress.ts'
import type { Random } from './crypto/random.ts'
import * as print from './fingerprint/index.ts'
import type { ReadPrivateOptions, WritePrivateOptions } from './formats/format.ts'
import * as formats from './formats/index.ts'
import * as keys from './keys/index.ts'
import type { Limits } from './limits.ts'

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
export { type Identified, identify } from './identify.ts'
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

const keyAliases = ['ed25519', 'ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'rsa', 'mldsa44-ed25519'] as const

/** The everyday names of key types that can be made. */
export type KeyAlias = 'ed25519' | 'ecdsa-p256' | 'ecdsa-p384' | 'ecdsa-p521' | 'rsa' | 'mldsa44-ed25519'

/** The names of hashes that fingerprints are made with. */
export type HashName = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512'

/** Text, the bytes of a file, or a JWK. */
export type Input = formats.Input

/** An option that every parser takes: ceilings to put over the default ones. */
export interface ParseOptions {
  readonly limits?: Partial<Limits> | undefined
}

const hashes: readonly Hash[] = [md5, sha1, sha256, sha384, sha512]

function hashNamed(name: HashName): Hash {
  const hash = hashes.find((h) => h.name === name)
  if (!hash) throw new TypeError(`hash: ${hashes.map((h) => h.name).join(', ')} expected`)
  return hash
}

/** OpenSSH's own container where none is named. */
const privateTarget = (format = 'openssh') => ({ format, formats: formats.allPrivateFormats })
const publicTarget = (format = 'openssh') => ({ format, formats: formats.allPublicFormats, types: keys.allTypes })

/**
 * Makes a new private key: `'ed25519'` (default), `'ecdsa-p256'`, `'ecdsa-p384'`, `'ecdsa-p521'`, `'rsa'` (`bits` 1024 to
 * 16384, 3072 where not given), or `'mldsa44-ed25519'` (for OpenSSH 10.6 and later). Progress of RSA is a heartbeat where WebCrypto makes the key; an abort
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
  const found = keyAliases.includes(type) && keys.allTypes.find((t) => t.alias === type)
  if (!found) throw new TypeError(`key type: ${keyAliases.join(', ')} expected`)
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
  const { types = keys.allTypes, limits } = options
  return formats.parsePublicKey(input, { types, limits, formats: formats.allPublicFormats })
}

/**
 * Writes a public key: `'openssh'` (default), `'spki'`, `'pkcs1'`, `'rfc4716'`, `'jwk'`, `'sshfp'`, `'putty-public'`,
 * `'raw'`. Throws `UnsupportedError` (`unsupported-format`, `unsupported-type` for a key that the format cannot hold),
 * `TypeError`.
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
  return formats.formatPublicKey(key, { ...options, ...publicTarget(options.format) })
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
  return formats.parsePrivateKey(input, { ...options, types: keys.allTypes, formats: formats.allPrivateFormats })
}

/**
 * Writes a private key: `'openssh'` (default), `'pkcs8'`, `'pkcs1'`, `'sec1'`, `'dsa'`, `'ppk3'` (also `'ppk'`), `'ppk2'`,
 * `'jwk'`; encrypted where there is a passphrase. OpenSSH's is `aes256-ctr` with 24 rounds of bcrypt unless said otherwise, byte for
 * byte as `ssh-keygen` writes it. Throws `UnsupportedError` (`unsupported-format`, `unsupported-type`, …), `SignerError`
 * `wiped`, the signal's reason.
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
  return formats.formatPrivateKey(key, { ...options, ...privateTarget(options.format) })
}

/**
 * The bytes of a public key: DER of `'spki'` (default) or `'pkcs1'`, or the bare blob, `'raw'`.
 * Throws `UnsupportedError` (`unsupported-format`, `unsupported-type`).
 *
 * @example
 * ```ts
 * import { encodePublicKey, generateKey } from 'hawser'
 *
 * console.log(encodePublicKey((await generateKey()).publicKey).length) // 44
 * ```
 */
export function encodePublicKey(
  key: keys.PublicKey,
  options: { readonly format?: string | undefined } = {},
): Uint8Array {
  return formats.encodePublicKey(key, publicTarget(options.format ?? 'spki'))
}

/**
 * The bytes of a private key: DER of `'pkcs8'` (default), `'pkcs1'`, `'sec1'` or `'dsa'`. Its user wipes them.
 * Throws `UnsupportedError` (`unsupported-format`, `unsupported-type`), `SignerError` `wiped`.
 *
 * @example
 * ```ts
 * import { createPrivateKey } from 'node:crypto'
 * import { encodePrivateKey, generateKey } from 'hawser'
 *
 * const der = await encodePrivateKey(await generateKey('ecdsa-p256'))
 * const keyObject = createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' })
 * console.log(keyObject.asymmetricKeyType) // ec
 * ```
 */
export function encodePrivateKey(
  key: keys.PrivateKey,
  options: WritePrivateOptions & { readonly format?: string | undefined } = {},
): Promise<Uint8Array> {
  return formats.encodePrivateKey(key, { ...options, ...privateTarget(options.format ?? 'pkcs8') })
}

/**
 * The fingerprint of a public key, a private key or a certificate (whose plain key is hashed), SHA-256 by default.
 * Throws `TypeError` for a hash or an encoding that is none.
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
 * Says which form of a fingerprint of `key` a text is that somebody reads in a console, or `undefined` where it is none.
 * OpenSSH's forms, Alibaba's and AWS's Ed25519 hash the public key; AWS's imported RSA and SPKI pins its SPKI; AWS's
 * created RSA the private key, which must then be given; the thumbprint the DER of `certificate`.
 *
 * @example
 * ```ts
 * import { matchFingerprint, parsePublicKey } from 'hawser'
 *
 * const key = parsePublicKey('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I')
 * const match = await matchFingerprint(key, 'QrrEz7fvcJ2ebxL6MfeZMIYGOSzuP4vCQqb2gUZkx0s=')
 * console.log(match?.form) // aws-ed25519
 * ```
 */
export async function matchFingerprint(
  key: keys.PublicKey | keys.PrivateKey | keys.Certificate,
  text: string,
  options: { readonly certificate?: Uint8Array | undefined } = {},
): Promise<print.FingerprintMatch | undefined> {
  const publicKey = 'publicKey' in key ? key.publicKey : key
  const mapped = keys.findType(keys.allTypes, publicKey.type)?.asn1 !== undefined
  const pkcs8 = mapped && key instanceof keys.PrivateKey ? await encodePrivateKey(key) : undefined
  try {
    return print.matchFingerprint(publicKey, text, {
      spki: mapped ? () => encodePublicKey(publicKey) : undefined,
      pkcs8,
      certificate: options.certificate,
    })
  } finally {
    pkcs8?.fill(0)
  }
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
export function parseCertificate(input: string | Uint8Array, options: ParseOptions = {}): keys.Certificate {
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
