/** Our client with the real `ssh-agent`: the system's, and 10.6 or later of Debian sid. */

import assert from 'node:assert/strict'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import type { TestContext } from 'node:test'
import { findTool } from '../../examples/quickstart/sshd.ts'
import { type AgentClient, type AgentIdentity, connectAgent, encodeAdd } from '../../src/agent-protocol/index.ts'
import { issueCertificate } from '../../src/cert/index.ts'
import {
  allTypes,
  type Certificate,
  ed25519,
  generatePrivateKey,
  type PrivateKey,
  verifySignature,
} from '../../src/keys/index.ts'
import { formatPublicLine } from '../../src/wire/index.ts'
import { Writer } from '../../src/wire/writer.ts'
import { utf8 } from '../support/bytes.ts'
import { failure, privateKey } from '../support/keys.ts'
import { mustSid, softwareSecurityKey, withSid } from './openssh-sid.ts'
import { fresh, interop, makeKeys, must, opensshVersion, type Run, runProgram } from './support.ts'

const types = allTypes
const data = utf8('what is to be signed')

/** A client of the agent behind the socket `path`, closed with the test. */
async function connect(t: TestContext, path: string): Promise<AgentClient> {
  const socket = net.connect(path)
  await new Promise((done, fail) => {
    socket.once('connect', done).once('error', fail)
  })
  const agent = connectAgent(Duplex.toWeb(socket))
  t.after(() => agent.close())
  return agent
}

/** Starts an agent that ends with the test; gives the path of its socket. `start` runs it in the background. */
async function startAgent(t: TestContext, start: (args: readonly string[]) => Promise<string>): Promise<string> {
  const path = fresh('agent')
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(await start(['-s', '-a', path]))?.[1])
  const kill = (): void => {
    process.off('exit', kill)
    process.kill(pid)
  }
  process.on('exit', kill)
  t.after(kill)
  return path
}

async function code(work: Promise<unknown>): Promise<unknown> {
  return ((await failure(() => work)) as { readonly code?: string }).code
}

/** A key, with or without certificate, as the agent is to list it. */
interface Held {
  readonly key: PrivateKey
  readonly certificate: Certificate | undefined
}

async function certify(key: PrivateKey, authority: PrivateKey): Promise<Certificate> {
  const { publicKey } = key
  const request = { kind: 'user', publicKey, keyId: 'k', principals: ['alice'] } as const
  return issueCertificate({ ...request, validAfter: 0n, validBefore: 2n ** 64n - 1n }, authority, { types })
}

function identityOf({ key, certificate }: Held): AgentIdentity {
  return { key: (certificate ?? key.publicKey).blob, comment: key.comment }
}

/** Adds, lists and signs with every key, alone and with a certificate, and removes half of them. */
async function exercise(agent: AgentClient, keys: readonly PrivateKey[], list: () => Promise<Run>): Promise<void> {
  assert.deepEqual(await agent.list(), [])
  const authority = await generatePrivateKey(ed25519)
  const held: Held[] = []
  for (const key of keys) {
    for (const certificate of [undefined, await certify(key, authority)]) {
      const constraints = key.keyType.alias.endsWith('-sk')
        ? ([{ kind: 'sk-provider', provider: softwareSecurityKey! }] as const)
        : []
      await agent.add(encodeAdd(key, { certificate, constraints }))
      held.push({ key, certificate })
    }
  }
  const identities = held.map(identityOf)
  assert.deepEqual(await agent.list(), identities)
  assert.equal((await list()).out, identities.map(({ key, comment }) => `${formatPublicLine(key, comment)}\n`).join(''))

  // All at once, and each answer is for its own key.
  await Promise.all(
    held.flatMap((one) =>
      one.key.algorithms
        .filter((algorithm) => !algorithm.startsWith('webauthn'))
        .map(async (algorithm) => {
          const signature = await agent.sign(identityOf(one).key, data, { algorithm })
          const facts = await verifySignature(one.key.publicKey, signature, data, {
            types,
            algorithms: [algorithm],
            touchRequired: one.key.comment !== 'no-touch one@example',
          })
          assert.equal(facts.algorithm, algorithm)
        }),
    ),
  )
  for (const { certificate } of held) if (certificate) await agent.remove(certificate.blob)
  const left = held.filter(({ certificate }) => !certificate)
  assert.deepEqual(await agent.list(), left.map(identityOf))
  assert.equal(await code(agent.remove(held[1]!.certificate!.blob)), 'agent-refused')
  assert.equal(await code(agent.sign(held[1]!.certificate!.blob, data)), 'agent-refused')
}

/**
 * Locks, constrains, binds; the agent holds some keys when this begins and none when it ends. `bindingFailed`: what it
 * says of a binding that does not hold; OpenSSH before 10.3 has no word of its own for it.
 */
