import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { KeyUse } from '../../src/agent/index.ts'
import { type AddRequest, type Constraint, decodeQueryAnswer, encodeAdd } from '../../src/agent-protocol/index.ts'
import { issueCertificate } from '../../src/cert/index.ts'
import {
  type Components,
  decodeSignature,
  dss,
  ed25519,
  type KeyType,
  PrivateKey,
  verifySignature,
} from '../../src/keys/index.ts'
import { encodeText } from '../../src/wire/text.ts'
import { concat, repeatable, utf8 } from '../support/bytes.ts'
import { privateKey } from '../support/keys.ts'
import {
  add,
  dummyAuthenticator,
  dummyKey,
  list,
  loginData,
  newConnection,
  newKey,
  newRoom,
  sign,
  sshsigData,
} from './support.ts'

Error.stackTraceLimit = 0

const data = utf8('data')
const lifetime = (seconds: number): Constraint => ({ kind: 'lifetime', seconds })

/** Ed25519 whose components are remembered, secrets and all. */
function watched(): { readonly type: KeyType; readonly seen: Components[] } {
  const seen: Components[] = []
  const type: KeyType = {
    ...ed25519,
    checkPrivate(components) {
      seen.push(components)
      return ed25519.checkPrivate(components)
    },
  }
  return { type, seen }
}

const isZero = (bytes: Uint8Array): boolean => bytes.every((octet) => octet === 0)
const secretsOf = (seen: readonly Components[]): boolean[] => seen.map(({ seed }) => isZero(seed!))

