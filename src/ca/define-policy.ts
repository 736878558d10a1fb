/** Deciding by plain data. What no grant gives is refused, and several grants together give what each of them gives. */

import { addressInList, parseAddress } from '../cert/source-address.ts'
import { matchPattern } from '../wire/pattern.ts'
import type { Identity } from './identity.ts'
import { isAccount, isHostName, principalOf } from './names.ts'
import {
  forbidden,
  type Grant,
  type Permissions,
  type Policy,
  type PolicyFacts,
  type SubjectRules,
  subjectRefusal,
} from './policy.ts'
import {
  checkPolicyData,
  type HostGrant,
  LIFETIME,
  type Lifetimes,
  type PolicyData,
  type UserGrant,
  type Whom,
} from './policy-data.ts'
import type { Ask } from './statement.ts'

const PTY: Permissions = { pty: true }

/** The grants for somebody with that key; tells why none where it is for the key alone. */
function grantsFor<T extends Whom & SubjectRules>(
  grants: readonly T[],
  data: PolicyData,
  { id, groups }: Identity,
  { subject }: PolicyFacts,
): T[] {
  const theirs = grants.filter((one) => one.users?.includes(id) || one.groups?.some((group) => groups.includes(group)))
  if (theirs.length === 0) throw forbidden('no grant for you')
  const refusals = theirs.map((one) => subjectRefusal(subject, rulesOf(one, data)))
  if (refusals.every((refusal) => refusal !== undefined)) throw forbidden(`your key: ${refusals[0]}`)
  return theirs.filter((_, i) => refusals[i] === undefined)
}

/** The rules on keys of a grant over those of the whole policy. */
function rulesOf(one: SubjectRules, data: PolicyData) {
  const subjectTypes = one.subjectTypes ?? data.subjectTypes
  const rsaBits = one.rsaBits ?? data.rsaBits
  return { subjectTypes, rsaBits, touchRequired: one.touchRequired ?? data.touchRequired ?? true }
}

/** The shortest of the lifetimes; what is asked for must fit into each. */
function leastLifetime(grants: readonly Lifetimes[], asked: number | undefined): number {
  const most = Math.min(...grants.map(({ lifetime = LIFETIME, maxLifetime = lifetime }) => maxLifetime))
  if (asked === undefined) return Math.min(most, ...grants.map(({ lifetime = LIFETIME }) => lifetime))
  if (!(asked <= most)) throw forbidden(`lifetime: at most ${most} seconds for you`)
  return asked
}

/** The one value of all; several cannot stand in one certificate. */
function common<T>(values: readonly T[], what: string): T {
  if (values.length > 1 && new Set(values.map((value) => JSON.stringify(value))).size > 1) {
    throw forbidden(`${what}: not the same for all that you may have; ask for fewer accounts or hosts`)
  }
  return values[0]!
}

/** Throws where a name that was asked for is in none of the pairs. */
function checkAllHad(asked: readonly string[] | undefined, had: ReadonlySet<string>, what: string): void {
  if (asked?.some((name) => !had.has(name))) throw forbidden(`${what}: not all that you ask for are for you`)
}

/** Where a certificate of those grants may be used from, gates apart; `null` for anywhere. */
function callerSources(grants: readonly UserGrant[], address: string | undefined): readonly string[] | null {
  const said = grants.map(({ sourceAddress = 'caller' }) => sourceAddress)
  const lists = said.filter((one) => typeof one === 'object')
  const list = lists.length > 0 ? common(lists, 'source address') : undefined
  if (!said.includes('caller')) return list ?? null
  if (address === undefined) throw forbidden('your address is not known here')
  if (list && !addressInList(address, list.join(','))) throw forbidden('your address is not among those allowed')
  return [`${address}/${address.includes(':') ? 128 : 32}`]
}

