import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  encodePublicKey,
  fingerprint,
  formatCertificate,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  identify,
  issueCertificate,
  type PrivateKey,
  parsePrivateKey,
  parsePublicKey,
} from '../../src/index.ts'
import { Writer } from '../../src/wire/index.ts'
import { vector } from '../support/vectors.ts'
import { hawser, hawserEach, inFolder } from './command.ts'

const mode = (path: string): number => statSync(path).mode & 0o777

/** Containers of private keys that hold a key of this type. */
const privateFormats = (key: PrivateKey): string[] => [
  'openssh',
  'pkcs8',
  'ppk2',
  'ppk3',
  'jwk',
  ...(key.type === 'ssh-rsa' ? ['pkcs1'] : key.type.startsWith('ecdsa') ? ['sec1'] : []),
]

/** Containers that a public key of this type is read from. */
const publicFormats = (key: PrivateKey): string[] => [
  'openssh',
  'spki',
  'rfc4716',
  'putty-public',
  'jwk',
  ...(key.type === 'ssh-rsa' ? ['pkcs1'] : []),
]

describe('convert', () => {
  for (const type of ['ed25519', 'ecdsa-p256', 'rsa'] as const) {
    it(`${type}: every container into every other`, async () => {
      await inFolder(async (path) => {
        const key = await generateKey(type, { comment: 'me@home', ...(type === 'rsa' && { bits: 2048 }) })
        const plain = await formatPrivateKey(key, { comment: '' })
        mkdirSync(path('out'))
        const runs: { args: string[]; check: (data: Buffer) => Promise<void> }[] = []
        const add = (from: string, to: string, half: string, check: (data: Buffer) => Promise<void>): void => {
          const options = half === 'public' ? ['--public'] : []
          const out = path(`out/${from}-${to}-${half}`)
          runs.push({ args: ['--to', to, ...options, '--out', out, path(from)], check })
        }
        const isPrivate = async (data: Buffer): Promise<void> => {
          const again = await parsePrivateKey(data)
          assert.equal(await formatPrivateKey(again, { comment: '', random: () => new Uint8Array(4) }), plainAgain)
        }
        const isPublic = async (data: Buffer): Promise<void> => {
          assert.deepEqual(parsePublicKey(data).blob, key.publicKey.blob)
        }
        const plainAgain = await formatPrivateKey(await parsePrivateKey(plain), {
          comment: '',
          random: () => new Uint8Array(4),
        })
        for (const from of privateFormats(key)) {
          writeFileSync(path(from), await formatPrivateKey(key, { format: from }), { mode: 0o600 })
          for (const to of privateFormats(key)) add(from, to, 'private', isPrivate)
          for (const to of publicFormats(key)) add(from, to, 'public', isPublic)
        }
        for (const from of publicFormats(key)) {
          const name = `${from}.pub`
          writeFileSync(path(name), formatPublicKey(key.publicKey, { format: from }))
          for (const to of publicFormats(key)) add(name, to, 'whole', isPublic)
          add(name, 'sshfp', 'whole', async (data) =>
            assert.equal(`${data}`, formatPublicKey(key.publicKey, { format: 'sshfp' })),
          )
          add(name, 'raw', 'whole', async (data) =>
            assert.equal(`${data}`, formatPublicKey(key.publicKey, { format: 'raw' })),
          )
        }
        const answers = await hawserEach(
          'convert',
          runs.map(({ args }) => args),
        )
        for (const [i, { args, check }] of runs.entries()) {
          const text = args.join(' ')
          assert.deepEqual(answers[i], { code: 0 }, text)
          const out = args[args.indexOf('--out') + 1]!
          await check(readFileSync(out)).catch((error) => assert.fail(`${text}: ${error}`))
          assert.equal(mode(out), out.endsWith('private') ? 0o600 : 0o644, text)
        }
      })
    })
  }

  it('takes the key of what is no plain key: certificates, X.509, requests, DER, the JSON of a cloud', async () => {
    await inFolder(async (path) => {
      const key = await generateKey('ecdsa-p256', { comment: 'me@home' })
      const request = { kind: 'user', publicKey: key.publicKey, keyId: '', principals: ['p'] } as const
      const certificate = await issueCertificate({ ...request, validAfter: 0, validBefore: 9 }, key)
      writeFileSync(path('cert'), formatCertificate(certificate))
      writeFileSync(path('der'), encodePublicKey(key.publicKey))
      writeFileSync(path('raw'), key.publicKey.blob)
      writeFileSync(path('json'), JSON.stringify({ PrivateKeyBody: await formatPrivateKey(key, { format: 'sec1' }) }))
      for (const name of ['p256.crt', 'p256.csr', 'x25519.crt']) writeFileSync(path(name), vector(`x509/${name}`))
      const from = ['cert', 'der', 'raw', 'json', 'p256.crt', 'p256.csr', 'x25519.crt']
      const to = (name: string): string[] => ['--to', 'openssh', '--public', '--out', path(`${name}.pub`), path(name)]
      const answers = await hawserEach('convert', from.map(to))
      assert.deepEqual(
        answers.map(({ code, error }) => error ?? code),
        [0, 0, 0, 0, 0, 0, 'unsupported-type'],
      )
      const line = (name: string): string => readFileSync(path(`${name}.pub`), 'utf8')
      assert.equal(line('cert'), formatPublicKey(key.publicKey))
      for (const name of ['der', 'raw', 'json'])
        assert.equal(line(name), formatPublicKey(key.publicKey, { comment: '' }))
      const { publicKey } = await parsePrivateKey(vector('x509/p256.key'))
      assert.equal(line('p256.crt') + line('p256.csr'), formatPublicKey(publicKey).repeat(2))
    })
  })

  it('writes to standard output: text, octets, or JSON that holds them', async () => {
    await inFolder(async (path) => {
      const key = await generateKey('rsa', { bits: 2048, comment: 'me@home' })
      const text = await formatPrivateKey(key, { format: 'pkcs1' })
      writeFileSync(path('id'), text, { mode: 0o600 })
      const plain = await hawser(['convert', '--to', 'openssh', '--public', '--comment', 'new one', '-'], {
        input: text,
      })
      assert.deepEqual([plain.code, plain.stderr], [0, ''])
      assert.equal(plain.stdout, formatPublicKey(key.publicKey, { comment: 'new one' }))
      const der = await hawser(['convert', '--to', 'spki', '--encoding', 'der', '--json', path('id')])
      const facts = {
        type: 'ssh-rsa',
        bits: 2048,
        encrypted: null,
        sha256: fingerprint(key),
        md5: fingerprint(key, { hash: 'md5' }),
        blob: Buffer.from(key.publicKey.blob).toString('base64'),
      }
      const spki = Buffer.from(encodePublicKey(key.publicKey)).toString('base64')
      const file = path('id')
      assert.deepEqual(der.json, [
        { file, artifact: 'public-key', format: 'spki', encoding: 'der', out: null, der: spki, ...facts },
      ])
      const again = await hawser(['convert', '--to', 'pkcs1', '--json', path('id')])
      assert.deepEqual(again.json, [{ file, artifact: 'private-key', format: 'pkcs1', out: null, text, ...facts }])
      const shell = await hawser(['convert', '--to', 'pkcs1', '--encoding', 'der', '--out', path('id.der'), path('id')])
      assert.deepEqual([shell.code, shell.stdout], [0, ''])
      assert.equal(shell.stderr, `hawser: ${path('id.der')}: private key (pkcs1, der) written\n`)
      const found = identify(readFileSync(path('id.der')))
      assert.deepEqual([found.format, found.encoding], ['pkcs1', 'der'])
    })
  })

  it('gives octets to a pipe as they are', async () => {
    const key = await generateKey('ecdsa-p521')
    const input = await formatPrivateKey(key)
    const { stdout } = await hawser(['convert', '--to', 'raw', '--encoding', 'der', '-'], { input })
    assert.ok(stdout.includes('ecdsa-sha2-nistp521'))
    assert.doesNotMatch(stdout, /^[\w+/=\s]*$/)
  })

  it('opens and locks with passphrases from files, and says where a lock is gone', async () => {
    await inFolder(async (path) => {
      const key = await generateKey('ecdsa-p256', { comment: 'me@home' })
      writeFileSync(path('old'), 'old one\r\n')
      writeFileSync(path('new'), 'new one\n')
      writeFileSync(path('empty'), '\n')
      writeFileSync(path('id'), await formatPrivateKey(key, { passphrase: 'old one', rounds: 1 }), { mode: 0o600 })
      const file = path('id')
      const lock = ['--passphrase-file', path('old'), '--new-passphrase-file', path('new')]
      for (const [format, cipher, rounds, kdf] of [
        ['openssh', 'aes128-ctr', 2, 'bcrypt'],
        ['pkcs8', 'aes-128-cbc', 1000, 'pbkdf2-hmac-sha256'],
        ['ppk3', 'aes256-cbc', 3, 'Argon2id'],
      ] as const) {
        const how = ['--json', '--to', format, ...lock, '--cipher', cipher, '--rounds', `${rounds}`]
        const { code, json, stderr } = await hawser(['convert', ...how, '--out', path(format), file])
        assert.deepEqual([code, stderr], [0, ''], format)
        assert.deepEqual(json[0].encrypted, { cipher, kdf, rounds })
        assert.equal(json[0].out, path(format))
        const again = await parsePrivateKey(readFileSync(path(format)), { passphrase: 'new one' })
        assert.equal(fingerprint(again), fingerprint(key))
      }
      const open = ['convert', '--passphrase-file', path('old'), '--to', 'sec1']
      const plain = await hawser([...open, '--out', path('plain'), file])
      assert.equal(plain.code, 0)
      assert.match(plain.stderr, /id is encrypted, what was made of it is not/)
      assert.equal(fingerprint(await parsePrivateKey(readFileSync(path('plain')))), fingerprint(key))
      // The public half is in clear.
      const half = await hawser(['convert', '--to', 'spki', file])
      assert.deepEqual([half.code, half.stderr], [0, ''])
      assert.deepEqual(parsePublicKey(half.stdout).blob, key.publicKey.blob)

      const answers = await hawserEach('convert', [
        ['--json', '--to', 'pkcs8', file],
        ['--json', '--passphrase-file', path('new'), '--to', 'pkcs8', file],
        ['--json', '--passphrase-file', path('new'), '--to', 'spki', file],
        ['--json', ...lock.slice(0, 2), '--new-passphrase-file', path('empty'), '--to', 'pkcs8', file],
        ['--json', ...lock, '--to', 'jwk', file],
        ['--json', ...lock, '--to', 'openssh', '--cipher', 'rot13', file],
        ['--json', ...lock, '--to', 'spki', file],
        ['--json', ...lock, '--to', 'sec1', file],
        ['--json', ...lock, '--to', 'sec1', '--cipher', 'aes-128-cbc', '--rounds', '2', file],
        ['--json', ...lock, '--to', 'ppk2', '--rounds', '2', file],
      ])
      assert.deepEqual(
        answers.map(({ error }) => error),
        [
          'passphrase-required',
          'passphrase-wrong',
          'passphrase-wrong',
          'passphrase-empty',
          'unsupported-cipher',
          'unsupported-cipher',
          'usage',
          'unsupported-cipher',
          'usage',
          'usage',
        ],
      )
    })
  })

  it('replaces nothing without --force, and makes what replaces a private key private', async () => {
    await inFolder(async (path) => {
      const key = await generateKey()
      writeFileSync(path('id'), await formatPrivateKey(key), { mode: 0o600 })
      writeFileSync(path('there'), 'mine', { mode: 0o644 })
      const args = ['convert', '--json', '--to', 'ppk', '--out', path('there')]
      const refused = await hawser([...args, path('id')])
      assert.deepEqual([refused.code, refused.json[0].error.code], [1, 'file-exists'])
      assert.equal(readFileSync(path('there'), 'utf8'), 'mine')
      const forced = await hawser([...args, '--force', path('id')], { umask: '000' })
      assert.deepEqual([forced.code, forced.json[0].format, mode(path('there'))], [0, 'ppk3', 0o600])
      assert.equal(fingerprint(await parsePrivateKey(readFileSync(path('there')))), fingerprint(key))
    })
  })

  it('refuses with a code what cannot be', async () => {
    await inFolder(async (path) => {
      const key = await generateKey()
      writeFileSync(path('id'), await formatPrivateKey(key), { mode: 0o600 })
      writeFileSync(path('id.pub'), formatPublicKey(key.publicKey))
      writeFileSync(path('dsa'), vector('types/dsa'), { mode: 0o600 })
      writeFileSync(path('sk'), vector('types/ed25519-sk'), { mode: 0o600 })
      const blob = new Writer().string('ssh-future@example.com').string('anything').take()
      writeFileSync(path('future'), `ssh-future@example.com ${Buffer.from(blob).toString('base64')} c\n`)
      writeFileSync(path('text'), 'hello\n')
      const cases: readonly (readonly [to: string, file: string, error: string | undefined, ...string[]])[] = [
        ['pkcs1', 'id', 'unsupported-format'],
        ['sec1', 'id', 'unsupported-format'],
        ['x509', 'id', 'unsupported-format'],
        ['csr', 'id.pub', 'unsupported-format'],
        ['sshcom', 'id', 'unsupported-format'],
        ['jks', 'id', 'unsupported-format'],
        ['pkcs8', 'id', 'unsupported-format', '--public'],
        ['ppk3', 'id', 'unsupported-format', '--encoding', 'der'],
        ['pkcs8', 'id.pub', 'is-public-key'],
        ['ppk', 'id.pub', 'is-public-key'],
        ['pkcs8', 'sk', 'unsupported-format'],
        ['dsa', 'dsa', undefined],
        ['rfc4716', 'sk', undefined],
        ['rfc4716', 'future', undefined],
        ['jwk', 'future', 'unsupported-type'],
        ['openssh', 'text', 'unknown-format'],
        ['openssh', 'missing', 'file-not-found'],
      ]
      const answers = await hawserEach(
        'convert',
        cases.map(([to, file, , ...more], i) => ['--to', to, ...more, '--out', path(`out${i}`), path(file)]),
      )
      assert.deepEqual(
        answers.map(({ error }) => error),
        cases.map(([, , error]) => error),
      )
      for (const [i, [, , error]] of cases.entries()) assert.equal(existsSync(path(`out${i}`)), error === undefined)
      const { code, json } = await hawser(['convert', '--json', '--to', 'pkcs1', path('id')])
      assert.deepEqual([code, json[0].error.code], [1, 'unsupported-format'])
    })
  })
})
