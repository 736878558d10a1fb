import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createKeyring } from '../../src/agent/index.ts'
import { type Agent, type AgentRequest, encodeAdd } from '../../src/agent-protocol/index.ts'
import {
  fingerprint,
  formatCertificate,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  issueCertificate,
  type KeyAlias,
  type PrivateKey,
  parseCertificate,
  verifyMessage,
} from '../../src/index.ts'
import { allTypes, verifySignature } from '../../src/keys/index.ts'
import { openAgent, serveAgentSocket } from '../../src/runtime/node/index.ts'
import { encodeBase64 } from '../../src/wire/base64.ts'
import { utf8 } from '../support/bytes.ts'
import { type ServedAgent, serveCommand } from './agent-command.ts'
import { hawser, inFolder, type Result } from './command.ts'

const skip = process.platform === 'win32' && 'sockets and signals of Unix'

/** An agent with a folder of files, and the command as its client. */
interface Room {
  readonly path: (name: string) => string
  readonly agent: ServedAgent
  call(...args: string[]): Promise<Result>
  /** Fingerprints with what stands behind, as the agent lists them. */
  listed(): Promise<string[]>
  /** Writes NAME and NAME.pub. */
  key(name: string, type?: KeyAlias): Promise<PrivateKey>
}

function inRoom(
  t: TestContext,
  work: (room: Room) => Promise<void>,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  return inFolder(async (path) => {
    const agent = await serveCommand(args, env)
    t.after(() => agent.stop())
    const call: Room['call'] = (...words) => hawser(words, { cwd: path('.'), env: { SSH_AUTH_SOCK: agent.socket } })
    await work({
      path,
      agent,
      call,
      async listed() {
        const { code, json } = await call('agent', 'list', '--json')
        assert.equal(code, 0)
        return json.map(({ type, sha256, comment }) => `${type} ${sha256} ${comment}`)
      },
      async key(name, type = 'ed25519') {
        const key = await generateKey(type, { comment: name, ...(type === 'rsa' && { bits: 2048 }) })
        writeFileSync(path(name), await formatPrivateKey(key), { mode: 0o600 })
        writeFileSync(path(`${name}.pub`), formatPublicKey(key.publicKey))
        return key
      },
    })
    await agent.stop()
  })
}

async function certify(key: PrivateKey, authority: PrivateKey): Promise<string> {
  const { publicKey } = key
  const request = { kind: 'user', publicKey, keyId: 'k', principals: ['a'], validAfter: 0, validBefore: 4e9 } as const
  return formatCertificate(await issueCertificate(request, authority))
}

