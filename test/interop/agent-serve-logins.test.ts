/** Logins of `ssh` with the keys and certificates that `hawser agent serve` has. */

import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { startSshd } from '../../examples/quickstart/sshd.ts'
import { formatPublicKey, generateKey } from '../../src/index.ts'
import { both, certify, keysFor, withAgent } from './agent-serve.ts'
import { put } from './support.ts'

both('ssh logs in with each key and certificate of the agent', ['ssh', 'sshd'], async (programs) => {
  const { username } = userInfo()
  // What the system's sshd knows.
  const keys = (await keysFor(programs)).filter(({ label }) => label !== 'mldsa44-ed25519')
  const authority = await generateKey()
  const sshd = await startSshd({
    authorizedKeys: keys.map(({ path }) => readFileSync(`${path}.pub`, 'utf8')).join(''),
    trustedUserCaKeys: formatPublicKey(authority.publicKey),
  })
  const options = ['BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR']
  const common = options.flatMap((option) => ['-o', option])
  try {
    await withAgent(programs, async ({ must }) => {
      for (const { label, path } of keys) {
        await certify(path, authority, username)
        await must('ssh-add', ['-q', path])
        rmSync(`${path}-cert.pub`)
        const lines = (await must('ssh-add', ['-L'])).trim().split('\n')
        assert.equal(lines.length, 2)
        for (const [which, line] of lines.entries()) {
          const file = `${put('', label)}.pub`
          writeFileSync(file, `${line}\n`)
          const before = sshd.log().length
          const where = ['-F', '/dev/null', '-p', `${sshd.port}`, '-l', username, '-T', '-o', 'IdentitiesOnly=yes']
          const out = await must('ssh', [...where, ...common, '-i', file, '127.0.0.1', 'echo in'])
          assert.equal(out, 'in\n')
          assert.match(
            sshd.log().slice(before),
            which === 1 ? /Accepted publickey .*-CERT/ : /Accepted publickey/,
            label,
          )
        }
        await must('ssh-add', ['-D'])
      }
    })
  } finally {
    await sshd.stop()
  }
})
