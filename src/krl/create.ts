/** Making revocation lists, from what is to be revoked or from other lists. */

import { type Time, unixSeconds } from '../cert/time.ts'
import type { Certificate } from '../keys/certificate.ts'
import type { PublicKey } from '../keys/public-key.ts'
import { bad } from '../wire/expect.ts'
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
  /** Keys, with all certificates of them and by them. */
  readonly keys?: readonly PublicKey[] | undefined
  /** Hashes of such keys' blobs, 20 octets each. */
  readonly sha1?: readonly Uint8Array[] | undefined
  /** 32 octets each. */
  readonly sha256?: readonly Uint8Array[] | undefined
}

const MOST = 0xffffffffffffffffn

function checkNumber(what: string, value: bigint, least: bigint): void {
  if (!(value >= least && value <= MOST)) throw bad(what, `a number from ${least} to 2^64 - 1`)
}

/** A NUL would end it in OpenSSH, which refuses such a list. */
function checkText(what: string, text: string): string {
  if (text.includes('\0')) throw bad(what, 'text without NUL')
  return text
}

function hashes(what: string, digests: readonly Uint8Array[] = [], length: number): Set<string> {
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
 * length, a NUL in a text; `TypeError` for serial numbers that are no `bigint`.
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
    const { authority, serials = [], keyIds = [] } = entryOf(given)
    const name = authorityName(authority)
    const into = collected.get(name) ?? { authority, serials: new SerialCollector(), keyIds: new Set() }
    collected.set(name, into)
    for (const serial of serials) {
      const [first, last] = typeof serial === 'object' ? serial : [serial, serial]
      checkNumber('serial number', first, 1n)
      checkNumber('serial number', last, first)
      into.serials.add(first, last)
    }
    for (const id of keyIds) into.keyIds.add(checkText('key id', id))
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
    keys: new Set(spec.keys?.map((key) => latin1(key.blob))),
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
