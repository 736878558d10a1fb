import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type {
  AgentConnection,
  Constraint,
  DestinationConstraint,
  DestinationHop,
} from '../../src/agent-protocol/index.ts'
import { encodeSessionBind } from '../../src/agent-protocol/index.ts'
import { type CertificateRequest, issueCertificate } from '../../src/cert/index.ts'
import { allTypes, dss, ed25519, opaquePublicKey, type PrivateKey, rsa } from '../../src/keys/index.ts'
import { utf8 } from '../support/bytes.ts'
import { fieldsOf, signedBy } from '../support/certificates.ts'
import { blobOf, privateKey } from '../support/keys.ts'
import {
  add,
  bind,
  dummyAuthenticator,
  dummyKey,
  list,
  loginData,
  newConnection,
  newKey,
  newRoom,
  type Room,
  sign,
} from './support.ts'

Error.stackTraceLimit = 0

const now = 1_800_000_000
const here: DestinationHop = { user: '', host: '', keys: [] }
const [a, b, c, key, authority] = await Promise.all([newKey(), newKey(), newKey(), newKey(), newKey()])
const [s1, s2, s3] = [utf8('session 1'), utf8('session 2'), utf8('session 3')]

function hop(host: string, keys: PrivateKey | readonly PrivateKey[], user = '', ca = false): DestinationHop {
  const all = 'publicKey' in keys ? [keys] : keys
  return { user, host, keys: all.map(({ publicKey }) => ({ key: publicKey.blob, authority: ca })) }
}

function restrict(...destinations: DestinationConstraint[]): Constraint {
  return { kind: 'restrict-destination', destinations }
}

const toA = { from: here, to: hop('a', a) }
const aToB = { from: hop('a', a), to: hop('b', b) }

async function roomFor(...constraints: readonly Constraint[]): Promise<Room> {
  const room = newRoom({ clock: () => now * 1000 })
  assert.equal(await add(room.keyring, key, constraints), 'success', room.refusals.join())
  return room
}

/** Over a connection: whether the key is listed, and whether it signs a login to that session, host-bound or not. */
async function verdict(
  { keyring, connection }: Room,
  sessionId: Uint8Array,
  options: { user?: string; hostKey?: Uint8Array; over?: AgentConnection } = {},
): Promise<string> {
  const over = options.over ?? connection
  const { blob } = key.publicKey
  const listed = (await list(keyring, over)).length === 1
  const login = loginData({ ...options, sessionId, key: blob, algorithm: key.type })
  const signed = (await sign(keyring, key.publicKey, login, over)) !== undefined
  return `${listed ? 'listed' : 'hidden'}, ${signed ? 'signs' : 'refuses'}`
}

