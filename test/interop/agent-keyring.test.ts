/** Our keyring as the agent of real programs: ssh-add, ssh-keygen and ssh, of the system and of Debian sid. */

import assert from 'node:assert/strict'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { findTool, startSshd } from '../../examples/quickstart/sshd.ts'
import { createKeyring, type Keyring, type KeyringOptions } from '../../src/agent/index.ts'
import { serveAgent } from '../../src/agent-protocol/index.ts'
import {
  checkCertificate,
  formatCertificate,
  formatPublicKey,
  generateKey,
  issueCertificate,
  parseCertificate,
  parsePublicKey,
  verify,
} from '../../src/index.ts'
import { allTypes } from '../../src/keys/index.ts'
import { dummyAuthenticator } from '../agent/support.ts'
import { openSshsig } from '../keys/types/set.ts'
import { utf8 } from '../support/bytes.ts'
import { mustSid, softwareSecurityKey, withSid } from './openssh-sid.ts'
import { fresh, get, interop, makeKeys, put, type Run, runProgram } from './support.ts'

/** Whose programs. */
type Programs = 'system' | 'sid'

function program(programs: Programs, name: string): string {
  if (programs === 'system') return findTool(name)!
  return join(process.env.HAWSER_OPENSSH_SID ?? join(tmpdir(), 'hawser-openssh-sid'), 'bin', name)
}

/** A keyring that is served on a socket, and the programs that use it. */
interface Served {
  readonly keyring: Keyring
  readonly socket: string
  readonly errors: unknown[]
  run(name: string, args: readonly string[], more?: Readonly<Record<string, string>>): Promise<Run>
  /** Runs one that must end with that code; gives what it wrote. */
  must(name: string, args: readonly string[], code?: number): Promise<string>
}

/** Says the passphrase for lock and unlock. */
const askpass = put('#!/bin/sh\necho "$ANSWER"\n', 'askpass')
chmodSync(askpass, 0o700)

