import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeCertificate } from '../../src/cert/decode.ts'
import { formatCertificate, optionText, parseCertificate } from '../../src/cert/index.ts'
import { sha256 } from '../../src/crypto/index.ts'
import { fingerprint } from '../../src/fingerprint/index.ts'
import { allTypes, type Certificate, type CertificateOption, ed25519, rsa } from '../../src/keys/index.ts'
import { encodeBase64 } from '../../src/wire/base64.ts'
import { encodeText, latin1 } from '../../src/wire/text.ts'
import { concat, hex, utf8 } from '../support/bytes.ts'
import { blob, fieldsOf, signed } from '../support/certificates.ts'
import { blobOf, publicKey } from '../support/keys.ts'
import { certificateText, manifest, vector, vectorText } from '../support/vectors.ts'

const types = allTypes
const parse = (name: string) => parseCertificate(vector(`certs/${name}`), { types })
const badValue = { name: 'FormatError', code: 'bad-value' }
const titles: Readonly<Record<string, string>> = {
  'ssh-ed25519': 'ED25519',
  'ssh-rsa': 'RSA',
  'ecdsa-sha2-nistp256': 'ECDSA',
  'ecdsa-sha2-nistp384': 'ECDSA',
  'ecdsa-sha2-nistp521': 'ECDSA',
}

/** An option as `-L` shows it: flags by name, known values after it, others in hexadecimal. */
function shown(option: CertificateOption): string {
  const known = ['force-command', 'source-address', 'verify-required', 'no-touch-required']
  if (known.includes(option.name) || option.name.startsWith('permit-')) {
    return option.data.length ? `${option.name} ${optionText(option)}` : option.name
  }
  const inHex = Array.from(option.data, (octet) => octet.toString(16).padStart(2, '0')).join('')
  return `${option.name} ${option.data.length ? `UNKNOWN OPTION: ${inHex} (len ${option.data.length})` : 'UNKNOWN FLAG OPTION'}`
}

/** Lossless text as `-L` prints it, octet by octet. */
const raw = (text: string): string => latin1(encodeText(text))

function valid(certificate: Certificate): string {
  const at = (seconds: bigint) => new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
  if (certificate.validAfter === 0n && certificate.validBefore === 0xffffffffffffffffn) return 'forever'
  return `from ${at(certificate.validAfter)} to ${at(certificate.validBefore)}`
}

describe('certificates of ssh-keygen', () => {
  for (const entry of manifest.certificates) {
    it(`${entry.name}: every field is what -L says`, () => {
      const certificate = parse(entry.name)
      const { fields, lists } = certificateText(entry)
      const { publicKey: subject, authority } = certificate
      assert.equal(fields.Type, `${certificate.type} ${certificate.kind} certificate`)
      assert.equal(fields['Public key'], `${titles[subject.type]}-CERT ${fingerprint(subject, { hash: sha256 })}`)
      assert.equal(
        fields['Signing CA'],
        `${titles[authority.type]} ${fingerprint(authority, { hash: sha256 })} (using ${certificate.signature.algorithm})`,
      )
      assert.equal(fields['Key ID'], `"${raw(certificate.keyId)}"`)
      assert.equal(fields.Serial, `${certificate.serial}`)
      assert.equal(fields.Valid, valid(certificate))
      assert.deepEqual(lists.Principals, certificate.principals.map(raw))
      assert.deepEqual(lists['Critical Options'], certificate.criticalOptions.map(shown))
      assert.deepEqual(lists.Extensions, certificate.extensions.map(shown))
      assert.equal(certificate.reserved.length, 0)
      assert.equal(certificate.nonce.length, 32)
    })

    it(`${entry.name}: is written again byte for byte`, () => {
      const text = formatCertificate(parse(entry.name))
      assert.deepEqual(encodeText(text), vector(`certs/${entry.name}`))
    })
  }

  it('trap 10: serials and times are 64-bit', () => {
    assert.equal(parse('serial-max-cert.pub').serial, 0xffffffffffffffffn)
    assert.equal(parse('forever-cert.pub').validBefore, 0xffffffffffffffffn)
    assert.equal(parse('forever-cert.pub').validAfter, 0n)
  })

  it('trap 15: key id and principals that are not UTF-8 are kept', () => {
    const certificate = parse('latin1-cert.pub')
    assert.equal(certificate.keyId, 'caf\udce9')
    assert.deepEqual(certificate.principals, ['j\udcfcrgen'])
  })

  it('trap 5: 256 principals are read', () => {
    assert.equal(parse('principals-cert.pub').principals.length, 256)
  })
})

