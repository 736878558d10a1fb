import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  createKrl,
  FOREVER,
  fingerprint,
  formatCertificate,
  formatKrl,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  issueCertificate,
  signMessage,
} from '../../src/index.ts'
import { interop, must, run } from '../interop/support.ts'
import { hawser, hawserEach } from './command.ts'
import { inRoom, type Room } from './room.ts'

const message = new TextEncoder().encode('release 1.0\n')

/** A room with `msg`, its signature `sig` by the authority for "file", and `signers`, by whom me@home may sign. */
function inSignedRoom(work: (room: Room & { readonly line: string }) => Promise<void>): Promise<void> {
  return inRoom(async (room) => {
    const { path, authority } = room
    const line = formatPublicKey(authority.publicKey).trim()
    writeFileSync(path('msg'), message)
    writeFileSync(path('sig'), await signMessage(message, authority, { namespace: 'file' }))
    writeFileSync(path('signers'), `# who\nme@home,*@ops namespaces="file,git",valid-before="20300101Z" ${line}\n`)
    await work({ ...room, line })
  })
}

describe('sig sign', () => {
  it('gives the signature on standard output, and signs standard input', async () => {
    await inRoom(async ({ path, authority }) => {
      const signed = await hawser(['sig', 'sign', '--key', path('ca'), '--namespace', 'file', '-'], { input: message })
      assert.deepEqual([signed.code, signed.stderr], [0, ''])
      // Ed25519 signs the same the same.
      assert.equal(signed.stdout, await signMessage(message, authority, { namespace: 'file' }))
      const args = ['--json', '--key', path('ca'), '--namespace', 'git', '--hash', 'sha256', '-']
      const { code, json } = await hawser(['sig', 'sign', ...args], { input: message })
      assert.equal(code, 0)
      assert.deepEqual(json, [
        {
          file: '-',
          out: '-',
          namespace: 'git',
          hash: 'sha256',
          publicKey: formatPublicKey(authority.publicKey).trim(),
          signature: await signMessage(message, authority, { namespace: 'git', hash: 'sha256' }),
        },
      ])
    })
  })

  it('writes a file, and replaces one with --force alone', async () => {
    await inSignedRoom(async ({ path }) => {
      const sign = ['sig', 'sign', '--key', path('ca'), '--namespace', 'other', '--out', path('sig')]
      const before = readFileSync(path('sig'))
      const kept = await hawser([...sign, '--json', path('msg')])
      assert.deepEqual([kept.code, kept.json[0].error.code], [1, 'file-exists'])
      assert.deepEqual(readFileSync(path('sig')), before)
      const written = await hawser([...sign, '--force', path('msg')])
      assert.deepEqual([written.code, written.stdout], [0, ''])
      assert.notDeepEqual(readFileSync(path('sig')), before)
    })
  })

  it('refuses a wrong passphrase, a public key, files that cannot be read, and writes nothing', async () => {
    await inSignedRoom(async ({ path, authority }) => {
      writeFileSync(path('locked'), await formatPrivateKey(authority, { passphrase: 'right', rounds: 1 }))
      writeFileSync(path('wrong'), 'wrong\n')
      writeFileSync(path('right'), 'right\r\nmore')
      const sign = (...args: string[]): string[] => ['--namespace', 'file', '--out', path('new'), ...args]
      const answers = await hawserEach('sig-sign', [
        sign('--key', path('locked'), '--passphrase-file', path('wrong'), path('msg')),
        sign('--key', path('locked'), path('msg')),
        sign('--key', path('ca.pub'), path('msg')),
        sign('--key', path('nothing'), path('msg')),
        sign('--key', path('ca'), path('nothing')),
        sign('--key', path('ca'), path('.')),
        sign('--key', path('ca'), '--certificate', path('ca.pub'), path('msg')),
      ])
      assert.deepEqual(
        answers.map(({ error }) => error),
        [
          'passphrase-wrong',
          'passphrase-required',
          'is-public-key',
          'file-not-found',
          'file-not-found',
          'is-directory',
          'type-mismatch',
        ],
      )
      assert.ok(!existsSync(path('new')))
      const opened = await hawser([
        'sig',
        'sign',
        ...sign('--key', path('locked'), '--passphrase-file', path('right'), path('msg')),
      ])
      assert.equal(opened.code, 0)
      assert.deepEqual(readFileSync(path('new')), readFileSync(path('sig')))
      assert.equal(statSync(path('new')).mode & 0o600, 0o600)
    })
  })
})

