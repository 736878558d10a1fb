/** From a question to a certificate: revocation, policy, what a grant may say, serial, key id, signature. */

import { type CertificateRequest, issueCertificate } from '../cert/issue.ts'
import type { OptionValue } from '../cert/options.ts'
import { parseAddressList } from '../cert/source-address.ts'
import { sha256 } from '../crypto/hash.ts'
import { draw, type Random } from '../crypto/random.ts'
import { AuthorityError } from '../errors.ts'
import { fingerprint } from '../fingerprint/fingerprint.ts'
import type { Certificate } from '../keys/certificate.ts'
import { findType } from '../keys/key-type.ts'
import { type PublicKey, publicComponents } from '../keys/public-key.ts'
import { whyRevoked } from '../keys/revocation.ts'
import type { Deadline } from './deadline.ts'
import { checkIdentity, type Identity } from './identity.ts'
import { formatKeyId } from './key-id.ts'
import { isHostName, isPrincipal } from './names.ts'
import type { Settings } from './options.ts'
import { forbidden, type Grant, type Permissions, type SubjectFacts, subjectRefusal } from './policy.ts'
import { badRequest, SKEW } from './protocol.ts'
import type { RequestRecord } from './record.ts'
import type { Ask } from './statement.ts'

/** A question whose proofs were judged: who asks for what, for which key, from where. */
export interface IssueRequest {
  readonly identity: Identity
  readonly ask: Ask
  /** The key to certify, which the identity must have proved to hold. */
  readonly publicKey: PublicKey
  /** Of security keys: touched for this request. False where not given. */
  readonly touched?: boolean | undefined
  /** The caller's address. */
  readonly address?: string | undefined
}

/** A certificate and what was decided about it. */
export interface Issued {
  readonly certificate: Certificate
  readonly serial: bigint
  readonly keyId: string
  readonly principals: readonly string[]
  /** Unix seconds. */
  readonly validAfter: number
  readonly validBefore: number
}

/** What a record comes to say, as far as it is known. */
export type Draft = { -readonly [name in keyof RequestRecord]?: RequestRecord[name] }

const extensions: Readonly<Record<keyof Permissions, string>> = {
  pty: 'permit-pty',
  portForwarding: 'permit-port-forwarding',
  agentForwarding: 'permit-agent-forwarding',
  x11Forwarding: 'permit-X11-forwarding',
  userRc: 'permit-user-rc',
}

/** Most principals (OpenSSH sshkey.h SSHKEY_CERT_MAX_PRINCIPALS). */
const PRINCIPALS = 256

/** 63 random bits and never 0, which stands for no serial: they fit into the signed columns of databases. */
function newSerial(random: Random | undefined): bigint {
  const bytes = draw(random, 8)
  const serial = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0) & 0x7fff_ffff_ffff_ffffn
  return serial || 1n
}

function subjectFacts(request: IssueRequest, { types, limits }: Settings): SubjectFacts {
  const { publicKey, touched = false } = request
  const type = findType(types, publicKey.type)
  if (!type) throw forbidden('your key: keys of this type are not certified here')
  return {
    publicKey,
    alias: type.alias,
    bits: type.bits(publicComponents(publicKey, type, limits)),
    securityKey: type.publicFields.some(({ name }) => name === 'application'),
    // DSA has no algorithm left that is not a legacy one.
    usual: type.algorithms.length > 0 && !type.authorityByName,
    touched,
  }
}

