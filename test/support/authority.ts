/** An authority behind a socket of this machine, its users those of an identity provider. */

import { createServer } from 'node:http'
import { createAuthority, definePolicy, oidcAuthenticator, type PolicyData } from '../../src/ca/index.ts'
import { allTypes, ed25519, generatePrivateKey, type PrivateKey } from '../../src/keys/index.ts'
import { createKrl, formatKrl } from '../../src/krl/index.ts'
import { bodyOf, closeServer, type IdentityProvider, listen } from './identity-provider.ts'

/** An authority that runs. */
export interface RunningAuthority {
  readonly url: string
  readonly signer: PrivateKey
  readonly hostSigner: PrivateKey
  /** What was asked of it, as `METHOD /path STATUS`. */
  readonly requests: string[]
  /** Milliseconds that its clock is ahead. */
  ahead: number
  /** Answers nothing while it is true. */
  down: boolean
  close(): Promise<void>
}

const everybody = (accounts: readonly string[], lifetime: number): PolicyData => ({
  hostGroups: { web: {} },
  grants: [
    {
      groups: ['staff'],
      accounts: [...accounts],
      hosts: ['web'],
      lifetime,
      maxLifetime: 3600,
      permissions: { pty: true },
    },
  ],
  hostCertificates: [{ users: ['alice@example.com'], names: ['*.corp', '127.0.0.1'], lifetime: 3600 }],
})

export async function startAuthority(
  provider: IdentityProvider,
  accounts: readonly string[],
  lifetime = 120,
): Promise<RunningAuthority> {
  const [signer, hostSigner] = [await generatePrivateKey(ed25519), await generatePrivateKey(ed25519)]
  const requests: string[] = []
  const server = createServer(async (incoming, outgoing) => {
    if (running.down) return
    const body = await bodyOf(incoming)
    const { method = 'GET', url = '/' } = incoming
    const headers = new Headers(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]))
    const request = new Request(running.url + url, { method, headers, ...(method === 'POST' && { body }) })
    const answer = await authority.fetch(request, { remoteAddress: '127.0.0.1' })
    requests.push(`${method} ${url} ${answer.status}`)
    outgoing.writeHead(answer.status, Object.fromEntries((answer as unknown as Response).headers))
    outgoing.end(new Uint8Array(await (answer as unknown as Response).arrayBuffer()))
  })
  const url = await listen(server)
  const running: RunningAuthority = {
    url,
    signer,
    hostSigner,
    requests,
    ahead: 0,
    down: false,
    close: () => closeServer(server),
  }
  const authority = createAuthority({
    url,
    signer,
    hostSigner,
    hostPatterns: ['*.corp'],
    authenticate: oidcAuthenticator({
      issuer: provider.issuer,
      audience: 'ssh',
      jwks: provider.jwks as never,
      idClaim: 'email',
      groupsClaim: 'groups',
    }),
    policy: definePolicy(everybody(accounts, lifetime)),
    record: () => {},
    login: { issuer: provider.issuer, clientId: 'ssh', scopes: ['openid', 'email'] },
    clock: () => Date.now() + running.ahead,
    krl: () =>
      formatKrl(createKrl({ version: 7n, generatedAt: 0n, certificates: [{ authority: null, serials: [[9n, 9n]] }] })),
    types: allTypes,
  })
  return running
}

/** Follows a login in place of a person: the browser of the tests. Gives the last answer. */
export async function browse(url: string): Promise<Response> {
  return fetch(url)
}
