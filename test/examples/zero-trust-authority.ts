/** An authority of examples/zero-trust for tests: its keys and settings, and what stands for the identity provider. */

import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { formatPrivateKey, generateKey } from '../../src/index.ts'
import { folder } from './support.ts'

/** What stands in for the identity provider: its keys over HTTP, and tokens. */
const { privateKey, publicKey } = await generateKeyPair('ES256')
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] }
const provider = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(jwks))
})
await new Promise<void>((done) => provider.listen(0, '127.0.0.1', done))
provider.unref()
after(() => provider.close())
const issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`

/** What statements are made out to, wherever it is served. */
export const BASE = 'https://ca.corp.example/ssh'
export const now = (): number => Math.floor(Date.now() / 1000)

export interface Claims {
  readonly sub: string
  readonly groups?: readonly string[]
  readonly aud?: string
  readonly exp?: number
  readonly iss?: string
  readonly host?: boolean
}

export function makeToken({
  sub,
  groups = ['ops'],
  aud = 'hawser',
  exp = now() + 300,
  iss = issuer,
  host,
}: Claims): Promise<string> {
  const person = { email: `${sub}@corp.example`, email_verified: true, groups: [...groups] }
  return new SignJWT(host ? { client_id: sub } : person)
    .setProtectedHeader({ alg: 'ES256', kid: 'one', ...(host && { typ: 'at+jwt' }) })
    .setIssuer(iss)
    .setSubject(sub)
    .setAudience(aud)
    .setIssuedAt()
    .setExpirationTime(exp)
    .sign(privateKey)
}

const dir = folder('zero-trust')
const path = (name: string, content: string): string => {
  writeFileSync(join(dir, name), content, { mode: 0o600 })
  return join(dir, name)
}

export const [userKey, hostKey] = [await generateKey('ed25519'), await generateKey('ecdsa-p256')] as const
export const pkcs8: string = await formatPrivateKey(userKey, { format: 'pkcs8' })
const blocked = { version: 7, disabled: ['bob@corp.example'], serials: ['42'] }

export const settings = {
  AUTHORITY_URL: BASE,
  ISSUER: issuer,
  JWKS_URL: `${issuer}/jwks`,
  CLIENT_ID: 'hawser',
  DOMAIN: 'corp.example',
  HOSTS: 'web db',
  ACCOUNT: 'deploy',
  GATE_ACCOUNT: 'gate',
  GATES: '192.0.2.1',
  PORT: '0',
}
/** Keys and `blocked.json` as text, and as files. */
export const texts = {
  AUTHORITY_KEY: await formatPrivateKey(userKey),
  HOST_AUTHORITY_KEY: await formatPrivateKey(hostKey, { format: 'pkcs8' }),
  BLOCKED: JSON.stringify(blocked),
}
export const files = {
  AUTHORITY_KEY_FILE: path('user_ca', texts.AUTHORITY_KEY),
  HOST_AUTHORITY_KEY_FILE: path('host_ca', texts.HOST_AUTHORITY_KEY),
  BLOCKED_FILE: path('blocked.json', texts.BLOCKED),
}