async function withAgent(
  programs: Programs,
  options: Partial<KeyringOptions>,
  body: (served: Served) => Promise<void>,
): Promise<void> {
  const errors: unknown[] = []
  const onError = (error: unknown): number => errors.push(error)
  const keyring = createKeyring({
    types: allTypes,
    authenticator: dummyAuthenticator,
    allowProvider: (provider) => provider === softwareSecurityKey,
    delay: async () => {},
    onError,
    ...options,
  })
  const socket = fresh('agent')
  const running: Promise<void>[] = []
  const server = createServer((connection) => {
    const { readable, writable } = Duplex.toWeb(connection)
    running.push(serveAgent({ readable, writable }, keyring, { onError }))
  })
  await new Promise<void>((done) => server.listen(socket, done))
  const env = { SSH_AUTH_SOCK: socket, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', ANSWER: 'secret' }
  const provider = softwareSecurityKey ? { SSH_SK_PROVIDER: softwareSecurityKey } : {}
  const run: Served['run'] = (name, args, more = {}) =>
    runProgram(program(programs, name), args, '', { ...env, ...provider, ...more })
  try {
    await body({
      keyring,
      socket,
      errors,
      run,
      async must(name, args, code = 0) {
        const ended = await run(name, args)
        const why = errors.map(String).join('; ')
        assert.equal(ended.code, code, `${name} ${args.join(' ')}: ${ended.out}${ended.err} (${why})`)
        return ended.out + ended.err
      },
    })
  } finally {
    await new Promise((done) => server.close(done))
    await Promise.all(running)
    rmSync(socket, { force: true })
    keyring.wipe()
  }
}

/** A test with the system's programs, and one with sid's. */
function both(name: string, tools: readonly string[], body: (programs: Programs) => Promise<void>): void {
  interop(`${name}: the system's OpenSSH`, ['ssh-add', 'ssh-keygen', ...tools], () => body('system'))
  withSid(`${name}: sid's OpenSSH`, () => body('sid'))
}

interface Files {
  readonly label: string
  readonly path: string
}

let shared: Promise<readonly Files[]> | undefined

/** Keys that both know. */
function commonKeys(): Promise<readonly Files[]> {
  shared ??= makeKeys('agent', [2048])
  return shared
}

/** Keys of all types that these programs know. */
async function keysFor(programs: Programs): Promise<readonly Files[]> {
  const keys = [...(await commonKeys())]
  if (!softwareSecurityKey) return keys
  const types = ['ed25519-sk', 'ecdsa-sk', ...(programs === 'sid' ? ['mldsa44-ed25519'] : [])]
  for (const label of types) {
    const path = fresh(label)
    await mustSid('ssh-keygen', ['-q', '-t', label, '-N', '', '-C', label, '-f', path])
    keys.push({ label, path })
  }
  return keys
}

const base64 = (file: string): string => new TextDecoder().decode(get(file)).split(' ')[1]!

both('keys of each type are added, listed, used and removed', [], async (programs) => {
  await withAgent(programs, {}, async ({ must, errors }) => {
    assert.match(await must('ssh-add', ['-l'], 1), /no identities/)
    const keys = await keysFor(programs)
    for (const { path } of keys) await must('ssh-add', ['-q', path])
    const listed = (await must('ssh-add', ['-L'])).trim().split('\n')
    assert.deepEqual(
      listed.map((line) => line.split(' ')[1]),
      keys.map(({ path }) => base64(`${path}.pub`)),
    )
    assert.equal((await must('ssh-add', ['-l'])).trim().split('\n').length, keys.length)
    for (const { path } of keys) await must('ssh-add', ['-T', `${path}.pub`])
    assert.deepEqual(errors, [])
    for (const { path } of keys) {
      await must('ssh-add', ['-d', `${path}.pub`])
      await must('ssh-add', ['-T', `${path}.pub`], 1)
    }
    await must('ssh-add', ['-q', keys[0]!.path])
    await must('ssh-add', ['-D'])
    await must('ssh-add', ['-l'], 1)
  })
})

both('certificates stand beside their keys', [], async (programs) => {
  const authority = await generateKey()
  await withAgent(programs, {}, async ({ must }) => {
    for (const { label, path } of await keysFor(programs)) {
      const publicKey = parsePublicKey(get(`${path}.pub`))
      const request = {
        kind: 'user',
        publicKey,
        keyId: label,
        principals: ['a'],
        validAfter: 0,
        validBefore: 4e9,
      } as const
      writeFileSync(`${path}-cert.pub`, formatCertificate(await issueCertificate(request, authority)))
      await must('ssh-add', ['-q', path])
      const listed = (await must('ssh-add', ['-L'])).trim().split('\n')
      assert.deepEqual(
        listed.map((line) => line.split(' ')[1]),
        [base64(`${path}.pub`), base64(`${path}-cert.pub`)],
        label,
      )
      await must('ssh-add', ['-T', `${path}-cert.pub`])
      await must('ssh-add', ['-D'])
      rmSync(`${path}-cert.pub`)
    }
  })
})

both('ssh-keygen signs messages and certificates with keys of the agent', [], async (programs) => {
  await withAgent(programs, {}, async ({ must }) => {
    const message = utf8('a message\n')
    const subject = await generateKey()
    for (const { label, path } of await keysFor(programs)) {
      await must('ssh-add', ['-q', path])
      const publicKey = parsePublicKey(get(`${path}.pub`))
      // Only the public half is left for ssh-keygen.
      const line = `${put(get(`${path}.pub`), label)}.pub`
      writeFileSync(line, get(`${path}.pub`))
      const signed = put(message, 'message')
      await must('ssh-keygen', ['-q', '-U', '-Y', 'sign', '-n', 'file', '-f', line, signed])
      const sig = openSshsig(get(`${signed}.sig`), message)
      assert.deepEqual(sig.key, publicKey.blob)
      await verify(publicKey, sig.signature, sig.signed)

      const mine = put(formatPublicKey(subject.publicKey), 'subject')
      await must('ssh-keygen', ['-q', '-U', '-s', line, '-I', 'id', '-n', 'alice', mine])
      const algorithms = allTypes.flatMap((type) => type.algorithms)
      const facts = await checkCertificate(parseCertificate(get(`${mine}-cert.pub`)), {
        kind: 'user',
        authorities: [publicKey],
        principal: 'alice',
        time: new Date(),
        algorithms,
      })
      assert.equal(facts.keyId, 'id', label)
    }
  })
})

both('lifetimes end, confirmation is asked for, and the lock holds', [], async (programs) => {
  let time = Date.now()
  let yes = true
  const asked: string[] = []
  const options: Partial<KeyringOptions> = {
    clock: () => time,
    confirm({ comment }) {
      asked.push(comment ?? '')
      return yes
    },
  }
  await withAgent(programs, options, async ({ must, run }) => {
    const [first, second] = await commonKeys()
    await must('ssh-add', ['-q', '-t', '1h', first!.path])
    await must('ssh-add', ['-q', '-c', second!.path])
    time += 3_599_000
    assert.equal((await must('ssh-add', ['-l'])).trim().split('\n').length, 2)
    time += 1_000
    assert.equal((await must('ssh-add', ['-l'])).trim().split('\n').length, 1)
    await must('ssh-add', ['-T', `${second!.path}.pub`])
    yes = false
    await must('ssh-add', ['-T', `${second!.path}.pub`], 1)
    assert.deepEqual(asked, ['agent ecdsa-p256', 'agent ecdsa-p256'])
    await must('ssh-add', ['-q', second!.path])

    const unlock = (answer: string): Promise<Run> => run('ssh-add', ['-X'], { ANSWER: answer })
    await must('ssh-add', ['-x'])
    assert.match(await must('ssh-add', ['-l'], 1), /no identities/)
    await must('ssh-add', ['-T', `${second!.path}.pub`], 1)
    await must('ssh-add', ['-q', first!.path], 1)
    assert.equal((await unlock('wrong')).code, 1)
    assert.equal((await unlock('secret')).code, 0)
    assert.equal((await unlock('secret')).code, 1)
    await must('ssh-add', ['-T', `${second!.path}.pub`])
  })
})

both('a key for one host logs in there alone', ['ssh', 'sshd'], async (programs) => {
  const [key] = await commonKeys()
  const { username } = userInfo()
  const line = new TextDecoder().decode(get(`${key!.path}.pub`))
  const sshd = await startSshd({ authorizedKeys: line })
  try {
    const other = formatPublicKey((await generateKey()).publicKey)
    const hosts = put(`hosta ${sshd.hostKey}\nhostb ${other}\n`, 'hosts')
    const settings = [
      'BatchMode=yes',
      'PreferredAuthentications=publickey',
      'GlobalKnownHostsFile=/dev/null',
      `UserKnownHostsFile=${hosts}`,
      'StrictHostKeyChecking=yes',
      'HostKeyAlias=hosta',
      'ConnectTimeout=10',
      // Nothing but what the agent lists.
      'IdentityFile=none',
    ].flatMap((setting) => ['-o', setting])
    const args = ['-F', '/dev/null', '-p', `${sshd.port}`, '-l', username, '-T', ...settings, '127.0.0.1', 'echo in']
    await withAgent(programs, {}, async ({ run, must }) => {
      for (const [where, expected] of [
        [[], true],
        [['-h', 'nobody@hosta'], false],
        [['-h', 'hostb', '-h', `${username}@hosta`], true],
        [['-h', 'hostb', '-h', 'hostb>hosta'], false],
      ] as const) {
        await must('ssh-add', ['-q', '-H', hosts, ...where, key!.path])
        await must('ssh-add', ['-T', `${key!.path}.pub`], where.length ? 1 : 0)
        const ended = await run('ssh', args)
        assert.equal(ended.out, expected ? 'in\n' : '', `${where.join(' ')}: ${ended.err}${sshd.log()}`)
        await must('ssh-add', ['-D'])
      }
    })
  } finally {
    await sshd.stop()
  }
})

interop('a lifetime does not keep the process', [], async () => {
  const source = (room: string): string => JSON.stringify(new URL(`../../src/${room}/index.ts`, import.meta.url).href)
  const code = `
    import { createKeyring } from ${source('agent')}
    import { encodeAdd } from ${source('agent-protocol')}
    import { ed25519, generatePrivateKey } from ${source('keys')}
    const keyring = createKeyring({ types: [ed25519], lifetime: 3600 })
    const add = encodeAdd(await generatePrivateKey(ed25519))
    console.log((await keyring.respond(add, { closed: new Promise(() => {}) })).kind)
  `
  const { code: status, out } = await runProgram(process.execPath, ['--import', 'tsx', '--input-type=module'], code)
  assert.deepEqual([status, out], [0, 'success\n'])
})