describe('destinations: one hop', () => {
  it('shows a key to the machine itself, and signs nothing until the connection is bound', async () => {
    const room = await roomFor(restrict(toA))
    assert.equal(await verdict(room, s1), 'listed, refuses')
    assert.equal(await bind(room.keyring, room.connection, a, s1, false), 'success')
    assert.equal(await verdict(room, s1), 'listed, signs')
  })

  it('signs only logins, in their one form, to the session that is bound', async () => {
    const { keyring, connection } = await roomFor(restrict(toA))
    await bind(keyring, connection, a, s1, false)
    const { blob } = key.publicKey
    const login = { sessionId: s1, key: blob, algorithm: key.type }
    const bad = [
      utf8('data'),
      loginData({ ...login, sessionId: s2 }),
      loginData({ ...login, sessionId: new Uint8Array(0) }),
      loginData({ ...login, key: a.publicKey.blob }),
      loginData({ ...login, algorithm: rsa.name }),
      loginData({ ...login, algorithm: ed25519.certName }),
      loginData({ ...login, hostKey: b.publicKey.blob }),
      loginData({ ...login, service: 'ssh-userauth' }),
      loginData({ ...login, more: Uint8Array.of(0) }),
    ]
    for (const [i, message] of bad.entries()) {
      assert.equal(await sign(keyring, key.publicKey, message, connection), undefined, `${i}`)
    }
    for (const hostKey of [undefined, a.publicKey.blob]) {
      assert.ok(await sign(keyring, key.publicKey, loginData({ ...login, hostKey }), connection))
    }
  })

  it('hides a key from other hosts, and will not have it removed or added again from there', async () => {
    const { keyring, connection } = await roomFor(restrict(toA))
    await bind(keyring, connection, b, s1, false)
    const room = { keyring, connection, refusals: [] }
    assert.equal(await verdict(room, s1), 'hidden, refuses')
    const remove = { kind: 'remove', key: key.publicKey.blob } as const
    assert.equal((await keyring.respond(remove, connection)).kind, 'failure')
    assert.equal(await add(keyring, key, [], connection), 'failure')
    assert.equal(
      await verdict({ ...room, connection: newConnection() }, s1),
      'listed, refuses',
      'the constraint is still there',
    )
    // From the machine itself, both do.
    assert.equal(await add(keyring, key, [], newConnection()), 'success')
    assert.equal(await verdict(room, s1), 'listed, signs')
  })

  it('asks for the user by a pattern of octets', async () => {
    for (const [pattern, user, yes] of [
      ['root', 'root', true],
      ['root', 'toor', false],
      ['r*t', 'root', true],
      ['r??t', 'root', true],
      ['root', '', false],
      ['*', '', true],
      ['a,b', 'a', false],
      ['r??', 'r\u00e9', true],
      ['r?', 'r\u00e9', false],
      ['', 'anybody', true],
    ] as const) {
      const room = await roomFor(restrict({ from: here, to: hop('a', a, pattern) }))
      await bind(room.keyring, room.connection, a, s1, false)
      assert.equal(await verdict(room, s1, { user }), `listed, ${yes ? 'signs' : 'refuses'}`, `${user} by ${pattern}`)
    }
  })

  it('takes any of several constraints and of several keys of a host', async () => {
    const room = await roomFor(restrict(toA, { from: here, to: hop('b', [c, b], 'bob') }))
    for (const [host, user, expected] of [
      [a, 'alice', 'listed, signs'],
      [b, 'alice', 'listed, refuses'],
      [b, 'bob', 'listed, signs'],
      [c, 'bob', 'listed, signs'],
      [authority, 'bob', 'hidden, refuses'],
    ] as const) {
      const over = newConnection()
      await bind(room.keyring, over, host, s1, false)
      assert.equal(await verdict(room, s1, { user, over }), expected)
    }
  })

  it('knows certificates by all their names, and none by that of the plain key', async () => {
    const { keyring, connection } = newRoom()
    const mine = await privateKey('rsa2048')
    const { publicKey } = mine
    const request = {
      kind: 'user',
      publicKey,
      keyId: 'k',
      principals: ['a'],
      validAfter: 0,
      validBefore: 1e10,
    } as const
    const certificate = await issueCertificate(request, authority, { types: allTypes })
    assert.equal(await add(keyring, mine, [restrict(toA)], connection, certificate), 'success')
    await bind(keyring, connection, a, s1, false)
    const names = [
      'ssh-rsa-cert-v01@openssh.com',
      'rsa-sha2-256-cert-v01@openssh.com',
      'rsa-sha2-512-cert-v01@openssh.com',
    ]
    for (const algorithm of [...names, 'ssh-rsa', 'rsa-sha2-512', ed25519.certName]) {
      const login = loginData({ sessionId: s1, key: certificate.blob, algorithm })
      const signed = (await sign(keyring, certificate, login, connection, 4)) !== undefined
      assert.equal(signed, names.includes(algorithm), algorithm)
    }
  })

  it('is asked before the user is', async () => {
    let asked = 0
    const { keyring, connection } = newRoom({ confirm: () => ++asked > 0 })
    await add(keyring, key, [restrict(toA), { kind: 'confirm' }])
    await bind(keyring, connection, b, s1, false)
    const login = loginData({ sessionId: s1, key: key.publicKey.blob, algorithm: key.type })
    assert.equal(await sign(keyring, key.publicKey, login, connection), undefined)
    assert.equal(asked, 0)
  })
})

