/** Names of algorithms and curves that are met in key files and are no SSH key types here, for messages. */

import type { UnsupportedError } from '../errors.ts'
import { noType } from '../wire/expect.ts'

const names: Readonly<Record<string, string>> = {
  '1.3.101.110': 'X25519',
  '1.3.101.111': 'X448',
  '1.3.101.113': 'Ed448',
  '1.2.840.113549.1.1.10': 'RSASSA-PSS',
  '1.2.840.113549.1.3.1': 'Diffie-Hellman',
  '1.3.132.0.10': 'secp256k1',
  '1.3.132.0.33': 'secp224r1',
  '1.3.36.3.3.2.8.1.1.7': 'brainpoolP256r1',
  '1.3.36.3.3.2.8.1.1.11': 'brainpoolP384r1',
  '1.3.36.3.3.2.8.1.1.13': 'brainpoolP512r1',
  '2.16.840.1.101.3.4.3.17': 'ML-DSA-44',
  '2.16.840.1.101.3.4.3.18': 'ML-DSA-65',
  '2.16.840.1.101.3.4.3.19': 'ML-DSA-87',
}

/** The refusal of an algorithm or a curve that none of the given types has. */
export function unsupportedOid(oid: string, what: string): UnsupportedError {
  return noType(what, names[oid] ?? oid)
}
