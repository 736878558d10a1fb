import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkCertificate, issueCertificate } from '../../src/cert/index.ts'
import type { SshError } from '../../src/errors.ts'
import {
  allTypes,
  type Certificate,
  ecdsaP256,
  ed25519,
  generatePrivateKey,
  opaquePublicKey,
  parsePublicLine,
} from '../../src/keys/index.ts'
import { authoritiesFrom } from '../../src/text/authorities.ts'
import { formatAuthorizedKeys, parseAuthorizedKeys } from '../../src/text/authorized-keys.ts'
import { checkLogin, type LoginPolicy } from '../../src/text/login.ts'
import { matchFrom } from '../../src/text/login-from.ts'
import { Writer } from '../../src/wire/writer.ts'
import { vectorText } from '../support/vectors.ts'

const types = [ed25519]
const [authority, subject, other] = await Promise.all([
  generatePrivateKey(ed25519),
  generatePrivateKey(ed25519),
  generatePrivateKey(ed25519),
])
const key = subject.publicKey
const policy: LoginPolicy = { key, user: 'alice', address: '192.0.2.1', time: 1000, types }

const file = (...optionTexts: readonly string[]) =>
  parseAuthorizedKeys(formatAuthorizedKeys(optionTexts.map((optionText) => ({ key, optionText }))))
const ca = (...optionTexts: readonly string[]) =>
  parseAuthorizedKeys(
    formatAuthorizedKeys(
      optionTexts.map((text) => ({ key: authority.publicKey, optionText: `cert-authority${text && `,${text}`}` })),
    ),
  )

type Request = Parameters<typeof issueCertificate>[0]

function certify(request: Partial<Request> = {}, of: typeof allTypes = types): Promise<Certificate> {
  const usual = { kind: 'user', keyId: 'k', principals: ['alice', 'ops'], validAfter: 0, validBefore: 2000 } as const
  return issueCertificate({ ...usual, publicKey: key, ...request }, authority, { types: of })
}

test('a key logs in by the first line that accepts it', async () => {
  const keys = file('from="10.0.0.0/8",no-pty', 'expiry-time="19700101000100Z"', 'command="x"', 'no-pty')
  const facts = await checkLogin(keys, policy)
  assert.equal(facts.line, 3)
  assert.equal(facts.options.command, 'x')
  assert.deepEqual([facts.principal, facts.certificate], [null, null])
  assert.deepEqual(facts.key.blob, key.blob)
})

test('what no line accepts is refused for the reason of the first line with that key', async () => {
  const rows: readonly (readonly [ReturnType<typeof file>, string])[] = [
    [file(), 'unknown-key'],
    [ca(''), 'unknown-key'],
    [file('cert-authority'), 'unknown-key'],
    [file('from="10.0.0.1"', 'expiry-time="19700101000100Z"'), 'source-address'],
    [file('expiry-time="19700101000100Z"', 'from="10.0.0.1"'), 'expired'],
    [file('principals="alice"'), 'principal'],
    [parseAuthorizedKeys(formatAuthorizedKeys([{ key }]).replace('ssh-', 'unknown ssh-')), 'unknown-key'],
  ]
  for (const [keys, code] of rows) await assert.rejects(checkLogin(keys, policy), { code, name: 'VerificationError' })
  await assert.rejects(checkLogin(file(''), { ...policy, key: other.publicKey }), { code: 'unknown-key' })
})

test('a line holds through the second of its expiry time', async () => {
  const keys = file('expiry-time="19700101000100Z"')
  assert.equal((await checkLogin(keys, { ...policy, time: 60 })).line, 1)
  await assert.rejects(checkLogin(keys, { ...policy, time: 61 }), { code: 'expired' })
  await assert.rejects(checkLogin(keys, { ...policy, time: new Date(Number.NaN) }), TypeError)
})

