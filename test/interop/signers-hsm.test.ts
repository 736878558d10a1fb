/**
 * An authority whose keys are in a hardware security module, reached through the real `ssh-agent` (`ssh-add -s`): the
 * token is one of SoftHSM, made with `softhsm2-util` and `pkcs11-tool`; its keys are sensitive and never extractable.
 */

import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs'
import net from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import type { TestContext } from 'node:test'
import { findTool, runSsh, startSshd } from '../../examples/quickstart/sshd.ts'
import { agentSigner } from '../../src/agent/index.ts'
import { type AgentClient, AgentError, connectAgent } from '../../src/agent-protocol/index.ts'
import { defaultUserExtensions, issueCertificate } from '../../src/cert/index.ts'
import { checkCertificate, formatCertificate, formatPublicKey, signMessage } from '../../src/index.ts'
import { allTypes, type Signer } from '../../src/keys/index.ts'
import { utf8 } from '../support/bytes.ts'
import { failure } from '../support/keys.ts'
import { withSid } from './openssh-sid.ts'
import { fresh, get, interop, type KeyFiles, makeKeys, must, put, run, runProgram } from './support.ts'

const types = allTypes
const user = userInfo().username
const now = Math.floor(Date.now() / 1000)
const window = { validAfter: now - 60, validBefore: now + 3600 }
const tools = ['softhsm2-util', 'pkcs11-tool', 'ssh-agent', 'ssh-add', 'ssh-keygen', 'ssh', 'sshd']
const PIN = '736251'

/** Where distributions keep it. `ssh-agent -P` compares the path with all links resolved. */
function softHsm(): string {
  const found = ['/usr/lib/softhsm', '/usr/lib64/softhsm', '/usr/lib64/pkcs11', '/usr/local/lib/softhsm']
    .map((folder) => join(folder, 'libsofthsm2.so'))
    .find((path) => existsSync(path))
  assert.ok(found, 'softhsm2 is installed, its library is not where it is looked for')
  return realpathSync(found)
}

type Environment = Readonly<Record<string, string>>

async function succeed(path: string, args: readonly string[], more: Environment): Promise<string> {
  const { code, out, err } = await runProgram(path, args, '', more)
  assert.equal(code, 0, `${path} ${args.join(' ')}\n${out}${err}`)
  return out
}

/** A new token with a key of each of those kinds, as `pkcs11-tool` names them; gives what its users need to know. */
async function makeToken(kinds: readonly string[]): Promise<Environment> {
  const tokens = fresh('tokens')
  mkdirSync(tokens, { mode: 0o700 })
  const conf = put(`directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`, 'softhsm2.conf')
  const environment = { SOFTHSM2_CONF: conf }
  const init = ['--init-token', '--free', '--label', 'authority', '--pin', PIN, '--so-pin', '9876543210']
  await succeed(findTool('softhsm2-util')!, init, environment)
  const login = ['--module', softHsm(), '--token-label', 'authority', '--login', '--pin', PIN]
  for (const [i, kind] of kinds.entries()) {
    const generate = ['--keypairgen', '--key-type', kind, '--label', kind, '--id', `0${i + 1}`, '--usage-sign']
    await succeed(findTool('pkcs11-tool')!, [...login, ...generate], environment)
  }
  const held = await succeed(findTool('pkcs11-tool')!, [...login, '--list-objects', '--type', 'privkey'], environment)
  const access = held.match(/Access: .*/g) ?? []
  assert.equal(access.length, kinds.length)
  for (const line of access) assert.match(line, /sensitive, always sensitive, never extractable, local/)
  return environment
}

/** Whose programs: their folder, and what they need besides. */
interface Programs {
  readonly path: (name: string) => string
  readonly more: Environment
}

/** An agent with the token's keys; ends with the test. */
async function agentWithToken(
  t: TestContext,
  { path, more }: Programs,
  token: Environment,
): Promise<{ readonly agent: AgentClient; add(...args: readonly string[]): Promise<string> }> {
  const socket = fresh('agent')
  const started = await succeed(path('ssh-agent'), ['-s', '-a', socket, '-P', softHsm()], { ...token, ...more })
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(started)?.[1])
  const kill = (): void => {
    process.off('exit', kill)
    process.kill(pid)
  }
  process.on('exit', kill)
  t.after(kill)
  const askpass = put(`#!/bin/sh\necho ${PIN}\n`, 'askpass')
  chmodSync(askpass, 0o700)
  const add = (...args: readonly string[]): Promise<string> => {
    const asking = { SSH_AUTH_SOCK: socket, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' }
    return succeed(path('ssh-add'), args, { ...asking, ...more })
  }
  const connection = net.connect(socket)
  await new Promise((done, fail) => {
    connection.once('connect', done).once('error', fail)
  })
  const agent = connectAgent(Duplex.toWeb(connection))
  t.after(() => agent.close())
  return { agent, add }
}

