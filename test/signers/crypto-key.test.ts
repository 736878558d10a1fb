import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { defaultUserExtensions, issueCertificate } from '../../src/cert/index.ts'
import { SignerError, UnsupportedError } from '../../src/errors.ts'
import { allTypes, ed25519, rsa, verifySignature } from '../../src/keys/index.ts'
import { cryptoKeySigner } from '../../src/signers/index.ts'
import { utf8 } from '../support/bytes.ts'
import { failure, publicKey } from '../support/keys.ts'

const types = allTypes
const data = utf8('hello')
const usages: ('sign' | 'verify')[] = ['sign', 'verify']
const rsaKey = (hash: string, name = 'RSASSA-PKCS1-v1_5') => ({
  name,
  hash,
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
})

const make = async (algorithm: object): Promise<CryptoKeyPair> =>
  (await crypto.subtle.generateKey(algorithm as EcKeyGenParams, false, usages)) as CryptoKeyPair

const kinds: readonly (readonly [algorithm: object, type: string, signature: string])[] = [
  [{ name: 'Ed25519' }, 'ssh-ed25519', 'ssh-ed25519'],
  [{ name: 'ECDSA', namedCurve: 'P-256' }, 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp256'],
  [{ name: 'ECDSA', namedCurve: 'P-384' }, 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp384'],
  [{ name: 'ECDSA', namedCurve: 'P-521' }, 'ecdsa-sha2-nistp521', 'ecdsa-sha2-nistp521'],
  [rsaKey('SHA-256'), 'ssh-rsa', 'rsa-sha2-256'],
  [rsaKey('SHA-512'), 'ssh-rsa', 'rsa-sha2-512'],
  [rsaKey('SHA-1'), 'ssh-rsa', 'ssh-rsa'],
]

for (const [algorithm, type, signatureName] of kinds) {
  test(`${signatureName}: signs though nothing can be exported`, async () => {
    const pair = await make(algorithm)
    const signer = await cryptoKeySigner({ ...pair, types, comment: 'me@browser' })
    assert.equal(signer.publicKey.type, type)
    assert.equal(signer.publicKey.comment, 'me@browser')
    assert.deepEqual(signer.algorithms, [signatureName])
    // Several, since r and s are shorter now and then.
    for (let i = 0; i < 8; i++) {
      const message = Uint8Array.of(i)
      const signature = await signer.sign(message)
      const facts = await verifySignature(signer.publicKey, signature, message, { types, algorithms: [signatureName] })
      assert.equal(facts.algorithm, signatureName)
    }
    const error = await failure(() => signer.sign(data, { algorithm: 'rsa-sha2-384' }))
    assert.ok(error instanceof UnsupportedError && error.code === 'unsupported-algorithm')
  })
}

test('issues a certificate', async () => {
  const signer = await cryptoKeySigner({ ...(await make({ name: 'Ed25519' })), types: [ed25519] })
  const request = { kind: 'user', publicKey: publicKey('ed25519'), keyId: 'k', principals: ['alice'] } as const
  const certificate = await issueCertificate(
    { ...request, validAfter: 0, validBefore: 10, extensions: defaultUserExtensions },
    signer,
    { types },
  )
  assert.equal(certificate.type, 'ssh-ed25519-cert-v01@openssh.com')
})

test('a public key of this library in place of the CryptoKey; a certificate goes along', async () => {
  const pair = await make({ name: 'ECDSA', namedCurve: 'P-256' })
  const first = await cryptoKeySigner({ ...pair, types, comment: 'one' })
  const certificate = await issueCertificate(
    { kind: 'user', publicKey: first.publicKey, keyId: 'k', principals: ['a'], validAfter: 0, validBefore: 1 },
    first,
    { types },
  )
  const again = await cryptoKeySigner({ privateKey: pair.privateKey, publicKey: first.publicKey, types, certificate })
  assert.deepEqual(again.publicKey, first.publicKey)
  assert.equal(again.certificate, certificate)
  assert.equal(first.certificate, undefined)
  const { sign } = again
  assert.equal((await sign(data)).algorithm, 'ecdsa-sha2-nistp256')
})

describe('refused', () => {
  test('halves that do not belong together', async () => {
    const [a, b] = [await make({ name: 'Ed25519' }), await make({ name: 'Ed25519' })]
    const other = await make({ name: 'ECDSA', namedCurve: 'P-256' })
    for (const publicHalf of [b.publicKey, publicKey('ed25519'), other.publicKey]) {
      const error = await failure(() => cryptoKeySigner({ privateKey: a.privateKey, publicKey: publicHalf, types }))
      assert.ok(error instanceof SignerError && error.code === 'signer-failed', String(error))
    }
  })

  test('other algorithms, and types that were not given', async () => {
    const ecdh = (await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, [
      'deriveBits',
    ])) as CryptoKeyPair
    assert.ok((await failure(() => cryptoKeySigner({ ...ecdh, types }))) instanceof TypeError)
    for (const algorithm of [rsaKey('SHA-256', 'RSA-PSS'), rsaKey('SHA-384'), { name: 'Ed25519' }]) {
      const pair = await make(algorithm)
      const error = await failure(() => cryptoKeySigner({ ...pair, types: [rsa] }))
      assert.ok(error instanceof UnsupportedError && error.code === 'unsupported-algorithm', String(error))
    }
  })

  test('a public key as the private one, a public CryptoKey that gives out nothing, an abort', async () => {
    const pair = await make({ name: 'Ed25519' })
    const wrong = { privateKey: pair.publicKey, publicKey: pair.publicKey, types }
    assert.ok((await failure(() => cryptoKeySigner(wrong))) instanceof TypeError)
    const raw = await crypto.subtle.exportKey('raw', pair.publicKey)
    const closed = await crypto.subtle.importKey('raw', raw, { name: 'Ed25519' }, false, ['verify'])
    const error = await failure(() => cryptoKeySigner({ privateKey: pair.privateKey, publicKey: closed, types }))
    assert.ok(error instanceof UnsupportedError && error.code === 'not-extractable')
    const signer = await cryptoKeySigner({ ...pair, types })
    const reason = new Error('enough')
    assert.equal(await failure(() => signer.sign(data, { signal: AbortSignal.abort(reason) })), reason)
  })
})
