/**
 * Logins of the real ssh, scp, rsync and git by certificates that `hawser agent serve --authority` asks for, with the
 * block that `hawser ca client-setup` prints, to an sshd that shows a certificate of the same authority.
 */

import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { findTool, type Sshd, startSshd } from '../../examples/quickstart/sshd.ts'
import { openAgent } from '../../src/runtime/node/index.ts'
import { formatPublicLine } from '../../src/wire/public-line.ts'
import { type ServedAgent, serveCommand } from '../cli/agent-command.ts'
import { hawser, type Result } from '../cli/command.ts'
import { type RunningAuthority, startAuthority } from '../support/authority.ts'
import { type IdentityProvider, startIdentityProvider } from '../support/identity-provider.ts'
import { fresh, interop, must, put, type Run, runProgram } from './support.ts'

const { username } = userInfo()

/** Everything between a person and a host. */
interface World {
  readonly idp: IdentityProvider
  readonly authority: RunningAuthority
  readonly sshd: Sshd
  /** Where the agents are. */
  readonly socket: string
  /** ssh_config with the printed block. */
  readonly config: string
  serve(...args: string[]): Promise<ServedAgent>
  /** Runs `hawser`, which must end with that code. */
  cli(args: readonly string[], code?: number, env?: Record<string, string>): Promise<Result>
  tool(name: string, args: readonly string[], env?: Record<string, string>): Promise<Run>
  /** `ssh` to the host, which must log in. */
  ssh(command: string, ...options: string[]): Promise<string>
  /** How often the browser was opened. */
  opened(): number
  /** Certificates that the authority was asked for. */
  asked(): number
}

/** A program that stands for the browser: it goes where it is sent, and notes that it was. */
function fakeBrowser(log: string): string {
  const script = put(
    `#!/bin/sh\necho opened >> '${log}'\nexec '${process.execPath}' -e 'fetch(process.argv[1]).then((a) => a.text())' "$1"\n`,
    'browser',
  )
  chmodSync(script, 0o700)
  return script
}

/** Builds a world, runs `body` in it, and looks for secrets in all that was said. */
async function inWorld(lifetime: number, body: (world: World) => Promise<void>): Promise<void> {
  const idp = await startIdentityProvider()
  const authority = await startAuthority(idp, [username], lifetime)
  const said: string[] = []
  const agents: ServedAgent[] = []
  const log = put('', 'browser-log')
  const socket = fresh('agent')
  const browser = fakeBrowser(log)
  const cli: World['cli'] = async (args, code = 0, env = {}) => {
    const result = await hawser(args, { env: { BROWSER: browser, ...env } })
    said.push(result.stdout, result.stderr)
    assert.equal(result.code, code, `${args.join(' ')}: ${result.stderr}`)
    return result
  }
  // The host asks for its own certificate, by a token that a program prints.
  const hostKey = fresh('host-key')
  await must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', hostKey])
  const tokenFile = put(await idp.idToken(), 'token')
  const where = ['--authority', authority.url]
  const command = ['--token-command', `cat '${tokenFile}'`]
  await cli(['ca', 'host-certificate', ...where, '--key', hostKey, '--name', 'web1.corp', ...command])
  const knownHosts = put((await cli(['ca', 'known-hosts', ...where])).stdout, 'known')
  const caKeys = (await cli(['ca', 'keys', ...where])).stdout
  assert.equal(caKeys, `${formatPublicLine(authority.signer.publicKey.blob, '')}\n`)
  const setup = await cli(['ca', 'host-setup', ...where, '--group', 'web', '--account', username, '--json'])
  const principals = setup.json.find(({ path }) => path.endsWith(`/principals/${username}`)).content
  assert.equal(principals, `${username}@web\n`)
  const sshd = await startSshd({
    hostKey,
    hostCertificate: `${hostKey}-cert.pub`,
    trustedUserCaKeys: setup.json.find(({ path }) => path.endsWith('.pub')).content,
    principalsFile: put(principals, 'principals'),
    extra: ['Subsystem sftp internal-sftp'],
  })
  const at = ['--host', '*.corp', '--socket', socket, '--user', username, '--known-hosts', knownHosts]
  const block = (await cli(['ca', 'client-setup', ...at])).stdout
  const reach = `Host *.corp\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  HostKeyAlias web1.corp\n  BatchMode yes\n`
  const config = put(`${block}\n${reach}`, 'config')
  const tool: World['tool'] = async (name, args, env = {}) => {
    const ended = await runProgram(findTool(name)!, args, '', env)
    said.push(ended.out, ended.err)
    return ended
  }
  try {
    await body({
      idp,
      authority,
      sshd,
      socket,
      config,
      cli,
      tool,
      async serve(...args) {
        const env = { BROWSER: browser }
        const agent = await serveCommand(['--socket', socket, ...where, ...args], env)
        agents.push(agent)
        return agent
      },
      async ssh(command, ...options) {
        const { code, out, err } = await tool('ssh', ['-F', config, ...options, 'web1.corp', command])
        assert.equal(code, 0, `${err}${agents.map((agent) => agent.stderr()).join('')}${sshd.log()}`)
        return out
      },
      opened: () => readFileSync(log, 'utf8').split('\n').length - 1,
      asked: () => authority.requests.filter((request) => request.startsWith('POST /v1/user')).length,
    })
    for (const agent of agents) {
      await agent.stop()
      said.push(agent.stderr(), agent.line)
    }
    said.push(sshd.log(), authority.requests.join('\n'))
    for (const secret of idp.secrets) assert.ok(!said.join('\n').includes(secret), 'a token or code was told')
  } finally {
    for (const agent of agents) await agent.stop('SIGKILL')
    await sshd.stop()
    await authority.close()
    await idp.close()
  }
}

