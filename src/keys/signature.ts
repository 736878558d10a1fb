/** Signatures: an algorithm name and a blob (RFC 4253 section 6.6, RFC 8332 section 3). */

import type { Sign, Verify } from '../crypto/webcrypto.ts'
import { type Limits, withLimits } from '../limits.ts'
import { bad } from '../wire/expect.ts'
import { Reader } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'
import type { SignFunction, VerifyFunction } from './key-type.ts'

/** A signature. Its bytes are kept as they came. */
export interface Signature {
  /** Algorithm name, which is also the first string of the blob, such as `rsa-sha2-512`. */
  readonly algorithm: string
  /** The whole blob, algorithm name included. */
  readonly blob: Uint8Array
}

/**
 * A signature from its blob, which is copied. What stands behind the name is judged when it is verified.
 * Throws `FormatError` (`truncated`, `bad-value`), `LimitError` `limit`.
 *
 * @example
 * ```ts
 * import { decodeSignature, ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const key = await generatePrivateKey(ed25519)
 * const { blob } = await key.sign(new TextEncoder().encode('hello'))
 * console.log(decodeSignature(blob).algorithm) // ssh-ed25519
 * ```
 */
export function decodeSignature(blob: Uint8Array, limits?: Partial<Limits>): Signature {
  const { nameLength } = withLimits(limits)
  return { algorithm: new Reader(blob).name('signature algorithm', nameLength), blob: new Uint8Array(blob) }
}

/**
 * A signature from its algorithm and what stands behind it (RFC 4253 section 6.6): for most types one `string`.
 *
 * @example
 * ```ts
 * import { signatureOf } from 'hawser/keys'
 * import { Writer } from 'hawser/wire'
 *
 * const value = new Uint8Array(64) // as Ed25519 elsewhere made it
 * const signature = signatureOf('ssh-ed25519', new Writer().string(value).take())
 * console.log(signature.blob.length) // 83
 * ```
 */
export function signatureOf(algorithm: string, value: Uint8Array): Signature {
  return { algorithm, blob: new Writer().string(algorithm).raw(value).take() }
}

/** Signing where the value of a signature is one string: what `sign` makes. */
export function signString(sign: Sign): SignFunction {
  return async (data) => new Writer().string(await sign(data)).take()
}

/**
 * Verifying where the value of a signature is one string, of `length` octets where that is given.
 * The function throws `FormatError` `bad-value`, `trailing-bytes`.
 */
export function verifyString(verify: Verify, what: string, length?: number): VerifyFunction {
  return async (value, data) => {
    const signature = value.string(what, length)
    value.end(what)
    if (signature.length !== (length ?? signature.length)) throw bad(what, `${length} octets`)
    return (await verify(signature, data)) ? {} : undefined
  }
}
