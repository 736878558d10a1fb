import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type AgentClient,
  type AgentRequest,
  type AgentResponse,
  connectAgent,
  type Duplex,
  decodeFrames,
  decodeRequest,
  encodeAdd,
  encodeFrame,
  encodeQueryAnswer,
  encodeResponse,
  serveAgent,
} from '../../src/agent-protocol/index.ts'
import { Writer } from '../../src/wire/writer.ts'
import { concat, hex, repeatable, utf8 } from '../support/bytes.ts'
import { failure, privateKey } from '../support/keys.ts'
import { connectionPair, echo } from './exchanges.ts'

const key = utf8('key')
const signature = (name: string): Uint8Array => new Writer().string(name).string('value').take()

/** A client whose requests are answered by `answer`, one after the other; what it asked for is noted. */
function toy(answer: (request: AgentRequest) => AgentResponse): { agent: AgentClient; asked: AgentRequest[] } {
  const { here, there } = connectionPair()
  const asked: AgentRequest[] = []
  void serveAgent(there, {
    async respond(request) {
      asked.push(structuredClone(request))
      return answer(request)
    },
  })
  return { agent: connectAgent(here), asked }
}

/** The other end by hand: what the client wrote, and a way to write octets to it. */
function byHand(): {
  agent: AgentClient
  there: Duplex
  write(bytes: Uint8Array): Promise<void>
  end(): Promise<void>
} {
  const { here, there } = connectionPair()
  const writer = there.writable.getWriter()
  return { agent: connectAgent(here), there, write: (bytes) => writer.write(bytes), end: () => writer.close() }
}

const frameOf = (response: AgentResponse): Uint8Array => encodeFrame(encodeResponse(response))
const code = async (work: Promise<unknown>): Promise<unknown> =>
  ((await failure(() => work)) as { readonly code?: string }).code

