import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { describe, it } from 'node:test'
import { createKrl, fingerprint, formatKrl, formatPublicKey, generateKey, parseKnownHosts } from '../../src/index.ts'
import { interop, must, run } from '../interop/support.ts'
import { hawser, hawserEach, inFolder, main } from './command.ts'
import { inRoom, type Room } from './room.ts'

interface Hosts extends Room {
  /** The file, and its octets. */
  readonly file: string
  readonly bytes: Uint8Array
  /** Type and blob of the authority's key. */
  readonly key: string
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** A room with a known_hosts of CRLF, octets outside UTF-8, escape sequences, markers, a hash, and a line that is none. */
function inHosts(work: (hosts: Hosts) => Promise<void>): Promise<void> {
  return inRoom(async (room) => {
    const { path, authority } = room
    const key = formatPublicKey(authority.publicKey, { comment: '' }).trim()
    // Of no name here.
    const hash = '|1|WWZHoWfQ5T2V1N7kSDB0GEmDAkk=|x3dN2eD5Oq2o4nZ1XQ3lT8cBn0Y='
    const lines = [
      '# mine\r\n',
      `gate.example,192.0.2.1 ${key} caf\xe9 \x1b[31mred\r\n`,
      `${hash} ${key}\n`,
      'nonsense\n',
      `@revoked gate.example ${key}\n`,
      `@cert-authority *.example ${key}\n`,
      `[gate.example]:2222 ${key}\n`,
      `UPPER.example ${key}`,
    ]
    const bytes = new Uint8Array(Buffer.from(lines.join(''), 'latin1'))
    const file = path('known_hosts')
    writeFileSync(file, bytes)
    chmodSync(file, 0o644)
    await work({ ...room, file, bytes, key })
  })
}

/** Nothing is left of a write beside the files. */
function assertNoRemains(folder: string): void {
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('.')),
    [],
  )
}

