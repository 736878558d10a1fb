import assert from 'node:assert/strict'
import { lstatSync } from 'node:fs'
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createKeyring } from '../../src/agent/index.ts'
import { type Agent, type AgentClient, encodeAdd, encodeFrame } from '../../src/agent-protocol/index.ts'
import { ed25519, generatePrivateKey, verifySignature } from '../../src/keys/index.ts'
import type { AgentSocket, openAgent as Open, serveAgentSocket as Serve } from '../../src/runtime/node/index.ts'
import { duplexOf } from '../../src/runtime/socket-duplex.ts'
import { utf8 } from '../support/bytes.ts'

/** The folder of the runtime that this runs in. */
const { openAgent, serveAgentSocket }: { openAgent: typeof Open; serveAgentSocket: typeof Serve } =
  'Deno' in globalThis
    ? await import('../../src/runtime/deno/index.ts')
    : 'Bun' in globalThis
      ? await import('../../src/runtime/bun/index.ts')
      : await import('../../src/runtime/node/index.ts')

const skip = process.platform === 'win32' && 'sockets of Unix'
const types = [ed25519]

/** What a test leaves open. */
const left: (() => unknown)[] = []
afterEach(async () => {
  for (const end of left.splice(0).reverse()) await end()
})

async function serve(agent: Agent = createKeyring({ types }), path?: string): Promise<AgentSocket> {
  const served = await serveAgentSocket(agent, { path })
  left.push(() => served.close())
  return served
}

async function open(socket: string): Promise<AgentClient> {
  const client = await openAgent({ socket })
  left.push(() => client.close())
  return client
}

/** A socket that says and reads nothing by itself. */
async function rawSocket(path: string): Promise<Socket> {
  const socket = connect(path)
  await new Promise((done, fail) => socket.once('connect', done).once('error', fail))
  socket.on('error', () => {})
  left.push(() => socket.destroy())
  return socket
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'hawser-test-'))
  left.push(() => rm(path, { recursive: true, force: true }))
  return path
}

const gone = (socket: Socket): Promise<void> =>
  new Promise((done) => {
    if (socket.destroyed) done()
    else socket.resume().once('close', () => done())
  })

const mode = async (path: string): Promise<number> => (await lstat(path)).mode & 0o777

const codeOf = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    await work
  } catch (error) {
    return (error as { readonly code?: unknown }).code
  }
  return undefined
}

/** A socket file that nobody listens on any more, as a killed agent leaves it. */
async function staleSocket(path: string): Promise<void> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(`${path}.live`, done))
  const { rename } = await import('node:fs/promises')
  // Closing removes the name that was listened on, not the one that the file has now.
  await rename(`${path}.live`, path)
  await new Promise((done) => server.close(done))
}

