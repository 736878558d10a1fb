/** OpenSSH's public key files: one line of type, base64 and comment (sshd(8), AUTHORIZED_KEYS FILE FORMAT). */

import { judgePublicKey, parsePublicLine } from '../keys/public-key.ts'
import { formatPublicLine } from '../wire/public-line.ts'
import type { PublicFormat } from './format.ts'

/** OpenSSH's public line. */
export const opensshPublic: PublicFormat = {
  name: 'openssh',
  // Two words, the second of which begins like the base64 of a blob: a length below 2^18. The first ends in no colon, as
  // a header's name does: `Comment: AAA` in a file of PuTTY's is no key.
  recognise: (source) => /^[ \t]*[^ \t\n]*[^ \t\n:][ \t]+AAA/m.test(source.text),
  parse: (source, options) => judgePublicKey(parsePublicLine(source.text), options),
  format: (key, { comment }) => `${formatPublicLine(key.blob, comment ?? key.comment)}\n`,
}
