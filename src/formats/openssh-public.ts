/** OpenSSH's public key files: one line of type, base64 and comment (sshd(8), AUTHORIZED_KEYS FILE FORMAT). */

import { FormatError } from '../errors.ts'
import { decodePublicKey, type KeyOptions, type PublicKey } from '../keys/public-key.ts'
import { formatPublicLine, readPublicLine } from '../wire/public-line.ts'
import { escapeText } from '../wire/text.ts'
import type { PublicFormat } from './format.ts'
import type { Source } from './source.ts'

function parse(source: Source, options: KeyOptions): PublicKey {
  const { type, blob, comment } = readPublicLine(source.text)
  const key = decodePublicKey(blob, { ...options, comment })
  if (key.type !== type) {
    throw new FormatError(
      'type-mismatch',
      `the line says ${escapeText(type, 64)}, its key says ${escapeText(key.type, 64)}`,
    )
  }
  return key
}

/** OpenSSH's public line. */
export const opensshPublic: PublicFormat = {
  name: 'openssh',
  // Two words, the second of which begins like the base64 of a blob: a length below 2^18.
  recognise: (source) => /(^|\n)[ \t]*[^ \t\n]+[ \t]+AAA/.test(source.text),
  parse,
  format: (key, comment) => `${formatPublicLine(key.type, key.blob, comment)}\n`,
}
