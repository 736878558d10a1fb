/**
 * The everyday functions on every key type, in any runtime: nothing here but the library and an assert.
 * `tools/run-runtimes.mjs` runs it as it is in Node 22, Node 24, Deno and Bun, and bundled in a browser page.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  checkCertificate,
  fingerprint,
  formatCertificate,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  identify,
  issueCertificate,
  parseCertificate,
  parsePrivateKey,
  parsePublicKey,
  randomart,
  sign,
  verify,
} from '../../src/index.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Names of `generateKey`, what each is called in SSH, and its size. */
const types = [
  ['ed25519', 'ssh-ed25519', undefined],
  ['ecdsa-p256', 'ecdsa-sha2-nistp256', undefined],
  ['ecdsa-p384', 'ecdsa-sha2-nistp384', undefined],
  ['ecdsa-p521', 'ecdsa-sha2-nistp521', undefined],
  ['rsa', 'ssh-rsa', 2048],
] as const

for (const [name, sshName, bits] of types) {
  describe(name, () => {
    it('is generated, printed, read back and fingerprinted', async () => {
      const key = await generateKey(name, { comment: 'smoke@test', ...(bits ? { bits } : {}) })
      assert.equal(key.type, sshName)
      const line = formatPublicKey(key.publicKey, { comment: 'smoke@test' })
      assert.ok(line.startsWith(`${sshName} AAAA`), line)
      const read = parsePublicKey(line)
      assert.deepEqual(read.blob, key.publicKey.blob)
      assert.match(fingerprint(read), /^SHA256:[A-Za-z0-9+/]{43}$/)
      assert.match(fingerprint(read, { hash: 'md5' }), /^MD5(:[0-9a-f]{2}){16}$/)
      assert.equal(randomart(read).trimEnd().split('\n').length, 11)
    })

    it('signs and verifies, and refuses another message', async () => {
      const key = await generateKey(name, bits ? { bits } : {})
      const data = utf8('a message')
      const signature = await sign(key, data)
      const facts = await verify(key.publicKey, signature, data)
      assert.ok(key.algorithms.includes(facts.algorithm), facts.algorithm)
      await assert.rejects(verify(key.publicKey, signature, utf8('another')), { code: 'bad-signature' })
    })

    it('goes through an OpenSSH file, plain and encrypted', async () => {
      const key = await generateKey(name, { comment: 'smoke@test', ...(bits ? { bits } : {}) })
      const plain = await formatPrivateKey(key)
      assert.deepEqual((await parsePrivateKey(plain)).publicKey.blob, key.publicKey.blob)
      const locked = await formatPrivateKey(key, { passphrase: 'correct horse', rounds: 1 })
      await assert.rejects(parsePrivateKey(locked), { code: 'passphrase-required' })
      await assert.rejects(parsePrivateKey(locked, { passphrase: 'wrong' }), { code: 'passphrase-wrong' })
      const opened = await parsePrivateKey(locked, { passphrase: 'correct horse' })
      const data = utf8('signed by what was opened')
      await verify(key.publicKey, await sign(opened, data), data)
      opened.wipe()
      await assert.rejects(sign(opened, data), { code: 'wiped' })
    })

    it('is an authority whose certificate is accepted for its principal alone', async () => {
      const authority = await generateKey(name, bits ? { bits } : {})
      const user = await generateKey('ed25519')
      const now = 1_800_000_000n
      const issued = await issueCertificate(
        {
          kind: 'user',
          publicKey: user.publicKey,
          keyId: 'smoke',
          serial: 1n,
          principals: ['alice'],
          validAfter: now - 60n,
          validBefore: now + 300n,
        },
        authority,
      )
      const certificate = parseCertificate(formatCertificate(issued))
      const policy = { kind: 'user', authorities: [authority.publicKey], time: now } as const
      await checkCertificate(certificate, { ...policy, principal: 'alice' })
      await assert.rejects(checkCertificate(certificate, { ...policy, principal: 'mallory' }), { code: 'principal' })
      await assert.rejects(checkCertificate(certificate, { ...policy, principal: 'alice', time: now + 300n }), {
        code: 'expired',
      })
      await assert.rejects(
        checkCertificate(certificate, { ...policy, principal: 'alice', authorities: [user.publicKey] }),
        { code: 'unknown-authority' },
      )
    })
  })
}

describe('any input', () => {
  it('is identified', async () => {
    const key = await generateKey('ed25519')
    assert.equal(identify(formatPublicKey(key.publicKey)).artifact, 'public-key')
    assert.equal(identify(await formatPrivateKey(key)).artifact, 'private-key')
  })

  it('of a key type that nobody has heard of is carried and fingerprinted', () => {
    // string "x-unheard-of@example.com", string 01 02 03
    const line = 'x-unheard-of@example.com AAAAGHgtdW5oZWFyZC1vZkBleGFtcGxlLmNvbQAAAAMBAgM= comment'
    const key = parsePublicKey(line)
    assert.equal(key.type, 'x-unheard-of@example.com')
    assert.match(fingerprint(key), /^SHA256:/)
  })
})
