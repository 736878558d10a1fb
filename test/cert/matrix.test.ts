import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type CertificatePolicy,
  type CertificateRequest,
  checkCertificate,
  formatCertificate,
  issueCertificate,
  parseCertificate,
  verifyCertificateSignature,
} from '../../src/cert/index.ts'
import { SshError } from '../../src/errors.ts'
import { allTypes } from '../../src/keys/index.ts'
import { flipped } from '../support/bytes.ts'
import { type Authority, everyAuthority } from './every-authority.ts'

const types = allTypes
const all = types.flatMap((type) => [...type.algorithms, ...type.legacyAlgorithms])
const subjects = await everyAuthority()
const authorities = await everyAuthority()
const untouched = await everyAuthority(0)
const subject = subjects.find(({ label }) => label === 'ssh-ed25519')!

const request = (subject: Authority): CertificateRequest => ({
  kind: 'user',
  publicKey: subject.publicKey,
  keyId: `${subject.label} certified`,
  principals: ['alice', 'bob'],
  serial: 7n,
  validAfter: 1000,
  validBefore: 2000,
  criticalOptions: { 'force-command': 'true' },
  extensions: { 'permit-pty': true },
})
const policy = (by: Authority): CertificatePolicy => ({
  types,
  kind: 'user',
  authorities: [by.publicKey],
  time: 1500,
  principal: 'alice',
})
/** What OpenSSH's default list leaves out (myproposal.h SSH_ALLOWED_CA_SIGALGS). */
const byNameAlone = (by: Authority): boolean => /dss|mldsa/.test(by.label)

describe('every type of key under every type of authority', () => {
  for (const by of authorities) {
    it(by.label, async () => {
      for (const subject of subjects) {
        const certificate = await issueCertificate(request(subject), by.signer, { types })
        const line = formatCertificate(certificate)
        assert.deepEqual(parseCertificate(line, { types }), certificate)
        const wanted = { ...policy(by), algorithms: byNameAlone(by) ? by.signer.algorithms : undefined }
        const refused = { name: 'VerificationError', code: 'algorithm-not-allowed' }
        if (subject.type.algorithms.length === 0) {
          // It is read, and its signature holds; nobody is let in by it.
          await assert.rejects(checkCertificate(line, wanted), refused)
          await verifyCertificateSignature(certificate, { types, algorithms: wanted.algorithms })
          continue
        }
        for (const input of [certificate, line, new TextEncoder().encode(line)]) {
          const facts = await checkCertificate(input, wanted)
          assert.deepEqual(facts, {
            kind: 'user',
            principal: 'alice',
            serial: 7n,
            keyId: `${subject.label} certified`,
            validBefore: 2000n,
            publicKey: { ...subject.publicKey, comment: '' },
            authority: { ...by.publicKey, comment: '' },
            signatureAlgorithm: by.signer.algorithms[0],
            forceCommand: 'true',
            sourceAddresses: null,
            verifyRequired: false,
            permissions: ['permit-pty'],
          })
        }
        if (byNameAlone(by)) await assert.rejects(checkCertificate(line, policy(by)), refused)
        await assert.rejects(checkCertificate(line, { ...policy(by), algorithms: [] }), refused)
      }
    })
  }

  it('trap 16: an authority in a security key need not have been touched', async () => {
    for (const by of untouched.filter((a) => a.label.startsWith('sk-'))) {
      const certificate = await issueCertificate(request(subject), by.signer, { types })
      assert.equal((await checkCertificate(certificate, policy(by))).signatureAlgorithm, by.label)
      assert.equal((await verifyCertificateSignature(certificate, { types })).userPresent, false)
      const strict = verifyCertificateSignature(certificate, { types, touchRequired: true })
      await assert.rejects(strict, { code: 'touch-required' })
    }
  })
})

/** Every bit, or of long parts each `step`th: an ML-DSA signature alone has 19,872. */
function* bits(length: number, step: number): Iterable<number> {
  for (let bit = 0; bit < length * 8; bit += step) yield bit
}

describe('a certificate with one bit flipped is refused', () => {
  // All bits by Ed25519; of the others, whose arithmetic takes longer, a sample that meets every field.
  const steps: Readonly<Record<string, number>> = {
    'ssh-ed25519': 1,
    'ecdsa-sha2-nistp384': 11,
    'ecdsa-sha2-nistp521': 29,
    'ssh-mldsa44-ed25519': 331,
  }
  for (const by of authorities.filter((a) => !a.label.includes('mldsa44-ed25519@'))) {
    it(`by ${by.label}`, async () => {
      const { blob } = await issueCertificate(request(subject), by.signer, { types })
      const lax = { ...policy(by), algorithms: all }
      await checkCertificate({ blob }, lax)
      const codes = new Map<string, number>()
      for (const bit of bits(blob.length, steps[by.label] ?? 7)) {
        try {
          await checkCertificate({ blob: flipped(blob, bit) }, lax)
          assert.fail(`accepted with bit ${bit} flipped`)
        } catch (error) {
          if (!(error instanceof SshError)) throw error
          codes.set(error.code, (codes.get(error.code) ?? 0) + 1)
        }
      }
      // Most of what is signed is seen by nothing but the signature.
      assert.ok(codes.get('bad-signature')! > 40, JSON.stringify([...codes]))
    })
  }
})
