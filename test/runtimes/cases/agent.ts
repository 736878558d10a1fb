/**
 * The agent protocol over streams in memory: recorded exchanges decode and encode to the same octets, the keyring gives
 * the answers that `ssh-agent` gave, a client uses it.
 */
import { concat, hex, toHex, utf8 } from '../../support/bytes.ts'
import assert from '../assert.ts'
import type { Add, Given } from '../suite.ts'
import { allAlgorithms, codeOf, isKnown, sameBytes, sharedEntries } from '../support.ts'

type Duplex = import('../../../src/agent-protocol/index.ts').Duplex
type Keyring = import('../../../src/agent/index.ts').Keyring
type Authenticator = import('../../../src/agent/index.ts').Authenticator

interface Step {
  readonly command: string
  readonly note?: string
  readonly exchanges: readonly {
    readonly connection: number
    readonly requestHex: string
    readonly responseHex?: string | null
    readonly request: { readonly undecoded?: string }
  }[]
}

/** Two ends of one connection. */
function connectionPair(): { readonly here: Duplex; readonly there: Duplex } {
  const [a, b] = [new TransformStream<Uint8Array, Uint8Array>(), new TransformStream<Uint8Array, Uint8Array>()]
  return { here: { readable: b.readable, writable: a.writable }, there: { readable: a.readable, writable: b.writable } }
}

const names =
  'add-list certificates constraints dest-ca dest-hosta-hostb dest-hosta dest-other-user dest-user empty forwarding ' +
  'lock odd-requests remove session-bind sign-raw sign smartcard userauth'
const everyKey =
  'rsa1024 rsa2048 rsa3072 rsa4096 ecdsa256 ecdsa384 ecdsa521 ed25519 ed25519-sk ecdsa-sk mldsa44-ed25519'.split(' ')
/** Keys that were there before a recording began; of `userauth`, before each step. */
const before: Readonly<Record<string, readonly string[]>> = {
  forwarding: ['ed25519'],
  lock: ['ed25519'],
  'odd-requests': ['ed25519'],
  remove: everyKey,
  'session-bind': ['ed25519'],
  sign: everyKey,
  'sign-raw': everyKey,
}
const beforeStep = ['rsa2048', 'rsa2048', 'rsa2048', 'ecdsa256', 'mldsa44-ed25519', 'ed25519-sk', 'ed25519']

