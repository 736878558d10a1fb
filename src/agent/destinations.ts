/**
 * Where a key may be used: session bindings of a connection, and the constraints of keys against them (PROTOCOL.agent
 * sections 1 and 2; ssh-agent.c `process_ext_session_bind`, `identity_permitted`, `permitted_by_dest_constraints`,
 * `match_key_hop`).
 */

import type { DestinationConstraint, DestinationHop } from '../agent-protocol/destination.ts'
import { decodeSessionBind } from '../agent-protocol/extension.ts'
import { verifyCertificateSignature } from '../cert/check.ts'
import { decodeCertificate } from '../cert/decode.ts'
import { equalBytes } from '../crypto/constant-time.ts'
import type { Certificate } from '../keys/certificate.ts'
import { isCertificateName, needType } from '../keys/key-type.ts'
import { decodePublicKey, type KeyOptions } from '../keys/public-key.ts'
import { type VerifyOptions, verifySignature } from '../keys/verify.ts'
import { aboveLimit } from '../wire/expect.ts'
import { matchPattern } from '../wire/pattern.ts'
import { blobType } from '../wire/public-line.ts'
import { encodeText, latin1 } from '../wire/text.ts'
import { refused } from './refused.ts'

/** Most bindings of one connection (ssh-agent.c AGENT_MAX_SESSION_IDS). */
const BINDINGS = 16
/** Most octets of a session identifier (ssh-agent.c AGENT_MAX_SID_LEN). */
const SESSION_ID = 128

/** A session that a connection is bound to. */
interface Binding {
  /** Blob of the host's key or certificate. */
  readonly host: Uint8Array
  /** The certificate, where it is one whose authority signed with an algorithm that is accepted of authorities. */
  readonly certificate: Certificate | undefined
  readonly sessionId: Uint8Array
  readonly forwarding: boolean
}

/** What is known of a connection. */
export interface Bindings {
  /** Somebody tried to bind it: it does not come from this machine's user alone, whether that went well or not. */
  attempted: boolean
  readonly list: Binding[]
}

/** All algorithms: what `ssh-agent` verifies a host's or an authority's signature with (sshkey_verify without one). */
export function anyAlgorithm(options: KeyOptions): VerifyOptions {
  const algorithms = options.types.flatMap((type) => [...type.algorithms, ...type.legacyAlgorithms])
  return { ...options, algorithms, touchRequired: false }
}

/** The certificate of a host whose signature is verified, and whether OpenSSH takes that algorithm of authorities. */
async function readCertificate(blob: Uint8Array, options: KeyOptions): Promise<[Certificate, boolean]> {
  const certificate = decodeCertificate(blob, options)
  const { algorithm } = await verifyCertificateSignature(certificate, anyAlgorithm(options))
  // myproposal.h SSH_ALLOWED_CA_SIGALGS.
  return [certificate, options.types.some((type) => !type.authorityByName && type.algorithms.includes(algorithm))]
}

/**
 * Binds a connection to a session, or throws: the host's signature must hold, and an attempt is remembered even so.
 * Bound for a login, it is bound to nothing more.
 */
export async function bindSession(bindings: Bindings, contents: Uint8Array, options: KeyOptions): Promise<void> {
  bindings.attempted = true
  const { hostKey: host, sessionId, signature, forwarding } = decodeSessionBind(contents)
  if (sessionId.length > SESSION_ID) throw aboveLimit('session identifier', `${SESSION_ID} octets`)
  const named = isCertificateName(options.types, blobType(host))
  const [certificate, accepted] = named ? await readCertificate(host, options) : [undefined, false]
  const key = certificate?.publicKey ?? decodePublicKey(host, options)
  await verifySignature(key, signature, sessionId, anyAlgorithm(options))
  for (const binding of bindings.list) {
    if (!binding.forwarding) throw refused('the connection is bound for a login')
    if (!equalBytes(binding.sessionId, sessionId)) continue
    if (equalBytes(binding.host, host)) return
    throw refused('the session is bound to another host')
  }
  if (bindings.list.length === BINDINGS) throw aboveLimit('sessions of a connection', BINDINGS)
  bindings.list.push({ host, certificate: accepted ? certificate : undefined, sessionId, forwarding })
}

/** Patterns count octets, as in C. */
function matches(text: string, pattern: string): boolean {
  return matchPattern(latin1(encodeText(text)), latin1(encodeText(pattern)))
}

/** As sshkey.c `sshkey_cert_check_host`; its signature is verified already. */
function namesHost(certificate: Certificate, host: string, now: number): boolean {
  const { kind, validAfter, validBefore, criticalOptions, principals } = certificate
  const valid = kind === 'host' && now >= validAfter && now < validBefore && criticalOptions.length === 0
  return valid && principals.some((principal) => matches(host, principal))
}

/** A plain key stands for itself, that of an authority for the certificates that it signed for the hop's name. */
function isHop({ host, certificate }: Binding, hop: DestinationHop, now: number): boolean {
  return hop.keys.some(({ key, authority }) =>
    authority
      ? certificate !== undefined &&
        equalBytes(key, certificate.authority.blob) &&
        namesHost(certificate, hop.host, now)
      : equalBytes(key, host),
  )
}

/** Whether one constraint lets the key go from one host (the agent's own where none is given) to another (any). */
function hopPermitted(
  destinations: readonly DestinationConstraint[],
  from: Binding | undefined,
  to: Binding | undefined,
  user: string | undefined,
  now: number,
): boolean {
  return destinations.some((d) => {
    if (from ? !isHop(from, d.from, now) : d.from.host || d.from.keys.length) return false
    if (to && !isHop(to, d.to, now)) return false
    return !d.to.user || user === undefined || matches(user, d.to.user)
  })
}

/**
 * Whether a key with these constraints may be seen over the connection, or used to log in as `user`. `now` are unix
 * seconds.
 */
export function isPermitted(
  destinations: readonly DestinationConstraint[],
  { attempted, list }: Bindings,
  now: number,
  user?: string,
): boolean {
  if (destinations.length === 0) return true
  // Not bound: the machine's own user, unless somebody tried in vain.
  if (list.length === 0) return !attempted
  let from: Binding | undefined
  for (const [i, binding] of list.entries()) {
    const last = i === list.length - 1
    if (last ? binding.forwarding && user !== undefined : !binding.forwarding) return false
    if (!hopPermitted(destinations, from, binding, last ? user : undefined, now)) return false
    from = binding
  }
  // Seen over a forwarding, it must be of use somewhere behind it.
  return !from!.forwarding || user !== undefined || hopPermitted(destinations, from, undefined, undefined, now)
}

/** Throws unless the keys of all hops are plain ones of types that are known. */
export function checkHopKeys(destinations: readonly DestinationConstraint[], options: KeyOptions): void {
  for (const { from, to } of destinations) {
    for (const { key } of [...from.keys, ...to.keys]) needType(options.types, decodePublicKey(key, options).type)
  }
}