interop(
  'ssh, scp, rsync and git log in by one login in the browser',
  ['ssh', 'sshd', 'ssh-keygen', 'scp', 'rsync', 'git'],
  async () => {
    await inWorld(600, async ({ serve, ssh, tool, config, opened, asked, sshd }) => {
      const agent = await serve()
      assert.deepEqual([opened(), asked()], [0, 0])
      assert.equal(await ssh('echo in'), 'in\n')
      assert.match(sshd.log(), /Accepted publickey for \S+ .*ED25519-CERT .*ID alice@example\.com by oidc at /)
      assert.match(agent.stderr(), /log in in the browser: 1\d\d s left/)
      assert.match(agent.stderr(), /certificate for alice@example\.com: \S+@web \(9 min \d+ s left, serial \d+\)/)
      // ssh shows the comment of the identity.
      const { err } = await tool('ssh', ['-v', '-F', config, 'web1.corp', 'true'])
      assert.match(err, /Offering public key: alice@example\.com, [89] min \d+ s left ED25519-CERT .* agent/)

      const file = put('precious', 'file')
      const mustEnd = async (
        name: string,
        args: readonly string[],
        env: Record<string, string> = {},
      ): Promise<void> => {
        const ended = await tool(name, args, env)
        assert.equal(ended.code, 0, `${name}: ${ended.err}`)
      }
      const [copied, synced, cloned, origin] = ['copied', 'synced', 'cloned', 'origin'].map(fresh) as [
        string,
        string,
        string,
        string,
      ]
      await mustEnd('scp', ['-F', config, file, `web1.corp:${copied}`])
      await mustEnd('rsync', ['-e', `ssh -F ${config}`, file, `web1.corp:${synced}`])
      for (const path of [copied, synced]) assert.equal(readFileSync(path, 'utf8'), 'precious')
      await mustEnd('git', ['init', '-q', '--bare', origin])
      await mustEnd('git', ['clone', '-q', `web1.corp:${origin}`, cloned], { GIT_SSH_COMMAND: `ssh -F ${config}` })
      assert.ok(existsSync(`${cloned}/.git`))
      assert.deepEqual([opened(), asked()], [1, 1])

      // Why the block says "IdentitiesOnly no": of an agent, ssh then offers nothing that is in no file.
      const only = await tool('ssh', ['-F', config, '-o', 'IdentitiesOnly=yes', 'web1.corp', 'true'])
      assert.equal(only.code, 255)
      assert.match(only.err, /Permission denied/)
    })
  },
)