test('without an address nothing that asks for one is accepted', async () => {
  const { address: _, ...nowhere } = policy
  await assert.rejects(checkLogin(file('from="*"'), nowhere), { code: 'source-address' })
  await assert.rejects(checkLogin(file('from="*"'), { ...nowhere, address: 'host', host: 'host' }), {
    code: 'source-address',
  })
  assert.equal((await checkLogin(file(''), nowhere)).line, 1)
})

test('what is revoked does not log in', async () => {
  const revoke = (blob: Uint8Array) => (given: { readonly blob: Uint8Array }) =>
    Buffer.compare(given.blob, blob) === 0 ? 'stolen' : undefined
  const refused = { code: 'revoked' }
  await assert.rejects(checkLogin(file(''), { ...policy, revocation: revoke(key.blob) }), refused)
  assert.ok(await checkLogin(file(''), { ...policy, revocation: revoke(other.publicKey.blob) }))
  const certificate = await certify()
  for (const { blob } of [certificate, authority.publicKey]) {
    await assert.rejects(checkLogin(ca(''), { ...policy, key: certificate, revocation: revoke(blob) }), refused)
  }
})

test('a key that cannot be judged is refused', async () => {
  const opaque = opaquePublicKey(new Writer().string('x@example.com').take())
  const listed = parseAuthorizedKeys(formatAuthorizedKeys([{ key: opaque }]))
  await assert.rejects(checkLogin(listed, { ...policy, key: opaque }), { code: 'unsupported-type' })
  const short = opaquePublicKey(new Writer().string('ssh-ed25519').string('x').take())
  await assert.rejects(
    checkLogin(parseAuthorizedKeys(formatAuthorizedKeys([{ key: short }])), { ...policy, key: short }),
    { code: 'bad-value' },
  )
  await assert.rejects(checkLogin(file(''), { ...policy, types: [ecdsaP256] }), { code: 'unsupported-type' })
  await assert.rejects(checkLogin(file(''), { ...policy, key: { blob: new Uint8Array() } }), { code: 'bad-value' })
})

test('a certificate logs in by the line of its authority', async () => {
  const certificate = await certify({ serial: 7n, extensions: { 'permit-pty': true, 'permit-user-rc': true } })
  const facts = await checkLogin(ca('no-user-rc,environment="A=1"'), { ...policy, key: certificate })
  assert.equal(facts.line, 1)
  assert.equal(facts.principal, 'alice')
  assert.equal(facts.certificate?.serial, 7n)
  assert.deepEqual(facts.key.blob, key.blob)
  const { pty, userRc, portForwarding, environment, certAuthority, touchRequired } = facts.options
  assert.deepEqual(
    { pty, userRc, portForwarding, environment, certAuthority, touchRequired },
    {
      pty: true,
      userRc: false,
      portForwarding: false,
      environment: ['A=1'],
      certAuthority: false,
      touchRequired: true,
    },
  )
})

