/**
 * Whether a certificate is accepted (draft-miller-ssh-cert section 4; sshkey.c `sshkey_cert_check_authority`,
 * `sshkey_cert_check_host`; auth-options.c). Time, authorities, names and addresses are the caller's to say.
 */

import { equalBytes } from '../crypto/constant-time.ts'
import { VerificationError } from '../errors.ts'
import type { Certificate, Revocation } from '../keys/certificate.ts'
import type { KeyType } from '../keys/key-type.ts'
import type { KeyOptions, PublicKey } from '../keys/public-key.ts'
import { type SignatureFacts, type VerifyOptions, verifySignature } from '../keys/verify.ts'
import { escapeText } from '../wire/text.ts'
import { decodeCertificate } from './decode.ts'
import { type OptionFacts, readOptionFacts } from './options.ts'
import { addressInList } from './source-address.ts'
import { type Time, unixSeconds } from './time.ts'

/** Under which conditions a certificate is accepted. */
export interface CertificatePolicy extends KeyOptions {
  readonly kind: 'user' | 'host'
  /** The keys whose certificates are trusted. */
  readonly authorities: readonly PublicKey[]
  /** The moment to judge at. */
  readonly time: Time
  /** The account or host name (in lower case, as ssh looks hosts up) that it must name; `null` where any name will do, which is for inspection only. */
  readonly principal: string | null
  /** The address that it is used from. A certificate bound to addresses is refused where this is not given. */
  readonly sourceAddress?: string | undefined
  /** Signature algorithms of authorities that are accepted; those of OpenSSH's default list where it is not given. */
  readonly algorithms?: readonly string[] | undefined
  readonly revocation?: Revocation | undefined
}

/** What an accepted certificate says. The caller enforces the command, the permissions and the touch and PIN facts. */
export interface CertificateFacts extends OptionFacts {
  readonly kind: 'user' | 'host'
  /** The principal of the certificate that matched; `null` where none was asked for. */
  readonly principal: string | null
  readonly serial: bigint
  readonly keyId: string
  readonly validBefore: bigint
  readonly publicKey: PublicKey
  readonly authority: PublicKey
  readonly signatureAlgorithm: string
}

/**
 * Verifies the authority's signature over the bytes that it signed, and nothing else. Unless `options` says otherwise,
 * an authority in a security key need not have been touched: OpenSSH does not ask for it either.
 * Throws `VerificationError` (`bad-signature`, `algorithm-not-allowed`), `UnsupportedError` `unsupported-type`.
 */
export async function verifyCertificateSignature(
  certificate: { readonly blob: Uint8Array },
  options: VerifyOptions,
): Promise<SignatureFacts> {
  return verifyRead(decodeCertificate(certificate.blob, options), options)
}

function verifyRead(certificate: Certificate, options: VerifyOptions): Promise<SignatureFacts> {
  const signed = certificate.blob.subarray(0, certificate.signedLength)
  const touchRequired = options.touchRequired ?? false
  return verifySignature(certificate.authority, certificate.signature, signed, { ...options, touchRequired })
}

/** `*` any characters, `?` one of them (openssh-portable match.c `match_pattern`), in time length × length. */
function matchPattern(text: string, pattern: string): boolean {
  let t = 0
  let p = 0
  let star = -1
  let resume = 0
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++
      resume = t
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++resume
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

function checkTime(certificate: Certificate, time: Time): void {
  const now = unixSeconds(time)
  if (now < certificate.validAfter) {
    throw new VerificationError('not-yet-valid', `valid from ${certificate.validAfter}, not at ${now} (unix seconds)`)
  }
  if (now >= certificate.validBefore) {
    throw new VerificationError('expired', `valid before ${certificate.validBefore}, not at ${now} (unix seconds)`)
  }
}

/** The principal that matches. No principals match nobody, as in OpenSSH 10.3; wildcards are for hosts alone. */
function checkPrincipal(certificate: Certificate, name: string | null): string | null {
  if (certificate.principals.length === 0) throw new VerificationError('principal', 'no principals')
  if (name === null) return null
  const matches = certificate.kind === 'host' ? matchPattern : (a: string, b: string) => a === b
  const found = certificate.principals.find((principal) => matches(name, principal))
  if (found === undefined) throw new VerificationError('principal', `"${escapeText(name)}" is not among the principals`)
  return found
}

function checkSource(sources: readonly string[] | null, address: string | undefined): void {
  if (sources === null) return
  const list = sources.join(',')
  if (address === undefined) throw new VerificationError('source-address', `bound to ${list}, no address given`)
  if (!addressInList(address, list)) {
    throw new VerificationError('source-address', `bound to ${list}, used from ${escapeText(address)}`)
  }
}

async function checkRevoked(certificate: Certificate, revocation: Revocation | undefined): Promise<void> {
  const why = await revocation?.(certificate)
  if (why !== undefined) throw new VerificationError('revoked', `revoked: ${escapeText(why)}`)
}

/** As in OpenSSH (myproposal.h SSH_ALLOWED_CA_SIGALGS): no legacy algorithms, and no types that are not for authorities yet. */
function authorityAlgorithms(types: readonly KeyType[]): readonly string[] {
  return types.flatMap((type) => (type.authorityByName ? [] : type.algorithms))
}

/**
 * Accepts a certificate and tells its facts, or throws. Its fields are read anew from its bytes: those are what the
 * authority signed. Throws `VerificationError` (`wrong-kind`, `unknown-authority`, `bad-signature`,
 * `algorithm-not-allowed`, `not-yet-valid`, `expired`, `principal`, `critical-option`, `source-address`, `revoked`),
 * `FormatError`, `UnsupportedError`.
 *
 * @example
 * ```ts
 * import { checkCertificate, issueCertificate } from 'hawser/cert'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const types = [ed25519]
 * const authority = await generatePrivateKey(ed25519)
 * const { publicKey } = await generatePrivateKey(ed25519)
 * const request = { kind: 'user', publicKey, keyId: 'k', principals: ['alice'], validAfter: 0, validBefore: 1000 } as const
 * const certificate = await issueCertificate(request, authority, { types })
 * const policy = { types, kind: 'user', authorities: [authority.publicKey], principal: 'alice' } as const
 * console.log((await checkCertificate(certificate, { ...policy, time: 999 })).principal) // alice
 * await checkCertificate(certificate, { ...policy, time: 1000 }).catch((error) => console.log(error.code)) // expired
 * ```
 */
export async function checkCertificate(
  certificate: { readonly blob: Uint8Array },
  policy: CertificatePolicy,
): Promise<CertificateFacts> {
  const read = decodeCertificate(certificate.blob, policy)
  if (read.kind !== policy.kind) {
    throw new VerificationError('wrong-kind', `a ${policy.kind} certificate expected, not of a ${read.kind}`)
  }
  if (!policy.authorities.some((authority) => equalBytes(authority.blob, read.authority.blob))) {
    throw new VerificationError('unknown-authority', 'not signed by an authority that is trusted here')
  }
  const { algorithm } = await verifyRead(read, {
    ...policy,
    algorithms: policy.algorithms ?? authorityAlgorithms(policy.types),
  })
  checkTime(read, policy.time)
  const principal = checkPrincipal(read, policy.principal)
  const options = readOptionFacts(read)
  checkSource(options.sourceAddresses, policy.sourceAddress)
  await checkRevoked(read, policy.revocation)
  const { kind, serial, keyId, validBefore, publicKey, authority } = read
  return {
    ...options,
    kind,
    principal,
    serial,
    keyId,
    validBefore,
    publicKey,
    authority,
    signatureAlgorithm: algorithm,
  }
}