function decideUser(data: PolicyData, identity: Identity, ask: Ask, facts: PolicyFacts): Grant {
  const { account } = identity
  // The issuer's word is for an account of somebody's own.
  const own = account !== undefined && account !== 'root' && isAccount(account) ? [account] : []
  const wants = (asked: readonly string[] | undefined, name: string): boolean =>
    asked === undefined || asked.includes(name)
  const principals = new Set<string>()
  const accounts = new Set<string>()
  const hosts = new Set<string>()
  const used: UserGrant[] = []
  for (const one of grantsFor(data.grants, data, identity, facts)) {
    const theirs = [...(one.accounts ?? []), ...(one.ownAccount ? own : [])].filter((name) => wants(ask.accounts, name))
    const groups = one.hosts.filter((group) => wants(ask.hosts, group))
    if (theirs.length === 0 || groups.length === 0) continue
    used.push(one)
    for (const name of theirs) {
      accounts.add(name)
      for (const group of groups) principals.add(principalOf(name, group))
    }
    for (const group of groups) hosts.add(group)
  }
  if (used.length === 0) throw forbidden('none of the accounts and hosts that you ask for are for you')
  checkAllHad(ask.accounts, accounts, 'accounts')
  checkAllHad(ask.hosts, hosts, 'hosts')
  const gates = [
    ...used.flatMap((one) => one.gates ?? []),
    ...[...hosts].flatMap((group) => data.hostGroups[group]!.gates ?? []),
  ]
  const sources = callerSources(used, facts.address)
  const gateAddresses = gates.flatMap((gate) =>
    data.gates && Object.hasOwn(data.gates, gate) ? data.gates[gate]! : [gate],
  )
  const granted = used.map((one) => one.permissions ?? (one.forceCommand === undefined ? PTY : {}))
  const all = (name: keyof Permissions): boolean => granted.every((permissions) => permissions[name] === true)
  return {
    ...combinedRules(used, data),
    principals: [...principals],
    lifetime: leastLifetime(used, ask.lifetime),
    notAfter: data.endWithToken ? identity.tokenExpires : undefined,
    sourceAddresses: sources && [...new Set([...sources, ...gateAddresses])],
    forceCommand: common(
      used.map((one) => one.forceCommand),
      'forced command',
    ),
    permissions: {
      pty: all('pty'),
      portForwarding: all('portForwarding'),
      agentForwarding: all('agentForwarding'),
      x11Forwarding: all('x11Forwarding'),
      userRc: all('userRc'),
    },
  }
}

/** The key was judged by the rules of each grant; what is left to say is whether each login needs a touch. */
function combinedRules(used: readonly SubjectRules[], data: PolicyData): SubjectRules {
  const rules = used.map((one) => rulesOf(one, data))
  const touchRequired = rules.some((one) => one.touchRequired)
  return { ...rules[0]!, touchRequired }
}

function decideHost(data: PolicyData, identity: Identity, ask: Ask, facts: PolicyFacts): Grant {
  const names = ask.hosts ?? []
  if (names.length === 0) throw forbidden('hosts: the names of the host expected')
  if (!names.every(isHostName)) throw forbidden('hosts: names of hosts in lower case, without wildcards, expected')
  const grants = grantsFor<HostGrant>(data.hostCertificates ?? [], data, identity, facts)
  // "192.0.2.*" is meant for addresses, and 192.0.2.example.com is none.
  const matches = (one: HostGrant, name: string): boolean =>
    one.names.some(
      (pattern) =>
        matchPattern(name, pattern) && (!/^\d+\.[\d.*?]*$/.test(pattern) || parseAddress(name) !== undefined),
    )
  const used = grants.filter((one) => names.some((name) => matches(one, name)))
  if (!names.every((name) => used.some((one) => matches(one, name)))) {
    throw forbidden('hosts: not all that you ask for are for you')
  }
  return {
    ...combinedRules(used, data),
    principals: names,
    lifetime: leastLifetime(used, ask.lifetime),
    notAfter: data.endWithToken ? identity.tokenExpires : undefined,
  }
}

/**
 * A policy from plain data, which is looked through at once and copied. Where several grants apply, the certificate is
 * never wider than one of them: what all of them permit, the shortest lifetime, the caller's address where one of them
 * wants it; what cannot be had together (two forced commands) is refused until less is asked for. Gates of any of them
 * are added to the addresses. Throws `TypeError` for data that is none, such as a member that is not known.
 *
 * @example
 * ```ts
 * import { definePolicy } from 'hawser/ca'
 *
 * const policy = definePolicy({
 *   hostGroups: { web: {}, db: { gates: ['192.0.2.1'] } },
 *   grants: [
 *     { groups: ['ops'], accounts: ['deploy'], hosts: ['web', 'db'] },
 *     { users: ['backup@example.com'], accounts: ['backup'], hosts: ['db'], forceCommand: '/usr/bin/backup' },
 *   ],
 * })
 * console.log(typeof policy) // function
 * ```
 */
export function definePolicy(data: PolicyData): Policy {
  checkPolicyData(data)
  // Later changes by the caller were not looked through. Of plain data JSON keeps all; what it makes of other is no policy.
  const own: PolicyData = JSON.parse(JSON.stringify(data))
  checkPolicyData(own)
  // Refusing may err on its side: addresses of mail change their case, and ids change where the subject stays.
  const disabled = new Set(own.disabled?.map((name) => name.toLowerCase()))
  return (identity, ask, facts) => {
    if ([identity.id, identity.subject].some((name) => disabled.has(name.toLowerCase()))) {
      throw forbidden('you are disabled')
    }
    return ask.kind === 'user' ? decideUser(own, identity, ask, facts) : decideHost(own, identity, ask, facts)
  }
}
