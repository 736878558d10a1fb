import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createKeyring } from '../../src/agent/index.ts'
import { type AgentRequest, type AgentResponse, encodeAdd, encodeSessionBind } from '../../src/agent-protocol/index.ts'
import {
  authorityClient,
  type CertificateAgentOptions,
  type CertificateEvent,
  createAuthority,
  createCertificateAgent,
  definePolicy,
  keepTokens,
  type Token,
  type WaitingConnection,
} from '../../src/ca/index.ts'
import { decodeLogin } from '../../src/ca/login-extension.ts'
import { decodeCertificate } from '../../src/cert/index.ts'
import { AuthorityError } from '../../src/errors.ts'
import { allTypes, ed25519, generatePrivateKey, verifySignature } from '../../src/keys/index.ts'
import { decodeSignature } from '../../src/keys/signature.ts'
import { decodeText, encodeText } from '../../src/wire/text.ts'
import { Writer } from '../../src/wire/writer.ts'
import { utf8 } from '../support/bytes.ts'

const START = 1_800_000_000_000

/** An authority in this process, a clock that stands still, and an agent of both. */
async function world(options: Partial<CertificateAgentOptions> = {}, lifetime = 120) {
  const time = { now: START }
  const clock = () => time.now
  const events: CertificateEvent[] = []
  const asked: string[] = []
  const authority = createAuthority({
    url: 'https://ssh.example',
    signer: await generatePrivateKey(ed25519),
    authenticate: async (token) => {
      if (token.startsWith('bad')) throw new AuthorityError('unauthenticated', `the token ${token} is none`)
      return { id: 'alice', issuer: 'i', subject: 's', groups: [], method: 'test', tokenExpires: 4e9 }
    },
    policy: definePolicy({
      hostGroups: { web: {} },
      grants: [{ users: ['alice'], accounts: ['deploy', 'www'], hosts: ['web'], lifetime, maxLifetime: 3600 }],
    }),
    record: () => {},
    clock,
    types: allTypes,
  })
  const client = authorityClient({
    url: 'https://ssh.example',
    types: allTypes,
    clock,
    fetch: async (url, init) => {
      asked.push(url.slice('https://ssh.example'.length))
      return authority.fetch(new Request(url, init), { remoteAddress: '192.0.2.7' }) as never
    },
  })
  const given: string[] = []
  const source = async (): Promise<Token> => {
    given.push(`token-${given.length}`)
    return { token: given.at(-1)! }
  }
  const agent = createCertificateAgent({
    client,
    tokens: keepTokens(source, { clock }),
    types: allTypes,
    keyType: ed25519,
    clock,
    onEvent: (event) => events.push(event),
    ...options,
  })
  const issued = () => asked.filter((path) => path === '/v1/user').length
  return { time, events, asked, agent, given, issued, client, kinds: () => events.map(({ kind }) => kind).join(' ') }
}

const open = (): WaitingConnection => ({ closed: new Promise<void>(() => {}) })

type Answers = { respond(request: AgentRequest, connection: WaitingConnection): Promise<AgentResponse> }

async function list(agent: Answers, connection = open()) {
  const answer = await agent.respond({ kind: 'list' }, connection)
  assert.equal(answer.kind, 'identities')
  return answer.kind === 'identities' ? answer.identities : []
}

/** What ssh has signed to log in. */
function login(key: Uint8Array, sessionId = new Uint8Array(32).fill(7)): Uint8Array {
  const writer = new Writer().string(sessionId).u8(50).string('deploy').string('ssh-connection').string('publickey')
  return writer.u8(1).string('ssh-ed25519-cert-v01@openssh.com').string(key).take()
}

const sign = (agent: Answers, key: Uint8Array, data = login(key), connection = open()) =>
  agent.respond({ kind: 'sign', key, data, flags: 0 }, connection)

const extension = (agent: Answers, contents: Uint8Array, connection = open()) =>
  agent.respond({ kind: 'extension', name: 'login@hawser', contents }, connection)

const token = (text: string, expires = 0) => new Writer().string(text).u64(BigInt(expires)).take()

