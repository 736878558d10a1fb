import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fingerprint, parsePrivateKey, parsePublicKey, randomart } from '../../src/index.ts'
import { hawser, inFolder } from './command.ts'

const mode = (path: string): number => statSync(path).mode & 0o777

describe('keygen', () => {
  it('writes both halves and shows fingerprint and randomart', async () => {
    await inFolder(async (path) => {
      const { code, stdout, stderr } = await hawser(['keygen', '--comment', 'me@home', '--out', path('id')])
      assert.deepEqual([code, stderr], [0, ''])
      const key = await parsePrivateKey(readFileSync(path('id')))
      const line = readFileSync(path('id.pub'), 'utf8')
      assert.match(line, /^ssh-ed25519 AAAA\S+ me@home\n$/)
      assert.deepEqual(parsePublicKey(line), key.publicKey)
      assert.ok(stdout.includes(fingerprint(key.publicKey)))
      assert.ok(stdout.includes(randomart(key.publicKey)))
      assert.deepEqual(readdirSync(path('.')).sort(), ['id', 'id.pub'])
    })
  })

  it('makes every type and tells it in JSON', async () => {
    await inFolder(async (path) => {
      for (const [type, name, bits] of [
        ['ed25519', 'ssh-ed25519', 256],
        ['ecdsa-p256', 'ecdsa-sha2-nistp256', 256],
        ['ecdsa-p384', 'ecdsa-sha2-nistp384', 384],
        ['ecdsa-p521', 'ecdsa-sha2-nistp521', 521],
        ['rsa', 'ssh-rsa', 2048],
      ] as const) {
        const size = type === 'rsa' ? ['--bits', `${bits}`] : []
        const file = path(type)
        const { code, json } = await hawser([
          'keygen',
          '--json',
          '--type',
          type,
          ...size,
          '--comment',
          '',
          '--out',
          file,
        ])
        assert.equal(code, 0)
        const { publicKey } = await parsePrivateKey(readFileSync(file))
        assert.deepEqual(json, [
          {
            file,
            publicFile: `${file}.pub`,
            artifact: 'private-key',
            format: 'openssh',
            type: name,
            bits,
            comment: '',
            encrypted: null,
            sha256: fingerprint(publicKey),
            md5: fingerprint(publicKey, { hash: 'md5' }),
            blob: Buffer.from(publicKey.blob).toString('base64'),
          },
        ])
      }
    })
  })

  it('writes user@host where no comment is given', async () => {
    await inFolder(async (path) => {
      const { json } = await hawser(['keygen', '--json', '--out', path('id')])
      assert.match(json[0].comment, /^.+@.+$/)
    })
  })

  it('gives the private key 0600 whatever the umask, the public key what the umask leaves of 0644', async () => {
    await inFolder(async (path) => {
      await hawser(['keygen', '--out', path('a')], { umask: '000' })
      await hawser(['keygen', '--out', path('b')], { umask: '077' })
      assert.deepEqual([mode(path('a')), mode(path('a.pub'))], [0o600, 0o644])
      assert.deepEqual([mode(path('b')), mode(path('b.pub'))], [0o600, 0o600])
    })
  })

  it('replaces nothing without --force, neither half', async () => {
    await inFolder(async (path) => {
      writeFileSync(path('a'), 'mine')
      writeFileSync(path('b.pub'), 'mine')
      symlinkSync(path('nowhere'), path('c'))
      for (const name of ['a', 'b', 'c']) {
        const { code, json } = await hawser(['keygen', '--json', '--out', path(name)])
        assert.deepEqual([code, json[0].error.code], [1, 'file-exists'])
      }
      assert.deepEqual(readdirSync(path('.')).sort(), ['a', 'b.pub', 'c'])
      assert.equal(readFileSync(path('a'), 'utf8') + readFileSync(path('b.pub'), 'utf8'), 'minemine')

      writeFileSync(path('a.pub'), 'mine', { mode: 0o666 })
      const { code } = await hawser(['keygen', '--force', '--out', path('a')], { umask: '000' })
      assert.equal(code, 0)
      assert.equal(mode(path('a')), 0o600)
      const key = await parsePrivateKey(readFileSync(path('a')))
      assert.deepEqual(parsePublicKey(readFileSync(path('a.pub'))), key.publicKey)
    })
  })

  it('lets one of two that race win, and its pair be whole', async () => {
    await inFolder(async (path) => {
      const runs = await Promise.all([1, 2, 3].map(() => hawser(['keygen', '--json', '--out', path('id')])))
      assert.deepEqual(runs.map(({ code }) => code).sort(), [0, 1, 1])
      for (const { json } of runs.filter(({ code }) => code === 1)) assert.equal(json[0].error.code, 'file-exists')
      const key = await parsePrivateKey(readFileSync(path('id')))
      assert.deepEqual(parsePublicKey(readFileSync(path('id.pub'))), key.publicKey)
      assert.deepEqual(readdirSync(path('.')).sort(), ['id', 'id.pub'])
    })
  })

  it('encrypts with the passphrase of a file, its cipher and rounds', async () => {
    await inFolder(async (path) => {
      writeFileSync(path('pp'), 'correct horse\nsecond line\n')
      const how = ['--cipher', 'chacha20-poly1305@openssh.com', '--rounds', '1']
      const { code, json } = await hawser([
        'keygen',
        '--json',
        '--passphrase-file',
        path('pp'),
        ...how,
        '--out',
        path('id'),
      ])
      assert.equal(code, 0)
      assert.deepEqual(json[0].encrypted, { cipher: 'chacha20-poly1305@openssh.com', kdf: 'bcrypt', rounds: 1 })
      await parsePrivateKey(readFileSync(path('id')), { passphrase: 'correct horse' })
    })
  })

  it('refuses an empty passphrase file, a cipher or a format that it does not know, a folder that is not there', async () => {
    await inFolder(async (path) => {
      writeFileSync(path('empty'), '\n')
      for (const [args, error] of [
        [['--passphrase-file', path('empty')], 'passphrase-empty'],
        [['--passphrase-file', path('missing')], 'file-not-found'],
        [['--cipher', 'rot13'], 'unsupported-cipher'],
        [['--format', 'jks'], 'unsupported-format'],
      ] as const) {
        const { code, json } = await hawser(['keygen', '--json', ...args, '--out', path('id')])
        assert.deepEqual([code, json[0].error.code], [1, error])
        assert.ok(!existsSync(path('id')))
      }
      const { code, stderr } = await hawser(['keygen', '--out', path('no/such/id')])
      assert.equal(code, 1)
      assert.match(stderr, /^hawser: .*no\/such\/id: no such file or directory\n$/)
    })
  })
})