describe('a client', () => {
  it('asks for each thing in its own message', async () => {
    const answers: Partial<Record<AgentRequest['kind'], AgentResponse>> = {
      list: { kind: 'identities', identities: [{ key, comment: 'c' }] },
      sign: { kind: 'signature', signature: signature('ssh-ed25519') },
      extension: encodeQueryAnswer(['a@b']),
    }
    const { agent, asked } = toy((request) => answers[request.kind] ?? { kind: 'success' })
    const [passphrase, pin] = [utf8('pass'), utf8('pin')]
    assert.deepEqual(await agent.list(), [{ key, comment: 'c' }])
    assert.deepEqual(await agent.sign(key, utf8('data')), {
      algorithm: 'ssh-ed25519',
      blob: signature('ssh-ed25519'),
    })
    await agent.remove(key)
    await agent.removeAll()
    await agent.addToken('t', pin, { constraints: [{ kind: 'confirm' }] })
    await agent.addToken('t', pin)
    await agent.removeToken('t', pin)
    await agent.lock(passphrase)
    await agent.unlock(passphrase)
    assert.deepEqual(await agent.query(), ['a@b'])
    assert.equal((await agent.extension('x', hex('01'))).kind, 'extension')
    assert.deepEqual(asked, [
      { kind: 'list' },
      { kind: 'sign', key, data: utf8('data'), flags: 0 },
      { kind: 'remove', key },
      { kind: 'remove-all' },
      { kind: 'add-token', token: 't', pin, constraints: [{ kind: 'confirm' }], constrained: true },
      { kind: 'add-token', token: 't', pin, constraints: [], constrained: false },
      { kind: 'remove-token', token: 't', pin },
      { kind: 'lock', passphrase },
      { kind: 'unlock', passphrase },
      { kind: 'extension', name: 'query', contents: hex('') },
      { kind: 'extension', name: 'x', contents: hex('01') },
    ])
    assert.deepEqual([passphrase, pin], [utf8('pass'), utf8('pin')])
    await agent.close()
  })

  it('adds a key and wipes the request', async () => {
    const { agent, asked } = toy(() => ({ kind: 'success' }))
    const request = encodeAdd(await privateKey('ed25519'), { constraints: [{ kind: 'confirm' }] })
    const sent = structuredClone(request)
    await agent.add(request)
    assert.deepEqual(asked, [sent])
    assert.ok(request.contents.every((octet) => octet === 0))
    await agent.close()
    const again = structuredClone(sent)
    assert.equal(await code(agent.add(again)), 'agent-closed')
    assert.ok(again.contents.every((octet) => octet === 0))
  })

  it('binds a session', async () => {
    const { agent, asked } = toy(() => ({ kind: 'extension-failure' }))
    const binding = { hostKey: key, sessionId: utf8('i'), signature: utf8('s'), forwarding: false }
    assert.equal(await code(agent.bindSession(binding)), 'extension-failed')
    assert.equal(asked[0]?.kind === 'extension' && asked[0].name, 'session-bind@openssh.com')
    await agent.close()
  })

  it('asks for the hash of an RSA algorithm by flags, and looks at the algorithm that comes back', async () => {
    let made = ''
    const { agent, asked } = toy(() => ({ kind: 'signature', signature: signature(made) }))
    for (const [algorithm, flags] of [
      ['rsa-sha2-256', 2],
      ['rsa-sha2-512', 4],
      ['ssh-ed25519', 0],
    ] as const) {
      made = algorithm
      assert.equal((await agent.sign(key, key, { algorithm })).algorithm, algorithm)
      assert.deepEqual(asked.pop(), { kind: 'sign', key, data: key, flags })
      made = 'ssh-rsa'
      assert.equal(await code(agent.sign(key, key, { algorithm })), 'unexpected-answer')
    }
    assert.equal((await agent.sign(key, key)).algorithm, 'ssh-rsa')
    made = ''
    assert.equal(await code(agent.sign(key, key)), 'bad-value')
    await agent.close()
  })

  it('has a code for each refusal, and goes on', async () => {
    let response: AgentResponse = { kind: 'failure' }
    const { agent } = toy(() => response)
    const calls = {
      list: () => agent.list(),
      sign: () => agent.sign(key, key),
      remove: () => agent.remove(key),
      query: () => agent.query(),
      extension: () => agent.extension('x', key),
    }
    for (const [name, call] of Object.entries(calls)) {
      for (const legacy of [undefined, 30, 102] as const) {
        response = { kind: 'failure', legacy }
        assert.equal(await code(call()), 'agent-refused', name)
      }
      response = { kind: 'extension-failure' }
      assert.equal(await code(call()), 'extension-failed', name)
      if (name === 'extension') continue
      response = { kind: 'unknown', type: 77, contents: key }
      assert.equal(await code(call()), 'unexpected-answer', name)
    }
    response = { kind: 'signature', signature: key }
    assert.equal(await code(agent.list()), 'unexpected-answer')
    response = { kind: 'identities', identities: [] }
    assert.deepEqual(await agent.list(), [])
    assert.deepEqual(await agent.request({ kind: 'remove-all' }), response)
    await agent.close()
  })

  it('reads both forms of the answer to a query', async () => {
    const names = encodeQueryAnswer(['a', 'b'])
    let response: AgentResponse = names
    const { agent } = toy(() => response)
    assert.deepEqual(await agent.query(), ['a', 'b'])
    response = { kind: 'success', contents: names.kind === 'extension' ? names.contents : key }
    assert.deepEqual(await agent.query(), ['a', 'b'])
    response = { kind: 'success' }
    assert.deepEqual(await agent.query(), [])
    await agent.close()
  })

  it('gives each answer to its own request, in pieces of any size and 100 at once', async () => {
    for (const size of [1, 3, 7, 1000]) {
      const { here, there } = connectionPair(function* (piece) {
        for (let i = 0; i < piece.length; i += size) yield piece.slice(i, i + size)
      })
      const served = serveAgent(there, echo)
      const agent = connectAgent(here)
      const names = Array.from({ length: 100 }, (_, i) => `name-${i}`)
      const found = await Promise.all(names.map((name) => agent.sign(key, signature(name), { algorithm: name })))
      assert.deepEqual(
        found.map(({ algorithm }) => algorithm),
        names,
      )
      await agent.close()
      await served
    }
  })

  it('reads answers that come many in one piece', async () => {
    const { agent, write } = byHand()
    const lists = [agent.list(), agent.remove(key), agent.list()]
    const empty = frameOf({ kind: 'identities', identities: [] })
    await write(concat(empty, frameOf({ kind: 'success' }), empty.slice(0, 3)))
    await write(empty.slice(3))
    assert.deepEqual(await Promise.all(lists), [[], undefined, []])
  })

  it('writes each request whole before the next', async () => {
    const { agent, there, write } = byHand()
    const calls = [agent.list(), agent.remove(key), agent.lock(key)]
    const reader = there.readable.getReader()
    const messages = decodeFrames()
    const kinds: string[] = []
    while (kinds.length < 3) {
      for (const message of messages((await reader.read()).value!)) kinds.push(decodeRequest(message).kind)
    }
    assert.deepEqual(kinds, ['list', 'remove', 'lock'])
    await write(concat(frameOf({ kind: 'identities', identities: [] }), frameOf({ kind: 'success' })))
    await write(frameOf({ kind: 'success' }))
    await Promise.all(calls)
  })

  it('may be given up waiting for, and the answers after it still go where they belong', async () => {
    const { agent, write } = byHand()
    const controller = new AbortController()
    const [first, second] = [agent.list({ signal: controller.signal }), agent.list()]
    const reason = new Error('enough')
    controller.abort(reason)
    assert.equal(await failure(() => first), reason)
    await write(frameOf({ kind: 'signature', signature: key }))
    await write(frameOf({ kind: 'identities', identities: [{ key, comment: '2' }] }))
    assert.deepEqual(await second, [{ key, comment: '2' }])
    assert.equal(await failure(() => agent.list({ signal: controller.signal })), reason)
  })

  it('rejects all that is pending, and what is asked later, when the connection ends', async () => {
    for (const how of ['end', 'close', 'error'] as const) {
      const { here, there } = connectionPair()
      const agent = connectAgent(here)
      const writer = there.writable.getWriter()
      const pending = [agent.list(), agent.sign(key, key), agent.lock(key)]
      const codes = Promise.all(pending.map(code))
      if (how === 'end') await writer.close()
      if (how === 'close') void agent.close()
      if (how === 'error') await writer.abort(new Error('reset'))
      assert.deepEqual(await codes, ['agent-closed', 'agent-closed', 'agent-closed'], how)
      assert.equal(await code(agent.list()), 'agent-closed')
      void agent.close()
    }
  })

  it('ends when what it writes arrives nowhere', async () => {
    const { here, there } = connectionPair()
    const agent = connectAgent(here)
    await there.readable.getReader().cancel(new Error('gone'))
    const error = (await failure(() => agent.list())) as { readonly code: string; readonly cause: unknown }
    assert.equal(error.code, 'agent-closed')
    assert.match(String(error.cause), /gone/)
  })

  it('ends when it is sent what is no answer', async () => {
    const cases: Readonly<Record<string, string>> = {
      'an empty frame': '00000000',
      'an oversized frame': '00040001',
      'an answer more than there were requests': '00000001 06 00000001 06',
    }
    for (const [what, bytes] of Object.entries(cases)) {
      const { agent, write } = byHand()
      const first = agent.removeAll()
      await write(hex(bytes))
      if (what.startsWith('an answer')) await first
      else assert.equal(await code(first), 'agent-closed', what)
      assert.equal(await code(agent.removeAll()), 'agent-closed', what)
    }
  })

  it('refuses an answer that is not well formed, and goes on', async () => {
    const { agent, write } = byHand()
    const calls = [agent.list(), agent.list(), agent.list()]
    const codes = Promise.all(calls.slice(0, 2).map(code))
    await write(hex('00000005 0c00000001 00000005 0cffffffff 00000005 0c00000000'))
    assert.deepEqual(await codes, ['truncated', 'limit'])
    assert.deepEqual(await calls[2], [])
  })

  it('carries keys of types that nobody knows', async () => {
    const identities = [
      { key: new Writer().string('ssh-foo').string('x').take(), comment: 'foo' },
      { key: hex(''), comment: '' },
      { key: repeatable(1)(3000), comment: 'noise' },
    ]
    const { agent } = toy(() => ({ kind: 'identities', identities }))
    assert.deepEqual(await agent.list(), identities)
    await agent.close()
  })

  it('asks for nothing that does not fit into a frame', async () => {
    const { agent, asked } = toy(() => ({ kind: 'success' }))
    assert.equal(await code(agent.sign(key, new Uint8Array(1 << 18))), 'limit')
    await agent.removeAll()
    assert.deepEqual(asked, [{ kind: 'remove-all' }])
    await agent.close()
  })
})

describe('200 clients', () => {
  it('at once, each with its own answers in its own order', async () => {
    const served: Promise<void>[] = []
    await Promise.all(
      Array.from({ length: 200 }, async (_, client) => {
        const { here, there } = connectionPair(function* (piece) {
          yield piece.slice(0, 5)
          yield piece.slice(5)
        })
        served.push(serveAgent(there, echo))
        const agent = connectAgent(here)
        const order: string[] = []
        const names = Array.from({ length: 10 }, (_, i) => `client-${client}-${i}`)
        await Promise.all(
          names.map(async (name) => {
            const made = await agent.sign(key, signature(name))
            order.push(made.algorithm)
          }),
        )
        assert.deepEqual(order, names)
        await agent.close()
      }),
    )
    await Promise.all(served)
    assert.equal(served.length, 200)
  })
})
