/**
 * An authority as a `fetch` handler: who has a token and proves the key gets a certificate, once; nobody else does. The
 * tokens are signed here, by the platform alone. And the authority's client.
 */
import { utf8 } from '../../support/bytes.ts'
import assert from '../assert.ts'
import type { Add, Given } from '../suite.ts'
import { codeOf, sameBytes } from '../support.ts'

/** Unix seconds. */
const NOW = 1_800_000_000
const url = 'https://ssh.example.com/v1/user'
const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const claims = { iss: 'https://login.example.com', aud: 'ssh', sub: 'u-1', iat: NOW - 10, exp: NOW + 300 }

export function authorityCases(given: Given, add: Add): void {
  const { ca, keys, root, wire } = given.library
  const types = keys.allTypes
  const base64url = (data: Uint8Array): string =>
    wire.encodeBase64(data).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '')

  async function token(key: CryptoKey, change: object = {}): Promise<string> {
    const parts = [
      { alg: 'ES256', kid: 'one' },
      { ...claims, ...change },
    ]
    const signed = parts.map((part) => base64url(utf8(JSON.stringify(part)))).join('.')
    const value = await crypto.subtle.sign(ecdsa, key, new TextEncoder().encode(signed))
    return `${signed}.${base64url(new Uint8Array(value))}`
  }

  add.webCrypto('its client asks, by the fetch that is handed in, and tells a refusal by its code', async () => {
    const signer = await root.generateKey()
    const base = 'https://ssh.example.com'
    const authenticate = async (bearer: string) => {
      if (bearer !== 'a.good.token') throw new given.library.errors.AuthorityError('unauthenticated', 'planted')
      return { id: 'u-1', issuer: claims.iss, subject: 'u-1', groups: [], method: 'test', tokenExpires: claims.exp }
    }
    const grants = [{ users: ['u-1'], accounts: ['deploy'], hosts: ['web'] }]
    const policy = ca.definePolicy({ hostGroups: { web: {} }, grants })
    const clock = () => NOW * 1000
    const authority = ca.createAuthority({ url: base, signer, authenticate, policy, record: () => {}, clock, types })
    const client = ca.authorityClient({
      url: base,
      types,
      clock,
      async fetch(asked, { method, headers, body }) {
        const stream = body === undefined ? null : new Blob([body]).stream()
        const request = { method, url: asked, headers: new Headers(headers), body: stream }
        return (await authority.fetch(request, { remoteAddress: '192.0.2.7' })) as unknown as Response
      },
    })
    const key = await root.generateKey('ecdsa-p256')
    const certificate = await client.requestUserCertificate({ signer: key, token: 'a.good.token' })
    sameBytes(certificate.publicKey.blob, key.publicKey.blob)
    assert.deepEqual(certificate.principals, ['deploy@web'])
    const refused = () => client.requestUserCertificate({ signer: key, token: 'a.bad.token' })
    assert.equal(await codeOf(given, refused), 'unauthenticated')
    sameBytes((await client.authorities())[0]!.blob, signer.publicKey.blob)
  })

  const needs = 'body of a Request as a stream'
  add.webCrypto('a token and a proof give a certificate, once, and nothing less does', worksOnce, needs)

  async function worksOnce(): Promise<void> {
    const issuer = await crypto.subtle.generateKey(ecdsa, true, ['sign', 'verify'])
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', issuer.publicKey)
    const signer = await root.generateKey()
    const records: string[] = []
    const authority = ca.createAuthority({
      url: 'https://ssh.example.com',
      signer,
      authenticate: ca.oidcAuthenticator({
        issuer: claims.iss,
        audience: claims.aud,
        jwks: { keys: [{ kty, crv, x, y, kid: 'one', alg: 'ES256', use: 'sig' }] } as never,
      }),
      policy: ca.definePolicy({
        hostGroups: { web: {} },
        grants: [{ users: ['u-1'], accounts: ['deploy'], hosts: ['web'] }],
      }),
      record: ({ outcome }) => void records.push(outcome),
      clock: () => NOW * 1000,
      types,
    })
    const key = await root.generateKey()
    const good = await token(issuer.privateKey)
    const proof = (bearer: string) => ca.signStatement(key, { kind: 'user' }, { url, time: NOW, token: bearer })
    const ask = async (bearer: string, signed: object): Promise<Record<string, never>> => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${bearer}` }
      const request = new Request(url, { method: 'POST', headers, body: JSON.stringify(signed) })
      return JSON.parse(await (await authority.fetch(request, { remoteAddress: '192.0.2.7' })).text())
    }
    const refusal = async (bearer: string, signed?: object): Promise<string | undefined> => {
      const { error } = await ask(bearer, signed ?? (await proof(bearer)))
      return (error as { code?: string } | undefined)?.code
    }

    const first = await proof(good)
    const certificate = root.parseCertificate((await ask(good, first)).certificate!)
    sameBytes(certificate.publicKey.blob, key.publicKey.blob)
    const policy = { kind: 'user', authorities: [signer.publicKey], time: NOW, sourceAddress: '192.0.2.7' } as const
    await root.checkCertificate(certificate, { ...policy, principal: 'deploy@web' })
    const check = (change: object) =>
      codeOf(given, () => root.checkCertificate(certificate, { ...policy, principal: 'deploy@web', ...change }))
    assert.equal(await check({ principal: 'deploy' }), 'principal')
    assert.equal(await check({ sourceAddress: '192.0.2.8' }), 'source-address')
    assert.equal(await check({ time: NOW + 120 }), 'expired')

    assert.equal(await refusal(good, first), 'replayed')
    const late = await ca.signStatement(key, { kind: 'user' }, { url, time: NOW - 3600, token: good })
    assert.equal(await refusal(good, late), 'bad-proof')
    assert.equal(await refusal(await token(issuer.privateKey, { sub: 'u-2' })), 'forbidden')
    assert.equal(await refusal(await token(issuer.privateKey, { aud: 'other' })), 'unauthenticated')
    assert.equal(await refusal(await token(issuer.privateKey, { exp: NOW - 3600 })), 'unauthenticated')
    const stranger = await crypto.subtle.generateKey(ecdsa, true, ['sign', 'verify'])
    assert.equal(await refusal(await token(stranger.privateKey)), 'unauthenticated')
    assert.equal(await refusal(`${good.split('.', 2).join('.')}.`), 'unauthenticated')
    assert.deepEqual(records, ['issued', ...new Array<string>(records.length - 1).fill('refused')])
  }
}
