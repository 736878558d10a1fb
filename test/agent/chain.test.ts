import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chainAgents, remoteAgent } from '../../src/agent/index.ts'
import {
  type Agent,
  type AgentConnection,
  type AgentResponse,
  connectAgent,
  decodeQueryAnswer,
  encodeAdd,
  encodeQueryAnswer,
  serveAgent,
} from '../../src/agent-protocol/index.ts'
import { ed25519, rsa } from '../../src/keys/index.ts'
import { connectionPair } from '../agent-protocol/exchanges.ts'
import { utf8 } from '../support/bytes.ts'
import { add, bind, list, newConnection, newKey, newRoom, sign } from './support.ts'

const data = utf8('data')
const broken: Agent = { respond: () => Promise.reject(new Error('gone')) }

function answering(response: AgentResponse): Agent {
  return { respond: async () => response }
}

describe('chainAgents', () => {
  it('joins lists, each key once, and signs with the first that has the key', async () => {
    const [first, second] = [newRoom(), newRoom()]
    const [x, y, z] = [await newKey(), await newKey(), await newKey()]
    for (const key of [x, y]) await add(first.keyring, key)
    for (const key of [z, y]) await add(second.keyring, key)
    const chain = chainAgents([first.keyring, second.keyring])
    assert.deepEqual(
      await list(chain),
      [x, y, z].map(({ publicKey }) => publicKey.blob),
    )
    for (const { publicKey } of [x, y, z]) assert.ok(await sign(chain, publicKey, data))
    assert.equal(await sign(chain, (await newKey()).publicKey, data), undefined)
    assert.deepEqual(first.refusals, [])
  })

  it('asks nobody else where the one that has the key refuses', async () => {
    const [first, second] = [newRoom({ confirm: () => false }), newRoom()]
    const key = await newKey()
    await add(first.keyring, key, [{ kind: 'confirm' }])
    await add(second.keyring, key)
    assert.equal(await sign(chainAgents([first.keyring, second.keyring]), key.publicKey, data), undefined)
    assert.ok(await sign(chainAgents([second.keyring, first.keyring]), key.publicKey, data))
  })

  it('adds to the first that takes it, and removes from all', async () => {
    const [first, second] = [newRoom({ types: [rsa] }), newRoom({ types: [ed25519] })]
    const chain = chainAgents([first.keyring, second.keyring])
    const key = await newKey()
    assert.equal(await add(chain, key), 'success')
    assert.deepEqual([(await list(first.keyring)).length, (await list(second.keyring)).length], [0, 1])
    const third = newRoom()
    await add(third.keyring, key)
    const all = chainAgents([third.keyring, second.keyring])
    const remove = { kind: 'remove', key: key.publicKey.blob } as const
    assert.equal((await all.respond(remove, newConnection())).kind, 'success')
    assert.equal((await all.respond(remove, newConnection())).kind, 'failure')
    assert.deepEqual(await list(all), [])
    for (const { keyring } of [second, third]) await add(keyring, await newKey())
    assert.equal((await all.respond({ kind: 'remove-all' }, newConnection())).kind, 'success')
    assert.deepEqual(await list(all), [])
  })

  it('locks and unlocks all, and says so only where all are', async () => {
    const rooms = [newRoom(), newRoom()] as const
    const chain = chainAgents(rooms.map(({ keyring }) => keyring))
    for (const { keyring } of rooms) await add(keyring, await newKey())
    const ask = async (kind: 'lock' | 'unlock', text: string): Promise<string> =>
      (await chain.respond({ kind, passphrase: utf8(text) }, newConnection())).kind
    assert.equal(await ask('lock', 'p'), 'success')
    for (const { keyring } of rooms) assert.deepEqual(await list(keyring), [])
    assert.equal(await ask('unlock', 'p'), 'success')
    assert.equal((await list(chain)).length, 2)
    await rooms[1].keyring.respond({ kind: 'lock', passphrase: utf8('q') }, newConnection())
    assert.equal(await ask('lock', 'p'), 'failure')
    assert.deepEqual(await list(chain), [])
  })

  it('binds all to sessions, and names the extensions of all', async () => {
    const [first, second] = [newRoom(), newRoom()]
    const names = encodeQueryAnswer(['query', 'other@example.com'])
    const chain = chainAgents([answering({ kind: 'failure' }), first.keyring, second.keyring])
    const [key, host, other] = [await newKey(), await newKey(), await newKey()]
    const to = { user: '', host: 'h', keys: [{ key: host.publicKey.blob, authority: false }] }
    const from = { user: '', host: '', keys: [] }
    await add(second.keyring, key, [{ kind: 'restrict-destination', destinations: [{ from, to }] }])
    const connection = newConnection()
    assert.equal((await list(chain, connection)).length, 1)
    assert.equal(await bind(chain, connection, other, utf8('1'), false), 'success')
    assert.equal((await list(chain, connection)).length, 0)

    const query = { kind: 'extension', name: 'query', contents: new Uint8Array(0) } as const
    const both = await chainAgents([first.keyring, answering(names)]).respond(query, connection)
    assert.ok(both.kind === 'extension')
    assert.deepEqual(decodeQueryAnswer(both.contents), ['session-bind@openssh.com', 'query', 'other@example.com'])
    assert.equal(await chainAgents([broken, answering(names)]).respond(query, connection), names)
    assert.deepEqual(await chainAgents([]).respond(query, connection), { kind: 'failure' })
  })

  it('takes the first answer that is no failure to what it does not know', async () => {
    const odd: AgentResponse = { kind: 'unknown', type: 99, contents: data }
    const chain = chainAgents([answering({ kind: 'failure' }), answering(odd), answering({ kind: 'success' })])
    for (const request of [
      { kind: 'unknown', type: 98, contents: data },
      { kind: 'extension', name: 'x@example.com', contents: data },
    ] as const) {
      assert.equal(await chain.respond(request, newConnection()), odd)
    }
    const failed: AgentResponse = { kind: 'extension-failure' }
    const known = chainAgents([answering(failed), answering({ kind: 'success' })])
    assert.equal(await known.respond({ kind: 'extension', name: 'x', contents: data }, newConnection()), failed)
  })

  it('goes on without one that is gone, and says what it threw', async () => {
    const errors: unknown[] = []
    const { keyring } = newRoom()
    const key = await newKey()
    await add(keyring, key)
    const chain = chainAgents([broken, keyring], { onError: (error) => errors.push(error) })
    assert.deepEqual(await list(chain), [key.publicKey.blob])
    assert.ok(await sign(chain, key.publicKey, data))
    assert.equal(errors.length, 2)
    assert.deepEqual(await chainAgents([broken]).respond({ kind: 'list' }, newConnection()), { kind: 'failure' })
  })
})

