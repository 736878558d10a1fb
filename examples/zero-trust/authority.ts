/**
 * The authority: who may have which certificate. This file is the same in every runtime; what differs (where settings
 * and requests come from) stands in node.ts, deno.ts, bun.ts and worker.ts.
 */

import { AwsClient } from 'aws4fetch'
import { parsePrivateKey, SshError } from 'hawser'
import {
  type Authenticate,
  type Authority,
  createAuthority,
  definePolicy,
  oidcAuthenticator,
  type PolicyData,
  type Store,
} from 'hawser/ca'
import { allTypes, type Signer } from 'hawser/keys'
import { createKrl, formatKrl } from 'hawser/krl'
import { awsKms, kmsSigner } from 'hawser/signers'
import { decodeProtectedHeader } from 'jose'
import { readBlocked } from './blocked.ts'

/** Settings as text: the environment of a process, the variables and secrets of a worker. */
export type Settings = Readonly<Record<string, string | undefined>>

/** The key for users and the one for hosts. */
export type SignerName = 'AUTHORITY_KEY' | 'HOST_AUTHORITY_KEY'

/** What a runtime brings along. */
export interface Parts {
  /** The current text of `blocked.json`; asked for with each request. */
  readonly blocked: () => string | Promise<string>
  /** A signer from elsewhere than the settings; nothing where there is none of that name. */
  readonly signer?: ((name: SignerName) => Promise<Signer> | undefined) | undefined
  /** Shared by all instances. Without it each instance has one of its own. */
  readonly store?: Store | undefined
  /** Milliseconds. */
  readonly clock?: (() => number) | undefined
}

function needed(settings: Settings, name: string): string {
  const text = settings[name]?.trim()
  if (!text) throw new TypeError(`${name}: a setting expected`)
  return text
}

/** Without these there is no authority. */
const always = [
  'AUTHORITY_URL',
  'ISSUER',
  'JWKS_URL',
  'CLIENT_ID',
  'DOMAIN',
  'ACCOUNT',
  'GATE_ACCOUNT',
  'GATES',
] as const
const forKms = ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const

/** The names of all settings that must be there and are not. */
export function missingSettings(settings: Settings, { signer }: Pick<Parts, 'signer'>): string[] {
  const kms = settings.AUTHORITY_KEY_KMS || settings.HOST_AUTHORITY_KEY_KMS
  // Where signers come from elsewhere, whether one is missing shows when it is asked for.
  const keys = signer ? [] : (['AUTHORITY_KEY', 'HOST_AUTHORITY_KEY'] as const)
  return [
    ...keys.filter((name) => !settings[name]?.trim() && !settings[`${name}_KMS`]),
    ...[...always, ...(kms ? forKms : [])].filter((name) => !settings[name]?.trim()),
  ]
}

const list = (text: string | undefined): string[] => (text ?? '').split(/[\s,]+/).filter((word) => word !== '')

/** The grants. What stands in none of them nobody gets. */
function policyOf(settings: Settings): PolicyData {
  const account = needed(settings, 'ACCOUNT')
  const gateAccount = needed(settings, 'GATE_ACCOUNT')
  // The gate only passes connections on. A certificate has what all its grants permit, so that hosts say it, too.
  const permissions = { pty: true, portForwarding: true }
  return {
    gates: { edge: list(needed(settings, 'GATES')) },
    hostGroups: { edge: {}, web: { gates: ['edge'] }, db: { gates: ['edge'] } },
    grants: [
      { groups: ['ops', 'dba'], accounts: [gateAccount], hosts: ['edge'], permissions },
      { groups: ['ops'], accounts: [account], hosts: ['web', 'db'], permissions },
      { groups: ['dba'], accounts: [account], hosts: ['db'], permissions },
    ],
    // Each host may have its own name: `host-web` that of web.
    hostCertificates: list(settings.HOSTS).map((host) => ({
      users: [`host-${host}`],
      names: [`${host}.${needed(settings, 'DOMAIN')}`],
      lifetime: 86_400,
    })),
  }
}

