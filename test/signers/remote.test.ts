import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, type KeyObject, privateEncrypt, sign } from 'node:crypto'
import { describe, test } from 'node:test'
import { SignerError, type UnsupportedError } from '../../src/errors.ts'
import { parsePublicKey } from '../../src/formats/index.ts'
import { spki } from '../../src/formats/spki.ts'
import { allTypes, type PublicKey, verifySignature } from '../../src/keys/index.ts'
import { digestSigner, messageSigner, type RemoteSignRequest } from '../../src/signers/index.ts'
import { concat, hex, utf8 } from '../support/bytes.ts'
import { failure } from '../support/keys.ts'
import { vectorText } from '../support/vectors.ts'
import { x509Keys } from '../support/x509.ts'

const types = allTypes
const data = utf8('hello')

/** A service that holds the key of that name. */
function service(name: string): { key: KeyObject; publicKey: PublicKey } {
  const key = createPrivateKey(vectorText(`x509/${name}.key`))
  const der = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return { key, publicKey: parsePublicKey(der, { types, formats: [spki] }) }
}

const nodeHash = (request: RemoteSignRequest): string | null => request.hash?.replace('-', '').toLowerCase() ?? null

describe('whole messages', () => {
  for (const name of x509Keys) {
    test(name, async () => {
      const { key, publicKey } = service(name)
      const signMessage = async (message: Uint8Array, request: RemoteSignRequest): Promise<Uint8Array> =>
        sign(nodeHash(request), message, key)
      const signer = messageSigner({ publicKey, types, signMessage })
      for (const algorithm of signer.algorithms) {
        const signature = await signer.sign(data, { algorithm })
        assert.equal((await verifySignature(publicKey, signature, data, { types })).algorithm, algorithm)
      }
      if (!name.startsWith('p')) return
      const raw = messageSigner({
        publicKey,
        types,
        form: 'raw',
        signMessage: async (message, request) => sign(nodeHash(request), message, { key, dsaEncoding: 'ieee-p1363' }),
      })
      await verifySignature(publicKey, await raw.sign(data), data, { types })
      // The wrong form is found here, not by a server.
      for (const form of ['der', 'raw'] as const) {
        const answer = { key, dsaEncoding: form === 'der' ? 'ieee-p1363' : 'der' } as const
        const wrong = messageSigner({
          publicKey,
          types,
          form,
          signMessage: async (m, r) => sign(nodeHash(r), m, answer),
        })
        const error = await failure(() => wrong.sign(data))
        assert.ok(error instanceof SignerError && error.code === 'signer-failed', String(error))
      }
    })
  }
})

describe('digests', () => {
  /** DigestInfo of RFC 8017 section 9.2, without the digest. */
  const prefixes: Readonly<Record<string, string>> = {
    'SHA-256': '3031300d060960864801650304020105000420',
    'SHA-512': '3051300d060960864801650304020305000440',
  }

  test('RSA', async () => {
    const { key, publicKey } = service('rsa')
    const signer = digestSigner({
      publicKey,
      types,
      signDigest: async (digest, { hash }) => privateEncrypt(key, concat(hex(prefixes[hash!]!), digest)),
    })
    assert.deepEqual(signer.algorithms, ['rsa-sha2-512', 'rsa-sha2-256'])
    for (const algorithm of signer.algorithms) {
      await verifySignature(publicKey, await signer.sign(data, { algorithm }), data, { types, algorithms: [algorithm] })
    }
  })

  test('algorithms, digests and the signal reach the service', async () => {
    const { publicKey } = service('p384')
    const seen: unknown[] = []
    const signal = new AbortController().signal
    const signer = digestSigner({
      publicKey,
      types,
      signDigest: async (digest, request) => {
        seen.push(digest.length, request)
        throw new Error('the service is down')
      },
    })
    const error = await failure(() => signer.sign(data, { signal }))
    assert.equal((error as Error).message, 'the service is down')
    assert.deepEqual(seen, [48, { algorithm: 'ecdsa-sha2-nistp384', hash: 'SHA-384', signal }])
  })

  test('refused', async () => {
    const signDigest = async (): Promise<Uint8Array> => new Uint8Array(256)
    const ed = digestSigner({ publicKey: service('ed25519').publicKey, types, signDigest })
    assert.equal(((await failure(() => ed.sign(data))) as UnsupportedError).code, 'unsupported-algorithm')
    const { publicKey } = service('rsa')
    const one = digestSigner({ publicKey, types, algorithms: ['rsa-sha2-256'], signDigest })
    assert.equal(
      ((await failure(() => one.sign(data, { algorithm: 'rsa-sha2-512' }))) as UnsupportedError).code,
      'unsupported-algorithm',
    )
    assert.equal(((await failure(() => one.sign(data))) as SignerError).code, 'signer-failed')
    const long = messageSigner({ publicKey, types, signMessage: async () => new Uint8Array(5000) })
    assert.equal(((await failure(() => long.sign(data))) as SignerError).code, 'signer-failed')
    assert.throws(() => digestSigner({ publicKey, types: [], signDigest }), { code: 'unsupported-type' })
    const reason = new Error('enough')
    assert.equal(await failure(() => one.sign(data, { signal: AbortSignal.abort(reason) })), reason)
  })
})
