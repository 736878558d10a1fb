import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseCertificate } from '../../src/cert/index.ts'
import { md5, sha1, sha256, sha384, sha512 } from '../../src/crypto/index.ts'
import { fingerprint, fingerprintBytes, randomart } from '../../src/fingerprint/index.ts'
import { allTypes, decodePublicKey, type PublicKey } from '../../src/keys/index.ts'
import { toHex } from '../support/bytes.ts'
import { blobOf, privateKey, publicKey } from '../support/keys.ts'
import { manifest, oneOfEach, vector } from '../support/vectors.ts'

const hashes = { md5, sha1, sha256, sha384, sha512 }
const certificate = (name: string) => parseCertificate(vector(`certs/${name}-cert.pub`), { types: allTypes })

describe('fingerprint', () => {
  it('is what ssh-keygen -l -E prints, for every key and hash', () => {
    for (const entry of manifest.keys) {
      for (const [name, hash] of Object.entries(hashes)) {
        const expected = entry.fingerprints[name as keyof typeof hashes]
        assert.equal(fingerprint(publicKey(entry.name), { hash }), expected, `${entry.name} ${name}`)
      }
    }
  })

  it('trap 32: SHA-256 is base64 without padding, MD5 hexadecimal with colons', () => {
    const key = publicKey('ed25519')
    assert.match(fingerprint(key, { hash: sha256 }), /^SHA256:[A-Za-z0-9+/]{43}$/)
    assert.match(fingerprint(key, { hash: md5 }), /^MD5:[0-9a-f]{2}(:[0-9a-f]{2}){15}$/)
  })

  it('takes the other encoding where it is asked for', () => {
    const key = publicKey('ed25519')
    const bytes = fingerprintBytes(key, sha256)
    assert.equal(fingerprint(key, { hash: sha256, encoding: 'hex' }), `SHA256:${toHex(bytes).match(/../g)!.join(':')}`)
    assert.match(fingerprint(key, { hash: md5, encoding: 'base64' }), /^MD5:[A-Za-z0-9+/]{22}$/)
  })

  it('another encoding is misuse', () => {
    const key = publicKey('ed25519')
    const encoding = 'base32' as 'hex'
    assert.throws(() => fingerprint(key, { hash: sha256, encoding }), TypeError)
  })

  it('trap 32: of a certificate the plain key is hashed', () => {
    for (const name of oneOfEach) {
      for (const kind of ['user', 'host']) {
        assert.equal(
          fingerprint(certificate(`${kind}-${name}`), { hash: sha256 }),
          fingerprint(publicKey(name), { hash: sha256 }),
        )
      }
    }
  })

  it('a certificate blob that poses as a public key is refused', () => {
    const { type, blob } = certificate('user-ed25519')
    const posing: PublicKey = { type, blob, comment: '' }
    assert.throws(() => fingerprint(posing, { hash: sha256 }), { code: 'is-certificate' })
    assert.throws(() => fingerprint({ type: 'x-cert-v01@openssh.com', blob }, { hash: sha256 }), {
      code: 'is-certificate',
    })
  })

  it('takes a private key and an opaque one', async () => {
    const key = await privateKey('ed25519')
    assert.equal(fingerprint(key, { hash: sha256 }), fingerprint(key.publicKey, { hash: sha256 }))
    assert.match(fingerprint(decodePublicKey(blobOf('foo', 'x'), { types: [] }), { hash: sha256 }), /^SHA256:/)
  })
})

describe('randomart', () => {
  it('is what ssh-keygen -lv draws, for every key', () => {
    for (const entry of manifest.keys) {
      const key = publicKey(entry.name)
      assert.equal(randomart(key, { hash: sha256, types: allTypes }), entry.randomart.join('\n'), entry.name)
      assert.equal(randomart(key, { hash: md5, types: allTypes }), entry.randomartMd5.join('\n'), entry.name)
    }
  })

  it('has 11 lines of 19 characters for every hash and for a type that nobody has heard of', () => {
    const keys = [
      publicKey('rsa3072'),
      decodePublicKey(blobOf('ssh-a-very-long-name-of-a-type@example'), { types: [] }),
    ]
    for (const key of keys) {
      for (const hash of Object.values(hashes)) {
        const lines = randomart(key, { hash, types: allTypes }).split('\n')
        assert.equal(lines.length, 11)
        assert.ok(lines.every((line) => line.length === 19))
      }
    }
  })
})
