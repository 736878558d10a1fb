import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SshError } from '../../src/errors.ts'
import { allTypes, type PublicKey } from '../../src/keys/index.ts'
import { createKrl, formatKrl, isRevoked, mergeKrls, parseKrl, parseSignedKrl, signKrl } from '../../src/krl/index.ts'
import { concat, flipped } from '../support/bytes.ts'
import { privateKey, publicKey } from '../support/keys.ts'
import { part, section, string } from './bytes.ts'

const types = allTypes
const [ed, ecdsa, rsa] = await Promise.all(['ed25519', 'ecdsa256', 'rsa2048'].map(privateKey))
const plain = formatKrl(createKrl({ generatedAt: 0, keys: [publicKey('ecdsa384')] }))
const empty = formatKrl(createKrl({ generatedAt: 0 }))
const read = (bytes: Uint8Array, ...requireSignedBy: PublicKey[]) => parseSignedKrl(bytes, { types, requireSignedBy })
const refused = (code: string) => ({ name: 'VerificationError', code })

describe('signKrl and parseSignedKrl', () => {
  it('sign and read lists by each type of key', async () => {
    for (const signer of [ed!, ecdsa!, rsa!]) {
      const krl = await read(await signKrl(plain, signer), signer.publicKey)
      assert.equal(isRevoked(krl, publicKey('ecdsa384')), 'key')
      assert.deepEqual(
        krl.signatures.map(({ publicKey: blob }) => blob),
        [signer.publicKey.blob],
      )
    }
  })

  it('take several signatures, each over those before it; one of those asked for is enough', async () => {
    const twice = await signKrl(await signKrl(plain, ed!), rsa!)
    for (const keys of [[ed!], [rsa!], [ecdsa!, rsa!], [rsa!, ed!]]) {
      assert.equal((await read(twice, ...keys.map((key) => key.publicKey))).signatures.length, 2)
    }
  })

  it('refuse a list that none of the keys signed, whoever else did', async () => {
    const signed = await signKrl(plain, ed!)
    await assert.rejects(read(plain, ed!.publicKey), refused('unknown-authority'))
    await assert.rejects(read(signed, rsa!.publicKey), refused('unknown-authority'))
    await assert.rejects(read(signed), refused('unknown-authority'))
  })

  it('refuse every signature of those keys that does not hold, even beside one that does', async () => {
    const signed = await signKrl(plain, ed!)
    const again = concat(
      signed,
      part(section.signature, ed!.publicKey.blob),
      string(parseKrl(signed, { types }).signatures[0]!.signature),
    )
    await assert.rejects(read(again, ed!.publicKey), refused('bad-signature'))
    // Of keys that nobody asked about nothing is looked at.
    const foreign = concat(signed, part(section.signature, rsa!.publicKey.blob), string('nonsense'))
    assert.equal((await read(foreign, ed!.publicKey)).signatures.length, 2)
  })

  it('refuse a list of which any bit is turned over, or any octet missing', async () => {
    const signed = await signKrl(empty, ed!)
    const fails = async (bytes: Uint8Array) =>
      assert.rejects(read(bytes, ed!.publicKey), (error) => error instanceof SshError)
    for (let bit = 0; bit < signed.length * 8; bit++) await fails(flipped(signed, bit))
    for (let length = 0; length < signed.length; length++) await fails(signed.subarray(0, length))
  })

  it('refuse algorithms that are not allowed', async () => {
    const signed = await signKrl(plain, rsa!, { algorithm: 'rsa-sha2-256' })
    const options = { types, requireSignedBy: [rsa!.publicKey] }
    assert.ok(await parseSignedKrl(signed, { ...options, algorithms: ['rsa-sha2-256'] }))
    await assert.rejects(
      parseSignedKrl(signed, { ...options, algorithms: ['rsa-sha2-512'] }),
      refused('algorithm-not-allowed'),
    )
  })

  it('sign lists alone', async () => {
    await assert.rejects(signKrl(new Uint8Array(44), ed!), { code: 'unknown-format' })
    await assert.rejects(signKrl(plain.subarray(0, 50), ed!), { code: 'truncated' })
  })

  it('read what was given when they were called', async () => {
    const signed = await signKrl(plain, ed!)
    const bytes = signed.slice()
    const reading = read(bytes, ed!.publicKey)
    bytes.fill(0)
    assert.deepEqual(await reading, parseKrl(signed, { types }))
    const unsigned = plain.slice()
    const signing = signKrl(unsigned, ed!)
    unsigned.fill(0)
    assert.ok(await read(await signing, ed!.publicKey))
  })

  it('are nothing to parseKrl, which leaves signatures as they stand', async () => {
    const signed = await signKrl(plain, ed!)
    const krl = parseKrl(flipped(signed, signed.length * 8 - 1), { types })
    assert.equal(krl.signatures.length, 1)
    assert.deepEqual(formatKrl(krl), plain)
    assert.deepEqual(mergeKrls([krl]).signatures, [])
  })
})
