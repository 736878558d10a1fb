/** Attacks on an authority, one by one: SECURITY.md says what each of them must come to. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { exportJWK, exportSPKI, generateKeyPair } from 'jose'
import { memoryStore, oidcAuthenticator, type PolicyData, type RequestRecord, type Store } from '../../src/ca/index.ts'
import { readOptionFacts } from '../../src/cert/index.ts'
import { sha512 } from '../../src/crypto/index.ts'
import { fingerprint } from '../../src/index.ts'
import {
  dss,
  ecdsaP256,
  ed25519,
  generatePrivateKey,
  type PublicKey,
  rsa,
  type Signer,
  signatureOf,
} from '../../src/keys/index.ts'
import { signMessage } from '../../src/sshsig/index.ts'
import { encodeSshsig, formatSshsig, signedData } from '../../src/sshsig/sshsig.ts'
import { Reader, Writer } from '../../src/wire/index.ts'
import { repeatable, utf8 } from '../support/bytes.ts'
import { privateKey } from '../support/keys.ts'
import { certifiedSubject, securityKey } from './odd-signers.ts'
import {
  ADDRESS,
  type Answered,
  AUDIENCE,
  ask,
  BASE,
  ISSUER,
  jwks,
  makeRequest,
  makeStatement,
  makeToken,
  makeWorld,
  NOW,
  type Outgoing,
  policyData,
  publicJwk,
  send,
  subject,
  token,
  userAuthority,
  type World,
} from './world.ts'

const encodeJson = (value: unknown): string => base64url(JSON.stringify(value))

function base64url(text: string): string {
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Refused with that code, one record, nothing issued, and no token in what is told. */
async function refused(world: World, out: Outgoing, code: string): Promise<Answered> {
  const before = world.records.length
  const answered = await ask(world, out)
  assert.equal(answered.code, code, answered.message)
  assert.deepEqual(Object.keys(answered.json), ['error'])
  const made = world.records.slice(before)
  assert.deepEqual(
    made.map((entry) => [entry.outcome, entry.code]),
    [['refused', code]],
  )
  const said = JSON.stringify([answered.json, made])
  assert.ok(!said.includes(out.token ?? token), 'the token is told')
  return answered
}

/** A statement of one's own wording, signed as it stands. */
async function signedText(statement: string, signer: Signer = subject, namespace = 'hawser-ca') {
  return { statement, signature: await signMessage(utf8(statement), signer, { namespace }) }
}

/** The statement of a right request, some of its members changed. */
async function changed(change: Readonly<Record<string, unknown>>): Promise<string> {
  const { statement } = await makeStatement()
  return JSON.stringify({ ...JSON.parse(statement), ...change })
}

