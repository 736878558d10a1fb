/** What `ssh-agent` answered to recorded requests, the keyring answers too, wherever the protocol determines it. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { createKeyring, type Keyring } from '../../src/agent/index.ts'
import { decodeFrames, decodeRequest, decodeResponse, encodeAdd, serveAgent } from '../../src/agent-protocol/index.ts'
import { decodeCertificate, parseCertificate } from '../../src/cert/index.ts'
import { opensshPrivate, parsePrivateKey } from '../../src/formats/index.ts'
import {
  allTypes,
  decodePublicKey,
  dss,
  ed25519,
  isCertificateName,
  rsa,
  skEd25519,
  verifySignature,
} from '../../src/keys/index.ts'
import { blobType } from '../../src/wire/public-line.ts'
import { connectionPair, recorded } from '../agent-protocol/exchanges.ts'
import { hex, toHex } from '../support/bytes.ts'
import { dummyAuthenticator, newConnection, read } from './support.ts'

const folder = new URL('../../../shared/vectors/made/', import.meta.url)

interface Step {
  readonly command: string
  readonly note?: string
  readonly exchanges: readonly {
    readonly connection: number
    readonly requestHex: string
    readonly responseHex?: string
    readonly agentClosed?: boolean
  }[]
}

/** Algorithms whose signature follows from key and message; sk-dummy's counter stands still. */
const determined = [...rsa.algorithms, ...rsa.legacyAlgorithms, ...ed25519.algorithms, ...skEd25519.algorithms]
const deprecated = [dss.name, dss.certName]

/** Compares two answers to one request; signatures that are random are verified. Says how. */
async function compare(request: Uint8Array, ours: Uint8Array, theirs: Uint8Array, what: string): Promise<string> {
  const [got, expected] = [decodeResponse(ours), decodeResponse(theirs)]
  const asked = request.length > 1 && request[0] === 13 ? decodeRequest(request) : undefined
  if (expected.kind === 'signature' && asked?.kind === 'sign') {
    assert.equal(got.kind, 'signature', what)
    if (got.kind !== 'signature') throw new Error(what)
    const algorithm = blobType(expected.signature)
    assert.equal(blobType(got.signature), algorithm, what)
    if (!determined.includes(algorithm)) {
      const certificate = isCertificateName(allTypes, blobType(asked.key))
      const key = certificate
        ? decodeCertificate(asked.key, { types: allTypes }).publicKey
        : decodePublicKey(asked.key, { types: allTypes })
      await verifySignature(key, got.signature, asked.data, { types: allTypes })
      return 'verified'
    }
  }
  if (expected.kind === 'identities') {
    // DSA keys are not taken here.
    const identities = expected.identities.filter(({ key }) => !deprecated.includes(blobType(key)))
    assert.deepEqual(got, { ...expected, identities }, what)
  } else assert.equal(toHex(ours), toHex(theirs), what)
  return 'equal'
}

/** One connection to an agent, by frames. */
function open(keyring: Keyring): { ask(frame: Uint8Array): Promise<Uint8Array | undefined>; close(): Promise<void> } {
  const { here, there } = connectionPair()
  const served = serveAgent(there, keyring)
  const [reader, writer] = [here.readable.getReader(), here.writable.getWriter()]
  const frames = decodeFrames()
  return {
    async ask(frame) {
      writer.write(frame).catch(() => {})
      const { done, value } = await reader.read()
      return done ? undefined : [...frames(value!)][0]
    },
    async close() {
      await writer.close().catch(() => {})
      await served
    },
  }
}

const everyKey = ['rsa1024', 'rsa2048', 'rsa3072', 'rsa4096', 'ecdsa256', 'ecdsa384', 'ecdsa521', 'ed25519']
everyKey.push('ed25519-sk', 'ecdsa-sk', 'mldsa44-ed25519')

/** Keys that were there before the recording began; of `userauth`, before each step. */
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

