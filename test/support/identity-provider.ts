/** A small provider of OpenID Connect on this machine, whose users are always willing. */

import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose'

/** What it does otherwise than it should. */
export interface Misbehaviour {
  /** In place of itself, in discovery. */
  issuer?: string
  /** Members of the discovery document. */
  metadata?: Record<string, unknown>
  /** `iss` in the redirect; without it, its own. */
  iss?: string | null
  /** The answer of the person: an error of RFC 6749 section 4.1.2.1. */
  error?: string
  nonce?: string
  /** How often it says `slow_down` and `authorization_pending`. */
  slowDown?: number
  pending?: number
  /** In place of the answer of the token endpoint. */
  token?: (response: ServerResponse) => void
  noIdToken?: boolean
  refresh?: boolean
}

/** A provider that runs. */
export interface IdentityProvider {
  readonly issuer: string
  readonly jwks: JSONWebKeySet
  /** Change it at any time. */
  readonly behave: Misbehaviour
  /** Seconds that tokens last. */
  lifetime: number
  /** All tokens, codes and verifiers that were ever given out or received: none of them may be seen anywhere. */
  readonly secrets: string[]
  /** What was asked of it, as `METHOD /path`. */
  readonly requests: string[]
  /** The intervals of device polling, in the order of the questions. */
  idToken(claims?: Record<string, unknown>): Promise<string>
  close(): Promise<void>
}

/** Listens on a free port of this machine. */
export function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
}

/** The body of a request. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of request.setEncoding('utf8')) text += piece
  return text
}

/** Ends a server and its connections. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

interface Grant {
  readonly challenge: string
  readonly nonce: string | null
  readonly redirect: string
  readonly client: string
}

export async function startIdentityProvider(email = 'alice@example.com'): Promise<IdentityProvider> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] }
  const grants = new Map<string, Grant>()
  const secrets: string[] = []
  const requests: string[] = []
  const behave: Misbehaviour = {}
  let refreshToken = ''
  const secret = (): string => {
    const made = randomBytes(24).toString('base64url')
    secrets.push(made)
    return made
  }
  const json = (response: ServerResponse, value: unknown, status = 200): void => {
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    response.end(JSON.stringify(value))
  }
  const provider: IdentityProvider = {
    issuer: '',
    jwks: jwks as JSONWebKeySet,
    behave,
    lifetime: 300,
    secrets,
    requests,
    async idToken(claims = {}) {
      const now = Math.floor(Date.now() / 1000)
      const all = { email, email_verified: true, groups: ['staff'], jti: secret(), ...claims }
      const token = await new SignJWT(all)
        .setProtectedHeader({ alg: 'ES256', kid: 'one' })
        .setIssuer(provider.issuer)
        .setSubject('u-1')
        .setAudience('ssh')
        .setIssuedAt(now)
        .setExpirationTime(now + provider.lifetime)
        .sign(privateKey)
      secrets.push(token)
      return token
    },
    close: () => closeServer(server),
  }

  async function tokens(response: ServerResponse, nonce: string | null): Promise<void> {
    if (behave.token) return behave.token(response)
    const given = behave.nonce ?? nonce
    refreshToken = behave.refresh ? secret() : ''
    json(response, {
      access_token: secret(),
      token_type: 'Bearer',
      expires_in: provider.lifetime,
      ...(!behave.noIdToken && { id_token: await provider.idToken(given ? { nonce: given } : {}) }),
      ...(refreshToken && { refresh_token: refreshToken }),
    })
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = new URLSearchParams(await bodyOf(request))
    const refuse = (error: string): void => json(response, { error, error_description: `no: ${error}` }, 400)
    const kind = body.get('grant_type')
    if (kind === 'refresh_token') {
      return refreshToken && body.get('refresh_token') === refreshToken
        ? tokens(response, null)
        : refuse('invalid_grant')
    }
    if (kind === 'urn:ietf:params:oauth:grant-type:device_code') {
      if ((behave.slowDown ?? 0) > 0) {
        behave.slowDown!--
        return refuse('slow_down')
      }
      if ((behave.pending ?? 0) > 0) {
        behave.pending!--
        return refuse('authorization_pending')
      }
      if (behave.error) return refuse(behave.error)
      return secrets.includes(body.get('device_code') ?? '') ? tokens(response, null) : refuse('invalid_grant')
    }
    const grant = grants.get(body.get('code') ?? '')
    grants.delete(body.get('code') ?? '')
    const verifier = body.get('code_verifier') ?? ''
    secrets.push(verifier)
    const proved = createHash('sha256').update(verifier).digest('base64url')
    const fits =
      grant?.challenge === proved &&
      grant.redirect === body.get('redirect_uri') &&
      grant.client === body.get('client_id')
    return fits ? tokens(response, grant.nonce) : refuse('invalid_grant')
  }

  function authorize(asked: URL, response: ServerResponse): void {
    const get = (name: string): string => asked.searchParams.get(name) ?? ''
    const redirect = get('redirect_uri')
    // RFC 8252 section 7.3: any port.
    const fine =
      get('response_type') === 'code' && get('code_challenge_method') === 'S256' && get('client_id') === 'ssh'
    if (!fine || !/^http:\/\/127\.0\.0\.1:\d+\/callback$/.test(redirect)) {
      response.writeHead(400).end()
      return
    }
    const back = new URL(redirect)
    back.searchParams.set('state', get('state'))
    if (behave.iss !== null) back.searchParams.set('iss', behave.iss ?? provider.issuer)
    if (behave.error) back.searchParams.set('error', behave.error)
    else {
      const code = secret()
      const nonce = asked.searchParams.get('nonce')
      grants.set(code, { challenge: get('code_challenge'), nonce, redirect, client: get('client_id') })
      back.searchParams.set('code', code)
    }
    response.writeHead(302, { location: back.href }).end()
  }

  const server = createServer((request, response) => {
    const asked = new URL(request.url!, provider.issuer)
    const { pathname } = asked
    requests.push(`${request.method} ${pathname}`)
    if (pathname === '/.well-known/openid-configuration') {
      const { issuer } = provider
      json(response, {
        issuer: behave.issuer ?? issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        device_authorization_endpoint: `${issuer}/device`,
        jwks_uri: `${issuer}/jwks`,
        authorization_response_iss_parameter_supported: true,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['ES256'],
        code_challenge_methods_supported: ['S256'],
        ...behave.metadata,
      })
    } else if (pathname === '/jwks') json(response, jwks)
    else if (pathname === '/authorize') authorize(asked, response)
    else if (pathname === '/token') void token(request, response)
    else if (pathname === '/device') {
      const verification_uri = `${provider.issuer}/activate`
      json(response, {
        device_code: secret(),
        user_code: 'WDJB-MJHT',
        verification_uri,
        verification_uri_complete: `${verification_uri}?user_code=WDJB-MJHT`,
        expires_in: 60,
        interval: 1,
      })
    } else response.writeHead(404).end()
  })
  Object.assign(provider, { issuer: await listen(server) })
  return provider
}
