import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CertificateRequest, issueCertificate } from '../../src/cert/index.ts'
import { parsePublicLine, allTypes as types } from '../../src/keys/index.ts'
import { hashHost } from '../../src/text/host-match.ts'
import { formatKnownHosts } from '../../src/text/known-hosts.ts'
import { checkHost, type HostPolicy } from '../../src/text/known-hosts-check.ts'
import { encodeBase64 } from '../../src/wire/base64.ts'
import { Reader } from '../../src/wire/reader.ts'
import { flipped, repeatable, utf8 } from '../support/bytes.ts'
import { fieldsOf, signedBy } from '../support/certificates.ts'
import { blobOf, privateKey, publicKey } from '../support/keys.ts'
import { vectorText } from '../support/vectors.ts'

const [key, other, authority] = await Promise.all([
  privateKey('ed25519'),
  privateKey('ecdsa256'),
  privateKey('rsa2048'),
])
const time = 1_750_000_000
type Marker = 'cert-authority' | 'revoked' | null

const line = (hosts: string, of: { publicKey: { blob: Uint8Array } } | { blob: Uint8Array }, marker: Marker = null) =>
  formatKnownHosts([{ hosts, key: 'blob' in of ? of : of.publicKey, marker }])
const issue = (request: Partial<CertificateRequest> = {}) =>
  issueCertificate(
    {
      kind: 'host',
      publicKey: key.publicKey,
      keyId: 'host',
      principals: ['h', '*.example.com'],
      validAfter: time - 60,
      validBefore: time + 60,
      ...request,
    } as CertificateRequest,
    authority,
    { types },
  )
const certificate = await issue()

async function verdict(
  files: string | readonly (string | Uint8Array)[],
  host: string,
  of: HostPolicy['key'] = key.publicKey,
  more: Partial<HostPolicy> = {},
): Promise<string> {
  const list = typeof files === 'string' ? [files] : files
  const { status, file, line, refusal } = await checkHost(list, { host, key: of, time, types, ...more })
  return [status, ...(line === undefined ? [] : [`${file}:${line}`]), ...(refusal ? [refusal.code] : [])].join(' ')
}

/** The numbers of an RSA key, as they stand in its blob. */
function fieldsOfRsa(blob: Uint8Array): { e: Uint8Array; n: Uint8Array } {
  const reader = new Reader(blob)
  reader.string('type')
  return { e: new Uint8Array(reader.string('e')), n: new Uint8Array(reader.string('n')) }
}

