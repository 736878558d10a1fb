/**
 * Whether an SSHSIG holds, and whether its key may sign for somebody (openssh-portable sshsig.c `sshsig_wrap_verify`,
 * `check_allowed_keys_line`; ssh-keygen.c `sig_verify`).
 */

import { verifyCertificateSignature } from '../cert/check.ts'
import { type Time, unixSeconds } from '../cert/time.ts'
import { equalBytes } from '../crypto/constant-time.ts'
import { SshError, VerificationError } from '../errors.ts'
import type { Certificate, Revocation } from '../keys/certificate.ts'
import type { KeyOptions, PublicKey } from '../keys/public-key.ts'
import { checkNotRevoked } from '../keys/revocation.ts'
import { type SignatureFacts, verifySignature } from '../keys/verify.ts'
import { encodeBase64 } from '../wire/base64.ts'
import { matchPatternList } from '../wire/pattern.ts'
import { escapeText } from '../wire/text.ts'
import { octetText, readSigner, type SignerKey, type SignerLine, signerLines } from './allowed-signers.ts'
import { checkNamespace, digestMessage, type Message } from './sign.ts'
import { decodeSshsig, type MessageHash, parseSshsig, type Sshsig, signedData } from './sshsig.ts'

/** An SSHSIG: its armor as text or bytes, or what was read of one. */
export type SshsigInput = string | Uint8Array | Sshsig

/** What is asked of a signature alone. */
export interface SignatureCheck extends KeyOptions {
  /** What it must be for. */
  readonly namespace: string
  /** Of security keys: somebody must have touched it. False where it is not given: `ssh-keygen -Y` does not ask. */
  readonly touchRequired?: boolean | undefined
  /** Of security keys: it must have known its user. False where it is not given. */
  readonly pinRequired?: boolean | undefined
}

/** Who may sign, and when. */
export interface SignerPolicy extends SignatureCheck {
  /** The file of allowed signers. */
  readonly allowedSigners: string | Uint8Array
  /** Who must have signed. */
  readonly identity: string
  /** The moment to judge at. */
  readonly time: Time
  /** Is asked about the key; of a certificate about it, its authority and its key. */
  readonly revocation?: Revocation | undefined
}

/** What a signature that holds tells. */
export interface MessageFacts extends SignatureFacts {
  readonly publicKey: PublicKey
  /** The certificate that it came with; its authority's signature holds. */
  readonly certificate?: Certificate | undefined
  readonly namespace: string
  readonly hash: MessageHash
}

/** What an accepted signature tells. */
export interface SignerFacts extends MessageFacts {
  /** The identity that was asked for. */
  readonly principal: string
  /** Number of the line of allowed signers that accepts it. */
  readonly line: number
}

/** The SSHSIG, read anew from its bytes. */
export function readSshsig(input: SshsigInput, options: KeyOptions): Sshsig {
  const read = typeof input === 'string' || input instanceof Uint8Array
  return read ? parseSshsig(input, options) : decodeSshsig(input.blob, options)
}

/**
 * Verifies an SSHSIG, and not whether its key may sign for anybody: `ssh-keygen -Y check-novalidate`. Signatures with
 * SHA-1, a certificate's own included, do not hold. Throws `VerificationError` (`bad-signature`, `namespace`,
 * `algorithm-not-allowed`, `touch-required`, `pin-required`), `TypeError`, and as `parseSshsig`.
 *
 * @example
 * ```ts
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 * import { checkMessageSignature, signMessage } from 'hawser/sshsig'
 *
 * const message = new TextEncoder().encode('hello')
 * const signature = await signMessage(message, await generatePrivateKey(ed25519), { namespace: 'file' })
 * const facts = await checkMessageSignature(message, signature, { namespace: 'file', types: [ed25519] })
 * console.log(facts.hash, facts.algorithm) // sha512 ssh-ed25519
 * ```
 */
