import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type CertificatePolicy,
  type CertificateRequest,
  checkCertificate,
  FOREVER,
  issueCertificate,
  parseCertificate,
  type TrustedAuthority,
  verifyCertificateSignature,
} from '../../src/cert/index.ts'
import { VerificationError } from '../../src/errors.ts'
import {
  allTypes,
  type Certificate,
  ed25519,
  type PrivateKey,
  type PublicKey,
  type Signer,
} from '../../src/keys/index.ts'
import { privateKeyOf } from '../keys/types/set.ts'
import { concat, flipped, hex, toHex, utf8 } from '../support/bytes.ts'
import { fieldsOf, type RawCertificate, signedBy } from '../support/certificates.ts'
import { blobOf, failure, privateKey, publicKey } from '../support/keys.ts'
import { manifest, oneOfEach, vector } from '../support/vectors.ts'

const types = allTypes
const authority: PrivateKey = await privateKey('ca-ed25519')
const parse = (name: string) => parseCertificate(vector(`certs/${name}-cert.pub`), { types })
const policy: CertificatePolicy = {
  types,
  kind: 'user',
  authorities: [authority.publicKey],
  time: 1500,
  principal: 'alice',
}
const request: CertificateRequest = {
  kind: 'user',
  publicKey: publicKey('ed25519'),
  keyId: 'id',
  principals: ['alice'],
  validAfter: 1000,
  validBefore: 2000,
}
const issue = (change: Partial<CertificateRequest> = {}, signer: Signer = authority) =>
  issueCertificate({ ...request, ...change }, signer, { types })
const check = (certificate: { readonly blob: Uint8Array }, change: Partial<CertificatePolicy> = {}) =>
  checkCertificate(certificate, { ...policy, ...change })
const refused = (code: string) => ({ name: 'VerificationError', code })
const raw = fieldsOf((await issue()).blob)
const made = async (change: Partial<RawCertificate>) => ({ blob: await signedBy({ ...raw, ...change }, authority) })