describe('serveAgentSocket', { skip }, () => {
  it('serves an agent in a folder and on a socket that are the user’s alone, and leaves nothing', async () => {
    const before = process.umask(0)
    try {
      const served = await serve()
      assert.deepEqual([await mode(served.path), await mode(dirname(served.path))], [0o600, 0o700])
      const agent = await open(served.path)
      const key = await generatePrivateKey(ed25519, { comment: 'me@home' })
      await agent.add(encodeAdd(key))
      const [identity] = await agent.list()
      assert.deepEqual(identity, { key: key.publicKey.blob, comment: 'me@home' })
      const data = utf8('data')
      await verifySignature(key.publicKey, await agent.sign(identity.key, data), data, { types })
      await served.close()
      await served.closed
      assert.equal(await codeOf(lstat(dirname(served.path))), 'ENOENT')
      assert.equal(await codeOf(agent.list()), 'agent-closed')
      assert.equal(await codeOf(openAgent({ socket: served.path })), 'no-agent')
      await served.close()
    } finally {
      process.umask(before)
    }
  })

  it('takes a path, makes its folder, and removes no more than it made', async () => {
    const room = await folder()
    const made = await serve(undefined, join(room, 'new', 'agent'))
    assert.deepEqual([await mode(join(room, 'new')), await mode(made.path)], [0o700, 0o600])
    assert.deepEqual(await readdir(join(room, 'new')), ['agent'])
    await (await open(made.path)).list()
    await writeFile(join(room, 'new', 'other'), 'x')
    await made.close()
    assert.deepEqual(await readdir(join(room, 'new')), ['other'])

    await chmod(room, 0o777)
    const there = await serve(undefined, join(room, 'agent'))
    assert.equal(await mode(there.path), 0o600)
    assert.deepEqual((await readdir(room)).sort(), ['agent', 'new'])
    await there.close()
    assert.deepEqual(await readdir(room), ['new'])
    assert.equal(await mode(room), 0o777)
  })

  it('replaces a socket that nobody answers, and never a live one or anything else', async () => {
    const room = await folder()
    const path = join(room, 'agent')
    await staleSocket(path)
    assert.ok((await lstat(path)).isSocket())
    const first = await serve(undefined, path)
    await (await open(path)).list()

    assert.equal(await codeOf(serveAgentSocket(createKeyring({ types }), { path })), 'file-exists')
    await (await open(path)).list()
    await first.close()

    for (const [name, make] of [
      ['file', (p: string) => writeFile(p, 'precious')],
      ['folder', (p: string) => mkdir(p)],
      ['link', (p: string) => symlink(join(room, 'nowhere'), p)],
    ] as const) {
      await make(join(room, name))
      const refused = serveAgentSocket(createKeyring({ types }), { path: join(room, name) })
      assert.equal(await codeOf(refused), 'file-exists', name)
    }
    assert.equal(await readFile(join(room, 'file'), 'utf8'), 'precious')
    assert.deepEqual((await readdir(room)).sort(), ['file', 'folder', 'link'])
    const long = join(room, 'x'.repeat(100))
    assert.equal(await codeOf(serveAgentSocket(createKeyring({ types }), { path: long })), 'file-failed')
    const nowhere = join(room, 'not', 'there', 'agent')
    assert.equal(await codeOf(serveAgentSocket(createKeyring({ types }), { path: nowhere })), 'file-not-found')
    assert.deepEqual((await readdir(room)).sort(), ['file', 'folder', 'link'])
  })

  it('leaves what somebody else put in its place', async () => {
    const path = join(await folder(), 'agent')
    const served = await serve(undefined, path)
    await rm(path)
    const other = await serve(undefined, path)
    const { ino } = lstatSync(path)
    await served.close()
    assert.equal(lstatSync(path).ino, ino)
    await (await open(path)).list()
    await other.close()
  })

  it('answers everybody while some say half a frame and sleep, and some never read', async () => {
    const served = await serve()
    const half = await rawSocket(served.path)
    half.write(Uint8Array.of(0, 0, 1))
    const body = await rawSocket(served.path)
    body.write(Uint8Array.of(0, 0, 1, 0, 11))
    const deaf = await rawSocket(served.path)
    deaf.pause()
    const list = encodeFrame(Uint8Array.of(11))
    const many = new Uint8Array(4 << 20)
    for (let at = 0; at < many.length; at += 5) many.set(list.subarray(0, many.length - at), at)
    deaf.write(many)
    await sleep(50)
    const agent = await open(served.path)
    for (let i = 0; i < 20; i++) assert.deepEqual(await agent.list(), [])
    await served.close()
    await Promise.all([gone(half), gone(body), gone(deaf)])
  })

  it('answers 200 clients at once, each its own and in order', async () => {
    const served = await serve()
    const keys = await Promise.all(Array.from({ length: 4 }, () => generatePrivateKey(ed25519)))
    const first = await open(served.path)
    for (const key of keys) await first.add(encodeAdd(key))
    const clients = await Promise.all(Array.from({ length: 200 }, () => open(served.path)))
    await Promise.all(
      clients.map(async (client, i) => {
        const { publicKey } = keys[i % 4]!
        const messages = [utf8(`first of ${i}`), utf8(`second of ${i}`)]
        const [list, one, two] = await Promise.all([
          client.list(),
          client.sign(publicKey.blob, messages[0]!),
          client.sign(publicKey.blob, messages[1]!),
        ])
        assert.deepEqual(
          list.map(({ key }) => key),
          keys.map((key) => key.publicKey.blob),
        )
        await verifySignature(publicKey, one, messages[0]!, { types })
        await verifySignature(publicKey, two, messages[1]!, { types })
      }),
    )
  })

  it('closes the connection that was silent the longest where there are too many', async () => {
    const served = await serve()
    const silent = await rawSocket(served.path)
    const agent = await open(served.path)
    const ended = gone(silent)
    for (let i = 0; i < 511; i++) {
      await rawSocket(served.path)
      if (i % 100 === 0) await agent.list()
    }
    await ended
    assert.deepEqual(await agent.list(), [])
  })

  it('ends by its signal, also while a request is being answered', async () => {
    let asked = (): void => {}
    const answering = new Promise<void>((resolve) => {
      asked = resolve
    })
    const never: Agent = {
      respond() {
        asked()
        return new Promise(() => {})
      },
    }
    const control = new AbortController()
    const served = await serveAgentSocket(never, { signal: control.signal })
    const agent = await open(served.path)
    const answer = codeOf(agent.list())
    await answering
    control.abort()
    await served.closed
    assert.equal(await answer, 'agent-closed')
    assert.equal(await codeOf(lstat(dirname(served.path))), 'ENOENT')
    const reason = new Error('enough')
    await assert.rejects(serveAgentSocket(never, { signal: AbortSignal.abort(reason) }), reason)
  })

  it('tells what clients were refused, and goes on', async () => {
    const told: unknown[] = []
    const served = await serveAgentSocket(createKeyring({ types }), { onError: (error) => told.push(error) })
    left.push(() => served.close())
    const bad = await rawSocket(served.path)
    bad.write(Uint8Array.of(255, 255, 255, 255, 1))
    await gone(bad)
    assert.equal((told[0] as { readonly code?: string }).code, 'limit')
    await (await open(served.path)).list()
  })
})

