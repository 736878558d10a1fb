import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  allTypes,
  decodeSignature,
  ed25519,
  type PublicKey,
  prepareVerifier,
  rsa,
  type Signature,
  signatureOf,
  verifySignature,
} from '../../src/keys/index.ts'
import { Reader } from '../../src/wire/reader.ts'
import { Writer } from '../../src/wire/writer.ts'
import { concat, flipped, hex, utf8 } from '../support/bytes.ts'
import { blobOf, privateKey, publicKey } from '../support/keys.ts'
import { manifest, oneOfEach, type SignatureVector } from '../support/vectors.ts'

const types = allTypes
const bad = { name: 'VerificationError', code: 'bad-signature' }
const notAllowed = { name: 'VerificationError', code: 'algorithm-not-allowed' }

/** r and s of a DER ECDSA signature as an SSH signature value. */
function fromDer(der: Uint8Array): Uint8Array {
  // Sequence of two integers; only P-521 needs a length of two octets.
  let at = der[1] === 0x81 ? 3 : 2
  const writer = new Writer()
  for (let i = 0; i < 2; i++) {
    writer.mpint(der.subarray(at + 2, at + 2 + der[at + 1]!))
    at += 2 + der[at + 1]!
  }
  return writer.take()
}

function signatureBlob(entry: SignatureVector): Uint8Array {
  if (entry.blobHex) return hex(entry.blobHex)
  if (entry.rsaHex) return blobOf(entry.algorithm!, hex(entry.rsaHex))
  return blobOf(publicKey(entry.key).type, fromDer(hex(entry.derHex!)))
}

describe('signatures of other tools', () => {
  for (const entry of manifest.signatures) {
    it(`${entry.tool} ${entry.key} ${entry.algorithm ?? ''} verifies, and over another message does not`, async () => {
      const key = publicKey(entry.key)
      const blob = signatureBlob(entry)
      const { algorithm } = decodeSignature(blob)
      const options = { types, algorithms: [algorithm] }
      assert.deepEqual(await verifySignature(key, blob, hex(entry.dataHex), options), { algorithm })
      await assert.rejects(verifySignature(key, blob, flipped(hex(entry.dataHex), 3), options), bad)
    })
  }

  it('the RSA and Ed25519 ones are made anew byte for byte', async () => {
    for (const entry of manifest.signatures) {
      const key = await privateKey(entry.key)
      if (key.type !== 'ssh-rsa' && key.type !== 'ssh-ed25519') continue
      const blob = signatureBlob(entry)
      const { algorithm } = decodeSignature(blob)
      assert.deepEqual((await key.sign(hex(entry.dataHex), { algorithm })).blob, blob)
    }
  })
})