describe('tokens', () => {
  it('of nobody: none, another scheme, empty, two headers, in the query, in the body', async () => {
    const world = makeWorld()
    const headers: (readonly [string, string])[][] = [
      [['authorization', '']],
      [['authorization', 'Basic YWxpY2U6eA==']],
      [['authorization', 'Bearer']],
      [['authorization', `Bearer ${token} ${token}`]],
      [['+authorization', `Bearer ${token}`]],
      [['+authorization', 'Basic YWxpY2U6eA==']],
    ]
    for (const odd of headers) {
      const answered = await refused(world, { headers: odd }, 'unauthenticated')
      assert.equal(answered.status, 401)
      assert.equal(answered.headers.get('www-authenticate'), 'Bearer')
    }
    const right = await makeRequest({ headers: [['authorization', '']] })
    const inQuery = new Request(`${right.url}?access_token=${token}`, right)
    assert.equal((await send(world, inQuery)).code, 'bad-request')
    const withHeader = new Request(`${right.url}?access_token=${token}`, await makeRequest())
    assert.equal((await send(world, withHeader)).code, 'bad-request')
    const body = JSON.stringify({ ...(await makeStatement()), access_token: token })
    assert.equal((await ask(world, { body })).code, 'bad-request')
  })

  it('of another audience or issuer', async () => {
    const world = makeWorld()
    for (const change of [
      { aud: 'other' },
      { aud: [] },
      { aud: undefined },
      { aud: `${AUDIENCE}/` },
      { iss: 'https://evil.example.com' },
      { iss: `${ISSUER}/` },
      { iss: undefined },
    ]) {
      await refused(world, { token: await makeToken(change) }, 'unauthenticated')
    }
    assert.equal((await ask(world, { token: await makeToken({ aud: ['x', AUDIENCE] }) })).code, 'issued')
  })

  it('alg: none, in any spelling, with and without a signature', async () => {
    const world = makeWorld()
    const [, payload, signature] = token.split('.')
    for (const alg of ['none', 'None', 'NONE', '', null, undefined]) {
      const header = encodeJson({ alg, kid: 'one' })
      await refused(world, { token: `${header}.${payload}.` }, 'unauthenticated')
      await refused(world, { token: `${header}.${payload}.${signature}` }, 'unauthenticated')
    }
  })

  it('key confusion: HS256 with the public key as its secret', async () => {
    const pair = await generateKeyPair('RS256', { extractable: true })
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', use: 'sig' }
    const authenticate = oidcAuthenticator({
      issuer: ISSUER,
      audience: AUDIENCE,
      jwks: { keys: [jwk] },
      idClaim: 'email',
    })
    const world = makeWorld({ authenticate })
    const pem = await exportSPKI(pair.publicKey)
    for (const secret of [utf8(pem), utf8(pem.trim()), utf8(JSON.stringify(jwk)), utf8(String(jwk.n))]) {
      for (const alg of ['HS256', 'HS384', 'HS512']) {
        // jose refuses to sign with a short secret; those here are long.
        await refused(world, { token: await makeToken({}, { alg }, secret) }, 'unauthenticated')
      }
    }
    assert.equal((await ask(world, { token: await makeToken({}, { alg: 'RS256' }, pair.privateKey) })).code, 'issued')
    assert.throws(
      () => oidcAuthenticator({ issuer: ISSUER, audience: AUDIENCE, jwks, algorithms: ['HS256'] }),
      TypeError,
    )
    assert.throws(
      () => oidcAuthenticator({ issuer: ISSUER, audience: AUDIENCE, jwks, algorithms: ['none'] }),
      TypeError,
    )
  })

  it('keys of the issuer that come in the clear, or are no keys, are refused before anybody asks', () => {
    for (const jwks of [
      'http://login.example.com/keys',
      'login.example.com/keys',
      '',
      {},
      { keys: 'x' },
      undefined,
      null,
    ]) {
      const options = { issuer: ISSUER, audience: AUDIENCE, jwks: jwks as never }
      assert.throws(() => oidcAuthenticator(options), { name: 'TypeError', message: /^jwks: / }, JSON.stringify(jwks))
    }
    for (const jwks of ['https://login.example.com/keys', 'http://127.0.0.1:8080/keys', { keys: [] }]) {
      assert.equal(typeof oidcAuthenticator({ issuer: ISSUER, audience: AUDIENCE, jwks }), 'function')
    }
  })

  it('a secret among the keys of the issuer does not verify', async () => {
    const secret = repeatable(1)(32)
    const oct = { kty: 'oct', k: base64url(String.fromCharCode(...secret)), kid: 'two', alg: 'HS256' }
    const authenticate = oidcAuthenticator({ issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [publicJwk, oct] } })
    const forged = await makeToken({}, { alg: 'HS256', kid: 'two' }, secret)
    await refused(makeWorld({ authenticate }), { token: forged }, 'unauthenticated')
  })

  it('signed by another key, under the id of the right one, of another one, of none', async () => {
    const world = makeWorld()
    const own = await generateKeyPair('ES256', { extractable: true })
    for (const kid of ['one', 'two', '', '__proto__', '../one', undefined]) {
      const forged = await makeToken({}, kid === undefined ? {} : { kid }, own.privateKey)
      await refused(world, { token: forged }, 'unauthenticated')
    }
    await refused(world, { token: await makeToken({}, { kid: 'two' }) }, 'unauthenticated')
  })

  it('another algorithm than that of the key, or outside of the list', async () => {
    const [header, payload, signature] = token.split('.')
    assert.ok(header)
    const world = makeWorld()
    for (const alg of ['ES384', 'RS256', 'PS256', 'EdDSA', 'ES256K', 'A128KW']) {
      const odd = `${encodeJson({ alg, kid: 'one' })}.${payload}.${signature}`
      await refused(world, { token: odd }, 'unauthenticated')
    }
    const authenticate = oidcAuthenticator({ issuer: ISSUER, audience: AUDIENCE, jwks, algorithms: ['RS256'] })
    await refused(makeWorld({ authenticate }), { token }, 'unauthenticated')
  })

  it('its own key in the header (jwk, jku, x5u, x5c): nothing is fetched, nothing is taken', async () => {
    const own = await generateKeyPair('ES256', { extractable: true })
    const jwk = await exportJWK(own.publicKey)
    const fetched: string[] = []
    const fetch = async (url: string) => {
      fetched.push(url)
      return new Response(JSON.stringify(jwks))
    }
    const where = `${ISSUER}/keys`
    const authenticate = oidcAuthenticator({ issuer: ISSUER, audience: AUDIENCE, jwks: where, fetch, idClaim: 'email' })
    const world = makeWorld({ authenticate })
    const url = 'https://evil.example.com/keys'
    for (const header of [{ jwk }, { jku: url }, { x5u: url }, { x5c: ['MIIB'] }, { jku: url, kid: 'mine' }]) {
      await refused(world, { token: await makeToken({}, header, own.privateKey) }, 'unauthenticated')
    }
    assert.deepEqual([...new Set(fetched)], [where])
    assert.equal((await ask(world)).code, 'issued')
  })

  it('key ids that nobody has do not make the issuer work', async () => {
    let fetched = 0
    const fetch = async () => {
      fetched++
      return new Response(JSON.stringify(jwks))
    }
    const where = `${ISSUER}/keys`
    const authenticate = oidcAuthenticator({ issuer: ISSUER, audience: AUDIENCE, jwks: where, fetch, idClaim: 'email' })
    const world = makeWorld({ authenticate })
    for (let i = 0; i < 50; i++) {
      await refused(world, { token: await makeToken({}, { kid: `id-${i}` }) }, 'unauthenticated')
    }
    assert.equal(fetched, 1)
    assert.equal((await ask(world)).code, 'issued')
  })

  it('an issuer that is down, slow, redirects, or answers with rubbish: unavailable, and not asked each time', async () => {
    const answers: readonly (() => Promise<Response>)[] = [
      () => Promise.reject(new Error('down')),
      async () => new Response('no', { status: 500 }),
      async () => new Response('', { status: 302, headers: { location: 'https://evil.example.com/keys' } }),
      async () => new Response('not JSON'),
      async () => new Response('{"keys":7}'),
      async () => new Response('null'),
      async () => new Response('x'.repeat(300_000)),
    ]
    const right = Date.now
    const still = right()
    try {
      // All within the five seconds in which it is not asked again.
      Date.now = () => still
      for (const [i, reply] of answers.entries()) {
        let fetched = 0
        const fetch = () => {
          fetched++
          return reply()
        }
        const authenticate = oidcAuthenticator({ issuer: ISSUER, audience: AUDIENCE, jwks: `${ISSUER}/keys`, fetch })
        const world = makeWorld({ authenticate })
        for (let n = 0; n < 3; n++) await refused(world, {}, 'unavailable')
        assert.equal(fetched, 1, `answer ${i}`)
      }
    } finally {
      Date.now = right
    }
  })

  it('an issuer that was down while the clock was ahead is asked again once it is right', async () => {
    const right = Date.now
    let up = false
    const fetch = async () => {
      if (!up) throw new Error('down')
      return new Response(JSON.stringify(jwks))
    }
    const where = `${ISSUER}/keys`
    const authenticate = oidcAuthenticator({ issuer: ISSUER, audience: AUDIENCE, jwks: where, fetch, idClaim: 'email' })
    const world = makeWorld({ authenticate })
    try {
      Date.now = () => right() + 86_400_000
      await refused(world, {}, 'unavailable')
      up = true
      await refused(world, {}, 'unavailable')
    } finally {
      Date.now = right
    }
    assert.equal((await ask(world)).code, 'issued')
  })

  it('expired, not yet valid, without an end, with times that are none', async () => {
    const world = makeWorld()
    for (const change of [
      { exp: NOW - 61 },
      { exp: undefined },
      { exp: '2000000000' },
      { exp: null },
      { nbf: NOW + 61 },
      { nbf: 'soon' },
      { iat: 'now' },
    ]) {
      await refused(world, { token: await makeToken(change) }, 'unauthenticated')
    }
    assert.equal((await ask(world, { token: await makeToken({ exp: NOW - 59 }) })).code, 'issued')
    assert.equal((await ask(world, { token: await makeToken({ nbf: NOW + 59 }) })).code, 'issued')
  })

  it('too old, of another type, for another client, where the authority asks for these', async () => {
    const base = { issuer: ISSUER, audience: AUDIENCE, jwks, idClaim: 'email' }
    const old = makeWorld({ authenticate: oidcAuthenticator({ ...base, maxTokenAge: 300 }) })
    await refused(old, { token: await makeToken({ iat: NOW - 400 }) }, 'unauthenticated')
    await refused(old, { token: await makeToken({ iat: undefined }) }, 'unauthenticated')
    const typed = makeWorld({ authenticate: oidcAuthenticator({ ...base, tokenType: 'at+jwt' }) })
    await refused(typed, {}, 'unauthenticated')
    assert.equal((await ask(typed, { token: await makeToken({}, { typ: 'at+jwt' }) })).code, 'issued')
    const clients = makeWorld({ authenticate: oidcAuthenticator({ ...base, clients: ['cli'] }) })
    await refused(clients, {}, 'unauthenticated')
    await refused(clients, { token: await makeToken({ azp: 'web', client_id: 'cli' }) }, 'unauthenticated')
    assert.equal((await ask(clients, { token: await makeToken({ azp: 'cli' }) })).code, 'issued')
  })

  it('of the same issuer for the same audience, that are no login or that are bound to a key', async () => {
    const world = makeWorld()
    for (const typ of ['logout+jwt', 'application/secevent+jwt', 'dpop+jwt', 'token-introspection+JWT', 'at+jwt+x']) {
      await refused(world, { token: await makeToken({}, { typ }) }, 'unauthenticated')
    }
    await refused(world, { token: await makeToken({}, { typ: 7 as never }) }, 'unauthenticated')
    const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
    await refused(world, { token: await makeToken({ events }) }, 'unauthenticated')
    // Stolen, it is worth nothing without its key: not here either.
    for (const cnf of [{ jkt: 'x' }, { 'x5t#S256': 'x' }, null]) {
      await refused(world, { token: await makeToken({ cnf }) }, 'unauthenticated')
    }
    for (const typ of ['JWT', 'at+jwt', 'application/at+jwt']) {
      assert.equal((await ask(world, { token: await makeToken({ jti: typ }, { typ }) })).code, 'issued', typ)
    }
  })

  it('an address of mail that the issuer did not verify', async () => {
    const world = makeWorld()
    for (const email_verified of [false, undefined, 'true', 1, null]) {
      await refused(world, { token: await makeToken({ email_verified }) }, 'unauthenticated')
    }
    for (const email of [undefined, '', 7, null, ['alice@example.com'], { alice: 1 }]) {
      await refused(world, { token: await makeToken({ email }) }, 'unauthenticated')
    }
  })

  it('groups that are no list of text', async () => {
    const world = makeWorld()
    for (const groups of ['dba', { 0: 'dba', length: 1 }, [['dba']], ['dba', 7], null, true]) {
      await refused(world, { token: await makeToken({ email: 'bob@example.com', groups }) }, 'unauthenticated')
    }
    const none = await makeToken({ email: 'bob@example.com', groups: undefined })
    await refused(world, { token: none }, 'forbidden')
    const proto = await makeToken({ email: 'bob@example.com', groups: ['__proto__', 'constructor', 'DBA', 'dba '] })
    await refused(world, { token: proto }, 'forbidden')
  })

  it('malformed: parts missing, too many, not base64, not JSON, crit, b64', async () => {
    const world = makeWorld()
    const [header, payload, signature] = token.split('.')
    for (const odd of [
      'x',
      `${header}.${payload}`,
      `${token}.${signature}`,
      `${header}..${signature}`,
      `${encodeJson('alg')}.${payload}.${signature}`,
      `${base64url('{"alg":"ES256"')}.${payload}.${signature}`,
      `${encodeJson({ alg: 'ES256', kid: 'one', crit: ['x'], x: 1 })}.${payload}.${signature}`,
      `${encodeJson({ alg: 'ES256', kid: 'one', crit: ['b64'], b64: false })}.${payload}.${signature}`,
      `${header}.${payload}.${signature!.slice(0, -3)}`,
    ]) {
      await refused(world, { token: odd }, 'unauthenticated')
    }
    await refused(world, { token: 'a'.repeat(16_385) }, 'too-large')
  })

  it('each character of it changed', async () => {
    // The last of all is left out: four of its bits are not used, and jose does not look at them.
    const world = makeWorld({ rates: { identity: { most: 1000, seconds: 60 } } })
    const dots = [token.indexOf('.'), token.lastIndexOf('.')]
    const places = [0, 9, dots[0]! - 1, dots[0]! + 1, dots[0]! + 30, dots[1]! - 1, dots[1]! + 1, token.length - 2]
    for (const at of places) {
      const odd = `${token.slice(0, at)}${token[at] === 'Q' ? 'R' : 'Q'}${token.slice(at + 1)}`
      await refused(world, { token: odd }, 'unauthenticated')
    }
  })

  it('an authenticator that throws what it likes, hangs, or gives no identity', async () => {
    const giving = (identity: unknown) => makeWorld({ authenticate: async () => identity as never })
    const right = { id: 'a', issuer: 'b', subject: 'c', groups: [], method: 'd', tokenExpires: NOW + 9 }
    await refused(giving({ ...right, id: '' }), {}, 'unauthenticated')
    await refused(giving({ ...right, id: 'x'.repeat(256) }), {}, 'unauthenticated')
    await refused(giving({ ...right, id: '\ud800' }), {}, 'unauthenticated')
    await refused(giving({ ...right, groups: 'dba' }), {}, 'unauthenticated')
    await refused(giving({ ...right, tokenExpires: Number.NaN }), {}, 'unauthenticated')
    await refused(giving(undefined), {}, 'internal')
    await refused(giving(true), {}, 'unauthenticated')
    const throwing = makeWorld({ authenticate: () => Promise.reject(new Error(`no: ${'secret'}`)) })
    const { message } = await refused(throwing, {}, 'internal')
    assert.ok(!message.includes('secret'))
    await refused(makeWorld({ authenticate: () => new Promise(() => {}), timeout: 1 }), {}, 'unavailable')
  })
})

