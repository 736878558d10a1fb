/**
 * `openssh-key-v1`: the envelope and the private section in it (openssh-portable PROTOCOL.key).
 *
 * The envelope names cipher and KDF and holds the public key in clear; the section, perhaps encrypted, holds two equal
 * check integers, the key and padding 1, 2, 3 …
 */

import { FormatError } from '../errors.ts'
import { readFields, viewFields, wipeSecrets, writeFields } from '../keys/fields.ts'
import { type KeyType, needType } from '../keys/key-type.ts'
import { PrivateKey } from '../keys/private-key.ts'
import { type Limits, withLimits } from '../limits.ts'
import { aboveLimit, bad, trailing } from '../wire/expect.ts'
import { startsWithAt } from '../wire/lines.ts'
import { Reader } from '../wire/reader.ts'
import { encodeText } from '../wire/text.ts'
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
  /** The public key blob: a copy when it was decoded, so that the key can keep it. */
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
  if (salt.length === 0 || rounds === 0) throw bad('bcrypt', 'a salt and at least one round')
  if (rounds > limits.bcryptRounds) throw aboveLimit('bcrypt', `${limits.bcryptRounds} rounds, not ${rounds},`)
  return { salt, rounds }
}

/** Decodes an envelope; its byte strings but the public key are views of `bytes`. Throws `FormatError`, `LimitError`. */
export function decodeEnvelope(bytes: Uint8Array, partial?: Partial<Limits>): Envelope {
  const limits = withLimits(partial)
  const reader = new Reader(bytes, limits.inputLength)
  if (!startsWithAt(reader.bytes, MAGIC, reader.skip(MAGIC.length, 'magic'))) {
    throw bad('openssh-key-v1', 'its magic')
  }
  const cipher = reader.name('cipher', limits.nameLength, 'none')
  const kdf = reader.name('kdf', limits.nameLength, 'none')
  const optionsAt = reader.skipString('kdf options')
  const optionsLength = reader.offset - optionsAt
  if ((kdf === 'none') !== (cipher === 'none')) {
    throw bad('kdf', `another with cipher "${cipher}" than "${kdf}"`)
  }
  const bcrypt =
    kdf === 'bcrypt' ? readBcrypt(new Reader(reader.since(optionsAt), limits.inputLength), limits) : undefined
  if (kdf === 'none' && optionsLength > 0) throw trailing('kdf options', optionsLength)
  const count = reader.u32('number of keys')
  if (count !== 1) throw bad('openssh-key-v1', `one key, not ${count},`)
  const publicBlob = reader.copySince(reader.skipString('public key'))
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
  let difference = section.length < 8 ? 1 : 0
  for (let i = 0; i < 4; i++) difference |= section[i]! ^ section[i + 4]!
  return difference === 0
}

/**
 * Decodes a plain section whose check integers agree. Every copy of the public key in the file is compared; the
 * arithmetic is not. Throws `FormatError`, `UnsupportedError` `unsupported-type`, `LimitError`.
 *
 * `publicBlob` becomes the key's own: its public components may be views of it, none of which is a secret.
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
  const likely = types.find(({ name }) => startsWithAt(publicBlob, name, 4))?.name
  const type = needType(types, outer.name('key type', limits.nameLength, likely))
  const known = viewFields(outer, type.publicFields, type.name)
  outer.end('public key')
  type.checkPublic(known, limits)

  const reader = new Reader(section, limits.stringLength)
  reader.skip(8, 'check integers')
  if (reader.name('key type', limits.nameLength, type.name) !== type.name) {
    throw new FormatError('type-mismatch', 'the private section holds another type than the public key')
  }
  const components = readFields(reader, type.privateFields, type.name, known)
  try {
    const comment = reader.text('comment')
    if (reader.left >= 2 * blockSize) throw bad('padding', 'less than two blocks')
    for (let i = 1; reader.left > 0; i++) if (reader.u8('padding') !== (i & 0xff)) throw bad('padding', '1, 2, 3 …')
    return new PrivateKey(type, components, comment, { type: type.name, blob: publicBlob, comment })
  } catch (error) {
    wipeSecrets(type.privateFields, components)
    throw error
  }
}

/** Encodes the section of a key, padded to `blockSize`. */
export function encodeSection(key: PrivateKey, comment: string, blockSize: number, check: Uint8Array): Uint8Array {
  const commentBytes = encodeText(comment) // before any secret is written: it may throw
  const writer = new Writer().raw(check).raw(check).string(key.type)
  writeFields(writer, key.keyType.privateFields, key.exposeComponents())
  writer.string(commentBytes)
  for (let i = 1; writer.length % blockSize; i++) writer.u8(i)
  return writer.take()
}
