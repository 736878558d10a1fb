/**
 * What the library knows of one key type. A type is one plain value in one file of `keys/types/`; nothing is
 * registered, callers hand in the types that they want.
 */

import type { WorkOptions } from '../crypto/progress.ts'
import type { Random } from '../crypto/random.ts'
import { UnsupportedError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { Reader } from '../wire/reader.ts'
import { escapeText } from '../wire/text.ts'
import type { Components, Field } from './fields.ts'

/** Signs a whole message; gives what stands behind the algorithm name in a signature blob (RFC 4253 section 6.6). */
export type SignFunction = (data: Uint8Array) => Promise<Uint8Array>

/** Reads what stands behind the algorithm name and verifies it; `false` is a signature that does not hold. */
export type VerifyFunction = (value: Reader, data: Uint8Array) => Promise<boolean>

/** What a key is to be made like. */
export interface GenerateOptions extends WorkOptions {
  /** Size of the key in bits, where the type leaves a choice. */
  readonly bits?: number | undefined
  /** Source of random octets; the runtime's own where it is not given. */
  readonly random?: Random | undefined
}

/** A key type of SSH: its names, its fields, and its arithmetic. */
export interface KeyType {
  /** Name of the type in blobs and lines, such as `ssh-ed25519`. */
  readonly name: string
  /** Everyday name, as `generateKey` and `hawser keygen --type` take it. */
  readonly alias: string
  /** Name that `ssh-keygen -l` prints. */
  readonly title: string
  /** Name of the type of its certificates. */
  readonly certName: string
  /** Fields of the public blob, behind the type name. */
  readonly publicFields: readonly Field[]
  /** Fields of the private section of an OpenSSH file, behind the type name. */
  readonly privateFields: readonly Field[]
  /** Signature algorithms, the default first. */
  readonly algorithms: readonly string[]
  /** Signature algorithms that are used only where the caller names them. */
  readonly legacyAlgorithms: readonly string[]
  /** Size in bits, as `ssh-keygen -l` prints it. */
  bits(components: Components): number
  /** Judges the public fields beyond their lengths. Throws `FormatError` `bad-value` or `LimitError` `limit`. */
  checkPublic(components: Components, limits: Limits): void
  /** Resolves to whether the private fields give the public ones. */
  checkPrivate(components: Components): Promise<boolean>
  /** Makes a new key. */
  generate(options: GenerateOptions): Promise<Components>
  /** Gets ready to sign with one of the type's algorithms. The components are borrowed, not copied. */
  prepareSign(components: Components, algorithm: string): Promise<SignFunction>
  /** Gets ready to verify with one of the type's algorithms. */
  prepareVerify(components: Components, algorithm: string): Promise<VerifyFunction>
}

/** The type of that name among `types`, or `undefined`. */
export function findType(types: readonly KeyType[], name: string): KeyType | undefined {
  return types.find((type) => type.name === name)
}

/** The type of that name among `types`. Throws `UnsupportedError` `unsupported-type`. */
export function needType(types: readonly KeyType[], name: string): KeyType {
  const type = findType(types, name)
  if (!type)
    throw new UnsupportedError('unsupported-type', `key type "${escapeText(name, 64)}" is not among the types given`)
  return type
}

/** True for the name of a certificate type: of one of `types`, or by OpenSSH's suffix. */
export function isCertificateName(types: readonly KeyType[], name: string): boolean {
  return name.endsWith('-cert-v01@openssh.com') || types.some((type) => type.certName === name)
}

/** Throws `TypeError` unless `bits` is what the type has anyway. */
export function fixedSize(alias: string, size: number, bits: number | undefined): void {
  if (bits !== undefined && bits !== size) throw new TypeError(`${alias} keys have ${size} bits, not ${bits}`)
}
