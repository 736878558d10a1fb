/** Making revocation lists, from what is to be revoked or from other lists. */

import { type Time, unixSeconds } from '../cert/time.ts'
import { FormatError } from '../errors.ts'
import type { Certificate } from '../keys/certificate.ts'
import { looksLikeCertificate } from '../keys/key-type.ts'
import type { PublicKey } from '../keys/public-key.ts'
import { bad } from '../wire/expect.ts'
import { blobType } from '../wire/public-line.ts'
import { latin1 } from '../wire/text.ts'
import { authorityName, type Krl, type KrlExtension, type RevokedCertificates } from './krl.ts'
import { SerialCollector, type SerialRanges, uniteRanges } from './serials.ts'

/** Certificates to revoke by what stands in them. */
export interface CertificatesToRevoke {
  /** The authority that signed them; `null` for any. */
  readonly authority: PublicKey | null
  /** Numbers from 1 on, or ranges of them, both ends included; in any order. */
  readonly serials?: Iterable<bigint | readonly [first: bigint, last: bigint]> | undefined
  readonly keyIds?: Iterable<string> | undefined
}

/** What a list is to say. */
export interface KrlSpec {
  /** 0 where it is not given. */
  readonly version?: bigint | undefined
  readonly generatedAt: Time
  readonly comment?: string | undefined
  /**
   * Certificates by authority, serial number and key id; or whole ones, each revoked by its serial number or, where
   * that is 0, by its key id, as `ssh-keygen -k` does.
   */
  readonly certificates?: readonly (CertificatesToRevoke | Certificate)[] | undefined
  /** Keys, with all certificates of them and by them. No certificates: those are no key that anybody shows. */
  readonly keys?: readonly PublicKey[] | undefined
  /** Hashes of such keys' blobs, 20 octets each. */
  readonly sha1?: readonly Uint8Array[] | undefined
  /** 32 octets each. */
  readonly sha256?: readonly Uint8Array[] | undefined
}

const MOST = 0xffffffffffffffffn

function checkNumber(what: string, value: bigint, least: bigint): void {
  // A text of digits would compare as well.
  if (typeof value !== 'bigint') throw new TypeError(`${what}: a bigint expected`)
  if (!(value >= least && value <= MOST)) throw bad(what, `a number from ${least} to 2^64 - 1`)
}

/** A NUL would end it in OpenSSH, which refuses such a list. */
function checkText(what: string, text: string): string {
  if (typeof text !== 'string') throw new TypeError(`${what}: text expected`)
  if (text.includes('\0')) throw bad(what, 'text without NUL')
  return text
}

/**
 * A key whose blob is compared with others. A certificate has the shape of a key too, but as such its blob would match
 * nothing; `ssh-keygen -k` takes its key instead (krl.c `plain_key_blob`), which may be more than was meant.
 */
function plainKey(what: string, key: PublicKey): PublicKey {
  if ('publicKey' in key || looksLikeCertificate(blobType(key.blob))) {
    throw new FormatError(
      'is-certificate',
      `${what}: a plain key expected: give its publicKey, or put it in certificates`,
    )
  }
  return key
}

function hashes(what: string, digests: readonly Uint8Array[] = [], length: number): Set<string> {
  if (!digests.every((digest) => digest instanceof Uint8Array)) throw new TypeError(`${what}: Uint8Arrays expected`)
  if (digests.some((digest) => digest.length !== length)) throw bad(what, `hashes of ${length} octets`)
  return new Set(digests.map(latin1))
}

/** A whole certificate as what revokes it. */
function entryOf(given: CertificatesToRevoke | Certificate): CertificatesToRevoke {
  if (!('publicKey' in given)) return given
  const { authority, serial, keyId } = given
  return serial ? { authority, serials: [serial] } : { authority, keyIds: [keyId] }
}

/**
 * Makes a list. Throws `FormatError` `bad-value` for a serial number 0 or a range that goes down, a hash of another
 * length, a NUL in a text, `is-certificate` for one where a key is asked for; `TypeError` for serial numbers that are no
 * `bigint`, key ids that are one text and no list, and the like: what cannot be revoked is never passed over.
 *
 * @example
 * ```ts
 * import { parsePublicLine } from 'hawser/keys'
 * import { createKrl, isRevoked } from 'hawser/krl'
 *
 * const key = parsePublicLine('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I')
 * const krl = createKrl({ generatedAt: new Date(), version: 7n, keys: [key] })
 * console.log(isRevoked(krl, key)) // key
 * ```
 */
