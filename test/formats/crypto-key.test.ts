import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, generateKeyPairSync, KeyObject } from 'node:crypto'
import { describe, test } from 'node:test'
import { UnsupportedError } from '../../src/errors.ts'
import {
  exportCryptoKey,
  exportPublicCryptoKey,
  importCryptoKey,
  importPublicCryptoKey,
} from '../../src/formats/crypto-key.ts'
import { parsePrivateKey, parsePublicKey } from '../../src/formats/index.ts'
import { pkcs8 } from '../../src/formats/pkcs8.ts'
import { spki } from '../../src/formats/spki.ts'
import { allTypes, ed25519, rsa } from '../../src/keys/index.ts'
import { utf8 } from '../support/bytes.ts'
import { failure, privateKey, publicKey } from '../support/keys.ts'
import { oneOfEach } from '../support/vectors.ts'

const types = allTypes
const data = utf8('hello') as Uint8Array<ArrayBuffer>

describe('CryptoKeys', () => {
  for (const name of oneOfEach) {
    test(`${name}: in and out`, async () => {
      const key = await privateKey(name)
      const cryptoKey = await importCryptoKey(key, { extractable: true })
      assert.deepEqual([cryptoKey.type, cryptoKey.usages], ['private', ['sign']])
      const back = await exportCryptoKey(cryptoKey, { types, comment: key.comment })
      assert.deepEqual(back.publicKey, key.publicKey)
      assert.deepEqual(back.exposeComponents(), key.exposeComponents())

      const half = await importPublicCryptoKey(key.publicKey, { types })
      assert.deepEqual([half.type, half.extractable, half.usages], ['public', true, ['verify']])
      assert.deepEqual(await exportPublicCryptoKey(half, { types }), { ...key.publicKey, comment: '' })

      const closed = (await importCryptoKey(key)) as CryptoKey
      const algorithm = { ...closed.algorithm, hash: 'SHA-256' } as AlgorithmIdentifier
      const value = await crypto.subtle.sign(algorithm, closed, data)
      assert.ok(await crypto.subtle.verify(algorithm, half as CryptoKey, value, data))
    })
  }

  test('RSA keys are fixed to one hash', async () => {
    const key = await privateKey('rsa2048')
    for (const [algorithm, hash] of [
      [undefined, 'SHA-512'],
      ['rsa-sha2-512', 'SHA-512'],
      ['rsa-sha2-256', 'SHA-256'],
      ['ssh-rsa', 'SHA-1'],
    ] as const) {
      const cryptoKey = await importCryptoKey(key, { algorithm })
      assert.equal((cryptoKey.algorithm as { hash: { name: string } }).hash.name, hash)
    }
    const error = await failure(() => importCryptoKey(key, { algorithm: 'ssh-ed25519' }))
    assert.ok(error instanceof UnsupportedError && error.code === 'unsupported-algorithm')
  })

  test('what gives out nothing', async () => {
    const cryptoKey = await importCryptoKey(await privateKey('ed25519'))
    assert.equal(cryptoKey.extractable, false)
    const error = await failure(() => exportCryptoKey(cryptoKey, { types }))
    assert.ok(error instanceof UnsupportedError && error.code === 'not-extractable')
    assert.match(error.message, /cryptoKeySigner/)
  })

  test('the wrong half, an algorithm that SSH has not, a use that the platform refuses', async () => {
    const half = await importPublicCryptoKey(publicKey('ed25519'), { types })
    assert.ok((await failure(() => exportCryptoKey(half, { types }))) instanceof TypeError)
    const pss = { name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) }
    const pair = await crypto.subtle.generateKey(pss, true, ['sign', 'verify'])
    for (const work of [
      () => exportCryptoKey(pair.privateKey, { types }),
      () => exportPublicCryptoKey(pair.publicKey, { types: [rsa] }),
    ]) {
      assert.equal(((await failure(work)) as UnsupportedError).code, 'unsupported-algorithm')
    }
    const used = await failure(async () => importCryptoKey(await privateKey('ed25519'), { usages: ['encrypt'] }))
    assert.ok(used instanceof UnsupportedError && used.cause !== undefined)
    const unknown = await failure(() => importPublicCryptoKey(publicKey('rsa2048'), { types: [ed25519] }))
    assert.equal((unknown as UnsupportedError).code, 'unsupported-type')
  })
})

describe('KeyObjects of Node, by the same bytes', () => {
  for (const name of oneOfEach) {
    test(name, async () => {
      const key = await privateKey(name)
      const keyObject = createPrivateKey({
        key: Buffer.from(await pkcs8.encode!(key, {})),
        format: 'der',
        type: 'pkcs8',
      })
      const back = await parsePrivateKey(keyObject.export({ format: 'der', type: 'pkcs8' }), {
        types,
        formats: [pkcs8],
      })
      assert.deepEqual(back.publicKey.blob, key.publicKey.blob)
      assert.deepEqual(back.exposeComponents(), key.exposeComponents())

      const publicObject = createPublicKey({
        key: Buffer.from(spki.encode!(key.publicKey, { types })),
        format: 'der',
        type: 'spki',
      })
      assert.ok(publicObject instanceof KeyObject && publicObject.equals(createPublicKey(keyObject)))
      const der = publicObject.export({ format: 'der', type: 'spki' })
      assert.deepEqual(parsePublicKey(der, { types, formats: [spki] }).blob, key.publicKey.blob)
    })
  }

  test('a key that Node made', async () => {
    const pair = generateKeyPairSync('ed25519')
    const key = await parsePrivateKey(pair.privateKey.export({ format: 'pem', type: 'pkcs8' }), {
      types,
      formats: [pkcs8],
    })
    assert.equal(key.type, 'ssh-ed25519')
  })
})