describe('sign and verify', () => {
  for (const name of oneOfEach) {
    it(`${name}: every algorithm goes both ways; each flipped bit of a signature is refused with a code`, async () => {
      const key = await privateKey(name)
      const data = utf8('data')
      for (const algorithm of key.algorithms) {
        const signature = await key.sign(data, { algorithm })
        assert.equal(signature.algorithm, algorithm)
        const verifier = prepareVerifier(key.publicKey, { types, algorithms: [algorithm] })
        assert.deepEqual(await verifier.verify(signature, data), { algorithm })
        const step = name === 'rsa2048' || name === 'ecdsa521' ? 37 : 7
        for (let bit = 0; bit < signature.blob.length * 8; bit += step) {
          await assert.rejects(verifier.verify(flipped(signature.blob, bit), data), (error: { name: string }) =>
            ['VerificationError', 'FormatError', 'LimitError'].includes(error.name),
          )
        }
      }
    })

    it(`${name}: a signature by another key is refused`, async () => {
      const key = await privateKey(name)
      const other = oneOfEach[(oneOfEach.indexOf(name) + 1) % oneOfEach.length]!
      const foreign = await (await privateKey(other)).sign(utf8('data'))
      await assert.rejects(verifySignature(key.publicKey, foreign, utf8('data'), { types }), bad)
    })
  }

  it('trap 12: RSA signs with SHA-512 first, and with SHA-1 only by name', async () => {
    const key = await privateKey('rsa2048')
    const data = utf8('data')
    assert.equal((await key.sign(data)).algorithm, 'rsa-sha2-512')
    const sha1 = await key.sign(data, { algorithm: 'ssh-rsa' })
    assert.equal(sha1.algorithm, 'ssh-rsa')
    await assert.rejects(verifySignature(key.publicKey, sha1, data, { types }), notAllowed)
    await assert.rejects(
      verifySignature(key.publicKey, sha1, data, { types, algorithms: ['rsa-sha2-256'] }),
      notAllowed,
    )
    assert.equal(
      (await verifySignature(key.publicKey, sha1, data, { types, algorithms: ['ssh-rsa'] })).algorithm,
      'ssh-rsa',
    )
  })

  it('an algorithm list narrows: what it does not name is not allowed', async () => {
    const key = await privateKey('rsa2048')
    const signature = await key.sign(utf8('x'), { algorithm: 'rsa-sha2-256' })
    await assert.rejects(
      verifySignature(key.publicKey, signature, utf8('x'), { types, algorithms: ['rsa-sha2-512'] }),
      notAllowed,
    )
    await assert.rejects(verifySignature(key.publicKey, signature, utf8('x'), { types, algorithms: [] }), notAllowed)
  })

  it('an algorithm that the key type has not is a bad signature, even where it is allowed', async () => {
    const key = publicKey('ed25519')
    const signature = signatureOf('rsa-sha2-512', blobOf(new Uint8Array(256)))
    await assert.rejects(verifySignature(key, signature, utf8('x'), { types, algorithms: ['rsa-sha2-512'] }), bad)
    const escaped = signatureOf('\x1b[31m', hex(''))
    await assert.rejects(verifySignature(key, escaped, utf8('x'), { types }), (e: Error) => !e.message.includes('\x1b'))
  })

  it('trap 12: what a signature object says is not believed, its blob is read', async () => {
    const key = await privateKey('rsa2048')
    const sha1 = await key.sign(utf8('x'), { algorithm: 'ssh-rsa' })
    const lie: Signature = { algorithm: 'rsa-sha2-512', blob: sha1.blob }
    const code = 'algorithm-not-allowed'
    await assert.rejects(verifySignature(key.publicKey, lie, utf8('x'), { types }), { code })
  })

  it('a type that was not handed in rejects, it does not throw', async () => {
    const key = await privateKey('ed25519')
    const signature = await key.sign(utf8('x'))
    const pending = verifySignature(key.publicKey, signature, utf8('x'), { types: [rsa] })
    await assert.rejects(pending, { name: 'UnsupportedError', code: 'unsupported-type' })
    assert.throws(() => prepareVerifier(key.publicKey, { types: [] }), { code: 'unsupported-type' })
  })

  it('trap 9 of types: a key that does not hold rejects with a FormatError', async () => {
    const key: PublicKey = { type: 'ssh-ed25519', blob: blobOf('ssh-ed25519', new Uint8Array(31)), comment: '' }
    await assert.rejects(
      verifySignature(key, blobOf('ssh-ed25519', new Uint8Array(64)), utf8('x'), { types: [ed25519] }),
      {
        name: 'FormatError',
      },
    )
  })
})

