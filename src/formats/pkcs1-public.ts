/** RSAPublicKey: RFC 8017 appendix A.1.1; as PEM or raw DER. It names no algorithm, so only RSA can stand in it. */

import { encodeDer } from '../asn1/index.ts'
import { type KeyType, needType } from '../keys/key-type.ts'
import { type PublicKey, publicComponents } from '../keys/public-key.ts'
import { withLimits } from '../limits.ts'
import { encodeArmor } from '../wire/armor.ts'
import { noPlace, noType } from '../wire/expect.ts'
import { readValue, writeValue } from './asn1-key.ts'
import { finishPublic, type Known } from './components.ts'
import type { PublicFormat, WritePublicOptions } from './format.ts'
import { looksLike, PEM_WIDTH } from './pem.ts'
import { withBodyNow } from './source.ts'

const LABEL = 'RSA PUBLIC KEY'
/** The object identifier whose types stand in it: rsaEncryption. */
const RSA = '1.2.840.113549.1.1.1'

function encode(key: PublicKey, { types }: WritePublicOptions): Uint8Array {
  const type = needType(types, key.type)
  if (type.asn1?.oid !== RSA) {
    throw noPlace('pkcs1', key.type, 'unsupported-format')
  }
  return encodeDer(writeValue(type.asn1.publicKey, publicComponents(key, type)))
}

function rsaType(types: readonly KeyType[]): KeyType {
  const type = types.find((t) => t.asn1?.oid === RSA)
  if (type) return type
  throw noType('key', LABEL)
}

/** PKCS#1 public keys: "RSA PUBLIC KEY". */
export const pkcs1Public: PublicFormat = {
  name: 'pkcs1',
  recognise: (source) => looksLike(source, [LABEL], /^02 02$/),
  parse(source, options) {
    const type = rsaType(options.types)
    const known: Known = {}
    const limits = withLimits(options.limits)
    withBodyNow(source, (der) => readValue(type, type.asn1!.publicKey, der, known, limits))
    return finishPublic(type, known, options)
  },
  format: (key, options) => encodeArmor(LABEL, encode(key, options), PEM_WIDTH),
  encode,
}