describe('destinations: forwarding', () => {
  it('goes where a chain of constraints leads, host-bound beyond the first host', async () => {
    const room = await roomFor(restrict(toA, aToB))
    const { keyring, connection } = room
    assert.equal(await bind(keyring, connection, a, s1, true), 'success')
    assert.equal(await verdict(room, s1), 'listed, refuses', 'a forwarding is no login')
    assert.equal(await bind(keyring, connection, b, s2, false), 'success')
    assert.equal(await verdict(room, s2), 'listed, refuses', 'no host key in the login')
    assert.equal(await verdict(room, s2, { hostKey: a.publicKey.blob }), 'listed, refuses')
    assert.equal(await verdict(room, s1, { hostKey: b.publicKey.blob }), 'listed, refuses')
    assert.equal(await verdict(room, s2, { hostKey: b.publicKey.blob }), 'listed, signs')
  })

  it('hides a key at a host that it may reach, but not leave', async () => {
    const room = await roomFor(restrict(toA))
    await bind(room.keyring, room.connection, a, s1, true)
    assert.equal(await verdict(room, s1), 'hidden, refuses')
    await bind(room.keyring, room.connection, b, s2, false)
    assert.equal(await verdict(room, s2, { hostKey: b.publicKey.blob }), 'hidden, refuses')
  })

  it('asks each hop: not b from here, not c from a, not b over c', async () => {
    const room = await roomFor(restrict(toA, aToB))
    const { keyring } = room
    for (const [path, expected] of [
      [[a], 'listed, signs'],
      [[b], 'hidden, refuses'],
      [[a, b], 'listed, signs'],
      [[a, c], 'hidden, refuses'],
      [[c, b], 'hidden, refuses'],
      [[b, a], 'hidden, refuses'],
      [[a, b, c], 'hidden, refuses'],
      [[a, a], 'hidden, refuses'],
    ] as const) {
      const over = newConnection()
      for (const [i, host] of path.entries()) {
        await bind(keyring, over, host, utf8(`session ${i}`), i < path.length - 1)
      }
      const last = path.length - 1
      const hostKey = path[last]!.publicKey.blob
      assert.equal(await verdict(room, utf8(`session ${last}`), { over, hostKey }), expected, `${path.length} hops`)
    }
  })

  it('asks for the user at the last hop alone', async () => {
    const room = await roomFor(
      restrict({ from: here, to: hop('a', a, 'nobody') }, { from: hop('a', a), to: hop('b', b, 'bob') }),
    )
    const { keyring, connection } = room
    await bind(keyring, connection, a, s1, true)
    await bind(keyring, connection, b, s2, false)
    const hostKey = b.publicKey.blob
    assert.equal(await verdict(room, s2, { hostKey, user: 'bob' }), 'listed, signs')
    assert.equal(await verdict(room, s2, { hostKey, user: 'nobody' }), 'listed, refuses')
  })
})

describe('destinations: host certificates', () => {
  const request = { kind: 'host', publicKey: a.publicKey, keyId: 'a', principals: ['a.example', '*.b'] } as const
  const window = { validAfter: now - 10, validBefore: now + 10 }

  async function certified(more: Partial<CertificateRequest> = {}): Promise<Uint8Array> {
    const all = { ...request, ...window, ...more } as CertificateRequest
    return (await issueCertificate(all, authority, { types: allTypes })).blob
  }

  async function judged(host: string, hostKey: Uint8Array, by = authority, ca = true): Promise<string> {
    const room = await roomFor(restrict({ from: here, to: hop(host, by, '', ca) }))
    assert.equal(await bind(room.keyring, room.connection, a, s1, false, hostKey), 'success')
    return verdict(room, s1)
  }

  it('stand for a host by the name of the constraint', async () => {
    const certificate = await certified()
    assert.equal(await judged('a.example', certificate), 'listed, signs')
    assert.equal(await judged('x.b', certificate), 'listed, signs')
    assert.equal(await judged('A.example', certificate), 'hidden, refuses')
    assert.equal(await judged('other', certificate), 'hidden, refuses')
  })

  it('count only in their time, as of a host, without critical options, with principals', async () => {
    const [yes, no] = ['listed, signs', 'hidden, refuses']
    assert.equal(await judged('a.example', await certified({ validAfter: now })), yes)
    assert.equal(await judged('a.example', await certified({ validAfter: now + 1 })), no)
    assert.equal(await judged('a.example', await certified({ validBefore: now + 1 })), yes)
    assert.equal(await judged('a.example', await certified({ validBefore: now })), no)
    assert.equal(await judged('a.example', await certified({ kind: 'user' })), no)
    assert.equal(await judged('a.example', await certified({ principals: ['b'] })), no)
    const none = new Uint8Array(0)
    for (const [odd, expected] of [
      [{}, yes],
      [{ criticalOptions: blobOf('x', '') }, no],
      [{ principals: none }, no],
      [{ extensions: blobOf('x', '') }, yes],
    ] as const) {
      const blob = await signedBy({ ...fieldsOf(await certified()), ...odd }, authority)
      assert.equal(await judged('a.example', blob), expected, Object.keys(odd).join())
    }
  })

  it('neither are plain keys nor have plain keys for authorities', async () => {
    const certificate = await certified()
    assert.equal(await judged('a.example', certificate, a, false), 'hidden, refuses')
    assert.equal(await judged('a.example', certificate, authority, false), 'hidden, refuses')
    assert.equal(await judged('a.example', certificate, b), 'hidden, refuses')
    assert.equal(await judged('a.example', a.publicKey.blob, a, true), 'hidden, refuses')
  })

  it('are refused where the authority did not sign them', async () => {
    const certificate = await certified()
    const { keyring, connection } = await roomFor(restrict(toA))
    certificate[certificate.length - 1]! ^= 1
    assert.equal(await bind(keyring, connection, a, s1, false, certificate), 'extension-failure')
  })

  it('count nothing where OpenSSH takes no such algorithm of an authority, though the binding holds', async () => {
    const [old, young] = [await privateKey('rsa2048'), await privateKey('../types/mldsa44-ed25519')]
    const all = { ...request, ...window } as CertificateRequest
    for (const [signer, algorithm, expected] of [
      [old, 'rsa-sha2-512', 'listed, signs'],
      [old, 'ssh-rsa', 'hidden, refuses'],
      [young, 'ssh-mldsa44-ed25519', 'hidden, refuses'],
    ] as const) {
      const { blob } = await issueCertificate(all, signer, { types: allTypes, algorithm })
      assert.equal(await judged('a.example', blob, signer), expected, algorithm)
    }
  })
})

