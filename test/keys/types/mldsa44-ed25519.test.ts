import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  checkCertificate,
  formatCertificate,
  issueCertificate,
  parseCertificate,
  verifyCertificateSignature,
} from '../../../src/cert/index.ts'
import { SshError } from '../../../src/errors.ts'
import { formatPlainOpenssh, opensshPrivate, parsePrivateKey } from '../../../src/formats/index.ts'
import {
  allTypes,
  decodePublicKey,
  ed25519,
  generatePrivateKey,
  mldsa44Ed25519,
  mldsa44Ed25519Experimental,
  PrivateKey,
  publicComponents,
  verifySignature,
} from '../../../src/keys/index.ts'
import { paths } from '../../crypto/without-subtle.ts'
import { concat, flipped, repeatable, utf8 } from '../../support/bytes.ts'
import { blobOf, failure } from '../../support/keys.ts'
import { file, message, openSshsig, privateKeyOf, publicKeyOf } from './set.ts'

const types = allTypes
const data = utf8('to be signed')
const badSignature = { name: 'VerificationError', code: 'bad-signature' }

/** The same key by its experimental name. */
function experimental(key: PrivateKey): PrivateKey {
  const { public: pk, seeds } = key.exposeComponents()
  return new PrivateKey(mldsa44Ed25519Experimental, { public: pk!.slice(), seeds: seeds!.slice() }, key.comment)
}

describe('ssh-mldsa44-ed25519', () => {
  it('is made, signs and verifies, with and without WebCrypto', async () => {
    for (const [, run] of paths) {
      const key = await run(() => generatePrivateKey(mldsa44Ed25519, { comment: 'c' }))
      assert.equal(await mldsa44Ed25519.checkPrivate(key.exposeComponents()), true)
      const signature = await run(() => key.sign(data))
      assert.equal(signature.algorithm, 'ssh-mldsa44-ed25519')
      for (const [, other] of paths) {
        const facts = await other(() => verifySignature(key.publicKey, signature, data, { types }))
        assert.deepEqual(facts, { algorithm: 'ssh-mldsa44-ed25519' })
        await assert.rejects(
          other(() => verifySignature(key.publicKey, signature, utf8('x'), { types })),
          badSignature,
        )
      }
    }
  })

  it('takes its 64 octets from the source that is handed in, and the size that it has', async () => {
    const make = () => generatePrivateKey(mldsa44Ed25519, { random: repeatable(3), bits: 512 })
    assert.deepEqual((await make()).publicKey.blob, (await make()).publicKey.blob)
    assert.deepEqual((await make()).exposeComponents().seeds, repeatable(3)(64))
    await assert.rejects(generatePrivateKey(mldsa44Ed25519, { bits: 256 }), TypeError)
  })

  it('both halves must hold, and both are over the same message', async () => {
    const { signature, signed } = openSshsig(file('mldsa44-ed25519.sig'), message)
    const key = publicKeyOf('mldsa44-ed25519')
    const verify = (s: Uint8Array) => verifySignature(key, s, signed, { types })
    await verify(signature)
    const start = signature.length - 2484
    for (const octet of [0, 1, 100, 2335, 2419, 2420, 2451, 2452, 2483]) {
      await assert.rejects(verify(flipped(signature, 8 * (start + octet))), badSignature, `${octet}`)
    }
    // Each half of another signature by the same key.
    const other = (await (await privateKeyOf('mldsa44-ed25519')).sign(data)).blob
    const [mine, theirs] = [signature.slice(), signature.slice()]
    mine.set(other.subarray(start, start + 2420), start)
    theirs.set(other.subarray(start + 2420), start + 2420)
    await assert.rejects(verify(mine), badSignature)
    await assert.rejects(verify(theirs), badSignature)
  })

  it('a signature has 2484 octets and nothing behind it', async () => {
    const { signature, signed } = openSshsig(file('mldsa44-ed25519.sig'), message)
    const key = publicKeyOf('mldsa44-ed25519')
    const verify = (s: Uint8Array) => verifySignature(key, s, signed, { types })
    const value = signature.subarray(-2484)
    await assert.rejects(verify(blobOf(key.type, value.subarray(1))), { code: 'bad-value' })
    await assert.rejects(verify(blobOf(key.type, concat(value, value))), { name: 'LimitError' })
    await assert.rejects(verify(concat(signature, utf8('x'))), { code: 'trailing-bytes' })
    for (let end = 0; end < signature.length; end += 41) {
      assert.ok((await failure(() => verify(signature.subarray(0, end)))) instanceof SshError)
    }
  })

  it('a key has 1344 octets; each half of it is proved by its seed', async () => {
    for (const length of [0, 1312, 1343, 1345]) {
      const error = await failure(() =>
        decodePublicKey(blobOf('ssh-mldsa44-ed25519', new Uint8Array(length)), { types }),
      )
      assert.ok(error instanceof SshError)
    }
    const c = (await privateKeyOf('mldsa44-ed25519')).exposeComponents()
    for (const octet of [0, 1311, 1312, 1343]) {
      assert.equal(await mldsa44Ed25519.checkPrivate({ ...c, public: flipped(c.public!, 8 * octet) }), false)
    }
    for (const octet of [0, 31, 32, 63]) {
      assert.equal(await mldsa44Ed25519.checkPrivate({ ...c, seeds: flipped(c.seeds!, 8 * octet) }), false)
    }
  })

  it('a file whose halves do not go together is refused', async () => {
    const key = await privateKeyOf('mldsa44-ed25519')
    const c = key.exposeComponents()
    const wrong = new PrivateKey(mldsa44Ed25519, { ...c, seeds: flipped(c.seeds!, 300) }, '')
    await assert.rejects(parsePrivateKey(formatPlainOpenssh(wrong), { types, formats: [opensshPrivate] }), {
      code: 'key-mismatch',
    })
  })

  it('wipes both seeds and then signs nothing', async () => {
    const key = await generatePrivateKey(mldsa44Ed25519)
    const { seeds } = key.exposeComponents()
    await key.sign(data)
    key.wipe()
    assert.ok(seeds!.every((octet) => octet === 0))
    await assert.rejects(key.sign(data), { code: 'wiped' })
  })

  it('certifies and is certified', async () => {
    const authority = await generatePrivateKey(mldsa44Ed25519)
    const { publicKey } = await generatePrivateKey(mldsa44Ed25519)
    const certificate = await issueCertificate(
      { kind: 'user', publicKey, keyId: 'k', principals: ['alice'], validAfter: 0, validBefore: 1000 },
      authority,
      { types },
    )
    assert.equal(certificate.type, 'ssh-mldsa44-ed25519-cert')
    assert.equal(certificate.signature.algorithm, 'ssh-mldsa44-ed25519')
    const read = parseCertificate(formatCertificate(certificate), { types })
    assert.deepEqual(read, certificate)
    const policy = { types, kind: 'user', authorities: [authority.publicKey], time: 5, principal: 'alice' } as const
    await assert.rejects(checkCertificate(read, policy), { code: 'algorithm-not-allowed' })
    const algorithms = ['ssh-mldsa44-ed25519']
    assert.equal((await checkCertificate(read, { ...policy, algorithms })).signatureAlgorithm, algorithms[0])
    await assert.rejects(
      verifyCertificateSignature({ ...read, blob: flipped(read.blob, 8 * 40) }, { types }),
      badSignature,
    )
  })

  it('trap 1: an authority may not be a certificate, though its name has not the usual end', () => {
    const certificate = parseCertificate(file('mldsa44-ed25519-cert.pub'), { types })
    const { authority } = parseCertificate(file('ed25519-sk-cert.pub'), { types })
    const { blob } = parseCertificate(file('ed25519-sk-cert.pub'), { types })
    const at = blob.length - findFromEnd(blob, authority.blob)
    const nested = concat(
      blob.subarray(0, blob.length - at - 4),
      blobOf(certificate.blob),
      blob.subarray(blob.length - at + authority.blob.length),
    )
    assert.throws(() => parseCertificate(lineOf(nested), { types }), { code: 'is-certificate' })
  })
})

