/**
 * Edits of a known_hosts file, which leave every other line as it is, octet for octet (`ssh-keygen -R` and `-H`;
 * openssh-portable hostfile.c `add_host_to_hostfile`, ssh-keygen.c `known_hosts_find_delete`, `known_hosts_hash`).
 */

import type { Random } from '../crypto/random.ts'
import { FormatError } from '../errors.ts'
import { looksLikeCertificate } from '../keys/key-type.ts'
import type { PublicKey } from '../keys/public-key.ts'
import { withLimits } from '../limits.ts'
import { aboveLimit, bad } from '../wire/expect.ts'
import { blobType } from '../wire/public-line.ts'
import { decodeText, encodeText, escapeText, latin1 } from '../wire/text.ts'
import { formatHostLine, type HostMarker } from './host-line.ts'
import { HASHED_LENGTH, hashHost, hostMatcher, isHashed, lowerCase } from './host-match.ts'
import { hostLines, type TextFileOptions } from './known-hosts.ts'
import { type Edited, edited, fileBytes } from './text-file.ts'

/** How to add a host. */
export interface AddHostOptions extends TextFileOptions {
  /** Writes `|1|salt|hash` in place of the name. */
  readonly hashed?: boolean | undefined
  readonly marker?: HostMarker | undefined
  readonly comment?: string | undefined
  /** Where salts come from; the platform's generator if not given. */
  readonly random?: Random | undefined
}

/**
 * Adds a line at the end; gives text for text and octets for octets. `host` is one name or address, or `[HOST]:PORT`,
 * and is written in lower case; with a marker it may be a list of patterns. What stands there already is not asked.
 * Throws `FormatError` (`bad-value`, `is-certificate`), `LimitError`.
 *
 * @example
 * ```ts
 * import { addHost, findHost, parseKnownHosts } from 'hawser/text'
 *
 * const line = 'a ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I'
 * const { key } = parseKnownHosts(line).entries[0]!
 * const file = addHost('# hosts\n', 'gate.example.com', key, { hashed: true })
 * console.log(findHost(file, 'gate.example.com')[0]?.hosts.startsWith('|1|')) // true
 * ```
 */
export function addHost<T extends string | Uint8Array>(
  file: T,
  host: string,
  key: Pick<PublicKey, 'blob'>,
  options: AddHostOptions = {},
): Edited<T> {
  const bytes = fileBytes(file, options.limits)
  const { hashed, marker = null, comment = '' } = options
  // What ssh does not record either (sshconnect.c check_host_key), but for brackets around a host with its port.
  const name = /^(?:[^@?*#[\]|'"\\!,]+|\[[^@?*#[\]|'"\\!,]+\]:[0-9]+)$/
  if (!name.test(host) && (hashed || marker === null)) {
    throw bad(`host "${escapeText(host)}"`, 'one name or address, or [HOST]:PORT,')
  }
  if (looksLikeCertificate(blobType(key.blob))) throw new FormatError('is-certificate', 'a public key expected')
  const lower = lowerCase(host)
  // The name is judged in either case: a line break has no place in a hash.
  const plain = formatHostLine(marker, lower, key.blob, comment)
  const line = hashed ? formatHostLine(marker, hashHost(lower, options.random), key.blob, comment) : plain
  const open = bytes.length > 0 && bytes[bytes.length - 1] !== 10
  return edited(file, [bytes, encodeText(open ? `\n${line}` : line)])
}

/** The file with other octets in place of some lines. */
function replaceLines<T extends string | Uint8Array>(
  file: T,
  bytes: Uint8Array,
  replaced: readonly { readonly start: number; readonly next: number; readonly by?: Uint8Array }[],
): Edited<T> {
  const parts: Uint8Array[] = []
  let from = 0
  for (const { start, next, by } of replaced) {
    parts.push(bytes.subarray(from, start))
    if (by) parts.push(by)
    from = next
  }
  return edited(file, [...parts, bytes.subarray(from)])
}

/**
 * Removes the lines of a host, as `ssh-keygen -R`: those that `findHost` finds, with all their names, but for lines with
 * a marker. Gives text for text and octets for octets. Throws `LimitError`, `TypeError` for an empty host.
 *
 * @example
 * ```ts
 * import { removeHost } from 'hawser/text'
 *
 * const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I'
 * console.log(removeHost(`# hosts\na.example.com,192.0.2.1 ${key}\n`, '192.0.2.1')) // # hosts
 * ```
 */
export function removeHost<T extends string | Uint8Array>(
  file: T,
  host: string,
  options: TextFileOptions = {},
): Edited<T> {
  const bytes = fileBytes(file, options.limits)
  const lines = [...hostLines(bytes, hostMatcher(host))].filter(({ head }) => head.marker === null)
  return replaceLines(
    file,
    bytes,
    lines.map(({ line }) => line),
  )
}

/**
 * Hashes the names of a file, as `ssh-keygen -H`: a line for each name, in lower case. Lines with a marker, with
 * wildcards, hashed already, or without a key stay as they are. Gives text for text and octets for octets. Throws
 * `LimitError` where the file, or what it would become, is above `textFileLength`.
 *
 * @example
 * ```ts
 * import { findHost, hashHosts } from 'hawser/text'
 *
 * const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I'
 * const file = hashHosts(`gate.example.com,192.0.2.1 ${key}\n`)
 * console.log(file.includes('gate'), findHost(file, '192.0.2.1')[0]?.line) // false 2
 * ```
 */
export function hashHosts<T extends string | Uint8Array>(
  file: T,
  options: TextFileOptions & { readonly random?: Random | undefined } = {},
): Edited<T> {
  const bytes = fileBytes(file, options.limits)
  const plain = (_: Uint8Array, from: number, to: number) =>
    !isHashed(bytes, from) && !/[*?!]/.test(latin1(bytes.subarray(from, to)))
  const { textFileLength } = withLimits(options.limits)
  let length = bytes.length
  const replaced = []
  for (const { line, head, words } of hostLines(bytes, plain)) {
    const names = words.hosts.split(',').filter((name) => name !== '')
    if (head.marker !== null || names.length === 0) continue
    // Each name repeats what stands behind all of them, so the size of the names alone says nothing.
    length += names.length * (HASHED_LENGTH + line.next - head.to) - (line.next - line.start)
    if (length > textFileLength) throw aboveLimit('hashed file', `${textFileLength} octets`)
    const rest = decodeText(bytes.subarray(head.to, line.end)).replace(/^[ \t]+/, ' ')
    const lines = names.map((name) => hashHost(lowerCase(name), options.random) + rest)
    const end = decodeText(bytes.subarray(line.end, line.next))
    replaced.push({ ...line, by: encodeText(lines.join(end || '\n') + end) })
  }
  return replaceLines(file, bytes, replaced)
}
