import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { hawser, inFolder, main } from './command.ts'

const commands = ['keygen', 'inspect', 'convert', 'fingerprint', 'cert issue', 'cert check']

describe('help and version', () => {
  it('says its version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    const { code, stdout } = await hawser(['--version'])
    assert.deepEqual([code, stdout], [0, `hawser ${version}\n`])
  })

  it('teaches every command: purpose, usage, options, examples', async () => {
    for (const command of commands) {
      const { code, stdout, stderr } = await hawser([...command.split(' '), '--help'])
      assert.deepEqual([code, stderr], [0, ''])
      assert.match(stdout, new RegExp(`^hawser ${command}: `))
      assert.match(stdout, /\nusage: hawser /)
      assert.match(stdout, /\n {2}--json /)
      const examples = stdout.split('\nexamples:\n')[1]?.match(/^ {2}\S/gm) ?? []
      assert.ok(examples.length >= 2, `${command}: two examples`)
      assert.ok(Math.max(...stdout.split('\n').map((line) => line.length)) <= 120)
    }
  })

  it('lists the commands, and takes help as a word', async () => {
    const { stdout } = await hawser(['--help'])
    for (const command of commands) assert.match(stdout, new RegExp(`^ {2}${command} `, 'm'))
    assert.equal((await hawser(['help'])).stdout, stdout)
    assert.match((await hawser(['help', 'cert', 'issue'])).stdout, /^hawser cert issue: /)
    assert.match((await hawser(['cert', '--help'])).stdout, /^hawser cert: /)
  })

  it('keeps what does not exist yet out of the help', async () => {
    assert.doesNotMatch((await hawser(['cert', 'issue', '--help'])).stdout, /ca-agent/)
    assert.doesNotMatch((await hawser(['cert', 'check', '--help'])).stdout, /--krl/)
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
  ]

  it('exits with 2, in words on standard error', async () => {
    // One a command: each start of a process costs time, and the words come from one place.
    for (const args of [0, 1, 2, 4, 5, 16, 20, 24, 35, 47].map((i) => wrong[i]!)) {
      const { code, stdout, stderr } = await hawser(args)
      assert.equal(code, 2, args.join(' '))
      assert.equal(stdout, '')
      assert.match(stderr, /^hawser: .+\nTry: hawser .*--help\n$/, args.join(' '))
    }
  })

  it('exits with 2, as a JSON object with --json', async () => {
    const check = async (args: readonly string[]): Promise<void> => {
      const words = args[0] === 'cert' ? 2 : 1
      const { code, json, stderr } = await hawser([...args.slice(0, words), '--json', ...args.slice(words)])
      assert.deepEqual([code, stderr, json.length], [2, '', 1], args.join(' '))
      assert.equal(json[0].error.code, 'usage', args.join(' '))
      assert.equal(typeof json[0].error.message, 'string')
    }
    const cases = wrong.filter(([command]) => command !== undefined && command !== 'help')
    for (let i = 0; i < cases.length; i += 4) await Promise.all(cases.slice(i, i + 4).map(check))
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
