import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { createKrl, fingerprint, formatKrl, formatPublicKey, generateKey } from '../../src/index.ts'
import { hawser, hawserEach, type Result } from './command.ts'
import { inRoom } from './room.ts'

describe('cert check', () => {
  it('accepts and tells what holds', async () => {
    await inRoom(async ({ issue, check, authority }) => {
      await issue(
        ...['--principal', 'alice', '--serial', '7', '--from', '@1000', '--to', '@2000', '--out', 'c.pub'],
        ...['--critical', 'force-command=ls', '--critical', 'source-address=127.0.0.0/8,::1'],
      )
      const { code, json } = await check('--principal', 'alice', '--at', '@1500', '--source-address', '127.0.0.1')
      assert.equal(code, 0)
      assert.deepEqual(json, [
        {
          accepted: true,
          kind: 'user',
          principal: 'alice',
          serial: '7',
          keyId: 'alice@laptop',
          validBefore: '2000',
          forceCommand: 'ls',
          sourceAddresses: ['127.0.0.0/8', '::1'],
          permissions: [
            'permit-X11-forwarding',
            'permit-agent-forwarding',
            'permit-port-forwarding',
            'permit-pty',
            'permit-user-rc',
          ],
          verifyRequired: false,
          authority: { type: 'ssh-ed25519', sha256: fingerprint(authority) },
          signatureAlgorithm: 'ssh-ed25519',
        },
      ])
    })
  })

  it('refuses with the code of the reason', async () => {
    await inRoom(async ({ issue, check, path }) => {
      await issue(
        '--principal',
        'alice',
        '--from',
        '@1000',
        '--to',
        '@2000',
        '--out',
        'c.pub',
        '--critical',
        'source-address=::1',
      )
      const good = ['--principal', 'alice', '--at', '@1500', '--source-address', '::1']
      assert.equal((await check(...good)).code, 0)
      const without = (option: string): string[] => good.toSpliced(good.indexOf(option), 2)
      writeFileSync(path('other.pub'), formatPublicKey((await generateKey()).publicKey))
      for (const [args, reason] of [
        [[...without('--at'), '--at', '@999'], 'not-yet-valid'],
        [[...without('--at'), '--at', '@2000'], 'expired'],
        [without('--at'), 'expired'],
        [[...without('--principal'), '--principal', 'bob'], 'principal'],
        [[...without('--source-address'), '--source-address', '::2'], 'source-address'],
        [without('--source-address'), 'source-address'],
        [[...good, '--host'], 'wrong-kind'],
      ] as const) {
        const { code, json } = await check(...args)
        assert.deepEqual([code, json.length, json[0].accepted, json[0].code], [1, 1, false, reason], args.join(' '))
        assert.equal(typeof json[0].message, 'string')
      }
      const foreign = await hawser(['cert', 'check', '--json', '--ca', path('other.pub'), ...good, path('c.pub')])
      assert.deepEqual([foreign.code, foreign.json[0].code], [1, 'unknown-authority'])

      const line = readFileSync(path('c.pub'), 'utf8').split(' ')
      const blob = Buffer.from(line[1]!, 'base64')
      blob[blob.length - 1]! ^= 1
      writeFileSync(path('c.pub'), `${line[0]} ${blob.toString('base64')}\n`)
      const bent = await check(...good)
      assert.deepEqual([bent.code, bent.json[0].code], [1, 'bad-signature'])

      writeFileSync(path('c.pub'), 'nothing\n')
      const broken = await check(...good)
      assert.deepEqual([broken.code, broken.json[0].accepted, broken.json[0].code], [1, false, 'unknown-format'])
    })
  })

  it('refuses SHA-1, unknown critical options, and certificates for nobody in particular', async () => {
    await inRoom(async ({ issue, check }) => {
      const args = ['--principal', 'p', '--to', '+5m', '--force', '--out', 'c.pub']
      await issue(...args, '--algorithm', 'ssh-rsa')
      assert.equal((await check('--principal', 'p')).json[0].code, 'algorithm-not-allowed')
      await issue(...args, '--critical', 'odd@example.com=1')
      assert.equal((await check('--principal', 'p')).json[0].code, 'critical-option')
      await issue('--any-principal', '--to', '+5m', '--force', '--out', 'c.pub')
      assert.equal((await check('--principal', 'p')).json[0].code, 'principal')
    }, 'rsa')
  })

  it('takes several authorities, several lines a file, and no principal', async () => {
    await inRoom(async ({ issue, path, authority }) => {
      await issue('--principal', 'p', '--to', '+5m', '--out', 'c.pub')
      const other = formatPublicKey((await generateKey('ecdsa-p256')).publicKey)
      writeFileSync(path('other.pub'), other)
      writeFileSync(path('many'), `# ours\r\n\n${other.trim()}\r\n  ${formatPublicKey(authority.publicKey)}`)
      for (const args of [
        ['--ca', 'other.pub', '--ca', 'ca.pub'],
        ['--ca', 'many'],
      ]) {
        const { code, json } = await hawser(['cert', 'check', '--json', ...args, 'c.pub'], { cwd: path('.') })
        assert.deepEqual([code, json[0].principal], [0, null], JSON.stringify(json))
      }
      const piped = await hawser(['cert', 'check', '--ca', 'ca.pub', '-'], {
        cwd: path('.'),
        input: readFileSync(path('c.pub')),
      })
      assert.equal(piped.code, 0)
      assert.match(piped.stdout, /^-: accepted user certificate\n/)
      writeFileSync(path('none'), '# nobody\n')
      const none = await hawser(['cert', 'check', '--json', '--ca', 'none', 'c.pub'], { cwd: path('.') })
      assert.deepEqual([none.code, none.json[0].accepted, none.json[0].code], [1, false, 'unknown-format'])
    })
  })

  it('asks a revocation list, or a list of keys, and refuses where it cannot', async () => {
    await inRoom(async ({ issue, path, authority, subject }) => {
      await issue('--principal', 'p', '--serial', '7', '--to', '+5m', '--out', 'c.pub')
      const certificates = [{ authority: authority.publicKey, serials: [7n] }]
      writeFileSync(path('serial'), formatKrl(createKrl({ generatedAt: 0, certificates })))
      writeFileSync(path('empty'), formatKrl(createKrl({ generatedAt: 0 })))
      writeFileSync(path('keys'), formatPublicKey(subject.publicKey))
      writeFileSync(path('broken'), 'SSHKRL\n\0')
      const lists = ['empty', 'serial', 'keys', 'ca.pub', 'broken', 'nothing']
      const answers = await hawserEach(
        'cert-check',
        lists.map((list) => ['--json', '--ca', path('ca.pub'), '--krl', path(list), path('c.pub')]),
      )
      assert.deepEqual(
        answers.map(({ code, printed }) => [code, printed.accepted, printed.code]),
        [
          [0, true, undefined],
          [1, false, 'revoked'],
          [1, false, 'revoked'],
          [1, false, 'revoked'],
          [1, false, 'truncated'],
          [1, false, 'file-not-found'],
        ],
      )
    })
  })

  it('matches host names by their wildcards, and says so to people', async () => {
    await inRoom(async ({ issue, path }) => {
      await issue('--host', '--principal', '*.example.com', '--to', '+5m', '--out', 'c.pub')
      const check = (name: string): Promise<Result> =>
        hawser(['cert', 'check', '--ca', 'ca.pub', '--host', '--principal', name, 'c.pub'], { cwd: path('.') })
      const yes = await check('a.example.com')
      assert.deepEqual([yes.code, yes.stderr], [0, ''])
      assert.match(yes.stdout, /accepted host certificate/)
      const no = await check('example.com')
      assert.equal(no.code, 1)
      assert.match(no.stdout, /^refused \(principal\): /)
    })
  })
})
