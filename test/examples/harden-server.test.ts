/** The parts of examples/harden-server that need no server: what is refused, the files, the order of drop-ins, the scripts. */

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Wishes } from '../../examples/harden-server/wishes.ts'
import { formatPrivateKey, formatPublicKey, generateKey, PrivateKey } from '../../src/index.ts'
import { must } from '../interop/support.ts'
import { at, folder, missing } from './support.ts'

const dir = folder('harden')
const put = (name: string, content: string, mode = 0o600): string => {
  writeFileSync(join(dir, name), content, { mode })
  return join(dir, name)
}

async function load(t: TestContext) {
  if (!existsSync(at('examples/harden-server/node_modules/diff'))) {
    missing(t, 'npm ci in examples/harden-server has not run')
    return undefined
  }
  const example = '../../examples/harden-server'
  const [wishes, ports, firewall, sshd, plan, scripts, show, ssh] = await Promise.all([
    import(`${example}/wishes.ts`) as Promise<typeof import('../../examples/harden-server/wishes.ts')>,
    import(`${example}/ports.ts`) as Promise<typeof import('../../examples/harden-server/ports.ts')>,
    import(`${example}/firewall.ts`) as Promise<typeof import('../../examples/harden-server/firewall.ts')>,
    import(`${example}/steps/sshd.ts`) as Promise<typeof import('../../examples/harden-server/steps/sshd.ts')>,
    import(`${example}/plan.ts`) as Promise<typeof import('../../examples/harden-server/plan.ts')>,
    import(`${example}/scripts.ts`) as Promise<typeof import('../../examples/harden-server/scripts.ts')>,
    import(`${example}/show.ts`) as Promise<typeof import('../../examples/harden-server/show.ts')>,
    import(`${example}/ssh.ts`) as Promise<typeof import('../../examples/harden-server/ssh.ts')>,
  ])
  return { ...wishes, ...ports, ...firewall, ...sshd, ...plan, ...scripts, ...show, ...ssh }
}

const key = await generateKey('ed25519', { comment: 'ada@laptop' })
const good = put('id.pub', formatPublicKey(key.publicKey))

test('a wrong port, a bad name, a weak key, a private key: a clear error with its code', async (t) => {
  const all = await load(t)
  if (all === undefined) return
  assert.ok(key instanceof PrivateKey)
  const weak = await generateKey('rsa', { bits: 1024 })
  const weakPath = put('weak.pub', formatPublicKey(weak.publicKey))
  const privatePath = put('private', await formatPrivateKey(key))
  mkdirSync(join(dir, '100%'))
  const percent = put('100%/id.pub', formatPublicKey(key.publicKey))
  const usual = { host: 'web-1.example.com', admin: 'ada', key: [good] }
  const rows: readonly (readonly [object, string, RegExp])[] = [
    [{ port: '0' }, 'UsageError', /--port/],
    [{ port: '65536' }, 'UsageError', /--port/],
    [{ port: '22x' }, 'UsageError', /--port/],
    [{ port: '80' }, 'port-taken', /--allow/],
    [{ admin: 'root' }, 'bad-name', /system/],
    [{ admin: 'Ada' }, 'UsageError', /--admin/],
    [{ admin: 'a b' }, 'UsageError', /--admin/],
    [{ admin: '-x' }, 'UsageError', /--admin/],
    [{ login: '$(id)' }, 'UsageError', /--login/],
    [{ host: '-oProxyCommand=x' }, 'UsageError', /HOST/],
    [{ host: 'a..b' }, 'UsageError', /HOST/],
    [{ host: '[::1' }, 'UsageError', /HOST/],
    [{ host: 'a:99999' }, 'UsageError', /HOST:PORT/],
    [{ key: [] }, 'UsageError', /--key/],
    [{ key: [weakPath] }, 'weak-key', /1024/],
    [{ key: [at('test/vectors/types/dsa.pub')] }, 'unsupported-type', /type ssh-dss do not log in/],
    [{ key: [privatePath] }, 'is-private-key', /public key/],
    [{ key: [join(dir, 'none')] }, 'file-not-found', /none/],
    [{ key: [percent] }, 'bad-path', /--key: a path without/],
    [{ identity: join(dir, 'none') }, 'bad-file', /--identity .*none: ENOENT/],
    [{ 'login-identity': join(dir, 'none') }, 'bad-file', /--login-identity .*none: ENOENT/],
    [{ allow: 'gopher' }, 'UsageError', /--allow/],
    [{ allow: '0/tcp' }, 'UsageError', /--allow/],
    [{ firewall: 'pf' }, 'UsageError', /--firewall/],
    [{ patience: '1' }, 'UsageError', /--patience/],
    [{ 'password-file': put('open', 'secret\n', 0o644) }, 'file-exposed', /chmod/],
    [{ 'root-password-file': put('short', 'secret\n') }, 'weak-password', /12/],
    [{ 'root-password-file': put('two', 'one line of words\nanother\n') }, 'bad-password', /one line/],
  ]
  for (const [more, code, message] of rows) {
    await assert.rejects(all.wishesOf({ ...usual, ...more }), (error: Error & { code?: string }) => {
      assert.equal(error.code ?? error.name, code, `${JSON.stringify(more)}: ${error.message}`)
      assert.match(error.message, message)
      return true
    })
  }
  const wishes = await all.wishesOf({ ...usual, host: '[2001:db8::1]:2200' })
  assert.deepEqual([wishes.host, wishes.oldPort, wishes.port, wishes.login], ['2001:db8::1', 2200, 2200, 'root'])
  assert.equal(wishes.authorizedKeys, readFileSync(good, 'utf8'))
})

