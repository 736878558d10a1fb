/**
 * Destination constraints: OpenSSH's own agent-restrict.sh of Debian's openssh-tests, whose expectations `ssh-agent`
 * meets, run as it is with `hawser agent serve` in the place of `ssh-agent`: real ssh, sshd and agent forwarding, up to
 * seven hops.
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'node:test'
import { findTool } from '../../examples/quickstart/sshd.ts'
import { main } from '../cli/command.ts'
import { withSid } from './openssh-sid.ts'
import { fresh } from './support.ts'

const sid = process.env.HAWSER_OPENSSH_SID ?? join(tmpdir(), 'hawser-openssh-sid')
const suite = join(sid, 'root/usr/lib/openssh/regress')
const ready = existsSync(join(suite, 'agent-restrict.sh')) && ['sshd', 'ssh'].every((name) => findTool(name))

function script(path: string, text: string): string {
  writeFileSync(path, `#!/bin/sh\n${text}`)
  chmodSync(path, 0o755)
  return path
}

/** Runs the script with the clients of that folder; gives what it said. */
async function replay(bin: (name: string) => string): Promise<string> {
  const [scripts, room] = [fresh('regress'), fresh('room')]
  mkdirSync(scripts)
  mkdirSync(room)
  for (const name of readdirSync(suite)) if (name.endsWith('.sh')) cpSync(join(suite, name), join(scripts, name))
  // Words that an older sshd does not know.
  const old = readFileSync(join(scripts, 'test-exec.sh'), 'utf8')
  const known = old.replace(/^\t(SshdSessionPath|SshdAuthPath|PerSourcePenalties)\t.*\n/gm, '')
  writeFileSync(join(scripts, 'test-exec.sh'), known)
  script(join(room, 'timestamp'), 'date +%s\n')
  const agent = script(join(room, 'agent'), `exec '${process.execPath}' '${main}' agent serve --socket "$3"\n`)
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const env = {
    TEST_SHELL: '/bin/sh',
    TEST_SSH_UNSAFE_PERMISSIONS: '1',
    TEST_SSH_SSHD: findTool('sshd')!,
    TEST_SSH_SSHAGENT: agent,
    TEST_SSH_SSH: bin('ssh'),
    TEST_SSH_SSHADD: bin('ssh-add'),
    TEST_SSH_SSHKEYGEN: bin('ssh-keygen'),
  }
  const args = [join(scripts, 'test-exec.sh'), room, join(scripts, 'agent-restrict.sh')]
  const child = spawn('/bin/sh', args, { env: { ...process.env, ...env }, cwd: room, timeout: 300_000 })
  const said: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => said.push(part))
  const code = await new Promise((done, fail) => child.on('close', done).on('error', fail))
  assert.equal(code, 0, `${Buffer.concat(said)}`)
  return `${Buffer.concat(said)}`
}

describe('OpenSSH’s agent-restrict.sh has the outcome that it has with ssh-agent', { concurrency: true }, () => {
  for (const [whose, bin] of [
    ['the system’s', (name: string) => findTool(name)!],
    ['sid’s', (name: string) => join(sid, 'bin', name)],
  ] as const) {
    withSid(
      `${whose} ssh and ssh-add`,
      async () => {
        const said = await replay(bin)
        assert.match(said, /multihop cycle restricted allow/)
        assert.match(said, /^ok agent restrictions$/m)
      },
      ready,
    )
  }
})
