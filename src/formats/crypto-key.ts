/**
 * CryptoKeys in and out: W3C Web Cryptography sections 14.3.9 (`importKey`) and 14.3.10 (`exportKey`), by way of
 * PKCS#8 and SPKI. A `CryptoKey` of the platform is a `WebCryptoKey` here.
 */

import { subtle, type WebCryptoAlgorithm, type WebCryptoKey } from '../crypto/webcrypto.ts'
import { UnsupportedError } from '../errors.ts'
import { needType } from '../keys/key-type.ts'
import { PrivateKey } from '../keys/private-key.ts'
import type { KeyOptions, PublicKey } from '../keys/public-key.ts'
import { cryptoAlgorithm, cryptoKeyKind } from './crypto-algorithm.ts'
import { provePrivateKey } from './parse.ts'
import { decodePrivateKeyInfo, encodePrivateKeyInfo } from './pkcs8-info.ts'
import { decodeSpki, encodeSpki } from './spki.ts'

/** `SubtleCrypto` as far as it moves keys. */
interface KeyStore {
  importKey(
    format: 'pkcs8' | 'spki',
    keyData: Uint8Array,
    algorithm: WebCryptoAlgorithm,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<WebCryptoKey>
  exportKey(format: 'pkcs8' | 'spki', key: WebCryptoKey): Promise<ArrayBuffer>
}

function keyStore(): KeyStore {
  const platform = subtle() as unknown as KeyStore | undefined
  if (!platform) throw new UnsupportedError('unsupported-format', 'no crypto.subtle here')
  return platform
}

/** Runs what the platform may refuse: key types, sizes and usages differ from runtime to runtime. */
async function orUnsupported<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw new UnsupportedError('unsupported-type', `WebCrypto here does not ${what}`, { cause })
  }
}

/** How to make a CryptoKey. */
export interface ImportCryptoKeyOptions {
  /** The one signature algorithm that the CryptoKey is for, by its SSH name; the type's default where it is not given. */
  readonly algorithm?: string | undefined
  /** Whether the CryptoKey's bytes may leave it again; `false` where it is not given. */
  readonly extractable?: boolean | undefined
  /** In place of `['sign']` for a private key, `['verify']` for a public one. */
  readonly usages?: readonly string[] | undefined
}

/** What an exported key is to be like. */
export interface ExportCryptoKeyOptions extends KeyOptions {
  readonly comment?: string | undefined
}

function checkExport(
  key: WebCryptoKey,
  half: 'private' | 'public',
  options: ExportCryptoKeyOptions,
): ExportCryptoKeyOptions {
  if (key.type !== half) throw new TypeError(`a ${half} CryptoKey expected`)
  cryptoKeyKind(options.types, key.algorithm)
  if (!key.extractable) {
    throw new UnsupportedError('not-extractable', 'CryptoKey: it gives out no bytes; see cryptoKeySigner')
  }
  return options
}

/**
 * A CryptoKey (WebCrypto) with the private key, not extractable unless asked for.
 * Throws `UnsupportedError` (`unsupported-type`, `unsupported-algorithm`), `SignerError` `wiped`.
 *
 * @example
 * ```ts
 * import { importCryptoKey } from 'hawser/formats'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const cryptoKey = await importCryptoKey(await generatePrivateKey(ed25519))
 * console.log(cryptoKey.type, cryptoKey.extractable) // private false
 * ```
 *
 * A `KeyObject` of Node needs no function of its own: PKCS#8 (and SPKI) in DER goes both ways.
 *
 * @example
 * ```ts
 * import { createPrivateKey } from 'node:crypto'
 * import { parsePrivateKey, pkcs8 } from 'hawser/formats'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const der = await pkcs8.encode(await generatePrivateKey(ed25519), {})
 * const keyObject = createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' })
 * const bytes = keyObject.export({ format: 'der', type: 'pkcs8' })
 * const key = await parsePrivateKey(bytes, { types: [ed25519], formats: [pkcs8] })
 * console.log(key.type) // ssh-ed25519
 * ```
 */
