import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { help } from '../../src/cli/help/index.ts'
import { hawser, hawserEach, inFolder, main } from './command.ts'

const commands = [
  ...['keygen', 'inspect', 'convert', 'fingerprint', 'cert issue', 'cert check'],
  ...['sig sign', 'sig verify', 'sig check', 'sig find-principals', 'krl create', 'krl test'],
  ...['hosts find', 'hosts check', 'hosts add', 'hosts remove', 'hosts hash', 'authorized-keys check'],
  ...['serve', 'list', 'add', 'remove', 'lock', 'unlock', 'query'].map((name) => `agent ${name}`),
  'login',
  ...['client-setup', 'host-setup', 'keys', 'known-hosts', 'host-certificate', 'krl'].map((name) => `ca ${name}`),
]
const groups = [...new Set(commands.filter((command) => command.includes(' ')).map((name) => name.split(' ')[0]!))]

describe('help and version', () => {
  it('says its version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    const { code, stdout } = await hawser(['--version'])
    assert.deepEqual([code, stdout], [0, `hawser ${version}\n`])
  })

  it('teaches every command: purpose, usage, options, examples', async () => {
    for (const command of commands) {
      const text = help[command]!
      assert.match(text, new RegExp(`^hawser ${command}: `))
      assert.match(text, new RegExp(`\nusage: hawser ${command} `))
      assert.match(text, /\n {2}--json /)
      const examples = text.split('\nexamples:\n')[1]?.match(/^ {2}\S/gm) ?? []
      assert.ok(examples.length >= 2, `${command}: two examples`)
    }
    for (const command of ['keygen', 'sig verify', 'authorized-keys check']) {
      const { code, stdout, stderr } = await hawser([...command.split(' '), '--help'])
      assert.deepEqual([code, stdout, stderr], [0, `${help[command]}\n`, ''])
    }
  })

  it('fits a terminal of 120 columns', () => {
    for (const [command, text] of Object.entries(help)) {
      for (const line of text.split('\n')) assert.ok(line.length <= 120, `${command}: ${line}`)
    }
  })

  it('lists the commands, and takes help as a word', async () => {
    const { stdout } = await hawser(['--help'])
    for (const command of commands) assert.match(stdout, new RegExp(`^ {2}${command} `, 'm'))
    assert.equal((await hawser(['help'])).stdout, stdout)
    assert.match((await hawser(['help', 'cert', 'issue'])).stdout, /^hawser cert issue: /)
  })

  it('lists the commands of a group', async () => {
    for (const group of groups) {
      assert.match(help[group]!, new RegExp(`^hawser ${group}: `))
      const members = commands.filter((command) => command.startsWith(`${group} `))
      for (const command of members) assert.match(help[group]!, new RegExp(`^ {2}${command} `, 'm'))
      const bare = await hawser([group])
      assert.deepEqual([bare.code, members.every((command) => bare.stderr.includes(command))], [2, true])
      assert.ok(bare.stderr.endsWith(`Try: hawser ${group} --help\n`))
    }
    assert.equal((await hawser(['sig', '--help'])).stdout, `${help.sig}\n`)
  })

  it('has no command that the help does not know', async () => {
    const source = readFileSync(new URL('../../src/cli/main.ts', import.meta.url), 'utf8')
    const known = [...source.matchAll(/^ +'?([a-z -]+)'?: \(\) => import/gm)].map(([, name]) => name)
    assert.deepEqual(known.sort(), [...commands].sort())
  })
})

