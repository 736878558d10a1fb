/** Every container in DER against the files of `vectors/der`, which openssl and ssh-keygen made, and round trips. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { WritePrivateOptions } from '../../src/formats/format.ts'
import { Source } from '../../src/formats/index.ts'
import { inspectPrivateKey } from '../../src/formats/parse.ts'
import { pkcs8 } from '../../src/formats/pkcs8.ts'
import { spki } from '../../src/formats/spki.ts'
import { pkcs1 } from '../../src/formats/traditional.ts'
import type { PrivateKey } from '../../src/keys/index.ts'
import { decodePem } from '../../src/wire/armor.ts'
import { encodeBase64 } from '../../src/wire/base64.ts'
import { repeatable } from '../support/bytes.ts'
import {
  derVector,
  expectedBlob,
  passphrase,
  privateFormats,
  publicFormats,
  readPrivate,
  readPublic,
  types,
} from '../support/containers.ts'

const plainPrivate = [
  'ecdsa256.pem',
  'ecdsa384.pem',
  'ecdsa521.pem',
  'rsa2048.pem',
  'dsa1024.pem',
  'ecdsa256.pk8',
  'ecdsa384.pk8',
  'ecdsa521.pk8',
  'rsa2048.pk8',
  'dsa1024.pk8',
  'openssl25519.pk8',
  'rsa2048.pem.der',
  'ecdsa256.pem.der',
  'ecdsa256.pk8.der',
  'ecdsa256.params.pem',
  'ecdsa256.compressed.pem',
  'ecdsa521.compressed.pem',
  'ecdsa256.no-public.pem',
]
/** Name, cipher, key derivation, rounds. */
const encrypted = [
  ['rsa2048.des.pem', 'des-cbc', 'md5', 1],
  ['rsa2048.des3.pem', 'des-ede3-cbc', 'md5', 1],
  ['rsa2048.aes128.pem', 'aes-128-cbc', 'md5', 1],
  ['rsa2048.aes192.pem', 'aes-192-cbc', 'md5', 1],
  ['rsa2048.aes256.pem', 'aes-256-cbc', 'md5', 1],
  ['ecdsa256.aes128.pem', 'aes-128-cbc', 'md5', 1],
  ['dsa1024.aes128.pem', 'aes-128-cbc', 'md5', 1],
  ['openssl25519.pbkdf2-SHA1.pk8', 'aes-256-cbc', 'pbkdf2-hmac-sha1', 100],
  ['openssl25519.pbkdf2-SHA224.pk8', 'aes-256-cbc', 'pbkdf2-hmac-sha224', 100],
  ['openssl25519.pbkdf2-SHA256.pk8', 'aes-256-cbc', 'pbkdf2-hmac-sha256', 100],
  ['openssl25519.pbkdf2-SHA384.pk8', 'aes-256-cbc', 'pbkdf2-hmac-sha384', 100],
  ['openssl25519.pbkdf2-SHA512.pk8', 'aes-256-cbc', 'pbkdf2-hmac-sha512', 100],
  ['openssl25519.aes-128-cbc.pk8', 'aes-128-cbc', 'pbkdf2-hmac-sha256', 100],
  ['openssl25519.aes-192-cbc.pk8', 'aes-192-cbc', 'pbkdf2-hmac-sha256', 100],
  ['openssl25519.des-ede3-cbc.pk8', 'des-ede3-cbc', 'pbkdf2-hmac-sha256', 100],
  ['openssl25519.scrypt.pk8', 'aes-256-cbc', 'scrypt', 256],
  ['openssl25519.PBE-SHA1-3DES.pk8', 'des-ede3-cbc', 'pkcs12-sha1', 100],
  ['openssl25519.PBE-SHA1-2DES.pk8', 'des-ede-cbc', 'pkcs12-sha1', 100],
  ['openssl25519.PBE-MD5-DES.pk8', 'des-cbc', 'pbkdf1-md5', 100],
  ['openssl25519.PBE-SHA1-DES.pk8', 'des-cbc', 'pbkdf1-sha1', 100],
] as const
const publicFiles = [
  'ecdsa256.spki',
  'ecdsa384.spki',
  'ecdsa521.spki',
  'rsa2048.spki',
  'dsa1024.spki',
  'openssl25519.spki',
  'rsa2048.rsapub',
  'ecdsa256.spki.der',
]
const inspect = (bytes: Uint8Array) => inspectPrivateKey(bytes, { types, formats: privateFormats })

/** The components of a key, its secrets as they are. */
function same(a: PrivateKey, b: PrivateKey): void {
  assert.deepEqual({ ...a.exposeComponents() }, { ...b.exposeComponents() })
}

