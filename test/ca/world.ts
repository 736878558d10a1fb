/** An authority with everything around it, for its tests: an issuer of tokens, a clock that stands, a record. */

import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose'
import {
  type Ask,
  type Authority,
  type AuthorityOptions,
  createAuthority,
  definePolicy,
  oidcAuthenticator,
  type PolicyData,
  type RequestRecord,
  type SignedStatement,
  signStatement,
} from '../../src/ca/index.ts'
import { type Certificate, parseCertificate } from '../../src/cert/index.ts'
import { allTypes, ed25519, generatePrivateKey, type PrivateKey, type Signer } from '../../src/keys/index.ts'

/** Unix seconds. */
export const NOW = 1_800_000_000
export const BASE = 'https://ssh.example.com/ssh'
export const ISSUER = 'https://login.example.com'
export const AUDIENCE = 'ssh-authority'
export const ADDRESS = '192.0.2.7'

export const issuerKeys = await generateKeyPair('ES256', { extractable: true })
export const publicJwk = { ...(await exportJWK(issuerKeys.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }
export const jwks = { keys: [publicJwk] }
export const subject: PrivateKey = await generatePrivateKey(ed25519)
export const userAuthority: PrivateKey = await generatePrivateKey(ed25519)
export const hostAuthority: PrivateKey = await generatePrivateKey(ed25519)

export const policyData: PolicyData = {
  hostGroups: { web: {}, db: {} },
  grants: [
    { users: ['alice@example.com'], accounts: ['deploy'], hosts: ['web'], maxLifetime: 600 },
    { groups: ['dba'], accounts: ['deploy', 'postgres'], hosts: ['db'] },
  ],
  hostCertificates: [{ users: ['alice@example.com'], names: ['*.web.example.com'], lifetime: 86_400 }],
  disabled: ['mallory@example.com'],
}

export const claims = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'u-1',
  email: 'alice@example.com',
  email_verified: true,
  groups: ['staff'],
  iat: NOW - 10,
  nbf: NOW - 10,
  exp: NOW + 300,
}

/** A token with other claims (`undefined` for none), another header or another key. */
export function makeToken(
  change: Readonly<Record<string, unknown>> = {},
  header: Partial<JWTHeaderParameters> = {},
  key: CryptoKey | Uint8Array = issuerKeys.privateKey,
): Promise<string> {
  const all = JSON.parse(JSON.stringify({ ...claims, ...change }))
  return new SignJWT(all).setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'JWT', ...header }).sign(key)
}

export const token = await makeToken()

/** An authority and what came of it. */
export interface World {
  readonly authority: Authority
  readonly records: RequestRecord[]
  /** Unix seconds; what a test sets. */
  time: number
}

/** An authority with other options, or of another policy. */
export function makeWorld(change: Partial<AuthorityOptions> = {}, data: PolicyData = policyData): World {
  const records: RequestRecord[] = []
  const world: { time: number; records: RequestRecord[]; authority?: Authority } = { time: NOW, records }
  world.authority = createAuthority({
    url: BASE,
    signer: userAuthority,
    hostSigner: hostAuthority,
    authenticate: oidcAuthenticator({
      issuer: ISSUER,
      audience: AUDIENCE,
      jwks,
      idClaim: 'email',
      groupsClaim: 'groups',
    }),
    policy: definePolicy(data),
    record: (entry) => records.push(entry),
    clock: () => world.time * 1000,
    types: allTypes,
    ...change,
  })
  return world as World
}

/** A request as it goes out; what is given here stands in place of what is right. */
export interface Outgoing extends Partial<Ask> {
  readonly token?: string
  readonly signer?: Signer
  /** Unix seconds of the statement. */
  readonly time?: number
  /** The URL in the statement. */
  readonly url?: string
  /** The route that it is sent to. */
  readonly route?: 'user' | 'host'
  readonly signed?: SignedStatement
  readonly body?: string | ReadableStream
  readonly headers?: readonly (readonly [string, string])[]
  /** Who connected; `null` where the runtime does not say. */
  readonly remote?: string | null
}

/** The statement of a request. */
export function makeStatement(out: Outgoing = {}): Promise<SignedStatement> {
  const { kind = 'user', accounts, hosts, lifetime, time = NOW, signer = subject } = out
  const url = out.url ?? `${BASE}/v1/${kind}`
  return signStatement(signer, { kind, accounts, hosts, lifetime }, { url, time, token: out.token ?? token })
}

/** The request itself. */
export async function makeRequest(out: Outgoing = {}): Promise<Request> {
  const body = out.body ?? JSON.stringify(out.signed ?? (await makeStatement(out)))
  const headers = new Headers([
    ['content-type', 'application/json'],
    ['authorization', `Bearer ${out.token ?? token}`],
  ])
  for (const [name, value] of out.headers ?? []) {
    if (name.startsWith('+')) headers.append(name.slice(1), value)
    else if (value === '') headers.delete(name)
    else headers.set(name, value)
  }
  const init = { method: 'POST', headers, body, ...(typeof body !== 'string' && { duplex: 'half' }) }
  return new Request(`${BASE}/v1/${out.route ?? out.kind ?? 'user'}`, init)
}

/** An answer, read. */
export interface Answered {
  readonly status: number
  readonly headers: Headers
  /** Code of a refusal, else `issued`. */
  readonly code: string
  readonly message: string
  readonly json: Readonly<Record<string, unknown>>
  readonly certificate: Certificate | undefined
}

/** Sends a request and reads the answer. */
export async function send(world: World, request: Request, remote?: string | null): Promise<Answered> {
  const remoteAddress = remote === null ? undefined : (remote ?? ADDRESS)
  const response = await world.authority.fetch(request, { remoteAddress })
  const { status, headers } = response
  const json = JSON.parse(await response.text())
  const line: string | undefined = json.certificate
  return {
    status,
    headers,
    code: json.error?.code ?? 'issued',
    message: json.error?.message ?? '',
    json,
    certificate: line === undefined ? undefined : parseCertificate(line, { types: allTypes }),
  }
}

/** Makes a request and sends it. */
export async function ask(world: World, out: Outgoing = {}): Promise<Answered> {
  return send(world, await makeRequest(out), out.remote)
}
