import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as hawser from '../src/index.ts'
import { allTypes } from '../src/keys/index.ts'
import { concat, hex, utf8 } from './support/bytes.ts'
import { blobOf } from './support/keys.ts'
import { manifest, oneOfEach, passphrase, vector, vectorText } from './support/vectors.ts'

const {
  checkCertificate,
  fingerprint,
  formatCertificate,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  identify,
  issueCertificate,
  parseCertificate,
  parsePrivateKey,
  parsePublicKey,
  randomart,
  sign,
  verify,
} = hawser

describe('identify', () => {
  it('knows every file of the set', () => {
    for (const { name, type } of manifest.keys) {
      const secret = identify(vector(`keys/${name}`))
      assert.ok(secret.artifact === 'private-key')
      assert.deepEqual([secret.format, secret.encrypted, secret.publicKey?.type], ['openssh', null, type])
      const open = identify(vector(`keys/${name}.pub`))
      assert.ok(open.artifact === 'public-key')
      assert.deepEqual([open.format, open.publicKey.type], ['openssh', type])
    }
    for (const { name, cipher, rounds } of manifest.encrypted) {
      const found = identify(vector(`encrypted/${name}`))
      assert.ok(found.artifact === 'private-key')
      assert.deepEqual(found.encrypted, { cipher, kdf: 'bcrypt', rounds })
      assert.equal(found.publicKey?.comment, '')
    }
    for (const { name } of manifest.certificates) {
      const found = identify(vector(`certs/${name}`))
      assert.ok(found.artifact === 'certificate')
      assert.deepEqual(found.certificate.blob, parseCertificate(vector(`certs/${name}`)).blob)
    }
  })

  it('takes text and a byte order mark', () => {
    for (const path of ['keys/ed25519', 'keys/ed25519.pub', 'certs/options-cert.pub']) {
      const text = vectorText(path)
      for (const form of [text, `\ufeff${text}`, utf8(`\ufeff${text}`), text.replaceAll('\n', '\r\n')]) {
        assert.equal(identify(form).artifact, identify(text).artifact, path)
      }
    }
  })

  it('nothing known is unknown-format; an unheard-of key type is a public key, an unheard-of certificate type unsupported', () => {
    for (const none of ['', 'text', '{}', '\0', new Uint8Array(100), vector('keys/ed25519').reverse()]) {
      assert.throws(() => identify(none), { name: 'FormatError', code: 'unknown-format' })
    }
    const line = (type: string) => `${type} ${btoa(String.fromCharCode(...blobOf(type, 'x')))}`
    assert.equal(identify(line('foo')).artifact, 'public-key')
    assert.throws(() => identify(line('foo-cert-v01@openssh.com')), {
      name: 'UnsupportedError',
      code: 'unsupported-type',
    })
    assert.throws(() => identify(5 as unknown as string), TypeError)
  })

  it('limits are an argument, lowered and raised, for every artifact', () => {
    for (const path of ['keys/ed25519', 'keys/ed25519.pub', 'certs/options-cert.pub']) {
      assert.throws(() => identify(vector(path), { limits: { inputLength: 50 } }), { name: 'LimitError' }, path)
      const long = concat(new Uint8Array((1 << 20) + 1).fill(10), vector(path))
      assert.throws(() => identify(long), { name: 'LimitError' }, path)
      assert.ok(identify(long, { limits: { inputLength: 1 << 22 } }), path)
    }
  })
})

