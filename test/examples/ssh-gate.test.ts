/**
 * examples/ssh-gate without servers: who may what over HTTP, what is refused, what stands in the files for a gate and for
 * a client. OpenSSH judges the files where it is installed; ssh-gate-run.test.ts logs in.
 */

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, isIP, createServer as listenTcp } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { findTool } from '../../examples/quickstart/sshd.ts'
import {
  checkLogin,
  formatCertificate,
  formatPrivateKey,
  formatPublicKey,
  generateKey,
  issueCertificate,
} from '../../src/index.ts'
import { parseAuthorizedKeys, parseKnownHosts } from '../../src/text/index.ts'
import { must, put, run } from '../interop/support.ts'
import { at, folder, missing, startProgram, until } from './support.ts'

const example = at('examples/ssh-gate')

/** The example's parts; `undefined` after having said that what they need is not installed. */
async function parts(t: TestContext) {
  if (!existsSync(join(example, 'node_modules/hono'))) {
    missing(t, 'npm ci in examples/ssh-gate has not run')
    return undefined
  }
  const [
    routes,
    store,
    operations,
    publish,
    files,
    client,
    config,
    authentication,
    secret,
    serve,
    command,
    networks,
    sftp,
  ] = await Promise.all([
    import('../../examples/ssh-gate/routes.ts'),
    import('../../examples/ssh-gate/store.ts'),
    import('../../examples/ssh-gate/operations.ts'),
    import('../../examples/ssh-gate/publish.ts'),
    import('../../examples/ssh-gate/gate-files.ts'),
    import('../../examples/ssh-gate/client-files.ts'),
    import('../../examples/ssh-gate/config.ts'),
    import('../../examples/ssh-gate/authentication.ts'),
    import('../../examples/ssh-gate/secret-file.ts'),
    import('../../examples/ssh-gate/serve.ts'),
    import('../../examples/ssh-gate/command.ts'),
    import('../../examples/ssh-gate/networks.ts'),
    import('../../examples/ssh-gate/sftp.ts'),
  ])
  return {
    ...routes,
    ...store,
    ...operations,
    ...publish,
    ...files,
    ...client,
    ...config,
    ...authentication,
    ...secret,
    ...serve,
    ...command,
    ...networks,
    ...sftp,
  }
}

type Parts = NonNullable<Awaited<ReturnType<typeof parts>>>

/** A test of the example; the parts are loaded inside, since a clone may be without what they need. */
function gateTest(name: string, body: (all: Parts, t: TestContext) => Promise<void>): void {
  test(name, async (t) => {
    const all = await parts(t)
    if (all) await body(all, t)
  })
}

const line = async (comment = 'me@home'): Promise<string> => {
  return formatPublicKey((await generateKey('ed25519', { comment })).publicKey)
}

/** A service in this process: tokens are `PROJECT ROLE NAME`, and the gate is a text. `names` are what is looked up. */
async function service({ createRoutes, openStore, addressesIn }: Parts, names: Record<string, string[]> = {}) {
  const dir = folder('ssh-gate')
  const store = await openStore({ url: `file:${join(dir, 'records.db')}` })
  const pushed: string[] = []
  const gate: { up: boolean; away?: string } = { up: true }
  const push = async ({ name }: { readonly name: string }, file: string): Promise<void> => {
    if (!gate.up || name === gate.away) throw new Error('no route to host')
    pushed.push(file)
  }
  const authenticate = async (token: string) => {
    const [project, role, name] = token.split('.')
    if (!project || (role !== 'admin' && role !== 'user') || !name) return undefined
    return { id: name, roles: new Map([[project, role as 'admin' | 'user']]) }
  }
  const errors: unknown[] = []
  const fetch = createRoutes({
    store,
    push,
    seal: 's'.repeat(40),
    addressesOf: addressesIn(undefined, async (host) => names[host] ?? [isIP(host) ? host : '192.0.2.1']),
    authenticate,
    onError: (error) => errors.push(error),
  })
  const ask = async (token: string | undefined, method: string, path: string, body?: unknown) => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    if (body !== undefined) headers['content-type'] = 'application/json'
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const response = await fetch(new Request(`http://localhost${path}`, init))
    const text = await response.text()
    assert.equal(response.headers.get('cache-control'), 'no-store', path)
    const json = response.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : undefined
    return {
      status: response.status,
      text,
      json,
      code: json?.error?.code as string | undefined,
      headers: response.headers,
    }
  }
  return { store, push, pushed, gate, ask, errors, fetch }
}

/** The same with a gate and a bound target in project web. */
async function furnished(all: Parts, names: Record<string, string[]> = {}) {
  const made = await service(all, names)
  const { ask } = made
  const hostKey = await line('host')
  const created = await ask('web.admin.ada', 'POST', '/v1/web/gates', {
    name: 'edge',
    host: 'gate.example.com',
    hostKey,
  })
  assert.equal(created.status, 201, created.text)
  const target = { name: 'web-1', user: 'deploy', key: await line(), machine: 'web-1', hostKey, host: '10.77.2.2' }
  assert.equal((await ask('web.admin.ada', 'POST', '/v1/web/targets', target)).status, 201)
  assert.equal((await ask('web.admin.ada', 'PUT', '/v1/web/targets/web-1/gates/edge')).status, 204)
  return made
}

