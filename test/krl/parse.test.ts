import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseCertificate } from '../../src/cert/index.ts'
import { SshError } from '../../src/errors.ts'
import { allTypes, ed25519, rsa } from '../../src/keys/index.ts'
import { isRevoked, parseKrl } from '../../src/krl/index.ts'
import { Writer } from '../../src/wire/writer.ts'
import { concat, flipped, hex, utf8 } from '../support/bytes.ts'
import { blobOf, publicKey } from '../support/keys.ts'
import { vector } from '../support/vectors.ts'
import { bitmap, certificates, extension, header, list, numbers, part, section, string } from './bytes.ts'

const types = allTypes
const any = new Uint8Array(0)
const ca = publicKey('ca-ed25519').blob
const parse = (bytes: Uint8Array) => parseKrl(bytes, { types })
const refused = (code: string, bytes: Uint8Array, name = 'FormatError') =>
  assert.throws(() => parse(bytes), { name, code })
/** The numbers that the parts say, as pairs. */
const serials = (...parts: readonly Uint8Array[]) => {
  const { first, last } = parse(list(certificates(any, ...parts))).authorities.get('')!.serials
  return Array.from(first, (number, i) => [number, last[i]!])
}

describe('parseKrl', () => {
  it('reads the header and leaves the reserved fields alone', () => {
    const head = header(1, 'Grüße')
    const krl = parse(concat(head, part(section.certificates, string(ca), string('reserved'), numbers())))
    const { version, generatedAt, flags, comment } = krl
    assert.deepEqual(
      { version, generatedAt, flags, comment },
      {
        version: 1n,
        generatedAt: 1700000000n,
        flags: 0n,
        comment: 'Grüße',
      },
    )
    assert.deepEqual([...krl.authorities.values()][0]!.authority, { type: 'ssh-ed25519', blob: ca, comment: '' })
  })

  it('unites lists, ranges and bitmaps in any order', () => {
    const found = serials(
      part(section.serialRange, numbers(20n, 29n)),
      part(section.serialList, numbers(30n, 5n, 1n, 5n, 7n)),
      bitmap(6n, hex('05')),
      part(section.serialRange, numbers(25n, 27n)),
      part(section.serialList, numbers(0xffffffffffffffffn)),
    )
    assert.deepEqual(found, [
      [1n, 1n],
      [5n, 8n],
      [20n, 30n],
      [0xffffffffffffffffn, 0xffffffffffffffffn],
    ])
  })

  it('reads runs of bits at the edges of octets and of 64 bits', () => {
    assert.deepEqual(serials(bitmap(1n, hex('00ffff'))), [[1n, 16n]])
    assert.deepEqual(serials(bitmap(0n, hex('0180'))), [[7n, 8n]])
    assert.deepEqual(serials(bitmap(0xfffffffffffffff8n, hex('0080'))), [[2n ** 64n - 1n, 2n ** 64n - 1n]])
  })

  it('takes a bitmap with superfluous zeros in front, or of nothing, as OpenSSH does', () => {
    assert.deepEqual(serials(bitmap(7n, hex('00000001'))), [[7n, 7n]])
    assert.deepEqual(serials(bitmap(7n, hex(''))), [])
    assert.deepEqual(serials(bitmap(0xffffffffffffffffn, hex('0000'))), [])
  })

  it('refuses serial 0, ranges that go down, negative bitmaps and those beyond 64 bits', () => {
    const bad = [
      part(section.serialList, numbers(5n, 0n)),
      part(section.serialRange, numbers(0n, 5n)),
      part(section.serialRange, numbers(6n, 5n)),
      bitmap(0n, hex('01')),
      bitmap(7n, hex('80')),
      bitmap(0xfffffffffffffff8n, hex('0100')),
    ]
    for (const sound of bad) refused('bad-value', list(certificates(any, sound)))
  })

  it('refuses what is left over in a section, or missing', () => {
    refused('trailing-bytes', list(certificates(any, part(section.serialRange, numbers(5n, 6n, 7n)))))
    refused('trailing-bytes', list(certificates(any, part(section.serialBitmap, numbers(5n), string(''), hex('00')))))
    refused('trailing-bytes', list(part(section.extension, string('x'), hex('00'), string(''), hex('00'))))
    refused('truncated', list(certificates(any, part(section.serialList, numbers(5n), hex('00')))))
    refused('truncated', list(hex('02')))
    refused('truncated', list(part(section.key, hex('00000001'))))
    refused('truncated', list(new Writer().u8(section.key).u32(0xffffffff).take()))
    refused('bad-value', list(part(section.sha1, string(new Uint8Array(32)))))
    refused('bad-value', list(part(section.sha256, string(new Uint8Array(20)))))
  })

  it('refuses other files, format versions, sections and critical extensions', () => {
    refused('unknown-format', utf8('SSHKRL\n'))
    refused('unknown-format', new Uint8Array(0))
    const unsupported = [
      header(2),
      list(part(6, utf8('x'))),
      list(certificates(any, part(0x24))),
      list(extension(section.extension, 'x@example.com', 1)),
      list(extension(section.extension, 'x@example.com', 2)),
      list(certificates(ca, extension(section.certificateExtension, 'x@example.com', 255))),
    ]
    for (const bytes of unsupported) refused('unsupported-format', bytes, 'UnsupportedError')
  })

  it('carries extensions that are not critical', () => {
    const krl = parse(
      list(
        extension(section.extension, 'a@example.com', 0),
        certificates(ca, extension(section.certificateExtension, 'b@example.com', 0)),
      ),
    )
    assert.deepEqual(krl.extensions, [{ name: 'a@example.com', data: utf8('data') }])
    assert.deepEqual([...krl.authorities.values()][0]!.extensions, [{ name: 'b@example.com', data: utf8('data') }])
  })

  it('refuses an authority that is none, and one of a type that it was not given', () => {
    refused('truncated', list(certificates(blobOf('ssh-ed25519'))))
    refused('bad-value', list(certificates(utf8('garbage'))))
    refused('unsupported-type', list(certificates(blobOf('ssh-foo', 'x'))), 'UnsupportedError')
    assert.throws(() => parseKrl(list(certificates(ca)), { types: [rsa] }), { code: 'unsupported-type' })
    assert.equal(parseKrl(list(certificates(ca)), { types: [ed25519] }).authorities.size, 1)
  })

  it('judges no authority where it has no types', () => {
    const krl = parseKrl(list(certificates(blobOf('ssh-foo', 'x'))), { types: [] })
    assert.equal([...krl.authorities.values()][0]!.authority?.type, 'ssh-foo')
  })

  it('takes a certificate for an authority, which revokes nothing, as OpenSSH does; a broken one not', () => {
    const certificate = parseCertificate(vector('certs/user-ed25519-cert.pub'), { types })
    const bytes = list(certificates(certificate.blob, part(section.serialRange, numbers(1n, 100n))))
    assert.equal(isRevoked(parse(bytes), certificate), undefined)
    refused('truncated', list(certificates(certificate.blob.slice(0, -1))))
  })

  it('joins several sections of one authority', () => {
    const one = certificates(ca, part(section.serialList, numbers(1n)), part(section.keyId, string('a')))
    const krl = parse(
      list(one, certificates(ca, part(section.serialList, numbers(2n)), part(section.keyId, string('b')))),
    )
    assert.equal(krl.authorities.size, 1)
    const { serials: found, keyIds } = [...krl.authorities.values()][0]!
    assert.deepEqual([found.first, found.last, [...keyIds]], [BigUint64Array.of(1n), BigUint64Array.of(2n), ['a', 'b']])
  })

  it('keeps key ids that are not UTF-8 and refuses a NUL in them', () => {
    const krl = parse(list(certificates(any, part(section.keyId, string(hex('fffe'))))))
    assert.deepEqual([...krl.authorities.get('')!.keyIds], ['\udcff\udcfe'])
    for (const id of ['a\0b', 'a\0']) refused('bad-value', list(certificates(any, part(section.keyId, string(id)))))
  })

  it('refuses a section behind a signature, which would not be signed', () => {
    const signature = concat(part(section.signature, ca), string('x'))
    assert.equal(parse(list(signature, signature)).signatures.length, 2)
    refused('bad-value', list(signature, part(section.key, string(ca))))
  })

  it('stops at the ceilings, on length and on all that it holds', () => {
    const limit = { name: 'LimitError', code: 'limit' }
    const bytes = list(certificates(any, part(section.serialList, numbers(1n, 3n, 5n)), bitmap(9n, hex('55'))))
    // Two sections within one, three numbers, four runs.
    assert.throws(() => parseKrl(bytes, { types, limits: { krlEntries: 9 } }), limit)
    assert.ok(parseKrl(bytes, { types, limits: { krlEntries: 10 } }))
    assert.throws(() => parseKrl(bytes, { types, limits: { krlLength: bytes.length - 1 } }), limit)
    const hashes = list(part(section.key, string('a'), string('b')))
    assert.throws(() => parseKrl(hashes, { types, limits: { krlEntries: 2 } }), limit)
    const ids = list(certificates(any, part(section.keyId, string('a'), string('b'))))
    assert.throws(() => parseKrl(ids, { types, limits: { krlEntries: 3 } }), limit)
  })

  it('does not alias its input, nor a Buffer', () => {
    const bytes = Buffer.from(
      list(
        certificates(ca),
        part(section.key, string('blob')),
        extension(section.extension, 'x', 0),
        concat(part(section.signature, ca), string('x')),
      ),
    )
    const krl = parse(bytes)
    const before = structuredClone(krl)
    bytes.fill(0xff)
    assert.deepEqual(krl, before)
  })

  it('cut at every octet or with any bit turned over, gives a list or a coded error', () => {
    const bytes = list(
      certificates(ca, part(section.serialList, numbers(7n)), bitmap(9n, hex('55')), part(section.keyId, string('id'))),
      part(section.sha1, string(new Uint8Array(20))),
      extension(section.extension, 'x', 0),
      concat(part(section.signature, ca), string('x')),
    )
    const ends: number[] = []
    for (let i = 0; i < bytes.length; i++) {
      try {
        parse(bytes.subarray(0, i))
        ends.push(i)
      } catch (error) {
        assert.ok(error instanceof SshError && /^[a-z-]+$/.test(error.code), String(error))
      }
    }
    // What ends where a section ends is a list: nothing says how many there are.
    assert.equal(ends.length, 4)
    let read = 0
    for (let i = 0; i < bytes.length * 8; i++) {
      try {
        parse(flipped(bytes, i))
        read++
      } catch (error) {
        assert.ok(error instanceof SshError && /^[a-z-]+$/.test(error.code), String(error))
      }
    }
    assert.ok(read > 100 && read < bytes.length * 8)
  })
})
