import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { createKrl, formatKrl, formatPrivateKey, formatPublicKey } from '../../src/index.ts'
import { hawser, hawserEach } from './command.ts'
import { inRoom, type Room } from './room.ts'

const options = 'from="192.0.2.0/24,*.home",command="echo \\"hi\\"",environment="A=b",expiry-time="20300101Z",no-pty'

/** A room with `c.pub`, a certificate of the subject for alice, and `keys`, which lets the subject and the authority's in. */
function inAccount(work: (room: Room) => Promise<void>): Promise<void> {
  return inRoom(async (room) => {
    const { path, authority, subject } = room
    await room.issue(
      ...['--principal', 'alice', '--to', 'forever', '--out', 'c.pub', '--critical', 'force-command=id'],
      ...['--critical', 'source-address=198.51.100.0/24'],
    )
    const lines = [
      '# mine',
      'nonsense',
      `${options} ${formatPublicKey(subject.publicKey).trim()}`,
      `cert-authority,restrict,pty ${formatPublicKey(authority.publicKey).trim()}`,
    ]
    writeFileSync(path('keys'), `${lines.join('\r\n')}\n`)
    await work(room)
  })
}

describe('authorized-keys check', () => {
  it('accepts, and tells the line and what it allows', async () => {
    await inAccount(async ({ path }) => {
      const asked = ['--address', '192.0.2.7', '--at', '20260101Z', path('keys')]
      const check = ['authorized-keys', 'check', '--key', path('id.pub'), ...asked]
      const { code, json, stderr } = await hawser([...check, '--json'])
      assert.deepEqual([code, stderr, json.length], [0, '', 1])
      const [{ options: said, ...facts }] = json
      assert.deepEqual(facts, { accepted: true, line: 3, principal: null })
      assert.deepEqual(
        [
          said.command,
          said.environment,
          said.expiryTime,
          said.from,
          said.pty,
          said.portForwarding,
          said.sourceAddresses,
        ],
        ['echo "hi"', ['A=b'], '1893456000', ['192.0.2.0/24', '*.home'], false, true, null],
      )
      const words = await hawser([...check.slice(0, -1), '-'], { input: readFileSync(path('keys')) })
      assert.equal(words.code, 0)
      assert.match(words.stdout, /^-: accepted by line 3\n {2}command +echo "hi"\n/)
      assert.match(words.stdout, / {2}refused +a terminal\n/)
    })
  })

  it('accepts a certificate for its principal, with what it and its line allow together', async () => {
    await inAccount(async ({ path }) => {
      const [good] = await hawserEach('authorized-keys-check', [
        ['--json', '--key', path('c.pub'), '--user', 'alice', '--address', '198.51.100.9', path('keys')],
      ])
      const { line, principal, options: said } = good!.printed
      assert.deepEqual([good!.code, line, principal], [0, 4, 'alice'])
      assert.deepEqual(
        [said.command, said.sourceAddresses, said.pty, said.portForwarding],
        ['id', ['198.51.100.0/24'], true, false],
      )
    })
  })

  it('refuses with the code of the reason', async () => {
    await inAccount(async ({ path, subject }) => {
      writeFileSync(path('krl'), formatKrl(createKrl({ generatedAt: 0, keys: [subject.publicKey] })))
      writeFileSync(path('id'), await formatPrivateKey(subject), { mode: 0o600 })
      const plain = ['--address', '192.0.2.7', '--at', '20260101Z', path('keys')]
      const certified = ['--key', path('c.pub'), '--address', '198.51.100.9', path('keys')]
      const cases: readonly (readonly [string[], string | undefined])[] = [
        [['--key', path('id.pub'), ...plain], undefined],
        [['--key', path('id'), ...plain], undefined],
        [['--key', path('id.pub'), '--host', 'a.home', ...plain.toSpliced(1, 1, '203.0.113.1')], undefined],
        [['--key', path('id.pub'), '--host', 'a.home', ...plain.slice(2)], 'source-address'],
        [['--key', path('ca.pub'), ...plain], 'unknown-key'],
        [['--key', path('id.pub'), ...plain.slice(2)], 'source-address'],
        [['--key', path('id.pub'), ...plain.toSpliced(1, 1, '203.0.113.1')], 'source-address'],
        [['--key', path('id.pub'), ...plain.toSpliced(3, 1, '20300101000001Z')], 'expired'],
        [['--key', path('id.pub'), '--krl', path('krl'), ...plain], 'revoked'],
        [['--key', path('id.pub'), '--krl', path('c.pub.none'), ...plain], 'file-not-found'],
        [['--key', path('keys'), ...plain], 'unknown-format'],
        [['--key', path('id.pub'), path('none')], 'file-not-found'],
        [certified, 'principal'],
        [['--user', '', ...certified], 'principal'],
        [['--user', 'bob', ...certified], 'principal'],
        [['--user', 'alice', ...certified.toSpliced(2, 2)], 'source-address'],
        [['--user', 'alice', '--krl', path('krl'), ...certified], 'revoked'],
      ]
      const answers = await hawserEach(
        'authorized-keys-check',
        cases.map(([args]) => ['--json', ...args]),
      )
      for (const [i, [, reason]] of cases.entries()) {
        const { code, printed } = answers[i]!
        const accepted = reason === undefined
        assert.deepEqual([code, printed.accepted, printed.code], [accepted ? 0 : 1, accepted, reason], `case ${i}`)
      }
      const words = await hawser(['authorized-keys', 'check', '--key', path('ca.pub'), ...plain])
      assert.deepEqual([words.code, words.stderr], [1, ''])
      assert.match(words.stdout, /^refused \(unknown-key\): /)
    })
  })
})
