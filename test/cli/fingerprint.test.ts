import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  encodePrivateKey,
  encodePublicKey,
  fingerprint,
  formatCertificate,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  issueCertificate,
} from '../../src/index.ts'
import { vector } from '../support/vectors.ts'
import { x509Vectors } from '../support/x509.ts'
import { hawser, hawserEach, inFolder } from './command.ts'

describe('fingerprint', () => {
  it('prints the line of ssh-keygen -l for every artifact', async () => {
    await inFolder(async (path) => {
      const key = await generateKey('ecdsa-p521', { comment: 'me@home' })
      const request = {
        kind: 'user',
        publicKey: key.publicKey,
        keyId: '',
        principals: ['p'],
        validAfter: 0,
        validBefore: 9,
      } as const
      writeFileSync(path('id'), await formatPrivateKey(key))
      writeFileSync(path('locked'), await formatPrivateKey(key, { passphrase: 'x', rounds: 1 }))
      writeFileSync(path('id.pub'), formatPublicKey(key.publicKey))
      writeFileSync(path('cert.pub'), formatCertificate(await issueCertificate(request, key)))
      for (const [file, rest] of [
        ['id', 'me@home (ECDSA)'],
        ['id.pub', 'me@home (ECDSA)'],
        ['cert.pub', 'me@home (ECDSA-CERT)'],
        ['locked', 'no comment (ECDSA)'],
      ] as const) {
        const { code, stdout } = await hawser(['fingerprint', path(file)])
        assert.deepEqual([code, stdout], [0, `521 ${fingerprint(key)} ${rest}\n`])
      }
      for (const hash of ['md5', 'sha1', 'sha512'] as const) {
        const { stdout } = await hawser(['fingerprint', '--hash', hash, path('id.pub')])
        assert.equal(stdout, `521 ${fingerprint(key, { hash })} me@home (ECDSA)\n`)
      }
      const { json } = await hawser(['fingerprint', '--json', '--hash', 'md5', path('id.pub')])
      assert.deepEqual(json, [
        {
          file: path('id.pub'),
          type: 'ecdsa-sha2-nistp521',
          bits: 521,
          comment: 'me@home',
          hash: 'md5',
          fingerprint: fingerprint(key, { hash: 'md5' }),
        },
      ])
    })
  })

  it('says which form a fingerprint is, with and without prefix, colons and padding', async () => {
    await inFolder(async (path) => {
      const { publicKey } = await generateKey()
      writeFileSync(path('k.pub'), formatPublicKey(publicKey))
      const of = (hash: 'md5' | 'sha1' | 'sha256' | 'sha512'): string => fingerprint(publicKey, { hash })
      const md5 = of('md5').slice(4)
      const calls: string[][] = []
      const expected: (string | undefined)[] = []
      for (const [text, form] of [
        [of('sha256'), 'openssh-sha256'],
        [of('sha256').slice(7), 'openssh-sha256'],
        [`${of('sha256')}=`, 'openssh-sha256'],
        [of('sha1'), 'openssh-sha1'],
        [of('sha512').slice(7), 'openssh-sha512'],
        [`MD5:${md5}`, 'openssh-md5'],
        [md5, 'openssh-md5'],
        [md5.replace(/:/g, '').toUpperCase(), 'alibaba'],
        [`${of('sha256').slice(7)}=`, 'aws-ed25519'],
        [`md5:${md5.replace(/:/g, '')}`, 'openssh-md5'],
      ] as const) {
        expected.push(form)
        calls.push(['--json', '--match', text, path('k.pub')])
      }
      for (const text of [`SHA1:${of('sha256').slice(7)}`, `SHA256:${md5}`, of('sha256').slice(7, -1), 'x', ':']) {
        expected.push(undefined)
        calls.push(['--json', '--match', text, path('k.pub')])
      }
      const answers = await hawserEach('fingerprint', calls)
      assert.deepEqual(
        answers.map(({ printed }) => printed?.form),
        expected,
      )
      assert.deepEqual(
        answers.map(({ code }) => code),
        expected.map((form) => (form ? 0 : 1)),
      )
      const file = path('k.pub')
      assert.deepEqual(answers[0]!.printed, { file, match: true, form: 'openssh-sha256', hash: 'sha256' })
      const { printed } = answers.at(-1)!
      assert.deepEqual([printed?.file, printed?.match, printed?.error.code], [file, false, 'no-match'])
      const yes = await hawser(['fingerprint', '--match', md5.replace(/:/g, ''), file])
      assert.deepEqual(
        [yes.code, yes.stdout],
        [0, 'alibaba: MD5 of the public key without colons, as Alibaba Cloud shows it\n'],
      )
      const no = await hawser(['fingerprint', '--match', 'x', file])
      assert.deepEqual([no.code, no.stdout], [1, ''])
      assert.match(no.stderr, /no fingerprint of the key/)
    })
  })

  it('matches what hashes the private key, its SPKI or an X.509 certificate', async () => {
    await inFolder(async (path) => {
      const key = await generateKey('rsa', { bits: 2048 })
      const digest = (hash: string, data: Uint8Array): string => createHash(hash).update(data).digest('hex')
      const colons = (text: string): string => text.replace(/..(?=.)/g, '$&:')
      const created = colons(digest('sha1', await encodePrivateKey(key)))
      const spki = encodePublicKey(key.publicKey)
      writeFileSync(path('id'), await formatPrivateKey(key, { passphrase: 'x', rounds: 1 }), { mode: 0o600 })
      writeFileSync(path('pem'), await formatPrivateKey(key, { format: 'pkcs1' }), { mode: 0o600 })
      writeFileSync(
        path('cloud.json'),
        JSON.stringify({ KeyMaterial: await formatPrivateKey(key, { format: 'pkcs1' }) }),
      )
      writeFileSync(path('id.pub'), formatPublicKey(key.publicKey))
      writeFileSync(path('pp'), 'x\n')
      for (const name of ['rsa.crt', 'x25519.crt']) writeFileSync(path(name), vector(`x509/${name}`))
      const { sha1 } = x509Vectors.find(({ file }) => file === 'rsa.crt')!
      const open = ['--passphrase-file', path('pp')]
      const pin = createHash('sha256').update(spki).digest('base64')
      const cases: readonly (readonly [text: string, file: string, form: string | undefined, ...string[]])[] = [
        [created, 'pem', 'aws-created'],
        [created, 'cloud.json', 'aws-created'],
        [created, 'id', 'aws-created', ...open],
        [created, 'id', undefined],
        [created, 'id.pub', undefined],
        [colons(digest('md5', spki)), 'id', 'aws-imported'],
        [colons(digest('md5', spki)), 'id.pub', 'aws-imported'],
        [`sha256//${pin}`, 'id.pub', 'spki-sha256'],
        [sha1, 'rsa.crt', 'x509-thumbprint'],
        [fingerprint(key), 'id', 'openssh-sha256'],
      ]
      const answers = await hawserEach('fingerprint', [
        ...cases.map(([text, file, , ...more]) => ['--json', ...more, '--match', text, path(file)]),
        ['--match', 'x', path('x25519.crt')],
      ])
      assert.deepEqual(
        answers.map(({ printed }) => printed?.form),
        [...cases.map(([, , form]) => form), undefined],
      )
      assert.equal(answers.at(-1)!.error, 'unsupported-type')
      assert.match(answers[3]!.printed?.error.message, /needs its passphrase/)
      const { code, stdout } = await hawser(['fingerprint', path('rsa.crt')])
      assert.deepEqual([code, /^2048 SHA256:\S{43} no comment \(RSA\)\n$/.test(stdout)], [0, true])
    })
  })

  it('refuses what is no key, with a code', async () => {
    await inFolder(async (path) => {
      writeFileSync(path('text'), 'hello\n')
      const broken = await hawser(['fingerprint', '--json', path('text')])
      assert.deepEqual([broken.code, broken.json[0].error.code], [1, 'unknown-format'])
      const missing = await hawser(['fingerprint', '--json', path('missing')])
      assert.deepEqual([missing.code, missing.json[0].error.code], [1, 'file-not-found'])
    })
  })
})