test('certificate and line both have their say', async () => {
  const plain = await certify()
  const forced = await certify({ criticalOptions: { 'force-command': 'a', 'source-address': '192.0.2.0/24' } })
  const rows: readonly (readonly [string, Certificate, string | undefined, Partial<LoginPolicy>?])[] = [
    ['', plain, undefined],
    ['command="b"', plain, undefined],
    ['command="a"', forced, undefined],
    ['command="b"', forced, 'force-command'],
    ['from="192.0.2.1"', forced, undefined],
    ['from="192.0.2.2"', forced, 'source-address'],
    ['', forced, 'source-address', { address: '198.51.100.1' }],
    ['', forced, 'source-address', { address: undefined }],
    ['principals="ops"', plain, undefined, { user: 'bob' }],
    ['principals="bob"', plain, 'principal'],
    ['principals=""', plain, 'principal'],
    ['principals="x,,ops"', plain, 'principal'],
    ['', plain, 'principal', { user: 'bob' }],
    ['', plain, 'principal', { user: undefined }],
    ['expiry-time="19700101000100Z"', plain, 'expired'],
    ['', plain, 'expired', { time: 2000 }],
    ['', await certify({ validAfter: 1500 }), 'not-yet-valid'],
    ['', await certify({ kind: 'host' }), 'wrong-kind'],
    ['', await certify({ principals: [], anyPrincipal: true }), 'principal'],
    ['principals="ops"', await certify({ principals: [], anyPrincipal: true }), 'principal'],
    ['principals="*"', plain, 'principal'],
    ['', await certify({ principals: ['*'] }), 'principal'],
    ['', await certify({ criticalOptions: { 'x@y': 'z' } }), 'critical-option'],
    [
      '',
      { ...plain, blob: plain.blob.map((octet, i) => (i === plain.blob.length - 9 ? octet ^ 1 : octet)) },
      'bad-signature',
    ],
  ]
  for (const [options, certificate, code, more] of rows) {
    const login = checkLogin(ca(options), { ...policy, ...more, key: certificate })
    if (code === undefined) assert.equal((await login).line, 1, options)
    else await assert.rejects(login, { code, name: 'VerificationError' }, options)
  }
  const merged = await checkLogin(ca('command="b"', 'command="a"'), { ...policy, key: forced })
  assert.equal(merged.line, 2)
  assert.equal(merged.options.command, 'a')
  assert.deepEqual(merged.options.sourceAddresses, ['192.0.2.0/24'])
  await assert.rejects(checkLogin(file(''), { ...policy, key: plain }), { code: 'unknown-authority' })
})

test('touch and PIN are asked for where either side does', async () => {
  const options = { 'no-touch-required': true } as const
  const eased = await certify({ extensions: options })
  const strict = await certify({ extensions: options, criticalOptions: { 'verify-required': true } })
  const facts = async (line: string, certificate: Certificate) => {
    const { touchRequired, verifyRequired } = (await checkLogin(ca(line), { ...policy, key: certificate })).options
    return [touchRequired, verifyRequired]
  }
  assert.deepEqual(await facts('', eased), [true, false])
  assert.deepEqual(await facts('no-touch-required', eased), [false, false])
  assert.deepEqual(await facts('no-touch-required', await certify()), [true, false])
  assert.deepEqual(await facts('verify-required', eased), [true, true])
  assert.deepEqual(await facts('', strict), [true, true])
})

test('trusted authorities and authorized principals count besides the file', async () => {
  const certificate = await certify({ extensions: { 'permit-pty': true, 'no-touch-required': true } })
  const trusted = { ...policy, key: certificate, authorities: [other.publicKey, authority.publicKey] }
  const facts = await checkLogin(file(), trusted)
  assert.equal(facts.line, null)
  assert.deepEqual([facts.options.pty, facts.options.userRc, facts.options.touchRequired], [true, false, false])
  assert.equal((await checkLogin(ca(''), trusted)).line, 1)
  assert.equal((await checkLogin(ca('from="10.0.0.1"'), trusted)).line, null)

  const by = (principals: string, more: Partial<LoginPolicy> = {}) =>
    checkLogin(file(), { ...trusted, user: 'www', principals, ...more })
  assert.equal((await by('# comment\n\n \tbob\nops # the operators\n')).principal, 'ops')
  assert.equal((await by('no-pty,command="a b"   ops\n')).options.command, 'a b')
  assert.equal((await by('unknown ops\nno-pty x junk ops\n')).options.pty, false)
  assert.equal((await by('no-pty\talice')).options.pty, false)
  assert.equal((await by('no-pty \talice')).options.pty, false)
  assert.equal((await by('no-pty\t \t\talice \t\n')).options.pty, false)
  await assert.rejects(by('no-pty x\talice'), { code: 'principal' })
  for (const [text, code] of [
    ['', 'principal'],
    ['www\n', 'principal'],
    ['op\n', 'principal'],
    ['ops\r\n', 'principal'],
    ['ops x\n', 'principal'],
    ['command="a ops\n', 'principal'],
    ['unknown ops\n', 'principal'],
    ['cert-authority ops\n', 'principal'],
    ['principals="ops" ops\n', 'principal'],
    ['from="10.0.0.1" ops\nops\n', 'source-address'],
    ['expiry-time="19700101000100Z" ops\n', 'expired'],
  ] as const) {
    await assert.rejects(by(text), { code }, text)
  }
})