describe('possession', () => {
  it('a proof for another URL, kind or token', async () => {
    const world = makeWorld()
    for (const url of [
      'https://evil.example.com/ssh/v1/user',
      `${BASE}/v1/host`,
      `${BASE}/v1/user/`,
      `${BASE.replace('https', 'http')}/v1/user`,
      `${BASE.toUpperCase()}/v1/user`,
      'https://ssh.example.com/v1/user',
    ]) {
      await refused(world, { url }, 'bad-proof')
    }
    const other = await makeToken({ sub: 'u-2' })
    await refused(world, { signed: await makeStatement({ token: other }) }, 'bad-proof')
    await refused(world, { kind: 'host', route: 'user', hosts: ['a.web.example.com'] }, 'bad-proof')
    await refused(world, { kind: 'user', route: 'host' }, 'bad-proof')
    await refused(world, { kind: 'host', route: 'user', url: `${BASE}/v1/user` }, 'bad-proof')
  })

  it('takes no URL from the request: a Host header says nothing', async () => {
    const world = makeWorld()
    const url = 'https://evil.example.com/ssh/v1/user'
    const right = await makeRequest({ url })
    assert.equal((await send(world, new Request(url, right))).code, 'bad-proof')
    // Made out to the right one, it may come by any name: a proxy in front has another.
    const behind = new Request('http://10.0.0.5/ssh/v1/user', await makeRequest())
    assert.equal((await send(world, behind)).code, 'issued')
  })

  it('a clock that is off by more than a minute, either way', async () => {
    const world = makeWorld()
    for (const time of [NOW - 61, NOW + 61, 0, NOW * 1000]) await refused(world, { time }, 'bad-proof')
    for (const time of [NOW - 60, NOW + 60]) assert.equal((await ask(world, { time })).code, 'issued')
    for (const time of [-1, 1.5, '1800000000', null, 1e300, true]) {
      await refused(world, { signed: await signedText(await changed({ time })) }, 'bad-request')
    }
  })

  it('a statement without its nonce, or with one that is none', async () => {
    const world = makeWorld()
    for (const nonce of [undefined, '', 'AAAA', 'A'.repeat(23), 7, `${'A'.repeat(21)}B`, `${'A'.repeat(21)}=`]) {
      await refused(world, { signed: await signedText(await changed({ nonce })) }, 'bad-request')
    }
  })

  it('a proof by another key than the one in it', async () => {
    const other = await generatePrivateKey(ed25519)
    // Says that it is the subject, and signs with its own key.
    const liar: Signer = {
      ...{ publicKey: subject.publicKey, algorithms: other.algorithms },
      sign: (d, o) => other.sign(d, o),
    }
    await refused(makeWorld(), { signer: liar }, 'bad-proof')
    const world = makeWorld()
    const { statement } = await makeStatement()
    await refused(world, { signed: { statement, signature: (await makeStatement()).signature } }, 'bad-proof')
  })

  it('a signature over a file, a commit or anything else than a request', async () => {
    const { statement } = await makeStatement()
    for (const namespace of ['file', 'git', 'hawser-ca ', 'hawser-CA', 'hawser-ca2']) {
      await refused(makeWorld(), { signed: await signedText(statement, subject, namespace) }, 'bad-proof')
    }
  })

  it('a certificate as the subject, of this very authority', async () => {
    const { statement } = await makeStatement()
    const signer = await certifiedSubject()
    const signature = await signMessage(utf8(statement), signer, { namespace: 'hawser-ca', certificate: true })
    const { message } = await refused(makeWorld(), { signed: { statement, signature } }, 'bad-proof')
    assert.match(message, /certificate/)
  })

  it('the same request again, at once, later, by another address, with another header', async () => {
    const world = makeWorld()
    const signed = await makeStatement()
    assert.equal((await ask(world, { signed })).code, 'issued')
    const { status } = await refused(world, { signed }, 'replayed')
    assert.equal(status, 409)
    await refused(world, { signed, remote: '198.51.100.9' }, 'replayed')
    await refused(world, { signed, headers: [['x-forwarded-for', '203.0.113.1']] }, 'replayed')
    world.time = NOW + 60
    await refused(world, { signed }, 'replayed')
    world.time = NOW + 61
    await refused(world, { signed }, 'bad-proof')
    assert.equal((await ask(world, { time: NOW + 61 })).code, 'issued')
  })

  it('made ahead of time and used at either end: remembered for as long as it would hold', async () => {
    const world = makeWorld()
    const signed = await makeStatement({ time: NOW + 60 })
    assert.equal((await ask(world, { signed })).code, 'issued')
    for (const later of [1, 60, 119, 120]) {
      world.time = NOW + later
      await refused(world, { signed }, 'replayed')
    }
  })

  it('again in a body that comes slowly: remembered for as long as a request may take', async () => {
    for (const [skew, timeout] of [
      [1, 10],
      [60, 120],
    ] as const) {
      const world = makeWorld({ skew, timeout })
      const signed = await makeStatement({ time: NOW + skew })
      assert.equal((await ask(world, { signed })).code, 'issued')
      // It begins when the statement still holds, and ends as late as it may.
      world.time = NOW + 2 * skew
      let end = (): void => {}
      let begun = (): void => {}
      const reading = new Promise<void>((resolve) => {
        begun = resolve
      })
      const body = new ReadableStream(
        {
          pull(controller) {
            begun()
            return new Promise((resolve) => {
              end = () => {
                controller.enqueue(utf8(JSON.stringify(signed)))
                controller.close()
                resolve()
              }
            })
          },
        },
        { highWaterMark: 0 },
      )
      const again = refused(world, { body }, 'replayed')
      await reading
      world.time += timeout
      end()
      await again
    }
  })

  it('two of them at the same instant: one is served', async () => {
    const world = makeWorld()
    const signed = await makeStatement()
    const all = await Promise.all(Array.from({ length: 10 }, () => ask(world, { signed })))
    assert.deepEqual(all.map(({ code }) => code).sort(), ['issued', ...new Array(9).fill('replayed')])
  })

  it('the same statement in another dress: other armor, another signature by the same key', async () => {
    const world = makeWorld()
    const { statement, signature } = await makeStatement()
    assert.equal((await ask(world, { signed: { statement, signature } })).code, 'issued')
    await refused(world, { signed: { statement, signature: signature.replaceAll('\n', '\r\n') } }, 'replayed')
    // ECDSA: with s also n - s holds, which anybody can compute.
    const signer = await generatePrivateKey(ecdsaP256)
    const first = await makeStatement({ signer })
    assert.equal((await ask(world, { signed: first })).code, 'issued')
    const again = await signMessage(utf8(first.statement), mirrored(signer), { namespace: 'hawser-ca' })
    assert.notEqual(again, first.signature)
    await refused(world, { signed: { statement: first.statement, signature: again } }, 'replayed')
    const twice = await signedText(first.statement, signer)
    await refused(world, { signed: twice }, 'replayed')
  })

  it('a clock that goes back does not make old requests new', async () => {
    const world = makeWorld()
    const signed = await makeStatement()
    assert.equal((await ask(world, { signed })).code, 'issued')
    world.time = NOW + 3600
    const later = await makeToken({ exp: NOW + 7200 })
    assert.equal((await ask(world, { time: NOW + 3600, token: later })).code, 'issued')
    world.time = NOW
    await refused(world, { signed }, 'unavailable')
    world.time = NOW + 3600
    assert.match((await refused(world, { signed, token: later }, 'bad-proof')).message, /time/)
    const slightly = makeWorld()
    const second = await makeStatement()
    assert.equal((await ask(slightly, { signed: second })).code, 'issued')
    slightly.time = NOW - 50
    await refused(slightly, { signed: second }, 'replayed')
    const none = makeWorld({ clock: () => Number.NaN })
    assert.equal((await ask(none)).code, 'unavailable')
  })

  it('each bit of a statement and of its signature turned', async () => {
    const world = makeWorld({ rates: { identity: { most: 10_000, seconds: 60 } } })
    const { statement, signature } = await makeStatement()
    const flip = (text: string, at: number, bit: number) =>
      `${text.slice(0, at)}${String.fromCharCode(text.charCodeAt(at) ^ (1 << bit))}${text.slice(at + 1)}`
    const seen = new Set<string>()
    for (let at = 0; at < statement.length; at += 7) {
      const answered = await ask(world, { signed: { statement: flip(statement, at, at % 7), signature } })
      seen.add(answered.code)
    }
    for (let at = 0; at < signature.length; at += 11) {
      const answered = await ask(world, { signed: { statement, signature: flip(signature, at, at % 7) } })
      seen.add(answered.code)
    }
    assert.deepEqual([...seen], ['bad-proof'])
    for (let length = 0; length < signature.length; length += 23) {
      const answered = await ask(world, { signed: { statement, signature: signature.slice(0, length) } })
      assert.equal(answered.code, 'bad-proof')
    }
  })
})

