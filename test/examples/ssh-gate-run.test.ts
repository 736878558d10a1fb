/** examples/ssh-gate as it is started by hand: real gates, targets and clients, in network namespaces and on 127.0.0.1. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { findTool } from '../../examples/quickstart/sshd.ts'
import { at, missing, startProgram, until } from './support.ts'

/** Whether all is here that the example needs. */
function ready(t: TestContext, tools: readonly string[]): boolean {
  const absent = tools.filter((tool) => findTool(tool) === undefined)
  if (absent.length > 0) missing(t, `not installed: ${absent.join(', ')}`)
  else if (!existsSync(at('examples/ssh-gate/node_modules/hono'))) missing(t, 'npm ci in examples/ssh-gate has not run')
  else return true
  return false
}

const tools = ['ssh', 'sshd', 'sftp']
const ours = (): string[] => [
  ...(existsSync('/etc/netns') ? readdirSync('/etc/netns') : []),
  ...(existsSync('/run/netns') ? readdirSync('/run/netns') : []),
  ...(existsSync('/run') ? readdirSync('/run') : []),
]

/** Runs the example to its end; gives what it printed. */
async function example(args: readonly string[]): Promise<string> {
  const started = startProgram(process.execPath, [at('examples/ssh-gate/demo/start.mjs'), ...args])
  try {
    await until('the example to end', started.end, 900_000)
    assert.equal(started.end(), 0, started.log())
    return started.log()
  } finally {
    await started.stop()
  }
}

test('ssh-gate in network namespaces: real logins, real refusals, and nothing is left behind', async (t) => {
  if (process.getuid?.() !== 0) {
    // Not a tool that is missing: whoever is not root cannot have this.
    console.log(`NOT TESTED: "${t.name}": not root`)
    t.skip('not root')
    return
  }
  if (!ready(t, [...tools, 'ip'])) return
  const log = await example([])
  if (!/each machine with an address/.test(log)) return missing(t, 'no network namespaces here')
  assert.match(log, /\n4 logins and 23 refusals, as it should be/)
  for (const line of [
    /in {6}ProxyJump: deploy at the target, seen from 10\.77\.2\.1\n/,
    /in {6}ProxyCommand: deploy at the target, seen from 10\.77\.2\.1\n/,
    /refused the name, at the client/,
    /refused by the target, one for the client alone: deploy@web-1: Permission denied/,
    /refused another port of the target: administratively prohibited/,
  ]) {
    assert.match(log, line)
  }
})

test('ssh-gate on 127.0.0.1, as for those who are not root', async (t) => {
  if (!ready(t, tools)) return
  assert.match(await example(['--loopback']), /\n4 logins and 20 refusals, as it should be, on 127\.0\.0\.1/)
})

test('ssh-gate interrupted in its middle leaves no namespace, process or file behind', async (t) => {
  if (!ready(t, tools)) return
  const started = startProgram(process.execPath, [at('examples/ssh-gate/demo/start.mjs')])
  try {
    const pid = started.child.pid!
    await until('the gate', () => (/gate sshd-config edge\n +#/.test(started.log()) ? true : undefined), 300_000)
    process.kill(pid, 'SIGINT')
    await until('it to end', () => (started.child.exitCode === null ? undefined : true))
    assert.equal(started.child.exitCode, 130)
    assert.deepEqual(
      ours().filter((name) => name.startsWith(`ssh-gate-${pid}-`)),
      [],
    )
    const folder = /home-dir (\S+)\/gate /.exec(started.log())![1]!
    assert.ok(!existsSync(folder), folder)
    const { stdout } = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    if (stdout) assert.ok(!stdout.includes(`${folder}/`), 'a process of it runs on')
  } finally {
    await started.stop()
  }
})
