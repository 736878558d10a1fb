/**
 * What the library knows of one key type. A type is one plain value in one file of `keys/types/`; nothing is
 * registered, callers hand in the types that they want.
 */

import type { WorkOptions } from '../crypto/progress.ts'
import type { Random } from '../crypto/random.ts'
import type { Limits } from '../limits.ts'
import { noType } from '../wire/expect.ts'
import type { Reader } from '../wire/reader.ts'
import type { Components, Field } from './fields.ts'

/** Signs a whole message; gives what stands behind the algorithm name in a signature blob (RFC 4253 section 6.6). */
export type SignFunction = (data: Uint8Array) => Promise<Uint8Array>

/** What a signature says besides that it holds: of security keys the counter and the flags, of others nothing. */
export interface SignatureValueFacts {
  /** Signatures that the security key has made, as it counts them. */
  readonly counter?: number
  /** Somebody touched the security key (bit 0 of its flags). */
  readonly userPresent?: boolean
  /** The security key knew its user, by PIN or finger (bit 2 of its flags). */
  readonly userVerified?: boolean
  /** The web page that a WebAuthn signature was made for. */
  readonly origin?: string
}

/** Reads what stands behind the algorithm name and verifies it; `undefined` is a signature that does not hold. */
export type VerifyFunction = (value: Reader, data: Uint8Array) => Promise<SignatureValueFacts | undefined>

/** What a key is to be made like. */
export interface GenerateOptions extends WorkOptions {
  /** Size of the key in bits, where the type leaves a choice. */
  readonly bits?: number | undefined
  /** Source of random octets; the runtime's own where it is not given. */
  readonly random?: Random | undefined
}

/** One value of an ASN.1 structure, made of components. */
export type Asn1Value =
  /** The component's octets as they are. */
  | { readonly kind: 'octets'; readonly component: string }
  /** An OCTET STRING of them (RFC 8410 section 7). */
  | { readonly kind: 'octet-string'; readonly component: string }
  /** An INTEGER. */
  | { readonly kind: 'integer'; readonly component: string }
  /** A SEQUENCE of INTEGERs, the constant `version` before them where it is given (RFC 8017 appendix A.1). */
  | { readonly kind: 'integers'; readonly version?: number; readonly components: readonly string[] }
  /** ECPrivateKey (RFC 5915 section 3): fixed-width scalar and uncompressed point. */
  | { readonly kind: 'ec-private-key'; readonly scalar: string; readonly point: string }

/** How a key stands in SPKI and PKCS#8 (RFC 5280, 5958, 3279, 5480, 8410), as data. */
export interface Asn1Mapping {
  /** Object identifier of the algorithm, dotted. */
  readonly oid: string
  /** Its parameters: absent, NULL, a named curve (dotted), or a SEQUENCE of components as INTEGERs. */
  readonly parameters?: null | string | readonly string[]
  /** What the BIT STRING of SPKI holds. */
  readonly publicKey: Asn1Value
  /** What the OCTET STRING of PKCS#8 holds. */
  readonly privateKey: Asn1Value
  /** The older PEM container of its own, where the type has one. */
  readonly traditional?: { readonly label: string; readonly value: Asn1Value }
}

/** How a key stands in a JWK (RFC 7517, 7518, 8037), as data. */
export interface JwkMapping {
  readonly kty: string
  readonly crv?: string
  /** Members by name: a component, or octets `from` to `to` of one. */
  readonly members: Readonly<Record<string, string | readonly [component: string, from: number, to: number]>>
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
  /** Certificates signed by it are accepted only where the policy names its algorithm. */
  readonly authorityByName?: true
  /** How it stands in ASN.1 structures, where it does. */
  readonly asn1?: Asn1Mapping
  /** How it stands in a JWK, where it does. */
  readonly jwk?: JwkMapping
  /** Algorithm number of its SSHFP records (IANA, DNS SSHFP Resource Record Parameters), where it has one. */
  readonly sshfp?: number
  /** Components that some containers repeat though they follow from the others. */
  derive?(components: Components): Components
  /** The public components, from private ones that came without them. */
  derivePublic?(components: Components): Components
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

/**
 * The type of that name among `types`, or `undefined`.
 *
 * @example
 * ```ts
 * import { allTypes, findType } from 'hawser/keys'
 *
 * console.log(findType(allTypes, 'ecdsa-sha2-nistp256')?.alias) // ecdsa-p256
 * console.log(findType(allTypes, 'ssh-none')) // undefined
 * ```
 */
export function findType(types: readonly KeyType[], name: string): KeyType | undefined {
  for (const type of types) if (type.name === name) return type
  return undefined
}

/**
 * The type of that name among `types`. Throws `UnsupportedError` `unsupported-type`.
 *
 * @example
 * ```ts
 * import { UnsupportedError } from 'hawser/errors'
 * import { ed25519, needType } from 'hawser/keys'
 *
 * console.log(needType([ed25519], 'ssh-ed25519').title) // ED25519
 * try {
 *   needType([ed25519], 'ssh-rsa')
 * } catch (error) {
 *   if (error instanceof UnsupportedError) console.log(error.code) // unsupported-type
 * }
 * ```
 */
export function needType(types: readonly KeyType[], name: string): KeyType {
  const type = findType(types, name)
  if (!type) throw noType('key type', name)
  return type
}

/** True for the name of a certificate type by its look: OpenSSH's suffix, or the one of its newest type. */
export function looksLikeCertificate(name: string): boolean {
  return name.endsWith('-cert-v01@openssh.com') || name.endsWith('-cert')
}

/**
 * True for the name of a certificate type: of one of `types`, or by OpenSSH's suffix (draft-miller-ssh-cert section 2).
 *
 * @example
 * ```ts
 * import { isCertificateName } from 'hawser/keys'
 *
 * console.log(isCertificateName([], 'ssh-ed25519-cert-v01@openssh.com')) // true
 * console.log(isCertificateName([], 'ssh-ed25519')) // false
 * ```
 */
export function isCertificateName(types: readonly KeyType[], name: string): boolean {
  return looksLikeCertificate(name) || types.some((type) => type.certName === name)
}

/** Throws `TypeError` unless `bits` is what the type has anyway. */
export function fixedSize(alias: string, size: number, bits: number | undefined): void {
  if (bits !== undefined && bits !== size) throw new TypeError(`${alias}: ${size} bits expected`)
}
