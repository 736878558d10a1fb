/**
 * SSHFP records, by which DNS says what host keys a host has: RFC 4255, with the numbers of RFC 6594 and 7479, as
 * `ssh-keygen -r` prints them; also as the unknown record of RFC 3597 (`TYPE44 \# …`, `ssh-keygen -r -g`).
 *
 * A record holds a hash of a key and not the key, so that this container is written and matched, and never read into one.
 */

import { equalBytes } from '../crypto/constant-time.ts'
import { type Hash, sha1, sha256 } from '../crypto/hash.ts'
import { type FormatError, UnsupportedError } from '../errors.ts'
import { findType, type KeyType } from '../keys/key-type.ts'
import type { PublicKey } from '../keys/public-key.ts'
import type { Limits } from '../limits.ts'
import { bad, noPlace } from '../wire/expect.ts'
import { decodeHex, encodeHex } from '../wire/hex.ts'
import { inputText } from '../wire/text.ts'
import type { PublicFormat } from './format.ts'

/** One record. */
export interface SshfpRecord {
  /** Owner name as it stands there; `@` is the zone's own. */
  readonly host: string
  /** Algorithm of the key, by its number. */
  readonly algorithm: number
  /** 1 is SHA-1, 2 is SHA-256; others are carried. */
  readonly hashType: number
  readonly fingerprint: Uint8Array
}

/** What records say of one key. */
export interface SshfpMatch {
  /** Records that hold its hash. */
  readonly matching: readonly SshfpRecord[]
  /** Records of its algorithm under a known hash that hold another. OpenSSH refuses the key where there is one. */
  readonly differing: readonly SshfpRecord[]
}

/** Hashes by their numbers: RFC 4255 section 3.1.2, RFC 6594 section 3.2.2. */
const hashes: Readonly<Record<number, Hash>> = { 1: sha1, 2: sha256 }

const LINE =
  /^(\S+)\s+(?:\d+\s+)?(?:IN\s+)?(?:\d+\s+)?(?:(SSHFP)\s+(\d{1,3})\s+(\d{1,3})|TYPE44\s+\\#\s+(\d{1,5}))\s+([\da-f][\da-f\s]*)$/i

function algorithmOf(key: PublicKey, types: readonly KeyType[]): number | undefined {
  return findType(types, key.type)?.sshfp
}

/**
 * The records of a key, SHA-1 and SHA-256, a line each, as `ssh-keygen -r` prints them. `host` is the owner name.
 * Throws `UnsupportedError` `unsupported-type` for a type that has no number, `TypeError` for a host of several words.
 *
 * @example
 * ```ts
 * import { formatSshfp } from 'hawser/formats'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const { publicKey } = await generatePrivateKey(ed25519)
 * console.log(formatSshfp(publicKey, { host: 'host.example', types: [ed25519] }))
 * ```
 */
export function formatSshfp(
  key: PublicKey,
  options: { readonly host: string; readonly types: readonly KeyType[]; readonly generic?: boolean | undefined },
): string {
  const algorithm = algorithmOf(key, options.types)
  if (algorithm === undefined) {
    throw noPlace('SSHFP', key.type)
  }
  if (!/^[^\s;]+$/.test(options.host)) throw new TypeError('host: one word expected')
  const lines = Object.entries(hashes).map(([number, hash]) => {
    const text = encodeHex(hash.digest(key.blob))
    if (!options.generic) return `${options.host} IN SSHFP ${algorithm} ${number} ${text}\n`
    const numbers = encodeHex(Uint8Array.of(algorithm, Number(number)))
    return `${options.host} IN TYPE44 \\# ${hash.length + 2} ${numbers.slice(0, 2)} ${numbers.slice(2)} ${text}\n`
  })
  return lines.join('')
}

function parseLine(line: string, number: number): SshfpRecord {
  const fail = (expected: string): FormatError => bad(`SSHFP, line ${number}`, expected)
  const [, host, plain, algorithmText, hashText, lengthText, rest] = LINE.exec(line) ?? []
  if (host === undefined || rest === undefined) throw fail('"HOST IN SSHFP ALGORITHM HASH HEX"')
  const octets = decodeHex(rest.replace(/\s/g, ''))
  if (!octets) throw fail('hexadecimal digits')
  if (!plain && octets.length !== Number(lengthText)) throw fail(`${lengthText} octets`)
  const numbers = plain ? [Number(algorithmText), Number(hashText)] : octets.subarray(0, 2)
  const [algorithm = 256, hashType = 256] = numbers
  const fingerprint = plain ? octets : octets.slice(2)
  if (algorithm > 255 || hashType > 255) throw fail('numbers of one octet')
  const length = hashes[hashType]?.length ?? fingerprint.length
  if (fingerprint.length !== length || length === 0) throw fail(`${length || 'some'} octets`)
  return { host, algorithm, hashType, fingerprint }
}

/**
 * Reads records, one a line, as in a zone file or from `dig`; blank lines and comments (`;`) are skipped. Lines in
 * parentheses are not read. Throws `FormatError` `bad-value`, `LimitError`.
 *
 * @example
 * ```ts
 * import { parseSshfp } from 'hawser/formats'
 *
 * const [record] = parseSshfp('host.example IN SSHFP 4 1 8234d2d9e2ee778ac4c7ba3af6b15098cb102c81')
 * console.log(record?.algorithm, record?.hashType) // 4 1
 * ```
 */
export function parseSshfp(
  input: string | Uint8Array,
  options: { readonly limits?: Partial<Limits> } = {},
): SshfpRecord[] {
  const records: SshfpRecord[] = []
  for (const [i, line] of inputText(input, options.limits).split('\n').entries()) {
    const text = line.replace(/;.*/, '').trim()
    if (text) records.push(parseLine(text, i + 1))
  }
  return records
}

/**
 * Which records are of the key, and which of its algorithm are of another (RFC 4255 section 2.1). Nothing says here
 * that the records can be trusted: that is DNSSEC's to say. `host` is not compared.
 *
 * @example
 * ```ts
 * import { formatSshfp, matchSshfp, parseSshfp } from 'hawser/formats'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const types = [ed25519]
 * const [{ publicKey }, other] = [await generatePrivateKey(ed25519), await generatePrivateKey(ed25519)]
 * const records = parseSshfp(formatSshfp(publicKey, { host: 'host.example', types })) // or out of DNS
 * console.log(matchSshfp(records, publicKey, { types }).matching.length) // 2
 * console.log(matchSshfp(records, other.publicKey, { types }).differing.length) // 2
 * ```
 */
export function matchSshfp(
  records: readonly SshfpRecord[],
  key: PublicKey,
  options: { readonly types: readonly KeyType[] },
): SshfpMatch {
  const algorithm = algorithmOf(key, options.types)
  const known = records.filter((record) => record.algorithm === algorithm && hashes[record.hashType])
  const matches = (record: SshfpRecord): boolean =>
    equalBytes(hashes[record.hashType]!.digest(key.blob), record.fingerprint)
  return { matching: known.filter(matches), differing: known.filter((record) => !matches(record)) }
}

/** SSHFP records of the zone's own name, as a container that is written only: see {@link formatSshfp} for a host's. */
export const sshfp: PublicFormat = {
  name: 'sshfp',
  recognise: (source) => /^\s*\S+\s[^\n]*\b(SSHFP\s+\d|TYPE44\s+\\#)/i.test(source.text),
  parse() {
    throw new UnsupportedError('unsupported-format', 'SSHFP: a hash, no key')
  },
  format: (key, { types }) => formatSshfp(key, { host: '@', types }),
}
