/** Public keys: a type name and a blob (RFC 4253 section 6.6). Unknown types are carried as they are. */

import { FormatError, LimitError } from '../errors.ts'
import { defaultLimits, type Limits, withLimits } from '../limits.ts'
import { readPublicLine } from '../wire/public-line.ts'
import { Reader } from '../wire/reader.ts'
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

/** Reads the type name at the head of a blob. Throws `FormatError` `bad-value` where there is none. */
export function blobType(blob: Uint8Array): string {
  // Without a Reader: this is all that opaque keys need, and bundles of theirs are to stay small.
  const length = blob[3] ?? 0
  let name = ''
  for (const octet of blob.subarray(4, 4 + length)) if (octet > 0x20 && octet < 0x7f) name += String.fromCharCode(octet)
  if (blob[0] || blob[1] || blob[2] || name.length !== length || length < 1 || length > defaultLimits.nameLength) {
    throw new FormatError('bad-value', 'key: a type name of 1 to 64 printable ASCII characters expected at its start')
  }
  return name
}

/**
 * A public key from its blob, carried opaque: nothing behind the type name is judged. The blob is copied.
 * Throws `FormatError` (`bad-value`, `is-certificate`), `LimitError`.
 */
export function opaquePublicKey(blob: Uint8Array, comment = ''): PublicKey {
  const type = blobType(blob)
  if (type.endsWith('-cert-v01@openssh.com')) {
    throw new FormatError('is-certificate', `a public key expected, a certificate (${type}) found`)
  }
  return { type, blob: new Uint8Array(blob), comment }
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
  const key = opaquePublicKey(blob, comment)
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

/** Decodes and judges an opaque key whose type is among `types`; gives it back. Throws as {@link decodePublicKey}. */
export function judgePublicKey(key: PublicKey, options: KeyOptions): PublicKey {
  if (isCertificateName(options.types, key.type)) {
    throw new FormatError('is-certificate', `a public key expected, a certificate (${key.type}) found`)
  }
  if (options.types.some((type) => type.name !== key.type && type.algorithms.includes(key.type))) {
    throw new FormatError('type-mismatch', `"${key.type}" names a signature algorithm, not a key type`)
  }
  const type = findType(options.types, key.type)
  if (type) publicComponents(key, type, options.limits)
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
