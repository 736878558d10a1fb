import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Agent,
  type AgentConnection,
  type AgentRequest,
  type AgentResponse,
  connectAgent,
  decodeFrames,
  decodeResponse,
  encodeFrame,
  encodeRequest,
  serveAgent,
} from '../../src/agent-protocol/index.ts'
import { SshError } from '../../src/errors.ts'
import { concat, hex, repeatable, toHex } from '../support/bytes.ts'
import { connectionPair, exchanges } from './exchanges.ts'

Error.stackTraceLimit = 0

/** Writes `pieces`, ends, and gives the answers in hexadecimal and the errors that the server told. */
async function talk(
  agent: Agent,
  ...pieces: readonly Uint8Array[]
): Promise<{ readonly answers: string[]; readonly errors: unknown[] }> {
  const { here, there } = connectionPair()
  const errors: unknown[] = []
  const served = serveAgent(there, agent, { onError: (error) => errors.push(error) })
  const writer = here.writable.getWriter()
  const reader = here.readable.getReader()
  const writing = (async () => {
    for (const piece of pieces) await writer.write(piece)
    await writer.close()
  })().catch(() => {}) // the server may hang up before all is written
  const messages = decodeFrames()
  const answers: string[] = []
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    for (const message of messages(value!)) answers.push(toHex(message))
  }
  await Promise.all([writing, served])
  return { answers, errors }
}

/** The same without streams between, which take most of the time: what is read and written lies in arrays. */
async function quickTalk(agent: Agent, pieces: readonly Uint8Array[]): ReturnType<typeof talk> {
  const [left, answers, errors] = [pieces.values(), [] as string[], [] as unknown[]]
  const messages = decodeFrames()
  const reader = {
    async read(): Promise<{ done: boolean; value?: Uint8Array }> {
      const { done, value } = left.next()
      return value ? { done: false, value } : { done: done === true }
    },
    async cancel() {},
  }
  const writer = {
    async write(piece: Uint8Array) {
      for (const message of messages(piece)) answers.push(toHex(message))
    },
    async close() {},
    async abort() {},
  }
  const duplex = { readable: { getReader: () => reader }, writable: { getWriter: () => writer } }
  await serveAgent(duplex, agent, { onError: (error) => errors.push(error) })
  return { answers, errors }
}

/** Answers with the request itself, as an answer of a number that is not known. */
const mirror: Agent = {
  async respond(request) {
    return { kind: 'unknown', type: 250, contents: encodeRequest(request) }
  },
}

const frames = (...texts: string[]): Uint8Array => concat(...texts.map((text) => encodeFrame(hex(text))))

describe('a server', () => {
  it('answers each request once, in order, in one piece or in many', async () => {
    const texts = ['0b', '13', 'c800', '1b0000000161', '0b']
    const stream = frames(...texts)
    const expected = texts.map((text) => `fa${text}`)
    for (const pieces of [[stream], Array.from(stream, (octet) => Uint8Array.of(octet))]) {
      assert.deepEqual(await talk(mirror, ...pieces), { answers: expected, errors: [] })
    }
  })

  it('answers a request that is not well formed with a failure, and goes on', async () => {
    const { answers, errors } = await talk(mirror, frames('0d', '0b', '1b', '12ffffffff', '16', '13'))
    assert.deepEqual(answers, ['05', 'fa0b', '05', '05', '05', 'fa13'])
    assert.deepEqual(
      errors.map((error) => error instanceof SshError && error.code),
      ['truncated', 'truncated', 'truncated', 'truncated'],
    )
  })

  it('answers a failure where the agent throws, at once or later, or answers what cannot be sent', async () => {
    const boom = new Error('boom')
    const agents: Agent[] = [
      { respond: () => Promise.reject(boom) },
      {
        respond: () => {
          throw boom
        },
      },
      { respond: async () => ({ kind: 'signature', signature: new Uint8Array(1 << 18) }) },
      { respond: async () => ({ kind: 'extension', name: '\ud800', contents: hex('') }) },
      { respond: async () => undefined as unknown as AgentResponse },
      { respond: async () => ({ kind: 'nothing' }) as unknown as AgentResponse },
    ]
    for (const agent of agents) {
      const { answers, errors } = await talk(agent, frames('0b', '1b00000000'))
      assert.deepEqual(answers, ['05', '05'])
      assert.equal(errors.length, 2)
    }
  })

  it('answers all the same when nobody wants to hear of errors', async () => {
    const { here, there } = connectionPair()
    const served = serveAgent(
      there,
      { respond: () => Promise.reject(new Error()) },
      {
        onError() {
          throw new Error('no')
        },
      },
    )
    const agent = connectAgent(here)
    assert.equal((await agent.request({ kind: 'list' })).kind, 'failure')
    await agent.close()
    await served
  })

  it('hangs up, after its answers, on a frame that is empty or too long', async () => {
    for (const bad of ['00000000', '00040001', '40000001', 'ffffffff']) {
      const { answers, errors } = await talk(mirror, concat(frames('0b', '13'), hex(bad), frames('0b')))
      assert.deepEqual(answers, ['fa0b', 'fa13'], bad)
      assert.equal(errors.length, 1)
      assert.ok(errors[0] instanceof SshError)
    }
  })

  it('does not answer half a request', async () => {
    assert.deepEqual(await talk(mirror, frames('0b'), hex('00000001')), { answers: ['fa0b'], errors: [] })
  })

  it('gives one object for each connection, and says when it is over', async () => {
    const connections: AgentConnection[] = []
    const agent: Agent = {
      async respond(_request, connection) {
        connections.push(connection)
        return { kind: 'success' }
      },
    }
    await talk(agent, frames('0b', '0b'))
    await talk(agent, frames('0b'))
    assert.equal(connections[0], connections[1])
    assert.notEqual(connections[0], connections[2])
    await Promise.all(connections.map(({ closed }) => closed))

    const { here, there } = connectionPair()
    const served = serveAgent(there, agent)
    const client = connectAgent(here)
    await client.removeAll()
    let over = false
    const closed = connections[3]!.closed.then(() => {
      over = true
    })
    await new Promise((done) => setTimeout(done, 5))
    assert.equal(over, false)
    await client.close()
    await Promise.all([served, closed])
    assert.equal(over, true)
  })

  it('wipes the secrets of a request when it is answered, and nothing else', async () => {
    const held: AgentRequest[] = []
    const agent: Agent = {
      async respond(request) {
        held.push(request)
        return { kind: 'success' }
      },
    }
    await talk(agent, frames('110102', '160000000178', '1200000001ff', '1b000000016101'))
    assert.deepEqual(held, [
      { kind: 'add', constrained: false, contents: hex('0000') },
      { kind: 'lock', passphrase: hex('00') },
      { kind: 'remove', key: hex('ff') },
      { kind: 'extension', name: 'a', contents: hex('01') },
    ])
  })

  it('reads nothing more while it answers', async () => {
    let pulled = 0
    let busy = 0
    let most = 0
    const agent: Agent = {
      async respond() {
        most = Math.max(most, ++busy)
        await new Promise((done) => setTimeout(done, 2))
        busy--
        return { kind: 'success' }
      },
    }
    const readable = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          assert.equal(busy, 0)
          if (++pulled > 20) controller.close()
          else controller.enqueue(frames('0b', '0b'))
        },
      },
      { highWaterMark: 0 },
    )
    let written = 0
    const writable = new WritableStream<Uint8Array>({
      write() {
        written++
      },
    })
    await serveAgent({ readable, writable }, agent)
    assert.deepEqual([pulled, written, most], [21, 40, 1])
  })

  it('ends without an error of its own when the connection is lost', async () => {
    const lost = new Error('reset')
    const errors: unknown[] = []
    const readable = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(lost) })
    await serveAgent({ readable, writable: new WritableStream() }, mirror, { onError: (error) => errors.push(error) })
    const writable = new WritableStream<Uint8Array>({ write: () => Promise.reject(lost) })
    const asking = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(frames('0b')) })
    await serveAgent({ readable: asking, writable }, mirror, { onError: (error) => errors.push(error) })
    assert.deepEqual(errors, [lost, lost])
  })
})

