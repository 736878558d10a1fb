/**
 * A certificate authority: who may have what, for how long, and a record of it. Refusal is what happens where nothing
 * else is decided.
 */

import { canonicalAddress } from './caller-address.ts'
import { certify, type Draft, type Issued, type IssueRequest } from './certify.ts'
import { createHandler, type FetchHandler } from './handler.ts'
import { type AuthorityOptions, checkOptions } from './options.ts'
import { badRequest } from './protocol.ts'
import type { RequestRecord } from './record.ts'
import { recorded } from './recorded.ts'

/** An authority. Its functions stand for themselves and may be passed on. */
export interface Authority {
  /**
   * Issues to an identity that the caller vouches for, for a key that it proved to hold: policy decides and the record
   * is written as for every request, tokens, proofs and rates are the caller's matter.
   */
  readonly issue: (request: IssueRequest) => Promise<Issued>
  /** Answers a request of HTTP. It never throws. */
  readonly fetch: FetchHandler
}

/**
 * Makes an authority. Throws `TypeError` for options that are missing or wrong. `issue` rejects with `AuthorityError`
 * (`forbidden`, `bad-request`, `not-found`, `unavailable`, `internal`).
 *
 * @example
 * ```ts
 * import { createAuthority, definePolicy } from 'hawser/ca'
 * import { allTypes, ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const records: string[] = []
 * const authority = createAuthority({
 *   url: 'https://ssh.example.com',
 *   signer: await generatePrivateKey(ed25519), // better: a key in a KMS, see hawser/signers
 *   authenticate: async () => { throw new Error('oidcAuthenticator() makes one') },
 *   policy: definePolicy({
 *     hostGroups: { web: {} },
 *     grants: [{ users: ['alice'], accounts: ['deploy'], hosts: ['web'] }],
 *   }),
 *   record: (entry) => void records.push(entry.outcome),
 *   types: allTypes,
 * })
 * const { publicKey } = await generatePrivateKey(ed25519)
 * const identity = { id: 'alice', issuer: 'here', subject: '1', groups: [], method: 'test', tokenExpires: 2e9 }
 * const { principals } = await authority.issue({ identity, ask: { kind: 'user' }, publicKey, address: '192.0.2.7' })
 * console.log(records, principals) // [ 'issued' ] [ 'deploy@web' ]
 * console.log((await authority.fetch(new Request('https://ssh.example.com/v1/health'))).status) // 200
 * ```
 */
export function createAuthority(options: AuthorityOptions): Authority {
  const settings = checkOptions(options)
  return {
    fetch: createHandler(settings),
    issue: async (request) => {
      const { ask, identity, address } = request
      const time = settings.clock() / 1000
      const { id, issuer, subject, method } = identity
      const draft: Draft & Pick<RequestRecord, 'time' | 'kind'> = {
        time: Math.floor(time),
        kind: ask.kind,
        identity: id,
        issuer,
        subject,
        method,
        ask,
      }
      return recorded(draft, settings, async (deadline) => {
        const canonical = address === undefined ? undefined : canonicalAddress(address)
        if (address !== undefined && canonical === undefined) throw badRequest('address: it is none')
        draft.address = canonical
        if (ask.kind !== 'user' && ask.kind !== 'host') throw badRequest('kind: "user" or "host" expected')
        return certify({ ...request, address: canonical }, draft, time, settings, deadline)
      })
    },
  }
}