it('a certificate is asked for at the first list, says who and how long, and signs logins alone', async () => {
  const { agent, issued, events, asked } = await world()
  assert.deepEqual(asked, [])
  const [identity, ...more] = await list(agent)
  assert.deepEqual(more, [])
  assert.equal(identity!.comment, 'alice, 2 min 0 s left')
  const certificate = decodeCertificate(identity!.key, { types: allTypes })
  assert.deepEqual(certificate.principals, ['deploy@web', 'www@web'])
  const answer = await sign(agent, identity!.key)
  assert.ok(answer.kind === 'signature')
  await verifySignature(certificate.publicKey, decodeSignature(answer.signature), login(identity!.key), {
    types: allTypes,
  })
  for (const data of [utf8('anything'), utf8('SSHSIG...'), login(certificate.publicKey.blob)]) {
    assert.equal((await sign(agent, identity!.key, data)).kind, 'failure')
  }
  // Nor under the plain key's name.
  assert.equal((await sign(agent, certificate.publicKey.blob, login(certificate.publicKey.blob))).kind, 'failure')
  await list(agent)
  assert.equal(issued(), 1)
  assert.deepEqual(
    events.slice(0, 2).map(({ kind }) => kind),
    ['asking', 'issued'],
  )
})

it('those who ask at the same time wait for one answer', async () => {
  const { agent, issued, given } = await world()
  const lists = await Promise.all(Array.from({ length: 20 }, () => list(agent)))
  assert.equal(new Set(lists.map(([one]) => decodeText(one!.key))).size, 1)
  assert.deepEqual([issued(), given.length], [1, 1])
})

it('it is renewed where less than 20 seconds are left and somebody signs, and never on its own', async () => {
  const { agent, issued, time, kinds } = await world({ behind: createKeyring({ types: allTypes }) })
  const [first] = await list(agent)
  time.now += 99_000
  await sign(agent, first!.key)
  assert.equal(issued(), 1)
  time.now += 2000
  assert.equal((await sign(agent, first!.key)).kind, 'signature')
  while (issued() < 2) await new Promise((done) => setTimeout(done, 5))
  const [second] = await list(agent)
  assert.notDeepEqual(second!.key, first!.key)
  assert.equal(second!.comment, 'alice, 2 min 0 s left')
  // The one that was listed before still serves until it ends.
  assert.equal((await sign(agent, first!.key)).kind, 'signature')
  time.now += 20_000
  assert.equal((await sign(agent, first!.key)).kind, 'failure')
  assert.equal(issued(), 2)
  time.now += 200_000
  await agent.respond({ kind: 'extension', name: 'query', contents: new Uint8Array(0) }, open())
  assert.equal(issued(), 2)
  assert.match(kinds(), /^asking issued asking issued expired expired$/)
  assert.equal((await sign(agent, second!.key)).kind, 'failure')
  assert.equal((await list(agent)).length, 1)
  assert.equal(issued(), 3)
})

it('a failure leaves the other agent alone, is told, and nobody is asked again for a while', async () => {
  const other = createKeyring({ types: allTypes })
  const key = await generatePrivateKey(ed25519, { comment: 'mine' })
  await other.respond(encodeAdd(key), open())
  let fails = 0
  const tokens = keepTokens(async () => {
    fails++
    throw new AuthorityError('login-failed', 'nobody is there')
  })
  const { agent, events, time, issued } = await world({ tokens, behind: other })
  for (let i = 0; i < 3; i++)
    assert.deepEqual(
      (await list(agent)).map(({ comment }) => comment),
      ['mine'],
    )
  assert.equal(fails, 1)
  const failed = events.find(({ kind }) => kind === 'failed')
  assert.deepEqual(failed?.kind === 'failed' && [(failed.error as Error).message, failed.pause], ['nobody is there', 5])
  // The other key signs whatever it likes, and asks nobody.
  assert.equal((await sign(agent, key.publicKey.blob, utf8('a commit'))).kind, 'signature')
  time.now += 6000
  await list(agent)
  assert.equal(fails, 2)
  assert.equal(issued(), 0)
})