describe('hawser agent serve', { skip }, () => {
  it('prints its line, serves, and leaves nothing behind on each signal', async () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      const agent = await serveCommand(['--json'])
      assert.deepEqual(JSON.parse(agent.line), { socket: agent.socket, pid: agent.child.pid })
      const { socket } = agent
      assert.equal(statSync(socket).mode & 0o777, 0o600)
      assert.equal(statSync(dirname(socket)).mode & 0o777, 0o700)
      const client = await openAgent({ socket })
      assert.deepEqual(await client.list(), [])
      assert.equal(await agent.stop(signal), 0, signal)
      assert.equal(existsSync(dirname(socket)), false)
      await client.close()
    }
  })

  it('takes a path, which a shell can read, over from an agent that was killed, and from no other', async () => {
    await inFolder(async (path) => {
      const socket = path("it's mine")
      const killed = await serveCommand(['--socket', socket])
      const shell = spawnSync('sh', ['-c', `${killed.line} printf %s "$SSH_AUTH_SOCK"`], { encoding: 'utf8' })
      assert.equal(shell.stdout, socket)
      await killed.stop('SIGKILL')
      assert.equal(existsSync(socket), true)
      const agent = await serveCommand(['--socket', socket])
      const second = await hawser(['agent', 'serve', '--json', '--socket', socket])
      assert.deepEqual([second.code, second.json[0].error.code], [1, 'file-exists'])
      writeFileSync(path('file'), 'precious')
      const third = await hawser(['agent', 'serve', '--json', '--socket', path('file')])
      assert.deepEqual([third.code, third.json[0].error.code], [1, 'file-exists'])
      assert.equal(readFileSync(path('file'), 'utf8'), 'precious')
      assert.equal(await agent.stop(), 0)
      assert.equal(existsSync(socket), false)
    })
  })

  it('takes keys in with their certificates, and forgets them after --lifetime', async (t) => {
    await inFolder(async (path) => {
      const [key, authority] = [await generateKey('ed25519', { comment: 'me' }), await generateKey()]
      writeFileSync(path('id'), await formatPrivateKey(key, { passphrase: 'secret', rounds: 1 }), { mode: 0o600 })
      writeFileSync(path('id-cert.pub'), await certify(key, authority))
      writeFileSync(path('pass'), 'secret\n')
      await inRoom(
        t,
        async ({ listed }) => {
          const seen = `${fingerprint(key)} me`
          assert.deepEqual(await listed(), [`ssh-ed25519 ${seen}`, `ssh-ed25519-cert-v01@openssh.com ${seen}`])
          for (let waits = 0; (await listed()).length > 0; waits++) assert.ok(waits < 100)
        },
        ['--lifetime', '6s', '--passphrase-file', path('pass'), path('id')],
      )
      writeFileSync(path('id-cert.pub'), await certify(authority, key))
      const wrong = await hawser(['agent', 'serve', '--json', '--passphrase-file', path('pass'), path('id')])
      assert.deepEqual([wrong.code, wrong.json[0].error.code], [1, 'key-mismatch'])
    })
  })

  it('asks before each use with --confirm, whoever added the key, and takes silence for no', async (t) => {
    await inFolder(async (path) => {
      writeFileSync(
        path('ask'),
        `#!/bin/sh\nprintf '%s|%s\\n' "$SSH_ASKPASS_PROMPT" "$1" >> '${path('asked')}'\nexec cat '${path('answer')}'\n`,
      )
      chmodSync(path('ask'), 0o700)
      await inRoom(
        t,
        async ({ path: mine, key, call, agent }) => {
          const { publicKey } = await key('id')
          assert.equal((await call('agent', 'add', 'id')).code, 0)
          writeFileSync(mine('message'), 'm')
          const sign = () => call('sig', 'sign', '--agent', 'id.pub', '--namespace', 'file', '--json', 'message')
          for (const [answer, accepted] of [
            ['', true],
            ['yes\n', true],
            ['YES', true],
            ['no\n', false],
            ['yes please\n', false],
          ] as const) {
            writeFileSync(path('answer'), answer)
            const { code, json } = await sign()
            assert.equal(code, accepted ? 0 : 1, answer)
            if (!accepted) assert.equal(json[0].error.code, 'agent-refused')
          }
          const asked = readFileSync(path('asked'), 'utf8').split('confirm|').slice(1)
          assert.equal(asked.length, 5)
          const question = `Allow use of key id?\nKey fingerprint ${fingerprint(publicKey)}.\nIt is for a signature for "file".\n`
          for (const text of asked) assert.equal(text, question)
          // Asked for twice, it is asked once.
          assert.equal((await call('agent', 'add', '--confirm', 'id')).code, 0)
          writeFileSync(path('answer'), 'yes')
          assert.equal((await sign()).code, 0)
          assert.equal(readFileSync(path('asked'), 'utf8').split('confirm|').length, 7)
          chmodSync(path('ask'), 0o600)
          assert.equal((await sign()).code, 1)
          assert.match(agent.stderr(), /refused: not confirmed/)
        },
        ['--confirm'],
        { SSH_ASKPASS: path('ask') },
      )
    })
  })

  it('asks before each use of a key of --with-agent with --confirm, and gives it nothing that may be a use', async (t) => {
    await inFolder(async (path) => {
      writeFileSync(path('ask'), `#!/bin/sh\nprintf '%s|' "$1" >> '${path('asked')}'\nexec cat '${path('answer')}'\n`)
      chmodSync(path('ask'), 0o700)
      writeFileSync(path('answer'), 'no')
      const key = await generateKey('ed25519', { comment: 'of another' })
      const keyring = createKeyring({ types: allTypes })
      await keyring.respond(encodeAdd(key), { closed: new Promise(() => {}) })
      const seen: string[] = []
      const other: Agent = {
        respond(request, connection) {
          seen.push(request.kind)
          return keyring.respond(request, connection)
        },
      }
      const behind = await serveAgentSocket(other, { path: path('behind') })
      const authority = ['--authority', 'http://127.0.0.1:1', '--token-env', 'NO_SUCH_TOKEN']
      const agent = await serveCommand([...authority, '--with-agent', behind.path, '--confirm'], {
        SSH_ASKPASS: path('ask'),
      })
      t.after(async () => {
        await agent.stop()
        await behind.close()
      })
      const client = await openAgent({ socket: agent.socket })
      const [identity] = await client.list()
      assert.equal(identity?.comment, 'of another')
      const data = utf8('a message')
      const sign = () => client.sign(key.publicKey.blob, data)
      await assert.rejects(sign(), { code: 'agent-refused' })
      assert.ok(!seen.includes('sign'), 'it was signed without an answer')
      assert.match(agent.stderr(), /refused: not confirmed/)
      const question = `Allow use of key of another?\nKey fingerprint ${fingerprint(key)}.\nIt is for something unknown.|`
      assert.equal(readFileSync(path('asked'), 'utf8'), question)
      writeFileSync(path('answer'), 'yes')
      await verifySignature(key.publicKey, await sign(), data, { types: allTypes })
      assert.equal(readFileSync(path('asked'), 'utf8'), question.repeat(2))
      const before = seen.length
      const odd: readonly AgentRequest[] = [
        { kind: 'extension', name: 'sign-for-me@example.com', contents: data },
        { kind: 'unknown', type: 200, contents: data },
      ]
      for (const request of odd) assert.match((await client.request(request)).kind, /failure/)
      assert.deepEqual(seen.slice(before), [])
      assert.equal((await client.request({ kind: 'extension', name: 'query', contents: utf8('') })).kind, 'extension')
      await client.close()
    })
  })

  it('ends while somebody is asked', async () => {
    await inFolder(async (path) => {
      writeFileSync(path('ask'), `#!/bin/sh\ntouch '${path('asked')}'\nexec sleep 100\n`)
      chmodSync(path('ask'), 0o700)
      const key = await generateKey()
      writeFileSync(path('id'), await formatPrivateKey(key), { mode: 0o600 })
      const agent = await serveCommand(['--confirm', path('id')], { SSH_ASKPASS: path('ask') })
      const client = await openAgent({ socket: agent.socket })
      const answer = assert.rejects(client.sign(key.publicKey.blob, new Uint8Array(1)), { code: 'agent-closed' })
      while (!existsSync(path('asked'))) await sleep(20)
      assert.equal(await agent.stop(), 0)
      await answer
      assert.equal(existsSync(agent.socket), false)
    })
  })

  it('drops its keys on SIGUSR1, and opens no debugger', async (t) => {
    await inRoom(t, async ({ key, call, listed, agent }) => {
      await key('id')
      await call('agent', 'add', 'id')
      assert.equal((await listed()).length, 1)
      agent.child.kill('SIGUSR1')
      for (let waits = 0; (await listed()).length > 0; waits++) assert.ok(waits < 100)
      assert.doesNotMatch(agent.stderr(), /Debugger/)
    })
  })
})