/** Where `part` begins in `whole`, the last time. */
function findFromEnd(whole: Uint8Array, part: Uint8Array): number {
  for (let i = whole.length - part.length; i >= 0; i--) if (part.every((octet, j) => whole[i + j] === octet)) return i
  throw new Error('not found')
}

const lineOf = (blob: Uint8Array): string =>
  `sk-ssh-ed25519-cert-v01@openssh.com ${btoa(String.fromCharCode(...blob))}\n`

describe('ssh-mldsa44-ed25519@openssh.com', () => {
  it('is the same key by another name: read, written, signed with and certified, but not made', async () => {
    const key = experimental(await privateKeyOf('mldsa44-ed25519'))
    assert.equal(mldsa44Ed25519Experimental.bits(publicComponents(key.publicKey, mldsa44Ed25519Experimental)), 256)
    const again = await parsePrivateKey(formatPlainOpenssh(key), { types, formats: [opensshPrivate] })
    assert.deepEqual(again.publicKey, key.publicKey)
    const signature = await key.sign(data)
    assert.equal(signature.algorithm, 'ssh-mldsa44-ed25519@openssh.com')
    await verifySignature(key.publicKey, signature, data, { types })
    const certificate = await issueCertificate(
      {
        kind: 'host',
        publicKey: key.publicKey,
        keyId: 'k',
        principals: ['h'],
        validAfter: 0,
        validBefore: 1000,
      },
      await generatePrivateKey(ed25519),
      { types },
    )
    assert.equal(certificate.type, 'ssh-mldsa44-ed25519-cert-v01@openssh.com')
    await assert.rejects(generatePrivateKey(mldsa44Ed25519Experimental), { code: 'unsupported-type' })
  })

  it('neither name takes the signatures of the other', async () => {
    const key = await privateKeyOf('mldsa44-ed25519')
    const old = experimental(key)
    await assert.rejects(verifySignature(key.publicKey, await old.sign(data), data, { types }), badSignature)
    await assert.rejects(verifySignature(old.publicKey, await key.sign(data), data, { types }), badSignature)
  })
})
