import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  ALWAYS,
  type CertificateRequest,
  checkCertificate,
  defaultUserExtensions,
  FOREVER,
  formatCertificate,
  issueCertificate,
  optionText,
  parseCertificate,
} from '../../src/cert/index.ts'
import { allTypes, ed25519, type PrivateKey, type PublicKey, rsa, type Signer } from '../../src/keys/index.ts'
import { concat, hex, utf8 } from '../support/bytes.ts'
import { blobOf, failure, privateKey, publicKey } from '../support/keys.ts'
import { oneOfEach, vector } from '../support/vectors.ts'

const types = allTypes
const subject = publicKey('ed25519')
const request: CertificateRequest = {
  kind: 'user',
  publicKey: subject,
  keyId: 'id',
  principals: ['alice'],
  validAfter: 1000,
  validBefore: 2000,
}
const authority = () => privateKey('ca-ed25519')
const issue = async (change: Partial<CertificateRequest>, signer?: Signer) =>
  issueCertificate({ ...request, ...change }, signer ?? (await authority()), { types })
const refused = (change: Partial<CertificateRequest>) =>
  assert.rejects(issue(change), TypeError, JSON.stringify(Object.keys(change)))

describe('issueCertificate', () => {
  const window = { validAfter: 1577836800, validBefore: 2208988800 }
  const cases: readonly (readonly [string, string, Partial<CertificateRequest>, string?])[] = [
    ...oneOfEach.flatMap((name): (readonly [string, string, Partial<CertificateRequest>])[] => [
      [
        `user-${name}`,
        'ca-ed25519',
        { publicKey: publicKey(name), keyId: `user ${name}`, serial: 7n, extensions: defaultUserExtensions },
      ],
      [
        `host-${name}`,
        'ca-ed25519',
        {
          kind: 'host',
          publicKey: publicKey(name),
          keyId: `host ${name}`,
          principals: [`${name}.example`, `*.${name}.example`],
          serial: 8n,
        },
      ],
    ]),
    [
      'ca-rsa-sha256',
      'ca-rsa',
      { keyId: 'by-rsa-sha256', serial: 9n, extensions: defaultUserExtensions },
      'rsa-sha2-256',
    ],
    ['ca-rsa-sha512', 'ca-rsa', { keyId: 'by-rsa-sha512', serial: 9n, extensions: defaultUserExtensions }],
    ['ca-rsa-sha1', 'ca-rsa', { keyId: 'by-rsa-sha1', serial: 9n, extensions: defaultUserExtensions }, 'ssh-rsa'],
    [
      'options',
      'ca-ed25519',
      {
        keyId: 'options',
        principals: ['alice', 'bob'],
        serial: 10n,
        criticalOptions: {
          'verify-required': true,
          'source-address': '192.0.2.0/24,2001:db8::/32,198.51.100.7',
          'force-command': '/bin/echo "a, b"',
        },
        extensions: {
          'permit-user-rc': true,
          'permit-port-forwarding': true,
          'permit-agent-forwarding': true,
          'permit-X11-forwarding': true,
          'no-touch-required': true,
        },
      },
    ],
    ['clear', 'ca-ed25519', { keyId: 'clear', serial: 11n }],
    [
      'custom',
      'ca-ed25519',
      { keyId: 'custom', serial: 11n, extensions: { 'login@example.com': 'value', 'flag@example.com': true } },
    ],
    [
      'unknown-critical',
      'ca-ed25519',
      {
        keyId: 'unknown',
        serial: 12n,
        criticalOptions: { 'frobnicate@example.com': 'yes' },
        extensions: defaultUserExtensions,
      },
    ],
    [
      'principals',
      'ca-ed25519',
      {
        keyId: 'many',
        principals: Array.from({ length: 256 }, (_, i) => `p${i + 1}`),
        serial: 13n,
        extensions: defaultUserExtensions,
      },
    ],
    [
      'no-principals',
      'ca-ed25519',
      { keyId: 'nobody', principals: [], anyPrincipal: true, serial: 14n, extensions: defaultUserExtensions },
    ],
    [
      'forever',
      'ca-ed25519',
      { keyId: 'forever', validAfter: ALWAYS, validBefore: FOREVER, extensions: defaultUserExtensions },
    ],
    ['serial-max', 'ca-ed25519', { keyId: 'max', serial: 0xffffffffffffffffn, extensions: defaultUserExtensions }],
    [
      'latin1',
      'ca-ed25519',
      { keyId: 'caf\udce9', principals: ['j\udcfcrgen'], serial: 15n, extensions: defaultUserExtensions },
    ],
  ]
  for (const [name, signer, change, algorithm] of cases) {
    it(`${name}: byte for byte what ssh-keygen made, with its nonce handed in`, async () => {
      const expected = parseCertificate(vector(`certs/${name}-cert.pub`), { types })
      const made = await issueCertificate({ ...request, ...window, ...change }, await privateKey(signer), {
        types,
        algorithm,
        random: (length) => {
          assert.equal(length, 32)
          return expected.nonce.slice()
        },
      })
      assert.deepEqual(made.blob, expected.blob)
      assert.equal(formatCertificate(made), formatCertificate(expected))
    })
  }

  for (const name of ['ca-ecdsa256', 'ca-ecdsa384', 'ca-ecdsa521']) {
    it(`${name}: signs what ssh-keygen had it sign`, async () => {
      const expected = parseCertificate(vector(`certs/${name}-cert.pub`), { types })
      const made = await issueCertificate(
        { ...request, ...window, keyId: expected.keyId, serial: 9n, extensions: defaultUserExtensions },
        await privateKey(name),
        { types, random: () => expected.nonce.slice() },
      )
      assert.equal(made.signature.algorithm, expected.signature.algorithm)
      const part = (c: typeof made) => c.blob.subarray(0, c.signedLength)
      assert.deepEqual(part(made), part(expected))
      await checkCertificate(made, {
        types,
        kind: 'user',
        authorities: [publicKey(name)],
        time: 1600000000,
        principal: 'alice',
      })
    })
  }

  it('trap 6: names are sorted by their octets: upper case first, no-touch-required before permit-', async () => {
    const made = await issue({
      extensions: {
        'permit-pty': true,
        'permit-agent-forwarding': true,
        'permit-X11-forwarding': true,
        'no-touch-required': true,
        a: true,
      },
    })
    assert.deepEqual(
      made.extensions.map((option) => option.name),
      ['a', 'no-touch-required', 'permit-X11-forwarding', 'permit-agent-forwarding', 'permit-pty'],
    )
  })

  it('trap 7: a value is a string inside a string, once; a flag is empty; an empty value is not a flag', async () => {
    const made = await issue({
      criticalOptions: { 'force-command': 'true' },
      extensions: { flag: true, empty: '', value: 'v', octets: hex('00ff') },
    })
    assert.deepEqual(made.criticalOptions, [{ name: 'force-command', data: blobOf('true') }])
    const data = Object.fromEntries(made.extensions.map((option) => [option.name, option.data]))
    assert.deepEqual(data, { flag: hex(''), empty: hex('00000000'), value: blobOf('v'), octets: blobOf(hex('00ff')) })
    assert.equal(optionText(made.criticalOptions[0]!), 'true')
    assert.throws(() => optionText({ name: 'x', data: concat(blobOf('v'), hex('00')) }), { code: 'trailing-bytes' })
    assert.throws(() => optionText({ name: 'x', data: hex('') }), { code: 'truncated' })
  })

  it('trap 2: no principals only when said', async () => {
    await refused({ principals: [] })
    await refused({ principals: undefined })
    await refused({ principals: ['alice'], anyPrincipal: true })
    assert.deepEqual((await issue({ principals: undefined, anyPrincipal: true })).principals, [])
    await refused({ principals: [], anyPrincipal: false })
  })

  it('trap 4: a principal holds no comma and no NUL, and is not empty', async () => {
    for (const bad of ['a,b', ',', 'a\0', '']) await refused({ principals: ['alice', bad] })
  })

  it('trap 5: at most 256 principals', async () => {
    await refused({ principals: new Array<string>(257).fill('p') })
  })

  it('trap 10: the window is not empty, and times are unix seconds or dates', async () => {
    await refused({ validAfter: 2000, validBefore: 2000 })
    await refused({ validAfter: 2001, validBefore: 2000 })
    for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY, -1n, 1n << 64n, new Date(Number.NaN), new Date(-1)]) {
      await refused({ validAfter: bad })
      await refused({ validBefore: bad })
    }
    const made = await issue({ validAfter: new Date(1_500_999), validBefore: 2000.9 })
    assert.deepEqual([made.validAfter, made.validBefore], [1500n, 2000n])
    const far = await issue({ validAfter: ALWAYS, validBefore: FOREVER })
    assert.deepEqual([far.validAfter, far.validBefore], [0n, 0xffffffffffffffffn])
    assert.equal((await issue({ validBefore: 8_640_000_000_001_000n })).validBefore, 8_640_000_000_001_000n)
  })

  it('trap 11: the serial has 64 bits and is 0 where it is not given', async () => {
    await refused({ serial: -1n })
    await refused({ serial: 1n << 64n })
    assert.equal((await issue({})).serial, 0n)
  })

  it('trap 14: a source-address that sshd would not parse is refused', async () => {
    const good = ['127.0.0.1', '10.0.0.0/8', '::1', '2001:db8::/32', '0.0.0.0/0', '10.0.0.0/8,::1/128']
    for (const list of good) await issue({ criticalOptions: { 'source-address': list } })
    const bad = [
      '',
      ',',
      '10.0.0.1/8',
      '10.0.0.0/33',
      '::1/129',
      'host',
      '*.x',
      '!10.0.0.1',
      '10.0.0.1,',
      '10.0.0.1 ',
      '010.0.0.1',
    ]
    for (const list of bad) await refused({ criticalOptions: { 'source-address': list } })
    await refused({ criticalOptions: { 'source-address': true } })
    await refused({ criticalOptions: { 'source-address': utf8('10.0.0.1') } })
  })

  it('trap 8: a host certificate has no critical options', async () => {
    await refused({ kind: 'host', criticalOptions: { 'force-command': 'true' } })
    assert.equal((await issue({ kind: 'host' })).kind, 'host')
  })

  it('names of options are printable ASCII, key ids hold no NUL, kinds are two', async () => {
    for (const name of ['', 'a b', 'a\n', 'é', 'a'.repeat(65)]) await refused({ extensions: { [name]: true } })
    await refused({ keyId: 'a\0b' })
    await refused({ kind: 'server' as 'host' })
  })

  it('trap 1: an authority is a plain key', async () => {
    const { type, blob } = parseCertificate(vector('certs/user-ed25519-cert.pub'), { types })
    const signer: Signer = {
      publicKey: { type, blob, comment: '' },
      algorithms: ['ssh-ed25519'],
      sign: () => assert.fail(),
    }
    await assert.rejects(issue({}, signer), TypeError)
  })

  it('a subject of a type that was not handed in is unsupported; one that does not hold is refused', async () => {
    await assert.rejects(issue({ publicKey: { type: 'foo', blob: blobOf('foo'), comment: '' } }), {
      code: 'unsupported-type',
    })
    await assert.rejects(issueCertificate(request, await authority(), { types: [rsa] }), { code: 'unsupported-type' })
    const short: PublicKey = { type: 'ssh-ed25519', blob: blobOf('ssh-ed25519', new Uint8Array(31)), comment: '' }
    await assert.rejects(issue({ publicKey: short }), { name: 'FormatError' })
  })

  it('keeps the comment of the subject', async () => {
    assert.equal((await issue({})).comment, 'ed25519 one@example')
  })

  it('trap 12: RSA signs with rsa-sha2-512 by default', async () => {
    assert.equal((await issue({}, await privateKey('ca-rsa'))).signature.algorithm, 'rsa-sha2-512')
  })

  it('trap 12: a signer that returns another algorithm is refused', async () => {
    const key = await privateKey('ca-rsa')
    const stubborn = (algorithm: string): Signer => ({
      publicKey: key.publicKey,
      algorithms: ['rsa-sha2-512'],
      sign: (data) => key.sign(data, { algorithm }),
    })
    for (const algorithm of ['ssh-rsa', 'rsa-sha2-256']) {
      await assert.rejects(issue({}, stubborn(algorithm)), { name: 'SignerError', code: 'signer-failed' }, algorithm)
    }
    assert.equal((await issue({}, stubborn('rsa-sha2-512'))).signature.algorithm, 'rsa-sha2-512')
  })

  it('trap 12: a signer that names the algorithm it was asked for and signs with another is refused', async () => {
    const key = await privateKey('ca-rsa')
    const lying: Signer = {
      publicKey: key.publicKey,
      algorithms: ['rsa-sha2-512'],
      sign: async (data) => ({
        algorithm: 'rsa-sha2-512',
        blob: (await key.sign(data, { algorithm: 'ssh-rsa' })).blob,
      }),
    }
    await assert.rejects(issue({}, lying), { name: 'SignerError', code: 'signer-failed' })
  })

  it('a signer may be anything, sees the whole message, the algorithm and the signal, and its error passes', async () => {
    const key: PrivateKey = await authority()
    const seen: unknown[] = []
    const remote: Signer = {
      publicKey: key.publicKey,
      algorithms: key.algorithms,
      sign: (data, options) => {
        seen.push(data.length, options?.algorithm, options?.signal)
        return key.sign(data)
      },
    }
    const { signal } = new AbortController()
    const made = await issueCertificate(request, remote, { types, signal })
    assert.deepEqual(seen, [made.signedLength, 'ssh-ed25519', signal])
    const failing = new Error('no network')
    const broken: Signer = { ...remote, publicKey: key.publicKey, sign: () => Promise.reject(failing) }
    assert.equal(await failure(() => issue({}, broken)), failing)
    const reason = new Error('enough')
    const aborted = { types, signal: AbortSignal.abort(reason) }
    assert.equal(await failure(() => issueCertificate(request, key, aborted)), reason)
  })

  it('two certificates have two nonces', async () => {
    assert.notDeepEqual((await issue({})).nonce, (await issue({})).nonce)
  })

  it('à la carte: one type is enough', async () => {
    const made = await issueCertificate(request, await authority(), { types: [ed25519] })
    assert.equal(made.type, 'ssh-ed25519-cert-v01@openssh.com')
  })
})
