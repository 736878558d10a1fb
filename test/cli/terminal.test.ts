import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { formatPrivateKey, formatPublicKey, generateKey, parsePrivateKey } from '../../src/index.ts'
import { inFolder, main } from './command.ts'

/** `script` of util-linux gives a command a pseudo-terminal; that of BSD takes other options. */
const missing = !spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux')
if (missing) console.error('SKIPPED: test/cli/terminal.test.ts needs "script" of util-linux')

interface Talk {
  readonly code: number | null
  /** All that the terminal showed. */
  readonly screen: string
}

/** Runs the command on a terminal; types each answer when its prompt shows. `redirect` is for the shell. */
function talk(
  args: readonly string[],
  answers: readonly (readonly [prompt: RegExp, keys: string])[],
  redirect = '',
): Promise<Talk> {
  const quoted = [process.execPath, main, ...args].map((word) => `'${word}'`).join(' ')
  const child: ChildProcess = spawn('script', ['-q', '-e', '-c', `${quoted} ${redirect}`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm' },
  })
  const left = [...answers]
  let screen = ''
  let from = 0
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    screen += text
    const found = left[0]?.[0].exec(screen.slice(from))
    if (!found) return
    from += found.index + found[0].length
    child.stdin!.write(left.shift()![1])
  })
  const timer = setTimeout(() => child.kill(), 300_000)
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearTimeout(timer)
      child.stdin!.destroy()
      resolve({ code, screen })
    })
  })
}

describe('a passphrase at a terminal', { skip: missing }, () => {
  it('is asked for twice for a new key, and not echoed', async () => {
    await inFolder(async (path) => {
      const { code, screen } = await talk(
        ['keygen', '--rounds', '1', '--out', path('id')],
        [
          [/Passphrase for .*: /, 'tippfä\x7fehler\x15hunter 2\r'],
          [/again: /, 'hunter 2\r'],
        ],
      )
      assert.equal(code, 0, screen)
      assert.ok(!screen.includes('hunter') && !screen.includes('tipp'))
      await parsePrivateKey(readFileSync(path('id')), { passphrase: 'hunter 2' })
    })
  })

  it('leaves a new key plain where it is empty; two that differ make none; ^C ends it', async () => {
    await inFolder(async (path) => {
      const plain = await talk(['keygen', '--out', path('a')], [[/none\): /, '\r']])
      assert.equal(plain.code, 0)
      await parsePrivateKey(readFileSync(path('a')))
      const differ = await talk(
        ['keygen', '--out', path('b')],
        [
          [/none\): /, 'one\r'],
          [/again: /, 'two\r'],
        ],
      )
      assert.equal(differ.code, 1)
      assert.match(differ.screen, /the two passphrases differ/)
      const interrupted = await talk(['keygen', '--out', path('c')], [[/none\): /, 'abc\x03']])
      assert.equal(interrupted.code, 130)
      assert.deepEqual([existsSync(path('b')), existsSync(path('c'))], [false, false])
    })
  })

  it('opens a key, with a second try, also while standard input is a file', async () => {
    await inFolder(async (path) => {
      const key = await generateKey('ed25519', { comment: 'inside' })
      writeFileSync(path('id'), await formatPrivateKey(key, { passphrase: 'Schlüssel', rounds: 1 }), { mode: 0o600 })
      const opened = await talk(
        ['inspect', path('id')],
        [
          [/Passphrase for .*: /, 'wrong\r'],
          [/Passphrase for .*: /, 'SchlüX\x7fssel\r'],
        ],
      )
      assert.equal(opened.code, 0)
      assert.match(opened.screen, /Wrong passphrase/)
      assert.match(opened.screen, /comment +inside/)
      const piped = await talk(['inspect', '-'], [[/Passphrase for -: /, 'Schlüssel\r']], `< '${path('id')}'`)
      assert.equal(piped.code, 0)
      assert.match(piped.screen, /comment +inside/)
      const empty = await talk(['inspect', path('id')], [[/Passphrase for .*: /, '\r']])
      assert.equal(empty.code, 0)
      assert.match(empty.screen, /no passphrase given/)
      const wrong = await talk(
        ['inspect', path('id')],
        [1, 2, 3].map(() => [/Passphrase for .*: /, 'wrong\r'] as const),
      )
      assert.equal(wrong.code, 1)
    })
  })

  it('is not asked for with --json', async () => {
    await inFolder(async (path) => {
      writeFileSync(path('id'), await formatPrivateKey(await generateKey(), { passphrase: 'x', rounds: 1 }))
      const { code, screen } = await talk(['inspect', '--json', path('id')], [])
      assert.equal(code, 0)
      assert.match(screen, /"locked":true/)
    })
  })

  it('says that it reads a large list of revoked keys, and wipes that', async () => {
    await inFolder(async (path) => {
      const line = formatPublicKey((await generateKey()).publicKey)
      writeFileSync(path('k.pub'), line)
      writeFileSync(path('list'), line.repeat(Math.ceil((1 << 20) / line.length)))
      const { code, screen } = await talk(['krl', 'test', '--krl', path('list'), path('k.pub')], [])
      assert.equal(code, 1)
      assert.ok(screen.includes(`reading ${path('list')} (1 MB) …\r\x1b[K`))
      assert.match(screen, /k\.pub: revoked \(key\)/)
    })
  })

  it('shows progress of long work, and wipes it', async () => {
    await inFolder(async (path) => {
      const { code, screen } = await talk(
        ['keygen', '--rounds', '200', '--out', path('id')],
        [
          [/none\): /, 'x\r'],
          [/again: /, 'x\r'],
        ],
      )
      assert.equal(code, 0)
      assert.match(screen, /passphrase … \d+ %/)
      assert.ok(screen.includes('\r\x1b[K'))
    })
  })
})
