/**
 * Whether a host is who it says, by known_hosts files (openssh-portable sshconnect.c `check_host_key`,
 * `verify_host_key`; hostfile.c `check_hostkeys_by_key_or_type`, `check_key_not_revoked`).
 */

import { type CertificateFacts, checkCertificate, verifyCertificateSignature } from '../cert/check.ts'
import { decodeCertificate } from '../cert/decode.ts'
import type { Time } from '../cert/time.ts'
import { equalBytes } from '../crypto/constant-time.ts'
import { SshError, VerificationError } from '../errors.ts'
import type { Certificate, Revocation } from '../keys/certificate.ts'
import { isCertificateName } from '../keys/key-type.ts'
import { decodePublicKey, type KeyOptions, type PublicKey } from '../keys/public-key.ts'
import { whyRevoked } from '../keys/revocation.ts'
import { checkWhole } from '../wire/expect.ts'
import { blobType } from '../wire/public-line.ts'
import type { HostMarker } from './host-line.ts'
import { lowerCase } from './host-match.ts'
import { findHost } from './known-hosts.ts'
import { checkUsable, isUsable } from './usable-key.ts'

/** What a host showed, and how to judge it. */
export interface HostPolicy extends KeyOptions {
  /** Name or address as it was asked for, in either case; or `[HOST]:PORT` where `port` is not given. */
  readonly host: string
  /** 22 where it is not given. */
  readonly port?: number | undefined
  /** What the host showed: a public key or a certificate. Only its bytes are read. */
  readonly key: PublicKey | Certificate
  /** The moment to judge a certificate at. */
  readonly time: Time
  /** The address behind the name, where its entries shall count too (CheckHostIP of ssh_config, by default off). */
  readonly address?: string | undefined
  /**
   * Signature algorithms of authorities that are accepted; those of OpenSSH's default list where it is not given. A DSA
   * key is refused, and such lines say nothing, unless `ssh-dss` is one.
   */
  readonly algorithms?: readonly string[] | undefined
  /** What RevokedHostKeys of ssh_config is. */
  readonly revocation?: Revocation | undefined
}

/** Whether a host is who it says. */
export interface HostVerdict {
  /**
   * `known`: the key is the host's. `authority`: the certificate is, by a `@cert-authority` line. `new`: nothing is known
   * of this host. `changed`: other keys are, not this one, whatever their types. `revoked`: by a `@revoked` line (any
   * key is, by one whose own key cannot be read) or `revocation`. Only the first two say yes.
   */
  readonly status: 'known' | 'authority' | 'new' | 'changed' | 'revoked'
  /** The line that decided, counted from 1, and its file's place among the files; of several that differ, the last. */
  readonly file?: number | undefined
  readonly line?: number | undefined
  /** What the certificate says, where the status is `authority`. */
  readonly facts?: CertificateFacts | undefined
  /** Why a certificate of a trusted authority was refused; its plain key was then looked up. */
  readonly refusal?: SshError | undefined
}

interface Entry {
  readonly file: number
  readonly line: number
  readonly marker: HostMarker
  readonly blob: Uint8Array | undefined
  /** The plain key: of a certificate, the key that it is for; absent where a revoked one cannot be read. */
  readonly key: PublicKey | undefined
}

/** What a blob holds. Throws as the decoders do. */
function decodeEither(blob: Uint8Array, options: KeyOptions): { key: PublicKey; certificate?: Certificate } {
  if (!isCertificateName(options.types, blobType(blob))) return { key: decodePublicKey(blob, options) }
  const certificate = decodeCertificate(blob, options)
  return { key: certificate.publicKey, certificate }
}

/**
 * The entries for a name in all files. A key that does not hold makes a line that says nothing, as in OpenSSH, but where
 * it is revoked: OpenSSH reads some that are refused here, with `rsa-sha2-512` for a type or zeros in front of a number.
 */
function entriesOf(
  files: readonly (string | Uint8Array)[],
  name: string,
  options: Pick<HostPolicy, 'types' | 'limits' | 'algorithms'>,
): Entry[] {
  const entries: Entry[] = []
  for (const [file, input] of files.entries()) {
    for (const { line, marker, key } of findHost(input, name, options)) {
      let plain: PublicKey | undefined
      try {
        plain = key && decodeEither(key.blob, options).key
      } catch (error) {
        if (!(error instanceof SshError)) throw error
      }
      const says = marker === 'revoked' || (plain && isUsable(plain.type, options))
      if (says) entries.push({ file, line, marker, blob: key?.blob, key: plain })
    }
  }
  return entries
}

function verdict(status: HostVerdict['status'], entry: Entry | undefined): HostVerdict {
  return { status, file: entry?.file, line: entry?.line }
}

/** `@revoked` counts for a key, for certificates of it, and for certificates by it; for all where it is not known whose. */
function revokedBy(entries: readonly Entry[], keys: readonly PublicKey[]): HostVerdict | undefined {
  const revoked = entries.filter(({ marker }) => marker === 'revoked')
  const isOne = ({ key }: Entry) => !key || keys.some(({ blob }) => equalBytes(blob, key.blob))
  const entry = revoked.find(isOne)
  return entry && verdict('revoked', entry)
}

