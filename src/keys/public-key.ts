/** Public keys: a type name and a blob (RFC 4253 section 6.6). Unknown types are carried as they are. */

import { FormatError, LimitError } from '../errors.ts'
import { type Limits, withLimits } from '../limits.ts'
import { Reader } from '../wire/reader.ts'
import { escapeText } from '../wire/text.ts'
import { Writer } from '../wire/writer.ts'
import { type Components, readFields, writeFields } from './fields.ts'
import { findType, isCertificateName, type KeyType } from './key-type.ts'

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

/** Reads the type name at the head of a blob. Throws `FormatError`. */
export function blobType(blob: Uint8Array, limits?: Partial<Limits>): string {
  return new Reader(blob).name('key type', withLimits(limits).nameLength)
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
export function decodePublicKey(blob: Uint8Array, options: KeyOptions & { readonly comment?: string }): PublicKey {
  const limits = withLimits(options.limits)
  if (blob.length > limits.inputLength) throw new LimitError('limit', `public key: ${blob.length} octets`)
  const key: PublicKey = { type: blobType(blob, limits), blob: blob.slice(), comment: options.comment ?? '' }
  if (isCertificateName(options.types, key.type)) {
    throw new FormatError('is-certificate', `a public key expected, a certificate (${escapeText(key.type, 64)}) found`)
  }
  if (options.types.some((type) => type.name !== key.type && type.algorithms.includes(key.type))) {
    throw new FormatError('type-mismatch', `"${key.type}" names a signature algorithm, not a key type`)
  }
  const type = findType(options.types, key.type)
  if (type) publicComponents(key, type, limits)
  return key
}

/** The public fields of a key of that type, judged. Throws as {@link decodePublicKey}. */
export function publicComponents(key: PublicKey, type: KeyType, limits?: Partial<Limits>): Components {
  const all = withLimits(limits)
  const reader = new Reader(key.blob, all.stringLength)
  reader.name('key type', all.nameLength)
  const components = readFields(reader, type.publicFields, type.name)
  reader.end(`${type.name} key`)
  type.checkPublic(components, all)
  return components
}

/** A public key from the public fields of its type. */
export function publicKeyOf(type: KeyType, components: Components, comment: string): PublicKey {
  const writer = new Writer().string(type.name)
  writeFields(writer, type.publicFields, components)
  return { type: type.name, blob: writer.take(), comment }
}