test('the drop-in sorts before every other, or there is none', async (t) => {
  const all = await load(t)
  if (all === undefined) return
  for (const others of [
    [],
    ['50-cloud-init.conf'],
    ['00-first.conf'],
    ['00-aaa.conf', '00-harden.conf'],
    ['000.conf'],
  ]) {
    const name = all.dropInName(others)
    assert.deepEqual([...new Set([...others, name])].sort()[0], name)
  }
  assert.throws(() => all.dropInName(['!.conf']), { code: 'drop-in-order' })
})

test('what adds up leaves the other files, and the folder of drop-ins comes first', async (t) => {
  const all = await load(t)
  if (all === undefined) return
  const text = 'Port 22\n#Port 23\n  port=24\nAllowUsers root\nPortable no\nGatewayPorts no\n'
  const mark = '#harden-server# '
  assert.equal(
    all.withoutAddedUp(text),
    `${mark}Port 22\n#Port 23\n${mark}  port=24\n${mark}AllowUsers root\nPortable no\nGatewayPorts no\n`,
  )
  const usual = '# sshd\n\nInclude /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\n'
  assert.equal(all.withInclude(usual), usual)
  const late = 'UsePAM yes\nInclude /etc/ssh/sshd_config.d/*.conf\n'
  const include = 'Include /etc/ssh/sshd_config.d/*.conf\n'
  assert.equal(all.withInclude(late), `${include}UsePAM yes\n${mark}${include}`)
  assert.equal(all.withInclude(all.withInclude(late)), all.withInclude(late))
  assert.equal(all.withInclude('UsePAM yes\n'), `${include}UsePAM yes\n`)
})

test('ports have names, in both forms of the rules', async (t) => {
  const all = await load(t)
  if (all === undefined) return
  const open = all.openPorts('https,dns,9000/udp')
  assert.deepEqual(
    open.map(({ name, protocol, port }) => `${name} ${protocol} ${port}`),
    ['https tcp 443', 'dns tcp 53', 'dns udp 53', '9000-udp udp 9000'],
  )
  assert.match(all.nftRules(open), /udp dport 53 accept comment "dns"/)
  assert.match(all.iptablesRules(4, open), /-p tcp --dport 443 -m comment --comment https -j ACCEPT/)
  assert.match(all.iptablesRules(6, open), /-p ipv6-icmp/)
})

