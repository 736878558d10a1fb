import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { agentSigner } from '../../src/agent/index.ts'
import { type AgentClient, connectAgent, encodeAdd, serveAgent } from '../../src/agent-protocol/index.ts'
import { checkCertificate, issueCertificate } from '../../src/cert/index.ts'
import {
  allTypes,
  decodeSignature,
  ed25519,
  opaquePublicKey,
  type PrivateKey,
  rsa,
  verifySignature,
} from '../../src/keys/index.ts'
import { parseSshsig, signMessage } from '../../src/sshsig/index.ts'
import { connectionPair } from '../agent-protocol/exchanges.ts'
import { utf8 } from '../support/bytes.ts'
import { blobOf, privateKey } from '../support/keys.ts'
import { dummyAuthenticator, dummyKey, newKey, newRoom } from './support.ts'

const types = allTypes
const data = utf8('data')

/** A client of a new keyring with these keys. */
async function clientOf(...keys: readonly PrivateKey[]): Promise<AgentClient> {
  const { here, there } = connectionPair()
  const { keyring } = newRoom({ authenticator: dummyAuthenticator })
  void serveAgent(there, keyring)
  const client = connectAgent(here)
  for (const key of keys) await client.add(encodeAdd(key))
  return client
}

describe('agentSigner', () => {
  it("signs with each type and each algorithm of an agent's keys", async () => {
    const names = ['ed25519', 'rsa2048', 'ecdsa256', 'ecdsa384', 'ecdsa521', '../types/mldsa44-ed25519']
    const keys = await Promise.all(names.map(privateKey))
    const client = await clientOf(...keys, await dummyKey('ssh:'))
    for (const identity of await client.list()) {
      const signer = agentSigner(client, identity, { types })
      assert.equal(signer.publicKey.comment, identity.comment)
      assert.equal(signer.certificate, undefined)
      for (const algorithm of signer.algorithms) {
        if (algorithm.startsWith('webauthn')) continue
        const signature = await signer.sign(data, { algorithm })
        assert.equal(signature.algorithm, algorithm)
        assert.equal((await verifySignature(signer.publicKey, signature, data, { types })).algorithm, algorithm)
      }
      assert.equal((await signer.sign(data)).algorithm, signer.algorithms[0])
    }
    await client.close()
  })

  it('issues certificates and signs messages', async () => {
    const client = await clientOf(await privateKey('rsa2048'))
    const signer = agentSigner(client, (await client.list())[0]!, { types })
    const { publicKey } = await newKey()
    const request = {
      kind: 'user',
      publicKey,
      keyId: 'k',
      principals: ['alice'],
      validAfter: 0,
      validBefore: 1000,
    } as const
    const certificate = await issueCertificate(request, signer, { types })
    const policy = { types, kind: 'user', authorities: [signer.publicKey], principal: 'alice', time: 1 } as const
    assert.equal((await checkCertificate(certificate, policy)).signatureAlgorithm, 'rsa-sha2-512')
    const sshsig = parseSshsig(await signMessage(data, signer, { namespace: 'file' }), { types })
    assert.deepEqual(sshsig.publicKey.blob, signer.publicKey.blob)
    await client.close()
  })

  it('has the certificate of an identity that is one', async () => {
    const [key, authority] = [await newKey(), await newKey()]
    const { publicKey } = key
    const request = {
      kind: 'user',
      publicKey,
      keyId: 'k',
      principals: ['alice'],
      validAfter: 0,
      validBefore: 1e10,
    } as const
    const certificate = await issueCertificate(request, authority, { types })
    const client = await clientOf()
    await client.add(encodeAdd(key, { certificate }))
    const signer = agentSigner(client, (await client.list())[0]!, { types })
    assert.deepEqual([signer.publicKey.blob, signer.certificate?.blob], [publicKey.blob, certificate.blob])
    await verifySignature(publicKey, await signer.sign(data), data, { types })
    const sshsig = parseSshsig(await signMessage(data, signer, { namespace: 'file', certificate: true }), { types })
    assert.deepEqual(sshsig.certificate?.blob, certificate.blob)
    await client.close()
  })

  it('gives out nothing but what was asked for and holds', async () => {
    const key = await privateKey('rsa2048')
    const [right, sha1] = [await key.sign(data), await key.sign(data, { algorithm: 'ssh-rsa' })]
    const wrong = await key.sign(utf8('other'))
    const garbage = { algorithm: 'rsa-sha2-512', blob: blobOf('rsa-sha2-512') }
    const identity = { key: key.publicKey.blob }
    for (const made of [
      sha1,
      wrong,
      garbage,
      await (await newKey()).sign(data),
      { ...right, blob: new Uint8Array(0) },
    ]) {
      const signer = agentSigner({ sign: async () => made }, identity, { types })
      await assert.rejects(signer.sign(data), { code: 'signer-failed' })
    }
    assert.deepEqual(await agentSigner({ sign: async () => right }, identity, { types }).sign(data), right)
    const trusting = agentSigner({ sign: async () => wrong }, identity, { types, verify: false })
    assert.deepEqual(await trusting.sign(data), wrong)
    const still = agentSigner({ sign: async () => sha1 }, identity, { types, verify: false })
    await assert.rejects(still.sign(data), { code: 'signer-failed' })
  })

  it('makes only its algorithms, those of old where they are named', async () => {
    const key = await privateKey('rsa2048')
    const client = await clientOf(key)
    const identity = (await client.list())[0]!
    await assert.rejects(agentSigner(client, identity, { types }).sign(data, { algorithm: 'ssh-rsa' }), {
      code: 'unsupported-algorithm',
    })
    const old = agentSigner(client, identity, { types, algorithms: ['ssh-rsa'] })
    assert.equal(decodeSignature((await old.sign(data)).blob).algorithm, 'ssh-rsa')
    await assert.rejects(agentSigner(client, identity, { types, algorithms: [] }).sign(data), {
      code: 'unsupported-algorithm',
    })
    await client.close()
  })

  it('refuses identities of types that it was not given, and says what the agent said', async () => {
    const client = await clientOf(await newKey())
    const [identity] = await client.list()
    assert.throws(() => agentSigner(client, identity!, { types: [rsa] }), { code: 'unsupported-type' })
    const foo = { key: opaquePublicKey(blobOf('ssh-foo', 'x')).blob, comment: '' }
    assert.throws(() => agentSigner(client, foo, { types }), { code: 'unsupported-type' })
    const signer = agentSigner(client, identity!, { types: [ed25519] })
    await client.removeAll()
    await assert.rejects(signer.sign(data), { code: 'agent-refused' })
    await assert.rejects(signer.sign(data, { signal: AbortSignal.abort(new Error('enough')) }), { message: 'enough' })
    await client.close()
  })
})
