/** What the containers in DER refuse and tolerate, in files made by hand, and the ceilings of encrypted ones. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Der,
  decodeDer,
  derBitString,
  derContext,
  derInteger,
  derNull,
  derNumber,
  derOctetString,
  derOid,
  derSequence,
  encodeDer,
} from '../../src/asn1/index.ts'
import { evpBytesToKey } from '../../src/crypto/evp-bytes-to-key.ts'
import { SshError } from '../../src/errors.ts'
import { cbcCiphers, cbcSeal } from '../../src/formats/cbc-ciphers.ts'
import { pkcs8 } from '../../src/formats/pkcs8.ts'
import { encodeArmor } from '../../src/wire/armor.ts'
import { concat, flipped, hex, repeatable, toHex, utf8 } from '../support/bytes.ts'
import { derVector, passphrase, readPrivate, readPublic } from '../support/containers.ts'

const format = (code: string) => ({ name: 'FormatError', code })
const unsupported = (code: string) => ({ name: 'UnsupportedError', code })
const limit = { name: 'LimitError', code: 'limit' }

const ED25519 = '1.3.101.112'
const EC = '1.2.840.10045.2.1'
const P256 = '1.2.840.10045.3.1.7'

const ecdsa = (await readPrivate(derVector('ecdsa256.pk8'))).exposeComponents()
const ecdsa384 = (await readPrivate(derVector('ecdsa384.pk8'))).exposeComponents()
const ed = (await readPrivate(derVector('openssl25519.pk8'))).exposeComponents()
const rsa = (await readPrivate(derVector('rsa2048.pk8'))).exposeComponents()

const implicit = (tag: number, content: Uint8Array): Der => [
  hex('8'.concat(tag.toString(16))),
  Uint8Array.of(content.length),
  content,
]
const info = (version: number, algorithm: Der, key: Der, ...more: Der[]): Uint8Array =>
  encodeDer(derSequence(derNumber(version), algorithm, derOctetString(key), ...more))
const edAlgorithm = derSequence(derOid(ED25519))
const seed = (octets: Uint8Array): Der => derOctetString([octets])
const bits = (octets: Uint8Array): Uint8Array => concat(hex('00'), octets)
const sec1 = (scalar: Uint8Array, point: Uint8Array | undefined, curve?: string, version = 1): Der =>
  derSequence(
    derNumber(version),
    derOctetString([scalar]),
    ...(curve ? [derContext(0, derOid(curve))] : []),
    ...(point ? [derContext(1, derBitString([point]))] : []),
  )
const ecAlgorithm = (curve: string): Der => derSequence(derOid(EC), derOid(curve))

describe('PKCS#8 of Ed25519', () => {
  it('version 2 with its public key, implicit or as ring wrote it, and attributes in either version', async () => {
    const attributes = derContext(0, derSequence(derOid('1.2.840.113549.1.9.9.20')))
    for (const file of [
      info(0, edAlgorithm, seed(ed.seed!)),
      info(0, edAlgorithm, seed(ed.seed!), attributes),
      info(1, edAlgorithm, seed(ed.seed!), implicit(1, bits(ed.public!))),
      info(1, edAlgorithm, seed(ed.seed!), attributes, implicit(1, bits(ed.public!))),
      info(1, edAlgorithm, seed(ed.seed!), derContext(1, derBitString([ed.public!]))),
    ]) {
      assert.deepEqual((await readPrivate(file)).exposeComponents(), ed)
    }
  })

  it('refuses another public key, lengths, versions and parameters', async () => {
    const other = flipped(ed.public!, 5)
    for (const [file, error] of [
      [info(1, edAlgorithm, seed(ed.seed!), implicit(1, bits(other))), format('key-mismatch')],
      [info(1, edAlgorithm, seed(ed.seed!), implicit(1, bits(ed.public!.subarray(1)))), format('bad-value')],
      [info(1, edAlgorithm, seed(ed.seed!), implicit(1, concat(hex('01'), ed.public!))), format('bad-value')],
      [info(1, edAlgorithm, seed(ed.seed!.subarray(1)), implicit(1, bits(ed.public!))), format('bad-value')],
      [info(1, edAlgorithm, seed(new Uint8Array(33)), implicit(1, bits(ed.public!))), format('bad-value')],
      [info(1, edAlgorithm, seed(new Uint8Array(70)), implicit(1, bits(ed.public!))), format('bad-value')],
      [info(0, edAlgorithm, seed(ed.seed!.subarray(1))), format('bad-value')],
      [info(0, edAlgorithm, seed(new Uint8Array(0))), format('bad-value')],
      [info(0, edAlgorithm, seed(new Uint8Array(64))), format('bad-value')],
      [info(0, edAlgorithm, [ed.seed!]), SshError],
      [info(0, edAlgorithm, seed(ed.seed!), implicit(1, bits(ed.public!))), format('bad-value')],
      [info(1, edAlgorithm, seed(ed.seed!)), format('bad-value')],
      [info(2, edAlgorithm, seed(ed.seed!)), format('bad-value')],
      [info(0, derSequence(derOid(ED25519), derNull()), seed(ed.seed!)), format('trailing-bytes')],
      [info(0, edAlgorithm, seed(ed.seed!), derNull()), format('trailing-bytes')],
      [concat(info(0, edAlgorithm, seed(ed.seed!)), hex('00')), format('trailing-bytes')],
    ] as const) {
      await assert.rejects(readPrivate(file), error, toHex(file))
    }
  })

  it('refuses by name what SSH has not', async () => {
    for (const [oid, name] of [
      ['1.3.101.110', /X25519/],
      ['1.3.101.113', /Ed448/],
      ['1.2.840.113549.1.1.10', /RSASSA-PSS/],
      ['2.16.840.1.101.3.4.3.17', /ML-DSA-44/],
      ['1.2.3.4', /1\.2\.3\.4/],
    ] as const) {
      const file = info(0, derSequence(derOid(oid)), seed(ed.seed!))
      await assert.rejects(readPrivate(file), { ...unsupported('unsupported-type'), message: name })
      const spki = encodeDer(derSequence(derSequence(derOid(oid)), derBitString([ed.public!])))
      assert.throws(() => readPublic(spki), { ...unsupported('unsupported-type'), message: name })
    }
    for (const [curve, name] of [
      ['1.3.36.3.3.2.8.1.1.7', /brainpoolP256r1/],
      ['1.3.132.0.10', /secp256k1/],
    ] as const) {
      const file = info(0, ecAlgorithm(curve), sec1(ecdsa.scalar!, ecdsa.point))
      await assert.rejects(readPrivate(file), { ...unsupported('unsupported-type'), message: name })
    }
  })
})

describe('EC private keys', () => {
  const pem = (der: Der, front = ''): string => front + encodeArmor('EC PRIVATE KEY', encodeDer(der), 64)
  const parameters = (curve: string): string => encodeArmor('EC PARAMETERS', encodeDer(derOid(curve)), 64)
  const compressed = concat(Uint8Array.of(2 + (ecdsa.point!.at(-1)! & 1)), ecdsa.point!.subarray(1, 33))

  it('with and without curve, point, block in front; with scalars of other widths', async () => {
    const { scalar, point } = ecdsa
    const start = scalar!.findIndex((octet) => octet !== 0)
    for (const file of [
      pem(sec1(scalar!, point, P256)),
      pem(sec1(scalar!, undefined, P256)),
      pem(sec1(scalar!, compressed, P256)),
      pem(sec1(scalar!, point), parameters(P256)),
      pem(sec1(scalar!, point, P256), parameters(P256)),
      pem(sec1(concat(hex('00'), scalar!), point, P256)),
      pem(sec1(scalar!.subarray(start), point, P256)),
      info(0, ecAlgorithm(P256), sec1(scalar!, point)),
      info(0, ecAlgorithm(P256), sec1(scalar!, undefined)),
      info(0, ecAlgorithm(P256), sec1(scalar!, compressed, P256)),
    ]) {
      assert.deepEqual((await readPrivate(file)).exposeComponents(), ecdsa)
    }
  })

  it('refuses curves, points and scalars that do not belong together', async () => {
    const { scalar, point } = ecdsa
    const P384 = '1.3.132.0.34'
    const odd = concat(Uint8Array.of(compressed[0]! ^ 1), compressed.subarray(1))
    for (const [file, error] of [
      [pem(sec1(scalar!, point)), format('bad-value')],
      [pem(sec1(scalar!, point, P256), parameters(P384)), format('key-mismatch')],
      [pem(sec1(scalar!, point, P384)), format('bad-value')],
      [info(0, ecAlgorithm(P256), sec1(scalar!, point, P384)), format('key-mismatch')],
      [info(0, derSequence(derOid(EC)), sec1(scalar!, point)), format('bad-value')],
      [pem(sec1(scalar!, odd, P256)), format('key-mismatch')],
      [pem(sec1(scalar!, flipped(compressed, 20), P256)), format('key-mismatch')],
      [pem(sec1(scalar!, flipped(point!, 20), P256)), format('bad-value')],
      [pem(sec1(flipped(scalar!, 20), point, P256)), format('key-mismatch')],
      [pem(sec1(scalar!, concat(hex('06'), point!.subarray(1)), P256)), format('bad-value')],
      [pem(sec1(scalar!, new Uint8Array(0), P256)), format('bad-value')],
      [pem(sec1(new Uint8Array(32), point, P256)), format('key-mismatch')],
      [pem(sec1(new Uint8Array(32), undefined, P256)), format('bad-value')],
      [pem(sec1(new Uint8Array(32).fill(255), undefined, P256)), format('bad-value')],
      [pem(sec1(concat(hex('0000'), scalar!), point, P256)), format('bad-value')],
      [pem(sec1(ecdsa384.scalar!, point, P256)), format('bad-value')],
      [pem(sec1(scalar!, point, P256, 2)), format('bad-value')],
      [parameters(P256), format('bad-armor')],
      [
        pem(derSequence(derNumber(1), derOctetString([scalar!]), derContext(0, derSequence(derNull())))),
        unsupported('unsupported-type'),
      ],
    ] as const) {
      await assert.rejects(readPrivate(file), error, String(file))
    }
  })
})

describe('RSA private keys', () => {
  const order = decodeDer(decodeBody(derVector('rsa2048.pem')), 'rsa').sequence('rsa')
  const numbers = Array.from({ length: 9 }, () => order.integer('number'))
  const file = (change: (n: Uint8Array[]) => Uint8Array[]): Uint8Array =>
    encodeDer(derSequence(...change([...numbers]).map(derInteger)))
  const put = (index: number, value: Uint8Array) => file((n) => n.with(index, value))

  it('compares the copies that follow from the rest; zero for dp and dq is what sshpk writes', async () => {
    assert.deepEqual((await readPrivate(file((n) => n))).exposeComponents(), rsa)
    assert.deepEqual((await readPrivate(file((n) => n.with(6, hex('')).with(7, hex(''))))).exposeComponents(), rsa)
    for (const index of [6, 7]) await assert.rejects(readPrivate(put(index, hex('03'))), format('key-mismatch'))
    for (const index of [3, 4, 5, 8]) {
      await assert.rejects(readPrivate(put(index, flipped(numbers[index]!, 12))), format('key-mismatch'))
    }
  })

  it('refuses other versions, counts and sizes', async () => {
    await assert.rejects(readPrivate(put(0, hex('01'))), unsupported('unsupported-type'))
    await assert.rejects(readPrivate(file((n) => n.slice(0, 8))), format('unknown-format'))
    await assert.rejects(
      readPrivate(
        encodeArmor(
          'RSA PRIVATE KEY',
          file((n) => n.slice(0, 8)),
          64,
        ),
      ),
      format('bad-value'),
    )
    await assert.rejects(readPrivate(file((n) => [...n, hex('05')])), format('unknown-format'))
    await assert.rejects(readPrivate(put(1, hex('05'))), limit)
    await assert.rejects(readPrivate(put(1, new Uint8Array(4096).fill(255))), SshError)
    await assert.rejects(readPrivate(put(3, new Uint8Array(4096).fill(255))), SshError)
    await assert.rejects(readPrivate(put(4, hex('01'))), SshError)
    const negative = encodeDer(derSequence(...numbers.slice(0, 8).map(derInteger), [hex('0201ff')]))
    await assert.rejects(readPrivate(negative), format('bad-value'))
  })

  it('a key of another label', async () => {
    const body = file((n) => n)
    await assert.rejects(readPrivate(encodeArmor('EC PRIVATE KEY', body, 64)), SshError)
    await assert.rejects(readPrivate(encodeArmor('PRIVATE KEY', body, 64)), SshError)
    await assert.rejects(readPrivate(encodeArmor('PUBLIC KEY', body, 64)), format('unknown-format'))
    assert.throws(() => readPublic(encodeArmor('RSA PRIVATE KEY', body, 64)), format('is-private-key'))
  })
})

describe('encrypted PEM', () => {
  const text = new TextDecoder().decode(derVector('rsa2048.aes128.pem'))
  const read = (file: string) => readPrivate(file, passphrase)

  it('refuses headers that it does not know', async () => {
    for (const [file, error] of [
      [text.replace('Proc-Type: 4,ENCRYPTED\n', ''), format('bad-armor')],
      [text.replace('4,ENCRYPTED', '4,MIC-ONLY'), format('bad-armor')],
      [text.replace(/DEK-Info.*\n/, ''), format('bad-armor')],
      [text.replace(/DEK-Info.*\n/, (line) => line + line), format('bad-armor')],
      [text.replace('AES-128-CBC', 'AES-128-CTR'), unsupported('unsupported-cipher')],
      [text.replace('AES-128-CBC', 'AES-128-CBC\u001b[31m'), format('bad-armor')],
      [text.replace(/(CBC,..)../, '$1'), format('bad-armor')],
      [text.replace(/(CBC,..)../, '$1xx'), format('bad-armor')],
      [text.replace(/,[0-9A-F]+/, ''), format('bad-armor')],
    ] as const) {
      await assert.rejects(read(file), error, file.slice(0, 120))
    }
    await assert.rejects(read(text.replace(/\n[^\n]{64}\n-----END/, '\nAAAA\n-----END')), SshError)
  })

  it('trap 29: a wrong passphrase that leaves valid padding is still a wrong passphrase', async () => {
    const cipher = cbcCiphers[0]!
    const iv = hex('000102030405060708090a0b0c0d0e0f')
    const key = evpBytesToKey(utf8(passphrase), iv.subarray(0, 8), 16)
    for (const inside of [repeatable(5)(600), hex('3003020100ff'), hex('')]) {
      const body = cbcSeal(cipher, key, iv, inside)
      const headers = [
        ['Proc-Type', '4,ENCRYPTED'],
        ['DEK-Info', `AES-128-CBC,${toHex(iv).toUpperCase()}`],
      ] as const
      const file = encodeArmor('RSA PRIVATE KEY', body, 64, headers)
      await assert.rejects(read(file), { name: 'PassphraseError', code: 'passphrase-wrong' })
    }
    // What is DER was opened with the right one: then the reason is another.
    const body = cbcSeal(cipher, key, iv, hex('3003020100'))
    const file = encodeArmor('RSA PRIVATE KEY', body, 64, [
      ['Proc-Type', '4,ENCRYPTED'],
      ['DEK-Info', `AES-128-CBC,${toHex(iv).toUpperCase()}`],
    ])
    await assert.rejects(read(file), format('bad-value'))
  })
})

describe('encrypted PKCS#8: costs and schemes', () => {
  const PBES2 = '1.2.840.113549.1.5.13'
  const aes = derSequence(derOid('2.16.840.1.101.3.4.1.42'), derOctetString([new Uint8Array(16)]))
  const salt = derOctetString([new Uint8Array(8)])
  const outer = (algorithm: Der): Uint8Array => encodeDer(derSequence(algorithm, derOctetString([new Uint8Array(48)])))
  const pbes2 = (kdf: Der, encryption = aes) => outer(derSequence(derOid(PBES2), derSequence(kdf, encryption)))
  const pbkdf2 = (...rest: Der[]): Der => derSequence(derOid('1.2.840.113549.1.5.12'), derSequence(salt, ...rest))
  const scrypt = (...cost: number[]): Der =>
    derSequence(derOid('1.3.6.1.4.1.11591.4.11'), derSequence(salt, ...cost.map(derNumber)))
  const refused = async (file: Uint8Array, error: object): Promise<void> => {
    await assert.rejects(readPrivate(file, 'x'), error)
    // At once, and before a passphrase is asked for.
    await assert.rejects(readPrivate(file), error)
  }

  it('absurd costs are refused at once', async () => {
    await refused(pbes2(pbkdf2(derNumber(2 ** 31))), limit)
    await refused(pbes2(pbkdf2(derInteger(new Uint8Array(1000).fill(255)))), limit)
    await refused(pbes2(scrypt(2 ** 30, 8, 1)), limit)
    await refused(pbes2(scrypt(2 ** 14, 8, 10_000)), limit)
    await refused(pbes2(scrypt(2, 2 ** 22, 1)), limit)
    await refused(pbes2(scrypt(2 ** 14, 8, 2 ** 40)), limit)
    for (const oid of ['1.2.840.113549.1.12.1.3', '1.2.840.113549.1.5.3']) {
      await refused(outer(derSequence(derOid(oid), derSequence(salt, derNumber(2 ** 31)))), limit)
    }
  })

  it('the caller moves the ceilings', async () => {
    const { parsePrivateKey } = await import('../../src/formats/index.ts')
    const file = derVector('openssl25519.pbkdf2-SHA256.pk8')
    const options = { types: [], formats: [pkcs8], passphrase, limits: { pbkdf2Rounds: 99 } }
    await assert.rejects(parsePrivateKey(file, options), limit)
  })

  it('costs that are none', async () => {
    await refused(pbes2(pbkdf2(derNumber(0))), format('bad-value'))
    await refused(pbes2(scrypt(0, 8, 1)), format('bad-value'))
    await refused(pbes2(scrypt(1000, 8, 1)), format('bad-value'))
    await refused(pbes2(scrypt(16, 0, 1)), format('bad-value'))
    await refused(pbes2(scrypt(16, 8, 0)), format('bad-value'))
    await refused(pbes2(scrypt(16, 8)), format('bad-value'))
  })

  it('key lengths and IVs that do not fit', async () => {
    const short = derSequence(derOid('2.16.840.1.101.3.4.1.42'), derOctetString([new Uint8Array(8)]))
    await refused(pbes2(pbkdf2(derNumber(1)), short), format('bad-value'))
    await refused(pbes2(pbkdf2(derNumber(1), derNumber(16))), format('bad-value'))
    await refused(pbes2(scrypt(16, 8, 1, 16)), format('bad-value'))
    await refused(pbes2(pbkdf2(derNumber(1), derNumber(32), derNull())), format('bad-value'))
    await assert.rejects(readPrivate(pbes2(pbkdf2(derNumber(1), derNumber(32))), 'x'), { code: 'passphrase-wrong' })
    await assert.rejects(readPrivate(pbes2(scrypt(16, 8, 1, 32)), 'x'), { code: 'passphrase-wrong' })
  })

  it('schemes that are not known, or known and refused', async () => {
    await refused(pbes2(derSequence(derOid('1.2.3'), derSequence(salt))), unsupported('unsupported-kdf'))
    await refused(pbes2(pbkdf2(derNumber(1), derSequence(derOid('1.2.3'), derNull()))), unsupported('unsupported-kdf'))
    await refused(pbes2(pbkdf2(derNumber(1)), derSequence(derOid('1.2.3'), salt)), unsupported('unsupported-cipher'))
    await refused(outer(derSequence(derOid('1.2.3'))), unsupported('unsupported-cipher'))
    const rc2 = outer(derSequence(derOid('1.2.840.113549.1.12.1.6'), derSequence(salt, derNumber(1))))
    await refused(rc2, { ...unsupported('unsupported-cipher'), message: /RC2/ })
    await refused(
      outer(derSequence(derOid('1.2.840.113549.1.5.3'), derSequence(salt, derNumber(0)))),
      format('bad-value'),
    )
  })
})

describe('public keys', () => {
  const spki = (algorithm: Der, key: Uint8Array): Uint8Array => encodeDer(derSequence(algorithm, derBitString([key])))

  it('refuses points and numbers that are none', () => {
    const { point } = ecdsa
    for (const [file, error] of [
      [spki(ecAlgorithm(P256), flipped(point!, 20)), format('bad-value')],
      [spki(ecAlgorithm(P256), concat(hex('02'), point!.subarray(1, 33))), format('bad-value')],
      [spki(ecAlgorithm(P256), hex('00')), format('bad-value')],
      [spki(ecAlgorithm('1.3.132.0.34'), point!), format('bad-value')],
      [spki(edAlgorithm, ed.public!.subarray(1)), format('bad-value')],
      [spki(derSequence(derOid('1.2.840.113549.1.1.1'), derNull()), hex('3003020103')), format('bad-value')],
      [spki(derSequence(derOid('1.2.840.113549.1.1.1')), hex('3006020103020103')), format('bad-value')],
      [spki(derSequence(derOid('1.2.840.113549.1.1.1'), derNull()), hex('3006020103020103')), limit],
      [spki(derSequence(derOid(EC), derSequence(derNumber(1))), point!), unsupported('unsupported-type')],
      [hex('3006020103020103'), limit],
      [hex('30060201030201ff'), format('bad-value')],
    ] as const) {
      assert.throws(() => readPublic(file), error, toHex(file))
    }
  })
})

describe('robustness', () => {
  /** `redundant`: the file holds the public half too, so that no other key may come of it. */
  const whole = async (file: Uint8Array, redundant: boolean, phrase?: string): Promise<void> => {
    const expected = (await readPrivate(file, phrase)).publicKey
    const attempt = async (bytes: Uint8Array, what: string): Promise<void> => {
      try {
        const { publicKey } = await readPrivate(bytes, phrase)
        if (redundant) assert.deepEqual(publicKey, expected, what)
      } catch (error) {
        assert.ok(error instanceof SshError, `${what}: ${error}`)
      }
    }
    for (let length = 0; length < file.length; length++) await attempt(file.subarray(0, length), `cut at ${length}`)
    for (let bit = 0; bit < file.length * 8; bit++) await attempt(flipped(file, bit), `bit ${bit}`)
  }

  it('raw DER, cut and with each bit turned over', async () => {
    await whole(await pkcs8.encode(await readPrivate(derVector('openssl25519.pk8')), {}), false)
    await whole(derVector('ecdsa256.pem.der'), true)
  })

  it('an encrypted file at the lowest cost', async () => {
    const key = await readPrivate(derVector('openssl25519.pk8'))
    await whole(await pkcs8.encode(key, { passphrase, rounds: 1 }), false, passphrase)
  })

  it('PEM with headers, cut and with each bit turned over', async () => {
    await whole(derVector('ecdsa256.aes128.pem'), true, passphrase)
  })

  it('public files', () => {
    for (const name of ['ecdsa256.spki.der', 'openssl25519.spki']) {
      const file = derVector(name)
      for (let bit = 0; bit < file.length * 8; bit++) {
        try {
          readPublic(flipped(file, bit))
        } catch (error) {
          assert.ok(error instanceof SshError, `${name} bit ${bit}: ${error}`)
        }
      }
    }
  })
})

function decodeBody(pem: Uint8Array): Uint8Array {
  const lines = new TextDecoder().decode(pem).split('\n').slice(1, -2).join('')
  return Uint8Array.from(atob(lines), (c) => c.charCodeAt(0))
}
