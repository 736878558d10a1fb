import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { sha1, sha256 } from '../../src/crypto/index.ts'
import {
  createKrl,
  fingerprint,
  formatKrl,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  parseKrl,
} from '../../src/index.ts'
import { interop, must, run } from '../interop/support.ts'
import { hawser, hawserEach } from './command.ts'
import { inRoom, type Room } from './room.ts'

/** A room with `c.pub`, the certificate of the subject with serial number 7. */
function inCertifiedRoom(work: (room: Room) => Promise<void>): Promise<void> {
  return inRoom(async (room) => {
    await room.issue('--principal', 'alice', '--serial', '7', '--to', 'forever', '--out', 'c.pub')
    await work(room)
  })
}

describe('krl create', () => {
  it('makes a list of keys, serial numbers, ranges and key ids', async () => {
    await inCertifiedRoom(async ({ path, authority, subject }) => {
      const begun = BigInt(Math.floor(Date.now() / 1000))
      const args = ['--ca', 'ca.pub', '--serial', '1', '--serial', '17-18446744073709551615', '--key-id', 'bob']
      const what = ['--key', 'id.pub', '--key', 'c.pub', '--version', '9', '--comment', 'since the train']
      const { code, stderr } = await hawser(['krl', 'create', ...args, ...what, '--out', 'list'], { cwd: path('.') })
      const ended = BigInt(Math.floor(Date.now() / 1000))
      assert.deepEqual([code, stderr.startsWith('hawser: list: revocation list')], [0, true])
      const krl = parseKrl(readFileSync(path('list')))
      assert.deepEqual([krl.version, krl.comment, krl.authorities.size], [9n, 'since the train', 1])
      assert.ok(krl.generatedAt >= begun && krl.generatedAt <= ended)
      assert.deepEqual([...krl.keys], [Buffer.from(subject.publicKey.blob).toString('latin1')])
      const [by] = krl.authorities.values()
      assert.deepEqual(by!.authority?.blob, authority.publicKey.blob)
      assert.deepEqual([...by!.keyIds], ['bob'])
      assert.deepEqual([...by!.serials.first, ...by!.serials.last], [1n, 7n, 17n, 1n, 7n, 0xffffffffffffffffn])
    })
  })

  it('replaces a list with --force alone, and takes over the entries of others', async () => {
    await inCertifiedRoom(async ({ path }) => {
      const create = (
        ...args: string[]
      ): Promise<{ code: number | null; json: { version?: string; error?: object }[] }> =>
        hawser(['krl', 'create', '--json', '--out', 'list', ...args], { cwd: path('.') })
      const first = await create('--key', 'id.pub', '--version', '4')
      assert.deepEqual([first.code, first.json[0]!.version], [0, '4'])
      const before = readFileSync(path('list'))
      const kept = await create('--key', 'ca.pub')
      assert.equal(kept.code, 1)
      assert.equal((kept.json[0] as { error: { code: string } }).error.code, 'file-exists')
      assert.deepEqual(readFileSync(path('list')), before)
      const merged = await create('--merge', 'list', '--key', 'ca.pub', '--force')
      assert.deepEqual([merged.code, merged.json[0]!.version], [0, '5'])
      const krl = parseKrl(readFileSync(path('list')))
      assert.deepEqual([krl.version, krl.keys.size], [5n, 2])
    })
  })

  it('writes nothing where a key cannot be read', async () => {
    await inCertifiedRoom(async ({ path }) => {
      writeFileSync(path('many'), readFileSync(path('id.pub'), 'utf8') + readFileSync(path('ca.pub'), 'utf8'))
      writeFileSync(path('broken'), 'SSHKRL\n\0')
      const create = (...args: string[]): string[] => ['--out', path('list'), ...args]
      const answers = await hawserEach('krl-create', [
        create('--key', path('nothing')),
        create('--key', path('id.pub'), '--key', path('many')),
        create('--ca', path('c.pub'), '--serial', '1'),
        create('--merge', path('broken')),
        create('--merge', path('id.pub')),
      ])
      assert.deepEqual(
        answers.map(({ error }) => error),
        ['file-not-found', 'unknown-format', 'is-certificate', 'truncated', 'unknown-format'],
      )
      assert.ok(!existsSync(path('list')))
    })
  })
})

