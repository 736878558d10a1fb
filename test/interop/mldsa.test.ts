/** `ssh-mldsa44-ed25519` with OpenSSH 10.6 or later: keys and certificates, both ways. */

import assert from 'node:assert/strict'
import {
  checkCertificate,
  fingerprint,
  formatCertificate,
  formatPrivateKey,
  formatPublicKey,
  issueCertificate,
  type PrivateKey,
  parseCertificate,
  parsePrivateKey,
  parsePublicKey,
} from '../../src/index.ts'
import { allTypes, ed25519, generatePrivateKey, mldsa44Ed25519 } from '../../src/keys/index.ts'
import { encodeBase64 } from '../../src/wire/base64.ts'
import { mustSid, sid, withSid } from './openssh-sid.ts'
import { fresh, get, put } from './support.ts'

const TITLE = 'MLDSA44-ED25519'

/** Writes a key and its public line as files; gives the path of the key. */
async function files(key: PrivateKey): Promise<string> {
  const path = put(await formatPrivateKey(key), 'mldsa')
  return path
}

withSid('its keys are read by us', async (t) => {
  t.diagnostic((await sid('ssh', ['-V'])).err.trim())
  assert.match(await mustSid('ssh', ['-Q', 'key']), /^ssh-mldsa44-ed25519$/m)
  for (const passphrase of ['', 'correct horse']) {
    const path = fresh('theirs')
    await mustSid('ssh-keygen', [
      '-q',
      '-t',
      mldsa44Ed25519.alias,
      '-N',
      passphrase,
      '-a',
      '4',
      '-C',
      'c d',
      '-f',
      path,
    ])
    const key = await parsePrivateKey(get(path), passphrase === '' ? {} : { passphrase })
    assert.equal(key.type, 'ssh-mldsa44-ed25519')
    assert.deepEqual(parsePublicKey(get(`${path}.pub`)), key.publicKey)
    const shown = await mustSid('ssh-keygen', ['-l', '-f', `${path}.pub`])
    assert.equal(shown, `512 ${fingerprint(key)} c d (${TITLE})\n`)
  }
})

withSid('our keys are read by it', async () => {
  const key = await generatePrivateKey(mldsa44Ed25519, { comment: 'ours' })
  const path = await files(key)
  const line = formatPublicKey(key.publicKey)
  assert.equal(await mustSid('ssh-keygen', ['-y', '-P', '', '-f', path]), line)
  assert.equal(await mustSid('ssh-keygen', ['-l', '-f', path]), `512 ${fingerprint(key)} ours (${TITLE})\n`)
  const locked = put(await formatPrivateKey(key, { passphrase: 'correct horse', rounds: 4 }), 'locked')
  assert.equal(await mustSid('ssh-keygen', ['-y', '-P', 'correct horse', '-f', locked]), line)
  assert.notEqual((await sid('ssh-keygen', ['-y', '-P', 'wrong', '-f', locked])).code, 0)
  // What it writes of our key is what we write, but for the random check integer.
  await mustSid('ssh-keygen', ['-q', '-p', '-P', '', '-N', '', '-f', path])
  const again = await parsePrivateKey(get(path))
  assert.deepEqual(again.exposeComponents(), key.exposeComponents())
})

withSid('its certificates are read, verified and judged by us', async () => {
  const authority = fresh('authority')
  await mustSid('ssh-keygen', ['-q', '-t', mldsa44Ed25519.alias, '-N', '', '-C', 'ca', '-f', authority])
  for (const type of [mldsa44Ed25519, ed25519]) {
    const { publicKey } = await generatePrivateKey(type)
    const subject = put(formatPublicKey(publicKey), 'subject')
    const window = ['-V', '20200101000000:20400101000000']
    await mustSid('ssh-keygen', ['-q', '-s', authority, '-I', 'id', '-n', 'alice', '-z', '9', ...window, subject])
    const certificate = parseCertificate(get(`${subject}-cert.pub`))
    assert.equal(certificate.type, type.certName)
    assert.deepEqual(certificate.publicKey.blob, publicKey.blob)
    const authorities = [parsePublicKey(get(`${authority}.pub`))]
    const policy = { kind: 'user', authorities, principal: 'alice', time: 1_700_000_000 } as const
    // As in OpenSSH, such an authority must be allowed by name.
    await assert.rejects(checkCertificate(certificate, policy), { code: 'algorithm-not-allowed' })
    const facts = await checkCertificate(certificate, { ...policy, algorithms: ['ssh-mldsa44-ed25519'] })
    assert.equal(facts.serial, 9n)
    assert.equal(facts.signatureAlgorithm, 'ssh-mldsa44-ed25519')
  }
})

withSid('our certificates are read and verified by it', async () => {
  const authority = await generatePrivateKey(mldsa44Ed25519)
  for (const signer of [authority, await generatePrivateKey(ed25519)]) {
    for (const type of [mldsa44Ed25519, ed25519]) {
      const { publicKey } = await generatePrivateKey(type)
      const certificate = await issueCertificate(
        { kind: 'user', publicKey, keyId: 'by us', principals: ['alice'], serial: 5n, validAfter: 0, validBefore: 2e9 },
        signer,
      )
      const line = formatCertificate(certificate)
      const shown = await mustSid('ssh-keygen', ['-L', '-f', put(line, 'cert')])
      assert.match(shown, new RegExp(`Type: ${type.certName} user certificate`))
      assert.ok(shown.includes(`${type.title}-CERT ${fingerprint(certificate)}`), shown)
      assert.ok(shown.includes(`${fingerprint(signer)} (using ${signer.publicKey.type})`), shown)
      assert.match(shown, /Key ID: "by us"/)
      // It checks the signature when it reads: each half of it, where the authority has two.
      const size = certificate.blob.length
      for (const at of signer === authority ? [size - 1, size - 64, size - 65, size - 2484] : [size - 1]) {
        const blob = certificate.blob.slice()
        blob[at]! ^= 1
        const bad = put(`${certificate.type} ${encodeBase64(blob)}\n`, 'bad')
        assert.notEqual((await sid('ssh-keygen', ['-L', '-f', bad])).code, 0, `octet ${at - size}`)
      }
    }
  }
})

withSid('it knows the types of this library by the same names and sizes', async () => {
  const known = new Set((await mustSid('ssh', ['-Q', 'key'])).trim().split('\n'))
  for (const type of allTypes) {
    // DSA is gone, and so are the experimental names.
    if (!known.has(type.name)) assert.match(type.name, /^ssh-dss$|^ssh-mldsa44-ed25519@openssh\.com$/)
    else assert.ok(known.has(type.certName), type.certName)
  }
})
