import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fingerprint, formatPrivateKey, parseCertificate } from '../../src/index.ts'
import { hawser } from './command.ts'
import { inRoom } from './room.ts'

const now = (): number => Math.floor(Date.now() / 1000)

describe('cert issue', () => {
  it('writes the line to standard output, with the permissions of ssh-keygen', async () => {
    await inRoom(async ({ issue, authority, subject }) => {
      const begun = now()
      const { code, stdout, stderr } = await issue('--principal', 'alice', '--principal', 'root', '--to', '+5m')
      const ended = now()
      assert.deepEqual([code, stderr], [0, ''])
      const cert = parseCertificate(stdout)
      assert.deepEqual(cert.publicKey.blob, subject.publicKey.blob)
      assert.deepEqual(cert.authority.blob, authority.publicKey.blob)
      assert.deepEqual(
        [cert.kind, cert.keyId, cert.serial, cert.principals, cert.comment],
        ['user', 'alice@laptop', 0n, ['alice', 'root'], 'me@home'],
      )
      assert.deepEqual(
        cert.extensions.map(({ name, data }) => [name, data.length]),
        [
          'permit-X11-forwarding',
          'permit-agent-forwarding',
          'permit-port-forwarding',
          'permit-pty',
          'permit-user-rc',
        ].map((name) => [name, 0]),
      )
      assert.deepEqual(cert.criticalOptions, [])
      // On the minute, one minute back at least.
      assert.equal(cert.validAfter % 60n, 0n)
      assert.ok(cert.validAfter > BigInt(begun - 120) && cert.validAfter <= BigInt(ended - 60), `${cert.validAfter}`)
      assert.ok(cert.validBefore >= BigInt(begun + 300) && cert.validBefore <= BigInt(ended + 300))
    })
  })

  it('takes options, serial, times and algorithm', async () => {
    await inRoom(async ({ issue, path, authority }) => {
      const args = ['--any-principal', '--serial', '18446744073709551615', '--from', '@1000', '--to', 'forever']
      const options = ['--critical', 'force-command=a=b', '--critical', 'verify-required', '--extension', 'x@y.z=1']
      const { code, json } = await issue(
        ...['--json', ...args, ...options, '--no-default-extensions', '--algorithm', 'rsa-sha2-256', '--out', 'c.pub'],
      )
      assert.equal(code, 0)
      const cert = parseCertificate(readFileSync(path('c.pub')))
      assert.equal(json[0].file, 'c.pub')
      assert.equal(json[0].artifact, 'certificate')
      assert.equal(json[0].blob, Buffer.from(cert.blob).toString('base64'))
      assert.deepEqual(json[0].certificate, {
        kind: 'user',
        keyId: 'alice@laptop',
        serial: '18446744073709551615',
        principals: [],
        validAfter: '1000',
        validBefore: '18446744073709551615',
        criticalOptions: [
          { name: 'force-command', data: 'a=b', dataHex: '00000003613d62' },
          { name: 'verify-required', data: null, dataHex: '' },
        ],
        extensions: [{ name: 'x@y.z', data: '1', dataHex: '0000000131' }],
        authority: { type: 'ssh-rsa', sha256: fingerprint(authority) },
        signatureAlgorithm: 'rsa-sha2-256',
        signatureValid: true,
      })
    }, 'rsa')
  })

  it('signs with rsa-sha2-512 where nothing else is said, and with no algorithm that is not the key’s', async () => {
    await inRoom(async ({ issue }) => {
      const { stdout } = await issue('--principal', 'p', '--to', '+5m')
      assert.equal(parseCertificate(stdout).signature.algorithm, 'rsa-sha2-512')
      const { code, json } = await issue('--json', '--principal', 'p', '--to', '+5m', '--algorithm', 'ssh-ed25519')
      assert.deepEqual([code, json[0].error.code], [1, 'unsupported-algorithm'])
    }, 'rsa')
  })

  it('makes host certificates without extensions', async () => {
    await inRoom(async ({ issue }) => {
      const { stdout } = await issue('--host', '--principal', '*.example.com', '--to', '+52w')
      const cert = parseCertificate(stdout)
      assert.deepEqual([cert.kind, cert.principals, cert.extensions], ['host', ['*.example.com'], []])
      const critical = await issue(
        '--json',
        '--host',
        '--principal',
        'h',
        '--critical',
        'force-command=x',
        '--to',
        '+5m',
      )
      assert.deepEqual([critical.code, critical.json[0].error.code], [2, 'usage'])
    })
  })

  it('refuses as wrong usage what no certificate should say', async () => {
    await inRoom(async ({ issue }) => {
      for (const args of [
        ['--principal', 'a,b', '--to', '+5m'],
        ['--principal', '', '--to', '+5m'],
        ['--principal', 'a', '--to', '+5m', '--critical', 'source-address=10.0.0.1/8'],
        ['--principal', 'a', '--to', '+5m', '--critical', '=x'],
        ['--principal', 'a', '--to', '+5m', '--critical', 'x=1', '--critical', 'x'],
        ['--principal', 'a', '--to', '+5m', '--serial', '18446744073709551616'],
        ['--principal', 'a', '--from', '+5m', '--to', '+5m'],
      ]) {
        const { code, json } = await issue('--json', ...args)
        assert.deepEqual([code, json[0]?.error.code], [2, 'usage'], args.join(' '))
      }
    })
  })

  it('keeps files, takes a passphrase and standard input', async () => {
    await inRoom(async ({ issue, path, authority }) => {
      const args = ['--principal', 'p', '--to', '+5m']
      assert.equal((await issue(...args, '--out', 'c.pub')).code, 0)
      assert.equal(statSync(path('c.pub')).mode & 0o777 & ~0o644, 0)
      const before = readFileSync(path('c.pub'), 'utf8')
      const again = await issue('--json', ...args, '--out', 'c.pub')
      assert.deepEqual([again.code, again.json[0].error.code], [1, 'file-exists'])
      assert.equal(readFileSync(path('c.pub'), 'utf8'), before)
      assert.equal((await issue(...args, '--force', '--out', 'c.pub')).code, 0)
      assert.notEqual(readFileSync(path('c.pub'), 'utf8'), before)

      writeFileSync(path('ca'), await formatPrivateKey(authority, { passphrase: 'pw', rounds: 1 }))
      const none = await issue('--json', ...args)
      assert.deepEqual([none.code, none.json[0].error.code], [1, 'passphrase-required'])
      writeFileSync(path('pp'), 'wrong\n')
      const wrong = await issue('--json', '--passphrase-file', 'pp', ...args)
      assert.deepEqual([wrong.code, wrong.json[0].error.code], [1, 'passphrase-wrong'])
      writeFileSync(path('pp'), 'pw\n')
      const piped = await hawser(
        ['cert', 'issue', '--ca', 'ca', '--passphrase-file', 'pp', '--id', 'x', ...args, '-'],
        { cwd: path('.'), input: readFileSync(path('id.pub')) },
      )
      assert.equal(piped.code, 0)
      assert.deepEqual(readdirSync(path('.')).sort(), ['c.pub', 'ca', 'ca.pub', 'id.pub', 'pp'])
    })
  })

  it('refuses an agent that is not there, private keys to certify, public keys to sign with', async () => {
    await inRoom(async ({ path }) => {
      const rest = ['--id', 'x', '--principal', 'p', '--to', '+5m']
      const how = { cwd: path('.'), env: { SSH_AUTH_SOCK: '' } }
      for (const [args, error] of [
        [['--ca-agent', 'ca.pub', ...rest, 'id.pub'], 'no-agent'],
        [['--ca', 'ca', ...rest, 'ca'], 'is-private-key'],
        [['--ca', 'ca.pub', ...rest, 'id.pub'], 'is-public-key'],
        [['--ca', 'ca', ...rest, 'missing'], 'file-not-found'],
        [['--ca', 'missing', ...rest, 'id.pub'], 'file-not-found'],
      ] as const) {
        const { code, json } = await hawser(['cert', 'issue', '--json', ...args], how)
        assert.deepEqual([code, json[0].error.code], [1, error], args.join(' '))
        const plain = await hawser(['cert', 'issue', ...args], how)
        assert.deepEqual([plain.code, plain.stdout], [1, ''])
        assert.match(plain.stderr, /^hawser: .+\n$/)
      }
    })
  })
})
