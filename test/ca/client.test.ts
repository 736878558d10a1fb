import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AskFor, authorityClient, createAuthority, definePolicy, type FetchLike } from '../../src/ca/index.ts'
import { type CertificateRequest, formatCertificate, issueCertificate } from '../../src/cert/index.ts'
import { AuthorityError } from '../../src/errors.ts'
import { allTypes, ed25519, generatePrivateKey, type PrivateKey } from '../../src/keys/index.ts'
import { formatPublicLine } from '../../src/wire/public-line.ts'

const url = 'https://ssh.example/base'
const types = allTypes
const NOW = 1_800_000_000
const clock = () => NOW * 1000
const TOKEN = 'a-very-secret-token'

const keys = await Promise.all(['ca', 'host-ca', 'mine', 'other'].map(() => generatePrivateKey(ed25519)))
const [ca, hostCa, mine, other] = keys as [PrivateKey, PrivateKey, PrivateKey, PrivateKey]

const answers = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers })

/** A client whose authority answers what `answer` says, and names its keys. */
function clientOf(answer: (url: string, body: string) => Response | Promise<Response>, more: object = {}) {
  const fetch: FetchLike = async (asked, init) => {
    if (asked === `${url}/v1/authority`) return answers(`${formatPublicLine(ca.publicKey.blob, 'ca')}\n`)
    if (asked === `${url}/v1/known-hosts`) {
      return answers(`@cert-authority *.corp ${formatPublicLine(hostCa.publicKey.blob, '')}\n`)
    }
    return answer(asked, init.body ?? '')
  }
  return authorityClient({ url, types, clock, fetch, ...more })
}

const ask = (more: Partial<AskFor> = {}): AskFor => ({ signer: mine, token: TOKEN, ...more })

async function certificate(change: Partial<CertificateRequest> = {}, by = ca): Promise<object> {
  const request = {
    kind: 'user',
    publicKey: mine.publicKey,
    keyId: 'alice',
    serial: 5n,
    principals: ['deploy@web'],
    validAfter: NOW - 60,
    validBefore: NOW + 120,
    ...change,
  } as CertificateRequest
  return { certificate: formatCertificate(await issueCertificate(request, by, { types })), serial: `${request.serial}` }
}

/** Rejects with that code, and says nothing of the token. */
async function refuses(work: Promise<unknown>, code: string, message: RegExp): Promise<AuthorityError> {
  let found: AuthorityError | undefined
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof AuthorityError, String(error))
    assert.equal(error.code, code, error.message)
    assert.match(error.message, message)
    assert.ok(!JSON.stringify([error.message, error.stack, String(error.cause)]).includes(TOKEN))
    found = error
    return true
  })
  return found!
}