describe('remoteAgent', () => {
  /** A remote one over connections in memory, which are counted. */
  function remote(upstream: Agent): { readonly agent: Agent; readonly served: Promise<void>[] } {
    const served: Promise<void>[] = []
    const agent = remoteAgent(() => {
      const { here, there } = connectionPair()
      served.push(serveAgent(there, upstream))
      return connectAgent(here)
    })
    return { agent, served }
  }

  it('has a connection for each that is served, closed with it, so that bindings stay apart', async () => {
    const { keyring } = newRoom()
    const [key, host, other] = [await newKey(), await newKey(), await newKey()]
    const to = { user: '', host: 'h', keys: [{ key: host.publicKey.blob, authority: false }] }
    const from = { user: '', host: '', keys: [] }
    await add(keyring, key, [{ kind: 'restrict-destination', destinations: [{ from, to }] }])
    const { agent, served } = remote(keyring)
    let close = (): void => {}
    const first: AgentConnection = {
      closed: new Promise((resolve) => {
        close = resolve
      }),
    }
    const second = newConnection()
    assert.equal(await bind(agent, first, other, utf8('1'), false), 'success')
    assert.deepEqual([(await list(agent, first)).length, (await list(agent, second)).length], [0, 1])
    assert.equal(served.length, 2)
    close()
    await served[0]
    await assert.rejects(list(agent, first), { code: 'agent-closed' }, 'no new one without its bindings')
    assert.equal(served.length, 2)
  })

  it('gives on what nobody knows, both ways', async () => {
    const asked: unknown[] = []
    const odd: AgentResponse = { kind: 'unknown', type: 99, contents: data }
    const { agent } = remote({
      async respond(request) {
        asked.push(request)
        return odd
      },
    })
    const request = { kind: 'unknown', type: 98, contents: data } as const
    assert.deepEqual(await agent.respond(request, newConnection()), odd)
    assert.deepEqual(asked, [request])
  })

  it('adds keys without wiping the request, and tries again where nobody was there', async () => {
    const { keyring } = newRoom()
    const { here, there } = connectionPair()
    void serveAgent(there, keyring)
    let tries = 0
    const agent = remoteAgent(async () => {
      if (!tries++) throw new Error('nobody is there')
      return connectAgent(here)
    })
    const connection = newConnection()
    const request = encodeAdd(await newKey())
    const before = new Uint8Array(request.contents)
    await assert.rejects(agent.respond(request, connection), { message: 'nobody is there' })
    assert.equal((await agent.respond(request, connection)).kind, 'success')
    assert.deepEqual(request.contents, before)
    assert.equal((await list(agent, connection)).length, 1)
    assert.equal(tries, 2)
  })
})
