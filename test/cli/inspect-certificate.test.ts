import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fingerprint, formatCertificate, generateKey, issueCertificate } from '../../src/index.ts'
import { Writer } from '../../src/wire/index.ts'
import { hawser, inFolder } from './command.ts'

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

describe('inspect --json of certificates', () => {
  it('tells every field', async () => {
    await inFolder(async (path) => {
      const authority = await generateKey('rsa', { bits: 2048 })
      const { publicKey } = await generateKey('ed25519', { comment: 'me@home' })
      const certificate = await issueCertificate(
        {
          kind: 'user',
          publicKey,
          keyId: 'alice@laptop',
          principals: ['alice', 'root'],
          serial: 0xffffffffffffffffn,
          validAfter: 1000,
          validBefore: 0xffffffffffffffffn,
          criticalOptions: { 'force-command': 'ls', 'verify-required': true },
          extensions: { 'permit-pty': true, 'odd@example.com': Uint8Array.of(0xff), 'empty@example.com': '' },
        },
        authority,
        { algorithm: 'ssh-rsa' },
      )
      writeFileSync(path('c.pub'), formatCertificate(certificate))
      const { code, json } = await hawser(['inspect', '--json', path('c.pub')])
      assert.equal(code, 0)
      assert.deepEqual(json, [
        {
          file: path('c.pub'),
          artifact: 'certificate',
          format: 'openssh',
          type: 'ssh-ed25519-cert-v01@openssh.com',
          bits: 256,
          comment: 'me@home',
          encrypted: null,
          sha256: fingerprint(publicKey),
          md5: fingerprint(publicKey, { hash: 'md5' }),
          blob: base64(certificate.blob),
          certificate: {
            kind: 'user',
            keyId: 'alice@laptop',
            serial: '18446744073709551615',
            principals: ['alice', 'root'],
            validAfter: '1000',
            validBefore: '18446744073709551615',
            criticalOptions: [
              { name: 'force-command', data: 'ls', dataHex: '000000026c73' },
              { name: 'verify-required', data: null, dataHex: '' },
            ],
            extensions: [
              { name: 'empty@example.com', data: '', dataHex: '00000000' },
              { name: 'odd@example.com', data: null, dataHex: '00000001ff' },
              { name: 'permit-pty', data: null, dataHex: '' },
            ],
            authority: { type: 'ssh-rsa', sha256: fingerprint(authority) },
            // Mathematics alone: SHA-1 holds too.
            signatureAlgorithm: 'ssh-rsa',
            signatureValid: true,
          },
        },
      ])
    })
  })

  it('tells a signature that does not hold, and one that nobody here can verify', async () => {
    await inFolder(async (path) => {
      const authority = await generateKey()
      const { publicKey } = await generateKey()
      const request = { kind: 'host', publicKey, keyId: 'k', principals: ['h'], validAfter: 0, validBefore: 9 } as const
      const { type, blob } = await issueCertificate(request, authority)
      const bent = blob.slice()
      bent[bent.length - 1]! ^= 1
      writeFileSync(path('bad.pub'), `${type} ${base64(bent)}\n`)

      const foreign = new Writer().string('ssh-future@example.com').string('x').take()
      const signature = new Writer().string('ssh-future@example.com').string('y').take()
      const signedLength = blob.length - 4 - 83 - 4 - authority.publicKey.blob.length
      const unknown = new Writer().raw(blob.subarray(0, signedLength)).string(foreign).string(signature).take()
      writeFileSync(path('unknown.pub'), `${type} ${base64(unknown)}\n`)

      const { code, json } = await hawser(['inspect', '--json', path('bad.pub'), path('unknown.pub')])
      assert.equal(code, 0)
      assert.equal(json[0].certificate.signatureValid, false)
      assert.equal(json[0].certificate.signatureError.code, 'bad-signature')
      assert.equal(json[1].certificate.signatureValid, null)
      assert.equal(json[1].certificate.signatureError.code, 'unsupported-type')
      const human = (await hawser(['inspect', path('bad.pub'), path('unknown.pub')])).stdout
      assert.match(human, /DOES NOT HOLD/)
      assert.match(human, /not verified/)
    })
  })
})
