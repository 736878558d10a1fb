/** What the services that `kmsSigner` knows have in common: what one is, and how their answers are read. */

import type { HashName } from '../formats/crypto-algorithm.ts'
import type { SignatureForm } from '../formats/signature-value.ts'
import type { KeyOptions, PublicKey } from '../keys/public-key.ts'
import { decodeBase64 } from '../wire/base64.ts'
import { bad } from '../wire/expect.ts'
import type { KmsAnswer, KmsRequest } from './exchange.ts'
import type { KmsErrorCode } from './kms-error.ts'

/** A key as its service describes it. */
export interface KmsKey {
  readonly publicKey: PublicKey
  /** What the service calls it from now on; of a key with versions, this one. */
  readonly id: string
  /** The service's names for the algorithms that it makes; `undefined` where the service does not say. */
  readonly algorithms: readonly string[] | undefined
}

/** What is to be signed, and how. */
export interface KmsSigning {
  /** `id` of the {@link KmsKey}. */
  readonly keyId: string
  /** The service's name for the algorithm. */
  readonly algorithm: string
  /** The hash that `data` was made with; `undefined` where it is the message itself. */
  readonly hash: HashName | undefined
  readonly data: Uint8Array
}

/** A service that signs with a key that it keeps: how to ask it, and how to read its answers. All functions are pure. */
export interface KmsService {
  /** What messages call it. */
  readonly name: string
  /** How it writes an ECDSA signature. */
  readonly form: SignatureForm
  /** Its name for an algorithm, by WebCrypto's (`RSASSA-PKCS1-v1_5`, `ECDSA`, `Ed25519`) and its hash; or `undefined`. */
  algorithm(name: string, hash: HashName | undefined): string | undefined
  keyRequest(): KmsRequest
  /** Throws `FormatError` for an answer that is none, as `readSignature` does. */
  readKey(answer: KmsAnswer, options: KeyOptions): KmsKey
  /** Throws `LimitError` `limit` for more than it signs. */
  signRequest(signing: KmsSigning): KmsRequest
  readSignature(answer: KmsAnswer, signing: KmsSigning): Uint8Array
  /** Its name for what went wrong, in an answer that is no success. */
  errorCode(answer: KmsAnswer): unknown
  /** What its names for errors come to, where the status does not tell. */
  readonly errors: Readonly<Record<string, KmsErrorCode>>
}

/** A member of an answer. */
export function member(answer: KmsAnswer, name: string): unknown {
  return Object.hasOwn(answer, name) ? answer[name] : undefined
}

/** A member that is text. Throws `FormatError` `bad-value`. */
export function textMember(answer: KmsAnswer, name: string): string {
  const value = member(answer, name)
  if (typeof value !== 'string') throw bad(`"${name}"`, 'text')
  return value
}

/** A member that is an object; an empty one where it is none. */
export function objectMember(answer: KmsAnswer, name: string): KmsAnswer {
  const value = member(answer, name)
  return typeof value === 'object' && value !== null ? (value as KmsAnswer) : {}
}

/** A member that is base64. Throws `FormatError` (`bad-value`, `bad-base64`). */
export function octetsMember(answer: KmsAnswer, name: string): Uint8Array {
  return decodeBase64(textMember(answer, name), `"${name}"`)
}

/** Throws `FormatError` `bad-value` unless a member is what was asked for. */
export function sameMember(answer: KmsAnswer, name: string, expected: unknown): void {
  if (member(answer, name) !== expected) throw bad(`"${name}"`, 'what was asked for')
}

/**
 * The URL of a service, without slashes at its end. Throws `TypeError` unless it is `https:`, or `http:` to this machine
 * itself, where emulators are: what authenticates does not go in clear over a network.
 */
export function serviceUrl(url: string): string {
  if (!/^(?:https:\/\/[\w.-]+|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\]))(?::\d+)?(?:\/[\w.~-]+)*\/?$/.test(url)) {
    throw new TypeError('the URL of a service: "https:", a host and no query expected')
  }
  return url.endsWith('/') ? url.slice(0, -1) : url
}

/** Throws `TypeError` unless a name that goes into a URL looks as its service has them. */
export function checkName(what: string, name: string, pattern: RegExp): string {
  if (typeof name !== 'string' || !pattern.test(name)) throw new TypeError(`${what}: ${pattern.source} expected`)
  return name
}
