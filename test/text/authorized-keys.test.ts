import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SshError } from '../../src/errors.ts'
import { ed25519, opaquePublicKey } from '../../src/keys/index.ts'
import {
  addAuthorizedKey,
  formatAuthorizedKeys,
  parseAuthorizedKeys,
  removeAuthorizedKey,
} from '../../src/text/authorized-keys.ts'
import { parseKeyOptions } from '../../src/text/key-options.ts'
import { formatOptions, splitOptions } from '../../src/wire/option-list.ts'
import { formatPublicLine } from '../../src/wire/public-line.ts'
import { decodeText, encodeText } from '../../src/wire/text.ts'
import { Writer } from '../../src/wire/writer.ts'
import { octets } from '../support/bytes.ts'

const blobOf = (type: string, fill: number): Uint8Array =>
  new Writer().string(type).string(new Uint8Array(32).fill(fill)).take()
const key = opaquePublicKey(blobOf('ssh-ed25519', 1))
const other = opaquePublicKey(blobOf('ssh-ed25519', 2))
const line = formatPublicLine(key.blob, '')

test('options and key are found in every layout', () => {
  const lines: readonly (readonly [string, string, string])[] = [
    [line, '', ''],
    [` \t${line}`, '', ''],
    [`${line} a comment `, '', 'a comment '],
    [`${line}\tc # d`, '', 'c # d'],
    [`no-pty ${line}`, 'no-pty', ''],
    [`no-pty\t \t${line} c`, 'no-pty', 'c'],
    [`command="a b # c" ${line}`, 'command="a b # c"', ''],
    [`command="a \\" b",pty ${line}`, 'command="a \\" b",pty', ''],
    [`${line}\r`, '', ''],
    [`${line} c\0d`, '', 'c'],
    [line.replace(' ', ' \t '), '', ''],
  ]
  const { entries, problems } = parseAuthorizedKeys(lines.map(([text]) => text).join('\n'))
  assert.deepEqual(problems, [])
  assert.deepEqual(
    entries.map(({ line: number, key: { comment }, optionText }) => [number, optionText, comment]),
    lines.map(([, optionText, comment], i) => [i + 1, optionText, comment]),
  )
  for (const entry of entries) assert.deepEqual(entry.key.blob, key.blob)
})

test('a line that sshd passes over is a problem, and the others stand', () => {
  const certificate = formatPublicLine(blobOf('ssh-ed25519-cert-v01@openssh.com', 1), '')
  const rows: readonly (readonly [string, string])[] = [
    ['garbage', 'unknown-format'],
    ['garbage line here', 'unknown-format'],
    ['ssh-ed25519 notbase64', 'unknown-format'],
    ['ssh-ed25519 AAAA!', 'bad-base64'],
    [line.replace('ssh-ed25519', 'ssh-rsa'), 'type-mismatch'],
    [line.replace('ssh-ed25519', 'restrict'), 'type-mismatch'],
    [`unknown ${line}`, 'bad-value'],
    [`no-pty, pty ${line}`, 'unknown-format'],
    [`no-pty, ${line}`, 'bad-value'],
    [`no-pty ,pty ${line}`, 'unknown-format'],
    [`command="a ${line}`, 'bad-value'],
    [`command="a\\" ${line}`, 'bad-value'],
    [certificate, 'is-certificate'],
    [`cert-authority ${certificate}`, 'is-certificate'],
    [`\u00a0${line}`, 'type-mismatch'],
    [`\ufeff${line}`, 'type-mismatch'],
    [`${'permitopen="h:1",'.repeat(4098)}pty ${line}`, 'limit'],
  ]
  const { entries, problems } = parseAuthorizedKeys(`# a\n${rows.map(([text]) => text).join('\n')}\n \n\t#b\n${line}`)
  assert.deepEqual(
    problems.map(({ line: number, code }) => [number, code]),
    rows.map(([, code], i) => [i + 2, code]),
  )
  assert.deepEqual(
    entries.map((entry) => entry.line),
    [rows.length + 4],
  )
})

