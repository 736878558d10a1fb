/** What an authority issues, before the real ssh-keygen, ssh and sshd, set up as its own lines for a host say. */

import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { type Finished, findTool, runSsh, type Sshd, startSshd } from '../../examples/quickstart/sshd.ts'
import { hostSetup, type PolicyData, type UserGrant } from '../../src/ca/index.ts'
import { type Certificate, createKrl, formatCertificate, formatKrl } from '../../src/index.ts'
import { ask, BASE, makeToken, makeWorld, type Outgoing, userAuthority, type World } from '../ca/world.ts'
import { fresh, interop, type KeyFiles, makeKeys, must, put } from './support.ts'

const user = userInfo().username
/** At each request anew: a statement holds for a minute. */
const now = (): number => Math.floor(Date.now() / 1000)
const tools = ['ssh', 'sshd', 'ssh-keygen']
const HOST = 'one.web.example.com'

const revoked: { serial?: bigint } = {}

/** An authority of now, with one grant. */
function authority(grant: Partial<UserGrant> = {}): World {
  const data: PolicyData = {
    hostGroups: { web: {}, db: {} },
    grants: [{ users: ['alice@example.com'], accounts: [user], hosts: ['web'], ...grant }],
    hostCertificates: [{ users: ['alice@example.com'], names: ['*.web.example.com'], lifetime: 3600 }],
  }
  const krl = () => {
    const { serial } = revoked
    const certificates = serial === undefined ? [] : [{ authority: userAuthority.publicKey, serials: [serial] }]
    return formatKrl(createKrl({ generatedAt: new Date(), version: 1n, certificates }))
  }
  return makeWorld({ clock: Date.now, krl, hostPatterns: ['*.web.example.com'] }, data)
}

async function shown(world: World, path: string): Promise<Uint8Array> {
  const answered = await world.authority.fetch(new Request(`${BASE}${path}`))
  assert.equal(answered.status, 200, path)
  return new Uint8Array(await answered.arrayBuffer())
}

async function issue(world: World, out: Outgoing): Promise<Certificate> {
  const token = await makeToken({ iat: now(), nbf: now(), exp: now() + 300 })
  const { code, message, certificate } = await ask(world, { remote: '127.0.0.1', time: now(), token, ...out })
  assert.equal(code, 'issued', message)
  return certificate!
}

/** A host of those groups, with the files that `hostSetup` says. */
async function startHost(groups: readonly string[], hostKey: KeyFiles, krl: boolean): Promise<Sshd> {
  const world = authority()
  const host = await issue(world, { kind: 'host', hosts: [HOST], signer: hostKey.key })
  const folder = fresh('host')
  const setup = hostSetup({
    authorities: [userAuthority.publicKey],
    groups,
    accounts: user === 'root' ? [user, 'nobody'] : [user],
    folder,
    hostCertificate: put(formatCertificate(host)),
    krl,
  })
  for (const { path, content } of setup.files) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
    writeFileSync(path, content, { mode: 0o644 })
  }
  if (krl) writeFileSync(`${folder}/revoked.krl`, await shown(world, '/v1/krl'))
  return startSshd({ hostKey: hostKey.path, extra: setup.sshdConfig.trim().split('\n') })
}

function logIn(sshd: Sshd, subject: KeyFiles, certificate: Certificate, extra: readonly string[] = [], as = user) {
  return runSsh({
    port: sshd.port,
    user: as,
    identity: subject.path,
    certificate: put(formatCertificate(certificate)),
    command: 'echo in as $(id -un)',
    extra: ['KexAlgorithms=curve25519-sha256', 'LogLevel=ERROR', ...extra],
  })
}

function isIn({ code, stdout, stderr }: Finished): void {
  assert.equal(`${code} ${stdout}`, `0 in as ${user}\n`, stderr)
}

function isOut({ code, stdout, stderr }: Finished): void {
  assert.equal(`${code} ${stdout}`, '255 ', stdout)
  assert.match(stderr, /Permission denied/)
}

interop('ssh-keygen -L shows what policy decided', ['ssh-keygen'], async () => {
  const permissions = { pty: true, portForwarding: true, agentForwarding: true, x11Forwarding: true, userRc: true }
  const world = authority({ accounts: ['deploy', 'www'], forceCommand: '/usr/bin/true "a b"', permissions })
  const certificate = await issue(world, {})
  const text = await must('ssh-keygen', ['-L', '-f', put(formatCertificate(certificate), 'user-cert')])
  const lines = text.split('\n').map((line) => line.trim())
  const behind = (title: string): string[] => {
    const from = lines.findIndex((line) => line.startsWith(title))
    const rest = lines.slice(from + 1)
    return rest.slice(
      0,
      rest.findIndex((line) => line.endsWith(':') || line === ''),
    )
  }
  assert.ok(lines.some((line) => /user certificate$/.test(line)))
  assert.ok(lines.includes(`Key ID: "${certificate.keyId}"`), text)
  assert.ok(lines.includes(`Serial: ${certificate.serial}`))
  assert.deepEqual(behind('Principals:'), ['deploy@web', 'www@web'])
  assert.deepEqual(behind('Critical Options:'), ['force-command /usr/bin/true "a b"', 'source-address 127.0.0.1/32'])
  assert.deepEqual(behind('Extensions:'), [
    'permit-X11-forwarding',
    'permit-agent-forwarding',
    'permit-port-forwarding',
    'permit-pty',
    'permit-user-rc',
  ])
  const host = await issue(world, { kind: 'host', hosts: [HOST] })
  const shownHost = await must('ssh-keygen', ['-L', '-f', put(formatCertificate(host), 'host-cert')])
  assert.match(shownHost, /host certificate/)
  assert.match(shownHost, /Critical Options: \(none\)\s+Extensions: \(none\)/)
  assert.match(shownHost, new RegExp(`Principals: \\s+${HOST.replaceAll('.', '\\.')}\n`))
})

