/** Making certificates (draft-miller-ssh-cert section 2; sshkey.c `sshkey_certify_custom`). */

import { draw, type Random } from '../crypto/random.ts'
import { SignerError } from '../errors.ts'
import type { Certificate } from '../keys/certificate.ts'
import { writeFields } from '../keys/fields.ts'
import { isCertificateName, needType } from '../keys/key-type.ts'
import { type KeyOptions, type PublicKey, publicComponents } from '../keys/public-key.ts'
import { decodeSignature } from '../keys/signature.ts'
import type { Signer, SignOptions } from '../keys/signer.ts'
import { defaultLimits } from '../limits.ts'
import { escapeText } from '../wire/text.ts'
import { Writer } from '../wire/writer.ts'
import { decodeCertificate } from './decode.ts'
import { encodeOptions, HOST_OPTIONS, type OptionValue } from './options.ts'
import { type Time, unixSeconds } from './time.ts'

/** What a certificate is to say. */
export interface CertificateRequest {
  readonly kind: 'user' | 'host'
  /** The key to certify. */
  readonly publicKey: PublicKey
  /** Free text that turns up in logs. */
  readonly keyId: string
  /** Accounts, or host names, where `*` and `?` are wildcards to ssh from OpenSSH 10.3 on; older ones want them exact. */
  readonly principals?: readonly string[] | undefined
  /** Makes a certificate without principals, which OpenSSH before 10.3 takes for everybody and later ones for nobody. */
  readonly anyPrincipal?: boolean | undefined
  /** 64-bit serial; 0, where it is not given, cannot be revoked by serial. */
  readonly serial?: bigint | undefined
  readonly validAfter: Time
  /** `FOREVER` must be said. */
  readonly validBefore: Time
  readonly criticalOptions?: Readonly<Record<string, OptionValue>> | undefined
  /** None where not given; `defaultUserExtensions` are those of `ssh-keygen`. */
  readonly extensions?: Readonly<Record<string, OptionValue>> | undefined
}

/** How to issue. */
export interface IssueOptions extends KeyOptions, SignOptions {
  /** Source of the nonce; the runtime's own where it is not given. */
  readonly random?: Random | undefined
}

const NONCE_LENGTH = 32

function encodePrincipals(request: CertificateRequest): Uint8Array {
  const principals = request.principals ?? []
  if (principals.length === 0 && request.anyPrincipal !== true) {
    throw new TypeError('principals or anyPrincipal: true expected')
  }
  if (principals.length > 0 && request.anyPrincipal)
    throw new TypeError('principals or anyPrincipal expected, not both')
  if (principals.length > defaultLimits.principals)
    throw new TypeError(`principals: at most ${defaultLimits.principals} expected`)
  const writer = new Writer()
  for (const principal of principals) {
    // A comma would be two principals to those who split lists at it, ssh-keygen -n among them (CVE-2026-35414).
    if (principal === '' || /[\0,]/.test(principal)) {
      throw new TypeError(`principal "${escapeText(principal, 64)}": text without comma and NUL expected`)
    }
    writer.string(principal)
  }
  return writer.take()
}

function checkRequest(request: CertificateRequest): { after: bigint; before: bigint; serial: bigint } {
  const after = unixSeconds(request.validAfter)
  const before = unixSeconds(request.validBefore)
  const serial = request.serial ?? 0n
  if (before <= after) throw new TypeError('validBefore: a time after validAfter expected')
  if (serial < 0n || serial > 0xffffffffffffffffn) throw new TypeError('serial: 64 bits expected')
  if (request.keyId.includes('\0')) throw new TypeError('keyId: text without NUL expected')
  if (request.kind !== 'user' && request.kind !== 'host') throw new TypeError('kind: "user" or "host" expected')
  if (request.kind === 'host' && Object.keys(request.criticalOptions ?? {}).length > 0) {
    throw new TypeError(HOST_OPTIONS)
  }
  return { after, before, serial }
}

/**
 * Issues a certificate, signed by whatever `signer` is. RSA authorities sign with `rsa-sha2-512` unless
 * `options.algorithm` says otherwise. Throws `TypeError` for a request that OpenSSH would not take,
 * `SignerError` `signer-failed` for a signer that signed with another algorithm, `UnsupportedError` (`unsupported-type`,
 * `unsupported-algorithm`, `no-random`).
 *
 * @example
 * ```ts
 * import { defaultUserExtensions, issueCertificate } from 'hawser/cert'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const authority = await generatePrivateKey(ed25519)
 * const { publicKey } = await generatePrivateKey(ed25519)
 * const now = Math.floor(Date.now() / 1000)
 * const certificate = await issueCertificate(
 *   {
 *     kind: 'user',
 *     publicKey,
 *     keyId: 'alice@example.com',
 *     principals: ['alice'],
 *     serial: 1n,
 *     validAfter: now - 60,
 *     validBefore: now + 300,
 *     criticalOptions: { 'source-address': '127.0.0.1/32' },
 *     extensions: defaultUserExtensions,
 *   },
 *   authority,
 *   { types: [ed25519] },
 * )
 * console.log(certificate.type) // ssh-ed25519-cert-v01@openssh.com
 * ```
 */
export async function issueCertificate(
  request: CertificateRequest,
  signer: Signer,
  options: IssueOptions,
): Promise<Certificate> {
  const { after, before, serial } = checkRequest(request)
  const type = needType(options.types, request.publicKey.type)
  if (isCertificateName(options.types, signer.publicKey.type)) throw new TypeError('authority: a plain key expected')
  const writer = new Writer().string(type.certName).string(draw(options.random, NONCE_LENGTH))
  writeFields(writer, type.publicFields, publicComponents(request.publicKey, type, options.limits))
  const signed = writer
    .u64(serial)
    .u32(request.kind === 'user' ? 1 : 2)
    .string(request.keyId)
    .string(encodePrincipals(request))
    .u64(after)
    .u64(before)
    .string(encodeOptions(request.criticalOptions ?? {}))
    .string(encodeOptions(request.extensions ?? {}))
    .string('')
    .string(signer.publicKey.blob)
    .take()
  const algorithm = options.algorithm ?? signer.algorithms[0]
  const signature = await signer.sign(signed, { algorithm, signal: options.signal })
  // An agent or a KMS may sign with what it likes; RSA with SHA-1 is what older agents like.
  const used = decodeSignature(signature.blob, options.limits).algorithm
  if (used !== algorithm || signature.algorithm !== algorithm) {
    throw new SignerError('signer-failed', `${algorithm} expected, the signer used ${escapeText(used, 64)}`)
  }
  const blob = new Writer().raw(signed).string(signature.blob).take()
  return decodeCertificate(blob, { ...options, comment: request.publicKey.comment })
}