export function createKrl(spec: KrlSpec): Krl {
  const collected = new Map<string, { authority: PublicKey | null; serials: SerialCollector; keyIds: Set<string> }>()
  for (const given of spec.certificates ?? []) {
    const { authority, serials, keyIds } = entryOf(given)
    if (authority !== null) plainKey('authority', authority)
    // Text would be a list of its characters.
    if (typeof keyIds === 'string' || !(serials ?? keyIds)) throw new TypeError('serials or keyIds: a list expected')
    const name = authorityName(authority)
    const into = collected.get(name) ?? { authority, serials: new SerialCollector(), keyIds: new Set() }
    collected.set(name, into)
    for (const serial of serials ?? []) {
      const [first, last, ...more] = typeof serial === 'object' ? serial : [serial, serial]
      if (more.length > 0) throw new TypeError('serials: numbers or pairs expected')
      checkNumber('serial number', first, 1n)
      checkNumber('serial number', last, first)
      into.serials.add(first, last)
    }
    for (const id of keyIds ?? []) into.keyIds.add(checkText('key id', id))
  }
  const version = spec.version ?? 0n
  checkNumber('KRL version', version, 0n)
  return {
    version,
    generatedAt: unixSeconds(spec.generatedAt),
    flags: 0n,
    comment: checkText('comment', spec.comment ?? ''),
    authorities: new Map(
      Array.from(collected, ([name, found]) => [name, { ...found, serials: found.serials.ranges(), extensions: [] }]),
    ),
    keys: new Set(spec.keys?.map((key) => latin1(plainKey('keys', key).blob))),
    sha1: hashes('sha1', spec.sha1, 20),
    sha256: hashes('sha256', spec.sha256, 32),
    extensions: [],
    signatures: [],
  }
}

function union<T>(sets: readonly Iterable<T>[]): Set<T> {
  const all = new Set<T>()
  for (const set of sets) for (const item of set) all.add(item)
  return all
}

/** Extensions of several lists, each once. */
function uniqueExtensions(lists: readonly (readonly KrlExtension[])[]): KrlExtension[] {
  const all = new Map<string, KrlExtension>()
  for (const extension of lists.flat()) all.set(`${extension.name}\0${latin1(extension.data)}`, extension)
  return Array.from(all.values())
}

function joined(all: readonly BigUint64Array[]): BigUint64Array {
  const out = new BigUint64Array(all.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of all) {
    out.set(part, at)
    at += part.length
  }
  return out
}

const uniteSerials = (all: readonly SerialRanges[]): SerialRanges =>
  uniteRanges(joined(all.map((serials) => serials.first)), joined(all.map((serials) => serials.last)))

/**
 * One list that revokes whatever one of `krls` revokes. Its version, date and comment are those of the newest, the one
 * with the highest version (of several such, the first); it is not signed. Throws `TypeError` where there are none.
 *
 * @example
 * ```ts
 * import { createKrl, mergeKrls } from 'hawser/krl'
 *
 * const revoke = (version: bigint, serial: bigint) =>
 *   createKrl({ generatedAt: 0, version, certificates: [{ authority: null, serials: [serial] }] })
 * const merged = mergeKrls([revoke(1n, 5n), revoke(2n, 6n)])
 * console.log(merged.version, merged.authorities.get('')?.serials.last) // 2n BigUint64Array(1) [ 6n ]
 * ```
 */
export function mergeKrls(krls: readonly Krl[]): Krl {
  if (krls.length === 0) throw new TypeError('at least one KRL expected')
  const newest = krls.reduce((a, b) => (b.version > a.version ? b : a))
  const byName = new Map<string, RevokedCertificates[]>()
  for (const { authorities } of krls) {
    for (const [name, revoked] of authorities) {
      const found = byName.get(name)
      if (found) found.push(revoked)
      else byName.set(name, [revoked])
    }
  }
  return {
    ...newest,
    authorities: new Map(
      Array.from(byName, ([name, parts]) => [
        name,
        {
          authority: parts[0]!.authority,
          serials: uniteSerials(parts.map((part) => part.serials)),
          keyIds: union(parts.map((part) => part.keyIds)),
          extensions: uniqueExtensions(parts.map((part) => part.extensions)),
        },
      ]),
    ),
    keys: union(krls.map((krl) => krl.keys)),
    sha1: union(krls.map((krl) => krl.sha1)),
    sha256: union(krls.map((krl) => krl.sha256)),
    extensions: uniqueExtensions(krls.map((krl) => krl.extensions)),
    signatures: [],
  }
}