describe('wrong usage', () => {
  const wrong: readonly (readonly string[])[] = [
    [],
    ['nonsense'],
    ['cert'],
    ['cert', 'nonsense'],
    ['help', 'nonsense'],
    ['keygen'],
    ['keygen', '--out', '-'],
    ['keygen', '--out', 'x', '--type', 'nonsense'],
    ['keygen', '--out', 'x', '--bits', '0x10'],
    ['keygen', '--out', 'x', '--rounds', '0'],
    ['keygen', '--out', 'x', '--rounds', '2049'],
    ['keygen', '--out', 'x', '--rounds', '16'],
    ['keygen', '--out', 'x', '--bits', '512', '--type', 'rsa'],
    ['keygen', '--out', 'x', '--comment', 'two\nlines'],
    ['keygen', '--out', 'x', '--passphrase', 'secret'],
    ['keygen', '--out', 'x', 'y'],
    ['inspect'],
    ['inspect', '--nonsense', 'x'],
    ['inspect', '-', '-'],
    ['inspect', '--passphrase-file', '-', '-'],
    ['fingerprint'],
    ['fingerprint', 'a', 'b'],
    ['fingerprint', '--hash', 'crc32', 'a'],
    ['fingerprint', '--match', '', 'a'],
    ['cert', 'issue', '--id', 'x', '--principal', 'p', '--to', '+5m', 'key.pub'],
    ['cert', 'issue', '--ca', 'ca', '--principal', 'p', '--to', '+5m', 'key.pub'],
    ['cert', 'issue', '--ca', 'ca', '--id', 'x', '--to', '+5m', 'key.pub'],
    ['cert', 'issue', '--ca', 'ca', '--id', 'x', '--principal', 'p', 'key.pub'],
    ['cert', 'issue', '--ca', 'ca', '--id', 'x', '--principal', 'p', '--to', '+5m'],
    ['cert', 'issue', '--ca', 'ca', '--id', 'x', '--principal', 'p', '--to', 'soon', 'key.pub'],
    ['cert', 'issue', '--ca', 'ca', '--id', 'x', '--principal', 'p', '--to', '-1h', 'key.pub'],
    ['cert', 'issue', '--ca', 'ca', '--id', 'x', '--principal', 'p', '--to', '+5m', '--to', '+6m', 'key.pub'],
    ['cert', 'issue', '--ca', 'ca', '--id', 'x', '--any-principal', '--principal', 'p', '--to', '+5m', 'key.pub'],
    ['cert', 'issue', '--ca', 'ca', '--id', 'x', '--any-principal', '--serial', '0x1', '--to', '+5m', 'key.pub'],
    ['cert', 'issue', '--ca', 'a', '--ca-agent', 'b', '--id', 'x', '--principal', 'p', '--to', '+5m', 'key.pub'],
    ['convert', 'a'],
    ['convert', '--to', 'pkcs8'],
    ['convert', '--to', 'pkcs8', 'a', 'b'],
    ['convert', '--to', 'pkcs8', '--encoding', 'ber', 'a'],
    ['convert', '--to', 'pkcs8', '--out', '', 'a'],
    ['convert', '--to', 'pkcs8', '--rounds', '5', 'a'],
    ['convert', '--to', 'pkcs8', '--cipher', 'aes-128-cbc', 'a'],
    ['convert', '--to', 'pkcs8', '--new-passphrase-file', 'p', '--rounds', '0', 'a'],
    ['convert', '--to', 'openssh', '--comment', 'two\nlines', 'a'],
    ['convert', '--to', 'openssh', '--passphrase-file', '-', '-'],
    ['fingerprint', '--passphrase-file', '-', '-'],
    ['fingerprint', '--match', 'x', '--hash', 'md5', 'a'],
    ['cert', 'check', 'cert.pub'],
    ['cert', 'check', '--ca', 'ca.pub'],
    ['cert', 'check', '--ca', 'ca.pub', '--at', 'tomorrow', 'cert.pub'],
    ['cert', 'check', '--ca', 'ca.pub', '--source-address', 'localhost', 'cert.pub'],
    ['cert', 'check', '--ca', 'ca.pub', '--krl', 'a', '--krl', 'b', 'cert.pub'],
    ['sig', 'sign', '--namespace', 'file', 'msg'],
    ['sig', 'sign', '--key', 'k', 'msg'],
    ['sig', 'sign', '--key', 'k', '--namespace', 'file'],
    ['sig', 'sign', '--key', 'k', '--namespace', 'file', 'a', 'b'],
    ['sig', 'sign', '--key', 'k', '--namespace', 'file', '--hash', 'sha1', 'msg'],
    ['sig', 'sign', '--key', '-', '--namespace', 'file', '-'],
    ['sig', 'verify', '--identity', 'i', '--namespace', 'file', '--signature', 's', 'msg'],
    ['sig', 'verify', '--signers', 'f', '--namespace', 'file', '--signature', 's', 'msg'],
    ['sig', 'verify', '--signers', 'f', '--identity', 'i', '--signature', 's', 'msg'],
    ['sig', 'verify', '--signers', 'f', '--identity', 'i', '--namespace', 'file', 'msg'],
    ['sig', 'verify', '--signers', 'f', '--identity', 'i', '--namespace', 'file', '--signature', 's'],
    [
      'sig',
      'verify',
      '--signers',
      'f',
      '--identity',
      'i',
      '--namespace',
      'n',
      '--signature',
      's',
      '--at',
      'bad',
      'msg',
    ],
    ['sig', 'check', '--signature', 's', 'msg'],
    ['sig', 'check', '--namespace', 'file', '--signature', '-', '-'],
    ['sig', 'find-principals', '--signature', 's'],
    ['sig', 'find-principals', '--signers', 'f'],
    ['sig', 'find-principals', '--signers', 'f', '--signature', 's', 'msg'],
    ['krl', 'create'],
    ['krl', 'create', '--out', '-'],
    ['krl', 'create', '--out', 'x', 'key.pub'],
    ['krl', 'create', '--out', 'x', '--serial', '0'],
    ['krl', 'create', '--out', 'x', '--serial', '5-3'],
    ['krl', 'create', '--out', 'x', '--serial', '5-'],
    ['krl', 'create', '--out', 'x', '--serial', '18446744073709551616'],
    ['krl', 'create', '--out', 'x', '--version', '-1'],
    ['krl', 'test', 'key.pub'],
    ['krl', 'test', '--krl', 'x'],
    ['krl', 'test', '--krl', '-', '-'],
    ['hosts', 'find'],
    ['hosts', 'find', 'host'],
    ['hosts', 'find', '', 'file'],
    ['hosts', 'find', 'host', 'file', 'file'],
    ['hosts', 'add', 'host', 'key.pub'],
    ['hosts', 'add', 'host', 'key.pub', 'file', '--marker', 'trusted'],
    ['hosts', 'remove', 'host'],
    ['hosts', 'remove', 'host', '-'],
    ['hosts', 'hash'],
    ['hosts', 'hash', '-'],
    ['hosts', 'check', 'host', 'file'],
    ['hosts', 'check', '--key', 'k', 'host'],
    ['hosts', 'check', '--key', '-', 'host', '-'],
    ['authorized-keys', 'check', 'file'],
    ['authorized-keys', 'check', '--key', 'k'],
    ['authorized-keys', 'check', '--key', 'k', '--address', 'localhost', 'file'],
    ['authorized-keys', 'check', '--key', 'k', '--at', 'never', 'file'],
    ['agent', 'serve', '--token-env', 'T'],
    ['agent', 'serve', '--with-agent', 's'],
    ['agent', 'serve', '--authority', 'http://ssh.example.com'],
    ['agent', 'serve', '--authority', 'https://ssh.example.com', '--login', 'nonsense'],
    ['agent', 'serve', '--authority', 'https://ssh.example.com', '--login', 'command'],
    ['agent', 'serve', '--authority', 'https://ssh.example.com', '--token-env', 'T', '--token-command', 'c'],
    ['agent', 'serve', '--authority', 'https://ssh.example.com', '--token-env', 'T', '--login', 'browser'],
    ['agent', 'serve', '--authority', 'https://ssh.example.com', '--token-command', "cat 'x"],
    ['agent', 'serve', '--authority', 'https://ssh.example.com', '--token-command', ' '],
    ['agent', 'serve', '--authority', 'https://ssh.example.com', '--socket', 's', '--with-agent', 's'],
    ['agent', 'serve', '--authority', 'https://ssh.example.com', '--with-agent', ''],
    ['login', 'more'],
    ['login', '--device', '--login', 'device'],
    ['login', '--login', 'nonsense'],
    ['login', '--login', 'command'],
    ['login', '--token-command', "cat 'x"],
    ['login', '--device', '--token-env', 'T'],
    ['login', '--authority', 'ssh.example.com'],
    ['ca', 'client-setup'],
    ['ca', 'client-setup', '--host', 'a b'],
    ['ca', 'client-setup', '--host', '*.corp', '--socket', 'a"b'],
    ['ca', 'client-setup', '*.corp'],
    ['ca', 'host-setup', '--group', 'web', '--account', 'deploy'],
    ['ca', 'host-setup', '--group', 'web', '--account', 'deploy', '--ca', 'f', '--authority', 'https://a.example'],
    ['ca', 'host-setup', '--account', 'deploy', '--ca', 'f'],
    ['ca', 'host-setup', '--group', 'web', '--ca', 'f'],
    ['ca', 'keys'],
    ['ca', 'keys', '--authority', 'https://user@ssh.example.com'],
    ['ca', 'known-hosts'],
    ['ca', 'known-hosts', '--authority', 'https://ssh.example.com', 'more'],
    ['ca', 'host-certificate', '--authority', 'https://ssh.example.com', '--key', 'k'],
    ['ca', 'host-certificate', '--authority', 'https://ssh.example.com', '--name', 'n'],
    ['ca', 'host-certificate', '--authority', 'https://ssh.example.com', '--key', '-', '--name', 'n'],
    ['ca', 'krl', '--authority', 'https://ssh.example.com'],
    ['ca', 'krl', '--authority', 'https://ssh.example.com', '--out', '-'],
    ['ca', 'krl', '--out', 'f'],
  ]

  it('exits with 2, in words on standard error', async () => {
    // One a command: each start of a process costs time, and the words come from one place.
    for (const args of [0, 1, 2, 4, 5, 16, 20, 24, 35, 47, 52, 58, 69, 78, 82, 92].map((i) => wrong[i]!)) {
      const { code, stdout, stderr } = await hawser(args)
      assert.equal(code, 2, args.join(' '))
      assert.equal(stdout, '')
      assert.match(stderr, /^hawser: .+\nTry: hawser .*--help\n$/, args.join(' '))
    }
  })

  it('is refused as that by every command', async () => {
    for (const command of commands) {
      const words = command.split(' ')
      const calls = wrong.filter((args) => words.every((word, i) => args[i] === word)).map((a) => a.slice(words.length))
      if (calls.length === 0) continue
      const answers = await hawserEach(words.join('-'), calls)
      for (const [i, { error }] of answers.entries()) assert.equal(error, 'usage', `${command} ${calls[i]!.join(' ')}`)
      assert.equal(answers.length, calls.length)
    }
  })

  it('exits with 2, as a JSON object with --json, which says no where a verdict was asked for', async () => {
    const judges = ['cert check', 'sig verify', 'sig check', 'authorized-keys check']
    const some = ['cert', 'cert nonsense', 'nonsense', 'keygen', 'inspect', 'krl test', 'hosts find', 'sig sign']
    const check = async (command: string): Promise<void> => {
      const { code, json, stderr } = await hawser([...command.split(' '), '--json'])
      assert.deepEqual([code, stderr, json.length], [2, '', 1], command)
      assert.deepEqual([json[0].error.code, typeof json[0].error.message], ['usage', 'string'], command)
      assert.equal(json[0].accepted, judges.includes(command) ? false : undefined)
    }
    for (const command of [...some, ...judges]) await check(command)
    const time = ['--signers', 'f', '--identity', 'i', '--namespace', 'n', '--signature', 's', '--at', 'bad', 'msg']
    const { code, json } = await hawser(['sig', 'verify', '--json', ...time])
    assert.deepEqual([code, json[0].accepted, json[0].error.code], [2, false, 'usage'])
  })

  it('escapes what it repeats', async () => {
    const { stderr } = await hawser(['inspect', '--\x1b[31m'])
    assert.ok(!stderr.includes('\x1b'))
  })
})

describe('standard output', () => {
  it('is quiet where its reader has left', async () => {
    await inFolder(async (path) => {
      await hawser(['keygen', '--out', path('k')])
      const files = new Array<string>(2000).fill(path('k.pub'))
      const child = spawn(process.execPath, [main, 'inspect', ...files], { stdio: ['ignore', 'pipe', 'pipe'] })
      let stderr = ''
      child.stderr.setEncoding('utf8').on('data', (text) => {
        stderr += text
      })
      child.stdout.once('data', () => child.stdout.destroy())
      const code = await new Promise((resolve) => child.on('close', resolve))
      assert.deepEqual([code, stderr], [0, ''])
    })
  })

  it('fails aloud where it is full', { skip: process.platform !== 'linux' }, async () => {
    const child = spawn('sh', ['-c', '"$@" > /dev/full', 'sh', process.execPath, main, '--version'])
    assert.notEqual(await new Promise((resolve) => child.on('close', resolve)), 0)
  })
})
