import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { formatPrivateKey, generateKey } from '../../src/index.ts'
import { openAgent } from '../../src/runtime/node/index.ts'
import { inFolder, main } from './command.ts'

/** `script` of util-linux gives a command a pseudo-terminal; that of BSD takes other options. */
const missing = !spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux')
if (missing) console.error('SKIPPED: test/cli/agent-terminal.test.ts needs "script" of util-linux')

it('hawser agent serve --confirm asks on the terminal, where yes is yes; ^C at a question ends it', {
  skip: missing,
}, async () => {
  await inFolder(async (path) => {
    const key = await generateKey('ed25519', { comment: 'mine' })
    writeFileSync(path('id'), await formatPrivateKey(key), { mode: 0o600 })
    const socket = path('agent')
    const command = `'${process.execPath}' '${main}' agent serve --confirm --socket '${socket}' '${path('id')}'`
    const { SSH_ASKPASS: _, ...env } = process.env
    const child = spawn('script', ['-q', '-e', '-c', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...env, TERM: 'xterm' },
    })
    const answers = ['yes\r', 'y\r', '\r', '\x04', '\x03']
    let screen = ''
    let from = 0
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      screen += text
      const at = screen.indexOf('yes or no: ', from)
      if (at < 0) return
      from = at + 1
      child.stdin.write(answers.shift()!)
    })
    const ended = new Promise<number | null>((done) => child.on('close', done))
    const timer = setTimeout(() => child.kill(), 300_000)
    while (!existsSync(socket)) await sleep(20)
    const agent = await openAgent({ socket })
    const use = () => agent.sign(key.publicKey.blob, new Uint8Array(1))
    await use()
    for (const answer of ['y', '', '^D']) await assert.rejects(use(), { code: 'agent-refused' }, answer)
    assert.match(screen, /Allow use of key mine\?\r\nKey fingerprint SHA256:[^\r]+\.\r\nIt is for something unknown\./)
    await assert.rejects(use(), { code: 'agent-closed' })
    assert.equal(await ended, 130)
    clearTimeout(timer)
    child.stdin.destroy()
    assert.equal(existsSync(socket), false)
  })
})
