import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  allTypes,
  decodePublicKey,
  ecdsaP256,
  ed25519,
  findType,
  isCertificateName,
  needType,
  publicComponents,
  rsa,
} from '../../src/keys/index.ts'
import { Writer } from '../../src/wire/writer.ts'
import { concat, hex } from '../support/bytes.ts'
import { blobOf, publicKey } from '../support/keys.ts'
import { manifest } from '../support/vectors.ts'

const types = allTypes
const badValue = { name: 'FormatError', code: 'bad-value' }
const limit = { name: 'LimitError', code: 'limit' }

const rsaBlob = (e: Uint8Array, n: Uint8Array) => new Writer().string('ssh-rsa').mpint(e).mpint(n).take()
/** An odd number of so many bits. */
const odd = (bits: number): Uint8Array => {
  const out = new Uint8Array(Math.ceil(bits / 8))
  out[0] = 1 << ((bits - 1) & 7)
  out[out.length - 1]! |= 1
  return out
}
const e65537 = hex('010001')

describe('decodePublicKey', () => {
  it('decodes each type of the set, and its size is that of ssh-keygen', () => {
    for (const entry of manifest.keys) {
      const key = publicKey(entry.name)
      assert.equal(key.type, entry.type)
      const type = needType(types, key.type)
      assert.equal(type.bits(publicComponents(key, type)), entry.bits, entry.name)
      assert.equal(type.title, entry.title)
    }
  })

  it('keeps the bytes as they came, in a copy', () => {
    const blob = publicKey('ed25519').blob.slice()
    const key = decodePublicKey(blob, { types, comment: 'c' })
    const before = blob.slice()
    blob.fill(0)
    assert.deepEqual(key.blob, before)
    assert.equal(key.comment, 'c')
  })

  it('trap 59: an unknown type holds any number of fields, and its name needs no @', () => {
    for (const blob of [
      blobOf('foo'),
      blobOf('foo', 'a', 'b'),
      concat(blobOf('foo@bar'), hex('ff')),
      blobOf('ssh-foo'),
    ]) {
      assert.deepEqual(decodePublicKey(blob, { types }).blob, blob)
    }
  })

  it('a type outside the list is carried opaque and not judged', () => {
    const bad = blobOf('ssh-ed25519', hex('00'))
    assert.throws(() => decodePublicKey(bad, { types: [ed25519] }), badValue)
    assert.equal(decodePublicKey(bad, { types: [rsa] }).type, 'ssh-ed25519')
    assert.equal(decodePublicKey(bad, { types: [] }).type, 'ssh-ed25519')
  })

  it('refuses a certificate, known or by its suffix', () => {
    for (const name of [
      'ssh-ed25519-cert-v01@openssh.com',
      'unheard-of-cert-v01@openssh.com',
      'webauthn-sk-ecdsa-sha2-nistp256-cert-v01@openssh.com',
      'ssh-mldsa44-ed25519-cert',
    ]) {
      assert.throws(() => decodePublicKey(blobOf(name), { types: [] }), { code: 'is-certificate' }, name)
    }
    // A certificate name of a descriptor needs no suffix.
    const other = { ...ed25519, certName: 'certified' }
    assert.throws(() => decodePublicKey(blobOf('certified'), { types: [other] }), { code: 'is-certificate' })
    assert.equal(isCertificateName([], 'certified'), false)
  })

  it('trap 13: the name of a signature algorithm is no key type', () => {
    const blob = concat(blobOf('rsa-sha2-256'), publicKey('rsa2048').blob.subarray(11))
    assert.throws(() => decodePublicKey(blob, { types }), { code: 'type-mismatch' })
    assert.throws(() => decodePublicKey(blobOf('rsa-sha2-512'), { types }), { code: 'type-mismatch' })
  })

  it('refuses names that are none, truncation and trailing octets', () => {
    for (const bad of [hex(''), hex('000000'), hex('00000005 61'), hex('ffffffff 61')]) {
      assert.throws(() => decodePublicKey(bad, { types }), { name: 'FormatError' })
    }
    for (const bad of [blobOf(''), blobOf('a b'), blobOf('a\n'), blobOf('a\0')]) {
      assert.throws(() => decodePublicKey(bad, { types }), badValue)
    }
    assert.throws(() => decodePublicKey(blobOf('a'.repeat(65)), { types }), { name: 'FormatError' })
    assert.equal(decodePublicKey(blobOf('a'.repeat(64)), { types }).type.length, 64)
    const good = publicKey('ed25519').blob
    assert.throws(() => decodePublicKey(concat(good, hex('00')), { types }), { code: 'trailing-bytes' })
    assert.throws(() => decodePublicKey(good.subarray(0, -1), { types }), { code: 'truncated' })
    assert.throws(() => decodePublicKey(new Uint8Array(20), { types, limits: { inputLength: 19 } }), limit)
  })
})

describe('ssh-ed25519', () => {
  it('has 32 octets', () => {
    for (const length of [0, 31, 33, 64]) {
      assert.throws(() => decodePublicKey(blobOf('ssh-ed25519', new Uint8Array(length)), { types }), {
        name: length > 32 ? 'LimitError' : 'FormatError',
      })
    }
  })
})

