import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  decodeCertificate,
  issueCertificate,
  parseCertificate,
  verifyCertificateSignature,
} from '../../../src/cert/index.ts'
import { sha256 } from '../../../src/crypto/hash.ts'
import { SshError } from '../../../src/errors.ts'
import { fingerprint } from '../../../src/fingerprint/index.ts'
import { formatPrivateKey, opensshPrivate, opensshPublic, parsePrivateKey } from '../../../src/formats/index.ts'
import { parsePublicKey } from '../../../src/index.ts'
import {
  allTypes,
  decodePublicKey,
  ed25519,
  generatePrivateKey,
  needType,
  publicComponents,
  verifySignature,
} from '../../../src/keys/index.ts'
import { flipped } from '../../support/bytes.ts'
import { armored, bodyOf, envelopeOf } from '../../support/openssh.ts'
import { vectorText } from '../../support/vectors.ts'
import { file, message, openSshsig, privateKeyOf, publicKeyOf, set } from './set.ts'

const types = allTypes
const options = { types, formats: [opensshPrivate] }
const legacy = (type: string) => (type === 'ssh-dss' ? ['ssh-dss'] : undefined)

for (const entry of set) {
  describe(`${entry.type} (${entry.name})`, () => {
    it('is what ssh-keygen says', async () => {
      const key = publicKeyOf(entry.name)
      const type = needType(types, key.type)
      assert.equal(key.type, entry.type)
      assert.equal(type.title, entry.title)
      assert.equal(type.bits(publicComponents(key, type)), entry.bits)
      assert.equal(fingerprint(key, { hash: sha256 }), entry.sha256)
      assert.equal(key.comment, entry.comment)
      const secret = await privateKeyOf(entry.name)
      assert.deepEqual(secret.publicKey, key)
      assert.equal(opensshPublic.format(key, { types }), vectorText(`types/${entry.name}.pub`))
    })

    it('its file is written again byte for byte', async () => {
      const key = await privateKeyOf(entry.name)
      const check = envelopeOf(file(entry.name)).section.slice(0, 4)
      const text = await formatPrivateKey(key, { formats: [opensshPrivate], random: () => check })
      assert.equal(text, vectorText(`types/${entry.name}`))
    })

    it('survives encryption', async () => {
      const key = await privateKeyOf(entry.name)
      const text = await formatPrivateKey(key, { formats: [opensshPrivate], passphrase: 'p', rounds: 1 })
      const again = await parsePrivateKey(text, { ...options, passphrase: 'p' })
      assert.deepEqual(again.exposeComponents(), key.exposeComponents())
      await assert.rejects(parsePrivateKey(text, { ...options, passphrase: 'q' }), { code: 'passphrase-wrong' })
    })

    it('its signature holds, and over nothing else', async () => {
      const { signature, signed } = openSshsig(file(`${entry.name}.sig`), message)
      const policy = { types, algorithms: legacy(entry.type), touchRequired: false }
      const key = publicKeyOf(entry.name)
      assert.equal((await verifySignature(key, signature, signed, policy)).algorithm, entry.type)
      await assert.rejects(verifySignature(key, signature, flipped(signed, 9), policy), { code: 'bad-signature' })
    })

    it('its certificate is read, holds, and keeps its bytes', async () => {
      const certificate = parseCertificate(file(`${entry.name}-cert.pub`), { types })
      assert.equal(certificate.type, needType(types, entry.type).certName)
      assert.deepEqual(certificate.publicKey.blob, publicKeyOf(entry.name).blob)
      assert.equal(certificate.keyId, entry.name)
      await verifyCertificateSignature(certificate, { types })
      assert.throws(() => decodePublicKey(certificate.blob, { types }), { code: 'is-certificate' })
      assert.throws(() => parsePublicKey(file(`${entry.name}-cert.pub`)), { code: 'is-certificate' })
    })

    it('may be certified here', async () => {
      const authority = await generatePrivateKey(ed25519)
      const publicKey = publicKeyOf(entry.name)
      const certificate = await issueCertificate(
        { kind: 'user', publicKey, keyId: 'k', principals: ['alice'], validAfter: 0, validBefore: 1000 },
        authority,
        { types },
      )
      assert.equal(certificate.type, needType(types, entry.type).certName)
      assert.deepEqual(certificate.publicKey.blob, publicKey.blob)
    })

    it('the public key of the envelope must be that of the private section', async () => {
      const body = bodyOf(file(entry.name))
      const { blob } = publicKeyOf(entry.name)
      const turned = flipped(body, (offsetOf(body, blob) + blob.length - 1) * 8)
      await assert.rejects(parsePrivateKey(armored(turned), options), { code: 'key-mismatch' })
    })
  })
}

/** Where `blob` begins in `body`. */
function offsetOf(body: Uint8Array, blob: Uint8Array): number {
  for (let i = 0; i + blob.length <= body.length; i++) if (blob.every((octet, j) => body[i + j] === octet)) return i
  throw new Error('not found')
}

describe('authorities', () => {
  it('trap 16: one in a security key need not have been touched, unless the caller asks for it', async () => {
    const certificate = parseCertificate(file('by-no-touch-cert.pub'), { types })
    const facts = await verifyCertificateSignature(certificate, { types })
    assert.equal(facts.userPresent, false)
    await assert.rejects(verifyCertificateSignature(certificate, { types, touchRequired: true }), {
      name: 'VerificationError',
      code: 'touch-required',
    })
  })

  it('one with ML-DSA is verified like any other', async () => {
    const certificate = parseCertificate(file('by-mldsa44-ed25519-cert.pub'), { types })
    assert.equal((await verifyCertificateSignature(certificate, { types })).algorithm, 'ssh-mldsa44-ed25519')
    const bad = { ...certificate, blob: flipped(certificate.blob, 400) }
    await assert.rejects(verifyCertificateSignature(bad, { types }), { code: 'bad-signature' })
  })
})

describe('damage', () => {
  /** Loads, or gives a coded error. */
  const tame = async (work: () => unknown, what: string) => {
    try {
      await work()
    } catch (error) {
      assert.ok(error instanceof SshError, `${what}: ${error}`)
    }
  }

  for (const [name, step] of [
    ['ed25519-sk', 1],
    ['ecdsa-sk', 3],
    ['dsa', 13],
    ['mldsa44-ed25519', 211],
  ] as const) {
    it(`${name}: bits flipped and octets missing give coded errors alone`, async () => {
      const body = bodyOf(file(name))
      for (let bit = 0; bit < body.length * 8; bit += step) {
        await tame(() => parsePrivateKey(armored(flipped(body, bit)), options), `bit ${bit}`)
      }
      for (let end = 0; end < body.length; end += Math.ceil(step / 4)) {
        const cut = parsePrivateKey(armored(body.subarray(0, end)), options)
        await assert.rejects(cut, SshError, `${end} octets`)
      }
      const { blob } = publicKeyOf(name)
      for (let end = 0; end < blob.length; end++) {
        assert.throws(() => decodePublicKey(blob.subarray(0, end), { types }), SshError, `${end} octets`)
      }
      const certificate = parseCertificate(file(`${name}-cert.pub`), { types })
      for (let end = 0; end < certificate.blob.length; end += 3) {
        assert.throws(() => decodeCertificate(certificate.blob.subarray(0, end), { types }), SshError, `${end} octets`)
      }
    })
  }
})
