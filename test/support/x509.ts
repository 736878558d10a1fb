/** The X.509 set of the project (`test/vectors/make-x509.sh`) and what openssl says of it. */

import { parsePrivateKey } from '../../src/formats/index.ts'
import { pkcs8 } from '../../src/formats/pkcs8.ts'
import { allTypes, type PrivateKey } from '../../src/keys/index.ts'
import { vector, vectorText } from './vectors.ts'

/** What `openssl x509` says of a certificate. */
export interface X509Vector {
  readonly file: string
  readonly subject: string
  readonly issuer: string
  readonly serial: string
  readonly notBefore: string
  readonly notAfter: string
  readonly sha1: string
  readonly sha256: string
}

export const x509Vectors: readonly X509Vector[] = JSON.parse(vectorText('x509/manifest.json'))

/** Names of the keys of the set. */
export const x509Keys: readonly string[] = ['rsa', 'p256', 'p384', 'p521', 'ed25519']

/** A file of the set. */
export function x509File(name: string): Uint8Array {
  return vector(`x509/${name}`)
}

/** A private key of the set. */
export function x509Key(name: string): Promise<PrivateKey> {
  return parsePrivateKey(x509File(`${name}.key`), { types: allTypes, formats: [pkcs8] })
}
