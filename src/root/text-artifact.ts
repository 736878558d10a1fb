/** Which of OpenSSH's text files a text is: told by the looks of its lines, since none of them has a mark. */

import { SshError } from '../errors.ts'
import { parseKeyOptions } from '../text/key-options.ts'
import { optionsEnd } from '../wire/option-list.ts'
import { splitPublicLine } from '../wire/public-line.ts'

/** The text files of many entries. */
export type TextArtifact = 'authorized-keys' | 'known-hosts' | 'allowed-signers'

/** What a line looks like: a bare key, an entry of one file, or (`either`) a host or a principal in front of a key. */
type Look = 'key' | 'either' | TextArtifact

/** Whether a public line starts here: every blob begins with the length of a short name. */
function isKeyAt(text: string): boolean {
  return splitPublicLine(text)?.base64.startsWith('AAAA') === true
}

function isKeyOptions(text: string): boolean {
  try {
    parseKeyOptions(text)
    return true
  } catch (error) {
    if (error instanceof SshError) return false
    throw error
  }
}

function lookOf(line: string): Look | undefined {
  if (isKeyAt(line)) return 'key'
  // A marker, a hashed name, a host with its port.
  if (/^(@(cert-authority|revoked)[ \t]|\|1\||\[)/.test(line)) return 'known-hosts'
  const end = optionsEnd(line, 0)
  if (end < 0) return undefined
  const [first, rest] = [line.slice(0, end), line.slice(end).replace(/^[ \t]+/, '')]
  if (/^(namespaces=|valid-(after|before)=|cert-authority[, \t])/i.test(rest)) return 'allowed-signers'
  if (!isKeyAt(rest)) return undefined
  if (isKeyOptions(first)) return 'authorized-keys'
  return first.indexOf('@') > 0 ? 'allowed-signers' : 'either'
}

/**
 * Which file a text is, `guessed` where two fit; `key` for one bare public line, `undefined` for a text without a line
 * of keys.
 */
export function textArtifact(text: string): { artifact: TextArtifact; guessed: boolean } | 'key' | undefined {
  let seen: Look | undefined
  let lines = 0
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start) + 1 || text.length
    const line = text.slice(start, end).trim()
    start = end
    if (line === '' || line.startsWith('#')) continue
    lines++
    const look = lookOf(line)
    // The first line decides, but for one that a later line tells apart.
    if (seen === undefined || (seen === 'either' && look !== 'key')) seen = look ?? seen
    if (seen !== undefined && seen !== 'either' && lines > 1) break
  }
  if (seen === undefined) return undefined
  if (seen !== 'key') return { artifact: seen === 'either' ? 'known-hosts' : seen, guessed: seen === 'either' }
  return lines > 1 ? { artifact: 'authorized-keys', guessed: false } : 'key'
}