export function agentCases(given: Given, add: Add): void {
  const { root, keys, agent, agentProtocol: protocol } = given.library
  const types = keys.allTypes
  const options = {
    types,
    authenticator: dummy(given),
    allowProvider: () => true,
    delay: async () => {},
  }

  for (const name of ['openssh-system', 'openssh-sid']) {
    const steps = given.json<readonly { exchanges: readonly [string, string][] }[]>(`own/agent/${name}.json`)
    const exchanges = steps.flatMap((step) => step.exchanges)
    add.plain(`${name}: ${exchanges.length} exchanges decode whole and encode to the same octets`, () => {
      for (const [request, response] of exchanges) sameAgain(given, request, response)
    })
    add.crypto(`${name}: the keyring answers as ssh-agent did`, async () => {
      const connection = open(given, agent.createKeyring({ ...options, confirm: () => true }))
      for (const [i, [request, response]] of exchanges.entries()) {
        await compare(given, request, await connection.ask(hex(request)), response, `exchange ${i}`)
      }
      await connection.close()
    })
  }

  const files = [
    'keys/ed25519',
    'keys/rsa2048',
    'keys/ecdsa256',
    'keys/ecdsa384',
    'keys/ecdsa521',
    'types/mldsa44-ed25519',
    'types/ed25519-sk',
  ]
  for (const path of files) {
    add.crypto(`a client adds ${path}, lists it, signs with it, removes it`, async () => {
      const { here, there } = connectionPair()
      const served = protocol.serveAgent(there, agent.createKeyring(options))
      const client = protocol.connectAgent(here)
      const key = await root.parsePrivateKey(given.file(`own/${path}`))
      await client.add(protocol.encodeAdd(key))
      const [identity, ...others] = await client.list()
      assert.equal(others.length, 0)
      sameBytes(identity!.key, key.publicKey.blob)
      assert.equal(identity!.comment, key.comment)
      const signer = agent.agentSigner(client, identity!, { types })
      for (const algorithm of signer.algorithms) {
        const signature = await signer.sign(utf8('data'), { algorithm })
        await root.verify(key.publicKey, signature, utf8('data'), { algorithms: [algorithm] })
        assert.equal(
          await codeOf(given, () => root.verify(key.publicKey, signature, utf8('x'), { algorithms: [algorithm] })),
          'bad-signature',
        )
      }
      await client.remove(identity!.key)
      assert.deepEqual(await client.list(), [])
      await client.close()
      await served
    })
  }

  add.crypto('a locked agent shows and signs nothing; a constrained key is gone when its time is over', async () => {
    let now = 1_800_000_000_000
    const { here, there } = connectionPair()
    void protocol.serveAgent(there, agent.createKeyring({ ...options, clock: () => now }))
    const client = protocol.connectAgent(here)
    const key = await root.parsePrivateKey(given.file('own/keys/ed25519'))
    await client.add(protocol.encodeAdd(key, { constraints: [{ kind: 'lifetime', seconds: 5 }] }))
    await client.lock(utf8('secret'))
    assert.deepEqual(await client.list(), [])
    await assert.rejects(client.sign(key.publicKey.blob, utf8('x')), isKnown(given))
    await assert.rejects(client.unlock(utf8('wrong')), isKnown(given))
    await client.unlock(utf8('secret'))
    assert.equal((await client.list()).length, 1)
    now += 6000
    assert.deepEqual(await client.list(), [])
    await client.close()
  })

  add.plain('frames are cut anywhere, and too long a one is refused before it is there', () => {
    const frame = protocol.encodeFrame(Uint8Array.of(11))
    const whole = concat(frame, frame, frame)
    for (let cut = 0; cut <= whole.length; cut++) {
      const decode = protocol.decodeFrames()
      const found = [...decode(whole.slice(0, cut)), ...decode(whole.slice(cut))]
      assert.deepEqual(found.map(toHex), ['0b', '0b', '0b'])
    }
    assert.throws(() => [...protocol.decodeFrames()(Uint8Array.of(0xff, 0, 0, 0))], { code: 'limit' })
    assert.throws(() => [...protocol.decodeFrames()(new Uint8Array(4))], { code: 'bad-value' })
  })

  if (!given.shared) return

  for (const { path } of sharedEntries(given, 'agent-capture')) {
    add.plain(`${path} decodes whole and encodes to the same octets`, () => {
      for (const exchange of given
        .json<{ steps: readonly Step[] }>(`shared/made/${path}`)
        .steps.flatMap((s) => s.exchanges)) {
        const { requestHex, responseHex, request } = exchange
        if (responseHex === null || responseHex === undefined || request.undecoded !== undefined) continue
        if (requestHex === '000000011b') continue
        sameAgain(given, requestHex, responseHex)
      }
    })
  }

  for (const name of names.split(' ')) {
    add.crypto(`the keyring answers as ssh-agent did: ${name}`, () => replay(given, name))
  }

  async function replay(given: Given, name: string): Promise<void> {
    const { steps } = given.json<{ steps: readonly Step[] }>(`shared/made/set1/agent/${name}.json`)
    let time = given.json<{ generatedAt: number }>('shared/made/about.json').generatedAt * 1000
    let yes = false
    const keyring = agent.createKeyring({
      ...options,
      confirm: () => yes,
      allowProvider: (provider) => provider === '/opt/openssh105/lib/sk-dummy.so',
      clock: () => time,
    })
    const load = async (key: string, certificate?: string): Promise<void> => {
      const secret = await root.parsePrivateKey(given.file(`shared/made/set1/keys/${key}/id`))
      const more = certificate ? { certificate: root.parseCertificate(given.file(`shared/made/${certificate}`)) } : {}
      const { kind } = await keyring.respond(protocol.encodeAdd(secret, more), { closed: new Promise(() => {}) })
      assert.equal(kind, 'success', key)
    }
    for (const key of before[name] ?? []) await load(key)
    for (const [i, { command, note, exchanges }] of steps.entries()) {
      if (name === 'userauth') {
        keyring.wipe()
        await load(beforeStep[i]!)
        if (note === 'user certificate') await load(beforeStep[i]!, 'set1/certs/opt-forever-cert.pub')
      }
      if (note === 'the 1 second key is gone') time += 2000
      const connections = new Map<number, ReturnType<typeof open>>()
      for (const [j, { connection: number, requestHex, responseHex }] of exchanges.entries()) {
        const connection = connections.get(number) ?? open(given, keyring)
        connections.set(number, connection)
        yes = responseHex?.slice(8, 10) === '0e'
        const answer = await connection.ask(hex(requestHex))
        await compare(given, requestHex, answer, responseHex ?? undefined, `step ${i} (${command}), exchange ${j}`)
      }
      for (const connection of connections.values()) await connection.close()
    }
  }
}