/** The P-256 signer whose signatures have n - s in place of s. */
function mirrored(signer: Signer): Signer {
  const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const bytesOf = (value: bigint) => {
    const text = value.toString(16)
    return Uint8Array.from(`${text.length % 2 ? '0' : ''}${text}`.match(/../g)!, (octet) => Number.parseInt(octet, 16))
  }
  return {
    publicKey: signer.publicKey,
    algorithms: signer.algorithms,
    async sign(data, options) {
      const reader = new Reader((await signer.sign(data, options)).blob)
      const algorithm = reader.text('algorithm')
      const inner = reader.inner('signature')
      const r = inner.mpint('r')
      const s = inner.mpint('s').reduce((value, octet) => (value << 8n) | BigInt(octet), 0n)
      return signatureOf(
        algorithm,
        new Writer()
          .string(
            new Writer()
              .mpint(r)
              .mpint(bytesOf(n - s))
              .take(),
          )
          .take(),
      )
    },
  }
}

describe('keys to certify', () => {
  const rsaWorld = (rsaBits?: number) =>
    makeWorld({}, { ...policyData, ...(rsaBits !== undefined && { rsaBits }) } as PolicyData)

  it('RSA below 3072 bits, and below 2048 whatever the policy says', async () => {
    const small = await privateKey('rsa1024')
    const middle = await privateKey('rsa2048')
    await refused(rsaWorld(), { signer: small }, 'forbidden')
    await refused(rsaWorld(), { signer: middle }, 'forbidden')
    assert.equal((await ask(rsaWorld(2048), { signer: middle })).code, 'issued')
    await refused(rsaWorld(2048), { signer: small }, 'forbidden')
    assert.throws(() => rsaWorld(1024), TypeError)
    const anything = makeWorld({
      policy: () => ({ principals: ['a@b'], lifetime: 60, sourceAddresses: null, rsaBits: 1024 }),
    })
    await refused(anything, { signer: small }, 'forbidden')
    assert.equal((await ask(rsaWorld(), { signer: await privateKey('rsa3072') })).code, 'issued')
  })

  it('RSA that signs the proof with SHA-1', async () => {
    const key = await privateKey('rsa3072')
    const { statement } = await makeStatement()
    const data = signedData('hawser-ca', 'sha512', sha512.digest(utf8(statement)))
    const signature = await key.sign(data, { algorithm: 'ssh-rsa' })
    const { publicKey } = key
    const blob = encodeSshsig({ publicKey, namespace: 'hawser-ca', hash: 'sha512', signature })
    await refused(rsaWorld(), { signed: { statement, signature: formatSshsig({ blob }) } }, 'bad-proof')
  })

  it('DSA', async () => {
    const mpint = (length: number, last: number) => {
      const bytes = new Uint8Array(length).fill(0x55)
      bytes[0] = 0xff
      bytes[length - 1] = last
      return bytes
    }
    const blob = new Writer()
      .string(dss.name)
      .mpint(mpint(128, 1))
      .mpint(mpint(20, 1))
      .mpint(mpint(127, 2))
      .mpint(mpint(127, 3))
    const publicKey: PublicKey = { type: dss.name, blob: blob.take(), comment: '' }
    const { statement } = await makeStatement()
    const signature = signatureOf(dss.name, new Writer().string(new Uint8Array(40).fill(1)).take())
    const sig = encodeSshsig({ publicKey, namespace: 'hawser-ca', hash: 'sha512', signature })
    await refused(makeWorld(), { signed: { statement, signature: formatSshsig({ blob: sig }) } }, 'bad-proof')
    // And where somebody vouches for it.
    const { authority } = makeWorld()
    const identity = { id: 'alice@example.com', issuer: 'x', subject: 'a', groups: [], method: 'm', tokenExpires: NOW }
    const issuing = authority.issue({ identity, ask: { kind: 'user' }, publicKey, address: ADDRESS })
    await assert.rejects(issuing, (error: { code?: string }) => error.code !== undefined && error.code !== 'issued')
  })

  it('a security key, where policy does not name it; untouched, where policy does not say so', async () => {
    const touched = await securityKey(1)
    const untouched = await securityKey(0)
    await refused(makeWorld(), { signer: touched }, 'forbidden')
    const named = { ...policyData, subjectTypes: ['ed25519-sk'] }
    const { certificate } = await ask(makeWorld({}, named), { signer: touched })
    assert.ok(!readOptionFacts(certificate!).permissions.includes('no-touch-required'))
    const { message } = await refused(makeWorld({}, named), { signer: untouched }, 'forbidden')
    assert.match(message, /touched/)
    const lax = await ask(makeWorld({}, { ...named, touchRequired: false }), { signer: untouched })
    assert.ok(readOptionFacts(lax.certificate!).permissions.includes('no-touch-required'))
    // The list is whole: what it does not name is not certified.
    await refused(makeWorld({}, named), {}, 'forbidden')
  })

  it('of a type that the authority does not know', async () => {
    const world = makeWorld({ types: [rsa, ed25519] })
    const signer = await generatePrivateKey(ecdsaP256)
    await refused(world, { signer }, 'bad-proof')
  })

  it('revoked, or nobody can say', async () => {
    const revoked = makeWorld({ revocation: (key) => ('publicKey' in key ? undefined : 'lost') })
    const { message } = await refused(revoked, {}, 'forbidden')
    assert.match(message, /revoked/)
    const asked: unknown[] = []
    const fine = makeWorld({ revocation: (key) => void asked.push(key.blob) })
    assert.equal((await ask(fine)).code, 'issued')
    assert.deepEqual(asked, [subject.publicKey.blob])
    const failing = makeWorld({
      revocation: () => {
        throw new Error('list is gone')
      },
    })
    await refused(failing, {}, 'internal')
    await refused(makeWorld({ revocation: () => new Promise(() => {}), timeout: 1 }), {}, 'unavailable')
  })
})

