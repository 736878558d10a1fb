import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Authority, createAuthority } from '../../src/ca/index.ts'
import { checkCertificate, readOptionFacts } from '../../src/cert/index.ts'
import { sha256 } from '../../src/crypto/index.ts'
import { AuthorityError } from '../../src/errors.ts'
import { fingerprint } from '../../src/fingerprint/index.ts'
import { allTypes } from '../../src/keys/index.ts'
import { parseAuthorizedKeys, parseKnownHosts } from '../../src/text/index.ts'
import { ADDRESS, ask, BASE, hostAuthority, makeWorld, NOW, subject, userAuthority } from './world.ts'

const types = allTypes
const get = (authority: Authority, path: string, method = 'GET') =>
  authority.fetch(new Request(`${BASE}${path}`, { method }), { remoteAddress: ADDRESS })

describe('issuing', () => {
  it('gives a user certificate that its authority signed, for two minutes, bound to the caller', async () => {
    const world = makeWorld()
    const { status, headers, json, certificate } = await ask(world)
    assert.equal(status, 200)
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    const policy = { types, kind: 'user', authorities: [userAuthority.publicKey], time: NOW } as const
    const facts = await checkCertificate(certificate!, { ...policy, principal: 'deploy@web', sourceAddress: ADDRESS })
    assert.deepEqual(facts.publicKey.blob, subject.publicKey.blob)
    assert.deepEqual(facts.sourceAddresses, [`${ADDRESS}/32`])
    assert.deepEqual(facts.permissions, ['permit-pty'])
    assert.equal(facts.forceCommand, null)
    assert.deepEqual(certificate!.principals, ['deploy@web'])
    assert.equal(certificate!.validAfter, BigInt(NOW - 60))
    assert.equal(certificate!.validBefore, BigInt(NOW + 120))
    assert.equal(json.serial, String(certificate!.serial))
    assert.equal(json.keyId, certificate!.keyId)
    assert.deepEqual(json.principals, ['deploy@web'])
    assert.equal(json.validAfter, String(NOW - 60))
    assert.equal(json.validBefore, String(NOW + 120))
    await assert.rejects(checkCertificate(certificate!, { ...policy, principal: 'deploy', sourceAddress: ADDRESS }), {
      code: 'principal',
    })
  })

  it('gives a host certificate with the names that were asked for and no options', async () => {
    const { certificate } = await ask(makeWorld(), { kind: 'host', hosts: ['a.web.example.com'] })
    const policy = { types, kind: 'host', authorities: [hostAuthority.publicKey], time: NOW } as const
    const facts = await checkCertificate(certificate!, { ...policy, principal: 'a.web.example.com' })
    assert.equal(facts.validBefore, BigInt(NOW + 86_400))
    assert.deepEqual(readOptionFacts(certificate!).permissions, [])
  })

  it('writes who, how, when and from where into the key id, and one record', async () => {
    const world = makeWorld()
    const { certificate } = await ask(world, { lifetime: 300, accounts: ['deploy'] })
    const { serial } = certificate!
    assert.equal(
      certificate!.keyId,
      `alice@example.com by oidc at 2027-01-15T08:00:00Z from ${ADDRESS} serial ${serial}`,
    )
    assert.deepEqual(JSON.parse(JSON.stringify(world.records)), [
      {
        time: NOW,
        kind: 'user',
        outcome: 'issued',
        address: ADDRESS,
        identity: 'alice@example.com',
        issuer: 'https://login.example.com',
        subject: 'u-1',
        method: 'oidc',
        ask: { kind: 'user', accounts: ['deploy'], lifetime: 300 },
        publicKey: fingerprint(subject.publicKey, { hash: sha256 }),
        serial: String(serial),
        keyId: certificate!.keyId,
        principals: ['deploy@web'],
        validAfter: NOW - 60,
        validBefore: NOW + 300,
        sourceAddresses: [`${ADDRESS}/32`],
        permissions: ['permit-pty'],
      },
    ])
  })

  it('draws serials of 63 bits, never 0', async () => {
    const world = makeWorld({ random: (length) => new Uint8Array(length).fill(length === 8 ? 255 : 1) })
    assert.equal((await ask(world)).certificate!.serial, 2n ** 63n - 1n)
    const zeros = makeWorld({ random: (length) => new Uint8Array(length) })
    assert.equal((await ask(zeros)).certificate!.serial, 1n)
  })

  it('takes many requests on one token', async () => {
    const world = makeWorld()
    const serials = new Set<unknown>()
    for (let i = 0; i < 5; i++) serials.add((await ask(world)).json.serial)
    assert.equal(serials.size, 5)
  })

  it('issues without HTTP for an identity that the caller vouches for, by the same policy and record', async () => {
    const { authority, records } = makeWorld()
    const identity = { id: 'bob', issuer: 'x', subject: 'b', groups: ['dba'], method: 'test', tokenExpires: NOW + 9 }
    const { publicKey } = subject
    const issued = await authority.issue({ identity, ask: { kind: 'user' }, publicKey, address: '::ffff:192.0.2.9' })
    assert.deepEqual(issued.principals, ['deploy@db', 'postgres@db'])
    assert.equal(issued.validBefore, NOW + 120)
    assert.match(issued.keyId, /^bob by test at .* from 192\.0\.2\.9 serial \d+$/)
    const nobody = authority.issue({ identity: { ...identity, groups: [] }, ask: { kind: 'user' }, publicKey })
    await assert.rejects(nobody, (error) => error instanceof AuthorityError && error.code === 'forbidden')
    assert.deepEqual(
      records.map(({ outcome, code, identity: who }) => [outcome, code, who]),
      [
        ['issued', undefined, 'bob'],
        ['refused', 'forbidden', 'bob'],
      ],
    )
  })

  it('asks a policy that is a function, and issues nothing wider than any policy may', async () => {
    const grant = { principals: ['a@b'], lifetime: 60, sourceAddresses: null }
    const asked: unknown[] = []
    const world = makeWorld({
      policy: async (identity, what, facts) => {
        asked.push(identity.groups, what.kind, facts.address, facts.subject.alias)
        return grant
      },
    })
    assert.deepEqual((await ask(world)).certificate!.principals, ['a@b'])
    assert.deepEqual(asked, [['staff'], 'user', ADDRESS, 'ed25519'])
    const wrong: readonly [unknown, string][] = [
      [{ ...grant, principals: [] }, 'internal'],
      [{ ...grant, principals: ['deploy'] }, 'internal'],
      [{ ...grant, principals: ['a@b', 'root@b,c'] }, 'internal'],
      [{ ...grant, principals: 'a@b' }, 'internal'],
      [{ ...grant, principals: Array.from({ length: 257 }, (_, i) => `a@b${i}`) }, 'forbidden'],
      [{ ...grant, lifetime: undefined }, 'internal'],
      [{ ...grant, lifetime: Number.NaN }, 'internal'],
      [{ ...grant, lifetime: 86_401 }, 'forbidden'],
      [{ principals: ['a@b'], lifetime: 60 }, 'internal'],
      [{ ...grant, sourceAddresses: [] }, 'internal'],
      [{ ...grant, sourceAddresses: ['everywhere'] }, 'internal'],
      [{ ...grant, forceCommand: '' }, 'internal'],
      [{ ...grant, subjectTypes: ['rsa'] }, 'forbidden'],
      [{ ...grant, notAfter: NOW }, 'forbidden'],
      [undefined, 'internal'],
    ]
    for (const [given, code] of wrong) {
      const answered = await ask(makeWorld({ policy: () => given as never }))
      assert.equal(answered.code, code, JSON.stringify(given))
    }
  })
})