gateTest(
  'each operation: nobody without a token, nothing for other projects, no more than the role allows',
  async (all) => {
    const { ask, pushed } = await furnished(all)
    const key = await line()
    const added = await ask('web.admin.ada', 'POST', '/v1/web/gates/edge/keys', { key })
    const names: Record<string, string> = {
      gate: 'edge',
      target: 'web-1',
      fingerprint: encodeURIComponent(added.json.fingerprint),
    }
    const bodies: Record<string, unknown> = {
      'gate create': { name: 'other', host: '192.0.2.1', hostKey: key },
      'gate key add': { key: await line() },
      'target create': { name: 'other', user: 'a', key, machine: 'm', hostKey: key },
    }
    const before = pushed.length
    let [asked, forbidden] = [0, 0]
    for (const [words, { method, path, role }] of Object.entries(all.operations)) {
      const filled = path.replace(/:([a-z]+)/g, (_, name: string) => names[name]!)
      const body = method === 'POST' ? (bodies[words] ?? {}) : undefined
      const from = (project: string) => `/v1/${project}${filled}`
      for (const token of [undefined, 'nonsense', '']) {
        const { status, headers, code } = await ask(token, method, from('web'), body)
        assert.deepEqual([status, code, headers.get('www-authenticate')], [401, 'unauthenticated', 'Bearer'], words)
      }
      // What is there for others and what is nowhere are answered octet for octet alike.
      const theirs = await ask('lab.admin.eve', method, from('web'), body)
      const nowhere = await ask('lab.admin.eve', method, from('nowhere'), body)
      assert.deepEqual([theirs.status, theirs.text], [404, nowhere.text], words)
      if (path.includes(':')) {
        const inLab = await ask('lab.admin.eve', method, from('lab'), body)
        const unknown = await ask('lab.admin.eve', method, from('lab').replace(/edge|web-1/, 'nothing'), body)
        assert.deepEqual([inLab.status, inLab.text], [404, unknown.text], words)
      }
      if (role === 'admin') {
        const { status, code } = await ask('web.user.uwe', method, from('web'), body)
        assert.deepEqual([status, code], [403, 'forbidden'], words)
        forbidden++
      }
      asked++
    }
    assert.ok(asked >= 20 && forbidden >= 9, `${asked} ${forbidden}`)
    assert.equal(pushed.length, before, 'nothing was changed')
    const [gates, targets] = [
      await ask('lab.admin.eve', 'GET', '/v1/lab/gates'),
      await ask('lab.user.max', 'GET', '/v1/lab/targets'),
    ]
    assert.deepEqual([gates.json, targets.json], [[], []])
  },
)

gateTest('two projects have a gate and a target of the same name, and change each their own', async (all) => {
  const { ask } = await furnished(all)
  const [mine, theirs] = [await line('mine'), await line('theirs')]
  const hostKey = await line()
  await ask('lab.admin.eve', 'POST', '/v1/lab/gates', { name: 'edge', host: '192.0.2.9', hostKey })
  await ask('web.admin.ada', 'POST', '/v1/web/gates/edge/keys', { key: mine })
  await ask('lab.admin.eve', 'POST', '/v1/lab/gates/edge/keys', { key: theirs })
  const web = await ask('web.admin.ada', 'GET', '/v1/web/gates/edge/authorized_keys')
  const lab = await ask('lab.admin.eve', 'GET', '/v1/lab/gates/edge/authorized_keys')
  assert.ok(web.text.includes(mine.trim()) && !web.text.includes(theirs.trim()))
  assert.ok(lab.text.includes(theirs.trim()) && !lab.text.includes(mine.trim()))
  // A target of one cannot be bound to a gate of the other.
  assert.equal((await ask('lab.admin.eve', 'PUT', '/v1/lab/targets/web-1/gates/edge')).status, 404)
  assert.equal((await ask('lab.admin.eve', 'DELETE', '/v1/lab/gates/edge')).status, 204)
  assert.equal((await ask('web.admin.ada', 'GET', '/v1/web/gates/edge')).json.keys.length, 1)
})

gateTest('gates, keys, targets and bindings are made, listed, shown and removed', async (all) => {
  const { ask, pushed } = await furnished(all)
  const admin = (method: string, path: string, body?: unknown) => ask('web.admin.ada', method, `/v1/web${path}`, body)
  const key = await line('alice')
  const added = await admin('POST', '/gates/edge/keys', { key })
  assert.equal(added.status, 201)
  assert.equal((await admin('POST', '/gates/edge/keys', { key: key.replace('alice', 'bob') })).code, 'exists')
  const shown = await admin('GET', '/gates/edge')
  assert.deepEqual([shown.json.upToDate, shown.json.keys, shown.json.targets], [true, [added.json], ['web-1']])
  assert.ok(!shown.text.includes('PRIVATE'), 'the management key stays where it is')
  assert.equal(pushed.at(-1), (await admin('GET', '/gates/edge/authorized_keys')).text)
  assert.equal(pushed.at(-1), `restrict,port-forwarding,permitopen="10.77.2.2:22" ${key}`)

  assert.equal((await admin('POST', '/gates', { name: 'edge', host: 'x', hostKey: key })).code, 'exists')
  assert.equal((await admin('PUT', '/targets/web-1/gates/edge')).code, 'exists')
  assert.deepEqual((await admin('GET', '/targets/web-1')).json.gates, ['edge'])
  assert.equal((await admin('DELETE', '/targets/web-1/gates/edge')).status, 204)
  // Forwarding without permitopen would be forwarding to anywhere.
  assert.equal(pushed.at(-1), `restrict ${key}`)
  assert.equal((await admin('DELETE', '/targets/web-1/gates/edge')).code, 'not-found')
  assert.equal((await admin('GET', '/targets/web-1/ssh_config')).code, 'not-found')

  const gone = `/gates/edge/keys/${encodeURIComponent(added.json.fingerprint)}`
  assert.equal((await admin('DELETE', gone)).status, 204)
  assert.equal((await admin('DELETE', gone)).code, 'not-found')
  assert.equal(pushed.at(-1), '')
  assert.equal((await admin('DELETE', '/targets/web-1')).status, 204)
  assert.equal((await admin('DELETE', '/gates/edge')).status, 204)
  assert.deepEqual([(await admin('GET', '/gates')).json, (await admin('GET', '/targets')).json], [[], []])
})

gateTest('a user adds and removes keys of their own, and no authority', async (all) => {
  const { ask } = await furnished(all)
  const user = (name: string, method: string, path: string, body?: unknown) =>
    ask(`web.user.${name}`, method, `/v1/web/gates/edge/keys${path}`, body)
  const key = await line()
  const added = await user('uwe', 'POST', '', { key })
  assert.equal(added.json.owner, 'uwe')
  const path = `/${encodeURIComponent(added.json.fingerprint)}`
  assert.equal((await user('max', 'DELETE', path)).code, 'forbidden')
  // Who else comes in, and by which keys, is for admins.
  assert.deepEqual((await user('uwe', 'GET', '')).json, [added.json])
  assert.deepEqual((await user('max', 'GET', '')).json, [])
  const shown = async (token: string) => (await ask(token, 'GET', '/v1/web/gates/edge')).json.keys
  assert.deepEqual([await shown('web.user.uwe'), await shown('web.user.max')], [[added.json], []])
  assert.deepEqual(await shown('web.admin.ada'), [added.json])
  assert.equal((await user('uwe', 'DELETE', path)).status, 204)
  assert.equal((await user('uwe', 'POST', '', { key, principals: ['all'] })).code, 'forbidden')
})