test('keys stay opaque, and are judged where their types are given', () => {
  const unheard = formatPublicLine(new Writer().string('new@example.com').string('x').take(), '')
  const short = formatPublicLine(new Writer().string('ssh-ed25519').string('x').take(), '')
  const file = [unheard, short, line].join('\n')
  assert.equal(parseAuthorizedKeys(file).entries.length, 3)
  const { entries, problems } = parseAuthorizedKeys(file, { types: [ed25519] })
  assert.deepEqual([entries.map((e) => e.line), problems.map((p) => p.line)], [[1, 3], [2]])
})

test('options that are wrong are refused, with the code bad-value', () => {
  for (const text of [
    ...[
      'ptyx',
      'no-restrict',
      'no-no-pty',
      'command',
      'pty="x"',
      'command="a",command="a"',
      '__proto__',
      'no-__proto__',
    ],
    ...['principals="a",principals="b"', 'from="a",from="b"', 'expiry-time="19700101Z"', 'expiry-time="2030"'],
    ...[
      'environment="A"',
      'environment="=1"',
      'environment="A-B=1"',
      'environment="é=1"',
      'tunnel=""',
      'tunnel="2147483646"',
    ],
    ...['permitopen="h"', 'permitopen="h:0"', 'permitopen="h:65536"', 'permitopen="80"', 'permitopen="h:http"'],
    ...[
      'permitlisten="x:y:1"',
      'permitlisten="h/80"',
      'permitopen="[::1"',
      'permitopen="[::1]x:1"',
      'no-cert-authority',
    ],
    ...['x="y"', `permitopen="${'h'.repeat(1025)}:1"`, 'no-pty,', 'a b', 'constructor', 'toString="x"'],
  ]) {
    assert.throws(() => parseKeyOptions(text), { code: 'bad-value' }, text)
  }
})

test('options say what they say', () => {
  const read = parseKeyOptions(
    'environment="A=1",environment="B=x=y",environment="A=2",expiry-time="20300101Z",expiry-time="20290101Z",' +
      'expiry-time="20310101Z",tunnel="1",tunnel="Any",permitopen="h/1",permitlisten="+80",permitlisten="*",' +
      'restrict,PTY,no-pty,Agent-Forwarding,from="a,,b",principals="a,b,,c",environment="__proto__=1"',
  )
  assert.deepEqual(read.environment, ['A=1', 'B=x=y', '__proto__=1'])
  assert.equal(read.expiryTime, BigInt(Date.UTC(2029, 0, 1) / 1000))
  assert.equal(read.tunnel, 'any')
  assert.deepEqual([read.permitOpen, read.permitListen], [['h/1'], ['*:+80', '*:*']])
  assert.deepEqual([read.restrict, read.pty, read.agentForwarding, read.portForwarding], [true, false, true, false])
  assert.deepEqual(
    [read.from, read.principals],
    [
      ['a', '', 'b'],
      ['a', 'b'],
    ],
  )
  assert.deepEqual(parseKeyOptions('pty,restrict').pty, false)
  assert.equal(parseKeyOptions('').from, null)
})

test('as many variables as sshd takes, and no more', () => {
  const variables = (count: number) => Array.from({ length: count }, (_, i) => `environment="A${i}=1"`).join(',')
  assert.equal(parseKeyOptions(variables(1025)).environment.length, 1025)
  assert.throws(() => parseKeyOptions(variables(1026)), { code: 'limit' })
  assert.throws(() => parseKeyOptions(`${variables(1025)},environment="A1=1"`), { code: 'limit' })
})

test('options are quoted so that they are read back', () => {
  const options = [{ name: 'restrict' }, { name: 'command', value: 'a "b, c" \\x \\"' }, { name: 'from', value: '' }]
  assert.deepEqual(splitOptions(formatOptions(options)), options)
  for (const value of ['a\\', 'a\nb', 'a\0', 'a\r']) {
    assert.throws(() => formatOptions([{ name: 'command', value }]), { code: 'bad-value' })
  }
  for (const name of ['', 'a b', 'a,b', 'a=b', 'a"'])
    assert.throws(() => formatOptions([{ name }]), { code: 'bad-value' })
})