describe('private containers in DER', () => {
  for (const name of plainPrivate) {
    it(`reads ${name}`, async () => {
      const bytes = derVector(name)
      const before = bytes.slice()
      const key = await readPrivate(bytes)
      assert.equal(encodeBase64(key.publicKey.blob), await expectedBlob(name))
      assert.equal(key.comment, '')
      const { encrypted: none, publicKey } = inspect(bytes)
      assert.equal(none, null)
      assert.deepEqual(publicKey, key.publicKey)
      assert.deepEqual(bytes, before)
    })
  }

  for (const [name, cipher, kdf, rounds] of encrypted) {
    it(`reads ${name}, and tells how it is encrypted`, async () => {
      const bytes = derVector(name)
      const key = await readPrivate(bytes, passphrase)
      assert.equal(encodeBase64(key.publicKey.blob), await expectedBlob(name))
      same(await readPrivate(bytes, new TextEncoder().encode(passphrase)), key)
      assert.deepEqual(inspect(bytes).encrypted, { cipher, kdf, rounds })
      const wrong = { name: 'PassphraseError', code: 'passphrase-wrong' }
      await assert.rejects(readPrivate(bytes, 'wrong horse'), wrong)
      for (const missing of [undefined, '', new Uint8Array(0)]) {
        await assert.rejects(readPrivate(bytes, missing), { name: 'PassphraseError', code: 'passphrase-required' })
      }
    })
  }

  it('takes them from text, with CRLF, indentation, text around them, and as a Buffer', async () => {
    for (const name of ['rsa2048.aes128.pem', 'ecdsa256.params.pem', 'openssl25519.scrypt.pk8']) {
      const text = new TextDecoder().decode(derVector(name))
      const expected = await expectedBlob(name)
      for (const input of [
        text,
        text.replaceAll('\n', '\r\n'),
        text.replace(/^/gm, '    '),
        `Bag Attributes: none\n${text}trailing\n`,
        Buffer.from(text),
      ]) {
        assert.equal(encodeBase64((await readPrivate(input, passphrase)).publicKey.blob), expected)
      }
    }
  })

  it('writes byte for byte what the tools wrote', async () => {
    for (const name of plainPrivate.filter((n) => /^[a-z0-9]+\.(pem|pk8)$/.test(n))) {
      const bytes = derVector(name)
      const key = await readPrivate(bytes)
      const format = privateFormats.find((f) => f.recognise(new Source(bytes)))!
      assert.equal(await format.format(key, {}), new TextDecoder().decode(bytes), name)
      const der = await format.encode!(key, {})
      assert.deepEqual(der, decodePem(bytes).body, name)
      same(await readPrivate(der), key)
    }
  })

  it('writes DEK-Info byte for byte, given the IV, when it is asked for by name', async () => {
    for (const name of ['rsa2048.aes128.pem', 'ecdsa256.aes128.pem', 'dsa1024.aes128.pem']) {
      const bytes = derVector(name)
      const key = await readPrivate(bytes, passphrase)
      const format = privateFormats.find((f) => f.recognise(new Source(bytes)))!
      const iv = decodePem(bytes).headers[1]![1].split(',')[1]!
      const random = () => Uint8Array.from(iv.match(/../g)!, (octet) => Number.parseInt(octet, 16))
      const options = { passphrase, cipher: 'aes-128-cbc', random }
      assert.equal(await format.format(key, options), new TextDecoder().decode(bytes))
      const unsupported = { name: 'UnsupportedError', code: 'unsupported-cipher' }
      await assert.rejects(format.format(key, { passphrase }), unsupported)
      await assert.rejects(format.format(key, { passphrase, cipher: 'aes-256-cbc' }), unsupported)
      await assert.rejects(format.encode!(key, options), unsupported)
      await assert.rejects(format.format(key, { ...options, passphrase: '' }), TypeError)
    }
  })

  it('writes PBES2 with every cipher and key derivation, and reads it again', async () => {
    const key = await readPrivate(derVector('ecdsa384.pk8'))
    const ways: WritePrivateOptions[] = [
      ...['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc', 'des-ede3-cbc'].map((cipher) => ({ cipher, rounds: 1 })),
      ...['sha1', 'sha224', 'sha256', 'sha384', 'sha512'].map((h) => ({ kdf: `pbkdf2-hmac-${h}`, rounds: 3 })),
      { kdf: 'scrypt', rounds: 16 },
    ]
    for (const way of ways) {
      const text = await pkcs8.format(key, { ...way, passphrase: 'pässwörd', random: repeatable(3) })
      assert.equal(text.split('\n')[0], '-----BEGIN ENCRYPTED PRIVATE KEY-----')
      same(await readPrivate(text, 'pässwörd'), key)
      const der = await pkcs8.encode(key, { ...way, passphrase: 'pässwörd', random: repeatable(3) })
      assert.deepEqual(der, decodePem(new TextEncoder().encode(text)).body)
      same(await readPrivate(der, 'pässwörd'), key)
      const { encrypted: facts } = inspect(der)
      assert.equal(facts?.cipher, way.cipher ?? 'aes-256-cbc')
      assert.equal(facts?.kdf, (way as { kdf?: string }).kdf ?? 'pbkdf2-hmac-sha256')
      assert.equal(facts?.rounds, way.rounds)
    }
    const facts = inspect(await pkcs8.encode(key, { passphrase }))
    assert.deepEqual(facts.encrypted, { cipher: 'aes-256-cbc', kdf: 'pbkdf2-hmac-sha256', rounds: 600_000 })
    assert.equal(facts.format, 'pkcs8')
  })

  it('refuses options that it has not', async () => {
    const key = await readPrivate(derVector('ecdsa384.pk8'))
    const write = (options: WritePrivateOptions) => pkcs8.format(key, { passphrase, ...options })
    await assert.rejects(write({ cipher: 'des-cbc' }), { code: 'unsupported-cipher' })
    await assert.rejects(write({ cipher: 'aes256-ctr' }), { code: 'unsupported-cipher' })
    await assert.rejects(write({ kdf: 'bcrypt' }), { code: 'unsupported-kdf' })
    for (const rounds of [0, 1.5, -1, 1e9]) await assert.rejects(write({ rounds }), TypeError)
    for (const rounds of [1, 3, 2 ** 30]) await assert.rejects(write({ kdf: 'scrypt', rounds }), TypeError)
    await assert.rejects(write({ passphrase: '' }), TypeError)
    await assert.rejects(pkcs1.format(key, {}), { name: 'UnsupportedError', code: 'unsupported-format' })
  })

  it('an abort and a progress reach the key derivation', async () => {
    const key = await readPrivate(derVector('openssl25519.pk8'))
    const reason = new Error('enough')
    await assert.rejects(pkcs8.format(key, { passphrase, signal: AbortSignal.abort(reason) }), reason)
    const seen: string[] = []
    await pkcs8.format(key, { passphrase, rounds: 10, onProgress: ({ work }) => seen.push(work) })
    assert.deepEqual(seen, ['pbkdf2'])
  })

  it('tells each container from the others', () => {
    for (const name of [...plainPrivate, ...encrypted.map(([n]) => n)]) {
      const source = new Source(derVector(name))
      const names = privateFormats.filter((f) => f.recognise(source)).map((f) => f.name)
      assert.deepEqual(names.length, 1, `${name}: ${names}`)
      assert.ok(!publicFormats.some((f) => f.recognise(source)), name)
    }
    for (const name of publicFiles) {
      const source = new Source(derVector(name))
      assert.ok(!privateFormats.some((f) => f.recognise(source)), name)
    }
  })
})

