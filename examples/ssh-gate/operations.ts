/**
 * Everything that can be asked for, once: the words of the command, method and path over HTTP, who may, and what must
 * or may be said. The routes and the command are both made of this table, so that neither knows what the other does not.
 */

import * as fields from './fields.ts'

export type Role = 'admin' | 'user'

/** How a value is judged, and how the command reads it: as it stands, from a file, or split at commas. */
export interface Field<T = unknown, N extends boolean = boolean> {
  readonly read: (value: unknown, field: string) => T
  readonly from: 'text' | 'file' | 'list' | 'flag'
  readonly needed: N
}

export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below `/v1/PROJECT`; its parameters are the first arguments of the command. */
  readonly path: string
  /** The least role that may. */
  readonly role: Role
  /** A JSON body for POST, else the query. */
  readonly fields: Readonly<Record<string, Field>>
}

const may = <T>(read: Field<T>['read'], from: Field['from'] = 'text'): Field<T, false> => ({
  read,
  from,
  needed: false,
})
const must = <T>(read: Field<T>['read'], from: Field['from'] = 'text'): Field<T, true> => ({ read, from, needed: true })

const clientFields = {
  gate: may(fields.name),
  via: may(fields.way),
  identity: may(fields.path),
  certificate: may(fields.path),
  gateIdentity: may(fields.path),
  gateCertificate: may(fields.path),
  knownHosts: may(fields.path),
}

const operation = <const F extends Operation['fields']>(
  method: Operation['method'],
  path: string,
  role: Role,
  given: F,
): { readonly method: Operation['method']; readonly path: string; readonly role: Role; readonly fields: F } => {
  return { method, path, role, fields: given }
}

export const operations = {
  'gate create': operation('POST', '/gates', 'admin', {
    name: must(fields.name),
    host: must(fields.host),
    hostKey: must(fields.text, 'file'),
    user: may(fields.account),
    port: may(fields.port),
    manageHost: may(fields.host),
    managePort: may(fields.port),
    targetPorts: may(fields.ports, 'list'),
  }),
  'gate list': operation('GET', '/gates', 'user', {}),
  'gate show': operation('GET', '/gates/:gate', 'user', {}),
  'gate delete': operation('DELETE', '/gates/:gate', 'admin', { force: may(fields.flag, 'flag') }),
  'gate sshd-config': operation('GET', '/gates/:gate/sshd_config', 'admin', {}),
  'gate management-key': operation('GET', '/gates/:gate/management_key', 'admin', {}),
  'gate authorized-keys': operation('GET', '/gates/:gate/authorized_keys', 'admin', {}),
  'gate publish': operation('POST', '/gates/:gate/publish', 'admin', {}),
  'gate key add': operation('POST', '/gates/:gate/keys', 'user', {
    key: must(fields.text, 'file'),
    principals: may(fields.principals, 'list'),
  }),
  'gate key list': operation('GET', '/gates/:gate/keys', 'user', {}),
  'gate key remove': operation('DELETE', '/gates/:gate/keys/:fingerprint', 'user', {}),
  'target create': operation('POST', '/targets', 'admin', {
    name: must(fields.name),
    user: must(fields.account),
    key: must(fields.text, 'file'),
    machine: must(fields.machine),
    hostKey: must(fields.text, 'file'),
    host: may(fields.host),
    port: may(fields.port),
  }),
  'target list': operation('GET', '/targets', 'user', {}),
  'target show': operation('GET', '/targets/:target', 'user', {}),
  'target delete': operation('DELETE', '/targets/:target', 'admin', {}),
  'target bind': operation('PUT', '/targets/:target/gates/:gate', 'admin', {}),
  'target unbind': operation('DELETE', '/targets/:target/gates/:gate', 'admin', {}),
  'target ssh-config': operation('GET', '/targets/:target/ssh_config', 'user', clientFields),
  'target known-hosts': operation('GET', '/targets/:target/known_hosts', 'user', {}),
  'target authorized-keys': operation('GET', '/targets/:target/authorized_keys', 'user', {}),
} as const

export type Words = keyof typeof operations

type Fields<W extends Words> = (typeof operations)[W]['fields']
type Read<F> = F extends Field<infer T, infer N> ? (N extends true ? T : T | undefined) : never

/** What a handler gets: each field as its reader gave it. */
export type Given<W extends Words> = { readonly [N in keyof Fields<W>]: Read<Fields<W>[N]> }