test('the authorities of a file bind what they signed, for checkCertificate too', async () => {
  const certificate = await certify({
    extensions: { 'permit-pty': true, 'permit-port-forwarding': true, 'no-touch-required': true },
  })
  const judge = (line: string, more = {}) => {
    const authorities = authoritiesFrom(ca(line))
    const asked = { types, kind: 'user', principal: 'alice', time: 1000, sourceAddress: '192.0.2.1' } as const
    return checkCertificate(certificate, { ...asked, authorities, ...more })
  }
  assert.deepEqual((await judge('')).permissions, ['permit-port-forwarding', 'permit-pty'])
  assert.deepEqual((await judge('no-touch-required,restrict,pty')).permissions, ['no-touch-required', 'permit-pty'])
  assert.deepEqual((await judge('permitopen="h:1"')).permissions, ['permit-pty'])
  assert.deepEqual((await judge('permitlisten="1"')).permissions, ['permit-pty'])
  assert.equal((await judge('command="x",verify-required')).forceCommand, 'x')
  assert.equal((await judge('command="x",verify-required')).verifyRequired, true)
  assert.equal((await judge('principals="x,ops"', { principal: 'nobody' })).principal, 'ops')
  await assert.rejects(judge('principals="x"'), { code: 'principal' })
  await assert.rejects(judge('from="10.0.0.1"'), { code: 'source-address' })
  await assert.rejects(judge('from="*"', { sourceAddress: undefined }), { code: 'source-address' })
  await assert.rejects(judge('expiry-time="19700101000100Z"'), { code: 'expired' })
  assert.deepEqual(authoritiesFrom(file('', 'no-pty')), [])
})