interop(
  'a certificate is renewed at less than 20 seconds, never on its own, and gone when it is over',
  ['ssh', 'sshd', 'ssh-keygen'],
  async () => {
    await inWorld(120, async ({ serve, ssh, opened, asked, socket, authority }) => {
      const agent = await serve('--lifetime', '70')
      // Of an authority whose clock is behind, a certificate is already old when it comes: it has 15 seconds left.
      authority.ahead = -55_000
      const client = await openAgent({ socket })
      await client.list()
      assert.equal(asked(), 1)
      await sleep(1000)
      assert.equal(asked(), 1)
      const [identity] = await client.list()
      assert.deepEqual([opened(), asked()], [1, 2])
      const total = authority.requests.length
      for (let waits = 0; !/has expired: it and its key are gone[\s\S]*has expired/.test(agent.stderr()); waits++) {
        assert.ok(waits < 1200, agent.stderr())
        await sleep(100)
      }
      assert.equal(authority.requests.length, total)
      await assert.rejects(client.sign(identity!.key, new Uint8Array(5)), { code: 'agent-refused' })
      assert.equal(authority.requests.length, total)
      await client.close()
      authority.ahead = 0
      assert.equal(await ssh('echo again'), 'again\n')
      await ssh('true')
      assert.deepEqual([opened(), asked()], [1, 3])
    })
  },
)

interop(
  'a code on another machine, a program, a variable, and "hawser login" give tokens as well',
  ['ssh', 'sshd', 'ssh-keygen'],
  async () => {
    await inWorld(120, async ({ idp, serve, ssh, cli, socket, opened, asked, authority, tool, config }) => {
      const device = await serve('--login', 'device')
      await ssh('true')
      assert.match(device.stderr(), /log in at \S+\/activate with the code WDJB-MJHT: 1\d\d s left/)
      await device.stop()

      const tokenFile = put(`${await idp.idToken()}\n`, 'token')
      const program = await serve('--token-command', `cat "${tokenFile}"`)
      await ssh('true')
      await program.stop()

      const failing = await serve('--token-command', `sh -c 'cat ${tokenFile}; echo more; exit 3'`)
      const refused = await tool('ssh', ['-F', config, 'web1.corp', 'true'])
      assert.equal(refused.code, 255)
      assert.match(
        failing.stderr(),
        /no certificate: token command sh: it ended with 3 \(nobody is asked again for 5 s\)/,
      )
      const before = asked()

      // What is handed over is used, whatever else the agent would have done.
      const login = await cli(['login', '--json', '--socket', socket, '--authority', authority.url])
      assert.equal(asked(), before + 1)
      const { owner, principals, validBefore } = login.json[0]
      assert.deepEqual([owner, principals], ['alice@example.com', [`${username}@web`]])
      assert.ok(Number(validBefore) > Date.now() / 1000)
      await ssh('true')
      assert.deepEqual([opened(), asked()], [1, before + 1])
      const people = await cli(['login', '--device', '--socket', socket])
      assert.match(people.stderr, /with the code WDJB-MJHT/)
      assert.match(people.stderr, /logged in, and ssh can: alice@example\.com: \S+@web \((1 min \d+|2 min 0) s left/)
      const other = await cli(['login', '--json', '--socket', socket, '--authority', 'https://other.example'], 1)
      assert.equal(other.json[0].error.code, 'login-failed')
      const none = await cli(['login', '--json', '--socket', socket, '--token-env', 'NO_SUCH'], 1)
      assert.equal(none.json[0].error.code, 'login-failed')
      await cli(['login', '--socket', socket, '--token-env', 'MINE'], 0, { MINE: await idp.idToken() })
      await cli(['login', '--json', '--socket', socket, '--token-env', 'MINE'], 1, {
        MINE: await idp.idToken({ groups: [] }),
      })
      await failing.stop()

      // An agent without an authority knows no login.
      const plain = await serveCommand([])
      const wrong = await cli(['login', '--json', '--socket', plain.socket], 1)
      assert.equal(wrong.json[0].error.code, 'login-failed')
      await plain.stop()
    })
  },
)

interop(
  'the real ssh-agent stands behind, and ssh goes on with its keys where the authority is down',
  ['ssh', 'sshd', 'ssh-keygen', 'ssh-agent', 'ssh-add'],
  async () => {
    await inWorld(120, async ({ serve, ssh, tool, socket, authority, sshd, config }) => {
      const behind = fresh('behind')
      const { out } = await tool('ssh-agent', ['-s', '-a', behind])
      const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(out)?.[1])
      try {
        const key = fresh('mine')
        await must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'my own', '-f', key])
        await tool('ssh-add', ['-q', key], { SSH_AUTH_SOCK: behind })
        const agent = await serve('--with-agent', behind)
        const listed = async () => (await tool('ssh-add', ['-l'], { SSH_AUTH_SOCK: socket })).out.trim().split('\n')
        const both = await listed()
        assert.equal(both.length, 2)
        assert.match(both[0]!, /alice@example\.com, [^(]* s left \(ED25519-CERT\)/)
        assert.match(both[1]!, /my own \(ED25519\)/)
        await ssh('true')
        await must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'added', '-f', `${key}2`])
        assert.equal((await tool('ssh-add', ['-q', `${key}2`], { SSH_AUTH_SOCK: socket })).code, 0)
        assert.equal((await listed()).length, 3)
        // The certificate signs logins alone, the other keys what they like.
        const message = put('a message', 'message')
        const sign = ['-q', '-Y', 'sign', '-n', 'file', '-f', `${key}.pub`, message]
        assert.equal((await tool('ssh-keygen', sign, { SSH_AUTH_SOCK: socket })).code, 0)
        assert.equal((await tool('ssh-add', ['-D'], { SSH_AUTH_SOCK: socket })).code, 0)

        await tool('ssh-add', ['-q', key], { SSH_AUTH_SOCK: behind })
        await authority.close()
        assert.match((await listed()).join(), /^\S+ \S+ my own \(ED25519\)$/)
        assert.match(agent.stderr(), /no certificate: http:\S+: cannot be reached: ECONNREFUSED/)
        const { code, err } = await tool('ssh', ['-v', '-F', config, 'web1.corp', 'true'])
        assert.equal(code, 255)
        assert.match(err, /Offering public key: my own/)
        assert.doesNotMatch(sshd.log(), /Accepted publickey.*my own/)
      } finally {
        process.kill(pid)
      }
    })
  },
)