describe('whether a host is who it says', () => {
  it('is known by its key, and new where nobody knows it', async () => {
    const file = `# c\n${line('x', other)}${line('h', other)}${line('h', key)}`
    assert.equal(await verdict(file, 'h'), 'known 0:4')
    assert.equal(await verdict(['', file], 'h'), 'known 1:4')
    assert.equal(await verdict(file, 'y'), 'new')
    assert.equal(await verdict([], 'h'), 'new')
    assert.equal(await verdict(line(hashHost('h', repeatable(1)), key), 'h'), 'known 0:1')
    assert.equal(await verdict(line('*', key), 'anything'), 'known 0:1')
    assert.equal(await verdict(line('*,!h', key), 'h'), 'new')
  })

  it('has changed where another key is known, of whatever type; the last line of all files tells', async () => {
    assert.equal(await verdict(line('h', other), 'h'), 'changed 0:1')
    assert.equal(await verdict([line('h', other), `\n${line('h', authority)}`], 'h'), 'changed 1:2')
    assert.equal(await verdict(line('h', other, 'cert-authority'), 'h'), 'new')
    assert.equal(await verdict(line('h', { blob: blobOf('new@example.com', 'x') }), 'h'), 'changed 0:1')
    assert.equal(await verdict(line('h', certificate), 'h'), 'changed 0:1')
  })

  it('is revoked by any line of any file that says so', async () => {
    const revoked = line('h', key, 'revoked')
    assert.equal(await verdict([line('h', key), revoked], 'h'), 'revoked 1:1')
    assert.equal(await verdict([revoked, line('h', key)], 'h'), 'revoked 0:1')
    assert.equal(await verdict(revoked, 'other'), 'new')
    assert.equal(await verdict(`${revoked}${line('h', other)}`, 'h', other.publicKey), 'known 0:2')
    // A certificate in such a line stands for its key, as sshkey_equal_public has it.
    assert.equal(await verdict(line('h', certificate, 'revoked'), 'h'), 'revoked 0:1')
  })

  it('is vouched for by an authority of the host', async () => {
    const trusted = line('*.example.com,h', authority, 'cert-authority')
    assert.equal(await verdict(trusted, 'h', certificate), 'authority 0:1')
    assert.equal(await verdict(trusted, 'a.example.com', certificate), 'authority 0:1')
    assert.equal(await verdict(trusted, 'x', certificate), 'new')
    assert.equal(await verdict(line('h', authority), 'h', certificate), 'changed 0:1')
    const { facts } = await checkHost([trusted], { host: 'a.example.com', key: certificate, time, types })
    assert.deepEqual([facts?.principal, facts?.keyId], ['*.example.com', 'host'])
    assert.equal(await verdict(trusted, 'h', certificate, { algorithms: ['ssh-ed25519'] }), 'new algorithm-not-allowed')
  })

  it('falls back to the plain key where a certificate has no authority or is refused', async () => {
    const trusted = line('h,x', authority, 'cert-authority')
    assert.equal(await verdict(line('h', key), 'h', certificate), 'known 0:1')
    assert.equal(await verdict(line('h', other), 'h', certificate), 'changed 0:1')
    assert.equal(await verdict(trusted + line('h', key), 'h', certificate, { time: time + 60 }), 'known 0:2 expired')
    assert.equal(await verdict(trusted, 'h', certificate, { time: time - 61 }), 'new not-yet-valid')
    assert.equal(await verdict(trusted, 'x', certificate), 'new principal')
    assert.equal(await verdict(trusted + line('x', other), 'x', certificate), 'changed 0:2 principal')
    assert.equal(await verdict(trusted, 'h', await issue({ kind: 'user' })), 'new wrong-kind')
    const criticalOptions = blobOf('force-command', blobOf('x'))
    const critical = {
      ...certificate,
      blob: await signedBy({ ...fieldsOf(certificate.blob), criticalOptions }, authority),
    }
    assert.equal(await verdict(trusted, 'h', critical), 'new critical-option')
    assert.equal(
      await verdict(trusted, 'h', { ...certificate, blob: await signedBy(fieldsOf(certificate.blob), authority) }),
      'authority 0:1',
    )
  })

  it('is revoked where the key of its certificate is, or its authority', async () => {
    const trusted = line('h', authority, 'cert-authority') + line('h', key)
    assert.equal(await verdict(trusted + line('h', authority, 'revoked'), 'h', certificate), 'revoked 0:3')
    assert.equal(await verdict(trusted + line('h', key, 'revoked'), 'h', certificate), 'revoked 0:3')
    assert.equal(await verdict(trusted + line('h', authority, 'revoked'), 'h'), 'known 0:2')
    const revocation: HostPolicy['revocation'] = (subject) => ('authority' in subject ? 'stolen' : undefined)
    assert.equal(await verdict(trusted, 'h', certificate, { revocation }), 'revoked')
    assert.equal(await verdict(trusted, 'h', key.publicKey, { revocation }), 'known 0:2')
  })

  it('has a port in its name, and one that is new there is looked up without', async () => {
    const bare = line('h', key)
    for (const how of [['h', { port: 2222 }] as const, ['[h]:2222', {}] as const]) {
      const [host, more] = how
      const of = (file: string, shown: HostPolicy['key'] = key.publicKey) => verdict(file, host, shown, more)
      assert.equal(await of(line('[h]:2222', key)), 'known 0:1')
      assert.equal(await of(bare), 'known 0:1')
      assert.equal(await of(line('h', other)), 'new')
      assert.equal(await of(line('[h]:2222', other) + bare), 'changed 0:1')
      assert.equal(await of(line('[h]:2223', key)), 'new')
      assert.equal(await of(line('h', key, 'revoked')), 'revoked 0:1')
      const trusted = line('h', authority, 'cert-authority')
      assert.equal(await of(trusted, certificate), 'authority 0:1')
      assert.equal(await of(line('[h]:2222', authority, 'cert-authority'), certificate), 'authority 0:1')
      // As ssh: a certificate without an authority is tried under the bare name before its key is under this one.
      assert.equal(await of(line('[h]:2222', other) + bare, certificate), 'known 0:2')
      assert.equal(await of(trusted + line('h', authority, 'revoked'), certificate), 'revoked 0:2')
    }
    assert.equal(await verdict(bare, '[h]:22'), 'known 0:1')
    assert.equal(await verdict(line('[h]:2222', key), 'h'), 'new')
    assert.equal(await verdict(bare, 'h', key.publicKey, { port: 22 }), 'known 0:1')
    await assert.rejects(verdict(bare, 'h', key.publicKey, { port: 0 }), TypeError)
    await assert.rejects(verdict(bare, '[h]:65536'), TypeError)
    await assert.rejects(verdict(bare, ''), TypeError)
  })

  it('has an address whose entries count where they are asked', async () => {
    const address = '192.0.2.1'
    const file = line('h', key) + line(address, other)
    assert.equal(await verdict(file, 'h'), 'known 0:1')
    assert.equal(await verdict(file, 'h', key.publicKey, { address }), 'changed 0:2')
    assert.equal(await verdict(line('h', key) + line(address, key), 'h', key.publicKey, { address }), 'known 0:1')
    assert.equal(await verdict(line(address, key), 'h', key.publicKey, { address }), 'new')
    assert.equal(await verdict(line('h', key), 'h', key.publicKey, { address }), 'known 0:1')
    assert.equal(
      await verdict(line('h', key) + line(address, key, 'revoked'), 'h', key.publicKey, { address }),
      'revoked 0:2',
    )
    const trusted = line('h', authority, 'cert-authority') + line(address, other)
    assert.equal(await verdict(trusted, 'h', certificate, { address }), 'authority 0:1')
  })

  it('passes over lines whose key does not hold', async () => {
    const short = line('h', { blob: blobOf('ssh-ed25519', new Uint8Array(31)) })
    assert.equal(await verdict(short + line('h', key), 'h'), 'known 0:2')
    assert.equal(await verdict(short, 'h'), 'new')
    assert.equal(await verdict(`h ssh-ed25519 AAAAbroken\n@x h ${line('h', key)}`, 'h'), 'new')
  })

  it('is revoked by a line that names it though the key there cannot be read, which OpenSSH may read', async () => {
    const rsa = authority.publicKey
    const base64 = encodeBase64(rsa.blob)
    // An RSA key whose modulus has a superfluous zero in front.
    const { e, n } = fieldsOfRsa(rsa.blob)
    const zeros = encodeBase64(blobOf('ssh-rsa', e, Uint8Array.of(0, ...n)))
    for (const [what, text] of [
      ['the name of an algorithm', `rsa-sha2-512 ${base64}`],
      ['a vertical tab behind', `ssh-rsa ${base64}\v`],
      ['a superfluous zero', `ssh-rsa ${zeros}`],
      ['no padding', `ssh-ed25519 ${encodeBase64(key.publicKey.blob).slice(0, -1)}`],
      ['nothing but a beginning', 'ssh-ed25519 AAAA'],
    ] as const) {
      const file = `${line('h', rsa)}@revoked h,*.example.com ${text}\n`
      assert.equal(await verdict(file, 'h', rsa), 'revoked 0:2', what)
      assert.equal(await verdict(file, 'a.example.com', rsa), 'revoked 0:2', what)
      assert.equal(await verdict(file, 'h', rsa, { port: 2222 }), 'revoked 0:2', what)
      const trusted = `${file}${line('h', authority, 'cert-authority')}`
      assert.equal(await verdict(trusted, 'h', certificate), 'revoked 0:2', what)
      // Of other names, and without the marker, such a line says nothing.
      assert.equal(await verdict(file, 'x', rsa), 'new', what)
      assert.equal(await verdict(`${line('h', rsa)}h ${text}\n`, 'h', rsa), 'known 0:1', what)
    }
    // A key of a type that is not known here is one, and another.
    const foreign = line('h', { blob: blobOf('new@example.com', 'x') }, 'revoked')
    assert.equal(await verdict(foreign + line('h', key), 'h'), 'known 0:2')
  })

  it('is looked up in lower case, as ssh does it, which hashes and certificates need', async () => {
    const hashed = line(hashHost('gate.example.com', repeatable(2)), key)
    assert.equal(await verdict(hashed, 'Gate.Example.COM'), 'known 0:1')
    assert.equal(await verdict(hashed, 'GATE.example.com', other.publicKey), 'changed 0:1')
    const revoked = line(hashHost('gate.example.com', repeatable(3)), key, 'revoked')
    assert.equal(await verdict(revoked + line('*.example.com', key), 'Gate.example.com'), 'revoked 0:1')
    const withPort = line(hashHost('[gate.example.com]:2222', repeatable(4)), key)
    assert.equal(await verdict(withPort, '[GATE.example.com]:2222'), 'known 0:1')
    assert.equal(await verdict(withPort, 'GATE.example.com', key.publicKey, { port: 2222 }), 'known 0:1')
    const trusted = line('*.example.com,h', authority, 'cert-authority')
    assert.equal(await verdict(trusted, 'A.EXAMPLE.com', certificate), 'authority 0:1')
    assert.equal(await verdict(trusted, 'H', certificate), 'authority 0:1')
    // ASCII alone: the Kelvin sign is no k.
    assert.equal(await verdict(line('k', key), '\u212a'), 'new')
    const byAddress = line('h', key) + line(hashHost('2001:db8::1', repeatable(5)), other)
    assert.equal(await verdict(byAddress, 'h', key.publicKey, { address: '2001:DB8::1' }), 'changed 0:2')
  })

  it('is misused with a port beside the one in brackets, or brackets without a port', async () => {
    for (const [host, more] of [
      ['[h]:2222', { port: 2222 }],
      ['[h]:2222', { port: 22 }],
      ['[h]', { port: 2222 }],
      ['[h]', {}],
      ['[::1]', {}],
      ['[h]:x', {}],
    ] as const) {
      await assert.rejects(verdict(line('h', key), host, key.publicKey, more), TypeError, host)
    }
    await assert.rejects(verdict('', undefined as never), TypeError)
  })

  it('is not who it says with a DSA key, unless the policy names it', async () => {
    const dsa = parsePublicLine(vectorText('types/dsa.pub'))
    const file = line('h', dsa)
    const algorithms = ['ssh-dss']
    await assert.rejects(verdict(file, 'h', dsa), { code: 'algorithm-not-allowed' })
    await assert.rejects(verdict(file, 'h', dsa, { algorithms: ['ssh-ed25519'] }), { code: 'algorithm-not-allowed' })
    assert.equal(await verdict(file, 'h', dsa, { algorithms }), 'known 0:1')
    // Such a line says nothing, but where it revokes.
    assert.equal(await verdict(file, 'h'), 'new')
    assert.equal(await verdict(file, 'h', key.publicKey, { algorithms }), 'changed 0:1')
    assert.equal(await verdict(file + line('h', dsa, 'revoked'), 'h', dsa, { algorithms }), 'revoked 0:2')
    const certified = await issue({ publicKey: dsa })
    const trusted = line('h', authority, 'cert-authority')
    await assert.rejects(verdict(trusted, 'h', certified), { code: 'algorithm-not-allowed' })
    const named = [...algorithms, 'rsa-sha2-512', 'rsa-sha2-256']
    assert.equal(await verdict(trusted, 'h', certified, { algorithms: named }), 'new algorithm-not-allowed')
    assert.equal(await verdict(file, 'h', certified, { algorithms }), 'known 0:1')
  })

  it('asks a revocation, whatever it is', async () => {
    for (const revocation of [null, false, 0, '', {}, []]) {
      await assert.rejects(verdict(line('h', key), 'h', key.publicKey, { revocation } as never), TypeError)
    }
    for (const answer of [null, false, 0, '', NaN, {}]) {
      const revocation = (() => answer) as never
      assert.equal(await verdict(line('h', key), 'h', key.publicKey, { revocation }), 'revoked')
    }
  })

  it('says nothing of what does not hold itself', async () => {
    const file = line('h', key)
    const bad = { ...key.publicKey, blob: key.publicKey.blob.subarray(0, -1) }
    await assert.rejects(verdict(file, 'h', bad), { code: 'truncated' })
    // OpenSSH reads no certificate with a bad signature, whoever made it.
    const forged = { ...certificate, blob: flipped(certificate.blob, 8 * 50) }
    await assert.rejects(verdict(file, 'h', forged), { code: 'bad-signature' })
    // The bytes decide, not the fields beside them.
    const lying = { ...other.publicKey, type: key.type, publicKey: key.publicKey } as never
    assert.equal(await verdict(file, 'h', lying), 'changed 0:1')
  })

  it('says yes under no truncation and no flipped bit of a line of which the key or the name is part', async () => {
    const yes = new Set(['known', 'authority'])
    const whole = utf8(`h ssh-ed25519 ${encodeBase64(publicKey('ed25519').blob)}`)
    for (let i = 0; i < whole.length; i++) {
      const { status } = await checkHost([whole.subarray(0, i)], { host: 'h', key: key.publicKey, time, types })
      assert.ok(!yes.has(status), `${i} octets: ${status}`)
    }
    for (let i = 0; i < whole.length * 8; i++) {
      const file = flipped(whole, i)
      const { status } = await checkHost([file], { host: 'h', key: key.publicKey, time, types })
      // In upper case, or as a wildcard, the name is still this one.
      const same = /^[hH*?]$/.test(String.fromCharCode(file[0]!))
      // A tab is as good as a blank.
      assert.ok(!yes.has(status) || (i < 8 && same), `bit ${i}: ${status}`)
    }
  })
})
