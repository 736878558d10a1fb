/** Keys in every container, bound to all types and formats. */

import type { WorkOptions } from '../crypto/progress.ts'
import type { Random } from '../crypto/random.ts'
import type { ReadPrivateOptions, WritePrivateOptions } from '../formats/format.ts'
import * as formats from '../formats/index.ts'
import * as keys from '../keys/index.ts'
import type { ParseOptions } from './options.ts'

const keyAliases = ['ed25519', 'ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'rsa', 'mldsa44-ed25519'] as const

/** The everyday names of key types that can be made. */
export type KeyAlias = 'ed25519' | 'ecdsa-p256' | 'ecdsa-p384' | 'ecdsa-p521' | 'rsa' | 'mldsa44-ed25519'

/** Text, the bytes of a file, or a JWK. */
export type Input = formats.Input

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
 * `'raw'`. Throws `UnsupportedError` `unsupported-format` for another format, or one that has no form for the key (of JWK,
 * SSHFP and PuTTY `unsupported-type`), `TypeError`.
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
 * `LimitError`, `UnsupportedError` (`unsupported-type`, `unsupported-cipher`, `unsupported-kdf`, …), the signal's reason.
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
