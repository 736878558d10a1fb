/** The part of the platform's WebCrypto that this library uses: W3C Web Cryptography, section 14 (`SubtleCrypto`). */

import { SignerError } from '../errors.ts'
import type { AbortSignalLike } from './progress.ts'

/** A key that the platform holds; a real `CryptoKey` is assignable. */
export interface WebCryptoKey {
  readonly type: string
  readonly extractable: boolean
  readonly algorithm: object
  readonly usages: readonly string[]
}

/** An algorithm identifier as WebCrypto takes it. One object may serve import and use: what a call does not know it ignores. */
export type WebCryptoAlgorithm = string | { readonly name: string; readonly [parameter: string]: unknown }

/** Formats of keys; the last two are of the draft that brings ML-DSA. */
type KeyFormat = 'raw' | 'pkcs8' | 'jwk' | 'raw-seed' | 'raw-public'

/** The methods of `SubtleCrypto` that this library calls. */
export interface Subtle {
  importKey(
    format: KeyFormat,
    keyData: Uint8Array | object,
    algorithm: WebCryptoAlgorithm,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<WebCryptoKey>
  exportKey(format: 'raw' | 'pkcs8', key: WebCryptoKey): Promise<ArrayBuffer>
  generateKey(
    algorithm: WebCryptoAlgorithm,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<{ readonly publicKey: WebCryptoKey; readonly privateKey: WebCryptoKey }>
  sign(algorithm: WebCryptoAlgorithm, key: WebCryptoKey, data: Uint8Array): Promise<ArrayBuffer>
  verify(algorithm: WebCryptoAlgorithm, key: WebCryptoKey, signature: Uint8Array, data: Uint8Array): Promise<boolean>
}

/** Makes the signature of `data`; both in octets. */
export type Sign = (data: Uint8Array) => Promise<Uint8Array>

/** Whether `signature` is the prepared key's signature of `data`. */
export type Verify = (signature: Uint8Array, data: Uint8Array) => Promise<boolean>

/** The runtime's `crypto.subtle` at this moment; `undefined` where there is none (old runtimes, insecure contexts). */
export function subtle(): Subtle | undefined {
  return (globalThis as { readonly crypto?: { readonly subtle?: Subtle } }).crypto?.subtle
}

/**
 * Imports a private key in PKCS#8, which is wiped, and gives its signing function; where WebCrypto is missing or refuses
 * the key, `pure` signs. What the platform's function cannot do is `SignerError` code `signer-failed`.
 */
export async function subtleSigner(
  pkcs8: Uint8Array,
  algorithm: WebCryptoAlgorithm,
  pure: (data: Uint8Array) => Uint8Array,
): Promise<Sign> {
  try {
    const imported = await importHere('pkcs8', pkcs8, algorithm, 'sign')
    return imported ? signingFunction(imported, () => algorithm) : async (data) => pure(data)
  } finally {
    pkcs8.fill(0)
  }
}

/** Signs with an imported key; the parameters are made anew for each signature. `SignerError` code `signer-failed`. */
export function signingFunction(
  [platform, key]: readonly [Subtle, WebCryptoKey],
  parameters: () => WebCryptoAlgorithm,
): Sign {
  return async (data) => {
    try {
      return new Uint8Array(await platform.sign(parameters(), key, data))
    } catch (cause) {
      throw new SignerError('signer-failed', 'WebCrypto did not sign', { cause })
    }
  }
}

/**
 * A new key pair of the platform, taken over by `read`, which gets the private key in PKCS#8 (wiped afterwards);
 * `undefined` where the platform does not make it, or nobody waits any more.
 */
export async function subtleGenerate<T>(
  algorithm: WebCryptoAlgorithm,
  read: (pkcs8: Uint8Array, platform: Subtle, publicKey: WebCryptoKey) => T | undefined | Promise<T | undefined>,
  signal?: AbortSignalLike,
): Promise<T | undefined> {
  const platform = subtle()
  try {
    if (!platform) return undefined
    const { publicKey, privateKey } = await platform.generateKey(algorithm, true, ['sign', 'verify'])
    // Where nobody waits, the key never leaves the platform.
    if (signal?.aborted) return undefined
    const pkcs8 = new Uint8Array(await platform.exportKey('pkcs8', privateKey))
    try {
      return await read(pkcs8, platform, publicKey)
    } finally {
      pkcs8.fill(0)
    }
  } catch {
    // Not a verdict, only "not here": the caller then computes.
    return undefined
  }
}

/**
 * Imports a public key and gives its verifying function. Where WebCrypto is missing, refuses the key, or takes it but
 * then throws, `pure` gives the verdict.
 */
export async function subtleVerifier(
  format: 'raw' | 'jwk',
  publicKey: Uint8Array | object,
  algorithm: WebCryptoAlgorithm,
  pure: (signature: Uint8Array, data: Uint8Array) => boolean,
): Promise<Verify> {
  const imported = await importHere(format, publicKey, algorithm, 'verify')
  if (!imported) return async (signature, data) => pure(signature, data)
  const [platform, key] = imported
  return async (signature, data) => {
    try {
      return await platform.verify(algorithm, key, signature, data)
    } catch {
      // "Cannot do this here" is not "bad signature": Deno 2.9 imports RSA keys of 8192 bits, but verifies up to 4096.
      return pure(signature, data)
    }
  }
}

/** Imports a key for one use; `undefined` where WebCrypto is missing or refuses the key. */
export async function importHere(
  format: KeyFormat,
  keyData: Uint8Array | object,
  algorithm: WebCryptoAlgorithm,
  usage: 'sign' | 'verify',
): Promise<readonly [Subtle, WebCryptoKey] | undefined> {
  const platform = subtle()
  try {
    return platform && [platform, await platform.importKey(format, keyData, algorithm, false, [usage])]
  } catch {
    // NotSupportedError, DataError, OperationError …: engines disagree on which. Whether the key is bad or only
    // unknown here is for the caller's pure path to say.
    return undefined
  }
}
