import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatPublicKey, opensshPublic, parsePublicKey, Source } from '../../src/formats/index.ts'
import { allTypes, decodePublicKey, ed25519 } from '../../src/keys/index.ts'
import { encodeBase64 } from '../../src/wire/base64.ts'
import { decodeText, encodeText } from '../../src/wire/text.ts'
import { hex, utf8 } from '../support/bytes.ts'
import { blobOf, publicKey } from '../support/keys.ts'
import { manifest, vector, vectorText } from '../support/vectors.ts'

const formats = [opensshPublic]
const types = allTypes
const parse = (input: string | Uint8Array) => parsePublicKey(input, { types, formats })
const { blob } = publicKey('ed25519')
const line = (type: string, bytes = blob, comment = '') => `${type} ${encodeBase64(bytes)} ${comment}\n`

describe('public lines', () => {
  for (const entry of manifest.keys) {
    it(`${entry.name}: is read and written again byte for byte`, () => {
      const file = vector(`keys/${entry.name}.pub`)
      const key = parse(file)
      assert.equal(key.type, entry.type)
      assert.equal(key.comment, decodeText(hex(entry.commentHex)))
      const text = formatPublicKey(key, { types, formats })
      assert.deepEqual(parse(text), key)
      // ssh-keygen ends a line without a comment with a space when it makes the key, and without one for -y.
      assert.deepEqual(encodeText(text), encodeText(decodeText(file).replace(/ \n$/, '\n')))
    })
  }

  it('trap 31: the type of the line must be that of the blob', () => {
    assert.throws(() => parse(line('ssh-rsa')), { code: 'type-mismatch' })
    assert.throws(() => parse(line('SSH-ED25519')), { code: 'type-mismatch' })
    assert.throws(() => parse(line('unknown', blobOf('other', 'x'))), { code: 'type-mismatch' })
    assert.equal(parse(line('other', blobOf('other', 'x'))).type, 'other')
  })

  it('trap 51: a lone option does not pass as the type', () => {
    assert.throws(() => parse(line('restrict')), { code: 'type-mismatch' })
    assert.throws(() => parse(line('command="x" ssh-ed25519')), { name: 'FormatError' })
  })

  it('trap 51: only space and tab are white space', () => {
    assert.equal(parse(`\tssh-ed25519\t${encodeBase64(blob)}`).type, 'ssh-ed25519')
    for (const other of ['\u00a0', '\v', '\f', '\u2003']) {
      assert.throws(() => parse(`ssh-ed25519${other}${encodeBase64(blob)} x`), { name: 'FormatError' })
    }
  })

  it('trap 13: a certificate, and the name of a signature algorithm, are refused', () => {
    assert.throws(() => parse(vector('certs/user-ed25519-cert.pub')), { code: 'is-certificate' })
    assert.throws(() => parsePublicKey(vector('certs/user-ed25519-cert.pub'), { types: [], formats }), {
      code: 'is-certificate',
    })
    const rsaBlob = publicKey('rsa2048').blob
    assert.throws(() => parse(line('rsa-sha2-512', rsaBlob)), { code: 'type-mismatch' })
  })

  it('says what was found instead of a public key', () => {
    assert.throws(() => parse(vector('keys/ed25519')), { code: 'is-private-key' })
    assert.throws(() => parse(vector('encrypted/ed25519.aes256-ctr')), { code: 'is-private-key' })
    for (const none of ['', '\n', 'text', 'ssh-ed25519', encodeBase64(blob), `# ${line('ssh-ed25519')}`]) {
      assert.throws(() => parse(none), { code: 'unknown-format' }, none)
    }
  })

  it('a byte order mark is taken, text and octets alike', () => {
    assert.equal(parse(`\ufeff${vectorText('keys/ed25519.pub')}`).type, 'ssh-ed25519')
    assert.equal(parse(utf8(`\ufeff${vectorText('keys/ed25519.pub')}`)).type, 'ssh-ed25519')
  })

  it('two keys in one file are refused', () => {
    assert.throws(() => parse(line('ssh-ed25519') + line('ssh-ed25519')), { code: 'trailing-bytes' })
  })

  it('types outside the list are carried opaque', () => {
    const short = blobOf('ssh-ed25519', new Uint8Array(31))
    assert.throws(() => parse(line('ssh-ed25519', short)), { code: 'bad-value' })
    assert.deepEqual(parsePublicKey(line('ssh-ed25519', short), { types: [], formats }).blob, short)
    assert.throws(() => parsePublicKey(line('ssh-ed25519', short), { types: [ed25519], formats }), {
      code: 'bad-value',
    })
  })

  it('a comment is written over the key’s own, and must stay on its line', () => {
    const key = decodePublicKey(blob, { types, comment: 'own' })
    assert.ok(formatPublicKey(key, { types, formats }).endsWith(' own\n'))
    assert.ok(formatPublicKey(key, { types, formats, comment: 'other' }).endsWith(' other\n'))
    assert.equal(formatPublicKey(key, { types, formats, comment: '' }), `ssh-ed25519 ${encodeBase64(blob)}\n`)
    assert.throws(() => formatPublicKey(key, { types, formats, comment: 'a\nb' }), { code: 'bad-value' })
    assert.throws(() => formatPublicKey(key, { types, formats, format: 'rfc4716' }), { code: 'unsupported-format' })
  })

  it('limits are an argument, lowered and raised', () => {
    const text = line('ssh-ed25519', blob, 'c'.repeat(100))
    assert.throws(() => parsePublicKey(text, { types, formats, limits: { inputLength: 100 } }), { code: 'limit' })
    const long = line('ssh-ed25519', blob, 'c'.repeat(1 << 20))
    assert.throws(() => parse(long), { code: 'limit' })
    const raised = parsePublicKey(long, { types, formats, limits: { inputLength: 1 << 22 } })
    assert.equal(raised.comment.length, 1 << 20)
  })
})

describe('Source', () => {
  it('gives text, octets and label of either', () => {
    assert.deepEqual(new Source('é').bytes, utf8('é'))
    assert.equal(new Source(utf8('é')).text, 'é')
    assert.equal(new Source(vector('keys/ed25519')).label, 'OPENSSH PRIVATE KEY')
    assert.equal(new Source('text').label, undefined)
    assert.throws(() => new Source(undefined as unknown as string), TypeError)
  })
})
