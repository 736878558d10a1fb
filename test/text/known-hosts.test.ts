import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LimitError, SshError } from '../../src/errors.ts'
import { hashHost } from '../../src/text/host-match.ts'
import { findHost, formatKnownHosts, parseKnownHosts } from '../../src/text/known-hosts.ts'
import { addHost, hashHosts, removeHost } from '../../src/text/known-hosts-edit.ts'
import { decodeText } from '../../src/wire/text.ts'
import { concat, flipped, octets, repeatable, utf8 } from '../support/bytes.ts'
import { blobOf, publicKey } from '../support/keys.ts'
import { vectorText } from '../support/vectors.ts'

const ed = publicKey('ed25519')
const words = (name: string): string => vectorText(`keys/${name}.pub`).split(' ').slice(0, 2).join(' ')
const key = words('ed25519')
const rsa = words('rsa2048')
const linesOf = (file: string | Uint8Array, host: string): number[] => findHost(file, host).map((entry) => entry.line)

const file = [
  '# known hosts',
  '',
  `plain.example.com ${key} a comment`,
  `UPPER.example.com,192.0.2.1\t${rsa}`,
  `  [gate.example.com]:2222 ${key}`,
  `*.wild.example.com,!bad.wild.example.com ${key}`,
  `@cert-authority *.example.com ${key}`,
  `@revoked * ${rsa} stolen`,
  `${hashHost('plain.example.com', repeatable(1))} ${rsa}`,
  `@unknown plain.example.com ${key}`,
  `@revoked @cert-authority plain.example.com ${key}`,
  'plain.example.com',
  'plain.example.com ssh-ed25519',
  'plain.example.com 1024 35 123456789 protocol-one',
  'plain.example.com ssh-ed25519 AAAAbroken',
  `plain.example.com ssh-rsa ${key.split(' ')[1]}`,
  `|1|c2hvcnQ=|AAAAAAAAAAAAAAAAAAAAAAAAAAA= ${key}`,
  `2001:db8::10 ${key}`,
].join('\n')

