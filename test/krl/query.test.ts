import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkCertificate, parseCertificate } from '../../src/cert/index.ts'
import { sha1, sha256 } from '../../src/crypto/index.ts'
import { allTypes, type Certificate } from '../../src/keys/index.ts'
import {
  createKrl,
  hasSerial,
  isRevoked,
  type KrlSpec,
  krlRevocation,
  mergeKrls,
  parseKrl,
} from '../../src/krl/index.ts'
import { publicKey } from '../support/keys.ts'
import { vector } from '../support/vectors.ts'

const types = allTypes
const certificate: Certificate = parseCertificate(vector('certs/user-rsa2048-cert.pub'), { types })
const { publicKey: key, authority, keyId, serial } = certificate
const other = publicKey('ca-rsa')
const why = (spec: Partial<KrlSpec>, subject: Parameters<typeof isRevoked>[1] = certificate) =>
  isRevoked(createKrl({ generatedAt: 0, ...spec }), subject)

describe('isRevoked', () => {
  it('tells by what a certificate is revoked', () => {
    assert.equal(why({}), undefined)
    assert.equal(why({ certificates: [{ authority, serials: [serial] }] }), 'serial')
    assert.equal(why({ certificates: [{ authority: null, serials: [[1n, 9n]] }] }), 'serial')
    assert.equal(why({ certificates: [{ authority, keyIds: [keyId] }] }), 'key-id')
    assert.equal(why({ certificates: [{ authority: null, keyIds: [keyId] }] }), 'key-id')
    assert.equal(why({ keys: [key] }), 'key')
    assert.equal(why({ sha1: [sha1.digest(key.blob)] }), 'sha1')
    assert.equal(why({ sha256: [sha256.digest(key.blob)] }), 'sha256')
    assert.equal(why({ keys: [authority] }), 'authority')
    assert.equal(why({ sha1: [sha1.digest(authority.blob)] }), 'authority')
    assert.equal(why({ sha256: [sha256.digest(authority.blob)] }), 'authority')
  })

  it('does not take what is said of another authority, another number or another id', () => {
    assert.equal(why({ certificates: [{ authority: other, serials: [serial], keyIds: [keyId] }] }), undefined)
    assert.equal(
      why({ certificates: [{ authority, serials: [serial + 1n, serial - 1n], keyIds: [`${keyId} `] }] }),
      undefined,
    )
    assert.equal(
      why({ keys: [other], sha1: [sha1.digest(certificate.blob)], sha256: [sha256.digest(certificate.blob)] }),
      undefined,
    )
  })

  it('knows of plain keys the keys and hashes alone', () => {
    assert.equal(why({ keys: [key] }, key), 'key')
    assert.equal(why({ sha1: [sha1.digest(key.blob)] }, key), 'sha1')
    assert.equal(why({ sha256: [sha256.digest(key.blob)] }, key), 'sha256')
    assert.equal(why({ certificates: [certificate] }, key), undefined)
    assert.equal(why({ certificates: [{ authority, serials: [1n] }] }, authority), undefined)
  })

  it('asks in the order of OpenSSH', () => {
    const hashes = { sha1: [sha1.digest(key.blob)], sha256: [sha256.digest(key.blob)] }
    const named = { authority, serials: [serial], keyIds: [keyId] }
    assert.equal(why({ ...hashes, keys: [key, authority], certificates: [named] }), 'sha1')
    assert.equal(why({ sha256: hashes.sha256, keys: [key, authority], certificates: [named] }), 'sha256')
    assert.equal(why({ keys: [key, authority], certificates: [named] }), 'key')
    assert.equal(why({ keys: [authority], certificates: [named] }), 'key-id')
    assert.equal(
      why({
        keys: [authority],
        certificates: [
          { authority, serials: [serial] },
          { authority: null, keyIds: [keyId] },
        ],
      }),
      'serial',
    )
    assert.equal(why({ keys: [authority], certificates: [{ authority: null, serials: [serial] }] }), 'serial')
  })

  it('does not revoke serial 0 by number, whatever the list holds', () => {
    const unset = parseCertificate(vector('certs/forever-cert.pub'), { types })
    assert.equal(unset.serial, 0n)
    const krl = createKrl({ generatedAt: 0, certificates: [{ authority: null, serials: [[1n, 2n ** 64n - 1n]] }] })
    assert.equal(isRevoked(krl, unset), undefined)
    const [entry] = krl.authorities.values()
    const odd = {
      ...krl,
      authorities: new Map([
        ['', { ...entry!, serials: { first: BigUint64Array.of(0n), last: BigUint64Array.of(9n) } }],
      ]),
    }
    assert.equal(isRevoked(odd, unset), undefined)
    assert.equal(isRevoked(odd, certificate), 'serial')
  })

  it('finds the authority among many as among few', () => {
    const names = [
      'ca-ecdsa256',
      'ca-ecdsa384',
      'ca-ecdsa521',
      'ca-rsa',
      'ed25519',
      'ecdsa256',
      'ecdsa384',
      'rsa2048',
      'rsa3072',
    ]
    const lists = names.map((name) =>
      createKrl({ generatedAt: 0, certificates: [{ authority: publicKey(name), serials: [serial] }] }),
    )
    assert.equal(isRevoked(mergeKrls(lists), certificate), undefined)
    const own = createKrl({ generatedAt: 0, certificates: [{ authority, serials: [serial] }] })
    assert.equal(isRevoked(mergeKrls([...lists, own]), certificate), 'serial')
  })

  it('refuses a certificate that comes as a plain key', () => {
    const { type, blob } = certificate
    for (const named of [type, 'ssh-rsa']) {
      const subject = { type: named, blob, comment: '' }
      assert.throws(() => why({}, subject), { name: 'FormatError', code: 'is-certificate' })
    }
  })

  it('looks numbers up at both ends of every range', () => {
    const krl = parseKrl(vector('krl/bitmap.krl'), { types })
    const { serials } = [...krl.authorities.values()][0]!
    const listed = [7n, 9n, 10n, 12n, 14n, 16n, 17n, 20n, 21n, 22n, 24n]
    for (let number = 1n; number < 40n; number++)
      assert.equal(hasSerial(serials, number), listed.includes(number), `${number}`)
    const all = { first: BigUint64Array.of(1n), last: BigUint64Array.of(2n ** 64n - 1n) }
    assert.deepEqual(
      [1n, 2n ** 63n, 2n ** 64n - 1n].map((number) => hasSerial(all, number)),
      [true, true, true],
    )
    assert.equal(hasSerial({ first: new BigUint64Array(0), last: new BigUint64Array(0) }, 5n), false)
  })
})

describe('krlRevocation', () => {
  it('makes checkCertificate refuse', async () => {
    const policy = {
      types,
      kind: 'user',
      authorities: [authority],
      time: 1600000000,
      principal: certificate.principals[0]!,
    } as const
    const krl = (list: string) => krlRevocation(parseKrl(vector(`krl/${list}.krl`), { types }))
    assert.equal((await checkCertificate(certificate, { ...policy, revocation: krl('empty') })).serial, 7n)
    for (const list of ['list', 'authority', 'keys']) {
      await assert.rejects(
        checkCertificate(certificate, { ...policy, revocation: krl(list) }),
        { code: 'revoked' },
        list,
      )
    }
  })
})