export async function checkMessageSignature(
  message: Message,
  signature: SshsigInput,
  options: SignatureCheck,
): Promise<MessageFacts> {
  checkNamespace(options.namespace)
  const { publicKey, certificate, namespace, hash, signature: inner } = readSshsig(signature, options)
  if (namespace !== options.namespace) {
    throw new VerificationError('namespace', `made for "${escapeText(namespace)}", not for this namespace`)
  }
  const data = signedData(namespace, hash, await digestMessage(message, hash))
  const { types, limits, touchRequired = false, pinRequired } = options
  if (certificate) await verifyCertificateSignature(certificate, { types, limits })
  const facts = await verifySignature(publicKey, inner, data, { types, limits, touchRequired, pinRequired })
  return { ...facts, publicKey, certificate, namespace, hash }
}

/** Why nobody, or not that one, may sign: the code of a `VerificationError`. */
export type Refusal = 'unknown-signer' | 'principal' | 'namespace' | 'wrong-kind' | 'not-yet-valid' | 'expired'

/** What a line is asked about. */
export interface Question extends Pick<Sshsig, 'publicKey' | 'certificate'> {
  readonly now: bigint
  /** Any principal of the certificate where it is not given. */
  readonly identity?: string
  /** Any namespace where it is not given. */
  readonly namespace?: string
}

/** The key that a line must hold: of an authority's line that of the certificate's authority, else that very one. */
function asks({ publicKey, certificate }: Question, certAuthority: boolean): Uint8Array | undefined {
  return (certAuthority ? certificate?.authority : (certificate ?? publicKey))?.blob
}

/** Picks the lines about a key out of a file; others, and those that are none, allow nothing, as in OpenSSH. */
export function signerReader(asked: Question): (line: SignerLine) => SignerKey | undefined {
  const blobs = [asks(asked, false), asks(asked, true)].flatMap((blob) => (blob ? [encodeBase64(blob)] : []))
  return (line) => {
    // Reading what cannot be about it would take most of the time.
    const rest = line.rest.replace(/[\n-\r]/g, '')
    if (line.principals === undefined || !blobs.some((blob) => rest.includes(blob))) return undefined
    try {
      const signer = readSigner(line)
      const blob = 'blob' in signer && asks(asked, signer.certAuthority)
      return blob && equalBytes(signer.blob, blob) ? signer : undefined
    } catch (error) {
      if (error instanceof SshError) return undefined
      throw error
    }
  }
}

/** Why a line about the key, whose principals match, does not let it sign, or nothing where it does. */
export function refusalOf(signer: SignerKey, asked: Question): Refusal | undefined {
  const { certificate, identity, namespace, now } = asked
  if (signer.certAuthority && certificate) {
    // sshkey.c `sshkey_cert_check_authority`. Critical options are for logins; OpenSSH does not look at them here.
    if (certificate.kind !== 'user') return 'wrong-kind'
    if (now < certificate.validAfter) return 'not-yet-valid'
    if (now >= certificate.validBefore) return 'expired'
    if (!certificate.principals.some((name) => identity === undefined || name === identity)) return 'principal'
  }
  const { namespaces, validAfter, validBefore } = signer
  if (
    namespace !== undefined &&
    namespaces !== undefined &&
    matchPatternList(octetText(namespace), namespaces) !== 'match'
  ) {
    return 'namespace'
  }
  if (validAfter !== undefined && now < validAfter) return 'not-yet-valid'
  // Inclusive, other than in a certificate.
  if (validBefore !== undefined && now > validBefore) return 'expired'
  return undefined
}

/** A line about the key, its principals one character an octet. */
interface OwnLine {
  readonly line: number
  readonly principals: string
  readonly signer: SignerKey
}

