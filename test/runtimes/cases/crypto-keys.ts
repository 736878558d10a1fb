/**
 * CryptoKeys: taken in, given out, and as signers when they give out nothing; kept in IndexedDB while the page is loaded
 * anew: the runner's page calls `keepPairs`, reloads itself, and only then runs the suite.
 */
import { utf8 } from '../../support/bytes.ts'
import assert from '../assert.ts'
import { algorithms, generatePair, readPairs } from '../stored-keys.ts'
import type { Add, Given } from '../suite.ts'
import { codeOf, sameBytes } from '../support.ts'

export function cryptoKeyCases(given: Given, add: Add): void {
  const { root, keys, formats, signers } = given.library
  const types = keys.allTypes

  for (const name of ['ed25519', 'ecdsa256', 'ecdsa384', 'ecdsa521', 'rsa2048']) {
    add.webCrypto(`keys/${name} becomes a CryptoKey and comes back`, async () => {
      const key = await root.parsePrivateKey(given.file(`own/keys/${name}`))
      const open = await formats.importCryptoKey(key, { extractable: true })
      const back = await formats.exportCryptoKey(open, { types, comment: key.comment })
      assert.deepEqual(back.exposeComponents(), key.exposeComponents())
      const half = await formats.importPublicCryptoKey(key.publicKey, { types })
      sameBytes((await formats.exportPublicCryptoKey(half, { types })).blob, key.publicKey.blob)
      const closed = await formats.importCryptoKey(key)
      assert.equal(closed.extractable, false)
      assert.equal(await codeOf(given, () => formats.exportCryptoKey(closed, { types })), 'not-extractable')
      const signer = await signers.cryptoKeySigner({ privateKey: closed, publicKey: key.publicKey, types })
      const data = utf8('signed without the key in reach')
      await root.verify(key.publicKey, await signer.sign(data), data)
    })
  }

  for (const [name, { algorithm, type }] of Object.entries(algorithms)) {
    add.webCrypto(`${name}: a new key that cannot be exported signs, certifies and makes an SSHSIG`, async () => {
      const pair = await generatePair(algorithm)
      assert.equal(pair.privateKey.extractable, false)
      await useAsSigner(given, pair, type)
    })

    add.webCrypto(
      `${name}: kept in IndexedDB while the page was loaded anew, it signs as before`,
      async () => {
        const kept = (await readPairs())[name]
        if (!kept) throw new Error('nothing was kept')
        assert.equal(kept.pair.privateKey.extractable, false)
        assert.notEqual(kept.page, performance.timeOrigin, 'the page was not loaded anew')
        await useAsSigner(given, kept.pair, type)
      },
      'IndexedDB',
    )
  }

  for (const name of ['Ed25519', 'P-256', 'RSA with SHA-512']) {
    const { algorithm, type } = algorithms[name]!
    add.webCrypto(
      `${name}: a structured clone of such a key signs`,
      async () => {
        const pair = await generatePair(algorithm)
        await useAsSigner(given, structuredClone(pair), type)
      },
      'structuredClone of a CryptoKey',
    )
  }

  add.webCrypto('halves that do not belong together are refused', async () => {
    const [a, b] = [
      await generatePair(algorithms.Ed25519!.algorithm),
      await generatePair(algorithms.Ed25519!.algorithm),
    ]
    const work = () => signers.cryptoKeySigner({ privateKey: a.privateKey, publicKey: b.publicKey, types })
    assert.equal(await codeOf(given, work), 'signer-failed')
  })
}

/** All that a signer is for, with that pair. */
async function useAsSigner(
  given: Given,
  pair: CryptoKeyPair,
  type: string,
): Promise<import('../../../src/keys/index.ts').Signer> {
  const { root, keys, sshsig, signers } = given.library
  const types = keys.allTypes
  const signer = await signers.cryptoKeySigner({ ...pair, types, comment: 'suite' })
  assert.deepEqual([signer.publicKey.type, signer.publicKey.comment], [type, 'suite'])
  const policy = { algorithms: signer.algorithms }
  // Several, since r and s are shorter now and then.
  for (let i = 0; i < 4; i++) {
    const data = Uint8Array.of(i)
    const signature = await signer.sign(data)
    assert.equal((await root.verify(signer.publicKey, signature, data, policy)).algorithm, signer.algorithms[0])
  }
  if (signer.algorithms[0] === 'ssh-rsa') return signer
  const certificate = await root.issueCertificate(
    { kind: 'user', publicKey: signer.publicKey, keyId: 'k', principals: ['alice'], validAfter: 0n, validBefore: 10n },
    signer,
  )
  const check = { kind: 'user', authorities: [signer.publicKey], time: 5n, principal: 'alice' } as const
  await root.checkCertificate(certificate, check)
  const made = await sshsig.signMessage(utf8('x'), signer, { namespace: 'file' })
  await sshsig.checkMessageSignature(utf8('x'), made, { namespace: 'file', types })
  return signer
}
