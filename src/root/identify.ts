/** What a file is: one answer for every artifact that the library knows. */

import { parseCertificate } from '../cert/index.ts'
import { FormatError } from '../errors.ts'
import {
  allPrivateFormats,
  allPublicFormats,
  type Encryption,
  type Input,
  inspectPrivateKey,
  readX509,
  Source,
  type X509Facts,
} from '../formats/index.ts'
import { allTypes, type Certificate, type PublicKey } from '../keys/index.ts'
import type { Limits } from '../limits.ts'

/** What `identify` found. `encoding` is there where the input was DER instead of text. */
export type Identified = { readonly format: string; readonly encoding?: 'der' } & (
  | {
      readonly artifact: 'private-key'
      /** `null` for a plain file. */
      readonly encrypted: Encryption | null
      /** Where the file tells it without a passphrase. */
      readonly publicKey: PublicKey | undefined
    }
  | { readonly artifact: 'public-key'; readonly publicKey: PublicKey }
  | { readonly artifact: 'certificate'; readonly certificate: Certificate }
  | { readonly artifact: 'x509-certificate'; readonly x509: X509Facts }
)

/**
 * Says what a file is and what it tells without a passphrase.
 * Throws `FormatError` (`unknown-format` where it is nothing known), `LimitError`, `UnsupportedError`.
 *
 * @example
 * ```ts
 * import { formatPrivateKey, generateKey, identify } from 'hawser'
 *
 * const found = identify(await formatPrivateKey(await generateKey()))
 * console.log(found.artifact, found.format) // private-key openssh
 * ```
 */
export function identify(input: Input, options: { readonly limits?: Partial<Limits> | undefined } = {}): Identified {
  const bound = { ...options, types: allTypes }
  const source = new Source(input, options.limits)
  const encoding = source.isDer ? ({ encoding: 'der' } as const) : {}
  if (allPrivateFormats.some((format) => format.recognise(source))) {
    try {
      const facts = inspectPrivateKey(input, { ...bound, formats: allPrivateFormats })
      return { artifact: 'private-key', ...encoding, ...facts }
    } catch (error) {
      // The public half of a JWK or of a PuTTY file begins as the whole does.
      if (!(error instanceof FormatError && error.code === 'is-public-key')) throw error
    }
  }
  const found = allPublicFormats.find((format) => format.recognise(source))
  if (!found) throw new FormatError('unknown-format', 'no key or certificate found')
  const format = found.name
  if (format === 'x509') return { artifact: 'x509-certificate', format, ...encoding, x509: readX509(input, bound) }
  try {
    return { artifact: 'public-key', format, ...encoding, publicKey: found.parse(source, bound) }
  } catch (error) {
    if (!(error instanceof FormatError && error.code === 'is-certificate')) throw error
    return { artifact: 'certificate', format, certificate: parseCertificate(source.text, bound) }
  }
}