/** What a policy gave, as far as any policy may go. */
function checkGrant(grant: Grant, kind: Ask['kind'], subject: SubjectFacts, longest: number): void {
  const { principals, lifetime, sourceAddresses, forceCommand } = grant
  const form = kind === 'user' ? isPrincipal : isHostName
  if (!Array.isArray(principals) || principals.length === 0 || !principals.every(form)) {
    throw new TypeError(`policy: principals of ${kind === 'user' ? 'the form account@group' : 'hosts'} expected`)
  }
  if (principals.length > PRINCIPALS) {
    throw forbidden(`more than ${PRINCIPALS} principals are for you; ask for fewer accounts or hosts`)
  }
  if (!(Number.isInteger(lifetime) && lifetime >= 1))
    throw new TypeError('policy: a lifetime in whole seconds expected')
  if (lifetime > longest) throw forbidden(`lifetime: at most ${longest} seconds by the authority's ceiling`)
  const refusal = subjectRefusal(subject, grant)
  if (refusal !== undefined) throw forbidden(`your key: ${refusal}`)
  if (kind === 'host') return
  // Nothing said is not anywhere.
  if (sourceAddresses !== null && !(sourceAddresses?.length && parseAddressList(sourceAddresses.join(',')))) {
    throw new TypeError('policy: source addresses, or null, expected')
  }
  if (forceCommand !== undefined && (typeof forceCommand !== 'string' || forceCommand === '')) {
    throw new TypeError('policy: a command expected')
  }
}

function userOptions(grant: Grant, subject: SubjectFacts): Pick<CertificateRequest, 'criticalOptions' | 'extensions'> {
  const critical: Record<string, OptionValue> = {}
  if (grant.forceCommand !== undefined) critical['force-command'] = grant.forceCommand
  if (grant.sourceAddresses) critical['source-address'] = grant.sourceAddresses.join(',')
  const granted: Record<string, true> = {}
  for (const [name, extension] of Object.entries(extensions)) {
    if (grant.permissions?.[name as keyof Permissions] === true) granted[extension] = true
  }
  if (subject.securityKey && grant.touchRequired === false) granted['no-touch-required'] = true
  return { criticalOptions: critical, extensions: granted }
}

/** Decides and signs. Fills in the draft of the record on its way. Throws `AuthorityError` and what its parts throw. */
export async function certify(
  request: IssueRequest,
  draft: Draft,
  time: number,
  settings: Settings,
  deadline: Deadline,
): Promise<Issued> {
  const { ask, publicKey, address } = request
  const { kind } = ask
  const { policy, revocation, types, limits, random, longest } = settings
  const identity = checkIdentity(request.identity)
  const key = settings.keys[kind]
  if (!key) throw new AuthorityError('not-found', 'no certificates of hosts are issued here')
  const subject = subjectFacts(request, settings)
  draft.publicKey ??= fingerprint(publicKey, { hash: sha256 })
  const { lifetime: asked } = ask
  if (asked !== undefined && !(Number.isSafeInteger(asked) && asked >= 1))
    throw badRequest('lifetime: whole seconds expected')
  const why = await deadline.wait('revocation', () => whyRevoked(publicKey, revocation))
  if (why !== undefined) throw forbidden('your key is revoked')
  const grant = await deadline.wait('policy', () => policy(identity, ask, { time, address, subject }))
  checkGrant(grant, kind, subject, longest[kind])
  const { principals, lifetime, notAfter = Number.POSITIVE_INFINITY } = grant
  const validAfter = Math.floor(time) - SKEW
  const validBefore = Math.min(Math.floor(time) + lifetime, Math.floor(notAfter))
  if (!(validBefore > time)) throw forbidden('your token ends too soon')
  const serial = newSerial(random)
  const keyId = formatKeyId({ id: identity.id, method: identity.method, time, address, serial })
  const options: ReturnType<typeof userOptions> = kind === 'user' ? userOptions(grant, subject) : {}
  const said = { kind, publicKey, keyId, principals, serial, validAfter, validBefore, ...options }
  const how = { types, limits, random, algorithm: key.algorithm }
  const certificate = await deadline.wait('signer', () => issueCertificate(said, key.signer, how))
  draft.serial = String(serial)
  draft.keyId = keyId
  draft.principals = principals
  draft.validAfter = validAfter
  draft.validBefore = validBefore
  if (kind === 'user') {
    draft.sourceAddresses = grant.sourceAddresses ?? undefined
    draft.forceCommand = grant.forceCommand
    draft.permissions = Object.keys(options.extensions ?? {})
  }
  return { certificate, serial, keyId, principals, validAfter, validBefore }
}
