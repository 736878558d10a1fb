/**
 * Whether a key or a certificate may log in, and with what limits: sshd's decision over authorized_keys, trusted
 * authorities and authorized principals (openssh-portable auth2-pubkey.c `user_key_allowed`, auth2-pubkeyfile.c
 * `auth_check_authkey_line`, `auth_authorise_keyopts`). That the client holds the key is another question.
 */

import { type CertificateFacts, checkCertificate, type TrustedAuthority } from '../cert/check.ts'
import { decodeCertificate } from '../cert/decode.ts'
import { equalBytes } from '../crypto/constant-time.ts'
import { VerificationError } from '../errors.ts'
import type { Revocation } from '../keys/certificate.ts'
import { isCertificateName, needType } from '../keys/key-type.ts'
import { decodePublicKey, type KeyOptions, type PublicKey } from '../keys/public-key.ts'
import { checkNotRevoked } from '../keys/revocation.ts'
import { blobType } from '../wire/public-line.ts'
import type { AuthorizedKeys } from './authorized-keys.ts'
import { type LoginOptions, mergeOptions } from './key-options.ts'
import { checkOptions, type LoginOrigin } from './login-options.ts'
import { findPrincipal } from './login-principals.ts'
import { checkUsable } from './usable-key.ts'

/** Who wants to log in, from where, when, and what the server's configuration says. */
export interface LoginPolicy extends KeyOptions, LoginOrigin {
  /** The key or user certificate that the client offers: its blob decides which. */
  readonly key: { readonly blob: Uint8Array }
  /** The account: what a certificate must name where no principals are listed. */
  readonly user?: string | undefined
  /** Signature algorithms of authorities, as in `CertificatePolicy`; a plain DSA key is refused unless `ssh-dss` is one. */
  readonly algorithms?: readonly string[] | undefined
  /** Is asked about the key; about a certificate and its authority as well. */
  readonly revocation?: Revocation | undefined
  /** Authorities besides those of the file: TrustedUserCAKeys. */
  readonly authorities?: readonly PublicKey[] | undefined
  /** Content of the AuthorizedPrincipalsFile, which counts for those authorities alone. */
  readonly principals?: string | Uint8Array | undefined
}

/** A login that is accepted. The caller enforces the options. */
export interface LoginFacts {
  /** Of authorized_keys; `null` where the authority is one of the policy's. */
  readonly line: number | null
  /** Of a certificate: what it and the line allow together. */
  readonly options: LoginOptions
  /** The plain key that must sign. */
  readonly key: PublicKey
  /** The principal by which a certificate was accepted, else `null`. */
  readonly principal: string | null
  readonly certificate: CertificateFacts | null
}

/**
 * Decides a login; throws where it is refused. The first line that accepts wins: one that holds the key, but refuses by
 * its options, leaves it to the next, as in sshd.
 * Throws `VerificationError`: `unknown-key`; `algorithm-not-allowed`; `expired`, `source-address` and `principal` of a
 * line or a certificate; `revoked`; of certificates besides `unknown-authority`, `wrong-kind`, `bad-signature`,
 * `not-yet-valid`, `critical-option`, `force-command`. Throws `FormatError` (`truncated`, `bad-value`, …),
 * `LimitError`, `UnsupportedError` `unsupported-type` for a key that cannot be judged.
 *
 * @example
 * ```ts
 * import { ed25519, parsePublicLine } from 'hawser/keys'
 * import { checkLogin, parseAuthorizedKeys } from 'hawser/text'
 *
 * const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I'
 * const file = parseAuthorizedKeys(`from="192.0.2.0/24",no-pty ${line}\n`)
 * const policy = { key: parsePublicLine(line), user: 'alice', time: new Date(), types: [ed25519] }
 * const { line: number, options } = await checkLogin(file, { ...policy, address: '192.0.2.7' })
 * console.log(number, options.pty) // 1 false
 * await checkLogin(file, { ...policy, address: '198.51.100.7' }).catch((error) => console.log(error.code)) // source-address
 * ```
 */
export async function checkLogin(authorizedKeys: AuthorizedKeys, policy: LoginPolicy): Promise<LoginFacts> {
  const { key: offered, types, revocation } = policy
  const type = blobType(offered.blob)
  if (isCertificateName(types, type)) return checkCertificateLogin(authorizedKeys, policy)
  needType(types, type)
  const key = decodePublicKey(offered.blob, policy)
  checkUsable(key.type, policy)
  await checkNotRevoked(key, revocation)
  let refusal: VerificationError | undefined
  for (const { line, options, key: listed } of authorizedKeys.entries) {
    if (options.certAuthority || !equalBytes(listed.blob, key.blob)) continue
    try {
      checkOptions(options, policy)
      return { line, options, key, principal: null, certificate: null }
    } catch (error) {
      if (!(error instanceof VerificationError)) throw error
      refusal ??= error
    }
  }
  throw refusal ?? new VerificationError('unknown-key', 'no line lets this key in')
}

async function checkCertificateLogin({ entries }: AuthorizedKeys, policy: LoginPolicy): Promise<LoginFacts> {
  const { user, principals } = policy
  const read = decodeCertificate(policy.key.blob, policy)
  // Without an account no certificate names it.
  const own = user === undefined ? [] : [user]
  let decided: Pick<LoginFacts, 'line' | 'options'> | undefined
  const authority = (
    key: PublicKey,
    line: number | null,
    options: LoginOptions | undefined,
    names: readonly string[],
  ): TrustedAuthority => ({
    key,
    principals: names,
    restrict(facts) {
      if (options) checkOptions(options, policy)
      decided = { line, options: mergeOptions(options, facts) }
      return facts
    },
  })
  const listed = entries.filter(({ options }) => options.certAuthority)
  const authorities = listed.map(({ key, line, options }) => authority(key, line, options, options.principals ?? own))
  const found = principals === undefined ? undefined : findPrincipal(principals, read.principals, policy.limits)
  // The flag of authorities has no place in that file, and what carries it lets nobody in.
  const named = found && !found.options.certAuthority ? [found.principal] : []
  for (const key of policy.authorities ?? []) {
    authorities.push(authority(key, null, found?.options, principals === undefined ? own : named))
  }
  const certificate = await checkCertificate(read, {
    ...policy,
    kind: 'user',
    authorities,
    principal: user ?? null,
    sourceAddress: policy.address,
  })
  return { ...decided!, key: certificate.publicKey, principal: certificate.principal, certificate }
}