describe('what everybody may read', () => {
  it('shows the keys that sign, and those published beside them', async () => {
    const { authority } = makeWorld({
      hostPatterns: ['*.example.com', '10.0.0.*'],
      published: { user: [subject.publicKey] },
    })
    const answered = await get(authority, '/v1/authority')
    assert.equal(answered.headers.get('content-type'), 'text/plain; charset=utf-8')
    const { entries } = parseAuthorizedKeys(await answered.text(), { types })
    assert.deepEqual(
      entries.map(({ key }) => key.blob),
      [userAuthority.publicKey.blob, subject.publicKey.blob],
    )
    const hosts = parseKnownHosts(await (await get(authority, '/v1/known-hosts')).text())
    assert.deepEqual(
      hosts.entries.map(({ marker, hosts: names, key }) => [marker, names, key.blob]),
      [['cert-authority', '*.example.com,10.0.0.*', hostAuthority.publicKey.blob]],
    )
  })

  it('serves the revocation list and how to log in, where there are any', async () => {
    const login = { issuer: 'https://login.example.com', clientId: 'cli', scopes: ['openid'] }
    const { authority } = makeWorld({ krl: () => Uint8Array.of(1, 2, 3), login })
    const krl = await get(authority, '/v1/krl')
    assert.equal(krl.headers.get('content-type'), 'application/octet-stream')
    assert.deepEqual(new Uint8Array(await krl.arrayBuffer()), Uint8Array.of(1, 2, 3))
    assert.deepEqual(JSON.parse(await (await get(authority, '/v1/login')).text()), login)
    const bare = makeWorld({ hostSigner: undefined }).authority
    for (const path of ['/v1/krl', '/v1/login', '/v1/known-hosts', '/v1/other', '/', '/v1/__proto__']) {
      assert.equal((await get(bare, path)).status, 404, path)
    }
    const failing = makeWorld({ krl: () => Promise.reject(new Error('disk')) }).authority
    const answered = await get(failing, '/v1/krl')
    assert.equal(answered.status, 503)
    assert.ok(!(await answered.text()).includes('disk'))
  })

  it('serves no list that is none: an empty file would revoke nobody', async () => {
    for (const none of [undefined, null, new Uint8Array(0), 'SSHKRL', 5, [1], {}, new ArrayBuffer(3)]) {
      const { authority } = makeWorld({ krl: () => none as never })
      const answered = await get(authority, '/v1/krl')
      assert.equal(answered.status, 503, String(none))
      assert.equal(JSON.parse(await answered.text()).error.code, 'unavailable')
    }
  })

  it('tells its health, and whether replays and rates hold for one instance', async () => {
    let signed = 0
    let broken = false
    const signer = {
      ...{ publicKey: userAuthority.publicKey, algorithms: userAuthority.algorithms },
      sign: (data: Uint8Array, options?: object) => {
        signed++
        return broken ? Promise.reject(new Error('secret detail')) : userAuthority.sign(data, options)
      },
    }
    const world = makeWorld({ signer })
    const first = await get(world.authority, '/v1/health')
    assert.equal(first.status, 200)
    assert.deepEqual(JSON.parse(await first.text()), {
      status: 'ok',
      signer: 'ok',
      store: 'ok',
      replayAndRates: 'instance',
    })
    broken = true
    await get(world.authority, '/v1/health')
    assert.equal(signed, 1, 'asked again within ten seconds')
    world.time += 11
    const second = await get(world.authority, '/v1/health')
    assert.equal(second.status, 503)
    const text = await second.text()
    assert.equal(JSON.parse(text).signer, 'broken')
    assert.ok(!text.includes('secret'))
    const fails = () => Promise.reject(new Error('down'))
    const store = { scope: 'shared', get: fails, putIfAbsent: fails, count: fails } as const
    const third = await get(makeWorld({ store }).authority, '/v1/health')
    assert.equal(third.status, 503)
    assert.deepEqual(JSON.parse(await third.text()), {
      status: 'broken',
      signer: 'ok',
      store: 'broken',
      replayAndRates: 'shared',
    })
  })

  it('says which method a path has', async () => {
    const { authority } = makeWorld()
    for (const [path, method, allow] of [
      ['/v1/user', 'GET', 'POST'],
      ['/v1/host', 'PUT', 'POST'],
      ['/v1/authority', 'POST', 'GET'],
      ['/v1/health', 'DELETE', 'GET'],
      ['/v1/user', 'OPTIONS', 'POST'],
    ] as const) {
      const answered = await get(authority, path, method)
      assert.equal(answered.status, 405)
      assert.equal(answered.headers.get('allow'), allow)
      assert.equal(answered.headers.get('access-control-allow-origin'), null)
    }
  })
})