describe('sig verify', () => {
  it('accepts and tells what holds', async () => {
    await inSignedRoom(async ({ path, authority }) => {
      const args = ['--signers', path('signers'), '--identity', 'me@home', '--namespace', 'file']
      const verify = ['sig', 'verify', ...args, '--at', '20260101Z', '--signature', path('sig')]
      const { code, json, stderr } = await hawser([...verify, '--json', path('msg')])
      assert.deepEqual([code, stderr], [0, ''])
      assert.deepEqual(json, [
        {
          accepted: true,
          principal: 'me@home',
          namespace: 'file',
          hash: 'sha512',
          signatureAlgorithm: 'ssh-ed25519',
          type: 'ssh-ed25519',
          sha256: fingerprint(authority),
        },
      ])
      const piped = await hawser([...verify, '-'], { input: message })
      assert.equal(piped.code, 0)
      assert.match(piped.stdout, /^-: good signature\n {2}principal +me@home\n/)
      const other = await hawser([...verify, '-'], { input: 'release 2.0\n' })
      assert.deepEqual([other.code, other.stderr], [1, ''])
      assert.match(other.stdout, /^refused \(bad-signature\): /)
    })
  })

  it('refuses with the code of the reason, an identity that nobody has among them', async () => {
    await inSignedRoom(async ({ path, authority, subject, line }) => {
      writeFileSync(path('any'), `* ${line}\n`)
      writeFileSync(path('others'), `* ${formatPublicKey(subject.publicKey)}`)
      writeFileSync(path('list'), formatKrl(createKrl({ generatedAt: 0, keys: [authority.publicKey] })))
      writeFileSync(path('broken'), 'SSHKRL\n\0')
      const good = {
        signers: path('signers'),
        identity: 'me@home',
        namespace: 'file',
        at: '20260101Z',
        signature: path('sig'),
        krl: path('unrelated'),
      }
      writeFileSync(path('unrelated'), formatPublicKey(subject.publicKey))
      const args = (more: Partial<typeof good>, file = 'msg'): string[] => [
        '--json',
        ...Object.entries({ ...good, ...more }).flatMap(([name, value]) => [`--${name}=${value}`]),
        path(file),
      ]
      const cases: [string[], string][] = [
        [args({ identity: 'you@home' }), 'principal'],
        [args({ identity: '' }), 'principal'],
        [args({ identity: '', signers: path('any') }), 'principal'],
        [args({ namespace: 'git' }), 'namespace'],
        [args({ at: '20300101000001Z' }), 'expired'],
        [args({ signers: path('others') }), 'unknown-signer'],
        [args({ krl: path('list') }), 'revoked'],
        [args({ krl: path('broken') }), 'truncated'],
        [args({ krl: path('nothing') }), 'file-not-found'],
        [args({}, 'ca.pub'), 'bad-signature'],
        [args({}, 'nothing'), 'file-not-found'],
        [args({ signers: path('nothing') }), 'file-not-found'],
        [args({ signature: path('msg') }), 'bad-armor'],
      ]
      const answers = await hawserEach('sig-verify', [args({}), ...cases.map(([call]) => call)])
      assert.deepEqual([answers[0]!.code, answers[0]!.printed.accepted], [0, true])
      for (const [i, [, reason]] of cases.entries()) {
        const { code, printed } = answers[i + 1]!
        assert.deepEqual([code, printed.accepted, printed.code], [1, false, reason], `case ${i}`)
        assert.equal(typeof printed.message, 'string')
      }
    })
  })
})

describe('sig check', () => {
  it('asks nothing but the signature', async () => {
    await inSignedRoom(async ({ path, authority }) => {
      const check = (...more: string[]): string[] => ['--json', '--signature', path('sig'), ...more]
      const [good, namespace, bent] = await hawserEach('sig-check', [
        check('--namespace', 'file', path('msg')),
        check('--namespace', 'git', path('msg')),
        check('--namespace', 'file', path('ca.pub')),
      ])
      assert.deepEqual([good!.code, good!.printed.accepted, good!.printed.principal], [0, true, null])
      assert.equal(good!.printed.sha256, fingerprint(authority))
      assert.deepEqual([namespace!.code, namespace!.printed.code], [1, 'namespace'])
      assert.deepEqual([bent!.code, bent!.printed.code], [1, 'bad-signature'])
    })
  })
})

