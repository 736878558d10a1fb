/** examples/passwordless-vm as it is started by hand: a real sshd with what it made, a real ssh, and `check` from outside. */

import assert from 'node:assert/strict'
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { findTool } from '../../examples/quickstart/sshd.ts'
import { at, folder, missing, startProgram, until } from './support.ts'

function ready(t: TestContext): boolean {
  const absent = ['ssh', 'sshd', 'ssh-keygen'].filter((tool) => findTool(tool) === undefined)
  if (absent.length > 0) missing(t, `not installed: ${absent.join(', ')}`)
  else if (existsSync(at('examples/passwordless-vm/node_modules/yaml'))) return true
  else missing(t, 'npm ci in examples/passwordless-vm has not run')
  return false
}

const start = (...args: string[]) =>
  startProgram(process.execPath, [at('examples/passwordless-vm/demo/start.mjs'), ...args])
const leftovers = (): string[] => readdirSync(tmpdir()).filter((name) => /^(passwordless-vm|vm-check)-/.test(name))

/** Runs the example to its end; gives what it printed. */
async function demonstration(...args: string[]): Promise<string> {
  const before = leftovers()
  const started = start(...args)
  try {
    await until('the example to end', started.end, 900_000)
    assert.equal(started.end(), 0, started.log())
    assert.deepEqual(
      leftovers().filter((name) => !before.includes(name) && started.log().includes(name)),
      [],
    )
    return started.log()
  } finally {
    await started.stop()
  }
}

function asItShouldBe(log: string): void {
  assert.match(log, /\n3 logins and 2 refusals, as it should be/)
  for (const line of [
    /in {6}ssh -F ssh_config web-1: /,
    /in {6}the line of ssh\.sh: /,
    /in {6}the key of --add-key: /,
    /refused a password: Permission denied \(publickey\)/,
    /takes no passwords\n +methods: publickey\n/,
    /takes passwords: password, keyboard-interactive\n/,
    /no answer\. ssh: connect to host 127\.0\.0\.1 .*: Connection refused/,
  ]) {
    assert.match(log, line)
  }
}

test('passwordless-vm, whole: a real login by what it made, and the verdicts of check', async (t) => {
  if (!ready(t)) return
  const log = await demonstration()
  asItShouldBe(log)
  if (process.getuid?.() === 0) assert.match(log, /web-1: mara\n/)
})

test('passwordless-vm without an account of its own, as for those who are not root', async (t) => {
  if (ready(t)) asItShouldBe(await demonstration('--here'))
})

test('passwordless-vm interrupted in its middle leaves no server and no file behind', async (t) => {
  if (!ready(t)) return
  const started = start()
  try {
    await until('a login', () => (/in {6}ssh -F/.test(started.log()) ? true : undefined), 300_000)
    const [, dir = '', port = ''] =
      /connect .*-p \d+ -i (\S+)\/web-1\/id[\s\S]*listens on port (\d+)/.exec(started.log()) ?? []
    assert.ok(existsSync(dir), started.log())
    process.kill(started.child.pid!, 'SIGINT')
    await until('it to end', () => (started.child.exitCode === null ? undefined : true))
    assert.equal(started.child.exitCode, 130)
    assert.ok(!existsSync(dir), dir)
    const { isFree } = await import('../../examples/passwordless-vm/demo/server.ts')
    await until('the port to be free', async () => ((await isFree(Number(port))) ? true : undefined))
  } finally {
    await started.stop()
  }
})

test('check: keyboard-interactive, a password behind a key, an account without one, and what is no SSH', async (t) => {
  if (!ready(t)) return
  const [{ checkServer }, { canMount, isFree, startServer }] = await Promise.all([
    import('../../examples/passwordless-vm/check.ts'),
    import('../../examples/passwordless-vm/demo/server.ts'),
  ])
  let port = 28_000
  while (!(await isFree(port))) port++
  const known = join(homedir(), '.ssh', 'known_hosts')
  const content = (): string => (existsSync(known) ? readFileSync(known, 'utf8') : 'nothing')
  const before = content()
  const ask = async (user: string, ...more: string[]) => {
    const server = await startServer(folder('vm-server'), { port }, more)
    try {
      return await checkServer('127.0.0.1', port, user)
    } finally {
      await server.stop()
    }
  }
  const no = ['PasswordAuthentication no', 'KbdInteractiveAuthentication no']
  assert.deepEqual(await ask('nobody', ...no), { methods: ['publickey'], passwords: [] })
  const interactive = ['PasswordAuthentication no', 'KbdInteractiveAuthentication yes']
  assert.deepEqual((await ask('nobody', ...interactive)).passwords, ['keyboard-interactive'])
  // A password behind a key is no way in for a guesser.
  const both = await ask('nobody', 'AuthenticationMethods publickey,password')
  assert.deepEqual(both, { methods: ['publickey'], passwords: [] })
  if (canMount()) {
    const dir = folder('vm-open')
    chmodSync(dir, 0o711)
    const open = await startServer(dir, { port, account: 'open', password: '' }, [
      'PermitEmptyPasswords yes',
      'AuthenticationMethods none',
    ])
    try {
      assert.deepEqual(await checkServer('127.0.0.1', port, 'open'), { methods: ['none'], passwords: ['none'] })
    } finally {
      await open.stop()
    }
  }

  const web = createServer((socket) =>
    socket
      .resume()
      .on('error', () => {})
      .end('HTTP/1.0 400 Bad Request\r\n\r\n'),
  )
  web.listen(port, '127.0.0.1')
  try {
    await assert.rejects(checkServer('127.0.0.1', port, 'nobody'), { name: 'NoAnswer' })
  } finally {
    await new Promise((done) => web.close(done))
  }
  assert.equal(content(), before)
})
