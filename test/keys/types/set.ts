/** The vectors of `types/` (`test/vectors/make-types.sh`), read by the library, and signatures taken out of SSHSIG files. */
import { sha256, sha512 } from '../../../src/crypto/hash.ts'
import { opensshPrivate, opensshPublic, parsePrivateKey, parsePublicKey } from '../../../src/formats/index.ts'
import { allTypes, type PrivateKey, type PublicKey } from '../../../src/keys/index.ts'
import { decodeArmor } from '../../../src/wire/armor.ts'
import { Reader } from '../../../src/wire/reader.ts'
import { Writer } from '../../../src/wire/writer.ts'
import { vector, vectorText } from '../../support/vectors.ts'

/** What ssh-keygen said of a key. */
export interface TypeVector {
  readonly name: string
  readonly type: string
  readonly bits: number
  readonly title: string
  readonly sha256: string
  readonly comment: string
}

export const set: readonly TypeVector[] = JSON.parse(vectorText('types/manifest.json'))

/** The message of all signatures of the set. */
export const message: Uint8Array = vector('types/message')

/** A file of the set. */
export const file = (name: string): Uint8Array => vector(`types/${name}`)

/** The private key `types/NAME`. */
export function privateKeyOf(name: string): Promise<PrivateKey> {
  return parsePrivateKey(file(name), { types: allTypes, formats: [opensshPrivate] })
}

/** The public key `types/NAME.pub`. */
export function publicKeyOf(name: string): PublicKey {
  return parsePublicKey(file(`${name}.pub`), { types: allTypes, formats: [opensshPublic] })
}

/** The signature in an SSHSIG file (openssh-portable PROTOCOL.sshsig), the key beside it, and what was signed. */
export function openSshsig(
  file: Uint8Array,
  message: Uint8Array,
): { readonly key: Uint8Array; readonly signature: Uint8Array; readonly signed: Uint8Array } {
  const reader = new Reader(decodeArmor(file).body)
  reader.take(6, 'magic')
  reader.u32('version')
  const key = reader.string('public key')
  const namespace = reader.string('namespace')
  reader.string('reserved')
  const hash = reader.text('hash')
  const signature = reader.string('signature')
  const digest = (hash === 'sha256' ? sha256 : sha512).digest(message)
  const signed = new Writer().raw(Uint8Array.from('SSHSIG', (c) => c.charCodeAt(0)))
  return { key, signature, signed: signed.string(namespace).string('').string(hash).string(digest).take() }
}