/** The verdict on a plain key. A certificate that stands without a marker is a key of the host that nobody can show. */
function checkPlain(entries: readonly Entry[], key: PublicKey): HostVerdict {
  const own = entries.filter((entry) => entry.marker === null)
  const found = own.find(({ blob }) => blob && equalBytes(blob, key.blob))
  const other = verdict(own.length ? 'changed' : 'new', own[own.length - 1])
  return revokedBy(entries, [key]) ?? (found ? verdict('known', found) : other)
}

/** Verifies what OpenSSH does before it has read a certificate, with whatever algorithm it was signed. */
function verifySignature(certificate: Certificate, options: KeyOptions): Promise<unknown> {
  const algorithms = options.types.flatMap((type) => [...type.algorithms, ...type.legacyAlgorithms])
  return verifyCertificateSignature(certificate, { ...options, algorithms })
}

/**
 * Judges what a host showed by known_hosts files, all of which count alike. A certificate needs a `@cert-authority` line
 * for the host; where there is none, or where it is refused, its plain key is looked up. What is not known under
 * `[HOST]:PORT` is looked up under the bare name too, which can say `known`, `authority` or `revoked`.
 * Throws `VerificationError` (`bad-signature` for a certificate whose own signature is bad, `algorithm-not-allowed` for
 * DSA), `FormatError` (`truncated`, `bad-value`, …) and `UnsupportedError` `unsupported-type` for a key that does not
 * hold, `LimitError`, `TypeError`.
 *
 * @example
 * ```ts
 * import { ed25519, parsePublicLine } from 'hawser/keys'
 * import { checkHost } from 'hawser/text'
 *
 * const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I'
 * const policy = { key: parsePublicLine(line), time: new Date(), types: [ed25519] }
 * const files = [`# mine\ngate.example.com ${line}\n`]
 * console.log(await checkHost(files, { ...policy, host: 'gate.example.com', port: 2222 })) // { status: 'known', file: 0, line: 2 }
 * console.log((await checkHost(files, { ...policy, host: 'other.example.com' })).status) // new
 * ```
 */
export async function checkHost(files: readonly (string | Uint8Array)[], policy: HostPolicy): Promise<HostVerdict> {
  // As ssh, which lowers what it is asked for before all else: a hash is that of the name in lower case.
  const given = lowerCase(policy.host)
  const [, inside, number] = /^\[(.+)\]:(\d+)$/.exec(given) ?? []
  if (given.startsWith('[') && (number === undefined || policy.port !== undefined)) {
    throw new TypeError('host: a name or an address, or [HOST]:PORT without another port, expected')
  }
  const host = inside ?? given
  const port = number === undefined ? (policy.port ?? 22) : Number(number)
  checkWhole('port', port, 1, 65535)
  const withPort = (name: string): string => (port === 22 ? name : `[${name}]:${port}`)
  const { key, certificate } = decodeEither(policy.key.blob, policy)
  checkUsable(key.type, policy)
  if (certificate) await verifySignature(certificate, policy)
  if ((await whyRevoked(certificate ?? key, policy.revocation)) !== undefined) return { status: 'revoked' }

  const entries = entriesOf(files, withPort(host), policy)
  const bare = port === 22 ? [] : entriesOf(files, host, policy)
  let refusal: VerificationError | undefined
  const checkCertified = async (among: readonly Entry[], of: Certificate): Promise<HostVerdict | undefined> => {
    const revoked = revokedBy(among, [key, of.authority])
    if (revoked) return revoked
    const authorities = among.filter(({ marker }) => marker === 'cert-authority')
    const found = authorities.find((entry) => equalBytes(entry.key!.blob, of.authority.blob))
    if (!found) return undefined
    const { types, limits, time, algorithms } = policy
    const how = { types, limits, time, algorithms, kind: 'host', authorities: [of.authority], principal: host } as const
    try {
      return { ...verdict('authority', found), facts: await checkCertificate(of, how) }
    } catch (error) {
      if (!(error instanceof VerificationError)) throw error
      refusal = error
      return undefined
    }
  }
  /** Under the bare name nothing is new and nothing has changed. */
  const underBare = (): HostVerdict | undefined => {
    const plain = checkPlain(bare, key)
    return plain.status === 'known' || plain.status === 'revoked' ? plain : undefined
  }
  const decide = async (): Promise<HostVerdict> => {
    if (certificate) {
      let found = await checkCertified(entries, certificate)
      if (!found && !refusal) found = (await checkCertified(bare, certificate)) ?? underBare()
      if (found) return found
    }
    const plain = checkPlain(entries, key)
    return (plain.status === 'new' && underBare()) || plain
  }
  const decided = await decide()
  // A certificate is not asked about addresses, nor is what they say asked where the name says no.
  if (policy.address !== undefined && !certificate && (decided.status === 'known' || decided.status === 'new')) {
    const ofAddress = checkPlain(entriesOf(files, withPort(lowerCase(policy.address)), policy), key)
    if (ofAddress.status === 'changed' || ofAddress.status === 'revoked') return ofAddress
  }
  return refusal ? { ...decided, refusal } : decided
}
