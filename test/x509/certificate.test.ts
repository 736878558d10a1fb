import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SignerError, UnsupportedError } from '../../src/errors.ts'
import { readCertificateRequest, readX509 } from '../../src/formats/x509.ts'
import { allTypes, type Signer, signatureOf } from '../../src/keys/index.ts'
import { decodeArmor } from '../../src/wire/armor.ts'
import { Writer } from '../../src/wire/writer.ts'
import { createCertificateRequest, createSelfSignedCertificate } from '../../src/x509/index.ts'
import { repeatable, toHex } from '../support/bytes.ts'
import { failure } from '../support/keys.ts'
import { x509File, x509Key, x509Keys } from '../support/x509.ts'

const types = allTypes
const now = new Date('2026-01-02T03:04:05.678Z')

/** DER of the part that is signed. */
const signedPart = (der: Uint8Array): Uint8Array => {
  const start = der[1] === 0x82 ? 4 : der[1] === 0x81 ? 3 : 2
  const length =
    der[start + 1] === 0x82
      ? 4 + der[start + 2]! * 256 + der[start + 3]!
      : der[start + 1] === 0x81
        ? 3 + der[start + 2]!
        : 2 + der[start + 1]!
  return der.slice(start, start + length)
}

describe('as openssl writes it', () => {
  for (const name of x509Keys) {
    // ECDSA signatures are random; what is signed is not.
    const part = name.startsWith('p') ? signedPart : (der: Uint8Array) => der

    test(`${name}: openssl req -x509`, async () => {
      const theirs = readX509(x509File(`${name}.crt`), { types })
      const { notBefore, notAfter, subject } = theirs
      const key = await x509Key(name)
      const serial = BigInt(`0x${theirs.serial}`)
      const ours = await createSelfSignedCertificate({ key, subject, serial, notBefore, notAfter })
      assert.equal(toHex(part(ours.der)), toHex(part(theirs.der)))
      const days = await createSelfSignedCertificate({ key, subject, serial, notBefore, days: 365 })
      assert.deepEqual(part(days.der), part(ours.der))
      assert.deepEqual(decodeArmor(new TextEncoder().encode(ours.pem)), { label: 'CERTIFICATE', body: ours.der })
      assert.equal(ours.thumbprint, readX509(ours.pem, { types }).thumbprint)
      if (part !== signedPart) assert.equal(ours.pem, new TextDecoder().decode(x509File(`${name}.crt`)))
    })

    test(`${name}: openssl req -new`, async () => {
      const ours = await createCertificateRequest({ key: await x509Key(name), subject: `CN=${name},O=Example` })
      assert.equal(toHex(part(ours.der)), toHex(part(decodeArmor(x509File(`${name}.csr`)).body)))
      assert.match(ours.pem, /^-----BEGIN CERTIFICATE REQUEST-----\n/)
    })
  }
})

test('subjects: text and pairs, string types', async () => {
  const key = await x509Key('ed25519')
  const make = async (subject: string | [string, string][]): Promise<string> =>
    readX509((await createSelfSignedCertificate({ key, subject, notBefore: now, days: 1 })).der, { types }).subject
  const text = 'emailAddress=a@example.org,CN=\\ Bücher\\, ü,DC=example,C=DE'
  assert.equal(await make(text), text)
  assert.equal(
    await make([
      ['O', 'Example'],
      ['CN', 'vm1'],
    ]),
    'CN=vm1,O=Example',
  )
  assert.equal(await make([['2.5.4.3', 'vm1']]), 'CN=vm1')
  assert.equal(await make(''), '')
  for (const bad of ['C=DEU', 'C=é1', 'emailAddress=ü@example.org', 'NOSUCH=x', 'CN=', 'toString=x', 'vm1']) {
    assert.ok((await failure(() => make(bad))) instanceof TypeError, bad)
  }
})