describe('known_hosts', () => {
  it('is read line by line, and what is wrong is told with its line', () => {
    const { entries, problems } = parseKnownHosts(file)
    assert.deepEqual(
      entries.map((e) => [e.line, e.marker, e.hosts.slice(0, 16), e.type, e.comment]),
      [
        [3, null, 'plain.example.co', 'ssh-ed25519', 'a comment'],
        [4, null, 'UPPER.example.co', 'ssh-rsa', ''],
        [5, null, '[gate.example.co', 'ssh-ed25519', ''],
        [6, null, '*.wild.example.c', 'ssh-ed25519', ''],
        [7, 'cert-authority', '*.example.com', 'ssh-ed25519', ''],
        [8, 'revoked', '*', 'ssh-rsa', 'stolen'],
        [9, null, entries[6]!.hosts.slice(0, 16), 'ssh-rsa', ''],
        [17, null, '|1|c2hvcnQ=|AAAA', 'ssh-ed25519', ''],
        [18, null, '2001:db8::10', 'ssh-ed25519', ''],
      ],
    )
    assert.deepEqual(entries[0]!.key, { type: 'ssh-ed25519', blob: ed.blob })
    assert.deepEqual(
      problems.map(({ line, code }) => [line, code]),
      [
        [10, 'bad-value'],
        [11, 'bad-value'],
        [12, 'bad-value'],
        [13, 'bad-value'],
        [14, 'bad-value'],
        [15, 'bad-base64'],
        [16, 'type-mismatch'],
      ],
    )
  })

  it('has its bad lines told up to 10,000, and its good ones all', () => {
    const { entries, problems } = parseKnownHosts(`${'x\n'.repeat(10_001)}@revoked h ${key}\n`)
    assert.deepEqual([problems.length, problems.at(-1)?.line, entries[0]?.line], [10_000, 10_000, 10_002])
    assert.deepEqual(problems[0], { line: 1, code: 'bad-value', message: 'line: names and a key expected' })
  })

  it('is written as it was read, but for its comment lines', () => {
    const { entries } = parseKnownHosts(file)
    const again = parseKnownHosts(formatKnownHosts(entries))
    assert.deepEqual(again.problems, [])
    assert.deepEqual(
      again.entries.map((entry) => ({ ...entry, line: 0 })),
      entries.map((entry) => ({ ...entry, line: 0 })),
    )
  })

  it('does not write what would be read as something else', () => {
    for (const hosts of ['', 'a b', 'a\tb', 'a\nb', '#a', '@revoked', 'a\0']) {
      assert.throws(() => formatKnownHosts([{ hosts, key: ed }]), { code: 'bad-value' }, JSON.stringify(hosts))
    }
    assert.throws(() => formatKnownHosts([{ hosts: 'a', key: ed, comment: 'x\ny' }]), { code: 'bad-value' })
    assert.throws(() => formatKnownHosts([{ hosts: 'a', key: ed, marker: 'none' as never }]), { code: 'bad-value' })
  })

  it('finds a host by name, pattern, hash, port and marker, and lines whose key is broken', () => {
    assert.deepEqual(linesOf(file, 'plain.example.com'), [3, 7, 8, 9, 15, 16])
    assert.deepEqual(
      findHost(file, 'plain.example.com').map((entry) => entry.key?.type),
      ['ssh-ed25519', 'ssh-ed25519', 'ssh-rsa', 'ssh-rsa', undefined, undefined],
    )
    assert.deepEqual(linesOf(file, 'upper.example.com'), [4, 7, 8])
    assert.deepEqual(linesOf(file, '192.0.2.1'), [4, 8])
    assert.deepEqual(linesOf(file, '[gate.example.com]:2222'), [5, 8])
    assert.deepEqual(linesOf(file, 'gate.example.com:2222'), [8])
    assert.deepEqual(linesOf(file, 'a.wild.example.com'), [6, 7, 8])
    assert.deepEqual(linesOf(file, 'bad.wild.example.com'), [7, 8])
    assert.deepEqual(linesOf(file, '2001:db8::10'), [8, 18])
  })

  it('compares patterns in lower case, hashes as they are', () => {
    assert.deepEqual(linesOf(file, 'PLAIN.example.com'), [3, 7, 8, 15, 16])
    const upper = `${hashHost('PLAIN', repeatable(2))} ${key}`
    assert.deepEqual(linesOf(upper, 'PLAIN'), [1])
    assert.deepEqual(linesOf(upper, 'plain'), [])
  })

  it('compares octets: a ? is one of them, and only ASCII has a lower case', () => {
    assert.deepEqual(linesOf(`gr??n ${key}`, 'grün'), [1])
    assert.deepEqual(linesOf(`gr?n ${key}`, 'grün'), [])
    assert.deepEqual(linesOf(`GRÜN ${key}`, 'grün'), [])
    assert.deepEqual(linesOf(octets(`gr\xfcn ${key}`), decodeText(octets('gr\xfcn'))), [1])
  })

  it('takes only a hash in its one form', () => {
    const hashed = hashHost('a', repeatable(3))
    assert.deepEqual(linesOf(`${hashed} ${key}`, 'a'), [1])
    const [, , salt, hash] = hashed.split('|')
    const unusedBit = `${hash!.slice(0, 26)}${String.fromCharCode(hash!.charCodeAt(26) + 1)}=`
    const others = [
      `|1|${salt}|${hash},b`,
      `|1|${salt}|${hash!.slice(0, -1)}`,
      `|1|${salt!.slice(0, -1)}|${hash}`,
      `|1|${salt}|${unusedBit}`,
      `|2|${salt}|${hash}`,
      `|1|${hash}|${salt}`,
      `|1|${salt}!${hash}`,
    ]
    for (const other of others) assert.deepEqual(linesOf(`${other} ${key}`, 'a'), [], other)
  })

  it('knows a marker by the space behind it, as OpenSSH does', () => {
    const marker = (line: string) => parseKnownHosts(line).entries.map((entry) => entry.marker)
    assert.deepEqual(marker(`@revoked a ${key}`), ['revoked'])
    assert.deepEqual(marker(`@revoked \t a ${key}`), ['revoked'])
    assert.deepEqual(marker(`@revoked\ta\t${key.replace(' ', '\t')}`), ['revoked'])
    assert.deepEqual(marker(`@revoked\ta ${key}`), [])
    assert.deepEqual(marker(`@Revoked a ${key}`), [])
    assert.deepEqual(marker(`@revoked2 a ${key}`), [])
    assert.deepEqual(marker(`@revoked  @a ${key}`), [])
  })

  it('ends a line at a NUL, and takes CRLF', () => {
    assert.deepEqual(parseKnownHosts(`a ${key}\0 rest`).entries[0]?.comment, '')
    assert.equal(parseKnownHosts(`a\0 ${key}`).problems.length, 1)
    const { entries, problems } = parseKnownHosts(`# x\r\n\r\na ${key}\r\nb ${key} c\r\n`)
    assert.deepEqual(
      [entries.map((entry) => [entry.hosts, entry.comment]), problems.length],
      [
        [
          ['a', ''],
          ['b', 'c'],
        ],
        0,
      ],
    )
  })

  it('carries keys of types that nobody knows, and octets that are not UTF-8', () => {
    const blob = blobOf('new-type@example.com', utf8('anything'))
    const line = formatKnownHosts([{ hosts: 'a', key: { blob }, comment: decodeText(octets('caf\xe9')) }])
    const [entry] = parseKnownHosts(line).entries
    assert.deepEqual(entry!.key, { type: 'new-type@example.com', blob })
    assert.equal(entry!.comment, decodeText(octets('caf\xe9')))
  })

  it('refuses an empty host, what is no file, and a file above the limit', () => {
    assert.throws(() => findHost(file, ''), TypeError)
    assert.throws(() => parseKnownHosts(5 as never), TypeError)
    assert.throws(() => parseKnownHosts(file, { limits: { textFileLength: 100 } }), LimitError)
    assert.throws(() => findHost(file, 'a', { limits: { textFileLength: 100 } }), LimitError)
  })

  it('reads every truncation and every flipped bit of a file, or throws a coded error', () => {
    const small = utf8(`@revoked *.a,!b ${key} c\n${hashHost('a', repeatable(4))} ${key}\r\n[a]:22 ${key}`)
    const random = repeatable(5)
    const all = (bytes: Uint8Array): void => {
      try {
        const { entries } = parseKnownHosts(bytes)
        // A flipped bit may have put into a comment what a line cannot hold.
        const tidy = entries.filter((entry) => !/[\r\n\0]/.test(entry.comment) && !/[\0-\x20]/.test(entry.hosts))
        assert.equal(parseKnownHosts(formatKnownHosts(tidy)).entries.length, tidy.length)
        findHost(bytes, 'a')
        removeHost(bytes, 'a')
        hashHosts(bytes, { random })
        addHost(bytes, 'a', ed)
      } catch (error) {
        if (!(error instanceof SshError)) throw error
      }
    }
    for (let i = 0; i <= small.length; i++) all(small.subarray(0, i))
    for (let i = 0; i < small.length * 8; i++) all(flipped(small, i))
    all(concat(small, new Uint8Array(1000).fill(255)))
  })
})