describe('what is asked for', () => {
  it('accounts and hosts with commas, line feeds, signs, wildcards', async () => {
    const odd = [
      'root@web',
      'deploy,root',
      'deploy\n',
      'deploy\nroot',
      'deploy\0',
      '*',
      '?',
      ' deploy',
      'DEPLOY',
      'dеploy', // Cyrillic
      'deploy​',
      '$(id)',
      '../root',
      '__proto__',
      'constructor',
      'root',
    ]
    const world = makeWorld()
    for (const name of odd) {
      await refused(world, { accounts: [name] }, 'forbidden')
      await refused(world, { accounts: ['deploy', name] }, 'forbidden')
      await refused(world, { hosts: [name] }, 'forbidden')
    }
  })

  it('names that are none by their shape', async () => {
    const world = makeWorld()
    const odd = [[], [''], ['x'.repeat(256)], [7], [['deploy']], [null], 'deploy', { 0: 'deploy' }, null, true]
    for (const names of [...odd, new Array(257).fill(0).map((_, i) => `a${i}`)]) {
      await refused(world, { signed: await signedText(await changed({ accounts: names })) }, 'bad-request')
      await refused(world, { signed: await signedText(await changed({ hosts: names })) }, 'bad-request')
    }
  })

  it('host certificates for other hosts, for wildcards, for accounts, for none', async () => {
    const world = makeWorld()
    for (const name of [
      'db.example.com',
      'web.example.com.evil.org',
      '*.web.example.com',
      'a.web.example.com,evil.org',
      'a.web.example.com\n',
      'A.WEB.EXAMPLE.COM',
      'a.web.example.com.',
      '.web.example.com',
      '-.web.example.com',
      '192.0.2.1',
      'deploy@web',
      `${'a'.repeat(64)}.web.example.com`,
    ]) {
      await refused(world, { kind: 'host', hosts: [name] }, 'forbidden')
      await refused(world, { kind: 'host', hosts: ['a.web.example.com', name] }, 'forbidden')
    }
    await refused(world, { kind: 'host' }, 'forbidden')
    await refused(world, { kind: 'host', accounts: ['deploy'], hosts: ['a.web.example.com'] }, 'bad-request')
    await refused(makeWorld({ hostSigner: undefined }), { kind: 'host', hosts: ['a.web.example.com'] }, 'not-found')
    const bob = await makeToken({ email: 'bob@example.com' })
    await refused(world, { kind: 'host', hosts: ['a.web.example.com'], token: bob }, 'forbidden')
  })

  it('host certificates for names that only look like the addresses of a pattern', async () => {
    const names = ['192.0.2.*', '10.?.?.?', '2001:db8:*', '*.web.example.com']
    const data = { ...policyData, hostCertificates: [{ users: ['alice@example.com'], names }] }
    const world = makeWorld({}, data)
    for (const name of ['192.0.2.evil.example', '192.0.2.7.example.com', '10.a.b.c', '192.0.2.077', '192.0.2.7.8']) {
      await refused(world, { kind: 'host', hosts: [name] }, 'forbidden')
    }
    for (const name of ['192.0.2.7', '10.1.2.3', '2001:db8::7', '7.web.example.com']) {
      assert.equal((await ask(world, { kind: 'host', hosts: [name] })).code, 'issued', name)
    }
  })

  it('lifetimes that are too long, none, negative, no numbers', async () => {
    const world = makeWorld()
    for (const lifetime of [601, 86_400, Number.MAX_SAFE_INTEGER]) await refused(world, { lifetime }, 'forbidden')
    for (const lifetime of [0, -1, 1e300, 1.5, '60', null, [60], true]) {
      await refused(world, { signed: await signedText(await changed({ lifetime })) }, 'bad-request')
    }
    const spelled = (text: string) => changed({ lifetime: 7 }).then((json) => json.replace('"lifetime":7', text))
    for (const text of ['"lifetime":NaN', '"lifetime":Infinity', '"lifetime":0x10', '"lifetime":']) {
      await refused(world, { signed: await signedText(await spelled(text)) }, 'bad-request')
    }
    await refused(world, { signed: await signedText(await spelled('"lifetime":1e999')) }, 'bad-request')
    const { certificate } = await ask(world, { lifetime: 600 })
    assert.equal(certificate!.validBefore, BigInt(NOW + 600))
    // Whatever a policy says, a day is the most.
    const long = makeWorld({}, { ...policyData, grants: [{ ...policyData.grants[0]!, maxLifetime: 90_000 }] })
    await refused(long, { lifetime: 86_401 }, 'forbidden')
    assert.equal((await ask(long, { lifetime: 86_400 })).code, 'issued')
  })

  it('members that are not known, twice there, or of the prototype', async () => {
    const world = makeWorld()
    const { statement } = await makeStatement()
    const texts = [
      statement.replace('{', '{"principals":["root"],'),
      statement.replace('{', '{"__proto__":{"accounts":["root"]},'),
      statement.replace('{', '{"constructor":{"prototype":{"kind":"host"}},'),
      statement.replace('{', '{"toString":1,'),
      statement.replace('{', '{"kind":"host",'),
      statement.replace('{', '{"k\\u0069nd":"host",'),
      `${statement.slice(0, -1)},"time":1}`,
      statement.replace('"user"', '{"kind":"user"}'),
      `[${statement}]`,
      `${statement}x`,
      'null',
      '"user"',
      '',
    ]
    for (const text of texts) await refused(world, { signed: await signedText(text) }, 'bad-request')
    const right = await makeStatement()
    for (const body of [
      JSON.stringify({ ...right, more: 1 }),
      JSON.stringify({ statement: right.statement }),
      JSON.stringify({ ...right, statement: JSON.parse(right.statement) }),
      JSON.stringify({ ...right, signature: null }),
      JSON.stringify(right).replace('{', '{"statement":"",'),
      JSON.stringify(right).replace('{', '{"__proto__":{},'),
      JSON.stringify([right]),
      `${JSON.stringify(right)} x`,
      '',
      'null',
    ]) {
      await refused(world, { body }, 'bad-request')
    }
    assert.equal(Object.hasOwn(Object.prototype, 'accounts'), false)
  })

  it('values so deep that the stack ends: no failure of the authority', async () => {
    const world = makeWorld()
    for (const deep of [`${'['.repeat(9000)}${']'.repeat(9000)}`, `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`]) {
      await refused(world, { body: `{"statement":${deep},"signature":""}` }, 'bad-request')
      const { statement } = await makeStatement()
      const text = statement.replace('}', `,"accounts":${deep}}`)
      await refused(world, { signed: await signedText(text) }, 'bad-request')
    }
  })

  it('text that is not Unicode', async () => {
    const { signature } = await makeStatement()
    const world = makeWorld()
    await refused(world, { signed: { statement: '\udc80', signature } }, 'bad-request')
    await refused(world, { signed: { statement: '{"url":"\ud800"}', signature } }, 'bad-request')
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(Uint8Array.of(0x7b, 0xff, 0x7d))
        controller.close()
      },
    })
    await refused(world, { body: stream }, 'bad-request')
  })
})

