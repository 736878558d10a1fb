/** EncryptedPrivateKeyInfo (RFC 5958 section 3) with PBES2 and PBES1 (RFC 8018 section 6). */

import { type DerReader, decodeDer, derOctetString, derSequence, encodeDer } from '../asn1/index.ts'
import { type Limits, withLimits } from '../limits.ts'
import { notKnown } from '../wire/expect.ts'
import type { Passphrase, WritePrivateOptions } from './format.ts'
import { newPassphrase } from './passphrase.ts'
import { readPbes1 } from './pbes1.ts'
import { newPbes2, PBES2, readPbes2 } from './pbes2.ts'
import { type Encrypted, type Scheme, sealDer } from './scheme.ts'

/** For messages. */
export const ENCRYPTED_PKCS8 = 'encrypted PKCS#8'

const WHAT = ENCRYPTED_PKCS8

/** The scheme of a file and its ciphertext, a view. Throws `FormatError`, `UnsupportedError`, `LimitError` `limit`. */
export function readEncrypted(der: Uint8Array, partial?: Partial<Limits>): Encrypted {
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
  if (!scheme) throw notKnown('unsupported-cipher', 'cipher', oid)
  algorithm.end(`${WHAT} algorithm`)
  return scheme
}

/** Encrypts DER by PBES2. Throws `TypeError`, `UnsupportedError`, the signal's reason. */
export async function sealEncrypted(
  der: Uint8Array,
  options: WritePrivateOptions & { readonly passphrase: Passphrase },
): Promise<Uint8Array> {
  newPassphrase(options.passphrase)
  const { scheme, algorithm } = newPbes2(options)
  return encodeDer(derSequence(algorithm, derOctetString([await sealDer(scheme, der, options)])))
}