test('lines that are written are read as what they say', () => {
  const keys = [{ key, optionText: 'restrict,command="x y"' }, { key: { ...other, comment: 'c d' } }]
  const text = formatAuthorizedKeys(keys)
  const { entries } = parseAuthorizedKeys(text)
  assert.deepEqual(
    entries.map(({ optionText, key: { comment } }) => [optionText, comment]),
    [
      ['restrict,command="x y"', ''],
      ['', 'c d'],
    ],
  )
  assert.equal(formatAuthorizedKeys(entries), text)
  for (const optionText of ['unknown', 'no-pty ', ' no-pty', '#', 'command="a\nb"', 'no-pty,', '"']) {
    assert.throws(() => formatAuthorizedKeys([{ key, optionText }]), { code: 'bad-value' }, optionText)
  }
  assert.throws(() => formatAuthorizedKeys([{ key: { ...key, comment: 'a\nb' } }]), { code: 'bad-value' })
})

test('an edit leaves every other line byte for byte', () => {
  const rest = octets('# \xff\r\n\r\n \t\nunknown x\nno-pty ssh-ed25519 AAAA \x00\r\n')
  const others = encodeText(`${formatPublicLine(other.blob, 'c')}\r\n`)
  const mine = encodeText(`${line}\r\nwhatever="x" ${line} y\n\t restrict\t${line}\n# ${line}\n`)
  const file = new Uint8Array([...rest, ...mine, ...others])
  const left = removeAuthorizedKey(file, key)
  assert.deepEqual(left, new Uint8Array([...rest, ...encodeText(`# ${line}\n`), ...others]))
  assert.deepEqual(removeAuthorizedKey(left, key), left)
  assert.equal(removeAuthorizedKey(decodeText(file), key), decodeText(left))
  const added = addAuthorizedKey(left, { ...key, comment: 'me' }, { optionText: 'no-pty' })
  assert.deepEqual(added, new Uint8Array([...left, ...encodeText(`no-pty ${line} me\n`)]))
  assert.equal(addAuthorizedKey('', key), `${line}\n`)
  assert.equal(addAuthorizedKey('# open', key), `# open\n${line}\n`)
})

test('what is too long or no text is refused', () => {
  const limits = { textFileLength: 10 }
  assert.throws(() => parseAuthorizedKeys(line, { limits }), { code: 'limit' })
  assert.throws(() => removeAuthorizedKey(line, key, { limits }), { code: 'limit' })
  assert.throws(() => parseAuthorizedKeys(null as unknown as string), TypeError)
  assert.throws(() => parseAuthorizedKeys('\ud800'), { code: 'bad-encoding' })
})

test('cut anywhere, and with any bit flipped, a file is read or refused with a coded error', () => {
  const file = encodeText(
    `cert-authority,from="10.0.0.0/8,!10.1.1.1",command="a \\" b" ${line} c\n# d\nenvironment="A=1",tunnel="0" ${line}`,
  )
  const read = (bytes: Uint8Array): void => {
    try {
      const { entries, problems } = parseAuthorizedKeys(bytes, { types: [ed25519] })
      // A line feed more makes a line more.
      assert.ok(entries.length + problems.length <= 4)
      for (const entry of entries) assert.ok(entry.key.blob.length === key.blob.length)
    } catch (error) {
      assert.ok(error instanceof SshError, String(error))
    }
  }
  for (let length = 0; length < file.length; length++) read(file.subarray(0, length))
  for (let bit = 0; bit < file.length * 8; bit++) {
    const flipped = new Uint8Array(file)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    read(flipped)
  }
})

test('bad lines are told up to 10,000, and good ones read all', () => {
  const { entries, problems } = parseAuthorizedKeys(`${'x\n'.repeat(10_001)}${line}\n`)
  assert.deepEqual([problems.length, problems.at(-1)?.line, entries[0]?.line], [10_000, 10_000, 10_002])
  assert.equal(problems[0]?.code, 'unknown-format')
})
