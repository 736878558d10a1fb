/**
 * Signatures of revocation lists (PROTOCOL.krl section 6), for lists that come over a channel that nobody protects.
 * OpenSSH writes none and, since 9.4, steps over them unread.
 *
 * Both functions work on the bytes: a signature is one of bytes, and a `Krl` keeps none. So nothing can be changed
 * between the check and the reading, and reading alone stays synchronous.
 */

import { equalBytes } from '../crypto/constant-time.ts'
import { VerificationError } from '../errors.ts'
import type { PublicKey } from '../keys/public-key.ts'
import type { Signer, SignOptions } from '../keys/signer.ts'
import { type VerifyOptions, verifySignature } from '../keys/verify.ts'
import type { Limits } from '../limits.ts'
import { Writer } from '../wire/writer.ts'
import { type Krl, section } from './krl.ts'
import { parseKrl } from './parse.ts'

/** Whose signature a list must have. */
export interface SignedKrlOptions extends VerifyOptions {
  /** Keys of which one must have signed it. */
  readonly requireSignedBy: readonly PublicKey[]
}

/**
 * Reads a list that one of the keys must have signed. Every signature of these keys must hold; those of others are not
 * looked at. Throws `VerificationError` (`unknown-authority` where none of them signed, `bad-signature`,
 * `algorithm-not-allowed`, and of security keys `touch-required`, `pin-required`), and as `parseKrl`.
 *
 * @example
 * ```ts
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 * import { createKrl, formatKrl, parseSignedKrl, signKrl } from 'hawser/krl'
 *
 * const signer = await generatePrivateKey(ed25519)
 * const bytes = await signKrl(formatKrl(createKrl({ generatedAt: 0, comment: 'signed' })), signer)
 * const krl = await parseSignedKrl(bytes, { types: [ed25519], requireSignedBy: [signer.publicKey] })
 * console.log(krl.comment) // signed
 * ```
 */
export async function parseSignedKrl(bytes: Uint8Array, options: SignedKrlOptions): Promise<Krl> {
  const copy = new Uint8Array(bytes)
  const krl = parseKrl(copy, options)
  let signed = false
  for (const { publicKey, signature, signedLength } of krl.signatures) {
    const key = options.requireSignedBy.find(({ blob }) => equalBytes(blob, publicKey))
    if (!key) continue
    await verifySignature(key, signature, copy.subarray(0, signedLength), options)
    signed = true
  }
  if (!signed) throw new VerificationError('unknown-authority', 'KRL: not signed by one of the keys asked for')
  return krl
}

/**
 * The list with one more signature at its end, whether it has others or not.
 * Throws as `parseKrl` for bytes that are none, and whatever the signer throws.
 *
 * @example
 * ```ts
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 * import { createKrl, formatKrl, parseKrl, signKrl } from 'hawser/krl'
 *
 * const signer = await generatePrivateKey(ed25519)
 * const bytes = await signKrl(formatKrl(createKrl({ generatedAt: 0 })), signer)
 * console.log(parseKrl(bytes, { types: [ed25519] }).signatures.length) // 1
 * ```
 */
export async function signKrl(
  bytes: Uint8Array,
  signer: Signer,
  options: SignOptions & { readonly limits?: Partial<Limits> | undefined } = {},
): Promise<Uint8Array> {
  const head = new Writer().raw(bytes).u8(section.signature).string(signer.publicKey.blob).take()
  parseKrl(head.subarray(0, bytes.length), { types: [], limits: options.limits })
  const signature = await signer.sign(new Uint8Array(head), options)
  return new Writer().raw(head).string(signature.blob).take()
}
