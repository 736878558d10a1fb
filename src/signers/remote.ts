/**
 * Signers over a function of the caller: a service that `kmsSigner` does not know, a token, a remote process.
 *
 * What they give: an ECDSA signature in DER (RFC 3279 section 2.2.3), as libraries and most services do, or r and s one
 * after the other, as PKCS#11 tokens and JOSE (RFC 7518 section 3.4) do; an RSA signature as it is (RFC 8017 section 8.2).
 */

import { type Hash, sha1, sha256, sha384, sha512 } from '../crypto/hash.ts'
import { type AbortSignalLike, throwIfAborted } from '../crypto/progress.ts'
import { UnsupportedError } from '../errors.ts'
import { type HashName, signatureHash } from '../formats/crypto-algorithm.ts'
import { type SignatureForm, sshSignature } from '../formats/signature-value.ts'
import type { Certificate } from '../keys/certificate.ts'
import { copyOf } from '../keys/fields.ts'
import { needType } from '../keys/key-type.ts'
import type { KeyOptions, PublicKey } from '../keys/public-key.ts'
import { chosenAlgorithm, type Signer, type SignOptions } from '../keys/signer.ts'
import { proveSignature, verifierOf } from './prove.ts'

/** What a service is asked for. */
export interface RemoteSignRequest {
  /** SSH name of the algorithm, such as `rsa-sha2-512`. */
  readonly algorithm: string
  /** The hash that belongs to it; `undefined` where the algorithm signs the message as it is. */
  readonly hash: HashName | undefined
  readonly signal: AbortSignalLike | undefined
}

/** The key that a service holds, and what it is like. */
export interface RemoteSignerOptions extends KeyOptions {
  /** Public half of the key that the service holds. */
  readonly publicKey: PublicKey
  /** Algorithms that the service makes, the preferred one first; those of the key's type where not given. */
  readonly algorithms?: readonly string[] | undefined
  /** How the service writes an ECDSA signature: `'der'` (default), or `'raw'`, r and s one after the other. */
  readonly form?: SignatureForm | undefined
  /** The certificate to present with its signatures. */
  readonly certificate?: Certificate | undefined
}

type Remote = (data: Uint8Array, request: RemoteSignRequest) => Promise<Uint8Array>

const hashes: Readonly<Record<HashName, Hash>> = {
  'SHA-1': sha1,
  'SHA-256': sha256,
  'SHA-384': sha384,
  'SHA-512': sha512,
}

/** The digest of `data`. */
export function digestWith(hash: HashName, data: Uint8Array): Uint8Array {
  return hashes[hash].digest(data)
}

function remoteSigner(options: RemoteSignerOptions, remote: Remote): Signer {
  const { publicKey, certificate, form = 'der' } = options
  const type = needType(options.types, publicKey.type)
  const algorithms = [...(options.algorithms ?? type.algorithms)]
  const verifier = verifierOf(publicKey, algorithms, options)
  return {
    publicKey,
    algorithms,
    ...(certificate && { certificate }),
    async sign(data: Uint8Array, request?: SignOptions) {
      const signal = request?.signal
      throwIfAborted(signal)
      const algorithm = chosenAlgorithm(algorithms, request?.algorithm)
      // What the caller writes there meanwhile is neither signed nor verified.
      const message = copyOf(data)
      const value = await remote(message, { algorithm, hash: signatureHash(type, algorithm), signal })
      throwIfAborted(signal)
      const signature = sshSignature(type, algorithm, value, form)
      // Another key, another hash or the other form: better found here than by a server that says only "denied".
      await proveSignature(verifier, signature, message)
      return signature
    },
  }
}

/**
 * A signer over a function that signs digests, as key management services do. The message is hashed here; what comes
 * back is verified with the public key. `sign` throws `SignerError` `signer-failed` where it does not hold,
 * `UnsupportedError` `unsupported-algorithm` (Ed25519, which signs no digests: see {@link messageSigner}), and what
 * `signDigest` throws.
 *
 * @example
 * ```ts
 * import { generateKeyPairSync, privateEncrypt } from 'node:crypto'
 * import { parsePublicKey, spki } from 'hawser/formats'
 * import { rsa } from 'hawser/keys'
 * import { digestSigner } from 'hawser/signers'
 *
 * // Stands in for a service: what it does to a SHA-256 digest is RFC 8017 section 9.2.
 * const service = generateKeyPairSync('rsa', { modulusLength: 2048 })
 * const digestInfo = Buffer.from('3031300d060960864801650304020105000420', 'hex')
 * const der = service.publicKey.export({ format: 'der', type: 'spki' })
 * const signer = digestSigner({
 *   publicKey: parsePublicKey(der, { types: [rsa], formats: [spki] }),
 *   types: [rsa],
 *   algorithms: ['rsa-sha2-256'],
 *   signDigest: async (digest) => privateEncrypt(service.privateKey, Buffer.concat([digestInfo, digest])),
 * })
 * console.log((await signer.sign(new Uint8Array(3))).algorithm) // rsa-sha2-256
 * ```
 */
export function digestSigner(
  options: RemoteSignerOptions & {
    /** Signs `digest`, made with `request.hash`. */
    readonly signDigest: (digest: Uint8Array, request: RemoteSignRequest) => Promise<Uint8Array>
  },
): Signer {
  return remoteSigner(options, async (data, request) => {
    if (!request.hash) {
      throw new UnsupportedError('unsupported-algorithm', `${request.algorithm} signs messages, not digests`)
    }
    return options.signDigest(digestWith(request.hash, data), request)
  })
}

/**
 * A signer over a function that signs whole messages. Throws as {@link digestSigner}, and takes Ed25519 too.
 *
 * @example
 * ```ts
 * import { generateKeyPairSync, sign } from 'node:crypto'
 * import { parsePublicKey, spki } from 'hawser/formats'
 * import { ecdsaP256 } from 'hawser/keys'
 * import { messageSigner } from 'hawser/signers'
 *
 * const service = generateKeyPairSync('ec', { namedCurve: 'P-256' }) // stands in for a key in a service
 * const der = service.publicKey.export({ format: 'der', type: 'spki' })
 * const signer = messageSigner({
 *   publicKey: parsePublicKey(der, { types: [ecdsaP256], formats: [spki] }),
 *   types: [ecdsaP256],
 *   signMessage: async (message) => sign('sha256', message, service.privateKey),
 * })
 * console.log((await signer.sign(new Uint8Array(3))).algorithm) // ecdsa-sha2-nistp256
 * ```
 */
export function messageSigner(
  options: RemoteSignerOptions & {
    /** Signs `message`, hashing it with `request.hash` where the algorithm has one. */
    readonly signMessage: (message: Uint8Array, request: RemoteSignRequest) => Promise<Uint8Array>
  },
): Signer {
  return remoteSigner(options, options.signMessage)
}
