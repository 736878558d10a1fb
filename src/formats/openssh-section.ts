/**
 * `openssh-key-v1`: the envelope and the private section in it (openssh-portable PROTOCOL.key).
 *
 * The envelope names cipher and KDF and holds the public key in clear; the section, perhaps encrypted, holds two equal
 * check integers, the key and padding 1, 2, 3 …
 */

import { equalBytes } from '../crypto/constant-time.ts'
import { FormatError, LimitError } from '../errors.ts'
import { readFields, writeFields } from '../keys/fields.ts'
import { type KeyType, needType } from '../keys/key-type.ts'
import { PrivateKey } from '../keys/private-key.ts'
import { type Limits, withLimits } from '../limits.ts'
import { Reader } from '../wire/reader.ts'
import { escapeText } from '../wire/text.ts'
import { Writer } from '../wire/writer.ts'

/** The label of its armor. */
export const OPENSSH_LABEL = 'OPENSSH PRIVATE KEY'
const MAGIC = 'openssh-key-v1\0'

/** The envelope of one key, nothing of it decrypted. */
export interface Envelope {
  readonly cipher: string
  readonly kdf: string
  /** Parameters of bcrypt; `undefined` where the KDF is `none`. */
  readonly bcrypt: { readonly salt: Uint8Array; readonly rounds: number } | undefined
  /** The public key blob. */
  readonly publicBlob: Uint8Array
  /** The private section, encrypted where there is a cipher. */
  readonly section: Uint8Array
  /** What stands behind the section: the tag of an authenticated cipher. */
  readonly tag: Uint8Array
}

function readBcrypt(options: Reader, limits: Limits): { salt: Uint8Array; rounds: number } {
  const salt = options.string('bcrypt salt', limits.bcryptSaltLength)
  const rounds = options.u32('bcrypt rounds')
  options.end('bcrypt options')
  if (salt.length === 0 || rounds === 0)
    throw new FormatError('bad-value', 'bcrypt: a salt and at least one round expected')
  if (rounds > limits.bcryptRounds) {
    throw new LimitError('limit', `bcrypt: ${rounds} rounds, at most ${limits.bcryptRounds} are run`)
  }
  return { salt, rounds }
}

/** Decodes an envelope; its byte strings are views of `bytes`. Throws `FormatError`, `LimitError`. */
export function decodeEnvelope(bytes: Uint8Array, partial?: Partial<Limits>): Envelope {
  const limits = withLimits(partial)
  const reader = new Reader(bytes, limits.inputLength)
  for (const c of MAGIC) {
    if (reader.u8('magic') !== c.charCodeAt(0)) throw new FormatError('bad-value', 'openssh-key-v1 magic expected')
  }
  const cipher = reader.name('cipher', limits.nameLength)
  const kdf = reader.name('kdf', limits.nameLength)
  const options = reader.inner('kdf options')
  if ((kdf === 'none') !== (cipher === 'none')) {
    throw new FormatError('bad-value', `cipher ${escapeText(cipher)} does not go with kdf ${escapeText(kdf)}`)
  }
  const bcrypt = kdf === 'bcrypt' ? readBcrypt(options, limits) : undefined
  if (kdf === 'none') options.end('kdf options')
  const count = reader.u32('number of keys')
  if (count !== 1) throw new FormatError('bad-value', `one key expected, ${count} announced`)
  const publicBlob = reader.string('public key')
  const section = reader.string('private section')
  return { cipher, kdf, bcrypt, publicBlob, section, tag: reader.rest() }
}

/** Encodes an envelope. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const { bcrypt } = envelope
  const options = bcrypt ? new Writer().string(bcrypt.salt).u32(bcrypt.rounds).take() : new Uint8Array(0)
  return new Writer()
    .raw(Uint8Array.from(MAGIC, (c) => c.charCodeAt(0)))
    .string(envelope.cipher)
    .string(envelope.kdf)
    .string(options)
    .u32(1)
    .string(envelope.publicBlob)
    .string(envelope.section)
    .raw(envelope.tag)
    .take()
}

/**
 * Whether the two check integers of a decrypted section agree. Where they do not, the passphrase was wrong, or the file
 * is damaged.
 */
export function checkIntegersAgree(section: Uint8Array): boolean {
  return section.length >= 8 && equalBytes(section.subarray(0, 4), section.subarray(4, 8))
}

/**
 * Decodes a plain section whose check integers agree. Every copy of the public key in the file is compared; the
 * arithmetic is not. Throws `FormatError`, `UnsupportedError` `unsupported-type`, `LimitError`.
 *
 * A whole block of padding more than needed is a tolerance: PuTTYgen and pyca/cryptography write it.
 */
export function decodeSection(
  section: Uint8Array,
  publicBlob: Uint8Array,
  blockSize: number,
  types: readonly KeyType[],
  partial?: Partial<Limits>,
): PrivateKey {
  const limits = withLimits(partial)
  const outer = new Reader(publicBlob, limits.stringLength)
  const type = needType(types, outer.name('key type', limits.nameLength))
  const known = readFields(outer, type.publicFields, type.name)
  outer.end('public key')
  type.checkPublic(known, limits)

  const reader = new Reader(section, limits.stringLength)
  reader.take(8, 'check integers')
  if (reader.name('key type', limits.nameLength) !== type.name) {
    throw new FormatError('type-mismatch', 'the private section holds another type than the public key')
  }
  const components = readFields(reader, type.privateFields, type.name, known)
  try {
    const comment = reader.text('comment')
    const padding = reader.rest()
    if (padding.length >= 2 * blockSize) throw new FormatError('bad-value', 'two blocks of padding or more')
    padding.forEach((octet, i) => {
      if (octet !== ((i + 1) & 0xff)) throw new FormatError('bad-value', 'padding of 1, 2, 3 … expected')
    })
    return new PrivateKey(type, components, comment)
  } catch (error) {
    for (const field of type.privateFields) if (field.secret) components[field.name]?.fill(0)
    throw error
  }
}

/** Encodes the section of a key, padded to `blockSize`. */
export function encodeSection(key: PrivateKey, comment: string, blockSize: number, check: Uint8Array): Uint8Array {
  const writer = new Writer().raw(check).raw(check).string(key.type)
  writeFields(writer, key.keyType.privateFields, key.exposeComponents())
  writer.string(comment)
  for (let i = 1; writer.length % blockSize; i++) writer.u8(i)
  return writer.take()
}
