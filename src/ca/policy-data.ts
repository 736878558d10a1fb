/** A policy as plain data, which can stand in a JSON file: its shape, and what is wrong with it. */

import { parseAddressList } from '../cert/source-address.ts'
import { checkWhole } from '../wire/expect.ts'
import { escapeText } from '../wire/text.ts'
import { isAccount, isHostGroup } from './names.ts'
import type { Permissions, SubjectRules } from './policy.ts'

/** Whom a grant is for: identities by their id, or by a group of theirs. */
export interface Whom {
  readonly users?: readonly string[] | undefined
  readonly groups?: readonly string[] | undefined
}

/** Seconds. */
export interface Lifetimes {
  /** Where nothing is asked; 120 where not given. */
  readonly lifetime?: number | undefined
  /** The most that may be asked for; `lifetime` where not given. */
  readonly maxLifetime?: number | undefined
}

/** Which accounts on which hosts somebody may have, and how. */
export interface UserGrant extends Whom, Lifetimes, SubjectRules {
  /** Accounts, such as `deploy`. */
  readonly accounts?: readonly string[] | undefined
  /** The account that the issuer says is theirs, too; never root. */
  readonly ownAccount?: boolean | undefined
  /** Groups of hosts. */
  readonly hosts: readonly string[]
  /** Where the certificate may be used from: the caller's address where not given. */
  readonly sourceAddress?: 'caller' | 'any' | readonly string[] | undefined
  /** Gates that these users come through, by name or address: a host behind them sees the gate's address. */
  readonly gates?: readonly string[] | undefined
  /** The one command that may run. */
  readonly forceCommand?: string | undefined
  /** What is not true is not granted. Where the whole is not given: a terminal, and nothing with `forceCommand`. */
  readonly permissions?: Permissions | undefined
}

/** Which names the hosts of an identity may have. */
export interface HostGrant extends Whom, Lifetimes, SubjectRules {
  /** Patterns with `*`, which stands for dots too, and `?`. Those of digits and dots (`192.0.2.*`) are for addresses alone. */
  readonly names: readonly string[]
}

/** A group of hosts. */
export interface HostGroup {
  /** Gates in front of them, by name or address. */
  readonly gates?: readonly string[] | undefined
}

/** A whole policy. Its grants are all there is: nobody else gets anything. */
export interface PolicyData extends SubjectRules {
  readonly hostGroups: Readonly<Record<string, HostGroup>>
  /** Addresses and networks of gates, by name. */
  readonly gates?: Readonly<Record<string, readonly string[]>> | undefined
  readonly grants: readonly UserGrant[]
  readonly hostCertificates?: readonly HostGrant[] | undefined
  /** Identities that get nothing, whatever the grants say: ids or the issuer's subjects, in upper or lower case. */
  readonly disabled?: readonly string[] | undefined
  /** No certificate outlives the token that it was asked with. */
  readonly endWithToken?: boolean | undefined
}

const subjectRules = ['subjectTypes', 'rsaBits', 'touchRequired']
const whom = ['users', 'groups', 'lifetime', 'maxLifetime', ...subjectRules]
const members = {
  policy: ['hostGroups', 'gates', 'grants', 'hostCertificates', 'disabled', 'endWithToken', ...subjectRules],
  hostGroup: ['gates'],
  grant: ['accounts', 'ownAccount', 'hosts', 'sourceAddress', 'gates', 'forceCommand', 'permissions', ...whom],
  hostGrant: ['names', ...whom],
  permissions: ['pty', 'portForwarding', 'agentForwarding', 'x11Forwarding', 'userRc'],
}