describe('keyring: keys', () => {
  it('lists what was added, in its order, and signs with it', async () => {
    const { keyring } = newRoom()
    const keys = [await newKey(), await privateKey('rsa2048'), await privateKey('ecdsa384')]
    for (const key of keys) assert.equal(await add(keyring, key), 'success')
    assert.deepEqual(
      await list(keyring),
      keys.map(({ publicKey }) => publicKey.blob),
    )
    for (const { publicKey, keyType } of keys) {
      const signature = await sign(keyring, publicKey, data)
      await verifySignature(publicKey, signature!, data, { types: [keyType], algorithms: [publicKey.type] })
    }
  })

  it('signs with RSA by its flags, SHA-256 before SHA-512, and with SHA-1 where none says otherwise', async () => {
    const { keyring } = newRoom()
    const { publicKey } = await privateKey('rsa2048')
    await add(keyring, await privateKey('rsa2048'))
    const made: string[] = []
    for (const flags of [0, 2, 4, 6, 1, 8]) {
      made.push(decodeSignature((await sign(keyring, publicKey, data, newConnection(), flags))!).algorithm)
    }
    assert.deepEqual(made, ['ssh-rsa', 'rsa-sha2-256', 'rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa', 'ssh-rsa'])
  })

  it('keeps a certificate beside its key, each under its own name', async () => {
    const { keyring } = newRoom()
    const [key, authority] = [await newKey(), await newKey()]
    const certificate = await certify(key, authority)
    assert.equal(await add(keyring, key), 'success')
    assert.equal(await add(keyring, key, [], newConnection(), certificate), 'success')
    assert.deepEqual(await list(keyring), [key.publicKey.blob, certificate.blob])
    const signature = await sign(keyring, certificate, data)
    await verifySignature(key.publicKey, signature!, data, { types: [ed25519] })
    const remove = { kind: 'remove', key: key.publicKey.blob } as const
    assert.equal((await keyring.respond(remove, newConnection())).kind, 'success')
    assert.deepEqual(await list(keyring), [certificate.blob])
    assert.equal(await sign(keyring, key.publicKey, data), undefined)
    assert.ok(await sign(keyring, certificate, data))
  })

  it('refuses a certificate that its authority did not sign', async () => {
    const { keyring, refusals } = newRoom()
    const [key, authority] = [await newKey(), await newKey()]
    const certificate = await certify(key, authority)
    const request = encodeAdd(key, { certificate })
    const at = certificate.blob.length + 4 + certificate.type.length + 4
    request.contents[at - 1]! ^= 1
    assert.equal((await keyring.respond(request, newConnection())).kind, 'failure')
    assert.deepEqual([refusals, await list(keyring)], [['bad-signature'], []])
  })

  it('refuses DSA, unknown types, and halves that do not belong together', async () => {
    const { keyring, refusals } = newRoom()
    const dsa = await privateKey('../types/dsa')
    assert.equal(dsa.keyType, dss)
    const other = (await newKey()).exposeComponents()
    const wrong = new PrivateKey(ed25519, { ...other, seed: (await newKey()).exposeComponents().seed! }, '')
    for (const key of [dsa, wrong, new PrivateKey({ ...ed25519, name: 'ssh-foo' }, other, '')]) {
      assert.equal(await add(keyring, key), 'failure')
    }
    assert.deepEqual(refusals, ['unsupported-type', 'key-mismatch', 'unsupported-type'])
    assert.deepEqual(await list(keyring), [])
  })

  it('answers every truncation and every flipped bit of an add, and keeps no key with secrets of another', async () => {
    const key = await newKey()
    const { contents } = encodeAdd(key, { constraints: [lifetime(60), { kind: 'confirm' }] })
    const { keyring } = newRoom()
    const inputs: Uint8Array[] = []
    for (let length = 0; length < contents.length; length++) inputs.push(contents.slice(0, length))
    for (let bit = 0; bit < contents.length * 8; bit++) {
      const flipped = new Uint8Array(contents)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      inputs.push(flipped)
    }
    for (const input of inputs) {
      const request: AddRequest = { kind: 'add', constrained: true, contents: input }
      const { kind } = await keyring.respond(request, newConnection())
      assert.ok(kind === 'success' || kind === 'failure')
    }
    for (const blob of await list(keyring)) assert.deepEqual(blob, key.publicKey.blob)
  })

  it('has room for so many keys and for lists of 256 KiB', async () => {
    const { keyring, refusals } = newRoom({ maxKeys: 2 })
    const [first, second, third] = [await newKey(), await newKey(), await newKey()]
    for (const key of [first, second, third, second]) await add(keyring, key)
    assert.deepEqual(refusals, ['limit'])
    assert.deepEqual(await list(keyring), [first.publicKey.blob, second.publicKey.blob])

    const large = newRoom()
    const comment = 'c'.repeat(100_000)
    for (const key of [first, second, third]) await large.keyring.respond(encodeAdd(key, { comment }), newConnection())
    assert.deepEqual([large.refusals, (await list(large.keyring)).length], [['limit'], 2])
    // In place of one that is there, there is room.
    await large.keyring.respond(encodeAdd(second, { comment }), newConnection())
    assert.equal(large.refusals.length, 1)
  })

  it('keeps its own bytes: neither request nor answer is a way to them', async () => {
    const { keyring } = newRoom()
    const key = await newKey()
    const request = encodeAdd(key)
    await keyring.respond(request, newConnection())
    request.contents.fill(0)
    for (const blob of await list(keyring)) blob.fill(0)
    assert.deepEqual(await list(keyring), [key.publicKey.blob])
    assert.ok(await sign(keyring, key.publicKey, data))
  })

  it('refuses tokens, unknown messages and unknown extensions, and says what it has', async () => {
    const { keyring, connection, refusals } = newRoom()
    const [token, pin, constraints] = ['/lib/p11.so', data, [] as const]
    for (const request of [
      { kind: 'add-token', constrained: false, token, pin, constraints },
      { kind: 'remove-token', token, pin },
      { kind: 'unknown', type: 1, contents: data },
      { kind: 'extension', name: 'nobody@example.com', contents: data },
    ] as const) {
      assert.deepEqual(await keyring.respond(request, connection), { kind: 'failure' })
    }
    assert.equal(refusals.length, 4)
    const answer = await keyring.respond({ kind: 'extension', name: 'query', contents: utf8('') }, connection)
    assert.ok(answer.kind === 'extension' && answer.name === 'query')
    assert.deepEqual(decodeQueryAnswer(answer.contents), ['session-bind@openssh.com'])
  })
})

async function certify(key: PrivateKey, authority: PrivateKey) {
  const { publicKey } = key
  const request = {
    kind: 'user',
    publicKey,
    keyId: 'k',
    principals: ['alice'],
    validAfter: 0,
    validBefore: 1e10,
  } as const
  return issueCertificate(request, authority, { types: [ed25519] })
}