export async function importCryptoKey(key: PrivateKey, options: ImportCryptoKeyOptions = {}): Promise<WebCryptoKey> {
  const algorithm = cryptoAlgorithm(key.keyType, options.algorithm)
  const store = keyStore()
  const der = encodePrivateKeyInfo(key)
  try {
    const { extractable = false, usages = ['sign'] } = options
    return await orUnsupported(
      `import a ${key.type} key`,
      store.importKey('pkcs8', der, algorithm, extractable, usages),
    )
  } finally {
    der.fill(0)
  }
}

/**
 * The private key in an extractable CryptoKey (Ed25519, ECDSA, RSASSA-PKCS1-v1_5).
 * Throws `UnsupportedError` (`not-extractable`, `unsupported-algorithm`), `TypeError` for a CryptoKey that is not
 * private.
 *
 * @example
 * ```ts
 * import { exportCryptoKey, importCryptoKey } from 'hawser/formats'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const cryptoKey = await importCryptoKey(await generatePrivateKey(ed25519), { extractable: true })
 * const key = await exportCryptoKey(cryptoKey, { types: [ed25519], comment: 'me@home' })
 * console.log(key.comment) // me@home
 * ```
 */
export async function exportCryptoKey(key: WebCryptoKey, options: ExportCryptoKeyOptions): Promise<PrivateKey> {
  const { comment = '', ...reading } = checkExport(key, 'private', options)
  const der = new Uint8Array(await orUnsupported('export the key', keyStore().exportKey('pkcs8', key)))
  try {
    const read = decodePrivateKeyInfo(der, reading)
    await provePrivateKey(read)
    // The bytes change their owner, they are not copied.
    return new PrivateKey(read.keyType, read.exposeComponents(), comment)
  } finally {
    der.fill(0)
  }
}

/**
 * A CryptoKey (WebCrypto) with the public key, extractable unless said otherwise.
 * Throws `UnsupportedError` (`unsupported-type`, `unsupported-algorithm`), `FormatError` (`truncated`, `bad-value`, …).
 *
 * @example
 * ```ts
 * import { importPublicCryptoKey } from 'hawser/formats'
 * import { ecdsaP256, generatePrivateKey } from 'hawser/keys'
 *
 * const { publicKey } = await generatePrivateKey(ecdsaP256)
 * const cryptoKey = await importPublicCryptoKey(publicKey, { types: [ecdsaP256] })
 * console.log(cryptoKey.usages) // [ 'verify' ]
 * ```
 */
export async function importPublicCryptoKey(
  key: PublicKey,
  options: ImportCryptoKeyOptions & KeyOptions,
): Promise<WebCryptoKey> {
  const algorithm = cryptoAlgorithm(needType(options.types, key.type), options.algorithm)
  const { extractable = true, usages = ['verify'] } = options
  const der = encodeSpki(key, options)
  return orUnsupported(`import a ${key.type} key`, keyStore().importKey('spki', der, algorithm, extractable, usages))
}

/**
 * The public key in an extractable public CryptoKey. Throws as {@link exportCryptoKey}.
 *
 * @example
 * ```ts
 * import { exportPublicCryptoKey, importPublicCryptoKey } from 'hawser/formats'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const { publicKey } = await generatePrivateKey(ed25519)
 * const cryptoKey = await importPublicCryptoKey(publicKey, { types: [ed25519] })
 * console.log((await exportPublicCryptoKey(cryptoKey, { types: [ed25519] })).type) // ssh-ed25519
 * ```
 */
export async function exportPublicCryptoKey(key: WebCryptoKey, options: ExportCryptoKeyOptions): Promise<PublicKey> {
  const { comment = '', ...reading } = checkExport(key, 'public', options)
  const der = new Uint8Array(await orUnsupported('export the key', keyStore().exportKey('spki', key)))
  return { ...decodeSpki(der, reading), comment }
}
