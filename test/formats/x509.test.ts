import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { sha256 } from '../../src/crypto/hash.ts'
import { SshError, UnsupportedError } from '../../src/errors.ts'
import { fingerprint } from '../../src/fingerprint/index.ts'
import { parsePublicKey } from '../../src/formats/index.ts'
import { csr, readCertificateRequest, readX509, x509 } from '../../src/formats/x509.ts'
import { allTypes, ed25519 } from '../../src/keys/index.ts'
import { decodeArmor } from '../../src/wire/armor.ts'
import { concat, flipped, utf8 } from '../support/bytes.ts'
import { failure } from '../support/keys.ts'
import { vectorText } from '../support/vectors.ts'
import { x509File, x509Key, x509Keys, x509Vectors } from '../support/x509.ts'

const types = allTypes
const formats = [x509, csr]
const der = (file: string): Uint8Array => decodeArmor(x509File(file)).body

describe('certificates', () => {
  for (const { file, ...said } of x509Vectors) {
    test(`${file}: what openssl says`, () => {
      for (const input of [x509File(file), new TextDecoder().decode(x509File(file)), Buffer.from(x509File(file))]) {
        const facts = readX509(input, { types })
        assert.equal(facts.subject, said.subject)
        assert.equal(facts.issuer, said.issuer)
        assert.equal(facts.serial, said.serial)
        assert.equal(facts.notBefore.getTime(), Date.parse(said.notBefore))
        assert.equal(facts.notAfter.getTime(), Date.parse(said.notAfter))
        assert.equal(facts.thumbprint, said.sha1)
        assert.equal(facts.thumbprint256, said.sha256)
        assert.deepEqual(readX509(facts.der, { types }), facts)
      }
    })
  }

  for (const name of x509Keys) {
    test(`${name}: the subject's key`, async () => {
      const { blob } = (await x509Key(name)).publicKey
      for (const file of [`${name}.crt`, `${name}.csr`]) {
        for (const input of [x509File(file), der(file)]) {
          assert.deepEqual(parsePublicKey(input, { types, formats }).blob, blob)
        }
      }
      assert.deepEqual(readX509(x509File(`${name}.crt`), { types }).publicKey?.blob, blob)
    })
  }

  test('text in front, uses behind, version 1', async () => {
    const { blob } = (await x509Key('rsa')).publicKey
    for (const file of ['text.crt', 'trusted.crt']) {
      assert.deepEqual(parsePublicKey(x509File(file), { types, formats }).blob, blob)
    }
    assert.equal(parsePublicKey(der('v1.crt'), { types, formats: [csr, x509] }).type, 'ecdsa-sha2-nistp256')
  })

  test('a key that SSH has not: facts without a key, the format refuses it', async () => {
    assert.equal(readX509(x509File('x25519.crt'), { types }).publicKey, undefined)
    assert.equal(readX509(x509File('rsa.crt'), { types: [ed25519] }).publicKey, undefined)
    const error = await failure(() => parsePublicKey(x509File('x25519.crt'), { types, formats }))
    assert.ok(error instanceof UnsupportedError, String(error))
  })

  test('nothing is written', async () => {
    const key = parsePublicKey(x509File('ed25519.crt'), { types, formats })
    for (const format of formats) {
      const error = await failure(() => format.format(key, { types }))
      assert.ok(error instanceof UnsupportedError && error.code === 'unsupported-format')
      assert.match(error.message, /hawser\/x509/)
    }
  })
})

describe('requests', () => {
  test('names', () => {
    for (const name of x509Keys) {
      assert.equal(readCertificateRequest(x509File(`${name}.csr`), { types }).subject, `CN=${name},O=Example`)
    }
    const empty = readCertificateRequest(der('no-subject.csr'), { types })
    assert.equal(empty.subject, '')
    assert.equal(empty.publicKey?.type, 'ecdsa-sha2-nistp256')
  })

  test('one is not the other', async () => {
    for (const input of [x509File('rsa.csr'), der('rsa.csr'), der('no-subject.csr'), 'hello', x509File('rsa.key')]) {
      assert.equal(((await failure(() => readX509(input, { types }))) as SshError).code, 'unknown-format')
    }
    for (const input of [x509File('rsa.crt'), der('rsa.crt'), der('v1.crt'), der('no-subject.crt')]) {
      assert.equal(((await failure(() => readCertificateRequest(input, { types }))) as SshError).code, 'unknown-format')
    }
  })
})

