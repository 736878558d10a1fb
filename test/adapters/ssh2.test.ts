import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ssh2Agent } from '../../src/adapters/ssh2/index.ts'
import { createKeyring } from '../../src/agent/index.ts'
import { connectAgent, encodeAdd, serveAgent } from '../../src/agent-protocol/index.ts'
import { issueCertificate } from '../../src/cert/index.ts'
import {
  allTypes,
  ecdsaP256,
  ed25519,
  generatePrivateKey,
  type PrivateKey,
  rsa,
  type Signer,
  signatureOf,
  verifySignature,
} from '../../src/keys/index.ts'
import { encodeBase64 } from '../../src/wire/index.ts'
import { Writer } from '../../src/wire/writer.ts'
import { utf8 } from '../support/bytes.ts'

type Answer = (error: Error | null, result?: unknown) => void

/** As ssh2's: an agent must be an instance of it. */
class BaseAgent {
  getIdentities(_callback: Answer): void {
    throw new Error('not overridden')
  }
  sign(_key: { getPublicSSH(): Uint8Array }, _data: Uint8Array, _options: unknown, _callback?: Answer): void {
    throw new Error('not overridden')
  }
}

const ssh2 = { BaseAgent }
const data = utf8('what is signed')

function promised(start: (answer: Answer) => void): Promise<unknown> {
  return new Promise((done, fail) => start((error, result) => (error ? fail(error) : done(result))))
}

function sign(agent: BaseAgent, key: PrivateKey, options: unknown = {}): Promise<unknown> {
  return promised((answer) => agent.sign({ getPublicSSH: () => key.publicKey.blob }, data, options, answer))
}

const line = ({ publicKey: { type, blob } }: PrivateKey): string => `${type} ${encodeBase64(blob)}`

/** Verifies the value of a signature under the name that ssh2 writes in front of it. */
async function check(key: PrivateKey, value: unknown, algorithm: string): Promise<void> {
  const behindName = new Writer().string(value as Uint8Array).take()
  await verifySignature(key.publicKey, signatureOf(algorithm, behindName), data, {
    types: allTypes,
    algorithms: [algorithm],
  })
}

const keys = await Promise.all([
  generatePrivateKey(ed25519),
  generatePrivateKey(ecdsaP256),
  generatePrivateKey(rsa, { bits: 2048 }),
])
const [first, , third] = keys as [PrivateKey, PrivateKey, PrivateKey]

async function exercise(agent: BaseAgent): Promise<void> {
  assert.ok(agent instanceof BaseAgent)
  assert.deepEqual(await promised((answer) => agent.getIdentities(answer)), keys.map(line))
  for (const key of keys.slice(0, 2)) {
    await check(key, await sign(agent, key), key.type)
    // Without options, as ssh2 allows.
    const value = promised((answer) => agent.sign({ getPublicSSH: () => key.publicKey.blob }, data, answer))
    await check(key, await value, key.type)
  }
  await check(third, await sign(agent, third, { hash: 'sha256' }), 'rsa-sha2-256')
  await check(third, await sign(agent, third, { hash: 'sha512' }), 'rsa-sha2-512')
  await assert.rejects(sign(agent, third, { hash: 'sha1' }), { code: 'unsupported-algorithm' })
}

describe('ssh2Agent', () => {
  it('offers signers', async () => {
    await exercise(ssh2Agent(ssh2, keys))
    const one = ssh2Agent(ssh2, first)
    assert.deepEqual(await promised((answer) => one.getIdentities(answer)), [line(first)])
    await assert.rejects(sign(one, third, { hash: 'sha256' }), { code: 'signer-failed' })
  })

  it('offers the plain keys of a keyring, and of any agent behind a client', async () => {
    const keyring = createKeyring({ types: allTypes })
    const connection = { closed: new Promise<void>(() => {}) }
    for (const key of keys) {
      const { publicKey } = key
      const request = {
        kind: 'user',
        publicKey,
        keyId: 'k',
        principals: ['a'],
        validAfter: 0,
        validBefore: 4e9,
      } as const
      const certificate = await issueCertificate(request, first, { types: allTypes })
      assert.equal((await keyring.respond(encodeAdd(key), connection)).kind, 'success')
      assert.equal((await keyring.respond(encodeAdd(key, { certificate }), connection)).kind, 'success')
    }
    await exercise(ssh2Agent(ssh2, keyring))

    const [there, back] = [new TransformStream<Uint8Array>(), new TransformStream<Uint8Array>()]
    const served = serveAgent({ readable: there.readable, writable: back.writable }, keyring)
    const client = connectAgent({ readable: back.readable, writable: there.writable })
    await exercise(ssh2Agent(ssh2, client))
    await client.close()
    await served

    keyring.wipe()
    await assert.rejects(sign(ssh2Agent(ssh2, keyring), first), { code: 'agent-refused' })
    const refusing = ssh2Agent(ssh2, { respond: async () => ({ kind: 'failure' }) as const })
    await assert.rejects(
      promised((answer) => refusing.getIdentities(answer)),
      { code: 'agent-refused' },
    )
  })

  it('signs with SHA-1 where that is allowed alone, and takes no other algorithm than it asked for', async () => {
    const old = ssh2Agent(ssh2, third, { allowSha1: true })
    await check(third, await sign(old, third, { hash: 'sha1' }), 'ssh-rsa')
    const stubborn: Signer = {
      publicKey: third.publicKey,
      algorithms: ['rsa-sha2-256'],
      sign: () => third.sign(data, { algorithm: 'ssh-rsa' }),
    }
    await assert.rejects(sign(ssh2Agent(ssh2, stubborn), third, { hash: 'sha256' }), { code: 'signer-failed' })
  })
})
