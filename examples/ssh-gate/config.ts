/** The service's configuration, a JSON file. What is misspelt or left undecided is refused, authentication above all. */

import { resolve } from 'node:path'
import { object, readConfiguration, string } from '../lab/configuration.ts'
import { SetupError } from '../lab/setup-error.ts'
import type { Members } from './authentication.ts'
import { nameSyntax } from './fields.ts'
import type { GatePlaces } from './gate-files.ts'
import { type Network, readNetwork } from './networks.ts'
import type { Role } from './operations.ts'

/** Paths are absolute by now. */
export interface Config {
  readonly listen: { readonly host: string; readonly port: number }
  readonly database: { readonly url: string; readonly tokenFile?: string | undefined }
  /** A file with the secret that seals the management keys. */
  readonly sealFile: string
  readonly bearer?: { readonly file: string; readonly project: string; readonly role: Role } | undefined
  readonly oidc?: Oidc | undefined
  readonly projects: Members
  readonly places?: GatePlaces | undefined
  /** Where gates may be managed; where not given, everywhere but on the service's own machine and links. */
  readonly manageNetworks?: readonly Network[] | undefined
}

/** As `oidcAuthenticator` of `hawser/ca` takes it. */
export interface Oidc {
  readonly issuer: string
  readonly audience: string
  readonly jwks: string
  readonly idClaim?: string | undefined
  readonly groupsClaim?: string | undefined
}

function roleName(value: unknown, where: string): Role {
  if (value === 'admin' || value === 'user') return value
  throw new SetupError(`${where}: admin or user expected`)
}

function projectName(value: unknown, where: string): string {
  if (typeof value === 'string' && nameSyntax.test(value)) return value
  throw new SetupError(`${where}: a project's name expected`)
}

function membersOf(value: unknown): Members {
  const projects: [string, Partial<Record<Role, string[]>>][] = []
  for (const [project, of] of Object.entries(object(value, 'projects', Object.keys((value as object | null) ?? {})))) {
    const where = `projects.${projectName(project, 'projects')}`
    const roles = Object.entries(object(of, where, ['admin', 'user'])).map(([role, list]) => {
      if (!Array.isArray(list)) throw new SetupError(`${where}.${role}: a list expected`)
      return [role, list.map((who) => string(who, `${where}.${role}`))] as const
    })
    projects.push([project, Object.fromEntries(roles)])
  }
  return Object.fromEntries(projects)
}

/** Reads a configuration; paths in it are relative to the file. Throws `SetupError`. */
export async function readConfig(path: string): Promise<Config> {
  return configOf(...(await readConfiguration(path)))
}

/** Judges a configuration. Throws `SetupError`. */
export function configOf(value: unknown, folder: string): Config {
  const known = ['listen', 'database', 'sealFile', 'bearer', 'oidc', 'projects', 'places', 'manageNetworks']
  const all = object(value, 'configuration', known)
  const file = (path: unknown, where: string): string => resolve(folder, string(path, where))
  const { host = '127.0.0.1', port = 8022 } = object(all.listen ?? {}, 'listen', ['host', 'port'])
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new SetupError('listen.port')
  const database = object(all.database ?? { url: 'file:ssh-gate.db' }, 'database', ['url', 'tokenFile'])
  const url = string(database.url, 'database.url')
  const { bearer, oidc } = all
  if (bearer === undefined && oidc === undefined) {
    throw new SetupError('no authentication: "oidc" or "bearer" expected; without it the service does not start')
  }
  const given = bearer === undefined ? undefined : object(bearer, 'bearer', ['file', 'project', 'role'])
  return {
    listen: { host: string(host, 'listen.host'), port },
    database: {
      url: url.startsWith('file:') ? `file:${resolve(folder, url.slice('file:'.length))}` : url,
      tokenFile: database.tokenFile === undefined ? undefined : file(database.tokenFile, 'database.tokenFile'),
    },
    sealFile: file(all.sealFile, 'sealFile'),
    bearer: given && {
      file: file(given.file, 'bearer.file'),
      project: projectName(given.project, 'bearer.project'),
      role: roleName(given.role, 'bearer.role'),
    },
    oidc: oidc === undefined ? undefined : oidcOf(oidc),
    projects: membersOf(all.projects ?? {}),
    places: all.places === undefined ? undefined : placesOf(all.places),
    manageNetworks: all.manageNetworks === undefined ? undefined : networksOf(all.manageNetworks),
  }
}

function networksOf(value: unknown): Network[] {
  if (!Array.isArray(value)) throw new SetupError('manageNetworks: a list expected')
  return value.map((network) => readNetwork(string(network, 'manageNetworks')))
}

function oidcOf(value: unknown): Oidc {
  const given = object(value, 'oidc', ['issuer', 'audience', 'jwks', 'idClaim', 'groupsClaim'])
  const optional = (name: string): string | undefined =>
    given[name] === undefined ? undefined : string(given[name], `oidc.${name}`)
  return {
    issuer: string(given.issuer, 'oidc.issuer'),
    audience: string(given.audience, 'oidc.audience'),
    jwks: string(given.jwks, 'oidc.jwks'),
    idClaim: optional('idClaim'),
    groupsClaim: optional('groupsClaim'),
  }
}

function placesOf(value: unknown): GatePlaces {
  const { folder, managementKeys } = object(value, 'places', ['folder', 'managementKeys'])
  const path = (one: unknown, where: string): string => {
    if (typeof one === 'string' && /^\/[A-Za-z0-9_./-]+$/.test(one)) return one
    throw new SetupError(`places.${where}: an absolute path without blanks expected`)
  }
  return { folder: path(folder, 'folder'), managementKeys: path(managementKeys, 'managementKeys') }
}