describe('keyring: wiping', () => {
  it('overwrites keys that are removed, replaced, refused, expired, and all of them at its end', async () => {
    const { type, seen } = watched()
    let time = 0
    const { keyring, connection } = newRoom({ types: [type], clock: () => time })
    const key = await newKey()
    const others = await Promise.all([1, 2, 3].map(() => newKey()))
    await add(keyring, key)
    assert.deepEqual(secretsOf(seen), [false])
    await add(keyring, key)
    assert.deepEqual(secretsOf(seen), [true, false], 'replaced')
    await keyring.respond({ kind: 'remove', key: key.publicKey.blob }, connection)
    assert.deepEqual(secretsOf(seen), [true, true], 'removed')
    await keyring.respond({ kind: 'lock', passphrase: data }, connection)
    await add(keyring, key)
    await keyring.respond({ kind: 'unlock', passphrase: data }, connection)
    assert.equal(seen.length, 2, 'not even read while it is locked')
    await add(keyring, others[0]!, [lifetime(10)])
    time = 10_000
    assert.deepEqual(await list(keyring), [])
    assert.deepEqual(secretsOf(seen), [true, true, true], 'expired')
    await add(keyring, others[1]!)
    await keyring.respond({ kind: 'remove-all' }, connection)
    await add(keyring, others[2]!)
    keyring.wipe()
    assert.deepEqual(secretsOf(seen), [true, true, true, true, true])
    assert.deepEqual(await list(keyring), [])
  })

  it('overwrites what it refuses after it was read', async () => {
    const { type, seen } = watched()
    const { keyring } = newRoom({ types: [type], maxKeys: 0 })
    assert.equal(await add(keyring, await newKey()), 'failure')
    assert.deepEqual(secretsOf(seen), [true])
  })

  it('overwrites by a timer, without a request', async () => {
    const { type, seen } = watched()
    const { keyring } = newRoom({ types: [type] })
    await add(keyring, await newKey(), [lifetime(0)])
    while (!isZero(seen[0]!.seed!)) await new Promise((done) => setTimeout(done, 1))
    assert.deepEqual(await list(keyring), [])
  })

  it('does not use a key that was removed while it was waiting to be confirmed', async () => {
    for (const kind of ['remove-all', 'replace', 'lock'] as const) {
      let asked = (): void => {}
      const wait = new Promise<void>((resolve) => {
        asked = resolve
      })
      let answer = (_yes: boolean): void => {}
      const decision = new Promise<boolean>((resolve) => {
        answer = resolve
      })
      const confirm = (): Promise<boolean> => {
        asked()
        return decision
      }
      const { keyring, connection } = newRoom({ confirm })
      const key = await newKey()
      await add(keyring, key, [{ kind: 'confirm' }])
      const signed = sign(keyring, key.publicKey, data)
      await wait
      if (kind === 'replace') await add(keyring, key)
      else if (kind === 'lock') await keyring.respond({ kind, passphrase: data }, connection)
      else await keyring.respond({ kind }, connection)
      answer(true)
      assert.equal(await signed, undefined, kind)
    }
  })
})

describe('keyring: lifetimes', () => {
  it('forgets a key at its time, and takes the new time where it is added again', async () => {
    let time = 5_000_000
    const { keyring } = newRoom({ clock: () => time })
    const key = await newKey()
    await add(keyring, key, [lifetime(60)])
    time += 59_999
    assert.ok(await sign(keyring, key.publicKey, data))
    await add(keyring, key, [lifetime(60)])
    time += 59_999
    assert.ok(await sign(keyring, key.publicKey, data))
    time += 1
    assert.equal(await sign(keyring, key.publicKey, data), undefined)
    assert.deepEqual(await list(keyring), [])
    await add(keyring, key, [lifetime(60)])
    await add(keyring, key)
    time += 1e9
    assert.deepEqual(await list(keyring), [key.publicKey.blob])
  })

  it('gives a lifetime to keys that come without one', async () => {
    let time = 0
    const { keyring } = newRoom({ clock: () => time, lifetime: 30 })
    const [first, second] = [await newKey(), await newKey()]
    await add(keyring, first)
    await add(keyring, second, [lifetime(40)])
    time = 30_000
    assert.deepEqual(await list(keyring), [second.publicKey.blob])
    time = 40_000
    assert.deepEqual(await list(keyring), [])
  })

  it('goes on from where it was when the clock is set forward or back', async () => {
    let time = 1_000_000
    const { keyring } = newRoom({ clock: () => time })
    await add(keyring, await newKey(), [lifetime(10)])
    time += 9_000
    assert.equal((await list(keyring)).length, 1)
    time -= 500_000
    assert.equal((await list(keyring)).length, 1)
    time += 1_000
    assert.deepEqual(await list(keyring), [])
    time += 500_000
    await add(keyring, await newKey(), [lifetime(1)])
    time -= 500_000
    assert.equal((await list(keyring)).length, 1)
    time += 1_000
    assert.deepEqual(await list(keyring), [])
  })

  it('drops a key whose time ends while its use is waiting to be confirmed', async () => {
    let time = 0
    const { keyring } = newRoom({
      clock: () => time,
      confirm: () => {
        time = 10_000
        return true
      },
    })
    const key = await newKey()
    await add(keyring, key, [lifetime(10), { kind: 'confirm' }])
    assert.equal(await sign(keyring, key.publicKey, data), undefined)
  })

  it('takes only whole seconds of its options', () => {
    for (const bad of [0, -1, 1.5, Number.NaN]) assert.throws(() => newRoom({ lifetime: bad }), TypeError)
    assert.throws(() => newRoom({ maxKeys: -1 }), TypeError)
  })
})

