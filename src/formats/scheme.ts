/**
 * How the DER in a file is encrypted. PBES1 and PBES2 (RFC 8018 section 6) and DEK-Info (RFC 1421) differ in where they
 * write it down; what they do is the same: a key from the passphrase, and a block cipher in CBC mode.
 */

import { decodeDer } from '../asn1/index.ts'
import type { WorkOptions } from '../crypto/progress.ts'
import type { Limits } from '../limits.ts'
import { type CbcCipher, cbcOpen, cbcSeal } from './cbc-ciphers.ts'
import type { Encryption, Passphrase } from './format.ts'
import { needPassphrase, withPassphrase, wrongPassphrase } from './passphrase.ts'

/** Key and IV of one file. */
export interface KeyAndIv {
  readonly key: Uint8Array
  readonly iv: Uint8Array
}

/** How a file is encrypted, its costs judged already. */
export interface Scheme {
  readonly cipher: CbcCipher
  /** Name of the key derivation, for people. */
  readonly kdf: string
  /** Its rounds; N of scrypt. */
  readonly rounds: number
  /** Derives the key, which is wiped after its use. */
  derive(passphrase: Uint8Array, work: WorkOptions): Promise<KeyAndIv>
}

/** A scheme with what it has encrypted. */
export interface Encrypted {
  readonly scheme: Scheme
  readonly data: Uint8Array
}

/** The same for people. */
export function schemeFacts({ cipher, kdf, rounds }: Scheme): Encryption {
  return { cipher: cipher.name, kdf, rounds }
}

function run(
  { scheme, data }: Encrypted,
  passphrase: Passphrase,
  work: WorkOptions,
  transform: typeof cbcOpen,
): Promise<Uint8Array> {
  return withPassphrase(passphrase, async (octets) => {
    const { key, iv } = await scheme.derive(octets, work)
    try {
      return transform(scheme.cipher, key, iv, data)
    } finally {
      key.fill(0)
    }
  })
}

/** Decrypts; gives DER, which the caller wipes. Throws `PassphraseError`, `FormatError`, the signal's reason. */
export async function openDer(
  encrypted: Encrypted,
  what: string,
  options: WorkOptions & {
    readonly passphrase?: Passphrase | undefined
    readonly limits?: Partial<Limits> | undefined
  },
): Promise<Uint8Array> {
  const passphrase = needPassphrase(options.passphrase, encrypted.scheme.cipher.name)
  const opened = await run(encrypted, passphrase, options, cbcOpen)
  try {
    // A wrong passphrase leaves valid padding once in 256 files, but no DER.
    decodeDer(opened, what, options.limits)
    return opened
  } catch (cause) {
    opened.fill(0)
    throw wrongPassphrase(cause)
  }
}

/** Encrypts DER. Throws `UnsupportedError` `unsupported-cipher` for a cipher that is only read, the signal's reason. */
export function sealDer(
  scheme: Scheme,
  der: Uint8Array,
  options: WorkOptions & { readonly passphrase: Passphrase },
): Promise<Uint8Array> {
  return run({ scheme, data: der }, options.passphrase, options, cbcSeal)
}