gateTest('what is no public key of today is refused, with a code', async (all) => {
  const { ask } = await furnished(all)
  const key = await generateKey()
  const weak = await generateKey('rsa', { bits: 1024 })
  const strong = await generateKey('rsa', { bits: 2048 })
  const now = Math.floor(Date.now() / 1000)
  const request = { kind: 'user', publicKey: key.publicKey, keyId: 'x', principals: ['x'], serial: 1n } as const
  const certificate = await issueCertificate({ ...request, validAfter: now, validBefore: now + 9 }, key)
  const good = formatPublicKey(key.publicKey).trim()
  const dsa = readFileSync(at('test/vectors/types/dsa.pub'), 'utf8')
  const cases: readonly (readonly [unknown, string])[] = [
    [await formatPrivateKey(key), 'is-private-key'],
    [await formatPrivateKey(key, { format: 'pkcs8' }), 'is-private-key'],
    [await formatPrivateKey(key, { passphrase: 'x', rounds: 1 }), 'is-private-key'],
    [formatCertificate(certificate), 'is-certificate'],
    [formatPublicKey(weak.publicKey), 'weak-key'],
    [dsa, 'unsupported-type'],
    [`${good}\n${good}`, 'trailing-bytes'],
    [`${good} a comment\nssh-ed25519 AAAA`, 'trailing-bytes'],
    [`command="id" ${good}`, 'unknown-format'],
    [`${good} \u0007bell`, 'bad-comment'],
    [`${good} ${'x'.repeat(200)}`, 'bad-comment'],
    [good.slice(0, 40), 'truncated'],
    ['', 'unknown-format'],
    [7, 'bad-request'],
    ['x'.repeat(40_000), 'bad-request'],
  ]
  for (const [text, code] of cases) {
    const answer = await ask('web.admin.ada', 'POST', '/v1/web/gates/edge/keys', { key: text })
    assert.equal(answer.code, code, `${String(text).slice(0, 60)}: ${answer.text}`)
    assert.ok(answer.status === 422 || answer.status === 400, code)
  }
  const { managementKey } = (await ask('web.admin.ada', 'GET', '/v1/web/gates/edge')).json
  const taken = await ask('web.admin.ada', 'POST', '/v1/web/gates/edge/keys', { key: managementKey })
  assert.equal(taken.code, 'management-key')
  const rsa = { key: formatPublicKey(strong.publicKey) }
  assert.equal((await ask('web.admin.ada', 'POST', '/v1/web/gates/edge/keys', rsa)).status, 201)
  assert.deepEqual((await ask('web.admin.ada', 'GET', '/v1/web/gates/edge')).json.keys.length, 1)
})

gateTest('no word that is handed in gets a line of its own anywhere', async (all) => {
  const { ask, errors } = await furnished(all)
  const hostKey = await line()
  const evil = [
    'a\nb',
    'a\rb',
    'a b',
    'a"b',
    "a'b",
    'a,b',
    'a\0b',
    '-oProxyCommand=id',
    '%h',
    '$(id)',
    '`id`',
    '*',
    '!a',
    'a#b',
    '',
    'ä',
    '../x',
    'a;b',
    'a\\b',
    'a\tb',
    '@x',
    'x'.repeat(300),
    7,
    null,
    [],
    {},
  ]
  const gate = { name: 'g', host: 'h', hostKey }
  const target = { name: 't', user: 'u', key: hostKey, machine: 'm', hostKey }
  let refused = 0
  const refuse = async (method: string, path: string, body?: unknown): Promise<void> => {
    const { status, text } = await ask('web.admin.ada', method, path, body)
    assert.ok(status >= 400 && status < 500, `${path} ${JSON.stringify(body)}: ${status} ${text}`)
    refused++
  }
  for (const word of evil) {
    for (const name of ['name', 'host', 'user', 'manageHost'])
      await refuse('POST', '/v1/web/gates', { ...gate, [name]: word })
    for (const name of ['name', 'user', 'machine', 'host'])
      await refuse('POST', '/v1/web/targets', { ...target, [name]: word })
    for (const principals of [[word], word])
      await refuse('POST', '/v1/web/gates/edge/keys', { key: hostKey, principals })
    if (typeof word !== 'string') continue
    for (const name of ['identity', 'certificate', 'knownHosts', 'gateIdentity', 'gateCertificate', 'via', 'gate']) {
      // A path may go up, and a `-` may stand at the start of no path.
      if (word === '../x' && !['via', 'gate'].includes(name)) continue
      await refuse('GET', `/v1/web/targets/web-1/ssh_config?${new URLSearchParams({ [name]: word })}`)
    }
  }
  for (const port of [0, 65536, -1, 1.5, '22 ', '0x16', null, [22]])
    await refuse('POST', '/v1/web/gates', { ...gate, port })
  for (const targetPorts of [[], [0], '22', [22, 22, 22, 22, 22, 22, 22, 22, 22]]) {
    await refuse('POST', '/v1/web/gates', { ...gate, targetPorts })
  }
  for (const host of [
    '127.1',
    '2130706433',
    '0x7f.1',
    '010.0.0.1',
    '1.2.3',
    'a..b',
    '-a',
    'a-',
    'fe80::1%eth0',
    '::ffff:1.2.3.4',
    '[::1]',
    '1::2::3',
  ]) {
    await refuse('POST', '/v1/web/gates', { ...gate, host })
  }
  await refuse('POST', '/v1/web/gates', { ...gate, targetPort: 22 })
  await refuse('POST', '/v1/web/gates', { ...gate, port: 2222 })
  await refuse('POST', '/v1/web/gates', [])
  await refuse('POST', '/v1/web/gates', { name: 'g', host: 'h' })
  await refuse('GET', '/v1/web/gates?x=1')
  await refuse('POST', '/v1/web/gates/edge/keys', { key: hostKey, __proto__: {}, constructor: 1 })
  await refuse('PUT', '/v1/web/targets/web-1/gates/..%2F..%2Fx')
  assert.ok(refused > 350, `${refused}`)
  assert.deepEqual(errors, [])
  assert.equal((await ask('web.admin.ada', 'GET', '/v1/web/gates')).json.length, 1)
})