describe('hawser agent', { skip }, () => {
  it('adds, lists and removes', async (t) => {
    await inRoom(t, async ({ path, key, call, listed }) => {
      const [first, second] = [await key('first'), await key('second', 'rsa')]
      writeFileSync(path('first-cert.pub'), await certify(first, second))
      const added = await call('agent', 'add', '--json', 'first', 'second')
      assert.equal(added.code, 0, added.stderr)
      const certType = 'ssh-ed25519-cert-v01@openssh.com'
      assert.deepEqual(added.json, [
        { file: 'first', type: 'ssh-ed25519', sha256: fingerprint(first), certificate: certType },
        { file: 'second', type: 'ssh-rsa', sha256: fingerprint(second), certificate: null },
      ])
      assert.deepEqual(await listed(), [
        `ssh-ed25519 ${fingerprint(first)} first`,
        `${certType} ${fingerprint(first)} first`,
        `ssh-rsa ${fingerprint(second)} second`,
      ])
      const lines = (await call('agent', 'list', '--public')).stdout.split('\n')
      assert.deepEqual(
        [lines[0], lines[2], lines[3]],
        [formatPublicKey(first.publicKey).trim(), formatPublicKey(second.publicKey).trim(), ''],
      )
      const plain = await call('agent', 'list')
      assert.equal(plain.stdout.split('\n')[2], `ssh-rsa ${fingerprint(second)} second`)
      const [{ blob }] = (await call('agent', 'list', '--json')).json
      assert.equal(blob, encodeBase64(first.publicKey.blob))

      assert.equal((await call('agent', 'remove', 'first-cert.pub')).code, 0)
      assert.equal((await listed()).length, 2)
      const again = await call('agent', 'remove', '--json', 'first-cert.pub')
      assert.deepEqual([again.code, again.json[0].error.code], [1, 'agent-refused'])
      assert.equal((await call('agent', 'remove', '--json', 'first.pub')).json[0].sha256, fingerprint(first))
      assert.deepEqual(await listed(), [`ssh-rsa ${fingerprint(second)} second`])
      assert.deepEqual((await call('agent', 'remove', '--all', '--json')).json, [{ removed: 'all' }])
      assert.deepEqual(await listed(), [])
    })
  })

  it('adds with a lifetime, and locks and unlocks', async (t) => {
    await inRoom(t, async ({ path, key, call, listed }) => {
      await key('id')
      await key('short')
      writeFileSync(path('pass'), 'secret\n')
      writeFileSync(path('wrong'), 'wrong\n')
      assert.equal((await call('agent', 'add', 'id')).code, 0)
      assert.equal((await call('agent', 'add', '--lifetime', '2s', 'short')).code, 0)
      assert.deepEqual((await call('agent', 'lock', '--json', '--passphrase-file', 'pass')).json, [{ locked: true }])
      assert.deepEqual(await listed(), [])
      const wrong = await call('agent', 'unlock', '--json', '--passphrase-file', 'wrong')
      assert.deepEqual([wrong.code, wrong.json[0].error.code], [1, 'agent-refused'])
      await sleep(2000)
      assert.deepEqual((await call('agent', 'unlock', '--json', '--passphrase-file', 'pass')).json, [{ locked: false }])
      assert.deepEqual((await listed()).length, 1)
      const nobody = await call('agent', 'lock', '--json')
      assert.deepEqual([nobody.code, nobody.json[0].error.code], [1, 'passphrase-required'])
      assert.deepEqual((await call('agent', 'query', '--json')).json, [{ extensions: ['session-bind@openssh.com'] }])
      assert.equal((await call('agent', 'query')).stdout, 'session-bind@openssh.com\n')
    })
  })

  it('has keys of the agent sign messages and certificates', async (t) => {
    await inRoom(t, async ({ path, key, call }) => {
      const subject = await key('subject')
      for (const type of ['ed25519', 'ecdsa-p384', 'rsa'] as const) {
        const authority = await key(type, type)
        assert.equal((await call('agent', 'add', type)).code, 0)
        writeFileSync(path('message'), 'a message')
        const signed = await call('sig', 'sign', '--agent', `${type}.pub`, '--namespace', 'file', 'message')
        assert.equal(signed.code, 0, signed.stderr)
        const allowed = `me ${formatPublicKey(authority.publicKey)}`
        await verifyMessage(utf8('a message'), signed.stdout, {
          allowedSigners: allowed,
          identity: 'me',
          namespace: 'file',
          time: new Date(),
        })
        const words = ['--id', 'i', '--principal', 'p', '--to', '+1h', 'subject.pub']
        const issued = await call('cert', 'issue', '--ca-agent', `${type}.pub`, ...words)
        assert.equal(issued.code, 0, issued.stderr)
        const certificate = parseCertificate(issued.stdout)
        assert.deepEqual(certificate.authority.blob, authority.publicKey.blob)
        assert.deepEqual(certificate.publicKey.blob, subject.publicKey.blob)
      }
      const stranger = await call('sig', 'sign', '--json', '--agent', 'subject.pub', '--namespace', 'file', 'message')
      assert.deepEqual([stranger.code, stranger.json[0].error.code], [1, 'no-such-key'])
      const both = await call('sig', 'sign', '--agent', 'a', '--key', 'b', '--namespace', 'file', 'message')
      assert.equal(both.code, 2)
    })
  })

  it('says that there is no agent, and what is wrongly used', async () => {
    const none = { SSH_AUTH_SOCK: '' }
    for (const command of ['list', 'query', 'lock', 'remove', 'add']) {
      const args =
        command === 'remove'
          ? ['--all']
          : command === 'add'
            ? ['x']
            : command === 'lock'
              ? ['--passphrase-file', '-']
              : []
      const { code, json } = await hawser(['agent', command, '--json', ...args], { env: none, input: 'secret\n' })
      assert.deepEqual([code, json[0].error.code], [1, 'no-agent'], command)
    }
    for (const args of [
      ['agent'],
      ['agent', 'start'],
      ['agent', 'add'],
      ['agent', 'remove'],
      ['agent', 'remove', '--all', 'x'],
      ['agent', 'list', 'x'],
      ['agent', 'query', 'x'],
      ['agent', 'lock', 'x'],
      ['agent', 'list', '--socket', ''],
      ['agent', 'serve', '--socket', ''],
      ['agent', 'serve', '--lifetime', '0'],
      ['agent', 'serve', '--lifetime', '-1'],
      ['agent', 'add', '--lifetime', '4294967296', 'x'],
      ['agent', 'add', '--lifetime', '1 h', 'x'],
      ['agent', 'add', '-', '-'],
    ]) {
      assert.equal((await hawser(args)).code, 2, args.join(' '))
    }
    const library = await hawser(['agent', 'serve', '--json', '--sk-provider', '/not/there.so'])
    assert.deepEqual([library.code, library.json[0].error.code], [1, 'file-not-found'])
  })
})