describe('signature blobs', () => {
  const verify = (name: string, blob: Uint8Array, data = utf8('data')) =>
    verifySignature(publicKey(name), blob, data, { types })
  const parts = async (name: string) => {
    const signature = await (await privateKey(name)).sign(utf8('data'))
    const reader = new Reader(signature.blob)
    return { type: reader.text('algorithm'), value: reader.string('value').slice(), blob: signature.blob }
  }

  it('trailing octets, truncation and wrong lengths are FormatErrors', async () => {
    for (const name of oneOfEach) {
      const { blob, type } = await parts(name)
      await assert.rejects(verify(name, concat(blob, hex('00'))), { code: 'trailing-bytes' }, name)
      await assert.rejects(verify(name, blob.subarray(0, -1)), { code: 'truncated' }, name)
      await assert.rejects(verify(name, blobOf(type)), { code: 'truncated' }, name)
    }
    const { type, value } = await parts('ed25519')
    await assert.rejects(verify('ed25519', blobOf(type, value.subarray(1))), { name: 'FormatError', code: 'bad-value' })
    await assert.rejects(verify('ed25519', blobOf(type, concat(value, hex('00')))), { name: 'LimitError' })
    for (const none of [hex(''), hex('00'), hex('00000000'), hex('ffffffff')]) {
      await assert.rejects(verify('ed25519', none), { name: 'FormatError' })
    }
  })

  it('trap 28: an RSA signature that is too short or too long is refused', async () => {
    const { type, value } = await parts('rsa2048')
    for (const other of [value.subarray(1), concat(value, hex('00')), concat(hex('00'), value), hex('')]) {
      await assert.rejects(verify('rsa2048', blobOf(type, other)), bad)
    }
  })

  it('trap 52: an RSA signature whose leading zero was stripped is padded on the left', async () => {
    const key = await privateKey('rsa1024')
    for (let i = 0; i < 4000; i++) {
      const data = utf8(`message ${i}`)
      const signature = await key.sign(data)
      const reader = new Reader(signature.blob)
      const algorithm = reader.text('algorithm')
      const value = reader.string('value')
      if (value[0] !== 0) continue
      const stripped = blobOf(algorithm, value.subarray(1))
      assert.deepEqual(await verifySignature(key.publicKey, stripped, data, { types }), { algorithm })
      return
    }
    assert.fail('no signature with a leading zero in 4000')
  })

  it('trap 52: r and s of ECDSA may be shorter than the field', async () => {
    const key = await privateKey('ecdsa256')
    for (let i = 0; i < 4000; i++) {
      const data = utf8(`message ${i}`)
      const signature = await key.sign(data)
      const outer = new Reader(signature.blob)
      outer.text('algorithm')
      const inner = outer.inner('value')
      const [r, s] = [inner.mpint('r'), inner.mpint('s')]
      if (r.length === 32 && s.length === 32) continue
      await verifySignature(key.publicKey, signature, data, { types })
      return
    }
    assert.fail('no short r or s in 4000')
  })

  it('ECDSA: superfluous zeros of r and s are a tolerance, negative or over-long integers are not', async () => {
    const { type, value } = await parts('ecdsa256')
    const inner = new Reader(value)
    const [r, s] = [inner.mpint('r').slice(), inner.mpint('s').slice()]
    const blob = (a: Uint8Array, b: Uint8Array) => blobOf(type, blobOf(a, b))
    const zeros = hex('000000')
    assert.deepEqual(await verify('ecdsa256', blob(concat(zeros, r), concat(zeros, s))), { algorithm: type })
    await assert.rejects(verify('ecdsa256', blob(hex('80'), concat(zeros, s))), { code: 'bad-value' })
    await assert.rejects(verify('ecdsa256', blob(concat(hex('01'), new Uint8Array(32)), concat(zeros, s))), bad)
    await assert.rejects(verify('ecdsa256', blob(hex(''), concat(zeros, s))), bad)
    await assert.rejects(verify('ecdsa256', blob(concat(zeros, r), hex(''))), bad)
    await assert.rejects(verify('ecdsa256', blobOf(type, concat(value, hex('00')))), { code: 'trailing-bytes' })
  })

  it('trap 27: the name of an ECDSA signature comes from the key, not from the length of r', async () => {
    const { value } = await parts('ecdsa256')
    await assert.rejects(verify('ecdsa256', blobOf('ecdsa-sha2-nistp384', value)), bad)
    await assert.rejects(verify('ecdsa384', blobOf('ecdsa-sha2-nistp384', value)), bad)
  })

  it('decodeSignature keeps the bytes in a copy', async () => {
    const { blob } = await parts('ed25519')
    const input = blob.slice()
    const signature = decodeSignature(input)
    input.fill(0)
    assert.deepEqual(signature, { algorithm: 'ssh-ed25519', blob })
  })
})
