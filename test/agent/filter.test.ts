import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { filterAgent, type KeyUse } from '../../src/agent/index.ts'
import type { Agent, AgentRequest, AgentResponse } from '../../src/agent-protocol/index.ts'
import { encodeAdd } from '../../src/agent-protocol/index.ts'
import { toHex, utf8 } from '../support/bytes.ts'
import { add, bind, list, newConnection, newKey, newRoom, sign, sshsigData } from './support.ts'

const data = utf8('data')
const same = (a: Uint8Array) => (b: Uint8Array) => toHex(a) === toHex(b)

/** An agent that notes what it is asked and gives one answer to all. */
function recorder(response: AgentResponse): { readonly agent: Agent; readonly asked: AgentRequest[] } {
  const asked: AgentRequest[] = []
  const agent: Agent = {
    async respond(request) {
      asked.push(request)
      return response
    },
  }
  return { agent, asked }
}

describe('filterAgent', () => {
  it('shows and uses the allowed keys alone', async () => {
    const { keyring } = newRoom()
    const [mine, other] = [await newKey(), await newKey()]
    for (const key of [other, mine]) await add(keyring, key)
    const filtered = filterAgent(keyring, { allow: same(mine.publicKey.blob), pass: ({ kind }) => kind === 'remove' })
    assert.deepEqual(await list(filtered), [mine.publicKey.blob])
    assert.ok(await sign(filtered, mine.publicKey, data))
    assert.equal(await sign(filtered, other.publicKey, data), undefined)
    for (const [key, kind] of [
      [other, 'failure'],
      [mine, 'success'],
    ] as const) {
      assert.equal((await filtered.respond({ kind: 'remove', key: key.publicKey.blob }, newConnection())).kind, kind)
    }
    assert.deepEqual(await list(keyring), [other.publicKey.blob])
  })

  it('lets through nothing else that nobody said yes to, but queries and session bindings', async () => {
    const { agent, asked } = recorder({ kind: 'success' })
    const contents = new Uint8Array(0)
    const extension = (name: string): AgentRequest => ({ kind: 'extension', name, contents })
    const [key, passphrase] = [await newKey(), data]
    const others: AgentRequest[] = [
      encodeAdd(key),
      { kind: 'remove', key: key.publicKey.blob },
      { kind: 'remove-all' },
      { kind: 'add-token', constrained: false, token: 't', pin: data, constraints: [] },
      { kind: 'remove-token', token: 't', pin: data },
      { kind: 'lock', passphrase },
      { kind: 'unlock', passphrase },
      extension('sign@example.com'),
      { kind: 'unknown', type: 200, contents },
    ]
    const open = [extension('query'), extension('session-bind@openssh.com')]
    for (const filter of [{}, { pass: () => 1 as unknown as boolean }]) {
      const closed = filterAgent(agent, filter)
      for (const request of others) {
        assert.deepEqual(await closed.respond(request, newConnection()), { kind: 'failure' }, request.kind)
      }
      for (const request of open) assert.equal((await closed.respond(request, newConnection())).kind, 'success')
    }
    assert.deepEqual(asked, [...open, ...open])
    const passing = filterAgent(agent, { pass: async () => true })
    for (const request of others) assert.equal((await passing.respond(request, newConnection())).kind, 'success')
    assert.deepEqual(asked.slice(4), others)
  })

  it('gives the answers of the other agent untouched', async () => {
    const odd: AgentResponse = { kind: 'unknown', type: 99, contents: data }
    const { agent } = recorder(odd)
    const filtered = filterAgent(agent, { allow: () => true, confirm: () => true, log: () => {}, pass: () => true })
    for (const request of [
      { kind: 'list' },
      { kind: 'sign', key: data, data, flags: 0xffff },
      { kind: 'unknown', type: 3, contents: data },
    ] as const) {
      assert.equal(await filtered.respond(request, newConnection()), odd)
    }
    const identities: AgentResponse = {
      kind: 'identities',
      identities: [{ key: utf8('unknown type'), comment: '\udcff' }],
    }
    assert.equal(
      await filterAgent(recorder(identities).agent, {}).respond({ kind: 'list' }, newConnection()),
      identities,
    )
  })

  it('asks before each use, and denies whatever is not true', async () => {
    const { keyring } = newRoom()
    const key = await newKey()
    await add(keyring, key)
    const uses: KeyUse[] = []
    let answer: unknown = true
    const filtered = filterAgent(keyring, {
      async confirm(use) {
        uses.push(use)
        return answer as boolean
      },
    })
    assert.ok(await sign(filtered, key.publicKey, sshsigData('git')))
    assert.deepEqual(uses[0]?.purpose, { kind: 'sshsig', namespace: 'git' })
    for (answer of [false, undefined, 'yes', 1]) assert.equal(await sign(filtered, key.publicKey, data), undefined)
    assert.equal(uses.length, 5)
    assert.equal((await list(filtered)).length, 1)
    assert.equal(uses.length, 5)
  })

  it('writes down each use and what became of it', async () => {
    const { keyring } = newRoom()
    const key = await newKey()
    await add(keyring, key)
    const lines: string[] = []
    let yes = true
    const log = (use: KeyUse, { kind }: AgentResponse): void => {
      lines.push(`${use.purpose.kind} ${kind}`)
    }
    const filtered = filterAgent(keyring, { log, confirm: () => yes })
    await sign(filtered, key.publicKey, data)
    yes = false
    await sign(filtered, key.publicKey, sshsigData())
    const broken: Agent = { respond: () => Promise.reject(new Error('gone')) }
    await assert.rejects(sign(filterAgent(broken, { log }), key.publicKey, data), { message: 'gone' })
    assert.deepEqual(lines, ['other signature', 'sshsig failure', 'other failure'])
    const silent = filterAgent(keyring, { log: () => Promise.reject(new Error('disk full')) })
    await assert.rejects(sign(silent, key.publicKey, data), { message: 'disk full' })
  })

  it('leaves destination constraints to the agent behind it, for each connection', async () => {
    const { keyring } = newRoom()
    const [key, host, other] = [await newKey(), await newKey(), await newKey()]
    const to = { user: '', host: 'h', keys: [{ key: host.publicKey.blob, authority: false }] }
    const from = { user: '', host: '', keys: [] }
    await add(keyring, key, [{ kind: 'restrict-destination', destinations: [{ from, to }] }])
    const filtered = filterAgent(keyring, {})
    const [first, second] = [newConnection(), newConnection()]
    await bind(filtered, first, host, utf8('1'), false)
    await bind(filtered, second, other, utf8('2'), false)
    assert.deepEqual([(await list(filtered, first)).length, (await list(filtered, second)).length], [1, 0])
  })
})