it('stands in front of the other agent: both are listed, added to, locked, asked what they can', async () => {
  const other = createKeyring({ types: allTypes, delay: async () => {} })
  const { agent, issued } = await world({ behind: other, delay: async () => {} })
  const key = await generatePrivateKey(ed25519, { comment: 'mine' })
  assert.equal((await agent.respond(encodeAdd(key), open())).kind, 'success')
  assert.deepEqual(
    (await list(agent)).map(({ comment }) => comment),
    ['alice, 2 min 0 s left', 'mine'],
  )
  const answer = await agent.respond({ kind: 'extension', name: 'query', contents: new Uint8Array(0) }, open())
  assert.ok(answer.kind === 'extension' && decodeText(answer.contents).includes('login@hawser'))
  const passphrase = () => utf8('secret')
  assert.equal((await agent.respond({ kind: 'lock', passphrase: passphrase() }, open())).kind, 'success')
  assert.deepEqual(await list(agent), [])
  assert.equal((await extension(agent, token('another'))).kind, 'extension-failure')
  assert.equal((await agent.respond({ kind: 'unlock', passphrase: passphrase() }, open())).kind, 'success')
  assert.equal((await list(agent)).length, 2)
  assert.equal(issued(), 1)
  // Emptied, it is logged out as well.
  assert.equal((await agent.respond({ kind: 'remove-all' }, open())).kind, 'success')
  assert.equal((await list(agent)).length, 1)
  assert.equal(issued(), 2)
})

it('without another agent it takes no keys', async () => {
  const { agent } = await world()
  assert.equal((await agent.respond(encodeAdd(await generatePrivateKey(ed25519)), open())).kind, 'failure')
})

it('what was asked for is given up when the client goes, and not when another still waits', async () => {
  let aborted = 0
  const tokens = keepTokens(
    ({ signal }) =>
      new Promise((_, reject) =>
        signal!.addEventListener('abort', () => {
          aborted++
          reject(signal!.reason)
        }),
      ),
  )
  const { agent } = await world({ tokens })
  const leaves: (() => void)[] = []
  const leaving = (): WaitingConnection => ({
    closed: new Promise<void>(() => {}),
    ended: new Promise<void>((done) => leaves.push(done)),
  })
  const both = [list(agent, leaving()), list(agent, leaving())]
  leaves[0]!()
  assert.deepEqual(await both[0], [])
  assert.equal(aborted, 0)
  leaves[1]!()
  assert.deepEqual(await both[1], [])
  assert.equal(aborted, 1)
})

it('a login has so much time and no more', async () => {
  const tokens = keepTokens(() => new Promise(() => {}))
  const { agent, events } = await world({ tokens, patience: 1 })
  assert.deepEqual(await list(agent), [])
  assert.match(String(events.at(-1)?.kind === 'failed' && (events.at(-1) as { error: Error }).error), /within 1 s/)
})

it('login@hawser says which authority it is, takes a token, asks at once, and says what went wrong', async () => {
  const { agent, given, issued, client } = await world()
  const json = (answer: AgentResponse) => JSON.parse(answer.kind === 'extension' ? decodeText(answer.contents) : '{}')
  assert.deepEqual(json(await extension(agent, new Uint8Array(0))), { authority: client.url })
  const refusedOne = json(await extension(agent, token('bad-token-of-mine')))
  assert.equal(refusedOne.error.code, 'unauthenticated')
  assert.ok(!JSON.stringify(refusedOne).includes('bad-token-of-mine'))
  const contents = token('handed-over', 4_000_000_000)
  assert.match(json(await extension(agent, contents)).certificate, /^ssh-ed25519-cert-v01@openssh\.com /)
  assert.ok(contents.every((octet) => octet === 0))
  await list(agent)
  assert.deepEqual([given, issued()], [[], 2])
  for (const wrong of [
    utf8('x'),
    token(''),
    token('with space'),
    token('x'.repeat(20_000)),
    Uint8Array.of(0, 0, 0, 1, 65),
  ]) {
    assert.equal((await extension(agent, wrong)).kind, 'extension-failure')
  }
})

it('a login ends the waiting of those who wait for a person', async () => {
  let asked = (): void => {}
  const asking = new Promise<void>((done) => {
    asked = done
  })
  const tokens = keepTokens(() => {
    asked()
    return new Promise(() => {})
  })
  const { agent } = await world({ tokens })
  const waits = list(agent)
  await asking
  await extension(agent, token('handed-over'))
  assert.equal((await waits).length, 1)
})