describe('keyring: confirmation', () => {
  it('denies without a function, and whatever is not true', async () => {
    const answers = [undefined, () => false, () => 'yes' as unknown as boolean, () => Promise.reject(new Error('gone'))]
    for (const confirm of answers) {
      const { keyring, refusals } = newRoom(confirm ? { confirm } : {})
      const key = await newKey()
      await add(keyring, key, [{ kind: 'confirm' }])
      assert.equal(await sign(keyring, key.publicKey, data), undefined)
      assert.equal(refusals.length, 1)
      assert.deepEqual(await list(keyring), [key.publicKey.blob])
    }
  })

  it('tells the key and what is asked, and asks each time', async () => {
    const uses: KeyUse[] = []
    const { keyring } = newRoom({
      confirm: async (use) => {
        uses.push(use)
        return true
      },
    })
    const key = await newKey()
    const { blob } = key.publicKey
    await add(keyring, key, [{ kind: 'confirm' }])
    const sessionId = utf8('session')
    const login = loginData({ sessionId, key: blob, algorithm: key.type, user: 'bob' })
    for (const message of [login, sshsigData('git'), data]) assert.ok(await sign(keyring, key.publicKey, message))
    assert.deepEqual(
      uses.map(({ purpose }) => purpose),
      [
        { kind: 'login', user: 'bob', sessionId, algorithm: key.type, hostKey: undefined },
        { kind: 'sshsig', namespace: 'git' },
        { kind: 'other' },
      ],
    )
    assert.deepEqual([uses[2]!.key, uses[2]!.comment, uses[2]!.data], [blob, 'a key', data])
  })

  it('asks no more once the key is added again without the constraint', async () => {
    const { keyring } = newRoom()
    const key = await newKey()
    await add(keyring, key, [{ kind: 'confirm' }])
    assert.equal(await sign(keyring, key.publicKey, data), undefined)
    await add(keyring, key)
    assert.ok(await sign(keyring, key.publicKey, data))
  })
})

describe('keyring: constraints', () => {
  it('refuses a key with a constraint that it does not know, or that is not for keys', async () => {
    const contents = utf8('contents')
    for (const constraint of [
      { kind: 'unknown', type: 9, contents },
      { kind: 'extension', name: 'nobody@example.com', contents },
      { kind: 'associated-certs', certificatesOnly: false, certificates: [] },
      { kind: 'sk-provider', provider: 'internal' },
    ] as const) {
      const { keyring, refusals } = newRoom()
      assert.equal(await add(keyring, await newKey(), [lifetime(60), constraint]), 'failure', constraint.kind)
      assert.deepEqual([refusals, await list(keyring)], [['agent-refused'], []])
    }
  })

  it('looks for constraints whatever the message number says', async () => {
    const { keyring } = newRoom()
    const key = await newKey()
    const { contents } = encodeAdd(key, { constraints: [{ kind: 'confirm' }] })
    await keyring.respond({ kind: 'add', constrained: false, contents }, newConnection())
    assert.equal(await sign(keyring, key.publicKey, data), undefined)
  })
})

