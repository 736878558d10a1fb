/**
 * One line of known_hosts: marker, names, key type, base64, comment (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT;
 * openssh-portable hostfile.c `hostkeys_foreach_file`, `check_markers`).
 */

import { bad } from '../wire/expect.ts'
import { formatPublicLine, splitPublicLine } from '../wire/public-line.ts'
import { decodeText, escapeText, latin1 } from '../wire/text.ts'
import type { FileLine } from './text-file.ts'

/** What a line says of its key: that of an authority over the hosts, revoked, or (`null`) the hosts' own. */
export type HostMarker = 'cert-authority' | 'revoked' | null

/** An entry of known_hosts. Its key is carried opaque: nothing behind the type name is judged. */
export interface KnownHost {
  /** Counted from 1. */
  readonly line: number
  readonly marker: HostMarker
  /** Names and patterns between commas, or `|1|salt|hash`, as they stand there. Lossless text, see `decodeText`. */
  readonly hosts: string
  /** The type that the line says. */
  readonly type: string
  readonly key: { readonly type: string; readonly blob: Uint8Array }
  /** Lossless text, see `decodeText`. */
  readonly comment: string
}

/** The head of a line: its marker, and where its names stand. */
export interface HostLineHead {
  readonly marker: HostMarker
  readonly from: number
  readonly to: number
}

/** The words of a line behind its marker. */
export interface HostLineWords {
  readonly hosts: string
  readonly type: string
  readonly base64: string
  readonly comment: string
}

function isBlank(code: number | undefined): boolean {
  return code === 32 || code === 9
}

/**
 * One marker and the blanks behind it. OpenSSH looks for the space behind a marker first and for a tab only where the
 * line has no space: a tab behind a marker makes the line invalid but for that.
 */
const markerForm = /^@(cert-authority|revoked)(?: |\t(?=[^ ]*$))[ \t]*(?![ \t@])/

/** The head of a line; `undefined` for a blank or a comment, or what is wrong. A NUL ends the line, as in C. */
export function readHead(bytes: Uint8Array, { start, end }: FileLine): HostLineHead | string | undefined {
  let from = start
  while (from < end && isBlank(bytes[from])) from++
  const first = from < end ? bytes[from] : 0
  if (first === 0 || first === 35 /* # */) return undefined
  let marker: HostMarker = null
  if (first === 64 /* @ */) {
    const found = markerForm.exec(untilNul(latin1(bytes.subarray(from, end))))
    if (!found) return 'one marker, @cert-authority or @revoked,'
    marker = found[1] as HostMarker
    from += found[0].length
  }
  let to = from
  while (to < end && !isBlank(bytes[to]) && bytes[to] !== 0) to++
  return to > from && to < end && bytes[to] !== 0 ? { marker, from, to } : 'names and a key'
}

/** What stands in front of the first NUL, where a line ends for C. */
function untilNul(text: string): string {
  const nul = text.indexOf('\0')
  return nul < 0 ? text : text.slice(0, nul)
}

/**
 * The words of a line, its base64 not decoded; `undefined` where there are no type and key, or the key is one of
 * protocol 1 (`bits exponent modulus`). This is all that `ssh-keygen -F`, `-R` and `-H` ask for.
 */
export function splitWords(bytes: Uint8Array, { from }: HostLineHead, { end }: FileLine): HostLineWords | undefined {
  const text = untilNul(decodeText(bytes.subarray(from, end)))
  const at = text.search(/[ \t]/)
  const found = splitPublicLine(text.slice(at))
  if (!found || found.base64.startsWith('#')) return undefined
  const { type, base64, comment } = found
  // Types of one character and of 128 are no names (hostfile.c `ktype`).
  if (type.length < 2 || type.length > 127 || /^\d+$/.test(type)) return undefined
  return { hosts: text.slice(0, at), type, base64, comment }
}

/** Writes a line, with a line feed. Throws `FormatError` `bad-value` where it would be read as something else. */
export function formatHostLine(marker: HostMarker, hosts: string, blob: Uint8Array, comment: string): string {
  if (!/^[^\0-\x20#@][^\0-\x20]*$/.test(hosts)) throw bad(`hosts "${escapeText(hosts)}"`, 'names without white space')
  if (marker !== null && marker !== 'cert-authority' && marker !== 'revoked') throw bad('marker', 'one that is known')
  return `${marker ? `@${marker} ` : ''}${hosts} ${formatPublicLine(blob, comment)}\n`
}
