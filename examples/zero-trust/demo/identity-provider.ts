/**
 * The identity provider: oidc-provider in memory, with its own pages for development, which take any password. A process
 * of its own: `node identity-provider.ts` with ISSUER, LISTEN, PORT, TLS_CERT_FILE, TLS_KEY_FILE, AUDIENCE, and
 * HOST_SECRETS, a folder with a file for each host.
 */

import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import Provider, { type ClientMetadata } from 'oidc-provider'

const {
  ISSUER = '',
  LISTEN,
  PORT,
  TLS_CERT_FILE = '',
  TLS_KEY_FILE = '',
  AUDIENCE = '',
  HOST_SECRETS = '',
} = process.env
const people: Readonly<Record<string, readonly string[]>> = { alice: ['ops'], bob: ['ops'], carol: ['dba'] }

const { privateKey } = await generateKeyPair('ES256', { extractable: true })
const hosts = readdirSync(HOST_SECRETS).map(
  (name): ClientMetadata => ({
    client_id: name,
    client_secret: readFileSync(join(HOST_SECRETS, name), 'utf8').trim(),
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  }),
)
const provider = new Provider(ISSUER, {
  clients: [
    {
      client_id: 'hawser',
      // A program on a person's machine: it has no secret, and comes back to any port of 127.0.0.1 (RFC 8252).
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://127.0.0.1/callback'],
      response_types: ['code'],
      grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
    },
    ...hosts,
  ],
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'demo' }] },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups'] },
  // Into the ID token, since the authority asks nobody.
  conformIdTokenClaims: false,
  findAccount: (_, id) => {
    const groups = people[id]
    if (!groups) return undefined
    return {
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@corp.example`, email_verified: true, groups: [...groups] }),
    }
  },
  pkce: { required: () => true },
  ttl: {
    IdToken: 300,
    AccessToken: 300,
    ClientCredentials: 300,
    Session: 300,
    Grant: 300,
    Interaction: 300,
    DeviceCode: 300,
  },
  features: {
    devInteractions: { enabled: true },
    deviceFlow: { enabled: true },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, resource) => {
        if (resource !== AUDIENCE) throw new Error('no such resource')
        return { scope: '', audience: AUDIENCE, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }
      },
    },
  },
})
const server = createServer({ cert: readFileSync(TLS_CERT_FILE), key: readFileSync(TLS_KEY_FILE) }, provider.callback())
server.listen(Number(PORT), LISTEN, () => console.log(`listening on ${(server.address() as AddressInfo).port}`))