describe('keyring: security keys', () => {
  const provider = (path: string): Constraint => ({ kind: 'sk-provider', provider: path })

  it('are taken only with an authenticator, and of the providers that are allowed', async () => {
    const key = await dummyKey('ssh:')
    const without = newRoom()
    assert.equal(await add(without.keyring, key), 'failure')
    const authenticator = dummyAuthenticator
    const { keyring } = newRoom({ authenticator })
    for (const constraints of [[], [provider('internal')], [provider('INTERNAL')]]) {
      assert.equal(await add(keyring, key, constraints), 'success')
    }
    assert.equal(await add(keyring, key, [provider('/lib/sk.so')]), 'failure')
    const allowing = newRoom({ authenticator, allowProvider: (path) => path === '/lib/sk.so' })
    assert.equal(await add(allowing.keyring, key, [provider('/lib/sk.so')]), 'success')
    assert.equal(await add(allowing.keyring, key, [provider('/lib/other.so')]), 'failure')
  })

  it('sign through the authenticator, which is told what it needs', async () => {
    const asked: unknown[] = []
    const { keyring } = newRoom({
      authenticator(request) {
        const { application, flags, provider: path, message } = request
        asked.push([application, flags, path, message])
        return dummyAuthenticator(request)
      },
    })
    const key = await dummyKey('ssh:work')
    await add(keyring, key, [provider('internal')])
    const signature = await sign(keyring, key.publicKey, data)
    const facts = await verifySignature(key.publicKey, signature!, data, { types: [key.keyType] })
    assert.equal(facts.userPresent, true)
    assert.deepEqual(asked, [[utf8('ssh:work'), 1, 'internal', data]])
  })

  it('give nothing out that does not verify, was not touched, or came after the key had gone', async () => {
    const key = await dummyKey('ssh:')
    const untouched = newRoom({ authenticator: (request) => dummyAuthenticator({ ...request, flags: 0 }) })
    const wrong = newRoom({ authenticator: (request) => dummyAuthenticator({ ...request, message: utf8('other') }) })
    const late = newRoom({
      async authenticator(request) {
        late.keyring.wipe()
        return dummyAuthenticator(request)
      },
    })
    for (const { keyring } of [untouched, wrong, late]) {
      await add(keyring, key)
      assert.equal(await sign(keyring, key.publicKey, data), undefined)
    }
    assert.deepEqual(
      [untouched, wrong, late].map(({ refusals }) => refusals),
      [['touch-required'], ['bad-signature'], ['agent-refused']],
    )
    const needless = await dummyKey('ssh:', 0)
    await add(untouched.keyring, needless)
    assert.ok(await sign(untouched.keyring, needless.publicKey, data))
  })

  it('of a web page sign logins with themselves and SSHSIG, and nothing that a web page could be shown', async () => {
    const { keyring } = newRoom({ authenticator: dummyAuthenticator })
    const key = await dummyKey('example.com')
    const { blob } = key.publicKey
    await add(keyring, key)
    const sessionId = utf8('session')
    const login = { sessionId, key: blob, algorithm: key.type }
    const other = (await dummyKey('example.com')).publicKey.blob
    const good = [loginData(login), loginData({ ...login, hostKey: utf8('host') }), sshsigData()]
    const bad = [
      data,
      new Uint8Array(0),
      loginData({ ...login, key: other }),
      loginData({ ...login, algorithm: ed25519.name }),
      loginData({ ...login, sessionId: new Uint8Array(0) }),
      loginData({ ...login, service: 'ssh-userauth' }),
      loginData({ ...login, method: 'hostbased' }),
      loginData({ ...login, method: 'publickey-hostbound-v00@openssh.com' }),
      loginData({ ...login, type: 51 }),
      loginData({ ...login, signed: 2 }),
      loginData({ ...login, more: Uint8Array.of(0) }),
      loginData({ ...login, user: 'a\0b' }),
      concat(sshsigData(), Uint8Array.of(0)),
      sshsigData().slice(0, -1),
      sshsigData().slice(1),
    ]
    for (const [i, message] of good.entries()) assert.ok(await sign(keyring, key.publicKey, message), `good ${i}`)
    for (const [i, message] of bad.entries()) {
      assert.equal(await sign(keyring, key.publicKey, message), undefined, `bad ${i}`)
    }
    for (let length = 0; length < good[0]!.length; length++) {
      assert.equal(await sign(keyring, key.publicKey, good[0]!.slice(0, length)), undefined)
    }
  })
})

