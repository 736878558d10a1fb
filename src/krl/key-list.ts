/**
 * Lists of revoked keys as text, one public line each, and files that may be such a list or a KRL: what sshd's
 * RevokedKeys and `ssh-keygen -Y verify -r` take (authfile.c `sshkey_check_revoked`, `sshkey_in_file`).
 */

import { decodeCertificate } from '../cert/decode.ts'
import { FormatError, LimitError } from '../errors.ts'
import type { Revocation } from '../keys/certificate.ts'
import { isCertificateName } from '../keys/key-type.ts'
import { decodePublicKey, type KeyOptions, type PublicKey } from '../keys/public-key.ts'
import { withLimits } from '../limits.ts'
import { blobType, readPublicLine } from '../wire/public-line.ts'
import { inputText } from '../wire/text.ts'
import { createKrl } from './create.ts'
import { isKrl, parseKrl } from './parse.ts'
import { krlRevocation } from './query.ts'

/** The plain key of a line. A certificate in the list revokes its key, not itself (`sshkey_equal_public`). */
function keyOfLine(line: string, options: KeyOptions): PublicKey {
  const { type, blob } = readPublicLine(line)
  if (blobType(blob) !== type) throw new FormatError('type-mismatch', 'key list: a line says another type than its key')
  if (isCertificateName(options.types, type)) return decodeCertificate(blob, options).publicKey
  try {
    return decodePublicKey(blob, options)
  } catch (error) {
    // A key of a size that nobody takes: OpenSSH skips the line.
    if (error instanceof LimitError) return { type, blob, comment: '' }
    throw error
  }
}

/**
 * A list of keys as what `checkCertificate` asks: `key` or `authority`, as `isRevoked` says it of a KRL of those keys.
 * Blank lines and those that begin with `#` are skipped. One bad line is an error here, and in OpenSSH one for every key
 * that is not found ahead of it. Throws `FormatError` (`unknown-format`, `bad-base64`, `type-mismatch`, …), `LimitError`,
 * `UnsupportedError` `unsupported-type` for a certificate whose type is not among `types`.
 *
 * @example
 * ```ts
 * import { ed25519, parsePublicLine } from 'hawser/keys'
 * import { keyListRevocation } from 'hawser/krl'
 *
 * const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I'
 * const revocation = keyListRevocation(`# lost on the train\n${line}\n`, { types: [ed25519] })
 * console.log(revocation(parsePublicLine(line))) // key
 * ```
 */
export function keyListRevocation(input: string | Uint8Array, options: KeyOptions): Revocation {
  const { krlLength } = withLimits(options.limits)
  const keys: PublicKey[] = []
  for (const line of inputText(input, { inputLength: krlLength }).split('\n')) {
    // OpenSSH reads a line as a C string.
    const text = line.split('\0', 1)[0]!.replace(/^[ \t]+/, '')
    if (text !== '' && !text.startsWith('#')) keys.push(keyOfLine(text, options))
  }
  return krlRevocation(createKrl({ generatedAt: 0, keys }))
}

/**
 * A file of either kind as what `checkCertificate` asks: a KRL where it begins like one, else a list of keys.
 * Signatures are not asked for: see `parseSignedKrl`. Throws as `parseKrl` and {@link keyListRevocation}.
 *
 * @example
 * ```ts
 * import { createKrl, formatKrl, revocationFrom } from 'hawser/krl'
 * import { parsePublicLine } from 'hawser/keys'
 *
 * const key = parsePublicLine('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I')
 * const file = formatKrl(createKrl({ generatedAt: 0, keys: [key] }))
 * console.log(revocationFrom(file, { types: [] })(key)) // key
 * ```
 */
export function revocationFrom(input: string | Uint8Array, options: KeyOptions): Revocation {
  return typeof input !== 'string' && isKrl(input)
    ? krlRevocation(parseKrl(input, options))
    : keyListRevocation(input, options)
}