describe('sig find-principals', () => {
  it('prints who may sign with the key, one a line, and exits with 1 where nobody may', async () => {
    await inSignedRoom(async ({ path, subject }) => {
      const find = ['sig', 'find-principals', '--signers', path('signers'), '--signature', path('sig'), '--at']
      const found = await hawser([...find, '20260101Z'])
      assert.deepEqual([found.code, found.stdout], [0, 'me@home\n*@ops\n'])
      const late = await hawser([...find, '20310101Z', '--json'])
      assert.deepEqual([late.code, late.json], [1, [{ principals: [] }]])
      writeFileSync(path('evil'), `a\x1b[31mb ${readFileSync(path('ca.pub'), 'utf8')}`)
      const evil = await hawser(['sig', 'find-principals', '--signers', path('evil'), '--signature', path('sig')])
      assert.deepEqual([evil.code, evil.stdout.includes('\x1b')], [0, false])
      writeFileSync(path('signers'), `x ${formatPublicKey(subject.publicKey)}`)
      const none = await hawser([...find, '20260101Z'])
      assert.deepEqual([none.code, none.stdout], [1, ''])
      const broken = await hawser([...find, '20260101Z', '--json', '--signers', path('nothing')].toSpliced(2, 2))
      assert.deepEqual([broken.code, broken.json[0].principals, broken.json[0].error.code], [1, [], 'file-not-found'])
    })
  })
})

describe('sig and ssh-keygen -Y', () => {
  for (const type of ['ed25519', 'ecdsa-p384', 'rsa'] as const) {
    interop(`agree on signatures with ${type}, with and without a certificate`, ['ssh-keygen'], async () => {
      await inRoom(async ({ path, authority, subject }) => {
        const signer = type === 'ed25519' ? subject : await generateKey(type, type === 'rsa' ? { bits: 2048 } : {})
        const who = { kind: 'user', publicKey: signer.publicKey, keyId: 'me', principals: ['me@home'] } as const
        const certificate = await issueCertificate({ ...who, validAfter: 0n, validBefore: FOREVER }, authority)
        writeFileSync(path('key'), await formatPrivateKey(signer), { mode: 0o600 })
        writeFileSync(path('key.pub'), formatPublicKey(signer.publicKey))
        writeFileSync(path('key-cert.pub'), formatCertificate(certificate))
        writeFileSync(path('msg'), message)
        const lines = [
          `me@home ${formatPublicKey(signer.publicKey)}`,
          `me@home cert-authority ${formatPublicKey(authority.publicKey)}`,
        ]
        for (const [i, more] of [[], ['--certificate', path('key-cert.pub')]].entries()) {
          writeFileSync(path('signers'), lines[i]!)
          const ours = path(`ours${i}`)
          const sign = ['sig', 'sign', '--key', path('key'), '--namespace', 'file', ...more, '--out', ours, path('msg')]
          assert.equal((await hawser(sign)).code, 0)
          const asked = ['-f', path('signers'), '-I', 'me@home', '-n', 'file']
          assert.match(await must('ssh-keygen', ['-Y', 'verify', ...asked, '-s', ours], message), /^Good "file"/)
          const bent = await run('ssh-keygen', ['-Y', 'verify', ...asked, '-s', ours], 'other')
          assert.notEqual(bent.code, 0)

          const key = i === 0 ? path('key') : path('key-cert.pub')
          const theirs = await must('ssh-keygen', ['-Y', 'sign', '-f', key, '-n', 'file'], message)
          writeFileSync(path('theirs'), theirs)
          const options = ['--signers', path('signers'), '--identity', 'me@home', '--namespace', 'file']
          const verify = ['sig', 'verify', '--json', ...options, '--signature', path('theirs'), path('msg')]
          const { code, json } = await hawser(verify)
          assert.deepEqual([code, json[0].accepted, json[0].principal], [0, true, 'me@home'], JSON.stringify(json))
        }
      })
    })
  }
})