describe('who asks', () => {
  it('nobody that a grant names gets nothing, and so does who is disabled', async () => {
    const world = makeWorld()
    for (const email of [
      'bob@example.com',
      'ALICE@example.com',
      'alice@example.com ',
      '*',
      '__proto__',
      'constructor',
    ]) {
      await refused(world, { token: await makeToken({ email }) }, 'forbidden')
    }
    const both = { ...policyData, grants: [{ ...policyData.grants[0]!, users: ['mallory@example.com'] }] }
    await refused(makeWorld({}, both), { token: await makeToken({ email: 'mallory@example.com' }) }, 'forbidden')
  })

  it('who is disabled stays so under another spelling, and under another address of the same subject', async () => {
    const data = {
      ...policyData,
      grants: [{ groups: ['staff'], accounts: ['deploy'], hosts: ['web'] }],
      disabled: ['mallory@example.com', 'U-9'],
    }
    const world = makeWorld({}, data)
    for (const change of [
      { email: 'Mallory@Example.COM' },
      { email: 'new@example.com', sub: 'u-9' },
      { email: 'new@example.com', sub: 'U-9' },
    ]) {
      const { message } = await refused(world, { token: await makeToken(change) }, 'forbidden')
      assert.match(message, /disabled/)
    }
    assert.equal((await ask(world, { token: await makeToken({ email: 'new@example.com' }) })).code, 'issued')
  })

  it('names with line feeds, quotes and controls stay one word in the key id, and data in the record', async () => {
    for (const email of [
      'eve\nalice@example.com by oidc',
      'alice@example.com by oidc at 2027-01-15T08:00:00Z from 10.0.0.1 serial 1',
      'eve"\\x22 alice',
      'eve\u001b[2Jx',
      'eve\u202eecila',
      'é'.repeat(255),
      '\u{1f600}'.repeat(127),
    ]) {
      const data = { ...policyData, grants: [{ ...policyData.grants[0]!, users: [email] }] }
      const world = makeWorld({}, data)
      const { certificate } = await ask(world, { token: await makeToken({ email }) })
      const { keyId, serial } = certificate!
      assert.match(
        keyId,
        /^("[^"\p{C}]*"|[\w.@+:/|=,~-]+) by oidc at 2027-01-15T08:00:00Z from 192\.0\.2\.7 serial \d+$/u,
      )
      assert.ok(keyId.endsWith(` serial ${serial}`))
      assert.ok(utf8(keyId).length <= 1024)
      assert.equal(world.records[0]!.identity, email)
    }
  })

  it('an account of somebody’s own is theirs by the issuer’s word, and never root or two', async () => {
    const data: PolicyData = {
      hostGroups: { web: {} },
      grants: [{ groups: ['staff'], ownAccount: true, hosts: ['web'] }],
    }
    const authenticate = oidcAuthenticator({
      ...{ issuer: ISSUER, audience: AUDIENCE, jwks, groupsClaim: 'groups' },
      accountClaim: 'preferred_username',
    })
    const world = makeWorld({ authenticate }, data)
    const named = async (preferred_username: unknown) => ask(world, { token: await makeToken({ preferred_username }) })
    assert.deepEqual((await named('alice')).certificate!.principals, ['alice@web'])
    for (const name of [
      'root',
      'alice,root',
      'alice@web',
      'Alice',
      'a b',
      '*',
      undefined,
      'x'.repeat(33),
      '__proto__x\n',
    ]) {
      assert.equal((await named(name)).code, 'forbidden', String(name))
    }
    for (const name of ['', 7, ['alice']]) assert.equal((await named(name)).code, 'unauthenticated')
  })
})

describe('where from', () => {
  const proxies = { trustedProxies: ['10.0.0.0/8', '::1'], forwardedHeader: 'x-forwarded-for' }
  const sources = async (world: World, out: Outgoing) =>
    readOptionFacts((await ask(world, out)).certificate!).sourceAddresses

  it('a header from who is no trusted proxy says nothing', async () => {
    const headers = [
      ['x-forwarded-for', '203.0.113.5'],
      ['forwarded', 'for=203.0.113.5'],
      ['cf-connecting-ip', '203.0.113.5'],
      ['x-real-ip', '203.0.113.5'],
    ] as const
    assert.deepEqual(await sources(makeWorld(), { headers }), [`${ADDRESS}/32`])
    assert.deepEqual(await sources(makeWorld(proxies), { headers }), [`${ADDRESS}/32`])
  })

  it('of a trusted proxy the rightmost that is no proxy counts, whatever the caller wrote in front', async () => {
    const cases: readonly (readonly [string, string])[] = [
      ['203.0.113.5', '203.0.113.5/32'],
      ['1.2.3.4, 203.0.113.5', '203.0.113.5/32'],
      ['1.2.3.4, 203.0.113.5, 10.1.1.1', '203.0.113.5/32'],
      ['garbage<>, 203.0.113.5, 10.1.1.1, 10.2.2.2', '203.0.113.5/32'],
      ['::ffff:203.0.113.5', '203.0.113.5/32'],
      ['2001:DB8::5', '2001:db8:0:0:0:0:0:5/128'],
      ['[2001:db8::5]:443', '2001:db8:0:0:0:0:0:5/128'],
      ['203.0.113.5:8080', '203.0.113.5/32'],
      ['10.9.9.9, 10.1.1.1', '10.9.9.9/32'],
    ]
    for (const [value, expected] of cases) {
      const out = { headers: [['x-forwarded-for', value]], remote: '10.0.0.1' } as const
      assert.deepEqual(await sources(makeWorld(proxies), out), [expected], value)
    }
    const mapped = { headers: [['x-forwarded-for', '203.0.113.5']], remote: '::ffff:10.0.0.1' } as const
    assert.deepEqual(await sources(makeWorld(proxies), mapped), ['203.0.113.5/32'])
  })

  it('two headers are one list, so that the caller’s own cannot stand behind the proxy’s', async () => {
    const headers = [
      ['+x-forwarded-for', '1.2.3.4'],
      ['+x-forwarded-for', '203.0.113.5'],
    ] as const
    assert.deepEqual(await sources(makeWorld(proxies), { headers, remote: '10.0.0.1' }), ['203.0.113.5/32'])
  })

  it('a trusted proxy that says nothing, or no address, is refused', async () => {
    for (const value of [
      '',
      ' ',
      'unknown',
      '203.0.113.5,',
      '203.0.113.5, , 10.1.1.1',
      '203.0.113.5/32',
      '203.0.113.05',
      '0xcb007105',
      '3405803781',
      'localhost',
      '[203.0.113.5',
      'fe80::1%eth0',
      '203.0.113.5:443:1',
      '203.0.113.5;10.0.0.1',
    ]) {
      const headers = [['x-forwarded-for', value]] as const
      await refused(makeWorld(proxies), { headers, remote: '10.0.0.1' }, 'bad-request')
    }
  })

  it('Forwarded, with its quotes and ports', async () => {
    const world = makeWorld({ ...proxies, forwardedHeader: 'Forwarded' })
    const right: readonly (readonly [string, string])[] = [
      ['for=203.0.113.5', '203.0.113.5/32'],
      ['for="203.0.113.5:99";proto=https;by=10.0.0.1', '203.0.113.5/32'],
      ['for=1.2.3.4, proto=https;For="[2001:db8::5]:4711"', '2001:db8:0:0:0:0:0:5/128'],
      ['for=9.9.9.9,for=203.0.113.5 ; proto=http,for=10.2.2.2', '203.0.113.5/32'],
    ]
    for (const [value, expected] of right) {
      const out = { headers: [['forwarded', value]], remote: '10.0.0.1' } as const
      assert.deepEqual(await sources(world, out), [expected], value)
    }
    for (const value of [
      'for=unknown',
      'for=_hidden',
      'by=203.0.113.5',
      'for=203.0.113.5;for=1.2.3.4',
      '203.0.113.5',
      'for="203.0.113.5',
      'host="for=203.0.113.5"',
      'for="1.2.3.4, for=5.6.7.8"',
      // Commas and semicolons are right in the name of a host, which the caller writes and the proxy puts into quotes.
      'for=198.51.100.66;host="a,for=203.0.113.5;x"',
      'for=198.51.100.66;host="a, for=203.0.113.5 ;x";proto=https',
      'for=198.51.100.66;host="a;for=203.0.113.5;x"',
      'for=198.51.100.66;host="\\",for=203.0.113.5;x="',
      // The caller's own header, whose open quote would shift those of the proxy.
      'x=", for=198.51.100.66;host=",for=203.0.113.5;x="',
      'x="\\, for=198.51.100.66;host=";for=203.0.113.5;x="',
    ]) {
      await refused(world, { headers: [['forwarded', value]], remote: '10.0.0.1' }, 'bad-request')
    }
  })

  it('nobody knows from where: refused where the certificate is bound to it', async () => {
    await refused(makeWorld(), { remote: null }, 'forbidden')
    await refused(makeWorld(), { remote: 'unix:/run/x' }, 'bad-request')
    const anywhere = { ...policyData, grants: [{ ...policyData.grants[0]!, sourceAddress: 'any' as const }] }
    assert.equal(await sources(makeWorld({}, anywhere), { remote: null }), null)
  })
})