gateTest('a body is bounded, is JSON, and says so', async (all) => {
  const { fetch } = await furnished(all)
  const post = (body: string, type: string | undefined) => {
    const headers = { authorization: 'Bearer web.admin.ada', ...(type === undefined ? {} : { 'content-type': type }) }
    return fetch(new Request('http://localhost/v1/web/gates', { method: 'POST', headers, body }))
  }
  assert.equal((await post('x'.repeat(70_000), 'application/json')).status, 413)
  assert.equal((await post('{}', 'text/plain')).status, 400)
  assert.equal((await post('{', 'application/json')).status, 400)
  assert.equal((await fetch(new Request('http://localhost/'))).status, 401)
})

gateTest(
  'authorized_keys lets each key open the targets of its gate and nothing else, and no certificate of other principals',
  async (all) => {
    const { ask, pushed } = await furnished(all)
    const key = await generateKey('ed25519', { comment: 'x" y,z #' })
    const authority = await generateKey()
    const target = {
      name: 'v6',
      user: 'u',
      key: await line(),
      machine: 'v6',
      hostKey: await line(),
      host: '2001:DB8::1',
    }
    await ask('web.admin.ada', 'POST', '/v1/web/targets', target)
    await ask('web.admin.ada', 'PUT', '/v1/web/targets/v6/gates/edge')
    await ask('web.admin.ada', 'POST', '/v1/web/gates/edge/keys', { key: formatPublicKey(key.publicKey) })
    const principals = ['gate@edge', 'ops@edge']
    const added = await ask('web.admin.ada', 'POST', '/v1/web/gates/edge/keys', {
      key: formatPublicKey(authority.publicKey),
      principals,
    })
    assert.equal(added.status, 201, added.text)
    const file = pushed.at(-1)!
    assert.deepEqual(parseAuthorizedKeys(file).problems, [])
    const now = Math.floor(Date.now() / 1000)
    const bob = await generateKey()
    const certify = (names: readonly string[]) =>
      issueCertificate(
        {
          kind: 'user',
          publicKey: bob.publicKey,
          keyId: 'bob',
          principals: names,
          serial: 1n,
          validAfter: now - 60,
          validBefore: now + 60,
          extensions: { 'permit-port-forwarding': true, 'permit-pty': true },
        },
        authority,
      )
    for (const who of [key.publicKey, await certify(['ops@edge'])]) {
      const { options } = await checkLogin(file, { key: who, user: 'gate', time: now })
      assert.deepEqual(
        [options.pty, options.agentForwarding, options.x11Forwarding, options.portForwarding],
        [false, false, false, true],
      )
      assert.deepEqual(options.permitOpen, ['[2001:db8::1]:22', '10.77.2.2:22'])
    }
    for (const who of [await certify(['gate@other']), await certify(['gate']), bob.publicKey, authority.publicKey]) {
      await assert.rejects(checkLogin(file, { key: who, user: 'gate', time: now }))
    }
  },
)

gateTest(
  'sshd means by the configuration of a gate what it should: two doors, no session at the first',
  async (all, t) => {
    const sshd = findTool('sshd')
    if (!sshd || !findTool('ssh-keygen')) return missing(t, 'sshd is not installed')
    const { ask } = await furnished(all)
    const { text } = await ask('web.admin.ada', 'GET', '/v1/web/gates/edge/sshd_config')
    const hostKey = put(await formatPrivateKey(await generateKey()), 'host-key')
    const path = put(`HostKey ${hostKey}\n${text}`, 'sshd_config')
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
    const effect = async (port: number): Promise<Map<string, string>> => {
      const said = await must('sshd', [
        '-T',
        '-f',
        path,
        '-C',
        `user=gate,host=x,addr=192.0.2.1,laddr=192.0.2.2,lport=${port}`,
      ])
      return new Map(said.split('\n').map((row) => [row.split(' ')[0]!, row.slice(row.indexOf(' ') + 1)]))
    }
    const [people, service] = [await effect(22), await effect(2222)]
    const both = {
      passwordauthentication: 'no',
      kbdinteractiveauthentication: 'no',
      hostbasedauthentication: 'no',
      permittty: 'no',
      allowagentforwarding: 'no',
      x11forwarding: 'no',
      permittunnel: 'no',
      allowstreamlocalforwarding: 'no',
      gatewayports: 'no',
      permitlisten: 'none',
      authenticationmethods: 'publickey',
      allowusers: 'gate',
      trustedusercakeys: 'none',
      permituserrc: 'no',
    }
    for (const [name, value] of Object.entries(both)) {
      assert.equal(people.get(name), value, name)
      assert.equal(service.get(name), value, name)
    }
    const differing = ['maxsessions', 'forcecommand', 'allowtcpforwarding', 'permitopen', 'authorizedkeysfile']
    assert.deepEqual(
      differing.map((name) => people.get(name)),
      ['0', '/bin/false', 'local', '*:22', '/var/lib/ssh-gate/authorized_keys'],
    )
    const [sessions, forced, ...rest] = differing.map((name) => service.get(name))
    assert.equal(sessions, '1')
    assert.match(forced!, /^internal-sftp -d \/var\/lib\/ssh-gate -p [a-z,-]+$/)
    assert.ok(!/\b(read|remove|opendir|symlink|setstat)\b/.test(forced!.replace('fsetstat', '')))
    assert.deepEqual(rest, ['no', 'none', '/etc/ssh/ssh-gate_management_keys'])
  },
)