async function parseKey(name: SignerName, text: string): Promise<Signer> {
  try {
    return await parsePrivateKey(text)
  } catch (cause) {
    if (!(cause instanceof SshError)) throw cause
    throw new TypeError(`${name}: ${cause.message}`, { cause })
  }
}

/** A key from a secret (`NAME`), or one that stays in AWS KMS (`NAME_KMS`, its id). */
async function signerOf(settings: Settings, name: SignerName): Promise<Signer> {
  const keyId = settings[`${name}_KMS`]
  if (!keyId) return parseKey(name, needed(settings, name))
  const region = needed(settings, 'AWS_REGION')
  const aws = new AwsClient({
    accessKeyId: needed(settings, 'AWS_ACCESS_KEY_ID'),
    secretAccessKey: needed(settings, 'AWS_SECRET_ACCESS_KEY'),
    ...(settings.AWS_SESSION_TOKEN && { sessionToken: settings.AWS_SESSION_TOKEN }),
    service: 'kms',
    region,
  })
  const service = awsKms({ keyId, region, endpoint: settings.AWS_KMS_ENDPOINT })
  return kmsSigner({ service, fetch: (url, init) => aws.fetch(url, init as RequestInit), types: allTypes })
}

/** People by their ID tokens, hosts by the access tokens that they get with their own secret. */
function authenticateBy(settings: Settings, clientId: string): Authenticate {
  const issuer = needed(settings, 'ISSUER')
  const keys = { issuer, jwks: needed(settings, 'JWKS_URL') }
  const people = oidcAuthenticator({ ...keys, audience: clientId, idClaim: 'email', groupsClaim: 'groups' })
  const hosts = oidcAuthenticator({
    ...keys,
    audience: needed(settings, 'AUTHORITY_URL'),
    tokenType: 'at+jwt',
    clients: list(settings.HOSTS).map((host) => `host-${host}`),
  })
  const isOfHost = (token: string): boolean => {
    try {
      return decodeProtectedHeader(token).typ === 'at+jwt'
    } catch {
      return false
    }
  }
  // What the header says decides who judges, and nothing else.
  return (token, options) => (isOfHost(token) ? hosts : people)(token, options)
}

/** Makes the authority. Throws `TypeError` for settings that are missing, all of which it names, or wrong. */
export async function makeAuthority(settings: Settings, parts: Parts): Promise<Authority> {
  const { store, clock } = parts
  const missing = missingSettings(settings, parts)
  if (missing.length > 0) throw new TypeError(`settings expected: ${missing.join(', ')}`)
  const find = (name: SignerName): Promise<Signer> => parts.signer?.(name) ?? signerOf(settings, name)
  const [signer, hostSigner] = await Promise.all([find('AUTHORITY_KEY'), find('HOST_AUTHORITY_KEY')])
  const clientId = needed(settings, 'CLIENT_ID')
  const data = policyOf(settings)
  definePolicy(data)
  const blocked = async () => readBlocked(await parts.blocked())
  return createAuthority({
    url: needed(settings, 'AUTHORITY_URL'),
    signer,
    hostSigner,
    hostPatterns: [`*.${needed(settings, 'DOMAIN')}`],
    authenticate: authenticateBy(settings, clientId),
    policy: async (...question) => {
      const { disabled } = await blocked()
      return definePolicy({ ...data, disabled })(...question)
    },
    krl: async () => {
      const { version, serials } = await blocked()
      const certificates = [{ authority: signer.publicKey, serials }]
      return formatKrl(createKrl({ version, generatedAt: new Date(), certificates }))
    },
    // A line for each certificate and each refusal. Where it must not be lost, write it to a place that is waited for.
    record: (entry) => console.log(JSON.stringify(entry)),
    login: { issuer: needed(settings, 'ISSUER'), clientId, scopes: ['openid', 'email', 'groups'] },
    rates: { address: { most: 120, seconds: 60 } },
    trustedProxies: settings.TRUSTED_PROXIES ? list(settings.TRUSTED_PROXIES) : undefined,
    forwardedHeader: settings.FORWARDED_HEADER || undefined,
    store,
    clock,
    types: allTypes,
  })
}
