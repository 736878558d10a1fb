/** Certificates as OpenSSH keeps them in files: one line, as for public keys (`id-cert.pub`). */

import { FormatError } from '../errors.ts'
import type { Certificate } from '../keys/certificate.ts'
import type { KeyOptions } from '../keys/public-key.ts'
import { formatPublicLine, readPublicLine } from '../wire/public-line.ts'
import { escapeText, inputText } from '../wire/text.ts'
import { readCertificate } from './decode.ts'

/**
 * Reads a certificate from its line, or from the bytes of its file. The signature is not verified.
 * Throws `FormatError` (`unknown-format`, `bad-base64`, `type-mismatch`, …), `LimitError`, `UnsupportedError`
 * `unsupported-type`.
 *
 * @example
 * ```ts
 * import { formatCertificate, issueCertificate, parseCertificate } from 'hawser/cert'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const types = [ed25519]
 * const authority = await generatePrivateKey(ed25519)
 * const { publicKey } = await generatePrivateKey(ed25519)
 * const line = formatCertificate(
 *   await issueCertificate(
 *     { kind: 'user', publicKey, keyId: 'alice', principals: ['alice'], validAfter: 0n, validBefore: 2_000_000_000n },
 *     authority,
 *     { types },
 *   ),
 * )
 * console.log(parseCertificate(line, { types }).principals) // [ 'alice' ]
 * ```
 */
export function parseCertificate(input: string | Uint8Array, options: KeyOptions): Certificate {
  const { type, blob, comment } = readPublicLine(inputText(input, options.limits))
  const certificate = readCertificate(blob, options, comment)
  if (certificate.type !== type) {
    throw new FormatError(
      'type-mismatch',
      `${escapeText(type, 64)}: the certificate is of another type, ${certificate.type}`,
    )
  }
  return certificate
}

/**
 * Writes a certificate as a line with a line feed (`id-cert.pub`). Throws `FormatError` `bad-value` for a comment of
 * more than one line.
 *
 * @example
 * ```ts
 * import { formatCertificate, issueCertificate } from 'hawser/cert'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const [authority, { publicKey }] = [await generatePrivateKey(ed25519), await generatePrivateKey(ed25519)]
 * const facts = { kind: 'user', keyId: 'k', principals: ['alice'], validAfter: 0, validBefore: 1000 } as const
 * const certificate = await issueCertificate({ ...facts, publicKey }, authority, { types: [ed25519] })
 * console.log(formatCertificate(certificate, { comment: 'alice' })) // ssh-ed25519-cert-v01@openssh.com AAAA… alice
 * ```
 */
export function formatCertificate(
  certificate: Certificate,
  options: { readonly comment?: string | undefined } = {},
): string {
  return `${formatPublicLine(certificate.blob, options.comment ?? certificate.comment)}\n`
}