describe('checkCertificate', () => {
  it('accepts every certificate of the set under its own authority, and tells its facts', async () => {
    const authorities = ['ca-ed25519', 'ca-ecdsa256', 'ca-ecdsa384', 'ca-ecdsa521', 'ca-rsa'].map(publicKey)
    for (const entry of manifest.certificates) {
      const name = entry.name.replace('-cert.pub', '')
      if (['no-principals', 'unknown-critical'].includes(name)) continue
      const certificate = parse(name)
      const facts = await checkCertificate(certificate, {
        types,
        kind: certificate.kind,
        authorities,
        time: 1600000000,
        principal: certificate.principals[0]!,
        sourceAddress: '192.0.2.9',
        algorithms: [
          'ssh-ed25519',
          'ecdsa-sha2-nistp256',
          'ecdsa-sha2-nistp384',
          'ecdsa-sha2-nistp521',
          'rsa-sha2-256',
          'rsa-sha2-512',
          'ssh-rsa',
        ],
      })
      assert.equal(facts.serial, certificate.serial, name)
      assert.equal(facts.keyId, certificate.keyId)
      assert.equal(facts.kind, certificate.kind)
      assert.equal(facts.principal, certificate.principals[0])
      assert.equal(facts.signatureAlgorithm, certificate.signature.algorithm)
      assert.deepEqual(facts.publicKey.blob, certificate.publicKey.blob)
      assert.deepEqual(facts.authority.blob, certificate.authority.blob)
      assert.equal(facts.validBefore, certificate.validBefore)
    }
  })

  it('tells the options', async () => {
    const facts = await check(parse('options'), { time: 1600000000, sourceAddress: '2001:db8::1' })
    assert.equal(facts.forceCommand, '/bin/echo "a, b"')
    assert.deepEqual(facts.sourceAddresses, ['192.0.2.0/24', '2001:db8::/32', '198.51.100.7'])
    assert.equal(facts.verifyRequired, true)
    assert.deepEqual(facts.permissions, [
      'no-touch-required',
      'permit-X11-forwarding',
      'permit-agent-forwarding',
      'permit-port-forwarding',
      'permit-user-rc',
    ])
    const bare = await check(parse('clear'), { time: 1600000000 })
    assert.deepEqual(
      [bare.forceCommand, bare.sourceAddresses, bare.verifyRequired, bare.permissions],
      [null, null, false, []],
    )
  })

  it('wrong-kind', async () => {
    await assert.rejects(check(await issue({ kind: 'host' })), refused('wrong-kind'))
    await assert.rejects(check(await issue(), { kind: 'host' }), refused('wrong-kind'))
  })

  it('unknown-authority', async () => {
    await assert.rejects(check(await issue(), { authorities: [] }), refused('unknown-authority'))
    await assert.rejects(check(await issue(), { authorities: [publicKey('ca-rsa')] }), refused('unknown-authority'))
    // Its own subject is no authority.
    await assert.rejects(check(await issue(), { authorities: [request.publicKey] }), refused('unknown-authority'))
    await check(await issue(), { authorities: [publicKey('ca-rsa'), publicKey('ca-ed25519')] })
  })

  it('bad-signature: by another key, or over other bytes', async () => {
    const other = await privateKey('ed25519')
    const posing: Signer = {
      publicKey: authority.publicKey,
      algorithms: other.algorithms,
      sign: (data) => other.sign(data),
    }
    await assert.rejects(check(await issue({}, posing)), refused('bad-signature'))
    const { blob } = await issue()
    // The nonce stands behind the type: 4 + 32 + 4.
    await assert.rejects(check({ blob: flipped(blob, 41 * 8) }), refused('bad-signature'))
  })

  it('trap 12: SHA-1 of an RSA authority is not allowed unless it is named', async () => {
    const rsa = { authorities: [publicKey('ca-rsa')], time: 1600000000 }
    await assert.rejects(check(parse('ca-rsa-sha1'), rsa), refused('algorithm-not-allowed'))
    await assert.rejects(
      check(parse('ca-rsa-sha1'), { ...rsa, algorithms: ['rsa-sha2-512'] }),
      refused('algorithm-not-allowed'),
    )
    assert.equal((await check(parse('ca-rsa-sha1'), { ...rsa, algorithms: ['ssh-rsa'] })).signatureAlgorithm, 'ssh-rsa')
    await assert.rejects(
      check(parse('ca-rsa-sha256'), { ...rsa, algorithms: ['rsa-sha2-512'] }),
      refused('algorithm-not-allowed'),
    )
    assert.equal((await check(parse('ca-rsa-sha256'), rsa)).signatureAlgorithm, 'rsa-sha2-256')
  })

  it('trap 10: valid after ≤ now < before', async () => {
    const certificate = await issue()
    await assert.rejects(check(certificate, { time: 999 }), refused('not-yet-valid'))
    await assert.rejects(check(certificate, { time: 999.999 }), refused('not-yet-valid'))
    for (const time of [1000, 1000n, 1999, 1999.999, new Date(1_000_000), new Date(1_999_999)]) {
      assert.equal((await check(certificate, { time })).keyId, 'id', `${time}`)
    }
    for (const time of [2000, 2000n, new Date(2_000_000), 1n << 63n]) {
      await assert.rejects(check(certificate, { time }), refused('expired'), `${time}`)
    }
  })

  it('trap 10: all ones is forever, 0 is always, dates beyond Date are compared all the same', async () => {
    const forever = await issue({ validAfter: 0, validBefore: FOREVER })
    for (const time of [0, 1n << 40n, FOREVER - 1n]) await check(forever, { time })
    await assert.rejects(check(forever, { time: FOREVER }), refused('expired'))
    const far = await issue({ validAfter: 1n << 62n, validBefore: 1n << 63n })
    await assert.rejects(check(far), refused('not-yet-valid'))
    await check(far, { time: 1n << 62n })
    const empty = await made({ validAfter: 2000n, validBefore: 1000n })
    for (const time of [500, 1500, 2500]) await assert.rejects(check(empty, { time }), { name: 'VerificationError' })
  })

  it('a time that is none is misuse', async () => {
    for (const time of [-1, Number.NaN, new Date(Number.NaN), -1n, undefined as unknown as number]) {
      await assert.rejects(check(await issue(), { time }), TypeError)
    }
  })

  it('principal: exact for users', async () => {
    const certificate = await issue({ principals: ['alice', '*', 'b?b'] })
    assert.equal((await check(certificate)).principal, 'alice')
    // Trap 3: what is a pattern for hosts is a plain name for users.
    assert.equal((await check(certificate, { principal: '*' })).principal, '*')
    for (const principal of ['bob', 'Alice', 'alice ', 'alic', 'alicee', '']) {
      await assert.rejects(check(certificate, { principal }), refused('principal'), principal)
    }
  })

  it('trap 3: wildcards for hosts alone', async () => {
    const certificate = await issue({ kind: 'host', principals: ['a.example', '*.b.example', '?.c.example', 'x*y*z'] })
    const host = (principal: string) => check(certificate, { kind: 'host', principal })
    const matches = {
      'a.example': 'a.example',
      'www.b.example': '*.b.example',
      'w.w.b.example': '*.b.example',
      '.b.example': '*.b.example',
      'z.c.example': '?.c.example',
      xyz: 'x*y*z',
      x1y2y3z: 'x*y*z',
    }
    for (const [name, pattern] of Object.entries(matches)) assert.equal((await host(name)).principal, pattern, name)
    for (const name of ['b.example', 'zz.c.example', '.c.example', 'A.example', 'a.example.', 'xz', 'xyzw', '']) {
      await assert.rejects(host(name), refused('principal'), name)
    }
  })

  it('many stars do not take exponential time', async () => {
    const certificate = await issue({ kind: 'host', principals: [`${'a*'.repeat(500)}b`] })
    await assert.rejects(check(certificate, { kind: 'host', principal: 'a'.repeat(5000) }), refused('principal'))
  })

  it('trap 2: no principals match nobody, for users and hosts', async () => {
    for (const kind of ['user', 'host'] as const) {
      const certificate = await issue({ kind, principals: undefined, anyPrincipal: true })
      for (const principal of ['alice', '', null]) {
        await assert.rejects(check(certificate, { kind, principal }), refused('principal'))
      }
    }
    await assert.rejects(check(parse('no-principals'), { time: 1600000000 }), refused('principal'))
  })

  it('null takes any name, for inspection', async () => {
    assert.equal((await check(await issue(), { principal: null })).principal, null)
  })

  it('an empty principal in a certificate matches no one else', async () => {
    const certificate = await made({ principals: blobOf('') })
    await assert.rejects(check(certificate), refused('principal'))
  })

  it('trap 8: an unknown critical option is refused, an unknown extension passes', async () => {
    await assert.rejects(check(parse('unknown-critical'), { time: 1600000000 }), refused('critical-option'))
    assert.deepEqual((await check(parse('custom'), { time: 1600000000 })).permissions, [])
  })

  it('trap 8: an extension name in the critical section does not grant', async () => {
    await assert.rejects(check(await made({ criticalOptions: blobOf('permit-pty', '') })), refused('critical-option'))
    await assert.rejects(
      check(await made({ criticalOptions: blobOf('no-touch-required', '') })),
      refused('critical-option'),
    )
  })

  it('a critical name among the extensions decides nothing', async () => {
    const facts = await check(await made({ extensions: blobOf('force-command', blobOf('x'), 'verify-required', '') }))
    assert.deepEqual([facts.forceCommand, facts.verifyRequired, facts.permissions], [null, false, []])
  })

  it('trap 8: a repeated critical option is refused', async () => {
    const twice = (name: string, data: Uint8Array) => made({ criticalOptions: blobOf(name, data, name, data) })
    await assert.rejects(check(await twice('force-command', blobOf('x'))), refused('critical-option'))
    await assert.rejects(
      check(await twice('source-address', blobOf('10.0.0.1')), { sourceAddress: '10.0.0.1' }),
      refused('critical-option'),
    )
    await assert.rejects(check(await twice('verify-required', hex(''))), refused('critical-option'))
  })

  it('trap 8: a host certificate with any critical option is refused', async () => {
    for (const critical of [blobOf('force-command', blobOf('x')), blobOf('verify-required', ''), blobOf('foo', '')]) {
      const certificate = await made({ kind: 2, criticalOptions: critical })
      await assert.rejects(check(certificate, { kind: 'host' }), refused('critical-option'))
    }
    assert.equal((await check(await made({ kind: 2, extensions: blobOf('foo', '') }), { kind: 'host' })).kind, 'host')
  })

  it('trap 7: a value is one string and nothing behind it, a flag is empty', async () => {
    for (const data of [hex(''), hex('00'), concat(blobOf('x'), hex('00')), hex('00000002 61'), blobOf('a\0b')]) {
      await assert.rejects(
        check(await made({ criticalOptions: blobOf('force-command', data) })),
        refused('critical-option'),
      )
    }
    assert.equal((await check(await made({ criticalOptions: blobOf('force-command', blobOf('')) }))).forceCommand, '')
    await assert.rejects(
      check(await made({ criticalOptions: blobOf('verify-required', blobOf('')) })),
      refused('critical-option'),
    )
    await assert.rejects(
      check(await made({ extensions: blobOf('permit-pty', blobOf('x')) })),
      refused('critical-option'),
    )
  })

  it('trap 6: extensions that are unsorted or repeated are read', async () => {
    const extensions = blobOf('permit-user-rc', '', 'permit-X11-forwarding', '', 'permit-user-rc', '')
    assert.deepEqual((await check(await made({ extensions }))).permissions, ['permit-X11-forwarding', 'permit-user-rc'])
  })

  it('source-address: bound to addresses, refused elsewhere and where no address is given', async () => {
    const bound = (list: string) => made({ criticalOptions: blobOf('source-address', blobOf(list)) })
    const certificate = await bound('192.0.2.0/24,2001:db8::/32')
    for (const sourceAddress of ['192.0.2.0', '192.0.2.255', '2001:db8::1', '::ffff:192.0.2.7']) {
      await check(certificate, { sourceAddress })
    }
    for (const sourceAddress of [
      undefined,
      '192.0.3.0',
      '2001:db9::',
      '::',
      'localhost',
      '',
      '192.0.2.7 ',
      '192.0.2.7/32',
    ]) {
      await assert.rejects(check(certificate, { sourceAddress }), refused('source-address'), `${sourceAddress}`)
    }
    const long = await bound(Array.from({ length: 5000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`).join(','))
    for (const sourceAddress of [undefined, '192.0.2.1', 'x'.repeat(1e5)]) {
      const { message } = (await failure(() => check(long, { sourceAddress }))) as Error
      assert.ok(message.length < 500, `${message.length}`)
    }
    // An address where none is asked for does no harm.
    await check(await issue(), { sourceAddress: '192.0.2.1' })
  })

  it('trap 14, trap 54: a list that is malformed or empty denies all', async () => {
    for (const list of [
      '',
      ',',
      '192.0.2.7/24',
      '192.0.2.7,',
      '192.0.2.7,x',
      '*',
      '!192.0.2.7',
      'example.com',
      '0/0',
    ]) {
      const certificate = await made({ criticalOptions: blobOf('source-address', blobOf(list)) })
      await assert.rejects(check(certificate, { sourceAddress: '192.0.2.7' }), refused('critical-option'), list)
    }
  })

  it('revoked: the reason is told, escaped; sync and async', async () => {
    const certificate = await issue({ serial: 5n })
    for (const revocation of [() => 'lost\x1b', () => Promise.resolve('lost\x1b'), async () => 'lost\x1b']) {
      const error = (await failure(() => check(certificate, { revocation }))) as Error & { code: string }
      assert.equal(error.code, 'revoked')
      assert.match(error.message, /lost\\x1b/)
    }
    await assert.rejects(check(certificate, { revocation: () => '' }), refused('revoked'))
    await check(certificate, { revocation: () => undefined })
    await check(certificate, { revocation: async () => undefined })
  })

  it('the revocation sees the certificate as its bytes say, and its error passes', async () => {
    const certificate = await issue({ serial: 5n })
    const seen: unknown[] = []
    await check(certificate, {
      revocation: (subject) => void seen.push('serial' in subject ? subject.serial : subject),
    })
    assert.deepEqual(seen, [certificate.authority, certificate.publicKey, 5n])
    const broken = new Error('list not readable')
    for (const revocation of [
      () => {
        throw broken
      },
      () => Promise.reject(broken),
    ]) {
      assert.equal(await failure(() => check(certificate, { revocation })), broken)
    }
  })

  it('revoked: says what is, the authority, the key or the certificate itself', async () => {
    const certificate = await issue({ serial: 5n, keyId: 'a\nb' })
    const message = async (revoked: (subject: PublicKey | Certificate) => boolean) =>
      ((await failure(() => check(certificate, { revocation: (s) => (revoked(s) ? 'why' : undefined) }))) as Error)
        .message
    const is = (key: PublicKey) => (subject: PublicKey | Certificate) => toHex(subject.blob) === toHex(key.blob)
    assert.equal(await message(is(authority.publicKey)), 'revoked (its authority): why')
    assert.equal(await message(is(request.publicKey)), 'revoked (its key): why')
    assert.equal(await message((subject) => 'serial' in subject), 'revoked (serial 5, key id "a\\x0ab"): why')
  })

  it("an authority's line: its principals stand in place of the name", async () => {
    const certificate = await issue({ principals: ['alice', 'ops'] })
    const line = (principals: readonly string[] | null | undefined): TrustedAuthority => ({
      key: authority.publicKey,
      principals,
      restrict: (facts) => facts,
    })
    const by = (...authorities: CertificatePolicy['authorities']) =>
      check(certificate, { principal: 'root', authorities })
    await assert.rejects(by(line(undefined)), refused('principal'))
    await assert.rejects(by(line(null)), refused('principal'))
    await assert.rejects(by(line([])), refused('principal'))
    await assert.rejects(by(line(['root', 'Ops', 'op*', ''])), refused('principal'))
    assert.equal((await by(line(['dev', 'ops']))).principal, 'ops')
    // A name is not asked for, but a line's principals are.
    const inspected = { principal: null, authorities: [line(['root'])] }
    await assert.rejects(check(certificate, inspected), refused('principal'))
    // alice herself is not enough where the line wants another.
    await assert.rejects(check(certificate, { authorities: [line(['root'])] }), refused('principal'))
    // Each line of the same key is tried.
    assert.equal((await by(line(['root']), authority.publicKey, line(['ops']))).principal, 'ops')
    const none = await issue({ principals: undefined, anyPrincipal: true })
    await assert.rejects(check(none, { authorities: [line(['ops'])] }), refused('principal'))
    // Of hosts too they are names and not patterns, on either side.
    const host = await issue({ kind: 'host', principals: ['*.example'] })
    const ofHost = (principals: readonly string[]) => check(host, { kind: 'host', authorities: [line(principals)] })
    await assert.rejects(ofHost(['a.example']), refused('principal'))
    assert.equal((await ofHost(['*.example'])).principal, '*.example')
  })

  it("an authority's line may narrow the facts or refuse; the next line of that key is then tried", async () => {
    const certificate = await issue({ extensions: { 'permit-pty': true, 'permit-user-rc': true } })
    const key = authority.publicKey
    const narrow: TrustedAuthority = { key, restrict: (facts) => ({ ...facts, permissions: [] }) }
    assert.deepEqual((await check(certificate, { authorities: [narrow] })).permissions, [])
    const asked: unknown[] = []
    const refuse = (code: string): TrustedAuthority => ({
      key,
      restrict(facts, { sourceAddress }) {
        asked.push([facts.keyId, sourceAddress])
        throw new VerificationError(code, 'not from there')
      },
    })
    const sourceAddress = '192.0.2.1'
    const two = { authorities: [refuse('source-address'), refuse('expired')], sourceAddress }
    await assert.rejects(check(certificate, two), refused('source-address'))
    assert.deepEqual(asked, [
      ['id', sourceAddress],
      ['id', sourceAddress],
    ])
    assert.equal((await check(certificate, { authorities: [refuse('expired'), key] })).permissions.length, 2)
    const broken = new RangeError('a fault of the caller')
    const faulty: TrustedAuthority = {
      key,
      restrict() {
        throw broken
      },
    }
    assert.equal(await failure(() => check(certificate, { authorities: [faulty, key] })), broken)
    // What is wrong with the certificate itself no line mends, and none is asked.
    asked.length = 0
    const late = { authorities: [refuse('expired')], time: 3000, revocation: () => 'lost' }
    await assert.rejects(check(certificate, late), refused('expired'))
    await assert.rejects(check(certificate, { ...late, time: 1500 }), refused('revoked'))
    const elsewhere: TrustedAuthority = { key: publicKey('ca-rsa'), principals: ['alice'], restrict: (facts) => facts }
    await assert.rejects(check(certificate, { authorities: [elsewhere] }), refused('unknown-authority'))
    assert.deepEqual(asked, [])
  })

  it('what is not known to be an authority is misuse: a line of a file, whose options would be lost, above all', async () => {
    const certificate = await issue()
    const key = authority.publicKey
    const line = { key, line: 1, options: { certAuthority: false, from: '192.0.2.1' } }
    const wrong: readonly unknown[] = [
      { key },
      line,
      { ...line, restrict: null },
      { ...line, restrict: true },
      { key: null, restrict: (facts: unknown) => facts },
      { key: line, restrict: (facts: unknown) => facts },
      { key: { type: key.type, blob: toHex(key.blob) }, restrict: (facts: unknown) => facts },
      { type: key.type },
      { blob: key.blob },
      { ...key, blob: [...key.blob] },
      {},
      null,
      undefined,
      'ssh-ed25519',
      [key],
    ]
    for (const given of wrong) {
      const authorities = [key, given as PublicKey]
      await assert.rejects(check(certificate, { authorities }), TypeError, JSON.stringify(given))
      // Whatever the certificate is.
      await assert.rejects(check(certificate, { authorities, kind: 'host' }), TypeError)
    }
    for (const authorities of [key, 'x', null, undefined]) {
      await assert.rejects(check(certificate, { authorities: authorities as unknown as [] }), TypeError)
    }
    // @ts-expect-error: nor do the types let such a line through.
    const mistaken: CertificatePolicy['authorities'] = [line]
    await assert.rejects(check(certificate, { authorities: mistaken }), TypeError)
  })

  it('a certificate of a DSA key is refused, whatever algorithms are allowed', async () => {
    const { publicKey: subject } = await privateKeyOf('dsa')
    const certificate = await issue({ publicKey: subject })
    for (const algorithms of [undefined, ['ssh-dss'], ['ssh-dss', 'ssh-ed25519']]) {
      await assert.rejects(check(certificate, { algorithms }), refused('algorithm-not-allowed'))
    }
    assert.equal((await verifyCertificateSignature(certificate, { types })).algorithm, 'ssh-ed25519')
  })

  it('wildcards for hosts stand for octets, as in OpenSSH', async () => {
    const certificate = await issue({
      kind: 'host',
      principals: ['h?st', 'k??st', '*\u{1f600}', 'r?\udcffw', '\udcc3?'],
    })
    const host = (principal: string) => check(certificate, { kind: 'host', principal })
    const matches = {
      host: 'h?st',
      'k\u00f8st': 'k??st',
      'a\u{1f600}': '*\u{1f600}',
      'ra\udcffw': 'r?\udcffw',
      '\u00f8': '\udcc3?',
    }
    for (const [name, pattern] of Object.entries(matches)) assert.equal((await host(name)).principal, pattern, name)
    for (const name of ['h\u00f8st', 'k\u20acst', 'k\u{1f600}st', 'r\u00f8\udcffw']) {
      await assert.rejects(host(name), refused('principal'), name)
    }
    // A surrogate that stands for no octet.
    await assert.rejects(host('h\ud800st'), { name: 'FormatError', code: 'bad-encoding' })
  })

  it('trap 9: its bytes decide, not what the object around them says', async () => {
    const certificate = await issue()
    const lies: Certificate = {
      ...certificate,
      kind: 'host',
      principals: ['root'],
      validBefore: FOREVER,
      serial: 99n,
      keyId: 'other',
      criticalOptions: [],
      authority: publicKey('ca-rsa'),
      signedLength: 0,
    }
    assert.equal((await check(lies)).keyId, 'id')
    await assert.rejects(check(lies, { principal: 'root' }), refused('principal'))
    await assert.rejects(check(lies, { time: 3000 }), refused('expired'))
    await assert.rejects(check(lies, { authorities: [publicKey('ca-rsa')] }), refused('unknown-authority'))
    const dropped = { ...(await issue({ criticalOptions: { 'source-address': '10.0.0.1' } })), criticalOptions: [] }
    await assert.rejects(check(dropped), refused('source-address'))
    const swapped = { ...certificate, blob: (await issue({ principals: ['bob'] })).blob }
    await assert.rejects(check(swapped), refused('principal'))
  })

  it('trap 1: a certificate by a certificate is refused', async () => {
    const { type, blob } = await issue()
    const signer: Signer = {
      publicKey: { type, blob, comment: '' },
      algorithms: ['ssh-ed25519'],
      sign: (data) => authority.sign(data),
    }
    const certificate = { blob: await signedBy(raw, signer) }
    await assert.rejects(check(certificate, { authorities: [signer.publicKey] }), { code: 'is-certificate' })
  })

  it('an authority of a type that was not handed in is unsupported', async () => {
    const certificate = await issue({}, await privateKey('ca-rsa'))
    const options = { types: [ed25519], authorities: [publicKey('ca-rsa')] }
    await assert.rejects(check(certificate, options), { name: 'UnsupportedError', code: 'unsupported-type' })
  })

  it('every code of the list has been seen here; garbage is a FormatError', async () => {
    for (const blob of [hex(''), hex('00'), utf8('text'), publicKey('ed25519').blob, new Uint8Array(1000)]) {
      await assert.rejects(check({ blob }), { name: 'FormatError' })
    }
  })
})

describe('verifyCertificateSignature', () => {
  it('verifies the received bytes by the authority inside, for every certificate of the set', async () => {
    for (const entry of manifest.certificates) {
      const certificate = parseCertificate(vector(`certs/${entry.name}`), { types })
      const { algorithm } = certificate.signature
      assert.deepEqual(await verifyCertificateSignature(certificate, { types, algorithms: [algorithm] }), { algorithm })
    }
  })

  it('of every subject type one flipped bit of the signed part is refused', async () => {
    for (const name of oneOfEach) {
      const certificate = parse(`user-${name}`)
      const blob = flipped(certificate.blob, (certificate.signedLength - 1) * 8 - 3)
      await assert.rejects(verifyCertificateSignature({ ...certificate, blob }, { types }), refused('bad-signature'))
    }
  })
})
