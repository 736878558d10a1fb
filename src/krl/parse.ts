/** Reading revocation lists (PROTOCOL.krl; krl.c `ssh_krl_from_blob`, whose verdicts these are). */

import { decodeCertificate } from '../cert/decode.ts'
import { FormatError } from '../errors.ts'
import { isCertificateName, needType } from '../keys/key-type.ts'
import { decodePublicKey, type KeyOptions, type PublicKey } from '../keys/public-key.ts'
import { withLimits } from '../limits.ts'
import { startsWithAt } from '../wire/armor.ts'
import { aboveLimit, bad, notKnown } from '../wire/expect.ts'
import { blobType } from '../wire/public-line.ts'
import { Reader } from '../wire/reader.ts'
import { latin1 } from '../wire/text.ts'
import { trimZeros } from '../wire/writer.ts'
import { FORMAT_VERSION, type Krl, type KrlExtension, type KrlSignature, MAGIC, section } from './krl.ts'
import { SerialCollector } from './serials.ts'

/** Counts what a list holds, of every kind. */
type Count = () => void

interface Collected {
  readonly authority: PublicKey | null
  readonly serials: SerialCollector
  readonly keyIds: Set<string>
  readonly extensions: KrlExtension[]
}

/**
 * Whether a file is a KRL by its first octets (PROTOCOL.krl section 1); any other list of revoked keys is text.
 *
 * @example
 * ```ts
 * import { createKrl, formatKrl, isKrl } from 'hawser/krl'
 *
 * console.log(isKrl(formatKrl(createKrl({ generatedAt: 0 })))) // true
 * console.log(isKrl(new TextEncoder().encode('ssh-ed25519 AAAA…'))) // false
 * ```
 */
export function isKrl(bytes: Uint8Array): boolean {
  return startsWithAt(bytes, MAGIC)
}

/**
 * A revocation list from its bytes. Signatures are carried, not verified, as in OpenSSH: `parseSignedKrl` does that.
 * Authorities must be of one of `types` and are judged; where `types` is empty they are carried opaque.
 * Throws `FormatError` (`unknown-format`, `truncated`, `bad-value`, `trailing-bytes`), `UnsupportedError`
 * (`unsupported-format` of format version, section, critical extension; `unsupported-type`), `LimitError`.
 *
 * @example
 * ```ts
 * import { opaquePublicKey } from 'hawser/keys'
 * import { createKrl, formatKrl, parseKrl } from 'hawser/krl'
 *
 * const bytes = formatKrl(createKrl({ generatedAt: 0, certificates: [{ authority: null, serials: [[5n, 9n]] }] }))
 * const krl = parseKrl(bytes, { types: [] })
 * console.log(krl.authorities.get('')?.serials) // { first: BigUint64Array(1) [ 5n ], last: BigUint64Array(1) [ 9n ] }
 * ```
 */
export function parseKrl(bytes: Uint8Array, options: KeyOptions): Krl {
  const limits = withLimits(options.limits)
  if (bytes.length > limits.krlLength) throw aboveLimit('KRL', `${limits.krlLength} octets`)
  if (!isKrl(bytes)) throw new FormatError('unknown-format', 'KRL: "SSHKRL" expected at its start')
  let left = limits.krlEntries
  const count = (): void => {
    if (--left < 0) throw aboveLimit('KRL', `${limits.krlEntries} entries`)
  }
  const reader = new Reader(bytes, bytes.length, MAGIC.length)
  const format = reader.u32('KRL format version')
  if (format !== FORMAT_VERSION) throw notKnown('unsupported-format', 'KRL format version', `${format}`)
  const version = reader.u64('KRL version')
  const generatedAt = reader.u64('KRL date')
  const flags = reader.u64('KRL flags')
  reader.skipString('KRL reserved')
  const comment = reader.text('KRL comment')
  const authorities = new Map<string, Collected>()
  const [keys, sha1, sha256] = [new Set<string>(), new Set<string>(), new Set<string>()]
  const extensions: KrlExtension[] = []
  const signatures: KrlSignature[] = []
  while (reader.left) {
    count()
    const type = reader.u8('KRL section')
    if (type === section.signature) {
      const publicKey = reader.string('KRL signature key').slice()
      const signedLength = reader.offset
      signatures.push({ publicKey, signature: reader.string('KRL signature').slice(), signedLength })
      continue
    }
    // Nothing would vouch for it (section 6). OpenSSH reads on.
    if (signatures.length > 0) throw bad('KRL', 'nothing but signatures behind a signature')
    const inner = reader.inner('KRL section')
    if (type === section.certificates) readCertificates(inner, authorities, options, count)
    else if (type === section.key) readBlobs(inner, keys, undefined, count)
    else if (type === section.sha1) readBlobs(inner, sha1, 20, count)
    else if (type === section.sha256) readBlobs(inner, sha256, 32, count)
    else if (type === section.extension) extensions.push(readExtension(inner))
    else throw notKnown('unsupported-format', 'KRL section', `${type}`)
  }
  return {
    version,
    generatedAt,
    flags,
    comment,
    authorities: new Map(
      Array.from(authorities, ([name, found]) => [name, { ...found, serials: found.serials.ranges() }]),
    ),
    keys,
    sha1,
    sha256,
    extensions,
    signatures,
  }
}

