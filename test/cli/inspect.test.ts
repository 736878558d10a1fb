import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { readX509 } from '../../src/formats/index.ts'
import {
  encodePrivateKey,
  encodePublicKey,
  fingerprint,
  formatCertificate,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  issueCertificate,
  parsePrivateKey,
  parsePublicKey,
} from '../../src/index.ts'
import { allTypes } from '../../src/keys/index.ts'
import { Writer } from '../../src/wire/index.ts'
import { vector } from '../support/vectors.ts'
import { x509Vectors } from '../support/x509.ts'
import { hawser, inFolder } from './command.ts'

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

describe('inspect --json', () => {
  it('tells private and public keys, in the order given, named as given', async () => {
    await inFolder(async (path) => {
      const key = await generateKey('ecdsa-p384', { comment: 'me@home' })
      writeFileSync(path('id'), await formatPrivateKey(key), { mode: 0o600 })
      writeFileSync(path('id.pub'), formatPublicKey(key.publicKey))
      const { code, json, stderr } = await hawser(['inspect', '--json', './id.pub', 'id', '-'], {
        cwd: path('.'),
        input: readFileSync(path('id.pub')),
      })
      assert.deepEqual([code, stderr], [0, ''])
      const facts = {
        format: 'openssh',
        type: 'ecdsa-sha2-nistp384',
        bits: 384,
        comment: 'me@home',
        encrypted: null,
        sha256: fingerprint(key),
        md5: fingerprint(key, { hash: 'md5' }),
        blob: base64(key.publicKey.blob),
      }
      assert.deepEqual(json, [
        { file: './id.pub', artifact: 'public-key', ...facts },
        { file: 'id', artifact: 'private-key', ...facts },
        { file: '-', artifact: 'public-key', ...facts },
      ])
    })
  })

  it('tells an encrypted key with its passphrase, in clear what it can without', async () => {
    await inFolder(async (path) => {
      const key = await generateKey('ed25519', { comment: 'secret comment' })
      writeFileSync(path('id'), await formatPrivateKey(key, { passphrase: 'pass word ', rounds: 2 }))
      const encrypted = { cipher: 'aes256-ctr', kdf: 'bcrypt', rounds: 2 }
      const locked = await hawser(['inspect', '--json', path('id')])
      assert.equal(locked.code, 0)
      assert.equal(locked.json[0].locked, true)
      assert.equal(locked.json[0].comment, null)
      assert.deepEqual(locked.json[0].encrypted, encrypted)
      assert.equal(locked.json[0].sha256, fingerprint(key))

      // Up to the first line feed, one carriage return before it dropped, nothing else trimmed.
      for (const [content, opens] of [
        ['pass word \n', true],
        ['pass word \r\n', true],
        ['pass word ', true],
        ['pass word \nmore\n', true],
        ['pass word', false],
        ['pass word \r', false],
        ['pass word \r\r\n', false],
        [' pass word \n', false],
      ] as const) {
        writeFileSync(path('pp'), content)
        const { code, json } = await hawser(['inspect', '--json', '--passphrase-file', path('pp'), path('id')])
        if (opens) {
          assert.equal(code, 0, JSON.stringify(content))
          assert.equal(json[0].comment, 'secret comment')
          assert.deepEqual(json[0].encrypted, encrypted)
          assert.ok(!('locked' in json[0]))
        } else {
          assert.equal(code, 1, JSON.stringify(content))
          assert.deepEqual(Object.keys(json[0]), ['file', 'error'])
          assert.equal(json[0].error.code, 'passphrase-wrong')
        }
      }
      const piped = await hawser(['inspect', '--json', '--passphrase-file', '-', path('id')], { input: 'pass word \n' })
      assert.equal(piped.json[0].comment, 'secret comment')
      writeFileSync(path('pp'), '\n')
      const empty = await hawser(['inspect', '--json', '--passphrase-file', path('pp'), path('id')])
      assert.deepEqual([empty.code, empty.json[0].locked], [0, true])
    })
  })

  it('takes a passphrase that is not ASCII as UTF-8', async () => {
    await inFolder(async (path) => {
      const key = await generateKey()
      writeFileSync(path('id'), await formatPrivateKey(key, { passphrase: 'Schlüssel', rounds: 1 }))
      writeFileSync(path('pp'), 'Schlüssel\n')
      const { code } = await hawser(['inspect', '--json', '--passphrase-file', path('pp'), path('id')])
      assert.equal(code, 0)
    })
  })

  it('tells what is wrong with a file, and still tells the others', async () => {
    await inFolder(async (path) => {
      const key = await generateKey()
      writeFileSync(path('good.pub'), formatPublicKey(key.publicKey))
      writeFileSync(path('empty'), '')
      writeFileSync(
        path('broken'),
        '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n',
      )
      writeFileSync(path('large'), Buffer.alloc((1 << 20) + 1, 'a'))
      mkdirSync(path('folder'))
      const files = ['missing', 'folder', 'empty', 'broken', 'large', 'good.pub/x', 'good.pub']
      const { code, json } = await hawser(['inspect', '--json', ...files], { cwd: path('.') })
      assert.equal(code, 1)
      assert.deepEqual(
        json.map(({ file, artifact, error }) => [file, artifact ?? error.code]),
        [
          ['missing', 'file-not-found'],
          ['folder', 'is-directory'],
          ['empty', 'unknown-format'],
          ['broken', 'truncated'],
          ['large', 'limit'],
          ['good.pub/x', 'file-not-found'],
          ['good.pub', 'public-key'],
        ],
      )
      const endless = await hawser(['inspect', '--json', '/dev/zero'])
      assert.deepEqual([endless.code, endless.json[0].error.code], [1, 'limit'])
      const piped = await hawser(['inspect', '--json', '-'], { input: Buffer.alloc((1 << 20) + 1, 'a') })
      assert.deepEqual([piped.code, piped.json[0].error.code], [1, 'limit'])
    })
  })

  it('says that a file may not be read', async (t) => {
    if (process.getuid?.() === 0) return t.skip('root reads everything')
    await inFolder(async (path) => {
      writeFileSync(path('key'), 'x', { mode: 0 })
      const { code, json } = await hawser(['inspect', '--json', path('key')])
      assert.deepEqual([code, json[0].error.code], [1, 'not-permitted'])
    })
  })

  it('tells a key of an unknown type, its bits unknown', async () => {
    await inFolder(async (path) => {
      const blob = new Writer().string('ssh-future@example.com').string('anything').take()
      writeFileSync(path('k.pub'), `ssh-future@example.com ${base64(blob)} c\n`)
      const { code, json } = await hawser(['inspect', '--json', path('k.pub')])
      assert.equal(code, 0)
      assert.deepEqual([json[0].type, json[0].bits, json[0].comment], ['ssh-future@example.com', null, 'c'])
      assert.equal((await hawser(['inspect', path('k.pub')])).code, 0)
    })
  })

  it('keeps a comment that is not UTF-8, and escapes what moves a cursor', async () => {
    await inFolder(async (path) => {
      const line = formatPublicKey((await generateKey()).publicKey).trim()
      writeFileSync(
        path('a.pub'),
        Buffer.concat([Buffer.from(`${line} caf`), Buffer.of(0xe9), Buffer.from('\x1b[31m\u202e\n')]),
      )
      const { stdout, json } = await hawser(['inspect', '--json', path('a.pub')])
      assert.equal(json[0].comment, 'caf\udce9\x1b[31m\u202e')
      assert.ok(!stdout.includes('\x1b') && !stdout.includes('\u202e'))
      const human = (await hawser(['inspect', path('a.pub')])).stdout
      assert.ok(human.includes('caf\\xe9\\x1b[31m\\u{202e}'))
    })
  })
})