/** Of a server that has what is needed. */
const tools = 'sshd useradd usermod userdel chpasswd sudo visudo base64 stat getent nft'.split(' ')
const facts = {
  ...Object.fromEntries(tools.map((tool) => [`tool-${tool}`, 'yes'])),
  system: 'Linux',
  home: '/home/ada',
  systemd: 'yes',
  socket: 'yes',
  client: '192.0.2.7 4711 192.0.2.1 22',
}
const toPort2222 = { host: '192.0.2.1', admin: 'ada', key: [good], port: '2222' }

test('the plan goes into a folder of its own, and over nothing that is there', async (t) => {
  const all = await load(t)
  if (all === undefined) return
  const wishes = await all.wishesOf(toPort2222)
  const plan = all.planOf(wishes, { facts, files: new Map() }, { as: 'login', port: 22 })
  const out = join(dir, 'plan')
  await all.writePlan(out, plan, wishes)
  assert.deepEqual(readdirSync(out).sort(), [
    'files',
    'firewall.ip6tables',
    'firewall.iptables',
    'firewall.nft',
    'plan.json',
  ])
  assert.equal(readFileSync(join(out, 'files/etc/ssh/sshd_config.d/00-harden.conf'), 'utf8'), all.dropIn(2222, 'ada'))
  // With the BindIPv6Only of Ubuntu's own unit, a port alone would be one of IPv6 alone.
  const socket = readFileSync(join(out, 'files/etc/systemd/system/ssh.socket.d/zz-harden.conf'), 'utf8')
  assert.match(socket, /\nListenStream=\nListenStream=2222\nBindIPv6Only=both\n$/)
  assert.deepEqual([statSync(out).mode & 0o777, statSync(join(out, 'plan.json')).mode & 0o777], [0o700, 0o600])

  const mine = join(dir, 'mine')
  mkdirSync(mine, { mode: 0o755 })
  writeFileSync(join(mine, 'plan.json'), 'mine')
  const before = readdirSync(dir)
  for (const there of [mine, join(mine, 'plan.json')]) {
    await assert.rejects(all.writePlan(there, plan, wishes), { code: 'exists', message: /is there already$/ })
  }
  await assert.rejects(all.writePlan(join(dir, 'no', 'plan'), plan, wishes), { code: 'cannot-write' })
  assert.deepEqual([statSync(mine).mode & 0o777, readdirSync(mine)], [0o755, ['plan.json']])
  assert.equal(readFileSync(join(mine, 'plan.json'), 'utf8'), 'mine')
  assert.deepEqual(readdirSync(dir), before)
})

test('a program that is not installed here is named', async (t) => {
  const all = await load(t)
  if (all === undefined) return
  const missingTool = { code: 'missing-tool', message: /no-such-program is not installed here/ }
  await assert.rejects(all.runProgram('no-such-program', [], '', {}, 1), missingTool)
})

test('every script is one that sh reads, and no secret stands in a plan or in what lies on the server', async (t) => {
  const all = await load(t)
  if (all === undefined) return
  const secret = "it's 12 or more $(id) `id`"
  const wishes: Wishes = {
    ...(await all.wishesOf(toPort2222)),
    secrets: { admin: secret, root: secret },
  }
  const plan = all.planOf(wishes, { facts, files: new Map() }, { as: 'login', port: 22 })
  assert.deepEqual(
    plan.steps.map(({ name }) => name),
    ['admin', 'keys', 'sudo', 'firewall-old-port', 'sshd', 'firewall', 'root'],
  )
  assert.ok(!JSON.stringify(plan).includes('12 or more'))
  for (const step of plan.steps) {
    const apply = all.applyScript(step, wishes, 'a1')
    for (const script of [
      apply,
      all.checkScript(step),
      all.confirmScript(step, 'a1'),
      all.rollBackScript(step),
      all.undoScript(step, wishes, 'a1'),
      all.forgetScript(step, 'a1'),
    ]) {
      await must('sh', ['-n'], script)
    }
    // Only functions that are gone with the script hold them.
    assert.equal(apply.split(secret).length, 3)
    assert.equal(apply.split(`<<'END'\n${secret}\nEND`).length, 3)
  }
})
