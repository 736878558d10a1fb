/**
 * Who calls: the token of a request becomes a caller with a role in each project that is theirs. A static bearer token is
 * one caller of one project; a token of an OpenID provider is judged by `hawser/ca`, and the configuration says what its
 * identity and its groups may.
 */

import { equalBytes, sha256 } from 'hawser/crypto'
import { SshError } from 'hawser/errors'
import type { Role } from './operations.ts'
import { Refusal } from './refusal.ts'

export interface Caller {
  /** How they proved who they are, and who that is. */
  readonly id: string
  /** By project. A project that is not in here does not exist for them. */
  readonly roles: ReadonlyMap<string, Role>
}

/** The caller behind a token; `undefined` where it proves nobody. */
export type Authenticate = (token: string) => Promise<Caller | undefined>

/** Who has a role in a project: identities, and groups as `group:NAME`. */
export type Members = Readonly<Record<string, Readonly<Partial<Record<Role, readonly string[]>>>>>

/** What `oidcAuthenticator` of `hawser/ca` gives of an identity. */
interface Identity {
  readonly id: string
  readonly groups: readonly string[]
}

/** One token, known beforehand. */
export function bearerAuthenticator(secret: string, project: string, role: Role): Authenticate {
  const hash = (text: string): Uint8Array => sha256.digest(new TextEncoder().encode(text))
  const expected = hash(secret)
  const caller: Caller = { id: 'bearer', roles: new Map([[project, role]]) }
  // Hashes are of one length, so that the time tells nothing of the token's either.
  return async (token) => (equalBytes(hash(token), expected) ? caller : undefined)
}

/** Tokens that `identify` judges. */
export function memberAuthenticator(
  identify: (token: string, options: { readonly time: number }) => Promise<Identity>,
  members: Members,
): Authenticate {
  return async (token) => {
    const { id, groups } = await identify(token, { time: Math.floor(Date.now() / 1000) })
    // An identity must not pass for a group by its name.
    const names = new Set([...(id.startsWith('group:') ? [] : [id]), ...groups.map((group) => `group:${group}`)])
    const roles = new Map<string, Role>()
    for (const [project, of] of Object.entries(members)) {
      for (const role of ['user', 'admin'] as const)
        if (of[role]?.some((who) => names.has(who))) roles.set(project, role)
    }
    return { id: `oidc:${id}`, roles }
  }
}

/** The first caller that one of them knows; each refuses a token that is not its own. Throws `Refusal` `unavailable`. */
export function anyOf(ways: readonly Authenticate[]): Authenticate {
  return async (token) => {
    for (const way of ways) {
      try {
        const caller = await way(token)
        if (caller) return caller
      } catch (error) {
        if (!(error instanceof SshError)) throw error
        if (error.code === 'unavailable') throw new Refusal('unavailable', 'nobody can judge tokens now; try again')
        if (error.code !== 'unauthenticated') throw error
      }
    }
    return undefined
  }
}
