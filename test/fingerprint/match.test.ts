import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { md5, sha1, sha256, sha512 } from '../../src/crypto/index.ts'
import { bubblebabble, fingerprint, matchFingerprint } from '../../src/fingerprint/index.ts'
import { encodeBase64 } from '../../src/wire/base64.ts'
import { toHex, utf8 } from '../support/bytes.ts'
import { privateKey, publicKey } from '../support/keys.ts'
import { keyVector } from '../support/vectors.ts'

const rsa = publicKey('rsa2048')
const ed = publicKey('ed25519')
// What is hashed makes no difference here; interop has real ones.
const spki = utf8('spki')
const pkcs8 = utf8('pkcs8')
const certificate = utf8('certificate')
const material = { spki, pkcs8: () => pkcs8, certificate }
const form = (text: string, key: Parameters<typeof matchFingerprint>[0] = rsa) =>
  matchFingerprint(key, text, material)?.form
const colons = (bytes: Uint8Array) => toHex(bytes).replace(/..(?=.)/g, '$&:')

describe('matchFingerprint', () => {
  it("names OpenSSH's own, with and without prefix", () => {
    for (const name of ['ed25519', 'ecdsa521', 'rsa2048']) {
      for (const [hash, shown] of Object.entries(keyVector(name).fingerprints)) {
        const key = publicKey(name)
        assert.deepEqual(matchFingerprint(key, shown), { form: `openssh-${hash}`, hash })
        const bare = shown.slice(shown.indexOf(':') + 1)
        assert.deepEqual(matchFingerprint(key, ` ${bare}\n`), { form: `openssh-${hash}`, hash })
        assert.equal(matchFingerprint(publicKey('ecdsa256'), shown), undefined)
      }
    }
    assert.equal(form(`MD5:${toHex(md5.digest(rsa.blob))}`), 'openssh-md5')
    assert.equal(form(`SHA256:${encodeBase64(sha256.digest(rsa.blob))}`), 'openssh-sha256')
    assert.equal(form(toHex(sha256.digest(rsa.blob))), 'openssh-sha256')
  })

  it('names the forms of clouds', () => {
    assert.equal(form(toHex(md5.digest(rsa.blob))), 'alibaba')
    assert.equal(form(toHex(md5.digest(rsa.blob)).toUpperCase()), 'alibaba')
    assert.equal(form(colons(md5.digest(spki))), 'aws-imported')
    assert.equal(form(colons(sha1.digest(pkcs8))), 'aws-created')
    assert.equal(form(encodeBase64(sha256.digest(ed.blob)), ed), 'aws-ed25519')
    assert.equal(form(encodeBase64(sha256.digest(rsa.blob))), 'openssh-sha256')
    assert.equal(form(fingerprint(ed, { hash: sha256 }), ed), 'openssh-sha256')
  })

  it('names thumbprints, in the spellings of their viewers', () => {
    const thumbprint = toHex(sha1.digest(certificate))
    for (const text of [
      thumbprint.toUpperCase(),
      colons(sha1.digest(certificate)),
      thumbprint.replace(/..(?=.)/g, '$& '),
    ]) {
      assert.deepEqual(matchFingerprint(rsa, text, material), { form: 'x509-thumbprint', hash: 'sha1' })
    }
    const long = colons(sha256.digest(certificate)).toUpperCase()
    assert.deepEqual(matchFingerprint(rsa, long, material), { form: 'x509-thumbprint', hash: 'sha256' })
  })

  it('names pins', () => {
    const pin = encodeBase64(sha256.digest(spki))
    for (const text of [
      pin,
      `sha256/${pin}`,
      `sha256//${pin}`,
      `pin-sha256="${pin}"`,
      `pin-sha256="${pin}";`,
      `pin-sha256:${pin}`,
      toHex(sha256.digest(spki)),
    ]) {
      assert.equal(form(text), 'spki-sha256', text)
    }
    assert.equal(form(`sha256/${encodeBase64(sha256.digest(rsa.blob))}`), undefined)
  })

  it('names bubblebabble', () => {
    for (const hash of [sha1, md5, sha512]) {
      const expected = { form: 'bubblebabble', hash: hash.name }
      assert.deepEqual(matchFingerprint(rsa, bubblebabble(rsa, { hash })), expected)
    }
  })

  it('finds it in what people paste', () => {
    const shown = fingerprint(ed, { hash: sha256 })
    for (const text of [
      `256 ${shown} me@home (ED25519)`,
      `ED25519 key fingerprint is ${shown}.`,
      `ssh-ed25519 255 ${shown}`,
    ]) {
      assert.equal(form(text, ed), 'openssh-sha256')
    }
    assert.equal(form(`ssh-rsa 2048 ${colons(md5.digest(rsa.blob))}`), 'openssh-md5')
  })

  it('takes private keys, and asks for material only where its form could be', async () => {
    const key = await privateKey('rsa2048')
    assert.equal(form(fingerprint(key, { hash: sha256 }), key), 'openssh-sha256')
    const never = () => assert.fail('not needed')
    const guarded = { spki: never, pkcs8: never, certificate: never }
    assert.equal(matchFingerprint(rsa, fingerprint(rsa, { hash: sha256 }), guarded)?.form, 'openssh-sha256')
    assert.equal(matchFingerprint(rsa, 'xexax', guarded), undefined)
  })

  it('says nothing of anything else', () => {
    for (const text of ['', 'SHA256:', 'MD5:00', '00:11', 'hello', `SHA1:${encodeBase64(sha256.digest(rsa.blob))}`]) {
      assert.equal(form(text), undefined)
    }
    assert.equal(matchFingerprint(rsa, colons(md5.digest(spki))), undefined)
  })
})
