/** Keys of the project's own set, read by the library, and hand-made blobs. */
import { opensshPrivate, opensshPublic, parsePrivateKey, parsePublicKey } from '../../src/formats/index.ts'
import { allTypes, type PrivateKey, type PublicKey } from '../../src/keys/index.ts'
import { Writer } from '../../src/wire/writer.ts'
import { vector } from './vectors.ts'

/** The private key `keys/NAME`. */
export function privateKey(name: string): Promise<PrivateKey> {
  return parsePrivateKey(vector(`keys/${name}`), { types: allTypes, formats: [opensshPrivate] })
}

/** The public key `keys/NAME.pub`. */
export function publicKey(name: string): PublicKey {
  return parsePublicKey(vector(`keys/${name}.pub`), { types: allTypes, formats: [opensshPublic] })
}

/** A blob of strings (text or octets), one after the other. */
export function blobOf(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  const writer = new Writer()
  for (const part of parts) writer.string(part)
  return writer.take()
}

/** The error that `work` throws or rejects with. */
export async function failure(work: () => unknown): Promise<unknown> {
  try {
    await work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
