/** examples/harden-server as it is started by hand: real servers in namespaces, hardened, undone, and saved from a lockout. */

import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { findTool } from '../../examples/quickstart/sshd.ts'
import { at, missing, startProgram, until } from './support.ts'

const tools = ['ssh', 'sshd', 'ssh-keyscan', 'sudo', 'visudo', 'nft', 'iptables-restore', 'ip', 'unshare']

function ready(t: TestContext): boolean {
  const absent = tools.filter((tool) => findTool(tool) === undefined)
  if (process.getuid?.() !== 0) missing(t, 'not root')
  else if (absent.length > 0) missing(t, `not installed: ${absent.join(', ')}`)
  else if (existsSync(at('examples/harden-server/node_modules/diff'))) return true
  else missing(t, 'npm ci in examples/harden-server has not run')
  return false
}

const listed = (path: string): string[] => (existsSync(path) ? readdirSync(path) : [])
const leftovers = (): string[] =>
  ['/etc/netns', '/run/netns', '/run'].flatMap(listed).filter((name) => name.startsWith('harden-server-'))

const start = () => startProgram(process.execPath, [at('examples/harden-server/demo/start.mjs')])

test('harden-server, whole: plan, proofs, undo, a rebuilt server, and two lockouts that did not happen', async (t) => {
  if (!ready(t)) return
  const started = start()
  try {
    await until('the example to end', started.end, 900_000)
    const log = started.log()
    assert.equal(started.end(), 0, log)
    assert.match(log, /\n14 logins and 11 refusals, as it should be/)
    for (const line of [
      /refused root, by password: Permission denied \(publickey\)/,
      /refused ada, by the old key: Permission denied \(publickey\)/,
      /sshd -T, root: permitrootlogin no\n/,
      /ok {6}all is as it was before\n/,
      /ok {6}all is as it was before, the account that was there already too\n/,
      /host key is another one than known_hosts says/,
      /restarted by systemctl: ssh\.socket\n/,
      /reloaded by service: ssh\n/,
      /reloaded by SIGHUP: process \d+\n/,
      /(?:the server has taken it back by itself|waiting for the server to do it)\n +proved: login of ada at port 22/,
      /FAILED: a ListenAddress names another port\n +/,
      /It stays as apply left it, and the way in of before is open\. Undone: root, firewall\./,
      /ok {6}sshd -t refuses it, before sshd reads it\n/,
    ]) {
      assert.match(log, line)
    }
    // The mailed password stands nowhere.
    assert.doesNotMatch(log, /what the provider mailed/)
    const pid = String(started.child.pid)
    assert.deepEqual(
      leftovers().filter((name) => name.includes(pid)),
      [],
    )
  } finally {
    await started.stop()
  }
})

test('harden-server interrupted in its middle leaves no namespace and no server behind', async (t) => {
  if (!ready(t)) return
  const before = leftovers()
  const started = start()
  try {
    await until('a login', () => (/in {6}root, by password/.test(started.log()) ? true : undefined), 300_000)
    process.kill(started.child.pid!, 'SIGINT')
    await until('it to end', () => (started.child.exitCode === null ? undefined : true))
    assert.equal(started.child.exitCode, 130)
    assert.deepEqual(
      leftovers().filter((name) => !before.includes(name)),
      [],
    )
  } finally {
    await started.stop()
  }
})