/** Throws `TypeError` for what is no object, or has a member that is not known: a misspelt restriction is none. */
function checkMembers(value: unknown, what: string, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${what}: an object expected`)
  // What is inherited would be looked through, and lost in a copy.
  for (const name in value) {
    if (!known.includes(name) || !Object.hasOwn(value, name)) {
      throw new TypeError(`${what}: "${escapeText(name, 64)}" is not known`)
    }
  }
}

function checkList(value: unknown, what: string, isOne: (item: string) => boolean, least = 1): void {
  if (!Array.isArray(value) || value.length < least) throw new TypeError(`${what}: a list expected`)
  const odd = value.find((item) => typeof item !== 'string' || !isOne(item))
  if (odd !== undefined || value.includes(undefined)) {
    throw new TypeError(`${what}: "${escapeText(String(odd), 64)}" is none`)
  }
}

function checkFlag(value: unknown, what: string): void {
  if (value !== undefined && typeof value !== 'boolean') throw new TypeError(`${what}: true or false expected`)
}

const isText = (text: string): boolean => text !== ''
const isNetwork = (text: string): boolean => !text.includes(',') && parseAddressList(text) !== undefined

function checkSubjects({ subjectTypes, rsaBits, touchRequired }: SubjectRules, what: string): void {
  if (subjectTypes !== undefined) checkList(subjectTypes, `${what}.subjectTypes`, isText)
  if (rsaBits !== undefined) checkWhole(`${what}.rsaBits`, rsaBits, 2048, 16384)
  checkFlag(touchRequired, `${what}.touchRequired`)
}

function checkWhom({ users, groups, lifetime, maxLifetime }: Whom & Lifetimes, what: string): void {
  if (users === undefined && groups === undefined) throw new TypeError(`${what}: users or groups expected`)
  if (users !== undefined) checkList(users, `${what}.users`, isText)
  if (groups !== undefined) checkList(groups, `${what}.groups`, isText)
  if (lifetime !== undefined) checkWhole(`${what}.lifetime`, lifetime, 1)
  if (maxLifetime !== undefined) checkWhole(`${what}.maxLifetime`, maxLifetime, lifetime ?? LIFETIME)
}

/** Seconds that a certificate of a user holds where nobody says anything. */
export const LIFETIME = 120

function checkUserGrant(grant: UserGrant, what: string, isGate: (gate: string) => boolean, data: PolicyData): void {
  checkMembers(grant, what, members.grant)
  checkWhom(grant, what)
  checkSubjects(grant, what)
  const { accounts, ownAccount, hosts, sourceAddress, gates, forceCommand, permissions } = grant
  checkFlag(ownAccount, `${what}.ownAccount`)
  if (!ownAccount || accounts !== undefined) checkList(accounts, `${what}.accounts`, isAccount)
  checkList(hosts, `${what}.hosts`, (host) => Object.hasOwn(data.hostGroups, host))
  if (sourceAddress !== undefined && sourceAddress !== 'caller' && sourceAddress !== 'any') {
    checkList(sourceAddress, `${what}.sourceAddress`, isNetwork)
  }
  if (gates !== undefined) checkList(gates, `${what}.gates`, isGate)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a command may not have
  if (forceCommand !== undefined && !(typeof forceCommand === 'string' && /^[^\0-\x1f\x7f]+$/.test(forceCommand))) {
    throw new TypeError(`${what}.forceCommand: one line of text expected`)
  }
  if (permissions === undefined) return
  checkMembers(permissions, `${what}.permissions`, members.permissions)
  for (const [name, value] of Object.entries(permissions)) checkFlag(value, `${what}.permissions.${name}`)
}

/** Throws `TypeError` for the first thing that is wrong. */
export function checkPolicyData(data: PolicyData): void {
  checkMembers(data, 'policy', members.policy)
  const { hostGroups, gates = {}, grants, hostCertificates = [], disabled = [], endWithToken } = data
  checkSubjects(data, 'policy')
  checkFlag(endWithToken, 'policy.endWithToken')
  checkMembers(gates, 'gates', Object.keys(gates))
  for (const [name, addresses] of Object.entries(gates)) {
    // A name must not look like an address, nor the other way round.
    if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new TypeError(`gates: "${escapeText(name, 64)}" is no name`)
    checkList(addresses, `gates.${name}`, isNetwork)
  }
  const isGate = (gate: string): boolean => Object.hasOwn(gates, gate) || isNetwork(gate)
  checkMembers(hostGroups, 'hostGroups', Object.keys(Object(hostGroups)))
  for (const [name, group] of Object.entries(hostGroups)) {
    if (!isHostGroup(name)) throw new TypeError(`hostGroups: "${escapeText(name, 64)}" is no name of a group`)
    checkMembers(group, `hostGroups.${name}`, members.hostGroup)
    if (group.gates !== undefined) checkList(group.gates, `hostGroups.${name}.gates`, isGate)
  }
  checkList(disabled, 'disabled', isText, 0)
  if (!Array.isArray(grants)) throw new TypeError('grants: a list expected')
  for (const [i, grant] of grants.entries()) checkUserGrant(grant, `grants[${i}]`, isGate, data)
  if (!Array.isArray(hostCertificates)) throw new TypeError('hostCertificates: a list expected')
  for (const [i, grant] of hostCertificates.entries()) {
    const what = `hostCertificates[${i}]`
    checkMembers(grant, what, members.hostGrant)
    checkWhom(grant, what)
    checkSubjects(grant, what)
    checkList(grant.names, `${what}.names`, (name) => /^[a-z0-9:.*?-]+$/.test(name))
  }
}
