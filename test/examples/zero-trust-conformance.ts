/** The same questions for an authority of examples/zero-trust wherever it runs, and the verdicts that are expected. */

import assert from 'node:assert/strict'
import { signStatement } from '../../src/ca/index.ts'
import { formatPublicKey, generateKey, parseCertificate } from '../../src/index.ts'
import { allTypes } from '../../src/keys/index.ts'
import { parseKrl } from '../../src/krl/index.ts'
import { BASE, makeToken, now, userKey } from './zero-trust-authority.ts'

interface Out {
  readonly kind?: 'user' | 'host'
  readonly token?: string
  readonly hosts?: readonly string[]
  readonly accounts?: readonly string[]
  readonly lifetime?: number
  readonly url?: string
  readonly body?: string
  readonly headers?: Record<string, string>
}

/** The same questions for each of them; gives what must be the same. */
export async function conformance(ask: (path: string, init?: RequestInit) => Promise<Response>): Promise<unknown[]> {
  const seen: unknown[] = []
  // Cloudflare's own header, and what Azure's front end adds at the right end of what a caller wrote.
  const from = { 'cf-connecting-ip': '127.0.0.1', 'x-forwarded-for': '203.0.113.9, 127.0.0.1:50123' }
  const get = async (name: string): Promise<Response> => {
    const answer = await ask(name)
    seen.push([name, answer.status, answer.headers.get('content-type')])
    return answer
  }
  const body = async ({ kind = 'user', token = '', hosts, accounts, lifetime, url: to }: Out): Promise<string> => {
    const key = await generateKey()
    const ask = { kind, hosts, accounts, lifetime }
    return JSON.stringify(await signStatement(key, ask, { url: to ?? `${BASE}/v1/${kind}`, token, time: now() }))
  }
  const post = async (out: Out): Promise<Record<string, unknown>> => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${out.token ?? ''}`, ...from }
    const answer = await ask(`/v1/${out.kind ?? 'user'}`, {
      method: 'POST',
      headers: { ...headers, ...out.headers },
      body: out.body ?? (await body(out)),
    })
    const json = (await answer.json()) as { error?: object }
    seen.push([answer.status, json.error])
    return json as Record<string, unknown>
  }

  const health = (await (await get('/v1/health')).json()) as { status: string; replayAndRates: string }
  assert.equal(health.status, 'ok')
  assert.equal(
    await (await get('/v1/authority')).text(),
    `${formatPublicKey({ ...userKey.publicKey, comment: '' }).trim()}\n`,
  )
  assert.match(
    await (await get('/v1/known-hosts')).text(),
    /^@cert-authority \*\.corp\.example ecdsa-sha2-nistp256 \S+\n$/,
  )
  const krl = parseKrl(new Uint8Array(await (await get('/v1/krl')).arrayBuffer()), { types: allTypes })
  assert.equal(krl.version, 7n)
  seen.push(await (await get('/v1/login')).text())
  await get('/v1/nothing')
  await get('/v1/user')

  const alice = await makeToken({ sub: 'alice' })
  const issued = await post({ token: alice })
  const certificate = parseCertificate(String(issued.certificate))
  assert.deepEqual(certificate.principals, ['gate@edge', 'deploy@web', 'deploy@db'])
  seen.push(
    certificate.principals,
    certificate.criticalOptions.length,
    certificate.keyId.replace(/ at .*? from /, ' from ').replace(/\d+$/, ''),
  )
  assert.match(certificate.keyId, /^alice@corp\.example by oidc at \S+ from 127\.0\.0\.1 serial /)
  assert.deepEqual(issued.principals, certificate.principals)

  const once = await body({ token: alice })
  assert.ok((await post({ token: alice, body: once })).certificate)
  await post({ token: alice, body: once })
  await post({ token: alice, url: `${BASE}/v1/other` })
  await post({ token: alice, hosts: ['web'], accounts: ['root'] })
  await post({ token: alice, lifetime: 999_999 })
  await post({ token: alice, body: '{}' })
  await post({ token: alice, body: 'x'.repeat(70_000) })
  await post({ token: alice, headers: { 'content-type': 'text/plain' } })
  await post({ token: 'no.to.ken' })
  await post({ token: await makeToken({ sub: 'alice', exp: now() - 120 }) })
  await post({ token: await makeToken({ sub: 'alice', aud: 'other' }) })
  await post({ token: await makeToken({ sub: 'alice', iss: 'https://other.example' }) })
  await post({ token: await makeToken({ sub: 'bob' }) })
  await post({ token: await makeToken({ sub: 'carol', groups: ['dba'] }), hosts: ['web'] })
  await post({ token: await makeToken({ sub: 'eve', groups: [] }) })
  await post({ token: alice, kind: 'host', hosts: ['web.corp.example'] })
  const host = await makeToken({ sub: 'host-web', aud: BASE, host: true })
  assert.ok((await post({ token: host, kind: 'host', hosts: ['web.corp.example'] })).certificate)
  await post({ token: host, kind: 'host', hosts: ['db.corp.example'] })
  await post({ token: host })
  return seen
}

/** Of each request for a certificate: the status, and the code of the error. */
export const expected = [
  [200, undefined],
  [200, undefined],
  [409, 'replayed'],
  [400, 'bad-proof'],
  [403, 'forbidden'],
  [403, 'forbidden'],
  [400, 'bad-request'],
  [413, 'too-large'],
  [400, 'bad-request'],
  [401, 'unauthenticated'],
  [401, 'unauthenticated'],
  [401, 'unauthenticated'],
  [401, 'unauthenticated'],
  [403, 'forbidden'],
  [403, 'forbidden'],
  [403, 'forbidden'],
  [403, 'forbidden'],
  [200, undefined],
  [403, 'forbidden'],
  [403, 'forbidden'],
]

let first: unknown[] | undefined

/** The verdicts that are expected, and all else as with those before. */
export function judge(seen: unknown[]): void {
  const verdicts = seen.filter((one): one is [number, { code: string } | undefined] => {
    return Array.isArray(one) && one.length === 2 && typeof one[0] === 'number'
  })
  assert.deepEqual(
    verdicts.map(([status, error]) => [status, error?.code]),
    expected,
  )
  first ??= seen
  assert.deepEqual(seen, first)
}