gateTest(
  'ssh reads ssh_config as it is meant, by both ways, and known_hosts has the keys of both hops',
  async (all, t) => {
    if (!findTool('ssh')) return missing(t, 'ssh is not installed')
    const { ask } = await furnished(all)
    const effect = async (query: string, host: string): Promise<Map<string, string>> => {
      const { text, status } = await ask('web.user.uwe', 'GET', `/v1/web/targets/web-1/ssh_config?${query}`)
      assert.equal(status, 200, text)
      const said = await must('ssh', ['-G', '-F', put(text, 'ssh_config'), host])
      return new Map(said.split('\n').map((row) => [row.split(' ')[0]!, row.slice(row.indexOf(' ') + 1)]))
    }
    const query = 'identity=/keys/me&certificate=/keys/me-cert.pub&knownHosts=/keys/known'
    const jump = await effect(query, 'web-1')
    const wanted = {
      hostname: '10.77.2.2',
      user: 'deploy',
      port: '22',
      proxyjump: 'web+gate+edge',
      identityfile: '/keys/me',
      certificatefile: '/keys/me-cert.pub',
      identitiesonly: 'yes',
      stricthostkeychecking: 'true',
      hostkeyalias: 'web+target+web-1',
      userknownhostsfile: '/keys/known',
      forwardagent: 'no',
    }
    for (const [name, value] of Object.entries(wanted)) assert.equal(jump.get(name), value, name)
    const gate = await effect(query, 'web+gate+edge')
    const there = {
      hostname: 'gate.example.com',
      user: 'gate',
      port: '22',
      identityfile: '/keys/me',
      certificatefile: '/keys/me-cert.pub',
      hostkeyalias: 'web+gate+edge',
      stricthostkeychecking: 'true',
    }
    for (const [name, value] of Object.entries(there)) assert.equal(gate.get(name), value, name)
    const command = await effect(`${query}&via=command&gateIdentity=~/.ssh/gate`, 'web-1')
    assert.equal(command.get('proxyjump') ?? 'none', 'none')
    assert.match(
      command.get('proxycommand')!,
      /^ssh -F none -W \[%h\]:%p -o IdentityFile=~\/\.ssh\/gate .*-l gate gate\.example\.com$/,
    )

    const hosts = await ask('web.user.uwe', 'GET', '/v1/web/targets/web-1/known_hosts')
    const { entries, problems } = parseKnownHosts(hosts.text)
    assert.deepEqual([entries.map((entry) => entry.hosts), problems], [['web+gate+edge', 'web+target+web-1'], []])
    const keys = await ask('web.user.uwe', 'GET', '/v1/web/targets/web-1/authorized_keys')
    assert.deepEqual(parseAuthorizedKeys(keys.text).problems, [])
  },
)

gateTest('a target with two gates asks which', async (all) => {
  const { ask } = await furnished(all)
  const hostKey = await line()
  await ask('web.admin.ada', 'POST', '/v1/web/gates', {
    name: 'back',
    host: '192.0.2.7',
    hostKey,
    targetPorts: [22, 2200],
  })
  await ask('web.admin.ada', 'PUT', '/v1/web/targets/web-1/gates/back')
  const config = (query: string) => ask('web.user.uwe', 'GET', `/v1/web/targets/web-1/ssh_config${query}`)
  assert.equal((await config('')).code, 'bad-request')
  assert.match((await config('?gate=back')).text, /HostName 192\.0\.2\.7/)
  assert.equal((await config('?gate=none')).code, 'not-found')
  // A port that the gate's sshd does not open at all.
  const other = { name: 'odd', user: 'u', key: hostKey, machine: 'odd', hostKey, port: 2200 }
  await ask('web.admin.ada', 'POST', '/v1/web/targets', other)
  assert.equal((await ask('web.admin.ada', 'PUT', '/v1/web/targets/odd/gates/edge')).code, 'bad-request')
  assert.equal((await ask('web.admin.ada', 'PUT', '/v1/web/targets/odd/gates/back')).status, 204)
})

gateTest('a gate that cannot be reached: the change is recorded, told as not shown, and shown later', async (all) => {
  const { ask, gate, pushed, store, push, errors } = await furnished(all)
  gate.up = false
  const key = await line()
  const answer = await ask('web.admin.ada', 'POST', '/v1/web/gates/edge/keys', { key })
  assert.deepEqual([answer.status, answer.code], [502, 'gate-unreachable'])
  assert.match(answer.json.error.message, /recorded, but .*no route to host/)
  const shown = async () => [
    (await ask('web.admin.ada', 'GET', '/v1/web/gates/edge')).json,
    (await ask('web.user.uwe', 'GET', '/v1/web/gates')).json[0],
  ]
  for (const one of await shown()) assert.deepEqual([one.upToDate, 'closing' in one], [false, false])
  const failures: unknown[] = []
  await all.publishAll(store, push, (error) => failures.push(error))
  assert.equal(failures.length, 1)

  const deleted = await ask('web.admin.ada', 'DELETE', '/v1/web/gates/edge')
  assert.deepEqual(
    [deleted.status, deleted.code],
    [502, 'gate-unreachable'],
    'who stood in its file might still get in',
  )
  for (const one of await shown()) assert.deepEqual([one.upToDate, one.closing], [false, true])
  assert.equal((await ask('web.admin.ada', 'POST', '/v1/web/gates/edge/keys', { key: await line() })).code, 'in-use')
  gate.up = true
  await all.publishAll(store, push, (error) => failures.push(error))
  assert.equal(pushed.at(-1), '', 'a gate that is being deleted lets nobody in')
  gate.up = false
  assert.equal((await ask('web.admin.ada', 'DELETE', '/v1/web/gates/edge')).status, 502)
  assert.equal((await ask('web.admin.ada', 'DELETE', '/v1/web/gates/edge?force=true')).status, 204)
  assert.equal((await ask('web.admin.ada', 'GET', '/v1/web/gates/edge')).status, 404)
  assert.deepEqual(errors, [])
})

/** What an admin of a project must not have the service connect to. */
const inward = [
  ...['127.0.0.1', '127.9.9.9', '0.0.0.0', '0.1.2.3', '169.254.169.254', '224.0.0.1', '255.255.255.255'],
  ...['::1', '::', 'fe80::1', 'ff02::1', '::ffff:7f00:1', '64:ff9b::7f00:1', '64:ff9b::a9fe:a9fe'],
]

gateTest(
  'no gate is made that would lead the service to its own machine or links, whatever name they have',
  async (all) => {
    const names = {
      'localhost.example': ['127.0.0.1'],
      'six.example': ['::ffff:127.0.0.1', 'fe80::1%eth0'],
      'none.example': [],
    }
    const { ask, errors } = await furnished(all, names)
    const hostKey = await line()
    const create = (more: object) => ask('web.admin.ada', 'POST', '/v1/web/gates', { name: 'other', hostKey, ...more })
    for (const host of [...inward, ...Object.keys(names)]) {
      for (const where of [{ host }, { host: '192.0.2.1', manageHost: host }]) {
        const { status, code, text } = await create(where)
        assert.deepEqual([status, code], [403, 'network-refused'], `${host}: ${text}`)
      }
    }
    assert.equal((await ask('web.admin.ada', 'GET', '/v1/web/gates')).json.length, 1)
    for (const [i, host] of ['10.1.2.3', '2001:db8::1', 'gate.example', '64:ff9b::c000:201'].entries()) {
      const { status, text } = await create({ name: `open-${i}`, host: '127.0.0.1', manageHost: host })
      assert.equal(status, 201, text)
    }
    assert.deepEqual(errors, [])
  },
)