describe('ecdsa', () => {
  const point = publicComponents(publicKey('ecdsa256'), ecdsaP256).point!
  const key = (curve: string, q: Uint8Array) =>
    decodePublicKey(blobOf('ecdsa-sha2-nistp256', curve, q), { types: [ecdsaP256] })

  it('takes the point of the set', () => {
    assert.equal(key('nistp256', point).type, 'ecdsa-sha2-nistp256')
  })

  it('trap 27: the curve inside must be that of the type', () => {
    assert.throws(() => key('nistp384', point), { code: 'type-mismatch' })
    assert.throws(() => key('', point), { code: 'type-mismatch' })
  })

  it('trap 27: only uncompressed points on the curve', () => {
    const compressed = concat(Uint8Array.of(2 + (point[64]! & 1)), point.subarray(1, 33))
    assert.throws(() => key('nistp256', compressed), badValue)
    for (const first of [0, 2, 3, 6, 7]) {
      assert.throws(() => key('nistp256', concat(Uint8Array.of(first), point.subarray(1))), badValue, `${first}`)
    }
    assert.throws(() => key('nistp256', hex('00')), badValue)
    assert.throws(() => key('nistp256', concat(hex('04'), new Uint8Array(64))), badValue)
    const off = point.slice()
    off[64]! ^= 1
    assert.throws(() => key('nistp256', off), badValue)
  })

  it('refuses coordinates that are not reduced', () => {
    // p of P-256 as x: 0 by another name.
    const p = hex('ffffffff00000001000000000000000000000000ffffffffffffffffffffffff')
    assert.throws(() => key('nistp256', concat(hex('04'), p, point.subarray(33))), badValue)
    assert.throws(() => key('nistp256', concat(hex('04'), new Uint8Array(64).fill(255))), badValue)
  })
})

describe('ssh-rsa', () => {
  const decode = (e: Uint8Array, n: Uint8Array) => decodePublicKey(rsaBlob(e, n), { types: [rsa] })

  it('trap 28: 1024 to 16384 bits', () => {
    assert.throws(() => decode(e65537, odd(1023)), limit)
    assert.equal(decode(e65537, odd(1024)).type, 'ssh-rsa')
    assert.throws(() => decode(e65537, odd(16385)), limit)
  })

  it('trap 52: 16384 bits are read, not only 8192', () => {
    const key = decode(e65537, odd(16384))
    assert.equal(rsa.bits(publicComponents(key, rsa)), 16384)
  })

  it('the floor is an argument', () => {
    assert.equal(
      decodePublicKey(rsaBlob(e65537, odd(768)), { types: [rsa], limits: { rsaBitsMin: 768 } }).type,
      'ssh-rsa',
    )
    assert.throws(() => decodePublicKey(rsaBlob(e65537, odd(1024)), { types, limits: { rsaBitsMin: 2048 } }), limit)
  })

  it('the exponent is odd, at least 3 and at most 64 bits', () => {
    assert.equal(decode(hex('03'), odd(1024)).type, 'ssh-rsa')
    assert.equal(decode(hex('ffffffffffffffff'), odd(1024)).type, 'ssh-rsa')
    for (const bad of ['', '01', '02', '010000']) assert.throws(() => decode(hex(bad), odd(1024)), badValue, bad)
    assert.throws(() => decode(hex('010000000000000001'), odd(1024)), limit)
  })

  it('refuses an even modulus', () => {
    const even = odd(1024)
    even[even.length - 1] = 0
    assert.throws(() => decode(e65537, even), badValue)
  })

  it('trap 25: refuses integers that are negative or not minimal', () => {
    const n = odd(1024)
    const raw = (e: Uint8Array, m: Uint8Array) => decodePublicKey(blobOf('ssh-rsa', e, m), { types })
    assert.equal(raw(e65537, concat(hex('00'), n)).type, 'ssh-rsa')
    assert.throws(() => raw(e65537, n), badValue)
    assert.throws(() => raw(e65537, concat(hex('0000'), n)), badValue)
    assert.throws(() => raw(hex('00010001'), concat(hex('00'), n)), badValue)
  })

  it('trap 23: the public order is e, n', () => {
    const components = publicComponents(publicKey('rsa2048'), rsa)
    assert.deepEqual(components.e, e65537)
    assert.equal(components.n!.length, 256)
  })
})

describe('types', () => {
  it('are found by name, or named in an error', () => {
    assert.equal(findType(types, 'ssh-ed25519'), ed25519)
    assert.equal(findType(types, 'ssh-foo'), undefined)
    assert.throws(() => needType(types, 'ssh-foo'), { name: 'UnsupportedError', code: 'unsupported-type' })
    assert.throws(
      () => needType(types, 'a\x1b[31m'),
      (error: Error) => !error.message.includes('\x1b'),
    )
  })

  it('have distinct names, aliases and certificate names', () => {
    for (const property of ['name', 'alias', 'certName'] as const) {
      assert.equal(new Set(types.map((type) => type[property])).size, types.length, property)
    }
  })
})