describe('hosts find', () => {
  it('prints each entry, and exits with 1 where there is none', async () => {
    await inHosts(async ({ file, authority, bytes }) => {
      const { code, json } = await hawser(['hosts', 'find', '--json', 'gate.example', file])
      assert.equal(code, 0)
      assert.deepEqual(
        json.map(({ line, marker, type, sha256 }) => [line, marker, type, sha256]),
        [
          [2, null, 'ssh-ed25519', fingerprint(authority)],
          [5, 'revoked', 'ssh-ed25519', fingerprint(authority)],
          [6, 'cert-authority', 'ssh-ed25519', fingerprint(authority)],
        ],
      )
      const words = await hawser(['hosts', 'find', '192.0.2.1', '-'], { input: bytes })
      assert.deepEqual([words.code, words.stderr], [0, ''])
      assert.match(words.stdout, /^# Host 192\.0\.2\.1 found: line 2\ngate\.example,192\.0\.2\.1 ssh-ed25519 AAAA/)
      assert.ok(!words.stdout.includes('\x1b'))
      const none = await hawser(['hosts', 'find', '--json', 'gate.example:2222', file])
      assert.deepEqual([none.code, none.stdout], [1, ''])
      const missing = await hawser(['hosts', 'find', '--json', 'gate.example', `${file}.none`])
      assert.deepEqual([missing.code, missing.json[0].error.code], [1, 'file-not-found'])
    })
  })

  interop('finds the lines that ssh-keygen -F finds', ['ssh-keygen'], async () => {
    await inFolder(async (path) => {
      const line = formatPublicKey((await generateKey()).publicKey)
      const names = ['a.example', 'A.EXAMPLE', '[a.example]:2222', '[A.example]:2222', '[a.example]:22', '2001:db8::1']
      writeFileSync(path('plain'), [...names, '*.example,!b.example', 'c?.x'].map((name) => `${name} ${line}`).join(''))
      writeFileSync(
        path('hashed'),
        names
          .slice(1)
          .map((name) => `${name} ${line}`)
          .join(''),
      )
      await must('ssh-keygen', ['-H', '-f', path('hashed')])
      const asked = [...names, 'b.example', 'a.example:2222', 'C1.x', '*.example', '[2001:db8::1]:22', ' a.example']
      for (const file of [path('plain'), path('hashed')]) {
        for (const host of asked) {
          const theirs = await run('ssh-keygen', ['-F', host, '-f', file])
          const lines = [...theirs.out.matchAll(/^# Host .* found: line (\d+)/gm)].map(([, number]) => Number(number))
          const { code, json } = await hawser(['hosts', 'find', '--json', host, file])
          assert.deepEqual(
            json.map(({ line: number }) => number),
            lines,
            `${host} in ${file}`,
          )
          assert.equal(code, lines.length > 0 ? 0 : 1)
          assert.equal(code, theirs.code)
        }
      }
    })
  })
})

describe('hosts add', () => {
  it('makes a file of mode 0600, and adds each key of a host once', async () => {
    await inRoom(async ({ path, subject }) => {
      const add = (...args: string[]): string[] => ['--json', ...args, path('new')]
      const answers = await hawserEach('hosts-add', [
        add('Gate.Example', path('id.pub')),
        add('gate.example', path('id.pub')),
        add('--hash', 'Hashed', path('id.pub')),
        add('HASHED', path('id.pub')),
        add('--marker', 'cert-authority', '--comment', 'ours', '*.example', path('ca.pub')),
        add('--marker', 'revoked', 'gate.example', path('id.pub')),
        add('two words', path('id.pub')),
        add('a,b', path('id.pub')),
        add('host', path('none')),
      ])
      assert.deepEqual(
        answers.map(({ error, printed }) => error ?? printed.added),
        [true, false, true, false, true, true, 'bad-value', 'bad-value', 'file-not-found'],
      )
      assert.equal('old' in answers[0]!.printed, false)
      assert.equal(answers[2]!.printed.old, `${path('new')}.old`)
      assert.equal(statSync(path('new')).mode & 0o777, 0o600)
      const { entries } = parseKnownHosts(readFileSync(path('new')))
      assert.deepEqual(
        entries.map(({ marker, hosts, comment }) => [marker, hosts.slice(0, 3), comment]),
        [
          [null, 'gat', 'me@home'],
          [null, '|1|', 'me@home'],
          ['cert-authority', '*.e', 'ours'],
          ['revoked', 'gat', 'me@home'],
        ],
      )
      assert.equal(entries[0]!.hosts, 'gate.example')
      assert.deepEqual(entries[0]!.key.blob, subject.publicKey.blob)
      assertNoRemains(path('.'))
    })
  })

  it('refuses another key of a host that is there, of whatever type, unless it is forced', async () => {
    await inRoom(async ({ path }) => {
      const file = path('known')
      const before = [
        `a.example ${readFileSync(path('ca.pub'), 'utf8')}`,
        'b.example new@example.com AAAAD25ld0BleGFtcGxlLmNvbQ==\n',
        `@cert-authority *.example ${readFileSync(path('ca.pub'), 'utf8')}`,
      ].join('')
      writeFileSync(file, before)
      const add = (...args: string[]): string[] => ['--json', ...args, path('id.pub'), file]
      const answers = await hawserEach('hosts-add', [
        add('A.example'),
        add('--hash', 'a.example'),
        add('b.example'),
        add('c.example'),
        add('--force', 'a.example'),
        add('a.example'),
        add('--marker', 'revoked', 'b.example'),
      ])
      assert.deepEqual(
        answers.map(({ error, printed }) => error ?? printed.added),
        ['host-changed', 'host-changed', 'host-changed', true, true, false, true],
      )
      writeFileSync(file, before)
      const { code, stdout, stderr } = await hawser(['hosts', 'add', 'a.example', path('id.pub'), file])
      assert.deepEqual([code, stdout, readFileSync(file, 'utf8')], [1, '', before])
      assert.match(stderr, /known: line 1: a\.example has another key; --force adds this one too\n$/)
      const { code: again, json } = await hawser(['hosts', 'add', '--json', 'a.example', path('id.pub'), file])
      assert.deepEqual([again, json[0]?.error?.code], [1, 'host-changed'])
    })
  })

  it('leaves every octet of the file, keeps what was there, and its mode', async () => {
    await inHosts(async ({ file, bytes, path }) => {
      const { code, stdout, stderr } = await hawser(['hosts', 'add', 'new.example', path('id.pub'), file], {
        umask: '077',
      })
      assert.deepEqual([code, stdout], [0, ''])
      assert.match(stderr, /new\.example added/)
      const after = latin1(readFileSync(file))
      assert.ok(after.startsWith(`${latin1(bytes)}\nnew.example ssh-ed25519 `) && after.endsWith(' me@home\n'))
      assert.deepEqual(new Uint8Array(readFileSync(`${file}.old`)), bytes)
      assert.deepEqual([statSync(file).mode & 0o777, statSync(`${file}.old`).mode & 0o777], [0o644, 0o644])
    })
  })
})

describe('hosts remove', () => {
  it('removes the lines without a marker, and leaves every other octet', async () => {
    await inHosts(async ({ file, bytes }) => {
      const { code, json } = await hawser(['hosts', 'remove', '--json', 'gate.EXAMPLE', file], { umask: '077' })
      assert.deepEqual([code, json], [0, [{ file, host: 'gate.EXAMPLE', lines: [2], old: `${file}.old` }]])
      assert.equal(latin1(readFileSync(file)), latin1(bytes).replace(/gate[^\n]*\n/, ''))
      assert.deepEqual(new Uint8Array(readFileSync(`${file}.old`)), bytes)
      assert.equal(statSync(file).mode & 0o777, 0o644)
    })
  })

  it('writes nothing where nothing is to be removed', async () => {
    await inHosts(async ({ file, bytes, path }) => {
      const [none, marked, missing] = await hawserEach('hosts-remove', [
        ['--json', 'other', file],
        ['--json', 'b.example', file],
        ['--json', 'other', path('nothing')],
      ])
      assert.deepEqual([none!.code, none!.printed.lines], [0, []])
      // A line with a marker stays, and that is no success.
      assert.deepEqual([marked!.code, marked!.printed.lines], [1, []])
      assert.equal(missing!.error, 'file-not-found')
      assert.deepEqual(new Uint8Array(readFileSync(file)), bytes)
      assert.deepEqual([existsSync(`${file}.old`), existsSync(path('nothing'))], [false, false])
    })
  })

  interop('leaves what ssh-keygen -R leaves', ['ssh-keygen'], async () => {
    await inFolder(async (path) => {
      const line = formatPublicKey((await generateKey()).publicKey)
      const names = ['a.example,192.0.2.1', '*.example', '@revoked a.example', '[a.example]:22', 'b', 'A.example']
      const file = `# hosts\n${names.map((name) => `${name} ${line}`).join('')}`
      for (const host of ['a.example', '192.0.2.1', '[a.example]:22', 'none', 'B']) {
        for (const name of ['ours', 'theirs']) writeFileSync(path(name), file)
        const theirs = await run('ssh-keygen', ['-R', host, '-f', path('theirs')])
        const ours = await hawser(['hosts', 'remove', host, path('ours')])
        assert.equal(ours.code, theirs.code, host)
        assert.equal(readFileSync(path('ours'), 'utf8'), readFileSync(path('theirs'), 'utf8'), host)
      }
      assert.equal(readFileSync(path('ours.old'), 'utf8'), readFileSync(path('theirs.old'), 'utf8'))
    })
  })
})

describe('hosts hash', () => {
  it('hashes each name, says that the old file still has them, and does it once', async () => {
    await inHosts(async ({ file, bytes, path }) => {
      const first = await hawser(['hosts', 'hash', '--json', file])
      assert.deepEqual([first.code, first.json], [0, [{ file, changed: true, old: `${file}.old` }]])
      assert.match(first.stderr, /known_hosts\.old still names the hosts; delete it/)
      assert.deepEqual(new Uint8Array(readFileSync(`${file}.old`)), bytes)
      const after = readFileSync(file)
      const lines = latin1(after).split('\n')
      assert.deepEqual(
        lines.map((line) => line.slice(0, 3)),
        ['# m', '|1|', '|1|', '|1|', 'non', '@re', '@ce', '|1|', '|1|', ''].slice(0, lines.length),
      )
      assert.ok(lines[1]!.endsWith(' caf\xe9 \x1b[31mred\r') && lines[2]!.endsWith(' caf\xe9 \x1b[31mred\r'))
      const second = await hawser(['hosts', 'hash', '--json', file])
      assert.deepEqual([second.code, second.json], [0, [{ file, changed: false }]])
      assert.deepEqual(readFileSync(file), after)
      assert.deepEqual(new Uint8Array(readFileSync(`${file}.old`)), bytes)
      for (const host of ['gate.example', '192.0.2.1', '[gate.example]:2222', 'upper.example']) {
        const { json } = await hawser(['hosts', 'find', '--json', host, file])
        assert.ok(
          json.some(({ hosts }) => hosts.startsWith('|1|')),
          host,
        )
      }
      assertNoRemains(path('.'))
    })
  })

  interop('gives names that ssh-keygen -F finds', ['ssh-keygen'], async () => {
    await inFolder(async (path) => {
      const line = formatPublicKey((await generateKey()).publicKey)
      writeFileSync(path('hosts'), `a.example,192.0.2.1 ${line}[B.example]:2222 ${line}`)
      assert.equal((await hawser(['hosts', 'hash', path('hosts')])).code, 0)
      for (const [host, number] of Object.entries({ 'a.example': 1, '192.0.2.1': 2, '[b.example]:2222': 3 })) {
        assert.match(await must('ssh-keygen', ['-F', host, '-f', path('hosts')]), new RegExp(`line ${number} `))
      }
    })
  })
})

describe('an edit of known_hosts', () => {
  it('goes through a symbolic link, and does not follow one at FILE.old', async () => {
    await inHosts(async ({ file, bytes, path }) => {
      symlinkSync('known_hosts', path('link'))
      writeFileSync(path('precious'), 'precious')
      // The worst of them: what is kept would be written over, or over what was kept.
      for (const [old, target] of [
        ['link.old', 'precious'],
        ['link.old', 'known_hosts'],
        ['link.old', 'nowhere'],
      ] as const) {
        writeFileSync(file, bytes)
        symlinkSync(target, path(`${old}.tmp`))
        spawnSync('mv', ['-f', path(`${old}.tmp`), path(old)])
        assert.equal(readlinkSync(path(old)), target)
        assert.equal((await hawser(['hosts', 'remove', 'gate.example', path('link')])).code, 0)
        assert.ok(lstatSync(path('link')).isSymbolicLink() && lstatSync(path(old)).isFile(), target)
        assert.equal(latin1(readFileSync(file)), latin1(bytes).replace(/gate[^\n]*\n/, ''))
        assert.deepEqual(new Uint8Array(readFileSync(path(old))), bytes)
      }
      assert.equal(readFileSync(path('precious'), 'utf8'), 'precious')
      assert.ok(!existsSync(path('nowhere')))
    })
  })

  it('leaves the file where what was there cannot be kept, or the disk is full', async () => {
    await inHosts(async ({ file, bytes, path }) => {
      mkdirSync(`${file}.old`)
      const kept = await hawser(['hosts', 'hash', '--json', file])
      assert.deepEqual([kept.code, kept.json[0].error.code], [1, 'is-directory'])
      assert.deepEqual(new Uint8Array(readFileSync(file)), bytes)
      if (process.platform !== 'linux') return
      writeFileSync(path('other'), bytes)
      for (const signal of ['trap "" XFSZ;', '']) {
        // No file may grow: with the signal ignored the write fails, without that it ends the process in the middle.
        const script = `${signal} ulimit -c 0; ulimit -f 0; exec "$@"`
        const args = [
          '-c',
          script,
          'sh',
          process.execPath,
          main,
          'hosts',
          'remove',
          '--json',
          'gate.example',
          path('other'),
        ]
        const { status, stdout } = spawnSync('sh', args, { encoding: 'utf8' })
        assert.notEqual(status, 0)
        if (signal !== '') assert.equal(JSON.parse(stdout).error.code, 'file-failed')
        assert.deepEqual(new Uint8Array(readFileSync(path('other'))), bytes)
        assert.ok(!existsSync(path('other.old')))
        if (signal !== '') assertNoRemains(path('.'))
      }
    })
  })
})

describe('hosts check', () => {
  it('says known, authority, new, changed or revoked, and which line decided', async () => {
    await inRoom(async ({ path, authority, subject, issue }) => {
      await issue('--host', '--principal', 'web.example', '--to', '+5m', '--out', 'c.pub')
      const own = formatPublicKey(subject.publicKey)
      writeFileSync(
        path('a'),
        `# first\nGate.example,*.net ${own}[gate.example]:2222 ${formatPublicKey(authority.publicKey)}`,
      )
      writeFileSync(path('b'), `@cert-authority *.example ${formatPublicKey(authority.publicKey)}@revoked *.bad ${own}`)
      writeFileSync(path('krl'), formatKrl(createKrl({ generatedAt: 0, keys: [subject.publicKey] })))
      const check = (key: string, host: string, ...more: string[]): string[] => [
        ...['--json', '--key', path(key), ...more, host, path('a'), path('b')],
      ]
      const answers = await hawserEach('hosts-check', [
        check('id.pub', 'gate.example'),
        check('id.pub', 'GATE.example'),
        check('id.pub', '[gate.example]:22'),
        check('id.pub', '[gate.example]:2200'),
        check('id.pub', '[gate.example]:2222'),
        check('c.pub', 'web.example'),
        check('c.pub', 'web.example', '--at', '+1h'),
        check('c.pub', 'other.example'),
        check('id.pub', 'nowhere'),
        check('id.pub', 'gate.example:2222'),
        check('ca.pub', 'gate.example'),
        check('id.pub', 'x.bad'),
        check('id.pub', 'gate.example', '--krl', path('krl')),
        check('id.pub', 'gate.example', '--krl', path('nothing')),
        check('a', 'gate.example'),
        check('id.pub', '[gate.example]:99999'),
      ])
      const said = answers.map(({ code, error, printed }) => [
        ...[code ?? error, printed?.status ?? printed?.error.code, printed?.file?.slice(-1), printed?.line],
        printed?.refusal?.code,
      ])
      const none = undefined
      assert.deepEqual(said, [
        [0, 'known', 'a', 2, none],
        [0, 'known', 'a', 2, none],
        [0, 'known', 'a', 2, none],
        [0, 'known', 'a', 2, none],
        [1, 'changed', 'a', 3, none],
        [0, 'authority', 'b', 1, none],
        [1, 'new', none, none, 'expired'],
        [1, 'new', none, none, 'principal'],
        [1, 'new', none, none, none],
        [1, 'new', none, none, none],
        [1, 'changed', 'a', 2, none],
        [1, 'revoked', 'b', 2, none],
        [1, 'revoked', none, none, none],
        [1, 'file-not-found', none, none, none],
        [1, 'unknown-format', none, none, none],
        ['usage', none, none, none, none],
      ])
      const words = await hawser(['hosts', 'check', '--key', '-', 'gate.example', path('a')], { input: own })
      assert.deepEqual(
        [words.code, words.stdout],
        [0, `known: the key is the one of this host (${path('a')}, line 2)\n`],
      )
    })
  })
})
