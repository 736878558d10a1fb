import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseCertificate } from '../../src/cert/index.ts'
import { allTypes } from '../../src/keys/index.ts'
import { createKrl, formatKrl, isRevoked, mergeKrls, parseKrl } from '../../src/krl/index.ts'
import { hex } from '../support/bytes.ts'
import { publicKey } from '../support/keys.ts'
import { vector } from '../support/vectors.ts'
import { extension, list, section } from './bytes.ts'

const types = allTypes
const ca = publicKey('ca-ed25519')
const certificate = (name: string) => parseCertificate(vector(`certs/${name}-cert.pub`), { types })
const bad = { name: 'FormatError', code: 'bad-value' }

describe('createKrl', () => {
  it('revokes whole certificates by serial number, or by key id where that is 0, as ssh-keygen -k does', () => {
    const [seven, zero] = [certificate('user-rsa2048'), certificate('forever')]
    const krl = createKrl({ generatedAt: 0, certificates: [seven, zero] })
    assert.deepEqual(krl.authorities, parseKrl(vector('krl/certificates.krl'), { types }).authorities)
    assert.equal(isRevoked(krl, zero), 'key-id')
    assert.equal(isRevoked(krl, seven), 'serial')
  })

  it('refuses serial 0, numbers beyond 64 bits and ranges that go down', () => {
    const serials = [0n, -1n, 2n ** 64n, [0n, 5n], [6n, 5n], [5n, 2n ** 64n]] as const
    for (const serial of serials) {
      const spec = { generatedAt: 0, certificates: [{ authority: ca, serials: [serial] }] }
      assert.throws(() => createKrl(spec), bad, String(serial))
    }
    for (const version of [-1n, 2n ** 64n]) assert.throws(() => createKrl({ generatedAt: 0, version }), bad)
  })

  it('takes bigints alone for serial numbers', () => {
    const serials = [5 as unknown as bigint]
    assert.throws(() => createKrl({ generatedAt: 0, certificates: [{ authority: ca, serials }] }), TypeError)
  })

  it('refuses a certificate where a key is asked for: its blob is the one of no key', () => {
    const whole = certificate('user-rsa2048')
    const { type, blob } = whole
    const wrong = { name: 'FormatError', code: 'is-certificate' }
    const bare = { type, blob, comment: '' }
    for (const key of [whole, bare, { ...bare, type: 'ssh-rsa' }, { ...whole, blob: whole.publicKey.blob }]) {
      assert.throws(() => createKrl({ generatedAt: 0, keys: [ca, key] }), wrong)
      for (const entry of [{ serials: [7n] }, { keyIds: ['a'] }, {}]) {
        assert.throws(() => createKrl({ generatedAt: 0, certificates: [{ authority: key, ...entry }] }), wrong)
      }
    }
    assert.equal(isRevoked(createKrl({ generatedAt: 0, keys: [whole.publicKey] }), whole), 'key')
    // Nor is a key a certificate, or anything else a key.
    const no = undefined as unknown as typeof ca
    for (const given of [ca, { authority: no, serials: [7n] }, { authority: ca }, 'x', null]) {
      assert.throws(() => createKrl({ generatedAt: 0, certificates: [given as never] }), TypeError)
    }
    for (const key of [no, null, 'ssh-rsa', { type: 'ssh-rsa' }, { ...ca, blob: [...ca.blob] }]) {
      assert.throws(() => createKrl({ generatedAt: 0, keys: [key as never] }), TypeError)
    }
  })

  it('refuses lists that are none: a text is not the list of its characters', () => {
    const wrong: readonly object[] = [
      { keyIds: 'alice-laptop' },
      { keyIds: '' },
      { keyIds: 5 },
      { keyIds: [5] },
      { keyIds: [['alice-laptop']] },
      { keyIds: new TextEncoder().encode('alice-laptop') },
      { keyIds: {} },
      { serials: '123' },
      { serials: ['123'] },
      { serials: [['1', '3']] },
      { serials: [[1n]] },
      { serials: [[1n, 2n, 3n]] },
      { serials: [[]] },
      { serials: [null] },
      { serials: new Uint8Array(3) },
      { serials: 5n },
      { serials: { first: 5n, last: 6n } },
      { serial: 5n },
    ]
    for (const entry of wrong) {
      const certificates = [{ authority: ca, ...entry }]
      assert.throws(() => createKrl({ generatedAt: 0, certificates }), TypeError, Object.keys(entry)[0])
    }
    const sha1 = ['x'.repeat(20), Array<number>(20).fill(1), null] as unknown as Uint8Array[]
    for (const hash of sha1) assert.throws(() => createKrl({ generatedAt: 0, sha1: [hash] }), TypeError)
    const serials = new BigUint64Array([5n, 9n])
    const krl = createKrl({ generatedAt: 0, certificates: [{ authority: ca, serials, keyIds: new Set(['alice']) }] })
    assert.deepEqual(krl.authorities.values().next().value?.serials.first, serials)
  })

  it('refuses hashes of another length, NUL in texts and times that are none', () => {
    assert.throws(() => createKrl({ generatedAt: 0, sha1: [new Uint8Array(32)] }), bad)
    assert.throws(() => createKrl({ generatedAt: 0, sha256: [new Uint8Array(20)] }), bad)
    assert.throws(() => createKrl({ generatedAt: 0, comment: 'a\0' }), bad)
    assert.throws(() => createKrl({ generatedAt: 0, certificates: [{ authority: null, keyIds: ['\0'] }] }), bad)
    assert.throws(() => createKrl({ generatedAt: Number.NaN }), TypeError)
  })
})