describe('decodeCertificate', () => {
  const base = fieldsOf(parse('user-ed25519-cert.pub').blob)
  const decode = (bytes: Uint8Array, limits = {}) => decodeCertificate(bytes, { types, limits })

  it('puts a certificate together from its fields as it came', () => {
    assert.deepEqual(blob(base), parse('user-ed25519-cert.pub').blob)
  })

  it('keeps the bytes in a copy and knows what was signed', () => {
    const bytes = blob(base)
    const certificate = decode(bytes)
    const before = bytes.slice()
    bytes.fill(0)
    assert.deepEqual(certificate.blob, before)
    assert.deepEqual(certificate.blob.subarray(0, certificate.signedLength), signed(base))
  })

  it('trap 1: an authority that is itself a certificate is refused before it is looked into', () => {
    for (const authority of [
      parse('user-ed25519-cert.pub').blob,
      blobOf('ssh-ed25519-cert-v01@openssh.com'),
      blobOf('unheard-of-cert-v01@openssh.com', 'x'),
    ]) {
      assert.throws(() => decode(blob({ ...base, authority })), { code: 'is-certificate' })
    }
  })

  it('trap 5: the count of principals and options has a ceiling, which is an argument', () => {
    const principals = (count: number) => blobOf(...new Array<string>(count).fill('p'))
    assert.equal(decode(blob({ ...base, principals: principals(256) })).principals.length, 256)
    assert.throws(() => decode(blob({ ...base, principals: principals(257) })), { name: 'LimitError', code: 'limit' })
    assert.equal(decode(blob({ ...base, principals: principals(257) }), { principals: 300 }).principals.length, 257)
    const options = (count: number) => blobOf(...new Array<string>(count * 2).fill(''))
    assert.throws(() => decode(blob({ ...base, extensions: options(257) })), { code: 'limit' })
    assert.throws(() => decode(blob({ ...base, criticalOptions: options(257) })), { code: 'limit' })
  })

  it('trap 6: options are read in whatever order', () => {
    const extensions = blobOf('permit-pty', '', 'a@b', '', 'permit-pty', '')
    assert.deepEqual(
      decode(blob({ ...base, extensions })).extensions.map((option) => option.name),
      ['permit-pty', 'a@b', 'permit-pty'],
    )
  })

  it('refuses another kind, a name without a value, cut lists', () => {
    for (const kind of [0, 3, 0xffffffff]) assert.throws(() => decode(blob({ ...base, kind })), badValue)
    for (const extensions of [blobOf('permit-pty'), blobOf('permit-pty', '').subarray(0, -1), hex('ffffffff')]) {
      assert.throws(() => decode(blob({ ...base, extensions })), { code: 'truncated' })
      assert.throws(() => decode(blob({ ...base, criticalOptions: extensions })), { code: 'truncated' })
    }
    assert.throws(() => decode(blob({ ...base, principals: hex('00000002 61') })), { code: 'truncated' })
  })

  it('trap 26: NUL in a key id or a principal is refused', () => {
    assert.throws(() => decode(blob({ ...base, keyId: utf8('a\0b') })), badValue)
    assert.throws(() => decode(blob({ ...base, principals: blobOf('a\0') })), badValue)
  })

  it('takes an empty nonce, reserved octets and an empty list', () => {
    assert.equal(decode(blob({ ...base, nonce: hex('') })).nonce.length, 0)
    assert.deepEqual(decode(blob({ ...base, reserved: utf8('x') })).reserved, utf8('x'))
    assert.deepEqual(decode(blob({ ...base, principals: hex('') })).principals, [])
  })

  it('refuses octets behind the signature and a truncated one', () => {
    assert.throws(() => decode(concat(blob(base), hex('00'))), { code: 'trailing-bytes' })
    assert.throws(() => decode(blob(base).subarray(0, -1)), { code: 'truncated' })
    assert.throws(() => decode(signed(base)), { code: 'truncated' })
    assert.throws(() => decode(blob({ ...base, signature: hex('') })), { name: 'FormatError' })
    assert.throws(() => decode(blob({ ...base, authority: hex('') })), { name: 'FormatError' })
  })

  it('the subject and the authority are judged as keys', () => {
    assert.throws(() => decode(blob({ ...base, subject: blobOf(new Uint8Array(31)) })), badValue)
    assert.throws(() => decode(blob({ ...base, authority: blobOf('ssh-ed25519', new Uint8Array(31)) })), badValue)
    // An authority of a type that was not handed in is opaque; checkCertificate then refuses it.
    assert.equal(decode(blob({ ...base, authority: blobOf('foo', 'x') })).authority.type, 'foo')
  })

  it('a type that was not handed in is unsupported, a plain key is no certificate', () => {
    const bytes = blob(base)
    assert.throws(() => decodeCertificate(bytes, { types: [rsa] }), {
      name: 'UnsupportedError',
      code: 'unsupported-type',
    })
    assert.throws(() => decodeCertificate(bytes, { types: [] }), { code: 'unsupported-type' })
    assert.equal(decodeCertificate(bytes, { types: [ed25519] }).type, 'ssh-ed25519-cert-v01@openssh.com')
    assert.throws(() => decodeCertificate(publicKey('ed25519').blob, { types }), { code: 'type-mismatch' })
    assert.throws(() => decodeCertificate(blobOf('foo-cert-v01@openssh.com'), { types }), { code: 'unsupported-type' })
  })

  it('trap 13: names of negotiation are no certificate types', () => {
    const { blob: bytes } = parse('user-rsa2048-cert.pub')
    const other = concat(blobOf('rsa-sha2-512-cert-v01@openssh.com'), bytes.subarray(32))
    assert.throws(() => decodeCertificate(other, { types }), { code: 'unsupported-type' })
  })
})