describe('public containers in DER', () => {
  for (const name of publicFiles) {
    it(`reads ${name} and writes it again`, async () => {
      const bytes = derVector(name)
      const key = readPublic(bytes)
      assert.equal(encodeBase64(key.blob), await expectedBlob(name))
      const source = new Source(bytes)
      const [format, ...others] = publicFormats.filter((f) => f.recognise(source))
      assert.equal(others.length, 0)
      if (name.endsWith('.der')) assert.deepEqual(format!.encode!(key, { types }), bytes)
      else assert.equal(format!.format(key, { types }), new TextDecoder().decode(bytes))
      assert.deepEqual(readPublic(format!.encode!(key, { types })), key)
    })
  }

  it('refuses types that it was not handed, and a container that the type has not', () => {
    const bytes = derVector('ecdsa384.spki')
    const options = { types: types.filter((t) => t.alias !== 'ecdsa-p384') }
    assert.throws(() => spki.parse(new Source(bytes), options), { name: 'UnsupportedError', code: 'unsupported-type' })
    assert.throws(() => spki.parse(new Source(bytes), { types: [] }), { code: 'unsupported-type' })
    const key = readPublic(bytes)
    assert.throws(() => spki.format(key, options), { code: 'unsupported-type' })
    assert.throws(() => publicFormats[1]!.format(key, { types }), { code: 'unsupported-format' })
  })
})
