import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  authoritiesFrom,
  checkCertificate,
  checkHost,
  checkLogin,
  createKrl,
  formatCertificate,
  formatKrl,
  formatPublicKey,
  generateKey,
  issueCertificate,
  parseAuthorizedKeys,
  parseKrl,
  type Revoked,
  signMessage,
  verifyMessage,
} from '../../src/index.ts'

const time = 1_800_000_000
const message = new TextEncoder().encode('hello')

// Ahead of all tests: Deno does not wait for a `describe`.
const authority = await generateKey()
const key = await generateKey()
const { publicKey } = key
const certificate = await issueCertificate(
  { kind: 'user', publicKey, keyId: 'k', serial: 5n, principals: ['alice'], validAfter: 0, validBefore: time + 60 },
  authority,
)
const krl = createKrl({ generatedAt: 0, keys: [publicKey] })
const revoked: Readonly<Record<string, Revoked>> = {
  'a function': () => 'lost',
  'a promise': async () => 'lost',
  'a KRL': krl,
  'a KRL that was read': parseKrl(formatKrl(krl)),
  keys: [publicKey],
  'a KRL file': formatKrl(krl),
  'a list of keys as text': formatPublicKey(publicKey),
  'a list of keys as bytes': new TextEncoder().encode(formatPublicKey(publicKey)),
}
const line = formatPublicKey(publicKey)
const policy = { kind: 'user', authorities: [authority.publicKey], principal: 'alice', time } as const
const login = { key: publicKey, user: 'alice', time }
const host = { key: publicKey, host: 'gate', time }
const signature = await signMessage(message, key, { namespace: 'file' })
const signer = { allowedSigners: `alice ${line}`, identity: 'alice', namespace: 'file', time }

describe('what says who is revoked may be a function, a KRL, keys, or a file', () => {
  it('and nothing is revoked where it does not say so', async () => {
    for (const revocation of [undefined, [], createKrl({ generatedAt: 0 }), '', () => undefined]) {
      assert.equal((await checkCertificate(certificate, { ...policy, revocation })).principal, 'alice')
      assert.equal((await checkLogin(line, { ...login, revocation })).line, 1)
      assert.equal((await checkHost([`gate ${line}`], { ...host, revocation })).status, 'known')
      assert.equal((await verifyMessage(message, signature, { ...signer, revocation })).principal, 'alice')
    }
  })

  for (const [name, revocation] of Object.entries(revoked)) {
    it(name, async () => {
      await assert.rejects(checkCertificate(certificate, { ...policy, revocation }), { code: 'revoked' })
      await assert.rejects(checkCertificate(formatCertificate(certificate), { ...policy, revocation }), {
        code: 'revoked',
      })
      await assert.rejects(checkLogin(line, { ...login, revocation }), { code: 'revoked' })
      assert.equal((await checkHost([`gate ${line}`], { ...host, revocation })).status, 'revoked')
      await assert.rejects(verifyMessage(message, signature, { ...signer, revocation }), { code: 'revoked' })
    })
  }

  it('a certificate revokes itself, by serial number or key id, and its key only where that is given', async () => {
    const request = { kind: 'user', publicKey, principals: ['alice'], validAfter: 0, validBefore: time + 60 } as const
    const unnumbered = await issueCertificate({ ...request, keyId: 'other' }, authority)
    const revoked = { code: 'revoked' }
    await assert.rejects(checkCertificate(certificate, { ...policy, revocation: [certificate] }), revoked)
    await assert.rejects(checkCertificate(unnumbered, { ...policy, revocation: [unnumbered] }), revoked)
    const other = (await generateKey()).publicKey
    await assert.rejects(checkCertificate(certificate, { ...policy, revocation: [other, certificate] }), revoked)
    await assert.rejects(checkCertificate(unnumbered, { ...policy, revocation: [certificate, publicKey] }), revoked)
    assert.equal((await checkCertificate(unnumbered, { ...policy, revocation: [certificate] })).keyId, 'other')
    assert.equal((await checkLogin(line, { ...login, revocation: [certificate] })).line, 1)
    // As a file it is a list of keys, where it stands for its key.
    const file = formatCertificate(certificate)
    await assert.rejects(checkCertificate(unnumbered, { ...policy, revocation: file }), revoked)
    // Not read as one, it is no key either.
    const { type, blob } = certificate
    const revocation = [{ type, blob, comment: '' }]
    await assert.rejects(checkCertificate(certificate, { ...policy, revocation }), { code: 'is-certificate' })
  })

  it('what says nothing is misuse, not an empty list', async () => {
    for (const wrong of [null, false, 0, true, {}, publicKey, key, new Set([publicKey]), [key], [null], ['x']]) {
      const revocation = wrong as never
      await assert.rejects(checkCertificate(certificate, { ...policy, revocation }), TypeError)
      await assert.rejects(checkLogin(line, { ...login, revocation }), TypeError)
      await assert.rejects(checkHost([`gate ${line}`], { ...host, revocation }), TypeError)
    }
  })

  it('lines of authorized_keys are no authorities before they are looked through', async () => {
    for (const options of ['', 'restrict,from="10.0.0.1" ', 'cert-authority,principals="nobody" ']) {
      const { entries } = parseAuthorizedKeys(`${options}${formatPublicKey(authority.publicKey)}`)
      assert.equal(entries.length, 1)
      // @ts-expect-error: the types say so.
      await assert.rejects(checkCertificate(certificate, { ...policy, authorities: entries }), TypeError)
    }
  })

  it('a file that is neither is an error, not an empty list', async () => {
    const revocation = 'no keys here'
    await assert.rejects(checkCertificate(certificate, { ...policy, revocation }), { name: 'FormatError' })
    await assert.rejects(checkLogin(line, { ...login, revocation }), { name: 'FormatError' })
  })

  it('authorities come from an authorized_keys file with what their lines ask for', async () => {
    const file = parseAuthorizedKeys(`cert-authority,principals="ops",no-pty ${formatPublicKey(authority.publicKey)}`)
    const authorities = authoritiesFrom(file)
    await assert.rejects(checkCertificate(certificate, { ...policy, authorities }), { code: 'principal' })
    const other = await issueCertificate(
      {
        kind: 'user',
        publicKey,
        keyId: 'k',
        principals: ['ops'],
        validAfter: 0,
        validBefore: time + 60,
        extensions: { 'permit-pty': true },
      },
      authority,
    )
    const facts = await checkCertificate(other, { ...policy, authorities })
    assert.deepEqual([facts.principal, facts.permissions], ['ops', []])
  })
})