function readBlobs(reader: Reader, into: Set<string>, length: number | undefined, count: Count): void {
  while (reader.left) {
    count()
    const blob = reader.string('KRL entry')
    if (length !== undefined && blob.length !== length) throw bad('KRL hash', `${length} octets`)
    into.add(latin1(blob))
  }
}

/** Any octet but 0 is true here, as in OpenSSH: unknown and critical is refused. */
function readExtension(reader: Reader): KrlExtension {
  const name = reader.text('KRL extension name')
  const critical = reader.u8('KRL extension') !== 0
  const data = reader.string('KRL extension contents').slice()
  reader.end('KRL extension')
  if (critical) throw notKnown('unsupported-format', 'KRL critical extension', name)
  return { name, data }
}

/**
 * One of an unknown type is refused with the list, as in OpenSSH: else a flipped bit in its name would unrevoke all that
 * it signed. A certificate is taken, as there, though no certificate is signed by one.
 */
function readAuthority(blob: Uint8Array, options: KeyOptions): PublicKey | null {
  if (blob.length === 0) return null
  const type = blobType(blob)
  const carried = { type, blob: blob.slice(), comment: '' }
  if (options.types.length === 0) return carried
  if (isCertificateName(options.types, type)) {
    decodeCertificate(blob, options)
    return carried
  }
  needType(options.types, type)
  return decodePublicKey(blob, options)
}

function readCertificates(
  reader: Reader,
  authorities: Map<string, Collected>,
  options: KeyOptions,
  count: Count,
): void {
  const blob = reader.string('KRL authority')
  reader.skipString('KRL reserved')
  const name = latin1(blob)
  let found = authorities.get(name)
  if (!found) {
    const authority = readAuthority(blob, options)
    found = { authority, serials: new SerialCollector(), keyIds: new Set(), extensions: [] }
    authorities.set(name, found)
  }
  while (reader.left) {
    count()
    const type = reader.u8('KRL certificate section')
    const inner = reader.inner('KRL certificate section')
    if (type === section.serialList) readList(inner, found.serials, count)
    else if (type === section.serialRange) readRange(inner, found.serials)
    else if (type === section.serialBitmap) readBitmap(inner, found.serials, count)
    else if (type === section.certificateExtension) found.extensions.push(readExtension(inner))
    else if (type === section.keyId) {
      for (; inner.left; count()) found.keyIds.add(inner.text('key id'))
    } else throw notKnown('unsupported-format', 'KRL certificate section', `${type}`)
    inner.end('KRL certificate section')
  }
}

/** Serial 0 means that there is none (krl.c `ssh_krl_revoke_cert_by_serial_range`). */
function badSerial(): FormatError {
  return bad('KRL serial numbers', 'ascending numbers from 1 to 2^64 - 1')
}

function readList(reader: Reader, into: SerialCollector, count: Count): void {
  while (reader.left) {
    count()
    const serial = reader.u64('serial number')
    if (serial === 0n) throw badSerial()
    into.add(serial, serial)
  }
}

function readRange(reader: Reader, into: SerialCollector): void {
  const first = reader.u64('serial number')
  const last = reader.u64('serial number')
  if (first === 0n || first > last) throw badSerial()
  into.add(first, last)
}

/**
 * Bit i stands for the number offset + i. Tolerated, since OpenSSH does (`sshbuf_get_bignum2_bytes_direct`): an mpint
 * with superfluous zeros in front. Read too: bitmaps of more than 16384 bits, which `ssh-keygen -k` writes but refuses.
 */
function readBitmap(reader: Reader, into: SerialCollector, count: Count): void {
  const offset = reader.u64('KRL bitmap offset')
  const mpint = reader.string('KRL bitmap')
  if (mpint.length > 0 && mpint[0]! & 0x80) throw bad('KRL bitmap', 'a positive integer')
  const bits = trimZeros(mpint)
  const size = bits.length * 8
  let start = -1
  for (let bit = 0; bit <= size; bit++) {
    const set = bit < size && (bits[bits.length - 1 - (bit >> 3)]! >> (bit & 7)) & 1
    if (set && start < 0) start = bit
    else if (!set && start >= 0) {
      count()
      const first = offset + BigInt(start)
      const last = offset + BigInt(bit - 1)
      if (first === 0n || last > 0xffffffffffffffffn) throw badSerial()
      into.add(first, last)
      start = -1
    }
  }
}
