import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatPublicKey, parsePublicKey } from '../../src/formats/index.ts'
import { formatSshfp, matchSshfp, parseSshfp, sshfp } from '../../src/formats/sshfp.ts'
import { allTypes as types } from '../../src/keys/index.ts'
import { opaquePublicKey } from '../../src/keys/public-key.ts'
import { toHex } from '../support/bytes.ts'
import { blobOf, publicKey } from '../support/keys.ts'

const host = 'host.example'
const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I'
const [, base64 = ''] = line.split(' ')
const ed = opaquePublicKey(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)))
// What ssh-keygen -r, and with -g, prints of this key.
const records = `host.example IN SSHFP 4 1 8234d2d9e2ee778ac4c7ba3af6b15098cb102c81
host.example IN SSHFP 4 2 42bac4cfb7ef709d9e6f12fa31f799308606392cee3f8bc242a6f6814664c74b
`
const generic = `host.example IN TYPE44 \\# 22 04 01 8234d2d9e2ee778ac4c7ba3af6b15098cb102c81
host.example IN TYPE44 \\# 34 04 02 42bac4cfb7ef709d9e6f12fa31f799308606392cee3f8bc242a6f6814664c74b
`

describe('SSHFP', () => {
  it('writes what ssh-keygen -r writes', () => {
    assert.equal(formatSshfp(ed, { host, types }), records)
    assert.equal(formatSshfp(ed, { host, types, generic: true }), generic)
    assert.equal(formatPublicKey(ed, { formats: [sshfp], types }), records.replaceAll(host, '@'))
  })

  it('numbers the types', () => {
    const number = (name: string) => formatSshfp(publicKey(name), { host, types }).split(' ')[3]
    assert.deepEqual(['rsa2048', 'ecdsa256', 'ecdsa521', 'ed25519'].map(number), ['1', '3', '3', '4'])
    const other = opaquePublicKey(blobOf('unknown@example', 'x'))
    assert.throws(() => formatSshfp(other, { host, types }), { code: 'unsupported-type' })
    assert.throws(() => formatSshfp(ed, { host: 'a b', types }), TypeError)
  })

  it('reads both spellings, TTLs, comments, split and upper-case hexadecimal', () => {
    assert.deepEqual(parseSshfp(generic), parseSshfp(records))
    const [first] = parseSshfp(records)
    assert.deepEqual([first?.host, first?.algorithm, first?.hashType], [host, 4, 1])
    assert.equal(toHex(first!.fingerprint), '8234d2d9e2ee778ac4c7ba3af6b15098cb102c81')
    const dig = `; <<>> DiG\n\n${host}. 3600 IN SSHFP 4 1 8234D2D9E2EE778AC4C7 BA3AF6B15098CB102C81 ; key\r\n`
    assert.deepEqual(parseSshfp(dig), [{ ...first, host: `${host}.` }])
    assert.deepEqual(parseSshfp(`${host} sshfp 4 1 ${toHex(first!.fingerprint)}`), [first])
    assert.equal(parseSshfp(`${host} IN SSHFP 9 7 00ff`)[0]?.hashType, 7)
  })

  it('refuses what is no record', () => {
    for (const text of [
      'host IN A 127.0.0.1',
      'host IN SSHFP 4 1 8234',
      'host IN SSHFP 4 7 823',
      'host IN SSHFP 256 7 8234',
      'host IN SSHFP 4 1 xyz',
      'host IN TYPE44 \\# 3 04 07 8234',
      'host IN TYPE44 \\# 2 04 07',
      'host IN TYPE44 \\# 1 04',
    ]) {
      assert.throws(() => parseSshfp(text), { name: 'FormatError', code: 'bad-value' }, text)
    }
  })

  // Took minutes when blanks could be read in two places; a record of a megabyte of them is now refused at once.
  it('refuses a record of many blanks in linear time', () => {
    const text = `host IN SSHFP 4 2${' '.repeat(900_000)}x`
    assert.throws(() => parseSshfp(text), { name: 'FormatError', code: 'bad-value' })
  })

  it('says which records are of a key', () => {
    const all = parseSshfp(records + formatSshfp(publicKey('rsa2048'), { host, types }))
    assert.deepEqual(matchSshfp(all, ed, { types }), { matching: all.slice(0, 2), differing: [] })
    assert.deepEqual(matchSshfp(all, publicKey('ed25519'), { types }), { matching: [], differing: all.slice(0, 2) })
    assert.deepEqual(matchSshfp(all, publicKey('ecdsa256'), { types }), { matching: [], differing: [] })
    const unknown = parseSshfp(`${host} IN SSHFP 4 7 00ff`)
    assert.deepEqual(matchSshfp(unknown, ed, { types }), { matching: [], differing: [] })
  })

  it('is recognised, and not read into a key', () => {
    for (const text of [records, generic]) {
      assert.throws(() => parsePublicKey(text, { formats: [sshfp], types }), { code: 'unsupported-format' })
    }
    assert.throws(() => parsePublicKey(line, { formats: [sshfp], types }), { code: 'unknown-format' })
  })
})