describe('mergeKrls', () => {
  const one = createKrl({
    generatedAt: 100,
    version: 5n,
    comment: 'one',
    certificates: [
      { authority: ca, serials: [1n, [5n, 9n]], keyIds: ['a'] },
      { authority: null, keyIds: ['any'] },
    ],
    keys: [publicKey('ed25519')],
    sha1: [new Uint8Array(20)],
  })
  const two = createKrl({
    generatedAt: 200,
    version: 4n,
    comment: 'two',
    certificates: [
      { authority: ca, serials: [2n, [8n, 12n]], keyIds: ['b', 'a'] },
      { authority: publicKey('ca-rsa'), serials: [3n] },
    ],
    keys: [publicKey('rsa2048'), publicKey('ed25519')],
    sha256: [new Uint8Array(32)],
  })

  it('revokes what one of them revokes, under the header of the highest version', () => {
    const expected = createKrl({
      generatedAt: 100,
      version: 5n,
      comment: 'one',
      certificates: [
        {
          authority: ca,
          serials: [
            [1n, 2n],
            [5n, 12n],
          ],
          keyIds: ['a', 'b'],
        },
        { authority: null, keyIds: ['any'] },
        { authority: publicKey('ca-rsa'), serials: [3n] },
      ],
      keys: [publicKey('ed25519'), publicKey('rsa2048')],
      sha1: [new Uint8Array(20)],
      sha256: [new Uint8Array(32)],
    })
    assert.deepEqual(formatKrl(mergeKrls([one, two])), formatKrl(expected))
    assert.deepEqual(formatKrl(mergeKrls([two, one])), formatKrl(expected))
    assert.deepEqual(formatKrl(mergeKrls([two, one, two, one])), formatKrl(expected))
  })

  it('leaves the lists that it merges as they are, and a single one too', () => {
    const before = [structuredClone(one), structuredClone(two)]
    mergeKrls([one, two])
    assert.deepEqual([one, two], before)
    assert.deepEqual(mergeKrls([one]), one)
  })

  it('keeps extensions once each and drops signatures', () => {
    const a = parseKrl(list(extension(section.extension, 'a', 0), hex('04 00000000 00000000')), { types })
    const b = parseKrl(list(extension(section.extension, 'b', 0), extension(section.extension, 'a', 0)), { types })
    const merged = mergeKrls([a, b])
    assert.deepEqual(
      merged.extensions.map(({ name }) => name),
      ['a', 'b'],
    )
    assert.equal(a.signatures.length, 1)
    assert.deepEqual(merged.signatures, [])
  })

  it('asks for at least one', () => assert.throws(() => mergeKrls([]), TypeError))
})
