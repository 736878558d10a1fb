/** SubjectPublicKeyInfo: RFC 5280 section 4.1; as PEM (RFC 7468 section 13) or raw DER. */

import { type DerReader, decodeDer, derBitString, derSequence, encodeDer } from '../asn1/index.ts'
import { needType } from '../keys/key-type.ts'
import { type KeyOptions, type PublicKey, publicComponents } from '../keys/public-key.ts'
import { withLimits } from '../limits.ts'
import { encodeArmor } from '../wire/armor.ts'
import { needAsn1, readAlgorithm, readValue, writeAlgorithm, writeValue } from './asn1-key.ts'
import { finishPublic } from './components.ts'
import type { PublicFormat, WritePublicOptions } from './format.ts'
import { looksLike, PEM_WIDTH } from './pem.ts'
import { withBodyNow } from './source.ts'

const WHAT = 'SPKI'
const LABEL = 'PUBLIC KEY'

/**
 * Reads the next element as a SubjectPublicKeyInfo; it has no comment.
 * Throws `FormatError`, `UnsupportedError` `unsupported-type`, `LimitError`.
 */
export function readSpki(outer: DerReader, options: KeyOptions): PublicKey {
  const reader = outer.sequence(WHAT)
  const { type, known } = readAlgorithm(reader, options.types, WHAT)
  const bits = reader.bitString(`${WHAT} public key`)
  reader.end(WHAT)
  readValue(type, needAsn1(type, WHAT).publicKey, bits, known, withLimits(options.limits))
  return finishPublic(type, known, options)
}

/** Reads a SubjectPublicKeyInfo in DER. Throws as {@link readSpki}. */
export function decodeSpki(der: Uint8Array, options: KeyOptions): PublicKey {
  return readSpki(decodeDer(der, WHAT, options.limits), options)
}

/** DER of a key whose type is among `types`. Throws `UnsupportedError` (`unsupported-type`, `unsupported-format`). */
export function encodeSpki(key: PublicKey, { types }: Pick<WritePublicOptions, 'types'>): Uint8Array {
  const type = needType(types, key.type)
  const asn1 = needAsn1(type, WHAT)
  const components = publicComponents(key, type)
  const bits = derBitString(writeValue(asn1.publicKey, components))
  return encodeDer(derSequence(writeAlgorithm(asn1, components), bits))
}

/** SubjectPublicKeyInfo: "PUBLIC KEY". */
export const spki: PublicFormat & Required<Pick<PublicFormat, 'encode'>> = {
  name: 'spki',
  recognise: (source) => looksLike(source, [LABEL], /^30\(06\) 03$/),
  parse: (source, options) => withBodyNow(source, (der) => decodeSpki(der, options)),
  format: (key, options) => encodeArmor(LABEL, encodeSpki(key, options), PEM_WIDTH),
  encode: encodeSpki,
}