/** A request and its answer, frames in hexadecimal: decoded and encoded again. */
function sameAgain(given: Given, requestHex: string, responseHex: string): void {
  const { agentProtocol: protocol } = given.library
  const [message] = [...protocol.decodeFrames()(hex(requestHex))]
  const request = protocol.decodeRequest(message!)
  assert.equal(toHex(protocol.encodeFrame(protocol.encodeRequest(request))), requestHex)
  if (request.kind === 'add') {
    const { key, certificate, constraints } = protocol.decodeAdd(request, { types: given.library.keys.allTypes })
    sameBytes(protocol.encodeAdd(key, { certificate, constraints }).contents, request.contents)
  }
  const [answer] = [...protocol.decodeFrames()(hex(responseHex))]
  const response = protocol.decodeResponse(answer!, request)
  assert.equal(toHex(protocol.encodeFrame(protocol.encodeResponse(response))), responseHex)
}

/** One connection to an agent, by frames. */
function open(
  given: Given,
  keyring: Keyring,
): { ask(frame: Uint8Array): Promise<Uint8Array | undefined>; close(): Promise<void> } {
  const { here, there } = connectionPair()
  const served = given.library.agentProtocol.serveAgent(there, keyring)
  const [reader, writer] = [here.readable.getReader(), here.writable.getWriter()]
  return {
    async ask(frame) {
      // Where the agent hangs up, the write fails; that it hung up is what the read says.
      writer.write(frame).catch(() => {})
      const { done, value } = await reader.read()
      return done ? undefined : value
    },
    async close() {
      await writer.close().catch(() => {})
      await served
    },
  }
}

/** Our answer and theirs, frames; signatures that are random are verified. */
async function compare(
  given: Given,
  requestHex: string,
  ours: Uint8Array | undefined,
  theirs: string | undefined,
  what: string,
): Promise<void> {
  const { keys, cert, wire, agentProtocol: protocol } = given.library
  if (theirs === undefined || ours === undefined) {
    assert.equal(ours && toHex(ours), theirs, what)
    return
  }
  const types = keys.allTypes
  const request = hex(requestHex).slice(4)
  const deprecated = [keys.dss.name, keys.dss.certName]
  // DSA keys are not taken here.
  if (request[0] === 17 && deprecated.includes(wire.blobType(request.subarray(1)))) {
    assert.equal(toHex(ours), '0000000105', what)
    return
  }
  const expected = protocol.decodeResponse(hex(theirs).slice(4))
  const asked = request.length > 1 && request[0] === 13 ? protocol.decodeRequest(request) : undefined
  if (expected.kind === 'signature' && asked?.kind === 'sign') {
    const got = protocol.decodeResponse(ours.slice(4))
    if (got.kind !== 'signature') throw new Error(`${what}: ${got.kind}`)
    const algorithm = wire.blobType(expected.signature)
    assert.equal(wire.blobType(got.signature), algorithm, what)
    if (!/^(ssh-ed25519|sk-ssh-ed25519@openssh\.com|.*rsa.*)$/.test(algorithm)) {
      const isCertificate = keys.isCertificateName(types, wire.blobType(asked.key))
      const key = isCertificate
        ? cert.decodeCertificate(asked.key, { types }).publicKey
        : keys.decodePublicKey(asked.key, { types })
      await keys.verifySignature(key, got.signature, asked.data, { types, algorithms: allAlgorithms(given) })
      return
    }
  }
  if (expected.kind === 'identities') {
    const identities = expected.identities.filter(({ key }) => !deprecated.includes(wire.blobType(key)))
    const all = protocol.encodeFrame(protocol.encodeResponse({ ...expected, identities }))
    sameBytes(ours, all, what)
  } else assert.equal(toHex(ours), theirs, what)
}

/** Signs as OpenSSH's sk-dummy does: its handles are private keys, 64 octets of Ed25519 or ECDSA in PEM. */
function dummy(given: Given): Authenticator {
  const { keys, formats, wire, crypto } = given.library
  return async ({ publicKey, application, handle, flags, message }) => {
    const inner =
      publicKey.type === keys.skEd25519.name
        ? new keys.PrivateKey(keys.ed25519, { public: handle.slice(32), seed: handle.slice(0, 32) }, '')
        : await formats.parsePrivateKey(wire.decodeText(handle), { types: [keys.ecdsaP256], formats: [formats.sec1] })
    const counter = 0x12345678
    const head = new wire.Writer().raw(crypto.sha256.digest(application)).u8(flags).u32(counter)
    const reader = new wire.Reader((await inner.sign(head.raw(crypto.sha256.digest(message)).take())).blob)
    reader.string('algorithm')
    const value = reader.string('signature')
    const blob = new wire.Writer().string(publicKey.type).string(value).u8(flags).u32(counter).take()
    return { algorithm: publicKey.type, blob }
  }
}