describe('krl test', () => {
  it('says for each key whether it is revoked, and why', async () => {
    await inCertifiedRoom(async ({ path, authority, subject }) => {
      const generatedAt = 0
      const { publicKey } = subject
      const by = { authority: authority.publicKey }
      for (const [reason, spec] of Object.entries({
        serial: { certificates: [{ ...by, serials: [[5n, 9n] as const] }] },
        'key-id': { certificates: [{ ...by, keyIds: ['alice@laptop'] }] },
        key: { keys: [publicKey] },
        sha1: { sha1: [sha1.digest(publicKey.blob)] },
        sha256: { sha256: [sha256.digest(publicKey.blob)] },
        authority: { keys: [authority.publicKey] },
      })) {
        writeFileSync(path(reason), formatKrl(createKrl({ generatedAt, ...spec })))
      }
      const reasons = ['serial', 'key-id', 'key', 'sha1', 'sha256', 'authority']
      const answers = await hawserEach(
        'krl-test',
        reasons.map((name) => ['--json', '--krl', path(name), path('c.pub')]),
      )
      for (const [i, reason] of reasons.entries()) {
        assert.deepEqual(answers[i], { code: 1, printed: { file: path('c.pub'), revoked: true, reason } })
      }
      const { code, json, stdout } = await hawser(
        ['krl', 'test', '--json', '--krl', 'key', 'ca.pub', 'id.pub', 'c.pub'],
        {
          cwd: path('.'),
        },
      )
      assert.equal(code, 1)
      assert.deepEqual(json, [
        { file: 'ca.pub', revoked: false },
        { file: 'id.pub', revoked: true, reason: 'key' },
        { file: 'c.pub', revoked: true, reason: 'key' },
      ])
      assert.equal(stdout.split('\n').length, 4)
      const words = await hawser(['krl', 'test', '--krl', path('serial'), '-'], { input: readFileSync(path('c.pub')) })
      assert.deepEqual([words.code, words.stdout], [1, '-: revoked (serial)\n'])
      const free = await hawser(['krl', 'test', '--krl', path('serial'), path('id.pub'), path('ca')])
      assert.deepEqual([free.code, free.stdout], [0, `${path('id.pub')}: not revoked\n${path('ca')}: not revoked\n`])
    })
  })

  it('takes a list of keys, and refuses what it cannot judge', async () => {
    await inCertifiedRoom(async ({ path, subject }) => {
      writeFileSync(path('keys'), `# lost\n${formatPublicKey(subject.publicKey)}`)
      writeFileSync(path('locked'), await formatPrivateKey(subject, { passphrase: 'x', rounds: 1 }))
      const files = ['nothing', 'msg', 'locked', 'ca.pub']
      writeFileSync(path('msg'), 'hello\n')
      const { code, json, stderr } = await hawser(['krl', 'test', '--json', '--krl', 'keys', ...files], {
        cwd: path('.'),
      })
      assert.deepEqual([code, stderr], [1, ''])
      const [nothing, text, locked, ca] = json
      assert.deepEqual([nothing.file, nothing.error.code, 'revoked' in nothing], ['nothing', 'file-not-found', false])
      assert.deepEqual([text.file, text.error.code], ['msg', 'unknown-format'])
      // The public half of an encrypted key is in clear.
      assert.deepEqual(locked, { file: 'locked', revoked: true, reason: 'key' })
      assert.deepEqual(ca, { file: 'ca.pub', revoked: false })
      const words = await hawser(['krl', 'test', '--krl', 'keys', 'nothing'], { cwd: path('.') })
      assert.deepEqual([words.code, words.stdout], [1, ''])
      assert.equal(words.stderr, 'hawser: nothing: no such file or directory\n')
      for (const list of ['msg', 'nothing', 'ca']) {
        const refused = await hawser(['krl', 'test', '--json', '--krl', list, 'id.pub'], { cwd: path('.') })
        assert.deepEqual([refused.code, refused.json.length, typeof refused.json[0].error.code], [1, 1, 'string'], list)
      }
    })
  })
})

describe('krl and ssh-keygen', () => {
  interop('agree on lists that either made', ['ssh-keygen'], async () => {
    await inCertifiedRoom(async ({ path, authority }) => {
      const other = await generateKey('ecdsa-p256')
      writeFileSync(path('other.pub'), formatPublicKey(other.publicKey))
      const keys = ['id.pub', 'ca.pub', 'c.pub', 'other.pub']
      const lists: readonly (readonly string[])[] = [
        ['--ca', 'ca.pub', '--serial', '7'],
        ['--ca', 'ca.pub', '--serial', '8-900', '--serial', '1-6'],
        ['--serial', '7'],
        ['--key-id', 'alice@laptop', '--ca', 'other.pub'],
        ['--key', 'c.pub'],
        ['--key', 'other.pub', '--key', 'ca.pub'],
        [],
      ]
      for (const [i, args] of lists.entries()) {
        const list = `list${i}`
        const made = await hawser(['krl', 'create', ...args, '--out', list], { cwd: path('.') })
        assert.equal(made.code, 0, made.stderr)
        const { json } = await hawser(['krl', 'test', '--json', '--krl', list, ...keys], { cwd: path('.') })
        const theirs = await run('ssh-keygen', ['-Q', '-f', path(list), ...keys.map(path)])
        const said = theirs.out.split('\n').filter((line) => line !== '')
        assert.deepEqual(
          json.map(({ revoked }) => revoked),
          said.map((line) => line.endsWith('REVOKED')),
          `${args.join(' ')}: ${theirs.out}`,
        )
      }
      const listing = await must('ssh-keygen', ['-Q', '-l', '-f', path('list5')])
      assert.ok(listing.includes(fingerprint(authority)))
      await must('ssh-keygen', ['-k', '-q', '-f', path('theirs'), '-s', path('ca.pub'), '-z', '3', path('c.pub')])
      const { code, json } = await hawser(['krl', 'test', '--json', '--krl', 'theirs', ...keys], { cwd: path('.') })
      assert.equal(code, 1)
      assert.deepEqual(
        json.map(({ reason }) => reason),
        [undefined, undefined, 'serial', undefined],
      )
    })
  })
})