it('a token that the authority no longer takes is asked for anew, once', async () => {
  const tokens = keepTokens(async () => ({ token: 'good' }))
  tokens.accept({ token: 'bad-and-old' })
  const { agent, issued } = await world({ tokens })
  assert.equal((await list(agent)).length, 1)
  assert.equal(issued(), 2)
  const same = await world({ tokens: keepTokens(async () => ({ token: 'bad' })) })
  assert.deepEqual(await list(same.agent), [])
  assert.equal(same.issued(), 1)
  assert.ok(!JSON.stringify(same.events.map((event) => 'error' in event && String(event.error))).includes('token bad'))
})

it('over a connection from elsewhere there is no certificate, no login, nothing is asked; bound, it signs for its session', async () => {
  const host = await generatePrivateKey(ed25519)
  const bind = async (agent: Answers, connection: WaitingConnection, forwarding: boolean, break_ = false) => {
    const sessionId = new Uint8Array(32).fill(7)
    const { blob } = await host.sign(break_ ? utf8('other') : sessionId)
    const request = encodeSessionBind({ hostKey: host.publicKey.blob, sessionId, signature: blob, forwarding })
    return (await agent.respond(request, connection)).kind
  }
  const { agent, issued } = await world()
  for (const [forwarding, broken] of [
    [true, false],
    [false, true],
  ] as const) {
    const connection = open()
    assert.equal(await bind(agent, connection, forwarding, broken), broken ? 'extension-failure' : 'success')
    assert.deepEqual(await list(agent, connection), [])
    assert.equal((await extension(agent, token('evil'), connection)).kind, 'extension-failure')
    assert.equal((await extension(agent, new Uint8Array(0), connection)).kind, 'extension-failure')
    assert.equal(issued(), 0)
  }
  const connection = open()
  assert.equal(await bind(agent, connection, false), 'success')
  const [identity] = await list(agent, connection)
  assert.equal((await sign(agent, identity!.key, login(identity!.key), connection)).kind, 'signature')
  const elsewhere = login(identity!.key, new Uint8Array(32).fill(8))
  assert.equal((await sign(agent, identity!.key, elsewhere, connection)).kind, 'failure')
  assert.equal((await extension(agent, token('evil'), connection)).kind, 'extension-failure')
  const foreign = open()
  await bind(agent, foreign, true)
  assert.equal((await sign(agent, identity!.key, login(identity!.key), foreign)).kind, 'failure')
  assert.equal((await agent.respond({ kind: 'remove-all' }, foreign)).kind, 'failure')
  assert.equal((await list(agent)).length, 1)
  const lenient = await world({ forwarded: true })
  const allowed = open()
  await bind(lenient.agent, allowed, true)
  assert.equal((await list(lenient.agent, allowed)).length, 1)
})

it('a use that is not confirmed is refused', async () => {
  let answer: unknown = true
  const asked: string[] = []
  const { agent } = await world({
    confirm: (use) => {
      asked.push(`${use.comment} ${use.purpose.kind}`)
      return answer as boolean
    },
  })
  const [identity] = await list(agent)
  assert.equal((await sign(agent, identity!.key)).kind, 'signature')
  answer = 'yes'
  assert.equal((await sign(agent, identity!.key)).kind, 'failure')
  assert.deepEqual(asked, ['alice login', 'alice login'])
})

it('what was asked for before it was emptied is not kept', async () => {
  let go = (_: Token): void => {}
  let asked = (): void => {}
  const asking = new Promise<void>((done) => {
    asked = done
  })
  const tokens = keepTokens(
    () =>
      new Promise((done) => {
        go = done
        asked()
      }),
  )
  const { agent } = await world({ tokens })
  const waits = list(agent)
  await asking
  agent.wipe()
  go({ token: 'late' })
  assert.deepEqual(await waits, [])
})

it('the contents of a login are read whole or not at all', () => {
  const whole = token('a-token', 5)
  assert.deepEqual(decodeLogin(new Uint8Array(whole)), { token: 'a-token', expires: 5 })
  for (let length = 1; length < whole.length; length++) {
    assert.throws(() => decodeLogin(whole.slice(0, length)), { name: /FormatError|AuthorityError/ })
  }
  assert.throws(() => decodeLogin(Uint8Array.of(...whole, 0)), { code: 'trailing-bytes' })
  assert.throws(
    () => decodeLogin(new Writer().string(encodeText('a\nb')).u64(0n).take()),
    (error: Error) => {
      assert.ok(!error.message.includes('a\nb'))
      return true
    },
  )
})