describe('requests that are none', () => {
  it('too large: declared, real, and without an end', async () => {
    const world = makeWorld()
    const { status } = await refused(world, { body: ' '.repeat(65_537) }, 'too-large')
    assert.equal(status, 413)
    await refused(world, { body: '1'.repeat(10_000_000) }, 'too-large')
    await refused(world, { body: '{}', headers: [['content-length', '70000']] }, 'too-large')
    let pulled = 0
    let cancelled = false
    const endless = (size: number) =>
      new ReadableStream({
        pull(controller) {
          pulled++
          controller.enqueue(new Uint8Array(size))
        },
        cancel() {
          cancelled = true
        },
      })
    await refused(world, { body: endless(4096) }, 'too-large')
    assert.ok(pulled < 100, `${pulled} pieces were read`)
    assert.ok(cancelled)
    for (const size of [0, 1]) {
      pulled = 0
      await refused(world, { body: endless(size) }, 'too-large')
      assert.ok(pulled < 5000, `${pulled} pieces of ${size} were read`)
    }
    const most = JSON.stringify(await makeStatement())
    assert.equal((await ask(world, { body: most.padEnd(65_536) })).code, 'issued')
  })

  it('that never end, or end early', async () => {
    const world = makeWorld({ timeout: 1 })
    await refused(world, { body: new ReadableStream({}) }, 'bad-request')
    const torn = new ReadableStream({
      start(controller) {
        controller.enqueue(utf8('{"state'))
      },
      pull(controller) {
        controller.error(new Error('reset'))
      },
    })
    await refused(world, { body: torn }, 'bad-request')
  })

  it('of another type, or compressed', async () => {
    const world = makeWorld()
    for (const type of [
      '',
      'text/plain',
      'application/jsonp',
      'application/x-www-form-urlencoded',
      'application/json, x',
    ]) {
      await refused(world, { headers: [['content-type', type]] }, 'bad-request')
    }
    for (const coding of ['gzip', 'br', 'identity, gzip']) {
      await refused(world, { headers: [['content-encoding', coding]] }, 'bad-request')
    }
    const charset = [['content-type', 'application/json; charset=UTF-8']] as const
    assert.equal((await ask(world, { headers: charset })).code, 'issued')
  })

  it('to other paths: slashes, dots, cases, other bases', async () => {
    const world = makeWorld()
    for (const path of [
      '/ssh/v1/user/',
      '/ssh//v1/user',
      '/ssh/v1//user',
      '//ssh/v1/user',
      '/ssh/v1/USER',
      '/ssh/v1/user%00',
      '/ssh/v1/us%65r',
      '/ssh/v1/user;x=1',
      '/v1/user',
      '/sshx/v1/user',
      '/ssh',
      '/',
      '/ssh/v2/user',
      '/ssh/v1/__proto__',
      '/ssh/v1/../../v1/user',
    ]) {
      const request = new Request(`https://ssh.example.com${path}`, await makeRequest())
      assert.equal((await send(world, request)).code, 'not-found', path)
    }
    // A URL has no dots in it once it is read: these are the path itself.
    const dots = new Request('https://ssh.example.com/ssh/x/%2e%2e/v1/user', await makeRequest())
    assert.equal((await send(world, dots)).code, 'issued')
  })
})

describe('rates', () => {
  it('of one identity are counted, whatever the token and the address, and only once the token holds', async () => {
    const world = makeWorld({ rates: { identity: { most: 3, seconds: 60 } } })
    const forged = `${token.slice(0, -4)}AAAA`
    for (let i = 0; i < 10; i++) await refused(world, { token: forged }, 'unauthenticated')
    for (let i = 0; i < 3; i++) {
      const answered = await ask(world, { token: await makeToken({ jti: `${i}` }), remote: `198.51.100.${i}` })
      assert.equal(answered.code, 'issued')
    }
    const { status, headers, json } = await refused(world, { token: await makeToken({ jti: 'x' }) }, 'rate-limited')
    assert.equal(status, 429)
    assert.equal(headers.get('retry-after'), '60')
    assert.equal((json.error as { retryAfter: number }).retryAfter, 60)
    // Another address of mail, or spelling of it, of the same subject of the issuer.
    for (const email of ['ALICE@example.com', 'alice+1@example.com']) {
      await refused(world, { token: await makeToken({ email, groups: ['dba'] }) }, 'rate-limited')
    }
    const bob = await makeToken({ email: 'bob@example.com', sub: 'u-2', groups: ['dba'] })
    assert.equal((await ask(world, { token: bob })).code, 'issued', 'another one is not held up')
    world.time += 60
    assert.equal((await ask(world, { time: world.time })).code, 'issued')
  })

  it('count refusals too: guessing at what policy gives has an end', async () => {
    const world = makeWorld({ rates: { identity: { most: 3, seconds: 60 } } })
    for (let i = 0; i < 3; i++) await refused(world, { accounts: ['root'] }, 'forbidden')
    await refused(world, {}, 'rate-limited')
  })

  it('of one network of IPv6 are counted together: its caller has 2^64 addresses, and the store has not', async () => {
    const store = memoryStore({ clock: () => NOW * 1000, maxEntries: 10 })
    const world = makeWorld({ store, rates: { address: { most: 2, seconds: 60 } } })
    const codes = []
    for (let i = 0; i < 20; i++) {
      codes.push((await ask(world, { token: 'no.to.ken', remote: `2001:db8:0:1::${i.toString(16)}` })).code)
    }
    assert.deepEqual([...new Set(codes)], ['unauthenticated', 'rate-limited'])
    assert.equal(codes.indexOf('rate-limited'), 2)
    assert.equal((await ask(world, { remote: '2001:db8:0:2::1' })).code, 'issued', 'another network')
    assert.equal((await ask(world)).code, 'issued')
  })

  it('of one address are counted before the token is looked at, where they are set', async () => {
    let judged = 0
    const authenticate = async () => {
      judged++
      throw new Error('never')
    }
    const world = makeWorld({ authenticate, rates: { address: { most: 2, seconds: 10 } } })
    await refused(world, {}, 'internal')
    await refused(world, {}, 'internal')
    await refused(world, {}, 'rate-limited')
    assert.equal(judged, 2)
    await refused(world, { remote: '198.51.100.1' }, 'internal')
  })
})

