/** X.509 made here, judged by openssl; a certificate of SSH issued by a CryptoKey, judged by ssh-keygen. */
import assert from 'node:assert/strict'
import { pkcs8 } from '../../src/formats/pkcs8.ts'
import { readX509 } from '../../src/formats/x509.ts'
import { formatCertificate, generateKey, issueCertificate } from '../../src/index.ts'
import { allTypes as types } from '../../src/keys/index.ts'
import { cryptoKeySigner } from '../../src/signers/index.ts'
import { createCertificateRequest, createSelfSignedCertificate } from '../../src/x509/index.ts'
import { inParallel, interop, makeKeys, must, put } from './support.ts'

const subject = 'emailAddress=a@example.org,CN=vm1 \\, Büro,O=Example,C=DE'

interop('certificates: openssl reads, verifies and prints them', ['openssl'], async () => {
  const keys = await makeKeys('x509', [2048])
  await inParallel(keys, async ({ key, label }) => {
    const { pem, der, thumbprint } = await createSelfSignedCertificate({ key, subject, days: 365 })
    const path = put(pem, label)
    assert.match(await must('openssl', ['verify', '-x509_strict', '-CAfile', path, path]), /: OK\n$/)
    const text = await must('openssl', ['x509', '-in', path, '-noout', '-text'])
    assert.match(text, /Version: 3 \(0x2\)/)
    assert.match(text, /CA:TRUE/)
    assert.match(text, /X509v3 Subject Key Identifier/)
    assert.match(text, /X509v3 Authority Key Identifier/)
    const say = async (...args: string[]): Promise<string> =>
      (await must('openssl', ['x509', '-in', path, '-noout', '-nameopt', 'RFC2253,-esc_msb', ...args])).trim()
    const facts = readX509(pem, { types })
    assert.equal(await say('-fingerprint', '-sha1'), `sha1 Fingerprint=${thumbprint.replace(/..(?=.)/g, '$&:')}`)
    assert.equal(await say('-subject'), `subject=${subject}`)
    assert.equal(await say('-serial'), `serial=${facts.serial}`)
    assert.equal(Date.parse((await say('-startdate')).slice(10)), facts.notBefore.getTime())
    assert.equal(Date.parse((await say('-enddate')).slice(9)), facts.notAfter.getTime())
    // Encoded again by openssl from what it understood: the same octets.
    assert.equal(await must('openssl', ['x509', '-in', path]), pem)
    assert.match(await must('openssl', ['asn1parse', '-inform', 'DER', '-in', put(der)]), /^ {4}0:d=0 /)
    assert.deepEqual(facts.publicKey?.blob, key.publicKey.blob)
  })
})

interop('requests: openssl verifies them and makes certificates of them', ['openssl'], async () => {
  const keys = await makeKeys('csr', [2048])
  await inParallel(keys, async ({ key, label }) => {
    const path = put((await createCertificateRequest({ key, subject })).pem, label)
    const args = ['req', '-in', path, '-noout', '-verify', '-subject', '-nameopt', 'RFC2253,-esc_msb']
    assert.match(await must('openssl', args), new RegExp(`subject=${subject.replaceAll('\\', '\\\\')}\n`))
    const authority = await generateKey('ecdsa-p256')
    const { pem } = await createSelfSignedCertificate({ key: authority, subject: 'CN=authority', days: 1 })
    const [ca, caKey] = [put(pem, 'ca'), put(await pkcs8.format(authority, {}), 'ca-key')]
    const issued = await must('openssl', ['x509', '-req', '-in', path, '-CA', ca, '-CAkey', caKey, '-days', '1'])
    await must('openssl', ['verify', '-CAfile', ca, put(issued)])
    const facts = readX509(issued, { types })
    assert.deepEqual([facts.subject, facts.issuer], [subject, 'CN=authority'])
    assert.deepEqual(facts.publicKey?.blob, key.publicKey.blob)
  })
})

interop('a CryptoKey that gives out nothing issues certificates that ssh-keygen accepts', ['ssh-keygen'], async () => {
  const algorithms = [
    { name: 'Ed25519' },
    ...['P-256', 'P-384', 'P-521'].map((namedCurve) => ({ name: 'ECDSA', namedCurve })),
  ]
  const { publicKey } = await generateKey('ed25519', { comment: 'subject' })
  await inParallel(algorithms, async (algorithm) => {
    const pair = (await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])) as CryptoKeyPair
    const signer = await cryptoKeySigner({ ...pair, types })
    const now = Math.floor(Date.now() / 1000)
    const request = { kind: 'user', publicKey, keyId: 'by a CryptoKey', principals: ['alice'] } as const
    const certificate = await issueCertificate({ ...request, validAfter: now - 60, validBefore: now + 60 }, signer)
    const shown = await must('ssh-keygen', ['-L', '-f', put(formatCertificate(certificate), 'cert.pub')])
    assert.match(shown, /Key ID: "by a CryptoKey"/)
    assert.match(shown, new RegExp(`using ${signer.algorithms[0]}`))
  })
})