describe('openAgent', { skip }, () => {
  it('finds the agent of SSH_AUTH_SOCK, or says that there is none', async () => {
    const served = await serve()
    const before = process.env.SSH_AUTH_SOCK
    try {
      process.env.SSH_AUTH_SOCK = served.path
      const agent = await openAgent()
      assert.deepEqual(await agent.list(), [])
      await agent.close()
      delete process.env.SSH_AUTH_SOCK
      assert.equal(await codeOf(openAgent()), 'no-agent')
    } finally {
      if (before === undefined) delete process.env.SSH_AUTH_SOCK
      else process.env.SSH_AUTH_SOCK = before
    }
    assert.equal(await codeOf(openAgent({ socket: join(await folder(), 'none') })), 'no-agent')
    const reason = new Error('enough')
    await assert.rejects(openAgent({ socket: served.path, signal: AbortSignal.abort(reason) }), reason)
  })
})

describe('a connection', { skip }, () => {
  /** Both ends of a socket. */
  async function pair(): Promise<{ readonly near: Socket; readonly far: Socket }> {
    const path = join(await folder(), 's')
    const server: Server = createServer({ allowHalfOpen: true })
    await new Promise<void>((done) => server.listen(path, done))
    left.push(() => new Promise((done) => server.close(done)))
    const accepted = new Promise<Socket>((done) => server.once('connection', done))
    const far = await rawSocket(path)
    const near = await accepted
    left.push(() => near.destroy())
    return { near, far }
  }

  it('that does not end a frame is destroyed, one that is silent between frames is not', async () => {
    const { near, far } = await pair()
    const reader = duplexOf(near, 100).readable.getReader()
    far.write(Uint8Array.of(0, 0, 0, 1, 11))
    assert.deepEqual(await reader.read(), { done: false, value: Buffer.of(0, 0, 0, 1, 11) })
    await sleep(300)
    assert.equal(near.destroyed, false)
    far.write(Uint8Array.of(0, 0, 0, 1, 11, 0, 0))
    assert.equal((await reader.read()).done, false)
    await assert.rejects(async () => reader.read(), /stalls/)
    assert.equal(near.destroyed, true)
  })

  it('that does not read is destroyed, and the write rejected', async () => {
    const { near, far } = await pair()
    far.pause()
    const writer = duplexOf(near, 100).writable.getWriter()
    await assert.rejects(async () => {
      for (;;) await writer.write(new Uint8Array(1 << 18))
    })
    assert.equal(near.destroyed, true)
    await assert.rejects(writer.write(new Uint8Array(1)))
  })

  it('gives what came before its end, holds up who sends too much, and wipes what was read', async () => {
    const { near, far } = await pair()
    const duplex = duplexOf(near)
    const reader = duplex.readable.getReader()
    const sent = new Uint8Array(1 << 20).fill(7)
    far.write(sent)
    far.end()
    await sleep(50)
    assert.ok(near.bytesRead < sent.length)
    let length = 0
    let last: Uint8Array | undefined
    for (;;) {
      const { done, value } = await reader.read()
      if (last) assert.equal(last.indexOf(7), -1)
      if (done) break
      assert.equal(
        value!.every((octet) => octet === 7),
        true,
      )
      length += value!.length
      last = value
    }
    assert.equal(length, sent.length)
    const writer = duplex.writable.getWriter()
    await writer.write(utf8('still answered'))
    const heard = new Promise<string>((done) => far.once('data', (data) => done(`${data}`)))
    assert.equal(await heard, 'still answered')
    await writer.close()
    await reader.cancel()
    assert.equal(near.destroyed, true)
  })
})