describe('parts that fail', () => {
  const working = (): Store => memoryStore({ clock: () => NOW * 1000 })
  const fails = (): Promise<never> => Promise.reject(new Error('secret host is down'))
  const hangs = (): Promise<never> => new Promise(() => {})

  it('a store: nothing is issued, and nobody is told why', async () => {
    for (const broken of [
      { count: fails },
      { putIfAbsent: fails },
      { count: hangs },
      { putIfAbsent: hangs },
      {
        putIfAbsent: () => {
          throw new Error('secret host is down')
        },
      },
    ]) {
      const world = makeWorld({ store: { ...working(), ...broken }, timeout: 1 })
      const { message } = await refused(world, {}, 'unavailable')
      assert.ok(!message.includes('secret'))
    }
    // Neither no answer nor a wrong one lets a request pass as new or as within its rate.
    for (const putIfAbsent of [async () => undefined, async () => 1, async () => 'OK']) {
      await refused(makeWorld({ store: { ...working(), putIfAbsent: putIfAbsent as never } }), {}, 'replayed')
    }
    for (const count of [async () => undefined, async () => Number.NaN]) {
      await refused(makeWorld({ store: { ...working(), count: count as never } }), {}, 'rate-limited')
    }
  })

  it('what hangs in a promise of another make: a query builder, another realm', async () => {
    // biome-ignore-start lint/suspicious/noThenProperty: this is what is tried
    const count = () => ({ then() {} }) as never
    await refused(makeWorld({ store: { ...working(), count }, timeout: 1 }), {}, 'unavailable')
    const right = { then: (resolve: (sum: number) => void) => resolve(1) } as never
    // biome-ignore-end lint/suspicious/noThenProperty: this is what was tried
    assert.equal((await ask(makeWorld({ store: { ...working(), count: () => right } }))).code, 'issued')
  })

  it('asked for its health by a hundred at once, an authority looks once', async () => {
    let signed = 0
    const { publicKey, algorithms } = userAuthority
    const sign: Signer['sign'] = async (...args) => {
      signed++
      return userAuthority.sign(...args)
    }
    const world = makeWorld({ signer: { publicKey, algorithms, sign }, hostSigner: undefined })
    const health = () => world.authority.fetch(new Request(`${BASE}/v1/health`))
    const all = await Promise.all(Array.from({ length: 100 }, health))
    assert.deepEqual([...new Set(all.map(({ status }) => status))], [200])
    assert.equal(signed, 1)
    world.time += 10
    await health()
    assert.equal(signed, 2)
  })

  it('a store that is full: new requests are refused, old ones stay known', async () => {
    let time = NOW
    // One entry for the rate, one for each proof.
    const world = makeWorld({ store: memoryStore({ clock: () => time * 1000, maxEntries: 3 }) })
    const first = await makeStatement()
    assert.equal((await ask(world, { signed: first })).code, 'issued')
    assert.equal((await ask(world)).code, 'issued')
    await refused(world, {}, 'unavailable')
    await refused(world, { signed: first }, 'replayed')
    time += 200
    world.time += 200
    assert.equal((await ask(world, { time: world.time })).code, 'issued')
  })

  it('a record: what could not be recorded is not handed out', async () => {
    for (const record of [
      () => {
        throw new Error('disk is full')
      },
      fails,
      hangs,
    ]) {
      const world = makeWorld({ record, timeout: 1 })
      const answered = await ask(world)
      assert.ok(['internal', 'unavailable'].includes(answered.code))
      assert.equal(answered.certificate, undefined)
      assert.ok(!answered.message.includes('disk'))
      assert.equal((await ask(world, { accounts: ['root'] })).code, 'forbidden')
    }
    let waited = false
    const slow = makeWorld({
      record: async () => {
        await new Promise((done) => setTimeout(done, 20))
        waited = true
      },
    })
    assert.equal((await ask(slow)).code, 'issued')
    assert.ok(waited)
  })

  it('a signer that fails, hangs, or signs with another algorithm or key', async () => {
    const { publicKey, algorithms } = userAuthority
    const signer = (sign: Signer['sign']): Partial<World> & { signer: Signer } => ({
      signer: { publicKey, algorithms, sign },
    })
    const failing = makeWorld({ ...signer(fails) })
    const { message } = await refused(failing, {}, 'internal')
    assert.ok(!message.includes('secret'))
    assert.match(String(failing.records[0]!.cause), /secret host is down/)
    await refused(makeWorld({ ...signer(hangs), timeout: 1 }), {}, 'unavailable')
    const otherName = async () => signatureOf('ssh-rsa', new Writer().string(new Uint8Array(64)).take())
    await refused(makeWorld({ ...signer(otherName) }), {}, 'internal')
    const key = await privateKey('rsa3072')
    const sha1 = { publicKey: key.publicKey, algorithms: ['ssh-rsa', 'rsa-sha2-512'] }
    const asked: unknown[] = []
    const lying: Signer = {
      ...sha1,
      sign: (data, options) => {
        asked.push(options?.algorithm)
        return key.sign(data, { algorithm: 'ssh-rsa' })
      },
    }
    await refused(makeWorld({ signer: lying }), {}, 'internal')
    assert.deepEqual(asked, ['rsa-sha2-512'], 'asked for SHA-2, whatever it prefers')
  })

  it('a policy that throws or hangs', async () => {
    const throwing = () => {
      throw new Error('secret')
    }
    const { message } = await refused(makeWorld({ policy: throwing }), {}, 'internal')
    assert.ok(!message.includes('secret'))
    await refused(makeWorld({ policy: hangs, timeout: 1 }), {}, 'unavailable')
  })

  it('a refusal is told even where nothing else works', async () => {
    const world = makeWorld({ store: { ...working(), count: fails }, record: fails })
    assert.equal((await ask(world)).code, 'unavailable')
  })
})

describe('what is told', () => {
  it('a request by another method, or with a query, is recorded as well, and from where it came', async () => {
    const world = makeWorld()
    const right = await makeRequest()
    const tries = [
      [new Request(right.url, { method: 'GET' }), 'method-not-allowed'],
      [new Request(`${BASE}/v1/host`, { method: 'PUT', body: '{}' }), 'method-not-allowed'],
      [new Request(`${right.url}?access_token=${token}`, right), 'bad-request'],
    ] as const
    for (const [i, [request, code]] of tries.entries()) {
      const answered = await send(world, request)
      assert.equal(answered.code, code)
      assert.equal(answered.headers.get('allow'), code === 'method-not-allowed' ? 'POST' : null)
      const { outcome, code: said, address } = world.records[i]!
      assert.deepEqual([outcome, said, address], ['refused', code, ADDRESS])
    }
    assert.equal(world.records.length, tries.length)
    assert.ok(!JSON.stringify(world.records).includes(token))
    // What everybody may read leaves no record.
    await world.authority.fetch(new Request(`${BASE}/v1/health`))
    await world.authority.fetch(new Request(`${BASE}/v1/health`, { method: 'POST', body: '{}' }))
    assert.equal(world.records.length, tries.length)
  })

  it('a refusal says for which key it was asked, once that key signed', async () => {
    const world = makeWorld()
    const signed = await makeStatement()
    await ask(world, { signed })
    await refused(world, { signed }, 'replayed')
    await refused(world, { time: NOW - 100 }, 'bad-proof')
    await refused(world, { accounts: ['root'] }, 'forbidden')
    const keys = world.records.map(({ publicKey }) => publicKey)
    assert.deepEqual(keys, new Array(4).fill(fingerprint(subject.publicKey)))
  })

  it('no token, no signature, in no record and in no answer', async () => {
    const world = makeWorld()
    const signed = await makeStatement()
    await ask(world, { signed })
    await ask(world, { signed })
    await ask(world, { accounts: ['root'] })
    await ask(world, { token: `${token}x` })
    const told = JSON.stringify(world.records satisfies readonly RequestRecord[])
    assert.equal(world.records.length, 4)
    const parts = [token, token.split('.')[2]!, signed.signature.split('\n')[2]!, signed.statement]
    for (const part of parts) assert.ok(!told.includes(part))
  })

  it('claims of a token stay out of refusals', async () => {
    const world = makeWorld()
    const odd = await makeToken({ aud: 'other', note: 'private-claim' })
    const answered = await refused(world, { token: odd }, 'unauthenticated')
    assert.ok(!JSON.stringify([answered.json, world.records]).includes('private-claim'))
  })
})