async function restrict(
  agent: AgentClient,
  other: AgentClient,
  bindingFailed: 'agent-refused' | 'extension-failed',
): Promise<void> {
  const [passphrase, wrong] = [utf8('passphrase'), utf8('wrong')]
  const before = await agent.list()
  assert.notEqual(before.length, 0)
  await agent.lock(passphrase)
  assert.deepEqual(await agent.list(), [])
  assert.equal(await code(agent.sign(before[0]!.key, data)), 'agent-refused')
  assert.equal(await code(agent.lock(passphrase)), 'agent-refused')
  assert.equal(await code(agent.unlock(wrong)), 'agent-refused')
  await agent.unlock(passphrase)
  assert.deepEqual(await agent.list(), before)
  await agent.removeAll()
  assert.deepEqual(await agent.list(), [])

  const [key, host, elsewhere] = await Promise.all([1, 2, 3].map(() => generatePrivateKey(ed25519, { comment: 'c' })))
  const { blob } = key!.publicKey
  // Nobody is there to confirm.
  await agent.add(encodeAdd(key!, { constraints: [{ kind: 'confirm' }] }))
  assert.equal(await code(agent.sign(blob, data)), 'agent-refused')
  await agent.add(encodeAdd(key!, { constraints: [{ kind: 'lifetime', seconds: 3600 }] }))
  await agent.sign(blob, data, { algorithm: 'ssh-ed25519' })
  // ssh-agent counts whole seconds: of one there may be nothing left already.
  await agent.add(encodeAdd(key!, { constraints: [{ kind: 'lifetime', seconds: 1 }] }))
  for (let waits = 0; (await agent.list()).length > 0; waits++) {
    assert.ok(waits < 600)
    await new Promise((done) => setTimeout(done, 100))
  }
  assert.equal(await code(agent.add({ ...encodeAdd(key!), contents: unknownConstraint(key!) })), 'agent-refused')

  const to = (name: string, by: PrivateKey): Parameters<typeof encodeAdd>[1] => ({
    comment: name,
    constraints: [
      {
        kind: 'restrict-destination',
        destinations: [
          {
            from: { user: '', host: '', keys: [] },
            to: { user: '', host: name, keys: [{ key: by.publicKey.blob, authority: false }] },
          },
        ],
      },
    ],
  })
  await agent.add(encodeAdd(key!, to('host', host!)))
  await agent.add(encodeAdd(elsewhere!, to('elsewhere', elsewhere!)))
  const comments = async (client: AgentClient): Promise<string[]> => (await client.list()).map(({ comment }) => comment)
  assert.deepEqual(await comments(agent), ['host', 'elsewhere'])
  assert.equal(await code(agent.sign(blob, data)), 'agent-refused')

  const sessionId = utf8('an exchange hash')
  const binding = {
    hostKey: host!.publicKey.blob,
    sessionId,
    signature: (await host!.sign(sessionId)).blob,
    forwarding: false,
  }
  await other.bindSession(binding)
  assert.deepEqual(await comments(other), ['host'])
  assert.deepEqual(await comments(agent), ['host', 'elsewhere'])
  assert.equal(await code(agent.bindSession({ ...binding, sessionId: data })), bindingFailed)
  assert.equal(await code(agent.extension('nobody@example.com', data)), 'agent-refused')
  assert.equal(await code(agent.addToken('/none.so', utf8('1234'))), 'agent-refused')
  assert.equal(await code(agent.removeToken('/none.so', utf8(''))), 'agent-refused')
  await agent.removeAll()
  assert.deepEqual(await agent.list(), [])
  for (let type = 30; type < 256; type += 45) {
    assert.deepEqual(await agent.request({ kind: 'unknown', type, contents: data }), { kind: 'failure' })
  }
}

/** A key's add with a constraint that nobody knows behind it. */
function unknownConstraint(key: PrivateKey): Uint8Array {
  return new Writer().raw(encodeAdd(key).contents).u8(77).take()
}

/** What `ssh-add -L` says. */
function sshAdd(program: string, socket: string): Promise<Run> {
  return runProgram(program, ['-L'], '', { SSH_AUTH_SOCK: socket })
}

/** 100 clients at once, each listing and signing. */
async function crowd(t: TestContext, path: string): Promise<void> {
  const keys = await Promise.all(Array.from({ length: 5 }, (_, i) => generatePrivateKey(ed25519, { comment: `${i}` })))
  const first = await connect(t, path)
  for (const key of keys) await first.add(encodeAdd(key))
  const identities = keys.map((key) => identityOf({ key, certificate: undefined }))
  const clients = await Promise.all(Array.from({ length: 100 }, () => connect(t, path)))
  await Promise.all(
    clients.map(async (client, i) => {
      const message = utf8(`message ${i}`)
      const { publicKey } = keys[i % 5]!
      const [list, signature] = await Promise.all([client.list(), client.sign(publicKey.blob, message)])
      assert.deepEqual(list, identities)
      await verifySignature(publicKey, signature, message, { types })
    }),
  )
}

interop('the system’s agent: keys and certificates of every type', ['ssh-agent', 'ssh-add'], async (t) => {
  const path = await startAgent(t, (args) => must('ssh-agent', args))
  const agent = await connect(t, path)
  const keys = (await makeKeys('agent', [2048])).map(({ key }) => key)
  // OpenSSH 10 has no DSA any more.
  if ((await opensshVersion()) < 10) keys.push(await privateKey('../types/dsa'))
  await exercise(agent, keys, () => sshAdd(findTool('ssh-add')!, path))
  const old = (await opensshVersion()) < 10.03
  await restrict(agent, await connect(t, path), old ? 'agent-refused' : 'extension-failed')
  if (old) assert.equal(await code(agent.query()), 'agent-refused')
  await crowd(t, path)
})

withSid('sid’s agent: keys and certificates of every type', async (t) => {
  const path = await startAgent(t, (args) => mustSid('ssh-agent', ['-P', softwareSecurityKey!, ...args]))
  const agent = await connect(t, path)
  assert.deepEqual(await agent.query(), ['session-bind@openssh.com'])
  const names = ['mldsa44-ed25519', 'ed25519-sk', 'ecdsa-sk', 'no-touch']
  const keys = (await makeKeys('agent', [2048])).map(({ key }) => key)
  for (const name of names) keys.push(await privateKey(`../types/${name}`))
  const folder = process.env.HAWSER_OPENSSH_SID ?? join(tmpdir(), 'hawser-openssh-sid')
  await exercise(agent, keys, () => sshAdd(join(folder, 'bin/ssh-add'), path))
  await restrict(agent, await connect(t, path), 'extension-failed')
  await crowd(t, path)
})