describe('options', () => {
  const right = {
    url: BASE,
    signer: userAuthority,
    authenticate: () => Promise.reject(new Error('nobody')),
    policy: () => {
      throw new Error('nothing')
    },
    record: () => {},
    types,
  }

  it('takes what is right', () => {
    assert.equal(typeof createAuthority(right).fetch, 'function')
  })

  it('refuses what would leave something undecided', () => {
    const wrong: readonly Record<string, unknown>[] = [
      { url: 'http://ssh.example.com' },
      { url: 'https://ssh.example.com/?a=b' },
      { url: 'https://user@ssh.example.com' },
      { url: '/ssh' },
      { authenticate: undefined },
      { policy: {} },
      { record: undefined },
      { revocation: new Uint8Array(3) },
      { krl: new Uint8Array(3) },
      { trustedProxies: ['10.0.0.0/8'] },
      { forwardedHeader: 'x-forwarded-for' },
      { trustedProxies: [], forwardedHeader: 'x-forwarded-for' },
      { trustedProxies: ['10.0.0.1/8'], forwardedHeader: 'x-forwarded-for' },
      { trustedProxies: ['10.0.0.0/8'], forwardedHeader: 'x forwarded' },
      { skew: 61 },
      { skew: 0 },
      { timeout: 0 },
      { rates: { identity: { most: 0, seconds: 60 } } },
      { rates: { address: { most: 1, seconds: 0.5 } } },
      { ceilings: { user: Number.POSITIVE_INFINITY } },
      { hostPatterns: ['*.example.com '] },
      { hostPatterns: ['a\nb'] },
      { signer: { ...userAuthority, publicKey: { ...userAuthority.publicKey, type: 'ssh-rsa' } } },
      { signer: { publicKey: userAuthority.publicKey, algorithms: ['ssh-rsa'], sign: () => {} } },
      { types: [] },
    ]
    for (const change of wrong) {
      assert.throws(() => createAuthority({ ...right, ...change } as never), TypeError, JSON.stringify(change))
    }
  })
})
