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

describe('what says who is revoked may be a function, a KRL, keys, or a file', async () => {
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