describe('parseCertificate', () => {
  const line = vectorText('certs/user-ed25519-cert.pub')
  const certificate = parse('user-ed25519-cert.pub')

  it('keeps the comment of the line', () => {
    assert.equal(certificate.comment, 'ed25519 one@example')
    assert.equal(formatCertificate(certificate, { comment: 'other' }).split(' ').slice(2).join(' '), 'other\n')
    assert.throws(() => formatCertificate(certificate, { comment: 'a\nb' }), { code: 'bad-value' })
  })

  it('trap 31: the type of the line must be that of the certificate', () => {
    const bytes = encodeBase64(certificate.blob)
    for (const type of ['ssh-ed25519', 'ssh-rsa-cert-v01@openssh.com', 'x']) {
      assert.throws(() => parseCertificate(`${type} ${bytes}`, { types }), { code: 'type-mismatch' }, type)
    }
  })

  it('takes a byte order mark and CRLF, refuses a second line and no line', () => {
    assert.equal(parseCertificate(`\ufeff${line}`, { types }).serial, 7n)
    assert.equal(parseCertificate(line.replace('\n', '\r\n'), { types }).serial, 7n)
    assert.throws(() => parseCertificate(line + line, { types }), { code: 'trailing-bytes' })
    assert.throws(() => parseCertificate('', { types }), { code: 'unknown-format' })
    assert.throws(() => parseCertificate(vector('keys/ed25519.pub'), { types }), { code: 'type-mismatch' })
    assert.throws(() => parseCertificate(5 as unknown as string, { types }), TypeError)
  })

  it('limits are an argument', () => {
    assert.throws(() => parseCertificate(line, { types, limits: { inputLength: 100 } }), { code: 'limit' })
    assert.throws(() => parseCertificate(line, { types, limits: { stringLength: 31 } }), { code: 'limit' })
  })
})
