import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AddRequest, decodeAdd, decodeRequest, encodeAdd, encodeRequest } from '../../src/agent-protocol/index.ts'
import { FormatError, SshError, UnsupportedError } from '../../src/errors.ts'
import { allTypes, ed25519 } from '../../src/keys/index.ts'
import { Writer } from '../../src/wire/writer.ts'
import { concat, flipped, hex, toHex } from '../support/bytes.ts'
import { privateKey } from '../support/keys.ts'
import { adds, recorded } from './exchanges.ts'

Error.stackTraceLimit = 0

const types = allTypes

function addOf(message: Uint8Array): AddRequest {
  const request = decodeRequest(message)
  if (request.kind !== 'add') throw new Error(`add expected, ${request.kind} found`)
  return request
}

describe('adds by ssh-add', () => {
  for (const name of ['openssh-system', 'openssh-sid'] as const) {
    it(`${name}: are taken apart and put together again to the same octets`, async () => {
      const seen = new Set<string>()
      for (const message of adds(recorded(name))) {
        const request = addOf(message)
        const { key, certificate, comment, constraints } = decodeAdd(request, { types })
        assert.equal(await key.keyType.checkPrivate(key.exposeComponents()), true)
        assert.match(comment, / one@example$/)
        assert.equal(key.comment, comment)
        if (certificate) assert.deepEqual(certificate.publicKey.blob, key.publicKey.blob)
        const again = encodeAdd(key, { certificate, constraints })
        assert.equal(toHex(again.contents), toHex(request.contents))
        // OpenSSH 10.6 sends 25 with a provider for security keys alone, and for all where it was told one.
        assert.equal(again.constrained, request.constrained)
        seen.add(`${key.keyType.alias}${certificate ? ' certificate' : ''}`)
      }
      const aliases =
        name === 'openssh-sid'
          ? ['mldsa44-ed25519', 'ed25519-sk', 'ecdsa-sk']
          : ['ed25519', 'ecdsa-p256', 'ecdsa-p384', 'ecdsa-p521', 'rsa', 'dsa']
      assert.deepEqual([...seen].sort(), aliases.flatMap((alias) => [alias, `${alias} certificate`]).sort())
    })
  }

  it('say their constraints', () => {
    const constraints = adds().map((message) => decodeAdd(addOf(message), { types }).constraints)
    assert.deepEqual(constraints.filter(({ length }) => length === 2)[0], [
      { kind: 'lifetime', seconds: 60 },
      { kind: 'confirm' },
    ])
    const [restricted] = constraints.flat().filter(({ kind }) => kind === 'restrict-destination')
    assert.ok(restricted?.kind === 'restrict-destination')
    const [first, second] = restricted.destinations
    assert.deepEqual(first!.from, { user: '', host: '', keys: [] })
    assert.deepEqual([first!.to.host, first!.to.keys.map(({ authority }) => authority)], ['hosta', [false, true]])
    assert.deepEqual([second!.from.host, second!.to.user, second!.to.host], ['hosta', 'alice', 'hostb'])
    const [provider] = constraints.flat().filter(({ kind }) => kind === 'sk-provider')
    assert.match(provider?.kind === 'sk-provider' ? provider.provider : '', /sk-dummy\.so$/)
  })

  it('cut at any octet, or with octets behind them, are refused', () => {
    for (const message of adds()) {
      const { contents } = addOf(message)
      const { constraints } = decodeAdd({ contents }, { types })
      let taken = 0
      for (let i = 0; i < contents.length; i++) {
        try {
          decodeAdd({ contents: contents.slice(0, i) }, { types })
          taken++
        } catch (error) {
          assert.ok(error instanceof SshError, String(error))
        }
      }
      // What is left of a message that is cut between its constraints is one with fewer of them.
      assert.equal(taken, constraints.length)
      const [unknown] = decodeAdd({ contents: concat(contents, hex('00')) }, { types }).constraints.slice(-1)
      assert.equal(unknown!.kind, 'unknown')
    }
  })

  it('with any bit turned give a coded error or another key', { timeout: 900_000 }, () => {
    for (const message of [adds()[0]!, adds()[1]!, adds(recorded('openssh-sid'))[2]!]) {
      const { contents } = addOf(message)
      for (let i = 0; i < contents.length * 8; i++) {
        const changed = flipped(contents, i)
        try {
          const { key, certificate, comment, constraints } = decodeAdd({ contents: changed }, { types })
          const again = encodeAdd(key, { certificate, comment, constraints })
          assert.equal(toHex(again.contents), toHex(changed))
        } catch (error) {
          assert.ok(error instanceof SshError, String(error))
        }
      }
    }
  })
})