describe('what is broken', () => {
  const read = (input: Uint8Array): unknown => {
    try {
      return parsePublicKey(input, { types, formats })
    } catch (error) {
      assert.ok(error instanceof SshError, String(error))
      return error.code
    }
  }

  test('cut at every octet', () => {
    for (const file of ['ed25519.crt', 'ed25519.csr']) {
      const whole = der(file)
      for (let i = 0; i < whole.length; i++) assert.equal(typeof read(whole.slice(0, i)), 'string', `${file} at ${i}`)
    }
  })

  test('each bit turned over: a key or a coded error', () => {
    const certificate = der('ed25519.crt')
    for (let i = 0; i < certificate.length * 8; i++) read(flipped(certificate, i))
    const request = der('ed25519.csr')
    for (let i = 0; i < request.length * 8; i += 5) read(flipped(request, i))
  })

  test('octets behind, two algorithms, a time that is none', () => {
    const whole = der('ed25519.crt')
    assert.equal(read(concat(whole, Uint8Array.of(0))), 'trailing-bytes')
    const at = (part: Uint8Array, from = 0): number => {
      for (let i = from; i < whole.length; i++) if (part.every((octet, j) => whole[i + j] === octet)) return i
      throw new Error('not in the certificate')
    }
    // 1.3.101.112 to 1.3.101.113 in the first of its places: the algorithm inside of what is signed.
    const other = whole.slice()
    other[at(Uint8Array.of(0x2b, 0x65, 0x70)) + 2] = 0x71
    assert.equal(read(other), 'bad-value')
    const { notBefore } = readX509(whole, { types })
    const time = notBefore.toISOString().replace(/\D/g, '').slice(2, 14)
    const late = whole.slice()
    late.set(utf8('260231'), at(utf8(time)))
    assert.equal(read(late), 'bad-value')
  })

  test('limits', () => {
    const work = (): unknown => readX509(x509File('rsa.crt'), { types, limits: { inputLength: 1000 } })
    assert.throws(work, { code: 'limit' })
  })
})

interface Shared {
  readonly path: string
  readonly format: string
  readonly expect?: { readonly load: boolean | null; readonly fingerprint?: string; readonly subjectCN?: string }
  readonly upstream?: { readonly loads: boolean }
  readonly oracle?: { readonly fingerprint?: string }
}

const shared = new URL('../../../shared/vectors/', import.meta.url)
const present = existsSync(new URL('made/manifest.json', shared))
if (!present) console.log('x509: SKIPPED, there is no ../shared/vectors beside this repository')

describe('shared vectors', { skip: present ? false : 'there is no ../shared/vectors' }, () => {
  const load = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, shared)))
  const list = (path: string): readonly Shared[] =>
    present ? JSON.parse(readFileSync(new URL(path, shared), 'utf8')) : []
  const shown = (input: Uint8Array): string => fingerprint(parsePublicKey(input, { types, formats }), { hash: sha256 })

  test('made', () => {
    const entries = list('made/manifest.json').filter(({ format }) => format === 'x509' || format === 'x509-der')
    assert.ok(entries.length >= 11)
    for (const { path, expect } of entries) {
      const input = load(`made/${path}`)
      // A type that the library does not know yet would be an UnsupportedError: every one here is known.
      assert.equal(shown(input), expect?.fingerprint, path)
      if (expect?.subjectCN) assert.ok(readX509(input, { types }).subject.includes(`CN=${expect.subjectCN}`), path)
    }
  })

  test('fetched', () => {
    const entries = list('fetched/index.json').filter(({ path, format }) => format === 'x509' || path.endsWith('.crt'))
    assert.ok(entries.length >= 8)
    for (const { path, oracle } of entries) {
      const got = shown(load(`fetched/${path}`))
      if (oracle?.fingerprint) assert.equal(got, oracle.fingerprint, path)
    }
  })
})

test('the set is of this project', () => assert.match(vectorText('x509/versions.txt'), /^OpenSSL 3/))