const world = tools.every((tool) => findTool(tool) !== undefined)
  ? await (async () => {
      const [subjects, hosts] = await Promise.all([makeKeys('subject', [3072]), makeKeys('host', [3072])])
      const [web, db, checked] = await Promise.all([
        startHost(['web'], hosts[0]!, false),
        startHost(['db'], hosts[1]!, false),
        startHost(['web'], hosts[2]!, true),
      ])
      return { subjects, web, db, checked }
    })()
  : undefined

interop('a login on a host of the group with every type of key, and with no other group', tools, async () => {
  const { subjects, web, db } = world!
  for (const subject of subjects) {
    const certificate = await issue(authority(), { signer: subject.key })
    isIn(await logIn(web, subject, certificate))
    isOut(await logIn(db, subject, certificate))
    assert.ok(web.log().includes(`ID ${certificate.keyId} (serial ${certificate.serial})`), certificate.keyId)
  }
})

interop('no login as another account of the host', tools, async (t) => {
  const [subject] = world!.subjects
  const certificate = await issue(authority({ accounts: ['nobody'] }), { signer: subject!.key })
  isOut(await logIn(world!.web, subject!, certificate))
  if (user === 'root') {
    isOut(await logIn(world!.web, subject!, await issue(authority(), { signer: subject!.key }), [], 'nobody'))
  } else t.diagnostic('as another account: sshd lets in only the user that started it')
})

interop('the forced command runs in place of what was asked for', tools, async () => {
  const [subject] = world!.subjects
  const certificate = await issue(authority({ forceCommand: 'echo "forced: $SSH_ORIGINAL_COMMAND"' }), {
    signer: subject!.key,
  })
  const { code, stdout } = await logIn(world!.web, subject!, certificate)
  assert.equal(`${code} ${stdout}`, '0 forced: echo in as $(id -un)\n')
})

interop('from another address it is refused, through a gate that policy names it is taken', tools, async () => {
  const [subject] = world!.subjects
  const out = { signer: subject!.key }
  isOut(await logIn(world!.web, subject!, await issue(authority(), { ...out, remote: '192.0.2.7' })))
  const bound = await issue(authority(), out)
  const gate = ['BindAddress=127.0.0.2']
  isIn(await logIn(world!.web, subject!, bound))
  isOut(await logIn(world!.web, subject!, bound, gate))
  isIn(await logIn(world!.web, subject!, await issue(authority({ gates: ['127.0.0.2'] }), out), gate))
})

interop('a host certificate is taken by the line that the authority shows, for its names alone', tools, async () => {
  const [subject] = world!.subjects
  const knownHosts = put(await shown(authority(), '/v1/known-hosts'), 'known_hosts')
  const certificate = await issue(authority(), { signer: subject!.key })
  const from = (hostName: string) =>
    runSsh({
      ...{ port: world!.web.port, user, identity: subject!.path, knownHosts, hostName },
      ...{ certificate: put(formatCertificate(certificate)), command: 'echo in as $(id -un)' },
    })
  isIn(await from(HOST))
  for (const other of ['two.web.example.com', 'one.db.example.com']) {
    const { code, stderr } = await from(other)
    assert.equal(code, 255)
    assert.match(stderr, /Host key verification failed|No .* host key is known/)
  }
})

interop('the revocation list that the authority serves shuts a certificate out', tools, async () => {
  const [subject] = world!.subjects
  const certificate = await issue(authority(), { signer: subject!.key })
  isIn(await logIn(world!.checked, subject!, certificate))
  revoked.serial = certificate.serial
  const [, , , last] = await makeKeys('last', [3072])
  const late = await startHost(['web'], last!, true)
  isOut(await logIn(late, subject!, certificate))
  isIn(await logIn(late, subject!, await issue(authority(), { signer: subject!.key })))
  await late.stop()
})

interop('the servers end', tools, async () => {
  await Promise.all([world!.web.stop(), world!.db.stop(), world!.checked.stop()])
  assert.ok(world!.web.log().includes('Accepted publickey'))
})