/** The number of the first of `lines` that lets `identity` sign, or why none does. */
function allowingLine(lines: readonly OwnLine[], asked: Question & { readonly identity: string }): number | Refusal {
  const { identity } = asked
  const octets = octetText(identity)
  // That others may sign with the key is worth telling where nothing else is known.
  let why: Refusal = lines.length > 0 ? 'principal' : 'unknown-signer'
  for (const { line, principals, signer } of lines) {
    // An empty identity is an identity that nobody has; in OpenSSH `*` would match it.
    if (identity === '' || matchPatternList(octets, principals) !== 'match') continue
    const refusal = refusalOf(signer, asked)
    if (refusal === undefined) return line
    if (why === 'principal') why = refusal
  }
  return why
}

const refusals: Readonly<Record<Refusal, string>> = {
  'unknown-signer': 'the key may sign for nobody',
  principal: 'the key may not sign for this identity',
  namespace: 'the key may not sign for this namespace',
  'wrong-kind': 'the certificate is not of a user',
  'not-yet-valid': 'the key may not sign yet',
  expired: 'the key may sign no longer',
}

function refused(why: Refusal, identity: string): VerificationError {
  return new VerificationError(why, `allowed_signers: ${refusals[why]} ("${escapeText(identity)}")`)
}

/**
 * Verifies an SSHSIG and that its key may sign for `policy.identity`, as `ssh-keygen -Y verify` does, or throws.
 * Throws as `checkMessageSignature`, and `VerificationError` (`unknown-signer`, `principal`, `namespace`,
 * `not-yet-valid`, `expired`, `wrong-kind` for a host's certificate, `revoked`).
 *
 * @example
 * ```ts
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 * import { formatAllowedSigners, signMessage, verifyMessage } from 'hawser/sshsig'
 *
 * const key = await generatePrivateKey(ed25519)
 * const allowedSigners = formatAllowedSigners([
 *   { principals: '*@example.com', certAuthority: false, key: key.publicKey },
 * ])
 * const message = new TextEncoder().encode('hello')
 * const signature = await signMessage(message, key, { namespace: 'file' })
 * const policy = { allowedSigners, namespace: 'file', time: new Date(), types: [ed25519] }
 * const facts = await verifyMessage(message, signature, { ...policy, identity: 'me@example.com' })
 * console.log(facts.line) // 1
 * await verifyMessage(message, signature, { ...policy, identity: 'me' }).catch((error) => console.log(error.code)) // principal
 * ```
 */
export async function verifyMessage(
  message: Message,
  signature: SshsigInput,
  policy: SignerPolicy,
): Promise<SignerFacts> {
  const now = unixSeconds(policy.time)
  if (typeof policy.identity !== 'string') throw new TypeError('identity: text expected')
  const facts = await checkMessageSignature(message, signature, policy)
  return checkSigner(facts, [policy.identity], now, policy)
}

/** Whether the key of a signature that holds may sign for one of `identities`. Throws `VerificationError`. */
export async function checkSigner(
  facts: MessageFacts,
  identities: readonly string[],
  now: bigint,
  policy: Pick<SignerPolicy, 'allowedSigners' | 'limits' | 'revocation'>,
): Promise<SignerFacts> {
  await checkNotRevoked(facts.certificate ?? facts.publicKey, policy.revocation)
  const asked: Question = { ...facts, now }
  const read = signerReader(asked)
  const own: OwnLine[] = []
  for (const line of signerLines(policy.allowedSigners, policy.limits)) {
    const signer = read(line)
    if (signer) own.push({ line: line.line, principals: line.principals!, signer })
  }
  // What refuses everybody is asked once, however many there are; the last of them tells why.
  const open = own.filter(({ signer }) => refusalOf(signer, asked) === undefined)
  let error = refused('unknown-signer', '')
  const last = identities.at(-1)
  for (const identity of identities) {
    const line = allowingLine(identity === last ? own : open, { ...asked, identity })
    if (typeof line === 'number') return { ...facts, principal: identity, line }
    if (identity === last) error = refused(line, identity)
  }
  throw error
}