describe('inspect --json of the other containers', () => {
  it('tells X.509 certificates and requests', async () => {
    await inFolder(async (path) => {
      for (const name of ['rsa.crt', 'x25519.crt', 'p256.csr']) writeFileSync(path(name), vector(`x509/${name}`))
      const { der } = readX509(vector('x509/rsa.crt'), { types: allTypes })
      writeFileSync(path('rsa.der'), der)
      const files = ['rsa.crt', 'rsa.der', 'x25519.crt', 'p256.csr']
      const { code, json, stderr } = await hawser(['inspect', '--json', ...files], { cwd: path('.') })
      assert.deepEqual([code, stderr], [0, ''])
      const { publicKey: rsa } = await parsePrivateKey(vector('x509/rsa.key'))
      const said = x509Vectors.find(({ file }) => file === 'rsa.crt')!
      const time = (text: string): string => new Date(text).toISOString().replace('.000', '')
      const rest = {
        type: 'ssh-rsa',
        bits: 2048,
        comment: null,
        encrypted: null,
        sha256: fingerprint(rsa),
        md5: fingerprint(rsa, { hash: 'md5' }),
        blob: base64(rsa.blob),
        subject: said.subject,
        issuer: said.issuer,
        serial: said.serial,
        notBefore: time(said.notBefore),
        notAfter: time(said.notAfter),
        thumbprint: said.sha1.replace(/:/g, ''),
        thumbprint256: said.sha256.replace(/:/g, ''),
      }
      assert.deepEqual(json[0], { file: 'rsa.crt', artifact: 'x509-certificate', format: 'x509', ...rest })
      const der509 = { file: 'rsa.der', artifact: 'x509-certificate', format: 'x509', encoding: 'der' }
      assert.deepEqual(json[1], { ...der509, ...rest })
      assert.deepEqual([json[2].type, json[2].sha256, json[2].subject], [null, null, 'CN=x25519'])
      const { publicKey: p256 } = await parsePrivateKey(vector('x509/p256.key'))
      assert.deepEqual([json[3].artifact, json[3].format, json[3].sha256], ['public-key', 'csr', fingerprint(p256)])
      const human = await hawser(['inspect', ...files], { cwd: path('.'), env: { TZ: 'UTC' } })
      assert.equal(human.code, 0)
      assert.match(human.stdout, /^rsa.crt: X.509 certificate \(x509\)\n/)
      assert.match(human.stdout, /\nrsa.der: X.509 certificate \(x509, der\)\n/)
      assert.ok(human.stdout.includes(`thumbprint   ${rest.thumbprint} (SHA-1)`))
    })
  })

  it('names every container, of private and of public keys, and DER', async () => {
    await inFolder(async (path) => {
      const key = await generateKey('ecdsa-p256')
      const expected: string[][] = []
      const put = (data: string | Uint8Array, artifact: string, format: string, encoding?: string): void => {
        const file = `${artifact}-${format}${encoding ?? ''}`
        writeFileSync(path(file), data, { mode: 0o600 })
        expected.push([file, artifact, format, ...(encoding ? [encoding] : []), fingerprint(key)])
      }
      for (const format of ['openssh', 'pkcs8', 'sec1', 'ppk2', 'ppk3', 'jwk']) {
        put(await formatPrivateKey(key, { format }), 'private-key', format)
      }
      for (const format of ['openssh', 'spki', 'rfc4716', 'putty-public', 'jwk']) {
        put(formatPublicKey(key.publicKey, { format }), 'public-key', format)
      }
      for (const format of ['pkcs8', 'sec1']) put(await encodePrivateKey(key, { format }), 'private-key', format, 'der')
      put(encodePublicKey(key.publicKey), 'public-key', 'spki', 'der')
      writeFileSync(path('public-key-raw'), key.publicKey.blob)
      expected.push(['public-key-raw', 'public-key', 'raw', fingerprint(key)])
      const { code, json } = await hawser(['inspect', '--json', ...expected.map(([file]) => file!)], { cwd: path('.') })
      assert.equal(code, 0)
      assert.deepEqual(
        json.map(({ file, artifact, format, encoding, sha256 }) =>
          [file, artifact, format, encoding, sha256].filter((value) => value !== undefined),
        ),
        expected,
      )
    })
  })

  it('tells private keys of DSA, of security keys and of ML-DSA, and what an encrypted file tells', async () => {
    await inFolder(async (path) => {
      const names = ['dsa', 'ecdsa-sk', 'ed25519-sk', 'mldsa44-ed25519']
      for (const name of names) writeFileSync(path(name), vector(`types/${name}`), { mode: 0o600 })
      const key = await generateKey('ed25519', { comment: 'me@home' })
      const lock = { passphrase: 'x', rounds: 1 }
      writeFileSync(path('pkcs8'), await formatPrivateKey(key, { ...lock, format: 'pkcs8' }), { mode: 0o600 })
      writeFileSync(path('ppk'), await formatPrivateKey(key, { ...lock, format: 'ppk3' }), { mode: 0o600 })
      const how = { cwd: path('.') }
      const { code, json } = await hawser(['inspect', '--json', ...names, 'pkcs8', 'ppk'], how)
      assert.equal(code, 0)
      assert.deepEqual(
        json.map(({ type, bits, locked }) => [type, bits, locked]),
        [
          ['ssh-dss', 1024, undefined],
          ['sk-ecdsa-sha2-nistp256@openssh.com', 256, undefined],
          ['sk-ssh-ed25519@openssh.com', 256, undefined],
          ['ssh-mldsa44-ed25519', 512, undefined],
          [null, null, true],
          ['ssh-ed25519', 256, true],
        ],
      )
      for (const [i, name] of names.entries()) {
        assert.equal(json[i].sha256, fingerprint(parsePublicKey(vector(`types/${name}.pub`))))
      }
      assert.deepEqual(json[4], {
        file: 'pkcs8',
        artifact: 'private-key',
        format: 'pkcs8',
        type: null,
        bits: null,
        comment: null,
        encrypted: { cipher: 'aes-256-cbc', kdf: 'pbkdf2-hmac-sha256', rounds: 1 },
        sha256: null,
        md5: null,
        blob: null,
        locked: true,
      })
      // PuTTY's comment is in clear.
      assert.deepEqual([json[5].comment, json[5].sha256], ['me@home', fingerprint(key)])
      assert.match((await hawser(['inspect', 'pkcs8'], how)).stdout, /type +inside the encryption\n/)
    })
  })
})