gateTest(
  'where networks are named they are the only ones, and the nearest name of an address does not matter',
  async (all) => {
    const dir = folder('ssh-gate-networks')
    const config = (manageNetworks: unknown) =>
      all.configOf({ sealFile: 's', bearer: { file: 'b', project: 'web', role: 'admin' }, manageNetworks }, dir)
        .manageNetworks
    assert.equal(config(undefined), undefined)
    const judge = (list: string[] | undefined, ...addresses: string[]) =>
      all.addressesIn(config(list), async () => addresses)('gate.example')
    const list = ['10.77.0.0/16', '127.0.0.1/32', '2001:db8::/32', 'fe80::/10']
    const fine = ['10.77.3.1', '127.0.0.1', '::ffff:127.0.0.1', '2001:db8::9', 'fe80::1%eth0']
    assert.deepEqual(await judge(list, '10.78.0.1', ...fine, '::1', '192.0.2.1'), fine)
    await assert.rejects(judge(list, '10.78.0.1', '127.0.0.2', '::1'), { code: 'network-refused', status: 403 })
    await assert.rejects(judge([], '10.78.0.1'), { code: 'network-refused' })
    await assert.rejects(judge(undefined, ...inward), { code: 'network-refused' })
    for (const wrong of [
      '10.0.0.1',
      '10.0.0.1/8',
      '10/8',
      '0x0a.0.0.0/8',
      '10.0.0.0/33',
      '::1/129',
      '2001:db8::1/32',
      'web',
      '',
      7,
    ]) {
      assert.throws(() => config([wrong]), { name: 'SetupError', message: /^manageNetworks: / }, String(wrong))
    }
    assert.throws(() => config('10.0.0.0/8'), /manageNetworks: a list expected/)
    // The real lookup: addresses as they are, and a name that cannot be.
    assert.deepEqual(await all.addressesIn(undefined)('192.0.2.7'), ['192.0.2.7'])
    await assert.rejects(all.addressesIn(undefined)('127.0.0.1'), { code: 'network-refused' })
  },
)

gateTest(
  'a name that means another address later: where the service connects is judged then, and nobody is called',
  async (all, t) => {
    if (!findTool('sftp')) return missing(t, 'sftp is not installed')
    let calls = 0
    const inside = listenTcp((socket) => {
      calls++
      socket.on('error', () => {})
      socket.end()
    })
    await new Promise<void>((done) => inside.listen(0, '127.0.0.1', done))
    t.after(() => inside.close())
    const { port } = inside.address() as AddressInfo
    const store = await all.openStore({ url: `file:${join(folder('ssh-gate-rebinding'), 'records.db')}` })
    let address = '192.0.2.1'
    const seal = 's'.repeat(40)
    const fetchBy = (list: readonly string[] | undefined) => {
      const addressesOf = all.addressesIn(list?.map(all.readNetwork), async () => [address])
      const authenticate = async () => ({ id: 'ada', roles: new Map([['web', 'admin' as const]]) })
      return all.createRoutes({ store, push: all.sftpPush(seal, addressesOf), seal, addressesOf, authenticate })
    }
    const post = async (fetch: ReturnType<typeof fetchBy>, path: string, body: unknown) => {
      const headers = { authorization: 'Bearer x', 'content-type': 'application/json' }
      const url = `http://localhost/v1/web${path}`
      const answer = await fetch(new Request(url, { method: 'POST', headers, body: JSON.stringify(body) }))
      return { status: answer.status, json: JSON.parse(await answer.text()) }
    }
    const closed = fetchBy(undefined)
    const gate = { name: 'edge', host: 'rebind.example', managePort: port, hostKey: await line() }
    assert.equal((await post(closed, '/gates', gate)).status, 201)
    address = '127.0.0.1'
    const refused = await post(closed, '/gates/edge/keys', { key: await line() })
    assert.deepEqual([refused.status, refused.json.error.code, calls], [403, 'network-refused', 0])
    assert.match(refused.json.error.message, /recorded, but the gate does not show it yet: .*rebind\.example/)
    // Where it is allowed, that address is called, which no resolver has for this name.
    const opened = await post(fetchBy(['127.0.0.0/8']), '/gates/edge/publish', {})
    assert.deepEqual([opened.status, opened.json.error.code, calls], [502, 'gate-unreachable', 1])
    store.close()
  },
)

gateTest('a target that is deleted is gone at every gate that can be reached, whatever the others do', async (all) => {
  const { ask, gate, pushed } = await furnished(all)
  const admin = (method: string, path: string, body?: unknown) => ask('web.admin.ada', method, `/v1/web${path}`, body)
  const [hostKey, key] = [await line(), await line('me')]
  await admin('POST', '/gates', { name: 'other', host: '192.0.2.2', hostKey })
  await admin('PUT', '/targets/web-1/gates/other')
  await admin('POST', '/gates/other/keys', { key })
  assert.equal(pushed.at(-1), `restrict,port-forwarding,permitopen="10.77.2.2:22" ${key}`)
  gate.away = 'edge'
  const deleted = await admin('DELETE', '/targets/web-1')
  assert.deepEqual([deleted.status, deleted.code], [502, 'gate-unreachable'])
  assert.equal(pushed.at(-1), `restrict ${key}`)
  const states = (await admin('GET', '/gates')).json.map((one: Record<string, unknown>) => [one.name, one.upToDate])
  assert.deepEqual(states, [
    ['edge', false],
    ['other', true],
  ])
})