describe('the everyday functions', () => {
  it('agree with ssh-keygen on fingerprints and randomart', () => {
    for (const entry of manifest.keys) {
      const key = parsePublicKey(vector(`keys/${entry.name}.pub`))
      for (const hash of ['md5', 'sha1', 'sha256', 'sha384', 'sha512'] as const) {
        assert.equal(fingerprint(key, { hash }), entry.fingerprints[hash])
      }
      assert.equal(fingerprint(key), entry.fingerprints.sha256)
      assert.equal(randomart(key), entry.randomart.join('\n'))
    }
  })

  it('unknown names of hashes and key types are misuse', async () => {
    const key = parsePublicKey(vector('keys/ed25519.pub'))
    for (const bad of ['SHA256', 'sha3', 'toString', '__proto__', 'Hash']) {
      assert.throws(() => fingerprint(key, { hash: bad as 'md5' }), TypeError, bad)
      assert.throws(() => randomart(key, { hash: bad as 'md5' }), TypeError, bad)
    }
    for (const bad of ['dss', 'ssh-ed25519', 'toString', '']) {
      await assert.rejects(generateKey(bad as 'rsa'), TypeError, bad)
    }
  })

  it('the everyday names are those of types', async () => {
    const names: hawser.KeyAlias[] = ['ed25519', 'ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'rsa']
    for (const name of names)
      assert.ok(
        allTypes.some((type) => type.alias === name),
        name,
      )
    assert.equal((await generateKey()).type, 'ssh-ed25519')
  })

  it('parsePublicKey decodes all types at the root, and none where none is given', () => {
    const short = `ssh-ed25519 ${btoa(String.fromCharCode(...blobOf('ssh-ed25519', hex('00'))))}`
    assert.throws(() => parsePublicKey(short), { code: 'bad-value' })
    assert.equal(parsePublicKey(short, { types: [] }).type, 'ssh-ed25519')
  })

  it('one round of everything', async () => {
    const authority = await parsePrivateKey(vector('keys/ca-ed25519'))
    for (const name of oneOfEach) {
      const key = await parsePrivateKey(vector(`keys/${name}`))
      const again = await parsePrivateKey(await formatPrivateKey(key, { passphrase, rounds: 1 }), { passphrase })
      const publicKey = parsePublicKey(formatPublicKey(key.publicKey))
      const data = utf8('data')
      await verify(publicKey, await sign(again, data), data)
      const request = {
        kind: 'user',
        publicKey,
        keyId: name,
        principals: ['a'],
        validAfter: 0,
        validBefore: 9,
      } as const
      const certificate = parseCertificate(formatCertificate(await issueCertificate(request, authority)))
      const policy = { kind: 'user', authorities: [authority.publicKey], time: 8, principal: 'a' } as const
      assert.equal((await checkCertificate(certificate, policy)).keyId, name)
      assert.equal(fingerprint(certificate), fingerprint(key))
      await assert.rejects(checkCertificate(certificate, { ...policy, time: 9 }), { code: 'expired' })
    }
  })

  it('ppk is another name of ppk3, and the key derivation of PKCS#8 may be named', async () => {
    const key = await hawser.generateKey()
    assert.match(await hawser.formatPrivateKey(key, { format: 'ppk' }), /^PuTTY-User-Key-File-3: /)
    const options = { format: 'pkcs8', passphrase: 'x', kdf: 'scrypt', rounds: 16 }
    const found = hawser.identify(await hawser.formatPrivateKey(key, options))
    assert.equal(found.artifact === 'private-key' && found.encrypted?.kdf, 'scrypt')
  })

  it('every error is an SshError with a kebab-case code', async () => {
    const found: unknown[] = []
    const collect = async (work: () => unknown) => {
      try {
        await work()
      } catch (error) {
        found.push(error)
      }
    }
    await collect(() => parsePublicKey(''))
    await collect(() => parsePrivateKey(vector('encrypted/ed25519.aes256-ctr')))
    await collect(() => parsePublicKey('x'.repeat(2 << 20)))
    await collect(() => parseCertificate(vector('keys/ed25519.pub')))
    await collect(async () => sign(await generateKey(), utf8(''), { algorithm: 'x' }))
    const classes = [
      hawser.FormatError,
      hawser.PassphraseError,
      hawser.LimitError,
      hawser.FormatError,
      hawser.UnsupportedError,
    ]
    assert.equal(found.length, classes.length)
    for (const [i, error] of found.entries()) {
      assert.ok(error instanceof hawser.SshError && error instanceof classes[i]!)
      assert.equal(error.name, classes[i]!.name)
      assert.match(error.code, /^[a-z]+(-[a-z]+)*$/)
    }
  })
})