test('times, serials, extensions', async () => {
  const key = await x509Key('ed25519')
  const subject = 'CN=vm1'
  const made = async (more: object) =>
    readX509((await createSelfSignedCertificate({ key, subject, notBefore: now, days: 1, ...more })).der, { types })
  const facts = await made({})
  assert.equal(facts.notBefore.toISOString(), '2026-01-02T03:04:05.000Z')
  assert.equal(facts.notAfter.toISOString(), '2026-01-03T03:04:05.000Z')
  assert.match(facts.serial, /^[4-7][0-9A-F]{39}$/)
  assert.equal((await made({ random: repeatable(1) })).serial, (await made({ random: repeatable(1) })).serial)
  assert.equal((await made({ serial: 1n })).serial, '01')
  assert.equal((await made({ serial: 0xffn })).serial, 'FF')
  const late = await made({ days: undefined, notAfter: new Date('9999-12-31T23:59:59Z') })
  assert.equal(late.notAfter.toISOString(), '9999-12-31T23:59:59.000Z')
  const edges = await made({
    days: undefined,
    notBefore: Date.UTC(2049, 11, 31, 23, 59, 59) / 1000,
    notAfter: Date.UTC(2050) / 1000,
  })
  assert.deepEqual([edges.notBefore.getUTCFullYear(), edges.notAfter.getUTCFullYear()], [2049, 2050])
  assert.ok((await made({ extensions: [] })).der.length < facts.der.length)
  const keyUsage = { oid: '2.5.29.15', critical: true, value: Uint8Array.of(3, 2, 7, 0x80) }
  assert.ok(toHex((await made({ extensions: [keyUsage] })).der).includes('0603551d0f0101ff040403020780'))
  for (const bad of [
    { days: 0 },
    { days: 1.5 },
    { days: undefined },
    { notAfter: now },
    { days: undefined, notAfter: now },
    { days: undefined, notAfter: new Date(NaN) },
    { days: 3_000_000 },
    { serial: 0n },
    { serial: -1n },
    { serial: 1n << 159n },
  ]) {
    assert.ok(
      (await failure(() => made(bad))) instanceof TypeError,
      JSON.stringify(bad, (_, v) => `${v}`),
    )
  }
})

describe('signers', () => {
  const options = { subject: 'CN=vm1', notBefore: now, days: 1 }

  test('any signer, its types said', async () => {
    const { publicKey, algorithms, sign } = await x509Key('p256').then((k) => ({
      publicKey: k.publicKey,
      algorithms: k.algorithms,
      sign: k.sign.bind(k),
    }))
    const key: Signer = { publicKey, algorithms, sign }
    assert.ok((await failure(() => createSelfSignedCertificate({ key, ...options }))) instanceof TypeError)
    const { der } = await createSelfSignedCertificate({ key, types, ...options })
    assert.deepEqual(readX509(der, { types }).publicKey?.blob, publicKey.blob)
    assert.deepEqual(
      readCertificateRequest((await createCertificateRequest({ key, types, subject: 'CN=a' })).der, { types }).publicKey
        ?.blob,
      publicKey.blob,
    )
  })

  test('RSA: SHA-256 unless asked otherwise, never SHA-1', async () => {
    const key = await x509Key('rsa')
    const oid = async (algorithm?: string): Promise<string | undefined> =>
      /2a864886f70d01010[bd5]/.exec(toHex((await createSelfSignedCertificate({ key, ...options, algorithm })).der))?.[0]
    assert.equal(await oid(), '2a864886f70d01010b')
    assert.equal(await oid('rsa-sha2-512'), '2a864886f70d01010d')
    for (const algorithm of ['ssh-rsa', 'ssh-ed25519']) {
      const error = await failure(() => oid(algorithm))
      assert.ok(error instanceof UnsupportedError && error.code === 'unsupported-algorithm')
    }
    const only512: Signer = { publicKey: key.publicKey, algorithms: ['rsa-sha2-512'], sign: (d, o) => key.sign(d, o) }
    const { der } = await createSelfSignedCertificate({ key: only512, types, ...options })
    assert.ok(toHex(der).includes('2a864886f70d01010d'))
  })

  test('one that signs otherwise than asked, or wrong', async () => {
    const key = await x509Key('rsa')
    const old: Signer = {
      publicKey: key.publicKey,
      algorithms: key.algorithms,
      sign: (d) => key.sign(d, { algorithm: 'ssh-rsa' }),
    }
    const error = await failure(() => createSelfSignedCertificate({ key: old, types, ...options }))
    assert.ok(error instanceof SignerError && error.code === 'signer-failed')
    const sign = async (): Promise<ReturnType<typeof signatureOf>> =>
      signatureOf('rsa-sha2-256', new Writer().string(new Uint8Array(256)).take())
    const bad: Signer = { publicKey: key.publicKey, algorithms: key.algorithms, sign }
    const refused = await failure(() => createSelfSignedCertificate({ key: bad, types, ...options }))
    assert.ok(refused instanceof SignerError && refused.code === 'signer-failed')
  })

  test('an abort', async () => {
    const key = await x509Key('ed25519')
    const reason = new Error('enough')
    assert.equal(
      await failure(() => createSelfSignedCertificate({ key, ...options, signal: AbortSignal.abort(reason) })),
      reason,
    )
  })
})
