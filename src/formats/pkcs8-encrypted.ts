/** EncryptedPrivateKeyInfo (RFC 5958 section 3) with PBES2 and PBES1 (RFC 8018 section 6). */

import { type Der, type DerReader, decodeDer, derOctetString, derSequence, encodeDer } from '../asn1/index.ts'
import type { WorkOptions } from '../crypto/progress.ts'
import { type Limits, withLimits } from '../limits.ts'
import { notKnown } from '../wire/expect.ts'
import { type CbcCipher, cbcOpen, cbcSeal } from './cbc-ciphers.ts'
import type { Encryption, Passphrase, WritePrivateOptions } from './format.ts'
import { needPassphrase, newPassphrase, withPassphrase, wrongPassphrase } from './passphrase.ts'
import { readPbes1 } from './pbes1.ts'
import { newPbes2, PBES2, readPbes2 } from './pbes2.ts'

const WHAT = 'encrypted PKCS#8'

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
  /** Derives the key; the caller wipes it. */
  derive(passphrase: Uint8Array, work: WorkOptions): Promise<KeyAndIv>
}

/** The scheme of a file and its ciphertext. Throws `FormatError`, `UnsupportedError`, `LimitError` `limit`. */
export function readEncrypted(der: Uint8Array, partial?: Partial<Limits>): { scheme: Scheme; data: Uint8Array } {
  const limits = withLimits(partial)
  const reader = decodeDer(der, WHAT, limits).sequence(WHAT)
  const scheme = readScheme(reader.sequence(`${WHAT} algorithm`), limits)
  const data = reader.octetString(`${WHAT} data`)
  reader.end(WHAT)
  return { scheme, data }
}

function readScheme(algorithm: DerReader, limits: Limits): Scheme {
  const oid = algorithm.oid(`${WHAT} algorithm`)
  const scheme = oid === PBES2 ? readPbes2(algorithm.sequence('PBES2'), limits) : readPbes1(oid, algorithm, limits)
  if (!scheme) {
    throw notKnown('unsupported-cipher', 'cipher', oid)
  }
  algorithm.end(`${WHAT} algorithm`)
  return scheme
}

/** The same for people. */
export function schemeFacts({ cipher, kdf, rounds }: Scheme): Encryption {
  return { cipher: cipher.name, kdf, rounds }
}

function withKey<T>(scheme: Scheme, passphrase: Passphrase, work: WorkOptions, use: (keys: KeyAndIv) => T): Promise<T> {
  return withPassphrase(passphrase, async (octets) => {
    const keys = await scheme.derive(octets, work)
    try {
      return use(keys)
    } finally {
      keys.key.fill(0)
    }
  })
}

/**
 * Decrypts a file; gives DER, which the caller wipes. Throws as {@link readEncrypted}, `PassphraseError`, the signal's
 * reason.
 */
export async function openEncrypted(
  der: Uint8Array,
  options: WorkOptions & {
    readonly passphrase?: Passphrase | undefined
    readonly limits?: Partial<Limits> | undefined
  },
): Promise<Uint8Array> {
  const { scheme, data } = readEncrypted(der, options.limits)
  const passphrase = needPassphrase(options.passphrase, scheme.cipher.name)
  const opened = await withKey(scheme, passphrase, options, ({ key, iv }) => cbcOpen(scheme.cipher, key, iv, data))
  try {
    // A wrong passphrase leaves valid padding once in 256 files, but no DER.
    decodeDer(opened, WHAT, options.limits)
    return opened
  } catch (cause) {
    opened.fill(0)
    throw wrongPassphrase(cause)
  }
}

/** Encrypts DER by PBES2. Throws `TypeError`, `UnsupportedError`, the signal's reason. */
export async function sealEncrypted(
  der: Uint8Array,
  options: WritePrivateOptions & { readonly passphrase: Passphrase },
): Promise<Uint8Array> {
  const passphrase = newPassphrase(options.passphrase)
  const { scheme, algorithm } = newPbes2(options)
  const sealed = await withKey(
    scheme,
    passphrase,
    options,
    ({ key, iv }): Der => [cbcSeal(scheme.cipher, key, iv, der)],
  )
  return encodeDer(derSequence(algorithm, derOctetString(sealed)))
}