/** A host and a user with a certificate each, by that signer and algorithm; the real ssh trusts the one, sshd the other. */
async function bothSides(
  label: string,
  signer: Signer,
  algorithm: string,
  key: KeyFiles,
  host: KeyFiles,
): Promise<void> {
  const options = { types, algorithm }
  const userCertificate = await issueCertificate(
    {
      ...window,
      kind: 'user',
      publicKey: key.key.publicKey,
      keyId: label,
      principals: [user],
      extensions: defaultUserExtensions,
    },
    signer,
    options,
  )
  const hostCertificate = await issueCertificate(
    { ...window, kind: 'host', publicKey: host.key.publicKey, keyId: label, principals: ['host.example.com'] },
    signer,
    options,
  )
  const authorities = [signer.publicKey]
  await checkCertificate(userCertificate, { kind: 'user', authorities, principal: user, time: now })
  await checkCertificate(hostCertificate, { kind: 'host', authorities, principal: 'host.example.com', time: now })
  const [userFile, hostFile] = [userCertificate, hostCertificate].map((it) => put(formatCertificate(it), 'certificate'))
  for (const file of [userFile!, hostFile!]) {
    assert.match(
      await must('ssh-keygen', ['-L', '-f', file]),
      new RegExp(`Signing CA: .*\\(using ${algorithm}\\)`),
      label,
    )
  }
  const authority = formatPublicKey(signer.publicKey)
  const sshd = await startSshd({ trustedUserCaKeys: authority, hostKey: host.path, hostCertificate: hostFile! })
  try {
    const login = {
      port: sshd.port,
      user,
      identity: key.path,
      certificate: userFile!,
      command: 'echo in',
      knownHosts: put(`@cert-authority host.example.com ${authority}`),
    }
    const { code, stdout, stderr } = await runSsh({ ...login, hostName: 'host.example.com' })
    assert.deepEqual([code, stdout], [0, 'in\n'], `${label}\n${stderr}\n${sshd.log()}`)
    assert.equal((await runSsh({ ...login, hostName: 'other.example.com' })).code, 255)
  } finally {
    await sshd.stop()
  }
  const signature = put(await signMessage(utf8('a message\n'), signer, { namespace: 'file', algorithm }), 'sig')
  const allowed = put(`authority@example ${authority}`, 'allowed')
  const verify = ['-Y', 'verify', '-n', 'file', '-I', 'authority@example', '-f', allowed, '-s', signature]
  assert.equal((await run('ssh-keygen', verify, utf8('a message\n'))).code, 0, label)
  assert.notEqual((await run('ssh-keygen', verify, utf8('other message\n'))).code, 0, label)
}

async function exercise(t: TestContext, programs: Programs, kinds: readonly string[]): Promise<void> {
  const token = await makeToken(kinds)
  const { agent, add } = await agentWithToken(t, programs, token)
  assert.deepEqual(await agent.list(), [])
  await add('-s', softHsm())
  const identities = await agent.list()
  assert.equal(identities.length, kinds.length)
  const [[key], [host]] = await Promise.all([makeKeys('login', []), makeKeys('host', [])])
  const seen: string[] = []
  const signers = identities.map((identity) => agentSigner(agent, identity, { types }))
  for (const signer of signers) {
    for (const algorithm of signer.algorithms) {
      seen.push(algorithm)
      await bothSides(`${signer.publicKey.comment} ${algorithm}`, signer, algorithm, key!, host!)
    }
  }
  // RSA has two hashes.
  const expected = kinds.flatMap((kind) => (kind.startsWith('rsa') ? ['rsa-sha2-256', 'rsa-sha2-512'] : [kind]))
  assert.equal(seen.length, expected.length)
  assert.equal(seen.includes('rsa-sha2-512') && seen.includes('rsa-sha2-256'), true)

  // The token is taken out: the agent has nothing left to sign with, and says so.
  await add('-e', softHsm())
  assert.deepEqual(await agent.list(), [])
  const request = { ...window, kind: 'user', publicKey: key!.key.publicKey, keyId: 'k', principals: [user] } as const
  for (const signer of signers) {
    const error = await failure(() => issueCertificate(request, signer, { types }))
    assert.ok(error instanceof AgentError && error.code === 'agent-refused', String(error))
  }
  // And back again, with the same keys.
  await add('-s', softHsm())
  await issueCertificate(request, signers[0]!, { types })
  t.diagnostic(`${seen.length} algorithms of ${kinds.length} keys, each with a user, a host and a message`)
}

interop('the system’s agent with a token: it certifies users and hosts, who then log in', tools, async (t) => {
  const programs = { path: (name: string) => findTool(name)!, more: {} }
  // Ed25519 keys of tokens are not shown by OpenSSH 9.2.
  await exercise(t, programs, ['rsa:2048', 'rsa:3072', 'EC:prime256v1', 'EC:secp384r1'])
})

withSid(
  'sid’s agent with a token: it certifies users and hosts, who then log in',
  async (t) => {
    const bin = join(process.env.HAWSER_OPENSSH_SID ?? join(tmpdir(), 'hawser-openssh-sid'), 'bin')
    // Its programs run through their own ld.so: so does the one that loads the token's library for the agent.
    const script = readFileSync(join(bin, 'ssh-agent'), 'utf8')
    const helper = put(
      script
        .replaceAll(/(?<=usr\/)bin(?=\/ssh-agent')/g, 'lib/openssh')
        .replaceAll(/(?<!bin\/)ssh-agent(?=[' ])/g, 'ssh-pkcs11-helper'),
      'helper',
    )
    chmodSync(helper, 0o700)
    assert.match(new TextDecoder().decode(get(helper)), /usr\/lib\/openssh\/ssh-pkcs11-helper'/)
    const programs = { path: (name: string) => join(bin, name), more: { SSH_PKCS11_HELPER: helper } }
    await exercise(t, programs, ['rsa:2048', 'EC:prime256v1', 'EC:secp384r1', 'EC:edwards25519'])
  },
  existsSync(join(process.env.HAWSER_OPENSSH_SID ?? join(tmpdir(), 'hawser-openssh-sid'), 'complete')) &&
    tools.every((tool) => findTool(tool) !== undefined),
)
