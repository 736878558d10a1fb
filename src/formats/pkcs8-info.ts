/** PrivateKeyInfo and OneAsymmetricKey: RFC 5208 section 5, RFC 5958 section 2. */

import { type DerReader, decodeDer, derNumber, derOctetString, derSequence } from '../asn1/index.ts'
import type { PrivateKey } from '../keys/private-key.ts'
import type { KeyOptions } from '../keys/public-key.ts'
import { withLimits } from '../limits.ts'
import { bad } from '../wire/expect.ts'
import { encodePrivate, needAsn1, readAlgorithm, readValue, writeAlgorithm, writeValue } from './asn1-key.ts'
import { finishPrivate, wipeKnown } from './components.ts'

const WHAT = 'PKCS#8'

/**
 * Decodes a plain PKCS#8. Version 1 (the number 0) has no public key, version 2 (the number 1) has one; attributes are
 * not looked at. Throws `FormatError`, `UnsupportedError` `unsupported-type`, `LimitError`.
 */
export function decodePrivateKeyInfo(der: Uint8Array, options: KeyOptions): PrivateKey {
  const limits = withLimits(options.limits)
  const reader = decodeDer(der, WHAT, limits).sequence(WHAT)
  const version = reader.number(`${WHAT} version`, 0xffff)
  if (version > 1) throw bad(WHAT, 'version 0 or 1')
  const { type, known } = readAlgorithm(reader, options.types, WHAT)
  try {
    const asn1 = needAsn1(type, WHAT)
    const privateKey = reader.octetString(`${WHAT} private key`)
    reader.context(0)
    const publicKey = readPublicKey(reader)
    reader.end(WHAT)
    if ((publicKey !== undefined) !== (version === 1)) {
      throw bad(WHAT, 'a public key in version 2 alone')
    }
    readValue(type, asn1.privateKey, privateKey, known, limits)
    if (publicKey) readValue(type, asn1.publicKey, publicKey, known, limits)
    return finishPrivate(type, known, options)
  } finally {
    wipeKnown(known)
  }
}

/** A BIT STRING inside of [1] is a tolerance: ring before 0.17 wrote it (briansmith/ring#1464). */
function readPublicKey(reader: DerReader): Uint8Array | undefined {
  const what = `${WHAT} public key`
  const explicit = reader.context(1)
  if (!explicit) return reader.implicitBitString(1, what)
  const bits = explicit.bitString(what)
  explicit.end(what)
  return bits
}

/** Encodes a key as version 1, which every reader takes; OpenSSL 3.0 refuses version 2. The caller wipes it. */
export function encodePrivateKeyInfo(key: PrivateKey): Uint8Array {
  const asn1 = needAsn1(key.keyType, WHAT)
  return encodePrivate(key, (components) =>
    derSequence(
      derNumber(0),
      writeAlgorithm(asn1, components),
      derOctetString(writeValue(asn1.privateKey, components)),
    ),
  )
}