gateTest('one publisher at a time, and what is sent last is what is recorded', async (all) => {
  const made = await furnished(all)
  let [running, most] = [0, 0]
  const files: string[] = []
  const push = async (_: unknown, file: string): Promise<void> => {
    most = Math.max(most, ++running)
    await new Promise((done) => setTimeout(done, 5))
    files.push(file)
    running--
  }
  const authenticate = async () => ({ id: 'ada', roles: new Map([['web', 'admin' as const]]) })
  const fetch = all.createRoutes({
    store: made.store,
    push,
    seal: 's'.repeat(40),
    addressesOf: async (host) => [host],
    authenticate,
  })
  const keys = await Promise.all(Array.from({ length: 40 }, (_, i) => line(`k${i}`)))
  const headers = { authorization: 'Bearer x', 'content-type': 'application/json' }
  const statuses = await Promise.all(
    keys.map(async (key) => {
      const url = 'http://localhost/v1/web/gates/edge/keys'
      return (await fetch(new Request(url, { method: 'POST', headers, body: JSON.stringify({ key }) }))).status
    }),
  )
  assert.deepEqual(new Set(statuses), new Set([201]))
  assert.equal(most, 1)
  assert.ok(files.length < 40, 'changes that wait are sent together')
  for (const key of keys) assert.equal(files.at(-1)!.split(key.trim()).length, 2)
})

gateTest(
  'the bearer token is one caller of one project; identities and groups have the roles that the configuration says',
  async (all) => {
    const secret = 'x'.repeat(64)
    const bearer = all.bearerAuthenticator(secret, 'web', 'user')
    assert.deepEqual([...(await bearer(secret))!.roles], [['web', 'user']])
    for (const token of ['', 'x', 'x'.repeat(63), `${secret}x`, `y${secret.slice(1)}`])
      assert.equal(await bearer(token), undefined)

    const identities: Record<string, { id: string; groups: string[] }> = {
      ada: { id: 'ada@example.com', groups: [] },
      uwe: { id: 'uwe@example.com', groups: ['staff', 'ops'] },
      fake: { id: 'group:ops', groups: [] },
    }
    const projects = {
      web: { admin: ['ada@example.com', 'group:ops'], user: ['group:staff'] },
      lab: { user: ['ada@example.com'] },
    }
    const members = all.memberAuthenticator(async (token) => identities[token]!, projects)
    assert.deepEqual([...(await members('ada'))!.roles].sort(), [
      ['lab', 'user'],
      ['web', 'admin'],
    ])
    assert.deepEqual([...(await members('uwe'))!.roles], [['web', 'admin']])
    assert.deepEqual([...(await members('fake'))!.roles], [], 'a name that looks like a group is none')
  },
)