describe('keyring: lock', () => {
  const lock = (text: string) => ({ kind: 'lock', passphrase: utf8(text) }) as const
  const unlock = (text: string) => ({ kind: 'unlock', passphrase: utf8(text) }) as const

  it('hides the keys and refuses all else until it is opened', async () => {
    const { keyring, connection } = newRoom()
    const key = await newKey()
    await add(keyring, key)
    assert.equal((await keyring.respond(unlock('p'), connection)).kind, 'failure', 'not locked')
    assert.equal((await keyring.respond(lock(''), connection)).kind, 'failure', 'empty')
    assert.equal((await keyring.respond(lock('p'), connection)).kind, 'success')
    assert.deepEqual(await keyring.respond({ kind: 'list' }, connection), { kind: 'identities', identities: [] })
    const { blob } = key.publicKey
    for (const request of [
      { kind: 'sign', key: blob, data, flags: 0 },
      encodeAdd(await newKey()),
      { kind: 'remove', key: blob },
      { kind: 'remove-all' },
      { kind: 'remove-all', legacy: true },
      lock('p'),
      { kind: 'extension', name: 'query', contents: new Uint8Array(0) },
      { kind: 'unknown', type: 99, contents: data },
      unlock(''),
      unlock('q'),
    ] as const) {
      assert.deepEqual(await keyring.respond(request, connection), { kind: 'failure' }, request.kind)
    }
    assert.equal((await keyring.respond(unlock('p'), connection)).kind, 'success')
    assert.deepEqual(await list(keyring), [blob])
    assert.ok(await sign(keyring, key.publicKey, data))
  })

  it('is locked from the request on, not from its answer', async () => {
    const { keyring, connection } = newRoom()
    await add(keyring, await newKey())
    const locking = keyring.respond(lock('p'), connection)
    assert.deepEqual(await list(keyring), [])
    assert.equal((await locking).kind, 'success')
  })

  it('does not take a key whose add was under way when it was locked', async () => {
    let go = (): void => {}
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    const slow: KeyType = { ...ed25519, checkPrivate: async (c) => gate.then(() => ed25519.checkPrivate(c)) }
    const { keyring, connection } = newRoom({ types: [slow] })
    const adding = add(keyring, await newKey())
    await keyring.respond(lock('p'), connection)
    go()
    assert.equal(await adding, 'failure')
    await keyring.respond(unlock('p'), connection)
    assert.deepEqual(await list(keyring), [])
  })

  it('waits longer after each failure, up to ten seconds, for all connections together', async () => {
    const delays: number[] = []
    let waiting = 0
    const { keyring } = newRoom({
      async delay(ms) {
        assert.equal(waiting++, 0, 'one attempt at a time')
        delays.push(ms)
        await new Promise((done) => setTimeout(done, 0))
        waiting--
      },
    })
    await keyring.respond(lock('p'), newConnection())
    await Promise.all([1, 2, 3].map(() => keyring.respond(unlock('q'), newConnection())))
    assert.deepEqual(delays, [100, 200, 300])
    for (let i = 0; i < 99; i++) await keyring.respond(unlock('q'), newConnection())
    assert.deepEqual([delays[99], delays[100], delays.at(-1)], [10_000, 10_000, 10_000])
    assert.equal((await keyring.respond(unlock('p'), newConnection())).kind, 'success')
    await keyring.respond(lock('p'), newConnection())
    await keyring.respond(unlock('q'), newConnection())
    assert.equal(delays.at(-1), 100)
  })

  it('takes another passphrase the next time, and each with a salt of its own', async () => {
    const drawn: number[] = []
    const random = repeatable(7)
    const { keyring, connection } = newRoom({
      random(length) {
        drawn.push(length)
        return random(length)
      },
    })
    for (const passphrase of ['first', 'second']) {
      await keyring.respond(lock(passphrase), connection)
      assert.equal((await keyring.respond(unlock('third'), connection)).kind, 'failure')
      assert.equal((await keyring.respond(unlock(passphrase), connection)).kind, 'success')
    }
    assert.deepEqual(drawn, [16, 16])
  })
})

describe('keyring: many clients', () => {
  it('answers 200 connections at once, each with its own signature', async () => {
    const { keyring } = newRoom()
    const key = await newKey()
    await add(keyring, key)
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const connection = newConnection()
        const listed = await list(keyring, connection)
        return [listed, await sign(keyring, key.publicKey, encodeText(`message ${i}`), connection)] as const
      }),
    )
    for (const [i, [listed, signature]] of answers.entries()) {
      assert.deepEqual(listed, [key.publicKey.blob])
      await verifySignature(key.publicKey, signature!, encodeText(`message ${i}`), { types: [ed25519] })
    }
  })
})
