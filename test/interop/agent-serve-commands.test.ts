/** Our commands with the real `ssh-agent`, the system's and sid's. */

import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { formatPublicKey, generateKey, parseCertificate, parsePublicKey, verify } from '../../src/index.ts'
import { hawser } from '../cli/command.ts'
import { openSshsig } from '../keys/types/set.ts'
import { utf8 } from '../support/bytes.ts'
import { base64, blobs, certify, keysFor, type Programs, toolsWith } from './agent-serve.ts'
import { mustSid, softwareSecurityKey, withSid } from './openssh-sid.ts'
import { fresh, get, interop, must as mustSystem, put } from './support.ts'

/** Our commands with an agent of OpenSSH. */
async function exercise(programs: Programs, socket: string): Promise<void> {
  const { must } = toolsWith(programs, socket)
  const env = { SSH_AUTH_SOCK: socket, ...(softwareSecurityKey && { SSH_SK_PROVIDER: softwareSecurityKey }) }
  const call = async (args: readonly string[], code = 0) => {
    const ended = await hawser(args, { env })
    assert.equal(ended.code, code, `${args.join(' ')}: ${ended.stdout}${ended.stderr}`)
    return ended
  }
  const authority = await generateKey()
  // The system's agent cannot load the library of sid.
  const keys = (await keysFor(programs)).filter(({ label }) => programs === 'sid' || !label.endsWith('-sk'))
  const expected: string[] = []
  for (const { path } of keys) {
    await certify(path, authority)
    expected.push(base64(`${path}.pub`), base64(`${path}-cert.pub`))
  }
  await call(['agent', 'add', ...keys.map(({ path }) => path)])
  assert.deepEqual(blobs(await must('ssh-add', ['-L'])), expected)
  assert.deepEqual(
    (await call(['agent', 'list', '--json'])).json.map(({ blob }) => blob),
    expected,
  )
  const message = put('a message', 'message')
  const subject = put(formatPublicKey((await generateKey()).publicKey), 'subject')
  for (const { path, label } of keys.filter(({ label }) => /^(ed25519|rsa|ecdsa-sk)/.test(label))) {
    const signed = await call(['sig', 'sign', '--agent', `${path}.pub`, '--namespace', 'file', message])
    const sig = openSshsig(utf8(signed.stdout), get(message))
    await verify(parsePublicKey(get(`${path}.pub`)), sig.signature, sig.signed)
    const request = ['--id', label, '--principal', 'p', '--to', '+1h', subject]
    const issued = await call(['cert', 'issue', '--ca-agent', `${path}.pub`, ...request])
    assert.equal(parseCertificate(issued.stdout).keyId, label)
  }
  await call(['agent', 'remove', ...keys.map(({ path }) => `${path}-cert.pub`)])
  for (const { path } of keys) rmSync(`${path}-cert.pub`)
  assert.deepEqual(
    blobs(await must('ssh-add', ['-L'])),
    keys.map(({ path }) => base64(`${path}.pub`)),
  )
  const passphrase = put('secret\n', 'passphrase')
  await call(['agent', 'lock', '--passphrase-file', passphrase])
  assert.deepEqual((await call(['agent', 'list', '--json'])).json, [])
  await call(['agent', 'unlock', '--passphrase-file', put('wrong\n', 'wrong')], 1)
  await call(['agent', 'unlock', '--passphrase-file', passphrase])
  await call(['agent', 'remove', '--all'])
  await must('ssh-add', ['-l'], 1)
  await call(['agent', 'add', '--lifetime', '1', keys[0]!.path])
  for (let waits = 0; (await call(['agent', 'list', '--json'])).json.length > 0; waits++) assert.ok(waits < 1000)
  const query = await hawser(['agent', 'query', '--json'], { env })
  if (programs === 'sid') assert.deepEqual(query.json, [{ extensions: ['session-bind@openssh.com'] }])
  else assert.ok(query.code === 0 || query.json[0].error.code === 'agent-refused')
}

/** Starts OpenSSH's agent, which ends with the test; gives its socket. */
async function startOpenssh(t: TestContext, start: (args: readonly string[]) => Promise<string>): Promise<string> {
  const socket = fresh('agent')
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(await start(['-s', '-a', socket]))?.[1])
  const kill = (): void => {
    process.off('exit', kill)
    process.kill(pid)
  }
  process.on('exit', kill)
  t.after(kill)
  return socket
}

interop('our commands with the system’s ssh-agent', ['ssh-agent', 'ssh-add'], async (t) => {
  await exercise('system', await startOpenssh(t, (args) => mustSystem('ssh-agent', args)))
})

withSid('our commands with sid’s ssh-agent', async (t) => {
  const allowed = softwareSecurityKey ? ['-P', softwareSecurityKey] : []
  await exercise('sid', await startOpenssh(t, (args) => mustSid('ssh-agent', [...allowed, ...args])))
})
