/** known_hosts as a whole: read, written, searched (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT; `ssh-keygen -F`). */

import type { LineProblem } from '../errors.ts'
import type { Limits } from '../limits.ts'
import { badLine, noteProblem, readLineKey } from '../wire/line-key.ts'
import {
  formatHostLine,
  type HostLineHead,
  type HostLineWords,
  type HostMarker,
  type KnownHost,
  readHead,
  splitWords,
} from './host-line.ts'
import { hostMatcher } from './host-match.ts'
import { type FileLine, fileBytes, fileLines } from './text-file.ts'

/** Ceilings to put over the default ones. */
export interface TextFileOptions {
  readonly limits?: Partial<Limits> | undefined
}

/** What a known_hosts file says. */
export interface KnownHosts {
  readonly entries: readonly KnownHost[]
  /** The lines that say nothing, and why, of which the first 10,000 are told; OpenSSH skips them too. */
  readonly problems: readonly LineProblem[]
}

/** An entry that was found; `key` is missing where it cannot be read. */
export type FoundHost = Omit<KnownHost, 'key'> & { readonly key: KnownHost['key'] | undefined }

function entryOf<K>(line: number, { marker }: HostLineHead, { hosts, type, comment }: HostLineWords, key: K) {
  return { line, marker, hosts, type, key, comment }
}

/**
 * Reads a known_hosts file. Keys are carried opaque, those of certificates too; a line that is wrong is a problem, and
 * the others count. Throws `LimitError`.
 *
 * @example
 * ```ts
 * import { parseKnownHosts } from 'hawser/text'
 *
 * const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I'
 * const { entries, problems } = parseKnownHosts(`@revoked *.example.com ${key} stolen\nnokey.example.com\n`)
 * console.log(entries[0]?.marker, entries[0]?.hosts, entries[0]?.comment) // revoked *.example.com stolen
 * console.log(problems[0]?.line, problems[0]?.code) // 2 bad-value
 * ```
 */
export function parseKnownHosts(input: string | Uint8Array, options: TextFileOptions = {}): KnownHosts {
  const bytes = fileBytes(input, options.limits)
  const entries: KnownHost[] = []
  const problems: LineProblem[] = []
  for (const line of fileLines(bytes)) {
    const head = readHead(bytes, line)
    if (head === undefined) continue
    const { number } = line
    const words = typeof head === 'string' ? undefined : splitWords(bytes, head, line)
    const blob = words
      ? readLineKey(words.type, words.base64, 'known_hosts')
      : badLine('line', typeof head === 'string' ? head : 'a key')
    if ('code' in blob) noteProblem(problems, number, blob)
    else entries.push(entryOf(number, head as HostLineHead, words!, { type: words!.type, blob }))
  }
  return { entries, problems }
}

/**
 * Writes entries as a known_hosts file. Throws `FormatError` `bad-value` for names or a comment that a line cannot hold.
 *
 * @example
 * ```ts
 * import { formatKnownHosts, parseKnownHosts } from 'hawser/text'
 *
 * const line = 'host.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I\n'
 * console.log(formatKnownHosts(parseKnownHosts(line).entries) === line) // true
 * ```
 */
export function formatKnownHosts(
  entries: readonly (Pick<KnownHost, 'hosts'> & {
    readonly key: Pick<KnownHost['key'], 'blob'>
    readonly marker?: HostMarker | undefined
    readonly comment?: string | undefined
  })[],
): string {
  return entries
    .map(({ marker = null, hosts, key, comment = '' }) => formatHostLine(marker, hosts, key.blob, comment))
    .join('')
}

/** A line of a host: what `ssh-keygen -F`, `-R` and `-H` work on. */
export interface HostLine {
  readonly line: FileLine
  readonly head: HostLineHead
  readonly words: HostLineWords
}

/** The lines that have names and a key, of those whose names `matches` takes. */
export function* hostLines(
  bytes: Uint8Array,
  matches: (bytes: Uint8Array, from: number, to: number) => boolean,
): Generator<HostLine, void> {
  for (const line of fileLines(bytes)) {
    const head = readHead(bytes, line)
    if (typeof head !== 'object' || !matches(bytes, head.from, head.to)) continue
    const words = splitWords(bytes, head, line)
    if (words) yield { line, head, words }
  }
}

/**
 * The entries for a host, with every marker, as `ssh-keygen -F` finds them. `host` is a name or an address as it is, or
 * `[HOST]:PORT`; patterns do not mind its case, hashes do. Only lines that match are decoded. Throws `LimitError`,
 * `TypeError` for an empty host.
 *
 * @example
 * ```ts
 * import { findHost } from 'hawser/text'
 *
 * const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I'
 * const file = `# hosts\n*.example.com,!old.example.com ${key}\n[gate.example.com]:2222 ${key}\n`
 * console.log(findHost(file, '[gate.example.com]:2222').map((entry) => entry.line)) // [ 3 ]
 * console.log(findHost(file, 'old.example.com').length) // 0
 * ```
 */
export function findHost(input: string | Uint8Array, host: string, options: TextFileOptions = {}): FoundHost[] {
  const bytes = fileBytes(input, options.limits)
  const found: FoundHost[] = []
  for (const { line, head, words } of hostLines(bytes, hostMatcher(host))) {
    const { type, base64 } = words
    const blob = readLineKey(type, base64, 'known_hosts')
    found.push(entryOf(line.number, head, words, 'code' in blob ? undefined : { type, blob }))
  }
  return found
}
