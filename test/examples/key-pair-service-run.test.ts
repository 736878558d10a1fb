/** examples/key-pair-service as it is started by hand, with a real sshd. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { findTool } from '../../examples/quickstart/sshd.ts'
import { at, folder, missing, startProgram, until } from './support.ts'

const start = at('examples/key-pair-service/demo/start.mjs')

/** Whether all is here that the example needs. */
function ready(t: TestContext): boolean {
  const absent = ['ssh', 'sshd', 'ssh-keygen'].filter((tool) => findTool(tool) === undefined)
  if (absent.length > 0) missing(t, `not installed: ${absent.join(', ')}`)
  else if (!existsSync(at('examples/key-pair-service/node_modules/hono'))) {
    missing(t, 'npm ci in examples/key-pair-service has not run')
  } else return true
  return false
}

/** What processes and files there are whose name has this in it. */
function left(name: string): readonly string[] {
  const { stdout } = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
  return (stdout ?? '').split('\n').filter((line) => line.includes(name))
}

test('key-pair-service from its first access key to the last login that is refused', async (t) => {
  if (!ready(t)) return
  const tmp = folder('key-pairs-run')
  const started = startProgram(process.execPath, [start], { env: { TMPDIR: tmp } })
  try {
    await until('the example to end', started.end, 900_000)
    const log = started.log()
    assert.equal(started.end(), 0, log)
    assert.match(log, /\n7 logins and 13 refusals, as it should be, in /)
    // Both sides of a reboot, for one key that goes and one that comes.
    const sides = [
      'in +web.pem, still',
      'refused carol, not yet',
      '\\$ key-pairs RebootInstance',
      'in +carol',
      'refused web.pem, no more',
    ]
    assert.match(log, new RegExp(sides.join('[^]*')))
    assert.match(log, /with alice-key: alice\n +SHA256:/)
    assert.deepEqual(left(tmp), [])
  } finally {
    await started.stop()
  }
})

test('key-pair-service interrupted in its middle leaves no process and no file behind', async (t) => {
  if (!ready(t)) return
  const tmp = folder('key-pairs-stop')
  const started = startProgram(process.execPath, [start], { env: { TMPDIR: tmp } })
  try {
    await until('a login', () => (/in +web\.pem/.test(started.log()) ? true : undefined), 300_000)
    process.kill(started.child.pid!, 'SIGINT')
    await until('it to end', () =>
      started.child.exitCode === null && started.child.signalCode === null ? undefined : true,
    )
    assert.deepEqual(left(tmp), [])
    assert.deepEqual(
      readdirSync(tmp).filter((name) => name.startsWith('key-pairs-')),
      [],
    )
  } finally {
    await started.stop()
  }
})