gateTest('tokens of an OpenID provider are judged by hawser/ca', async (all) => {
  const { exportJWK, generateKeyPair, SignJWT } = await import('jose')
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: '1', alg: 'ES256', use: 'sig' }] }
  const issuer = createServer((_, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(jwks)),
  )
  await new Promise<void>((done) => issuer.listen(0, '127.0.0.1', done))
  const dir = folder('ssh-gate-oidc')
  writeFileSync(join(dir, 'seal'), `${'s'.repeat(64)}\n`, { mode: 0o600 })
  writeFileSync(join(dir, 'bearer'), `${'b'.repeat(64)}\n`, { mode: 0o600 })
  const config = {
    listen: { port: 0 },
    sealFile: 'seal',
    bearer: { file: 'bearer', project: 'web', role: 'admin' },
    oidc: {
      issuer: 'https://issuer.example.com',
      audience: 'ssh-gate',
      jwks: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/`,
      groupsClaim: 'groups',
    },
    projects: { web: { admin: ['group:ops'], user: ['uwe'] }, lab: { user: ['uwe'] } },
  }
  const served = await all.serve(all.configOf(config, dir)).finally(() => issuer.unref())
  try {
    const token = (subject: string, more: object = {}, audience = 'ssh-gate', expires = '5m') =>
      new SignJWT({ ...more })
        .setProtectedHeader({ alg: 'ES256', kid: '1' })
        .setIssuer('https://issuer.example.com')
        .setSubject(subject)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime(expires)
        .sign(privateKey)
    const ask = async (bearer: string, path: string, method = 'GET'): Promise<number> => {
      return (await fetch(`${served.url}${path}`, { method, headers: { authorization: `Bearer ${bearer}` } })).status
    }
    assert.equal(await ask(await token('uwe'), '/v1/web/gates'), 200)
    assert.equal(await ask(await token('uwe'), '/v1/lab/gates'), 200)
    assert.equal(await ask(await token('uwe'), '/v1/web/gates/x', 'DELETE'), 403)
    assert.equal(await ask(await token('ada', { groups: ['ops'] }), '/v1/web/gates/x', 'DELETE'), 404)
    assert.equal(await ask(await token('ada', { groups: ['ops'] }), '/v1/lab/gates'), 404)
    assert.equal(await ask(await token('nobody'), '/v1/web/gates'), 404)
    assert.equal(await ask(await token('uwe', {}, 'somebody-else'), '/v1/web/gates'), 401)
    assert.equal(await ask(await token('uwe', {}, 'ssh-gate', '-5m'), '/v1/web/gates'), 401)
    assert.equal(await ask(`${await token('uwe')}x`, '/v1/web/gates'), 401)
    assert.equal(await ask('b'.repeat(64), '/v1/web/gates'), 200)
    assert.equal(await ask('b'.repeat(63), '/v1/web/gates'), 401)
  } finally {
    await served.close()
    await new Promise((done) => issuer.close(done))
  }
})

gateTest(
  'without authentication, or with a secret that others may read, the service does not start: exit code 2',
  async (all) => {
    const dir = folder('ssh-gate-config')
    const put = (name: string, text: string, mode = 0o600): string => {
      writeFileSync(join(dir, name), text, { mode })
      return join(dir, name)
    }
    put('seal', `${'s'.repeat(64)}\n`)
    put('token', `${'t'.repeat(64)}\n`)
    put('open', `${'t'.repeat(64)}\n`, 0o640)
    put('short', 'secret\n')
    const bearer = { file: 'token', project: 'web', role: 'admin' }
    const oidc = { issuer: 'https://x.example', audience: 'a', jwks: 'https://x.example/keys' }
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      [{ sealFile: 'seal' }, /no authentication/],
      [{ sealFile: 'seal', bearer: { ...bearer, file: 'open' } }, /chmod 600/],
      [{ sealFile: 'open', bearer }, /chmod 600/],
      [{ sealFile: 'seal', bearer: { ...bearer, file: 'short' } }, /at least 32/],
      [{ sealFile: 'seal', bearer: { ...bearer, file: 'none' } }, /ENOENT/],
      [{ sealFile: 'seal', bearer: { ...bearer, role: 'root' } }, /admin or user/],
      [{ sealFile: 'seal', bearer: { ...bearer, project: 'A B' } }, /project/],
      [{ sealFile: 'seal', bearer, Bearer: {} }, /unknown: Bearer/],
      [{ sealFile: 'seal', oidc: { ...oidc, audiences: 'x' } }, /unknown: audiences/],
      [{ sealFile: 'seal', oidc: { issuer: 'x' } }, /oidc\.audience/],
      [{ bearer }, /sealFile/],
      [{ sealFile: 'seal', oidc: { ...oidc, jwks: 'http://x.example/keys' } }, /^SetupError: oidc: .*https/],
      [{ sealFile: 'seal', bearer, database: { url: 'file:none/records.db' } }, /^SetupError: database: /],
      [{ sealFile: 'seal', bearer, database: { url: 'nonsense' } }, /^SetupError: database: /],
      [{ sealFile: 'seal', bearer, listen: { host: '192.0.2.1', port: 0 } }, /^SetupError: listen: 192\.0\.2\.1/],
      [{ sealFile: 'seal', bearer, projects: { web: { root: [] } } }, /unknown: root/],
      [[], /object/],
      ['{', /object/],
    ]
    for (const [config, why] of wrong) {
      await assert.rejects(
        async () => (await all.serve(all.configOf(config, dir))).close(),
        why,
        JSON.stringify(config),
      )
    }
    const started = startProgram(process.execPath, [
      join(example, 'main.mjs'),
      'serve',
      put('none.json', '{"sealFile":"seal"}'),
    ])
    const code = await until('it to end', started.end)
    assert.equal(code, 2)
    assert.match(started.log(), /no authentication.*does not start/)
  },
)

gateTest('the command says what the HTTP API says, in the same words', async (all) => {
  const read = async (path: string): Promise<string> => `content of ${path}`
  const ask = (text: string) => all.requestOf(text.split(' '), 'web', read)
  assert.deepEqual(await ask('gate key add edge id.pub --principals a,b'), {
    method: 'POST',
    path: '/v1/web/gates/edge/keys',
    body: { key: 'content of id.pub', principals: ['a', 'b'] },
  })
  assert.deepEqual(await ask('gate key remove edge SHA256:a/b+c'), {
    method: 'DELETE',
    path: '/v1/web/gates/edge/keys/SHA256%3Aa%2Fb%2Bc',
    body: undefined,
  })
  assert.deepEqual(await ask('gate delete edge --force'), {
    method: 'DELETE',
    path: '/v1/web/gates/edge?force=true',
    body: undefined,
  })
  assert.deepEqual(await ask('target bind web-1 edge'), {
    method: 'PUT',
    path: '/v1/web/targets/web-1/gates/edge',
    body: undefined,
  })
  assert.equal(
    (await ask('target ssh-config web-1 --known-hosts x')).path,
    '/v1/web/targets/web-1/ssh_config?knownHosts=x',
  )
  const created = await ask('target create t --user u --key k.pub --machine m --host-key h.pub --port 22')
  assert.deepEqual(created.body, {
    name: 't',
    user: 'u',
    key: 'content of k.pub',
    machine: 'm',
    hostKey: 'content of h.pub',
    port: '22',
  })
  for (const text of ['gate', 'gate list x', 'gate show', 'gate shows x', 'gate list --x', 'key add x']) {
    await assert.rejects(ask(text), all.UsageError, text)
  }
  for (const words of Object.keys(all.operations)) assert.ok(all.usage().includes(`ssh-gate ${words}`), words)
})

gateTest('the command sends its token to https alone, but for this machine', async () => {
  const dir = folder('ssh-gate-command')
  writeFileSync(join(dir, 'token'), `${'t'.repeat(64)}\n`, { mode: 0o600 })
  const env = { PATH: process.env.PATH, SSH_GATE_PROJECT: 'web', SSH_GATE_TOKEN_FILE: join(dir, 'token') }
  const { code, err } = await runWith(['gate', 'list'], { ...env, SSH_GATE_URL: 'http://192.0.2.1' })
  assert.deepEqual([code, /https expected/.test(err)], [2, true])
})

gateTest('the command says what is wrong with its surroundings, and what it can do: no stack of calls', async () => {
  const dir = folder('ssh-gate-surroundings')
  writeFileSync(join(dir, 'token'), `${'t'.repeat(64)}\n`, { mode: 0o600 })
  const env = { PATH: process.env.PATH, SSH_GATE_PROJECT: 'web', SSH_GATE_TOKEN_FILE: join(dir, 'token') }
  const local = { ...env, SSH_GATE_URL: 'http://127.0.0.1:9' }
  const wrong = [
    [['gate', 'key', 'add', 'edge', join(dir, 'none.pub')], local, /none\.pub: ENOENT/],
    [['gate', 'key', 'add', 'edge', dir], local, /EISDIR/],
    [['gate', 'list'], { ...env, SSH_GATE_URL: 'gate.example.com' }, /SSH_GATE_URL: a URL expected/],
    [['gate', 'list'], { ...env, SSH_GATE_URL: 'localhost:8022' }, /SSH_GATE_URL: a URL expected/],
    [['gate', 'list'], { ...local, SSH_GATE_TOKEN_FILE: join(dir, 'none') }, /none: ENOENT/],
  ] as const
  for (const [args, given, why] of wrong) {
    const { code, err } = await runWith(args, given)
    assert.equal(code, 2, err)
    assert.match(err, why)
    assert.ok(!err.includes('    at '), err)
  }
  for (const args of [['--help'], ['gate', 'list', '--help'], ['serve', '--help']]) {
    const { code, out, err } = await runWith(args, { PATH: process.env.PATH })
    assert.deepEqual([code, err, out.startsWith('ssh-gate serve CONFIG')], [0, '', true], args.join(' '))
  }
})

/** Runs the command of the example. */
async function runWith(args: readonly string[], env: Readonly<Record<string, string | undefined>>) {
  const pairs = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  return run('env', [...pairs, process.execPath, join(example, 'main.mjs'), ...args])
}