interop(
  'a host asks for its certificate, and fetches the revocation list, which must be one and no older',
  ['ssh', 'sshd', 'ssh-keygen'],
  async () => {
    await inWorld(120, async ({ cli, authority, ssh, serve, idp }) => {
      await serve()
      assert.equal(await ssh('echo in'), 'in\n')
      const where = ['--authority', authority.url]
      const out = fresh('krl')
      assert.equal((await cli(['ca', 'krl', '--json', ...where, '--out', out])).json[0].version, '7')
      assert.match(await must('ssh-keygen', ['-Q', '-l', '-f', out]), /version 7/)
      await cli(['ca', 'krl', ...where, '--out', out], 1)
      await cli(['ca', 'krl', ...where, '--out', out, '--force'])
      await cli(['krl', 'create', '--version', '8', '--out', out, '--force'])
      const older = await cli(['ca', 'krl', '--json', ...where, '--out', out, '--force'], 1)
      assert.match(older.json[0].error.message, /version 8 is there, the authority has 7/)
      writeFileSync(out, 'rubbish')
      await cli(['ca', 'krl', ...where, '--out', out, '--force'], 1)
      mkdirSync(fresh('folder'))
      const key = fresh('another')
      await must('ssh-keygen', ['-q', '-t', 'ecdsa', '-N', '', '-f', key])
      const token = await idp.idToken()
      const ask = ['ca', 'host-certificate', '--json', ...where, '--key', key, '--token-env', 'T']
      const refused = await cli([...ask, '--name', 'web1.example'], 1, { T: token })
      assert.equal(refused.json[0].error.code, 'forbidden')
      await cli([...ask, '--name', 'web2.corp'], 0, { T: token })
      assert.match(
        await must('ssh-keygen', ['-L', '-f', `${key}-cert.pub`]),
        /ecdsa-sha2-nistp256-cert-v01@openssh.com host certificate[\s\S]*web2\.corp/,
      )
      await cli([...ask, '--name', 'web2.corp'], 1, { T: token })
    })
  },
)
