/** The containers in DER, all in one list, and the files of `vectors/der`. */

import {
  opensshPrivate,
  type PrivateFormat,
  type PublicFormat,
  parsePrivateKey,
  parsePublicKey,
} from '../../src/formats/index.ts'
import { pkcs1Public } from '../../src/formats/pkcs1-public.ts'
import { pkcs8 } from '../../src/formats/pkcs8.ts'
import { spki } from '../../src/formats/spki.ts'
import { dsa, pkcs1, sec1 } from '../../src/formats/traditional.ts'
import { allTypes, type KeyType, type PrivateKey, type PublicKey } from '../../src/keys/index.ts'
import { vector, vectorText } from './vectors.ts'

export const types: readonly KeyType[] = allTypes
export const privateFormats: readonly PrivateFormat[] = [pkcs8, pkcs1, sec1, dsa]
export const publicFormats: readonly PublicFormat[] = [spki, pkcs1Public]

/** The passphrase of every encrypted file in `vectors/der`. */
export const passphrase = 'correct horse'

/** Reads a private key in one of the containers. */
export function readPrivate(input: string | Uint8Array, phrase?: string | Uint8Array): Promise<PrivateKey> {
  return parsePrivateKey(input, { types, formats: privateFormats, passphrase: phrase })
}

/** Reads a public key in one of the containers. */
export function readPublic(input: string | Uint8Array): PublicKey {
  return parsePublicKey(input, { types, formats: publicFormats })
}

/** The file `der/NAME`. */
export function derVector(name: string): Uint8Array {
  return vector(`der/${name}`)
}

/** What a file of `vectors/der` must yield, by the first word of its name: base64 of the public blob. */
export async function expectedBlob(name: string): Promise<string> {
  const key = name.split('.', 1)[0]!
  if (key === 'dsa1024') return vectorText('der/dsa1024.pub').split(' ')[1]!.trim()
  // No tool prints a line of it, but its SPKI ends with the 32 octets that the blob ends with.
  if (key === 'openssl25519') {
    const point = atob(vectorText('der/openssl25519.spki').split('\n')[1]!).slice(-32)
    return btoa(`\0\0\0\x0bssh-ed25519\0\0\0 ${point}`)
  }
  const { publicKey } = await parsePrivateKey(vector(`keys/${key}`), { types, formats: [opensshPrivate] })
  return btoa(String.fromCharCode(...publicKey.blob))
}