describe('inspect for people', () => {
  it('gives a block a file, and errors to standard error', async () => {
    await inFolder(async (path) => {
      const key = await generateKey('ed25519', { comment: 'me@home' })
      writeFileSync(path('id'), await formatPrivateKey(key, { passphrase: 'x', rounds: 1 }), { mode: 0o600 })
      writeFileSync(path('id.pub'), formatPublicKey(key.publicKey))
      const { code, stdout, stderr } = await hawser(['inspect', 'id', 'missing', 'id.pub'], { cwd: path('.') })
      assert.equal(code, 1)
      assert.equal(stderr, 'hawser: missing: no such file or directory\n')
      const [a, b] = stdout.split('\n\n')
      assert.match(
        a!,
        /^id: private key \(openssh\)\n {2}type +ssh-ed25519, 256 bits\n {2}encrypted +aes256-ctr, bcrypt with 1 round; no passphrase given\n/,
      )
      assert.match(b!, /^id.pub: public key \(openssh\)\n {2}type +ssh-ed25519, 256 bits\n {2}comment +me@home\n/)
      assert.ok(stdout.includes(fingerprint(key)))
    })
  })

  it('warns of a private key that others may use', { skip: process.platform === 'win32' }, async () => {
    await inFolder(async (path) => {
      writeFileSync(path('id'), await formatPrivateKey(await generateKey()))
      chmodSync(path('id'), 0o640)
      const { code, stderr } = await hawser(['inspect', path('id')])
      assert.equal(code, 0)
      assert.match(stderr, /others than its owner/)
      chmodSync(path('id'), 0o400)
      assert.equal((await hawser(['inspect', path('id')])).stderr, '')
    })
  })

  it('tells the times of a certificate against now', async () => {
    await inFolder(async (path) => {
      const authority = await generateKey()
      const { publicKey } = await generateKey()
      const now = Math.floor(Date.now() / 1000)
      const base = { kind: 'user', publicKey, keyId: 'k', principals: ['p'] } as const
      for (const [name, validAfter, validBefore] of [
        // Shown as four minutes for the next 50 seconds: a busy machine is slow.
        ['young', now - 60, now + 265],
        ['old', 1000, now - 3 * 86400],
        ['endless', 0n, 0xffffffffffffffffn],
        ['far', now + 86400, 0xfffffffffffffffen],
      ] as const) {
        writeFileSync(
          path(name),
          formatCertificate(await issueCertificate({ ...base, validAfter, validBefore }, authority)),
        )
      }
      const { stdout } = await hawser(['inspect', 'young', 'old', 'endless', 'far'], {
        cwd: path('.'),
        env: { TZ: 'UTC' },
      })
      const [young, old, endless, far] = stdout.split('\n\n')
      assert.match(
        young!,
        /valid from +\S+T\S+Z \(\d+ (second|minute)s? ago\)\n {2}valid before +\S+Z \(in 4 minutes\)/,
      )
      assert.match(old!, /valid from +1970-01-01T00:16:40Z .*\n {2}valid before +\S+ \(expired 3 days ago\)/)
      assert.match(endless!, /valid from +always\n {2}valid before +forever/)
      assert.match(far!, /valid before +@18446744073709551614 \(in \d+ years\)/)
      assert.doesNotMatch(stdout, /NaN/)
    })
  })
})
