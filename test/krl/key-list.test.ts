import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseCertificate } from '../../src/cert/index.ts'
import { allTypes, ed25519 } from '../../src/keys/index.ts'
import { keyListRevocation, revocationFrom } from '../../src/krl/index.ts'
import { concat, utf8 } from '../support/bytes.ts'
import { publicKey } from '../support/keys.ts'
import { vector, vectorText } from '../support/vectors.ts'

const types = allTypes
const text = (name: string) => vectorText(`keys/${name}.pub`)
const certificate = parseCertificate(vector('certs/user-ed25519-cert.pub'), { types })
const read = (input: string | Uint8Array) => keyListRevocation(input, { types })

describe('keyListRevocation', () => {
  it('revokes the keys of its lines, certificates of them and certificates by them', () => {
    const list = read(`# lost\n\n \t# indented\n \t${text('ed25519')}${text('rsa2048')}`)
    assert.equal(list(publicKey('ed25519')), 'key')
    assert.equal(list(certificate), 'key')
    assert.equal(list(publicKey('rsa3072')), undefined)
    assert.equal(read(text('ca-ed25519'))(certificate), 'authority')
    assert.equal(read(text('ca-rsa'))(certificate), undefined)
  })

  it('takes a certificate for its key', () => {
    const list = read(vector('certs/user-ed25519-cert.pub'))
    assert.equal(list(publicKey('ed25519')), 'key')
    assert.equal(list(parseCertificate(vector('certs/options-cert.pub'), { types })), 'key')
    assert.equal(list(certificate.authority), undefined)
    const line = vectorText('certs/user-rsa2048-cert.pub')
    assert.throws(() => keyListRevocation(line, { types: [ed25519] }), {
      name: 'UnsupportedError',
      code: 'unsupported-type',
    })
  })

  it('reads lines with CRLF, without comment and without a line end', () => {
    const line = text('rsa2048').split(' ').slice(0, 2).join(' ')
    for (const input of [
      `${line}\r\n`,
      line,
      utf8(line),
      `${line} \n`,
      `\0${text('rsa3072')}\n${line}`,
      `${line}\0rest\n`,
    ]) {
      assert.equal(read(input)(publicKey('rsa2048')), 'key')
      assert.equal(read(input)(publicKey('rsa3072')), undefined)
    }
  })

  it('revokes nothing where there is nothing', () => {
    for (const input of ['', '\n\n# nothing\n', new Uint8Array(0)])
      assert.equal(read(input)(publicKey('rsa2048')), undefined)
  })

  it('skips no bad line', () => {
    const good = text('ed25519')
    const bad: [string, string][] = [
      ['no key at all\n', 'bad-base64'],
      ['ssh-ed25519\n', 'unknown-format'],
      ['\r\n', 'unknown-format'],
      ['SSHKRL\n', 'unknown-format'],
      [`no-pty ${good}`, 'bad-base64'],
      [good.replace('ssh-ed25519 ', 'ssh-rsa '), 'type-mismatch'],
      ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5\n', 'truncated'],
    ]
    for (const [line, code] of bad) assert.throws(() => read(`${good}${line}`), { name: 'FormatError', code }, line)
  })

  it('carries keys of sizes that nobody takes, and of types it was not given', () => {
    const small =
      'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQDf8lR3C6lE8R0MnQdyGE3nq8bKyGFG9bZ2ItP0iK3uVtL2sVv4nJyCk9b0QG4rJm8wq5Yt7cKQm0h3v2vQd8V5'
    assert.equal(read(`${small}\n${text('rsa2048')}`)(publicKey('rsa2048')), 'key')
    assert.equal(keyListRevocation(text('rsa2048'), { types: [] })(publicKey('rsa2048')), 'key')
  })

  it('stops at its ceiling', () => {
    const limits = { krlLength: 10 }
    assert.throws(() => keyListRevocation(text('ed25519'), { types, limits }), { name: 'LimitError', code: 'limit' })
  })
})

describe('revocationFrom', () => {
  it('takes a KRL or a list of keys by its first octets', () => {
    assert.equal(revocationFrom(vector('krl/authority.krl'), { types })(certificate), 'authority')
    assert.equal(revocationFrom(vector('keys/ca-ed25519.pub'), { types })(certificate), 'authority')
    assert.equal(revocationFrom(text('ed25519'), { types })(certificate), 'key')
    const cut = vector('krl/authority.krl').slice(0, 7)
    assert.throws(() => revocationFrom(cut, { types }), { code: 'unknown-format' })
    assert.throws(() => revocationFrom(concat(vector('krl/empty.krl'), utf8('x')), { types }), { code: 'truncated' })
  })
})
