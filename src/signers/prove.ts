/** What the signers of this folder check: that what came back is a signature by the key. */

import { SignerError, SshError } from '../errors.ts'
import type { KeyOptions, PublicKey } from '../keys/public-key.ts'
import type { Signature } from '../keys/signature.ts'
import type { Signer } from '../keys/signer.ts'
import { prepareVerifier, type Verifier } from '../keys/verify.ts'
import { encodeText } from '../wire/text.ts'

/** A verifier of signatures with just these algorithms. */
export function verifierOf(publicKey: PublicKey, algorithms: readonly string[], options: KeyOptions): Verifier {
  return prepareVerifier(publicKey, { types: options.types, limits: options.limits, algorithms })
}

/** Throws `SignerError` `signer-failed` where `signature` is not one of `data` by the verifier's key. */
export async function proveSignature(verifier: Verifier, signature: Signature, data: Uint8Array): Promise<void> {
  try {
    await verifier.verify(signature, data)
  } catch (cause) {
    if (!(cause instanceof SshError)) throw cause
    throw new SignerError('signer-failed', 'what was signed does not verify with the public key given', { cause })
  }
}

/** Has a signer sign a sentence that is no message of any protocol. Throws `SignerError` `signer-failed`. */
export async function proveSigner(signer: Signer, options: KeyOptions): Promise<void> {
  const data = encodeText('Proof that both halves of a key belong together; it means nothing else.')
  const verifier = verifierOf(signer.publicKey, signer.algorithms, options)
  await proveSignature(verifier, await signer.sign(data), data)
}
