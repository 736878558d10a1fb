/** The smaller parts of an authority: names, key ids, addresses, the store, rates, statements, the files of a host. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { callerAddress, canonicalAddress } from '../../src/ca/caller-address.ts'
import { formatKeyId, hostSetup, memoryStore, openStatement, signStatement, tokenHash } from '../../src/ca/index.ts'
import { isAccount, isHostGroup, isHostName, isPrincipal } from '../../src/ca/names.ts'
import { baseUrl, parseFlatObject } from '../../src/ca/protocol.ts'
import { AuthorityError } from '../../src/errors.ts'
import { allTypes } from '../../src/keys/index.ts'
import { privateKey } from '../support/keys.ts'
import { NOW, subject, token, userAuthority } from './world.ts'

describe('names', () => {
  it('of accounts and groups are those that no list takes apart', () => {
    for (const name of ['root', '_apt', 'a', 'deploy-1', 'x'.repeat(32)]) assert.ok(isAccount(name), name)
    for (const name of ['', '1a', '-a', 'A', 'a.b', 'a@b', 'a,b', 'a b', 'a\n', 'é', 'x'.repeat(33)]) {
      assert.ok(!isAccount(name), name)
    }
    for (const name of ['web', '1', 'eu.web-1', 'constructor']) assert.ok(isHostGroup(name), name)
    for (const name of ['', '.a', '-a', 'A', 'a@b', 'a,b', 'a_b', 'a*', 'a\n', 'x'.repeat(65)]) {
      assert.ok(!isHostGroup(name), name)
    }
    assert.ok(isPrincipal('deploy@web'))
    for (const name of ['deploy', 'deploy@', '@web', 'a@b@c', 'a@b,c@d', 'a@b\n']) assert.ok(!isPrincipal(name), name)
  })

  it('of hosts have no wildcards and one spelling', () => {
    for (const name of [
      'a',
      'a.example.com',
      '10.0.0.1',
      '::1',
      '2001:db8::5',
      'xn--bcher-kva.example',
      'a'.repeat(63),
    ]) {
      assert.ok(isHostName(name), name)
    }
    for (const name of [
      '',
      '.',
      'a.',
      '.a',
      'a..b',
      '-a',
      'a-',
      'A',
      '*',
      '*.a',
      'a b',
      'a,b',
      'a:1',
      '2001:DB8::5',
      ':',
    ]) {
      assert.ok(!isHostName(name), name)
    }
    assert.ok(!isHostName('a'.repeat(64)))
    assert.ok(!isHostName(`${'a.'.repeat(127)}a`))
    // In linear time: this ended no search in a pattern with two loops.
    assert.ok(!isHostName(`${'a'.repeat(252)}_`))
  })
})

describe('key ids', () => {
  const facts = { id: 'alice@example.com', method: 'oidc', time: NOW, address: '192.0.2.7', serial: 5n }

  it('are one readable line', () => {
    const expected = 'alice@example.com by oidc at 2027-01-15T08:00:00Z from 192.0.2.7 serial 5'
    assert.equal(formatKeyId(facts), expected)
    assert.match(formatKeyId({ ...facts, address: undefined }), / from nowhere serial 5$/)
    assert.match(formatKeyId({ ...facts, address: '2001:db8:0:0:0:0:0:5' }), / from 2001:db8:0:0:0:0:0:5 serial/)
  })

  it('hold foreign text in quotes, and at most 1 KiB', () => {
    assert.match(formatKeyId({ ...facts, id: 'Al "x" Ice\n' }), /^"Al \\x22x\\x22 Ice\\x0a" by oidc/)
    assert.match(formatKeyId({ ...facts, method: 'a b' }), / by "a b" at /)
    const long = formatKeyId({ ...facts, id: '\u{1f600}'.repeat(400), method: '\u{1f600}'.repeat(400) })
    assert.ok(new TextEncoder().encode(long).length <= 1024, String(long.length))
  })
})

describe('addresses', () => {
  it('have one text', () => {
    const cases: readonly (readonly [string, string | undefined])[] = [
      ['192.0.2.7', '192.0.2.7'],
      ['::ffff:192.0.2.7', '192.0.2.7'],
      ['::ffff:c000:207', '192.0.2.7'],
      ['::', '0:0:0:0:0:0:0:0'],
      ['2001:DB8::1:0', '2001:db8:0:0:0:0:1:0'],
      ['192.0.2.07', undefined],
      ['192.0.2', undefined],
      ['fe80::1%0', undefined],
      ['localhost', undefined],
      ['', undefined],
    ]
    for (const [text, expected] of cases) assert.equal(canonicalAddress(text), expected, text)
  })

  it('of the caller is that of who connected, unless it is a proxy that is trusted', () => {
    const headers = { get: () => '203.0.113.5' }
    const options = { trustedProxies: ['10.0.0.0/8'], forwardedHeader: 'x-forwarded-for' }
    assert.equal(callerAddress(headers, undefined, options), undefined)
    assert.equal(callerAddress(headers, '192.0.2.7', options), '192.0.2.7')
    assert.equal(callerAddress(headers, '10.0.0.1', options), '203.0.113.5')
    assert.equal(callerAddress(headers, '10.0.0.1', {}), '10.0.0.1')
    assert.throws(() => callerAddress(headers, 'pipe', options), AuthorityError)
    assert.throws(() => callerAddress({ get: () => null }, '10.0.0.1', options), AuthorityError)
    const many = { get: () => `${'10.0.0.1,'.repeat(5000)}203.0.113.5` }
    assert.equal(callerAddress(many, '10.0.0.1', options), '203.0.113.5')
  })
})

describe('the store in memory', () => {
  it('puts once, counts, and forgets in time', async () => {
    let time = NOW
    const store = memoryStore({ clock: () => time * 1000 })
    assert.equal(store.scope, 'instance')
    assert.equal(await store.get('a'), undefined)
    assert.equal(await store.putIfAbsent('a', 'x', 10), true)
    assert.equal(await store.putIfAbsent('a', 'y', 10), false)
    assert.equal(await store.get('a'), 'x')
    assert.deepEqual([await store.count('n', 5), await store.count('n', 5), await store.count('m', 5)], [1, 2, 1])
    time += 10
    assert.equal(await store.get('a'), 'x', 'not before its time')
    time += 1
    assert.equal(await store.get('a'), undefined)
    assert.equal(await store.count('n', 5), 1)
    assert.equal(await store.putIfAbsent('a', 'z', 10), true)
    assert.equal(await store.putIfAbsent('__proto__', 'z', 10), true)
    assert.equal(await store.get('constructor'), undefined)
  })

  it('of many at once lets one put', async () => {
    const store = memoryStore()
    const put = await Promise.all(Array.from({ length: 100 }, () => store.putIfAbsent('k', '1', 60)))
    assert.equal(put.filter((one) => one).length, 1)
  })

  it('refuses what is new when it is full, and keeps what it has', async () => {
    let time = NOW
    const store = memoryStore({ clock: () => time * 1000, maxEntries: 2 })
    await store.putIfAbsent('a', '1', 10)
    await store.count('n', 10)
    const full = { code: 'unavailable' }
    await assert.rejects(store.putIfAbsent('b', '1', 10), full)
    await assert.rejects(store.count('m', 10), full)
    assert.equal(await store.putIfAbsent('a', '1', 10), false)
    assert.equal(await store.count('n', 10), 2)
    time += 20
    assert.equal(await store.putIfAbsent('b', '1', 10), true)
    assert.throws(() => memoryStore({ maxEntries: 0 }), TypeError)
  })

  it('does not forget, nor keep for ever, when its clock goes back', async () => {
    let time = NOW
    const store = memoryStore({ clock: () => time * 1000 })
    await store.putIfAbsent('a', '1', 10)
    time -= 1000
    assert.equal(await store.putIfAbsent('a', '1', 10), false)
    await store.putIfAbsent('b', '1', 10)
    time += 1020
    assert.equal(await store.get('b'), undefined)
  })
})

describe('statements', () => {
  const options = { url: 'https://ssh.example.com/v1/user', token, time: NOW }

  it('come back as they were signed, by every type of key that signs', async () => {
    for (const name of ['ed25519', 'ecdsa256', 'ecdsa384', 'ecdsa521', 'rsa2048']) {
      const signer = await privateKey(name)
      const asked = { kind: 'user', accounts: ['a', 'b', 'a'], hosts: ['web'], lifetime: 60 } as const
      const { statement, publicKey, touched } = await openStatement(await signStatement(signer, asked, options), {
        types: allTypes,
      })
      assert.deepEqual(publicKey.blob, signer.publicKey.blob)
      assert.equal(touched, false)
      assert.deepEqual(
        { ...statement, nonce: '' },
        {
          ...{ ...asked, accounts: ['a', 'b'], nonce: '', time: NOW },
          ...{ url: options.url, token: tokenHash(token) },
        },
      )
    }
  })

  it('have nonces of their own', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => signStatement(subject, { kind: 'user' }, options)))
    assert.equal(new Set(made.map(({ statement }) => JSON.parse(statement).nonce)).size, 20)
  })

  it('may be spelled as JSON may be, each member once', () => {
    const names = ['a', 'b']
    const spelled = ' {"a" : "x\\"b\\":" ,\n "\\u0062": ["\\\\", "a:", "\\"a\\":"] } '
    assert.deepEqual(parseFlatObject(spelled, 'x', names), { a: 'x"b":', b: ['\\', 'a:', '"a":'] })
    for (const odd of ['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '{"a":1 , "a" : 1}', '{"c":1}', '[]', '{', '1']) {
      assert.throws(() => parseFlatObject(odd, 'x', names), { code: 'bad-request' }, odd)
    }
  })
})

describe('base URLs', () => {
  it('have one spelling', () => {
    const cases = [
      ['https://ssh.example.com', 'https://ssh.example.com'],
      ['https://SSH.example.com:443/', 'https://ssh.example.com'],
      ['https://ssh.example.com/a/b//', 'https://ssh.example.com/a/b'],
      ['http://127.0.0.1:8080/x', 'http://127.0.0.1:8080/x'],
      ['http://[::1]/', 'http://[::1]'],
      ['http://localhost', 'http://localhost'],
    ] as const
    for (const [text, expected] of cases) assert.equal(baseUrl(text), expected)
  })

  it('are https, and nothing else comes behind the path', () => {
    for (const text of [
      'http://ssh.example.com',
      'http://127.0.0.1.example.com',
      'http://localhost.example.com',
      'ftp://ssh.example.com',
      'https://a@ssh.example.com',
      'https://ssh.example.com?x',
      'https://ssh.example.com/?',
      'https://ssh.example.com/#x',
      'ssh.example.com',
      '',
    ]) {
      assert.throws(() => baseUrl(text), TypeError, text)
    }
  })
})

describe('the files of a host', () => {
  const options = { authorities: [userAuthority.publicKey], groups: ['web', 'eu'], accounts: ['deploy', 'root'] }

  it('map each account to one principal for each group', () => {
    const { sshdConfig, files } = hostSetup({ ...options, krl: true, hostCertificate: '/etc/ssh/host-cert.pub' })
    assert.equal(
      sshdConfig,
      [
        'TrustedUserCAKeys /etc/ssh/hawser/user-authorities.pub',
        'AuthorizedPrincipalsFile /etc/ssh/hawser/principals/%u',
        'RevokedKeys /etc/ssh/hawser/revoked.krl',
        'HostCertificate /etc/ssh/host-cert.pub',
        '',
      ].join('\n'),
    )
    assert.deepEqual(
      files.map(({ path }) => path),
      ['/etc/ssh/hawser/user-authorities.pub', '/etc/ssh/hawser/principals/deploy', '/etc/ssh/hawser/principals/root'],
    )
    assert.match(files[0]!.content, /^ssh-ed25519 AAAA\S+\n$/)
    assert.equal(files[2]!.content, 'root@web\nroot@eu\n')
    assert.equal(hostSetup({ ...options, folder: '/srv/x/' }).files[1]!.path, '/srv/x/principals/deploy')
  })

  it('take no name that would be a path, a line or a pattern', () => {
    const wrong: readonly Record<string, unknown>[] = [
      { accounts: ['../root'] },
      { accounts: ['a\nb'] },
      { accounts: [] },
      { groups: [] },
      { groups: ['a\nroot@web'] },
      { groups: ['*'] },
      { authorities: [] },
      { folder: 'etc' },
      { folder: '/etc/%h' },
      { folder: '/etc/a b' },
      { hostCertificate: '/etc/x\nPermitRootLogin yes' },
    ]
    for (const change of wrong) {
      assert.throws(() => hostSetup({ ...options, ...change } as never), TypeError, JSON.stringify(change))
    }
  })
})