describe('an agent in front of another', () => {
  it('passes requests and answers on, octet for octet', async () => {
    const answers = [...exchanges.map(({ response }) => response!), hex('66'), hex('4d0102'), hex('0601')]
    let at = 0
    const seen: string[] = []
    const upstream: Agent = {
      async respond(request) {
        seen.push(toHex(encodeRequest(request)))
        return decodeResponse(answers[at++]!, request)
      },
    }
    const pair = connectionPair()
    const serving = serveAgent(pair.there, upstream)
    const client = connectAgent(pair.here)
    const proxy: Agent = { respond: (request) => client.request(request) }
    const requests = [...exchanges.map(({ request }) => request), hex('0b7879'), hex('c8010203'), hex('1b0000000161')]
    const { answers: found, errors } = await talk(proxy, ...requests.map(encodeFrame))
    assert.deepEqual(errors, [])
    assert.deepEqual(seen, requests.map(toHex))
    assert.deepEqual(found, answers.map(toHex))
    await client.close()
    await serving
  })
})

describe('a server under random and changed frames', () => {
  it('100,000 of them in pieces of any size: each is answered once, or the connection ends', async () => {
    // HAWSER_AGENT_FRAMES=1000000 is the long run.
    const rounds = Number(process.env.HAWSER_AGENT_FRAMES ?? 100_000) / 50
    const random = repeatable(11)
    const seeds = exchanges.map(({ request }) => encodeFrame(request)).filter(({ length }) => length < 600)
    const agent: Agent = {
      async respond(request, connection) {
        encodeRequest(request)
        assert.ok(connection)
        if (request.kind === 'unknown' && request.type % 3 === 0) throw new Error('some error')
        return { kind: 'success' }
      },
    }
    let ended = 0
    let asked = 0
    for (let round = 0; round < rounds; round++) {
      const sent: Uint8Array[] = []
      for (let i = 0; i < 50; i++) {
        const frame = seeds[(random(1)[0]! << 3) % seeds.length]!.slice()
        const [dice, at, value] = random(3)
        const body = 4 + ((at! * 3) % (frame.length - 4))
        if (dice! < 200) frame[body] = value!
        // Now and then the length, and with it the rest of the connection.
        else if (dice! < 202) frame[at! % 4] = value!
        sent.push(dice! > 240 ? encodeFrame(random(1 + (value! % 50))) : frame)
      }
      const stream = concat(...sent)
      let expected = 0
      let whole = true
      try {
        const messages = decodeFrames()
        for (const _ of messages(stream)) expected++
      } catch {
        whole = false
      }
      const size = 1 + random(1)[0]! ** 2
      const pieces: Uint8Array[] = []
      for (let i = 0; i < stream.length; i += size) pieces.push(stream.slice(i, i + size))
      const { answers, errors } = await quickTalk(agent, pieces)
      assert.equal(answers.length, expected)
      assert.ok(answers.every((answer) => answer === '05' || answer === '06'))
      assert.equal(errors.length, answers.filter((answer) => answer === '05').length + (whole ? 0 : 1))
      for (const error of errors) assert.ok(error instanceof SshError || (error as Error).message === 'some error')
      asked += expected
      if (!whole) ended++
    }
    assert.ok(asked > rounds * 25 && ended > rounds / 10, `${asked} ${ended}`)
  })
})