describe('destinations: what is added', () => {
  it('must name plain keys of known types', async () => {
    const certificate = await issueCertificate(
      { kind: 'host', publicKey: a.publicKey, keyId: 'a', principals: ['a'], validAfter: 0, validBefore: 1e10 },
      authority,
      { types: allTypes },
    )
    const { publicKey } = await privateKey('../types/dsa')
    assert.equal(publicKey.type, dss.name)
    const blobs = [
      certificate.blob,
      opaquePublicKey(blobOf('ssh-foo', 'x')).blob,
      blobOf(ed25519.name, 'short'),
      publicKey.blob,
    ]
    for (const blob of blobs) {
      for (const place of ['from', 'to'] as const) {
        const { keyring } = newRoom()
        const odd = { user: '', host: 'x', keys: [{ key: blob, authority: false }] }
        const constraint = { from: hop('a', a), to: hop('b', b), [place]: odd }
        assert.equal(await add(keyring, key, [restrict(constraint)]), 'failure')
      }
    }
  })

  it('may be a security key, which both rules then hold for', async () => {
    const { keyring, connection } = newRoom({ authenticator: dummyAuthenticator })
    const secure = await dummyKey('example.com')
    assert.equal(await add(keyring, secure, [restrict(toA)]), 'success')
    const login = loginData({ sessionId: s1, key: secure.publicKey.blob, algorithm: secure.type })
    assert.equal(await sign(keyring, secure.publicKey, login, connection), undefined)
    await bind(keyring, connection, a, s1, false)
    assert.ok(await sign(keyring, secure.publicKey, login, connection))
  })
})

