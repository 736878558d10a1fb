/** Making an SSHSIG (openssh-portable PROTOCOL.sshsig sections 2 and 3; sshsig.c `sshsig_wrap_sign`). */

import { equalBytes } from '../crypto/constant-time.ts'
import { SignerError, UnsupportedError } from '../errors.ts'
import { decodeSignature } from '../keys/signature.ts'
import type { Signer, SignOptions } from '../keys/signer.ts'
import { checkLength } from '../wire/expect.ts'
import { escapeText } from '../wire/text.ts'
import { encodeSshsig, formatSshsig, type MessageHash, messageHash, signedData } from './sshsig.ts'

/**
 * What is signed: the whole message, or a function that gives its digest by the hash asked for, which is how a stream
 * that is not held in memory is signed and verified.
 */
export type Message = Uint8Array | ((hash: MessageHash) => Uint8Array | Promise<Uint8Array>)

/** How to sign a message. */
export interface SignMessageOptions extends SignOptions {
  /** What the signature is for, such as `file`, `git` or `name@your.domain`; not empty. */
  readonly namespace: string
  /** `sha512` where it is not given, as in ssh-keygen. */
  readonly hash?: MessageHash | undefined
  /** Puts the signer's certificate where its plain key would stand. */
  readonly certificate?: boolean | undefined
}

/** The digest of a message. Throws `TypeError` for what is no message or no digest. */
export async function digestMessage(message: Message, name: MessageHash): Promise<Uint8Array> {
  const hash = messageHash(name)
  if (message instanceof Uint8Array) return hash.digest(message)
  if (typeof message !== 'function') throw new TypeError('message: a Uint8Array, or a function, expected')
  const digest = new Uint8Array(await message(name))
  checkLength('digest', digest, hash.length)
  return digest
}

/** Throws `TypeError` for what is no namespace: PROTOCOL.sshsig forbids the empty one, NUL would end it in C. */
export function checkNamespace(namespace: string): void {
  if (typeof namespace !== 'string' || namespace === '' || namespace.includes('\0')) {
    throw new TypeError('namespace: text, not empty and without NUL, expected')
  }
}

/**
 * Signs a message and gives the armored SSHSIG, as `ssh-keygen -Y sign` does; with RSA by the same hash as the message.
 * Throws `TypeError`, `UnsupportedError` `unsupported-algorithm` (SHA-1 is not for SSHSIG), `SignerError`
 * `signer-failed` for a signer that used another algorithm, and what the signer throws.
 *
 * @example
 * ```ts
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 * import { signMessage } from 'hawser/sshsig'
 *
 * const key = await generatePrivateKey(ed25519)
 * const signature = await signMessage(new TextEncoder().encode('hello'), key, { namespace: 'file' })
 * console.log(signature.split('\n')[0]) // -----BEGIN SSH SIGNATURE-----
 * ```
 */
export async function signMessage(message: Message, signer: Signer, options: SignMessageOptions): Promise<string> {
  const { namespace, hash = 'sha512', signal } = options
  checkNamespace(namespace)
  const { publicKey } = signer
  const certificate = options.certificate ? signer.certificate : undefined
  if (options.certificate && !(certificate && equalBytes(certificate.publicKey.blob, publicKey.blob))) {
    throw new TypeError('certificate: a signer with a certificate for its key expected')
  }
  const digest = await digestMessage(message, hash)
  // RSA alone has a choice, and follows the hash (OpenSSH 10; 9.2 takes SHA-512 with either).
  const byHash = signer.algorithms.find((name) => name === `rsa-sha2-${hash.slice(3)}`)
  const algorithm = options.algorithm ?? byHash ?? signer.algorithms[0]
  if (algorithm === undefined || /^ssh-(rsa|dss)$/.test(algorithm)) {
    throw new UnsupportedError('unsupported-algorithm', `SSHSIG: no signatures with ${escapeText(`${algorithm}`, 64)}`)
  }
  const { blob } = await signer.sign(signedData(namespace, hash, digest), { algorithm, signal })
  // Read anew from its bytes: an agent or a KMS may sign with what it likes.
  const signature = decodeSignature(blob)
  if (signature.algorithm !== algorithm) {
    const used = escapeText(signature.algorithm, 64)
    throw new SignerError('signer-failed', `${algorithm} expected, the signer used ${used}`)
  }
  return formatSshsig({ blob: encodeSshsig({ publicKey, certificate, namespace, hash, signature }) })
}
