/** known_hosts with the real `ssh` at an `sshd`: whom it takes by the lines that we write is whom we take. */

import assert from 'node:assert/strict'
import { userInfo } from 'node:os'
import { test } from 'node:test'
import { findTool, runSsh, startSshd } from '../../examples/quickstart/sshd.ts'
import { formatCertificate, formatPublicKey, issueCertificate } from '../../src/index.ts'
import { allTypes as types } from '../../src/keys/index.ts'
import { hashHost } from '../../src/text/host-match.ts'
import { formatKnownHosts } from '../../src/text/known-hosts.ts'
import { checkHost } from '../../src/text/known-hosts-check.ts'
import { addHost, hashHosts } from '../../src/text/known-hosts-edit.ts'
import { encodeText } from '../../src/wire/index.ts'
import { inParallel, interop, type KeyFiles, makeKeys, put, seedOf } from './support.ts'

const tools = ['ssh', 'sshd', 'ssh-keygen']
const now = Math.floor(Date.now() / 1000)
const seed = seedOf(11)
console.log(`known-hosts-ssh: HAWSER_SEED=${seed}`)

type Marker = 'cert-authority' | 'revoked' | null

async function makeWorld() {
  const [[login], hosts] = await Promise.all([makeKeys('login', []), makeKeys('host', [])])
  const [host, authority, other] = hosts as [KeyFiles, KeyFiles, KeyFiles]
  const certify = (principals: readonly string[]) =>
    issueCertificate(
      {
        kind: 'host',
        publicKey: host.key.publicKey,
        keyId: 'host',
        principals: [...principals],
        validAfter: now - 60,
        validBefore: now + 3600,
      },
      authority.key,
    )
  const start = async (principals: readonly string[]) => {
    const certificate = await certify(principals)
    const hostCertificate = put(formatCertificate(certificate))
    const authorizedKeys = formatPublicKey(login!.key.publicKey)
    return { certificate, sshd: await startSshd({ authorizedKeys, hostKey: host.path, hostCertificate }) }
  }
  // The second one's certificate names another host.
  const servers = await Promise.all([start(['127.0.0.1']), start(['elsewhere'])])
  return { login: login!, host, authority, other, servers }
}

const world = tools.every((tool) => findTool(tool) !== undefined) ? await makeWorld() : undefined

/** What `ssh` says: whether it went in, and the place of the line that decided, `FILE:LINE`. */
async function ask(port: number, files: readonly (string | Uint8Array)[], shown: 'key' | 'certificate') {
  const paths = files.map((file) => put(file))
  const algorithm = shown === 'key' ? 'ssh-ed25519' : 'ssh-ed25519-cert-v01@openssh.com'
  const { code, stderr } = await runSsh({
    port,
    user: userInfo().username,
    identity: world!.login.path,
    knownHosts: paths.join(' '),
    command: 'true',
    extra: [
      `HostKeyAlgorithms=${algorithm}${shown === 'key' ? '' : ',ssh-ed25519'}`,
      'LogLevel=DEBUG1',
      'UpdateHostkeys=no',
    ],
  })
  const places = [...stderr.matchAll(/(?:Found (?:CA )?key in|Offending \S+ key in) (\S+):(\d+)/g)]
  const [, path, line] = places.at(-1) ?? []
  const place = path === undefined ? '' : `${paths.indexOf(path)}:${line}`
  assert.ok(code === 0 || /Host key verification failed|HostKeyAlgorithms/.test(stderr), stderr)
  return { accepted: code === 0, place, stderr }
}

interop('ssh takes a server by the lines that we add and hash, and no other', tools, async () => {
  const { host, other, servers } = world!
  const { port } = servers[0].sshd
  const name = `[127.0.0.1]:${port}`
  const plain = addHost('# hosts', name, host.key.publicKey)
  const cases = [
    [plain, true],
    [hashHosts(plain), true],
    [addHost('', name, host.key.publicKey, { hashed: true }), true],
    [addHost('', '127.0.0.1', host.key.publicKey, { hashed: true }), true],
    [addHost('', '127.0.0.2', host.key.publicKey), false],
    [addHost('', name, other.key.publicKey, { hashed: true }), false],
    [addHost(plain, name, host.key.publicKey, { marker: 'revoked' }), false],
    [addHost('', '127.0.0.*', world!.authority.key.publicKey, { marker: 'cert-authority' }), false],
  ] as const
  await inParallel(cases, async ([file, expected]) => {
    const { accepted, stderr } = await ask(port, [file], 'key')
    assert.equal(accepted, expected, `${file}\n${stderr}`)
  })
})

interop('random known_hosts files: ssh goes in where we say known or authority', tools, async (t) => {
  const { host, authority, other, servers } = world!
  let state = seed
  const below = (n: number): number => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9
    return (state >>> 8) % n
  }
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!
  const cases = Array.from({ length: 60 }, (_, i) => {
    const server = servers[i % 3 === 2 ? 1 : 0]
    const own = `[127.0.0.1]:${server.sshd.port}`
    const names = [own, own, '127.0.0.1', '*', `${own},127.0.0.1`, `*,!${own}`, 'other', hashHost(own, undefined)]
    const line = () => {
      const marker: Marker = pick([null, null, null, 'cert-authority', 'cert-authority', 'revoked'])
      const files =
        marker === 'cert-authority' ? pick([authority, authority, other]) : pick([host, host, other, authority])
      const key = below(12) === 0 ? server.certificate : files.key.publicKey
      return formatKnownHosts([{ hosts: pick([...names, hashHost('127.0.0.1', undefined)]), key, marker }])
    }
    const file = () => `${pick(['', '# c\n', 'broken\n'])}${Array.from({ length: 1 + below(3) }, line).join('')}`
    const shown = i % 2 ? ('key' as const) : ('certificate' as const)
    return { server, shown, files: Array.from({ length: 1 + below(2) }, () => encodeText(file())) }
  })
  const counts: Record<string, number> = {}
  await inParallel(cases, async ({ server, shown, files }) => {
    const key = shown === 'key' ? host.key.publicKey : server.certificate
    const { port } = server.sshd
    const verdict = await checkHost(files, { host: '127.0.0.1', port, key, time: now, types })
    const theirs = await ask(port, files, shown)
    const yes = verdict.status === 'known' || verdict.status === 'authority'
    const facts = `HAWSER_SEED=${seed} ${shown} ${verdict.status} ${verdict.file}:${verdict.line} ${verdict.refusal?.code}\n${files.map((f) => new TextDecoder().decode(f)).join('---\n')}`
    // What is revoked under the bare name is revoked for us, where ssh may yet find the plain key under the port.
    if (verdict.status !== 'revoked') assert.equal(yes, theirs.accepted, `${facts}\n${theirs.stderr}`)
    else if (theirs.accepted) counts['revoked, stricter'] = (counts['revoked, stricter'] ?? 0) + 1
    else assert.match(theirs.stderr, /REVOKED HOST KEY/, facts)
    if (yes || verdict.status === 'changed')
      assert.equal(`${verdict.file}:${verdict.line}`, theirs.place, `${facts}\n${theirs.stderr}`)
    counts[verdict.status] = (counts[verdict.status] ?? 0) + 1
  })
  for (const status of ['known', 'authority', 'new', 'changed', 'revoked']) assert.ok(counts[status], status)
  t.diagnostic(`${cases.length} files: ${JSON.stringify(counts)}; HAWSER_SEED=${seed}`)
})

// Without hooks: tests of a file run one after the other, and this is its last.
test('the servers end', async () => {
  for (const { sshd } of world?.servers ?? []) await sshd.stop()
})