describe('session bindings', () => {
  it("hold by the host's signature over the session alone; an attempt in vain hides constrained keys", async () => {
    const { blob: hostKey } = a.publicKey
    const good = { hostKey, sessionId: s1, signature: (await a.sign(s1)).blob, forwarding: false }
    for (const binding of [
      { ...good, signature: (await b.sign(s1)).blob },
      { ...good, signature: (await a.sign(s2)).blob },
      { ...good, signature: new Uint8Array(0) },
      { ...good, hostKey: blobOf('ssh-foo', 'x') },
      { ...good, hostKey: new Uint8Array(0) },
    ]) {
      const room = await roomFor(restrict(toA))
      const free = await newKey()
      await add(room.keyring, free)
      const { kind } = await room.keyring.respond(encodeSessionBind(binding), room.connection)
      assert.equal(kind, 'extension-failure')
      assert.deepEqual(await list(room.keyring, room.connection), [free.publicKey.blob])
      // Another one is not touched by it; and a good one mends it.
      assert.equal((await list(room.keyring)).length, 2)
      assert.equal(await bind(room.keyring, room.connection, a, s1, false), 'success')
      assert.equal((await list(room.keyring, room.connection)).length, 2)
    }
  })

  it('survive every truncation and flipped bit of a request', async () => {
    const { keyring } = newRoom()
    const { contents, ...rest } = encodeSessionBind({
      hostKey: a.publicKey.blob,
      sessionId: s1,
      signature: (await a.sign(s1)).blob,
      forwarding: false,
    })
    for (let length = 0; length < contents.length; length++) {
      const { kind } = await keyring.respond({ ...rest, contents: contents.slice(0, length) }, newConnection())
      assert.equal(kind, 'extension-failure')
    }
    for (let bit = 0; bit < contents.length * 8 - 8; bit++) {
      const flipped = new Uint8Array(contents)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      const { kind } = await keyring.respond({ ...rest, contents: flipped }, newConnection())
      assert.equal(kind, 'extension-failure', `bit ${bit}`)
    }
  })

  it('end with a login, take a session twice from the same host, and never from two', async () => {
    const { keyring } = newRoom()
    const first = newConnection()
    assert.equal(await bind(keyring, first, a, s1, true), 'success')
    assert.equal(await bind(keyring, first, a, s1, true), 'success')
    assert.equal(await bind(keyring, first, b, s1, true), 'extension-failure', 'the same session, another host')
    assert.equal(await bind(keyring, first, a, s2, true), 'success', 'another session, the same host')
    assert.equal(await bind(keyring, first, b, s3, false), 'success')
    assert.equal(await bind(keyring, first, b, s3, false), 'extension-failure', 'bound for a login')
    assert.equal(await bind(keyring, first, c, utf8('session 4'), true), 'extension-failure')
    // ssh-agent looks from the first on and finds this one before the login.
    assert.equal(await bind(keyring, first, a, s1, true), 'success')
  })

  it('are sixteen at most, of sessions of 128 octets at most', async () => {
    const { keyring, connection } = newRoom()
    assert.equal(await bind(keyring, connection, a, new Uint8Array(129), true), 'extension-failure')
    assert.equal(await bind(keyring, connection, a, new Uint8Array(128), true), 'success')
    for (let i = 1; i < 16; i++) assert.equal(await bind(keyring, connection, a, utf8(`${i}`), true), 'success')
    assert.equal(await bind(keyring, connection, a, utf8('16'), true), 'extension-failure')
    assert.equal(await bind(keyring, connection, a, utf8('15'), true), 'success')
  })

  it('are taken while the agent is locked', async () => {
    const room = await roomFor(restrict(toA))
    const { keyring, connection } = room
    const passphrase = utf8('p')
    await keyring.respond({ kind: 'lock', passphrase }, connection)
    assert.equal(await bind(keyring, connection, a, s1, false), 'success')
    assert.equal(await verdict(room, s1), 'hidden, refuses')
    await keyring.respond({ kind: 'unlock', passphrase }, connection)
    assert.equal(await verdict(room, s1), 'listed, signs')
  })

  it("take any algorithm of the host's key, and a security key that was not touched", async () => {
    const { keyring } = newRoom()
    const old = await privateKey('rsa2048')
    for (const algorithm of old.algorithms) {
      const host = { publicKey: old.publicKey, sign: (data: Uint8Array) => old.sign(data, { algorithm }) }
      assert.equal(await bind(keyring, newConnection(), host, s1, false), 'success', algorithm)
    }
    const secure = await dummyKey('ssh:', 0)
    const { handle } = secure.exposeComponents()
    const request = {
      publicKey: secure.publicKey,
      application: utf8('ssh:'),
      handle: handle!,
      flags: 0,
      provider: undefined,
    }
    const host = {
      publicKey: secure.publicKey,
      sign: (message: Uint8Array) => dummyAuthenticator({ ...request, message }),
    }
    assert.equal(await bind(keyring, newConnection(), host, s1, false), 'success')
  })

  it('keep providers of security keys out, even where they failed', async () => {
    const secure = await dummyKey('ssh:')
    const { keyring, connection } = newRoom({ authenticator: dummyAuthenticator, allowProvider: () => true })
    const provider = { kind: 'sk-provider', provider: '/lib/sk.so' } as const
    assert.equal(await add(keyring, secure, [provider], connection), 'success')
    await keyring.respond({ kind: 'extension', name: 'session-bind@openssh.com', contents: utf8('') }, connection)
    assert.equal(await add(keyring, secure, [provider], connection), 'failure')
    assert.equal(await add(keyring, secure, [{ ...provider, provider: 'internal' }], connection), 'success')
  })
})
