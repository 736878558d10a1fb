/** Public keys: a type name and a blob (RFC 4253 section 6.6). Unknown types are carried as they are. */

import { FormatError, LimitError } from '../errors.ts'
import { type Limits, withLimits } from '../limits.ts'
import { blobType, readPublicLine } from '../wire/public-line.ts'
import { Reader } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'
import { type Components, readFields, viewFields, writeFields } from './fields.ts'
import { findType, isCertificateName, type KeyType, looksLikeCertificate } from './key-type.ts'

/** A public key. Its bytes are kept as they came. */
export interface PublicKey {
  /** Type name, which is also the first string of the blob. */
  readonly type: string
  /** The whole blob, type name included. */
  readonly blob: Uint8Array
  /** Comment of the line or file it came from; empty where there was none. Lossless text, see `decodeText`. */
  readonly comment: string
}

/** How to read a key. */
export interface KeyOptions {
  /** Types whose fields are decoded and judged; others stay opaque. */
  readonly types: readonly KeyType[]
  /** Ceilings to put over the default ones. */
  readonly limits?: Partial<Limits> | undefined
}

/**
 * A public key from its blob, carried opaque: nothing behind the type name is judged. The blob is copied.
 * Throws `FormatError` (`bad-value`, `is-certificate`).
 *
 * @example
 * ```ts
 * import { opaquePublicKey } from 'hawser/keys'
 * import { Writer } from 'hawser/wire'
 *
 * const blob = new Writer().string('ssh-new@example.com').string('of which nothing is known').take()
 * console.log(opaquePublicKey(blob, 'me@home').type) // ssh-new@example.com
 * ```
 */
export function opaquePublicKey(blob: Uint8Array, comment = ''): PublicKey {
  return ownedPublicKey(new Uint8Array(blob), comment)
}

/** The same of a blob that nobody else has. */
function ownedPublicKey(blob: Uint8Array, comment: string, likely?: string): PublicKey {
  const type = blobType(blob, likely)
  if (looksLikeCertificate(type)) {
    throw new FormatError('is-certificate', `a public key expected, a certificate (${type}) found`)
  }
  return { type, blob, comment }
}

/**
 * A public key from its line (the text of a `.pub` file), carried opaque: nothing behind the type name is judged.
 * Throws `FormatError` (`unknown-format`, `bad-base64`, `type-mismatch`, `trailing-bytes`, `is-certificate`).
 *
 * @example
 * ```ts
 * import { parsePublicLine } from 'hawser/keys'
 *
 * const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I me@home'
 * console.log(parsePublicLine(line).comment) // me@home
 * ```
 */
export function parsePublicLine(text: string): PublicKey {
  const { type, blob, comment } = readPublicLine(text)
  const key = ownedPublicKey(blob, comment, type)
  // Else a lone option of authorized_keys would pass as a type and vanish (golang/crypto 7626c50).
  if (key.type !== type) throw new FormatError('type-mismatch', `the line says another type than its key, ${key.type}`)
  return key
}

/**
 * A public key from its blob. A type among `types` is decoded and judged, any other carried opaque.
 * Throws `FormatError` (`truncated`, `trailing-bytes`, `bad-value`, `type-mismatch`, `is-certificate`) and `LimitError`.
 *
 * @example
 * ```ts
 * import { decodePublicKey, ed25519 } from 'hawser/keys'
 * import { decodeBase64 } from 'hawser/wire'
 *
 * const blob = decodeBase64('AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I')
 * console.log(decodePublicKey(blob, { types: [ed25519] }).type) // ssh-ed25519
 * ```
 */
export function decodePublicKey(
  blob: Uint8Array,
  options: KeyOptions & { readonly comment?: string | undefined },
): PublicKey {
  const limits = withLimits(options.limits)
  if (blob.length > limits.inputLength) throw new LimitError('limit', `public key: ${blob.length} octets`)
  return judgePublicKey(opaquePublicKey(blob, options.comment), options)
}

/**
 * Decodes and judges an opaque key whose type is among `types`; gives it back. It must come from this file, whose keys
 * have the type that their blob says. Throws as {@link decodePublicKey}.
 */
export function judgePublicKey(key: PublicKey, options: KeyOptions): PublicKey {
  const type = findType(options.types, key.type)
  if (type) judgedFields(key, type, options.limits, viewFields)
  else if (isCertificateName(options.types, key.type)) {
    throw new FormatError('is-certificate', `a public key expected, a certificate (${key.type}) found`)
  } else if (options.types.some((t) => t.algorithms.includes(key.type))) {
    throw new FormatError('type-mismatch', `"${key.type}" names a signature algorithm, not a key type`)
  }
  return key
}

/**
 * The public fields of a key of that type, judged: byte strings by name, integers as big-endian magnitudes.
 * Throws `FormatError` (`truncated`, `trailing-bytes`, `bad-value`, `type-mismatch`), `LimitError` `limit`.
 *
 * @example
 * ```ts
 * import { generatePrivateKey, publicComponents, rsa } from 'hawser/keys'
 *
 * const { publicKey } = await generatePrivateKey(rsa, { bits: 2048 })
 * const { e, n } = publicComponents(publicKey, rsa)
 * console.log(e, n?.length) // Uint8Array(3) [ 1, 0, 1 ] 256
 * ```
 */
export function publicComponents(key: PublicKey, type: KeyType, limits?: Partial<Limits>): Components {
  if (blobType(key.blob, type.name) !== type.name)
    throw new FormatError('type-mismatch', `the blob is not one of a ${type.name} key`)
  return judgedFields(key, type, limits, readFields)
}

/** Reads and judges the fields of a blob that begins with the type's name. */
function judgedFields(
  key: PublicKey,
  type: KeyType,
  limits: Partial<Limits> | undefined,
  read: typeof viewFields,
): Components {
  const all = withLimits(limits)
  const components = readPublicFields(key, type, all, read)
  type.checkPublic(components, all)
  return components
}

/** The same of a key that was judged before: it is not judged again. */
export function readPublicFields(
  { blob }: PublicKey,
  type: KeyType,
  limits: Limits,
  read: typeof viewFields,
): Components {
  const reader = new Reader(blob, limits.stringLength, 4 + type.name.length)
  const components = read(reader, type.publicFields, type.name)
  reader.end(type.name)
  return components
}

/**
 * A public key from the public fields of its type, which are not judged. Throws `TypeError` for one that is not there.
 *
 * @example
 * ```ts
 * import { ed25519, publicKeyOf } from 'hawser/keys'
 *
 * const publicKey = publicKeyOf(ed25519, { public: new Uint8Array(32) }, 'me@home')
 * console.log(publicKey.type, publicKey.blob.length) // ssh-ed25519 51
 * ```
 */
export function publicKeyOf(type: KeyType, components: Components, comment: string): PublicKey {
  const writer = new Writer().string(type.name)
  writeFields(writer, type.publicFields, components)
  return { type: type.name, blob: writer.take(), comment }
}