test('from= matches addresses, networks and names; what is shut out wins', () => {
  const rows: readonly (readonly [string, string, string | undefined, boolean])[] = [
    ['192.0.2.0/24', '192.0.2.9', undefined, true],
    ['192.0.2.0/24,!192.0.2.9', '192.0.2.9', undefined, false],
    ['!192.0.2.9,192.0.2.0/24', '192.0.2.9', undefined, false],
    ['!192.0.2.9', '192.0.2.8', undefined, false],
    ['*', '192.0.2.9', undefined, true],
    ['192.0.?.9', '192.0.2.9', undefined, true],
    ['*.example.com', '192.0.2.9', 'A.EXAMPLE.com', true],
    ['*.Example.COM', '192.0.2.9', 'a.example.com', true],
    ['*.example.com', '192.0.2.9', undefined, false],
    ['!evil.example.com,*.example.com', '192.0.2.9', 'evil.example.com', false],
    ['!evil.example.com,192.0.2.9', '192.0.2.9', 'evil.example.com', false],
    ['10.0.0.0/8,*.example.com', '192.0.2.9', 'a.example.com', true],
    ['2001:db8::/32', '2001:DB8:0::1', undefined, true],
    ['!2001:db8::*,*', '2001:DB8:0:0:0:0:0:1', undefined, false],
    ['2001:db8:0:1:0:*', '2001:db8:0:1:0:0:0:1', undefined, false],
    ['2001:db8:0:1::*', '2001:db8:0:1:0:0:0:1', undefined, true],
    ['1:0:0:2::*', '1:0:0:2:0:0:0:3', undefined, true],
    ['::', '0:0:0:0:0:0:0:0', undefined, true],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8', undefined, true],
    ['1::*', '1:0:0:0:0:0:0:8', undefined, true],
    ['10:0:0:?::*', '10:0:0:1:0:0:0:100', undefined, true],
    ['192.0.2.0/24', '::ffff:192.0.2.9', undefined, true],
    ['192.0.2.*', '::ffff:c000:209', undefined, true],
    ['192.0.2.0/24', '2001:db8::1', undefined, false],
    // What spoils the whole list.
    ['192.0.2.9,', '192.0.2.9', undefined, false],
    ['', '192.0.2.9', undefined, false],
    ['192.0.2.9,!', '192.0.2.9', undefined, false],
    ['192.0.2.9,10.0.0.0/33', '192.0.2.9', undefined, false],
    ['192.0.2.9,10.0.0.1/8', '192.0.2.9', undefined, false],
    ['!192.0.2.0/024,*', '192.0.2.9', undefined, false],
    ['192.0.2.0/x,192.0.2.9', '192.0.2.9', undefined, true],
    ['*,10.1', '192.0.2.9', undefined, false],
    ['*,0x7f.1', '192.0.2.9', undefined, false],
    ['*,010.0.0.1', '192.0.2.9', undefined, false],
    ['*,fe80::1%lo', '192.0.2.9', undefined, false],
    // What is no address.
    ['*', 'host.example.com', 'host.example.com', false],
    ['*', '', 'host', false],
    // Octets, and no letters but those of ASCII in either case.
    ['h?st', '192.0.2.9', 'høst', false],
    ['h??st', '192.0.2.9', 'høst', true],
    ['*,!h??st', '192.0.2.9', 'høst', false],
    ['\u212a.example.com', '192.0.2.9', 'k.example.com', false],
    ['k.example.com', '192.0.2.9', '\u212a.example.com', false],
    ['*,!HØST', '192.0.2.9', 'høst', true],
    ['*,!HøST', '192.0.2.9', 'høst', false],
  ]
  for (const [list, address, host, holds] of rows) {
    assert.equal(matchFrom(list.split(','), address, host), holds, `${address} (${host}) in ${list}`)
  }
})

test('a DSA key logs in only where the policy names its algorithm', async () => {
  const dsa = parsePublicLine(vectorText('types/dsa.pub'))
  const keys = parseAuthorizedKeys(vectorText('types/dsa.pub'))
  const asked = { ...policy, key: dsa, types: allTypes }
  await assert.rejects(checkLogin(keys, asked), { name: 'VerificationError', code: 'algorithm-not-allowed' })
  await assert.rejects(checkLogin(keys, { ...asked, algorithms: ['ssh-ed25519'] }), { code: 'algorithm-not-allowed' })
  assert.equal((await checkLogin(keys, { ...asked, algorithms: ['ssh-dss'] })).line, 1)
  // A certificate by one, and a certificate of one.
  const certified = await certify({ publicKey: dsa }, allTypes)
  await assert.rejects(checkLogin(ca(''), { ...asked, key: certified }), { code: 'algorithm-not-allowed' })
})

test('what is given for a revocation is asked, and any answer but none denies', async () => {
  const certificate = await certify()
  for (const [of, keys] of [
    [key, file('')],
    [certificate, ca('')],
  ] as const) {
    const asked = { ...policy, key: of }
    for (const revocation of [null, false, 0, '', {}, []]) {
      await assert.rejects(checkLogin(keys, { ...asked, revocation } as never), TypeError)
    }
    for (const answer of [null, false, 0, '', NaN, { toString: () => 'lost' }, 'lost']) {
      const revoked = checkLogin(keys, { ...asked, revocation: (async () => answer) as never })
      await assert.rejects(
        revoked,
        (error: SshError) => error.code === 'revoked' && error.message.endsWith(String(answer)),
      )
    }
    assert.equal((await checkLogin(keys, { ...asked, revocation: () => undefined })).line, 1)
  }
})