describe('the client of an authority', () => {
  it('takes what the authority of this library gives, for users and hosts', async () => {
    const authority = createAuthority({
      url,
      signer: ca,
      hostSigner: hostCa,
      hostPatterns: ['*.corp'],
      authenticate: async () => ({ id: 'a', issuer: 'i', subject: 's', groups: [], method: 't', tokenExpires: 4e9 }),
      policy: definePolicy({
        hostGroups: { web: {} },
        grants: [{ users: ['a'], accounts: ['deploy', 'www'], hosts: ['web'], maxLifetime: 600 }],
        hostCertificates: [{ users: ['a'], names: ['*.corp'], lifetime: 3600 }],
      }),
      record: () => {},
      login: { issuer: 'https://login.example', clientId: 'ssh', scopes: ['openid'] },
      clock,
      types,
    })
    const client = authorityClient({
      url: `${url}/`,
      types,
      clock,
      fetch: (asked, init) => authority.fetch(new Request(asked, init), { remoteAddress: '192.0.2.7' }) as never,
    })
    assert.equal(client.url, url)
    const one = await client.requestUserCertificate(ask({ accounts: ['www'], hosts: ['web'], lifetime: 300 }))
    assert.deepEqual([one.principals, one.validBefore], [['www@web'], BigInt(NOW + 300)])
    const host = await client.requestHostCertificate(ask({ hosts: ['web1.corp'] }))
    assert.deepEqual([host.kind, host.principals], ['host', ['web1.corp']])
    assert.deepEqual(await client.login(), { issuer: 'https://login.example', clientId: 'ssh', scopes: ['openid'] })
    assert.equal((await client.authorities()).length, 1)
    assert.match(await client.knownHosts(), /^@cert-authority \*\.corp ssh-ed25519 /)
    await refuses(client.krl(), 'not-found', /./)
    await refuses(client.requestUserCertificate(ask({ accounts: ['root'] })), 'forbidden', /policy/)
  })

  it('refuses a certificate that is not the one it asked for', async () => {
    const wrong: [Promise<object>, RegExp][] = [
      [certificate({ publicKey: other.publicKey }), /another key/],
      [certificate({ kind: 'host', extensions: {} }), /one of a host/],
      [certificate({}, other), /signed by another key/],
      [certificate({ validBefore: NOW + 86_400 + 120 }), /too long/],
      [certificate({ validBefore: NOW }), /expired/],
      [certificate({ validAfter: NOW + 1 }), /not valid yet/],
      [certificate({ principals: [], anyPrincipal: true } as Partial<CertificateRequest>), /names nobody/],
      [certificate({ criticalOptions: { 'new@example.com': true } }), /critical|not known/],
      [certificate().then((all) => ({ ...all, serial: '6' })), /serial/],
      [Promise.resolve({}), /certificate expected/],
      [Promise.resolve({ certificate: 'ssh-ed25519 AAAA' }), /./],
    ]
    for (const [body, message] of wrong) {
      const found = await body
      await refuses(clientOf(() => answers(found)).requestUserCertificate(ask()), 'bad-answer', message)
    }
    const longer = await certificate({ validBefore: NOW + 300 })
    await refuses(
      clientOf(() => answers(longer)).requestUserCertificate(ask({ lifetime: 60 })),
      'bad-answer',
      /too long/,
    )
    const host = await certificate({ kind: 'host', extensions: {}, principals: ['web1.corp'] }, other)
    await refuses(clientOf(() => answers(host)).requestHostCertificate(ask()), 'bad-answer', /signed by another key/)
    const pinned = clientOf(async () => answers(await certificate()), { authorities: [other.publicKey] })
    await refuses(pinned.requestUserCertificate(ask()), 'bad-answer', /signed by another key/)
    const fine = await clientOf(async () => answers(await certificate())).requestUserCertificate(ask())
    assert.equal(fine.keyId, 'alice')
  })

  it('refuses a certificate with any bit flipped', async () => {
    const { certificate: line } = (await certificate()) as { certificate: string }
    const [type, base64] = line.split(' ')
    const bytes = Buffer.from(base64!, 'base64')
    for (let i = 0; i < bytes.length; i++) {
      const flipped = Buffer.from(bytes)
      flipped[i]! ^= 1 << (i % 8)
      const body = { certificate: `${type} ${flipped.toString('base64')}` }
      await refuses(clientOf(() => answers(body)).requestUserCertificate(ask()), 'bad-answer', /./)
    }
  })

  it('tells refusals by their code with what to do, and never the token, whatever is echoed', async () => {
    const refusal = (status: number, code: string, more: object = {}) =>
      clientOf(() => answers({ error: { code, message: `no ${TOKEN}\u001b[2J`, ...more } }, status))
    await refuses(
      refusal(401, 'unauthenticated').requestUserCertificate(ask()),
      'unauthenticated',
      /\(token\).*\\x1b.*hawser login/,
    )
    const limited = await refuses(
      refusal(429, 'rate-limited', { retryAfter: 9 }).requestUserCertificate(ask()),
      'rate-limited',
      /again in 9 s/,
    )
    assert.equal(limited.retryAfter, 9)
    // A code that is not the status's is somebody else's.
    await refuses(refusal(200 + 203, 'unauthenticated').requestUserCertificate(ask()), 'bad-answer', /403/)
    const proxy = (status: number) => clientOf(() => answers('<html>', status, { 'retry-after': '7' }))
    assert.equal((await refuses(proxy(503).requestUserCertificate(ask()), 'unavailable', /503/)).retryAfter, 7)
    await refuses(proxy(404).requestUserCertificate(ask()), 'not-found', /404/)
    await refuses(proxy(418).requestUserCertificate(ask()), 'bad-answer', /418/)
  })

  it('follows no redirect, reads no huge answer, waits no longer than it is told, and says what failed', async () => {
    const seen: string[] = []
    const redirecting = clientOf((asked) => {
      seen.push(asked)
      return new Response(null, { status: 307, headers: { location: 'http://evil.example/' } })
    })
    await refuses(redirecting.requestUserCertificate(ask()), 'bad-answer', /redirect/)
    assert.deepEqual(seen, [`${url}/v1/user`])
    await refuses(clientOf(() => answers('x'.repeat(70_000))).requestUserCertificate(ask()), 'bad-answer', /octets/)
    const said = clientOf(() => answers('x', 200, { 'content-length': '99999999' }))
    await refuses(said.requestUserCertificate(ask()), 'bad-answer', /octets/)
    const endless = clientOf(() => new Response(new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(9999)) })))
    await refuses(endless.requestUserCertificate(ask()), 'bad-answer', /octets/)
    const hanging = clientOf(() => new Promise(() => {}), { timeout: 50 })
    await refuses(hanging.requestUserCertificate(ask()), 'unreachable', /within 0.05 s/)
    const slow = clientOf(() => new Response(new ReadableStream({ pull: () => new Promise(() => {}) })), {
      timeout: 50,
    })
    await refuses(slow.requestUserCertificate(ask()), 'unreachable', /within 0.05 s/)
    const down = clientOf(() => {
      throw Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } })
    })
    await refuses(down.requestUserCertificate(ask()), 'unreachable', /ECONNREFUSED/)
    const signal = AbortSignal.abort(new Error('enough'))
    await assert.rejects(down.requestUserCertificate(ask({ signal })), /enough/)
  })

  it('takes no URL without TLS but of this machine, and none with a user, a query or a fragment', () => {
    for (const wrong of [
      'http://ssh.example',
      'ftp://ssh.example',
      'https://a:b@ssh.example',
      'https://ssh.example/?a',
      'x',
      'https://ssh.example/#',
    ])
      assert.throws(() => authorityClient({ url: wrong, types }), TypeError, wrong)
    for (const fine of ['http://127.0.0.1:8080', 'http://localhost/x', 'http://[::1]:1', 'https://ssh.example/a/'])
      authorityClient({ url: fine, types })
  })

  it('reads how to log in strictly, keys and known_hosts lines too', async () => {
    const fine = { issuer: 'https://i', clientId: 'c', scopes: ['openid'] }
    for (const wrong of [
      'x',
      'null',
      '{}',
      { ...fine, issuer: 5 },
      { ...fine, scopes: 'openid' },
      { ...fine, token: 'x' },
      { ...fine, clientId: 'a b' },
    ])
      await refuses(clientOf(() => answers(wrong)).login(), 'bad-answer', /./)
    const client = (text: string) => authorityClient({ url, types, clock, fetch: async () => answers(text) })
    const line = formatPublicLine(ca.publicKey.blob, '')
    for (const wrong of ['', '# only this\n', 'ssh-ed25519 AAAA\n', `${line}\nrubbish\n`])
      await refuses(client(wrong).authorities(), 'bad-answer', /./)
    for (const wrong of [
      `web1.corp ${line}\n`,
      `@revoked * ${line}\n`,
      `@cert-authority * ${line}\r\n`,
      '@cert-authority \u001b\n',
    ])
      await refuses(client(wrong).knownHosts(), 'bad-answer', /@cert-authority/)
  })
})