describe('adds', () => {
  it('of types that are not given are refused, and survive as they are', () => {
    const contents = new Writer().string('ssh-foo').string('x').string('c').take()
    assert.throws(() => decodeAdd({ contents }, { types }), UnsupportedError)
    assert.equal(
      toHex(encodeRequest({ kind: 'add', constrained: false, contents })),
      toHex(concat(hex('11'), contents)),
    )
    for (const message of adds().slice(2, 12)) {
      assert.throws(() => decodeAdd(addOf(message), { types: [ed25519] }), { code: 'unsupported-type' })
    }
    for (const name of ['', 'rsa-sha2-512', 'ssh-ed25519\0', 'ssh-foo-cert-v01@openssh.com']) {
      const other = new Writer().string(name).string('x').string('c').take()
      assert.throws(() => decodeAdd({ contents: other }, { types }), SshError, name)
    }
  })

  it('of a certificate with another key are refused', async () => {
    const [plain, certified] = adds().map((message) => decodeAdd(addOf(message), { types }))
    const { certificate } = certified!
    assert.ok(certificate && plain)
    const other = await privateKey('no-comment')
    assert.throws(() => encodeAdd(other, { certificate }), { code: 'key-mismatch' })
    // The same by hand: the certificate of one and the private part of another.
    const { seed, public: publicKey } = other.exposeComponents()
    const tail = new Writer().string(publicKey!).string(concat(seed!, publicKey!)).string('c').take()
    const contents = new Writer().string(certificate.type).string(certificate.blob).raw(tail).take()
    assert.throws(() => decodeAdd({ contents }, { types }), { code: 'key-mismatch' })
  })

  it('whose certificate has another type than they say are refused', () => {
    const [, certified] = adds().map((message) => decodeAdd(addOf(message), { types }))
    const { blob } = certified!.certificate!
    const contents = new Writer().string('ssh-rsa-cert-v01@openssh.com').string(blob).take()
    assert.throws(() => decodeAdd({ contents }, { types }), { code: 'key-mismatch' })
    const plainBlob = new Writer().string(certified!.certificate!.type).string(certified!.key.publicKey.blob).take()
    assert.throws(() => decodeAdd({ contents: plainBlob }, { types }), FormatError)
  })

  it('take the comment that is given, whatever its octets', async () => {
    const key = await privateKey('ed25519')
    for (const comment of ['', 'é', '\udcff']) {
      assert.equal(decodeAdd(encodeAdd(key, { comment }), { types }).comment, comment)
    }
    assert.throws(() => decodeAdd(encodeAdd(key, { comment: 'a\0b' }), { types }), FormatError)
    assert.throws(() => encodeAdd(key, { comment: '\ud800' }), { code: 'bad-encoding' })
  })

  it('hold no octets of the key, and none after it was wiped', async () => {
    const key = await privateKey('ed25519')
    const request = encodeAdd(key)
    const { key: again } = decodeAdd(request, { types })
    request.contents.fill(0)
    assert.equal(await ed25519.checkPrivate(again.exposeComponents()), true)
    key.wipe()
    assert.throws(() => encodeAdd(key), { code: 'wiped' })
    assert.equal(await ed25519.checkPrivate(again.exposeComponents()), true)
  })
})