async function load(keyring: Keyring, name: string, certificate?: string): Promise<void> {
  const file = read(new URL(`set1/keys/${name}/id`, folder))
  const key = await parsePrivateKey(file, { types: allTypes, formats: [opensshPrivate] })
  const options = certificate
    ? { certificate: parseCertificate(read(new URL(certificate, folder)), { types: allTypes }) }
    : {}
  const { kind } = await keyring.respond(encodeAdd(key, options), newConnection())
  assert.equal(kind, 'success', name)
}

/** Replays a file; gives how many answers were compared, and how. */
async function replay(name: string): Promise<Record<string, number>> {
  const { steps } = JSON.parse(readFileSync(new URL(`set1/agent/${name}.json`, folder), 'utf8')) as { steps: Step[] }
  let time = JSON.parse(readFileSync(new URL('about.json', folder), 'utf8')).generatedAt * 1000
  let yes = false
  const keyring = createKeyring({
    types: allTypes,
    confirm: () => yes,
    authenticator: dummyAuthenticator,
    allowProvider: (provider) => provider === '/opt/openssh105/lib/sk-dummy.so',
    delay: async () => {},
    clock: () => time,
  })
  const counts: Record<string, number> = {}
  for (const key of before[name] ?? []) await load(keyring, key)
  for (const [i, { command, note, exchanges }] of steps.entries()) {
    if (name === 'userauth') {
      keyring.wipe()
      await load(keyring, beforeStep[i]!)
      if (note === 'user certificate') await load(keyring, beforeStep[i]!, 'set1/certs/opt-forever-cert.pub')
    }
    if (note === 'the 1 second key is gone') time += 2000
    const connections = new Map<number, ReturnType<typeof open>>()
    for (const [j, exchange] of exchanges.entries()) {
      const connection = connections.get(exchange.connection) ?? open(keyring)
      connections.set(exchange.connection, connection)
      const frame = hex(exchange.requestHex)
      yes = exchange.responseHex?.slice(8, 10) === '0e'
      const ours = await connection.ask(frame)
      const what = `${name}, step ${i} (${command}), exchange ${j}`
      let how = 'closed'
      if (exchange.responseHex) {
        assert.ok(ours, what)
        how = await compare(frame.subarray(4), ours, hex(exchange.responseHex).subarray(4), what)
      } else assert.equal(ours, undefined, what)
      counts[how] = (counts[how] ?? 0) + 1
    }
    for (const connection of connections.values()) await connection.close()
  }
  return counts
}

describe('recorded exchanges', () => {
  const names = 'add-list certificates constraints dest-ca dest-hosta-hostb dest-hosta dest-other-user dest-user empty'
  const more = 'forwarding lock odd-requests remove session-bind sign-raw sign smartcard userauth'
  if (!existsSync(folder)) console.log('NOT TESTED: the shared recordings of an agent are not here')
  for (const name of `${names} ${more}`.split(' ')) {
    it(`gives the answers of ssh-agent: ${name}`, { skip: !existsSync(folder) }, async () => {
      const counts = await replay(name)
      const { steps } = JSON.parse(readFileSync(new URL(`set1/agent/${name}.json`, folder), 'utf8')) as {
        steps: Step[]
      }
      const all = steps.reduce((sum, { exchanges }) => sum + exchanges.length, 0)
      assert.equal(
        Object.values(counts).reduce((a, b) => a + b),
        all,
      )
    })
  }

  for (const name of ['openssh-system', 'openssh-sid'] as const) {
    it(`gives the answers of ssh-agent: ${name}`, async () => {
      const keyring = createKeyring({
        types: allTypes,
        confirm: () => true,
        authenticator: dummyAuthenticator,
        allowProvider: () => true,
      })
      const connection = open(keyring)
      let refused = 0
      for (const [i, { request, response }] of recorded(name).entries()) {
        const frame = new Uint8Array([0, 0, request.length >> 8, request.length & 255, ...request])
        const ours = await connection.ask(frame)
        const type = request[0] === 17 ? blobType(request.subarray(1)) : ''
        if (deprecated.includes(type)) {
          assert.deepEqual(ours, Uint8Array.of(5), `exchange ${i}: DSA`)
          refused++
        } else await compare(request, ours!, response!, `exchange ${i}`)
      }
      await connection.close()
      assert.equal(refused, name === 'openssh-system' ? 2 : 0)
    })
  }
})
