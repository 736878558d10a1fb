/** Real logins: `ssh` with our keys and certificates at an `sshd` that trusts our authorities. */

import assert from 'node:assert/strict'
import { userInfo } from 'node:os'
import { test } from 'node:test'
import { type Finished, findTool, runSsh, type Sshd, startSshd } from '../../examples/quickstart/sshd.ts'
import {
  type Certificate,
  checkCertificate,
  defaultUserExtensions,
  fingerprint,
  formatCertificate,
  formatPublicKey,
  issueCertificate,
  type PublicKey,
  VerificationError,
} from '../../src/index.ts'
import { inParallel, interop, type KeyFiles, makeKeys, opensshVersion, put } from './support.ts'

const user = userInfo().username
const now = Math.floor(Date.now() / 1000)
const tools = ['ssh', 'sshd', 'ssh-keygen']

/** One server for all tests: it trusts every authority, and keys that have no certificate. */
interface World {
  readonly sshd: Sshd
  readonly subjects: readonly KeyFiles[]
  readonly authorities: readonly KeyFiles[]
  readonly plain: readonly KeyFiles[]
  readonly hosts: readonly KeyFiles[]
  readonly hostCertificates: readonly Certificate[]
}

async function makeWorld(): Promise<World> {
  const [subjects, authorities, plain, hosts] = await Promise.all([
    makeKeys('subject', [3072]),
    makeKeys('authority', [2048]),
    makeKeys('plain', [2048]),
    makeKeys('host', [2048]),
  ])
  // Each host key is certified by an authority of the next type.
  const hostCertificates = await Promise.all(
    hosts.map((host, i) =>
      issueCertificate(
        {
          kind: 'host',
          publicKey: host.key.publicKey,
          keyId: `host ${host.label}`,
          principals: ['host.example.com', '*.wild.example.com'],
          validAfter: now - 60,
          validBefore: now + 3600,
        },
        authorities[(i + 1) % authorities.length]!.key,
      ),
    ),
  )
  const lines = (keys: readonly KeyFiles[]): string => keys.map((k) => formatPublicKey(k.key.publicKey)).join('')
  const sshd = await startSshd({
    trustedUserCaKeys: lines(authorities),
    authorizedKeys: lines(plain),
    hostKey: hosts[0]!.path,
    extra: [
      ...hosts.slice(1).map((host) => `HostKey ${host.path}`),
      ...hostCertificates.map((certificate) => `HostCertificate ${put(formatCertificate(certificate))}`),
    ],
  })
  return { sshd, subjects, authorities, plain, hosts, hostCertificates }
}

const world = tools.every((tool) => findTool(tool) !== undefined) ? await makeWorld() : undefined

type Request = Parameters<typeof issueCertificate>[0]

function issue(subject: KeyFiles, authority: KeyFiles, request: Partial<Request>, algorithm?: string) {
  const usual = {
    kind: 'user',
    keyId: 'id',
    principals: [user],
    validAfter: now - 60,
    validBefore: now + 3600,
  } as const
  const whole = { ...usual, extensions: defaultUserExtensions, ...request, publicKey: subject.key.publicKey }
  return issueCertificate(whole, authority.key, { algorithm })
}

function logIn(
  subject: KeyFiles,
  certificate: Certificate | undefined,
  extra: readonly string[] = [],
): Promise<Finished> {
  return runSsh({
    port: world!.sshd.port,
    user,
    identity: subject.path,
    ...(certificate && { certificate: put(formatCertificate(certificate)) }),
    command: 'echo in as $(id -un)',
    // Host keys are another test's matter; this key exchange is the fastest.
    extra: ['KexAlgorithms=curve25519-sha256', 'LogLevel=ERROR', ...extra],
  })
}

/** What our own check says of a login from loopback. */
async function ourVerdict(certificate: Certificate, authorities: readonly PublicKey[]): Promise<string> {
  try {
    const policy = { kind: 'user', authorities, time: now, principal: user, sourceAddress: '127.0.0.1' } as const
    await checkCertificate(certificate, policy)
    return 'accepted'
  } catch (error) {
    if (error instanceof VerificationError) return error.code
    throw error
  }
}

function trusted(): PublicKey[] {
  return world!.authorities.map((authority) => authority.key.publicKey)
}

interop('a login with every type of key certified by every type of authority', tools, async (t) => {
  const { subjects, authorities, sshd } = world!
  const pairs = subjects.flatMap((s) => authorities.map((a) => [s, a] as const))
  await inParallel(pairs, async ([subject, authority], i) => {
    const keyId = `${subject.label}-by-${authority.label}`
    const certificate = await issue(subject, authority, { keyId, serial: BigInt(1000 + i) })
    assert.equal(await ourVerdict(certificate, trusted()), 'accepted')
    const { code, stdout, stderr } = await logIn(subject, certificate)
    // What the account's shell says on its own is not ours: standard error is for the message alone.
    assert.equal(`${code} ${stdout}`, `0 in as ${user}\n`, `${keyId}\n${stderr}`)
    const line = sshd
      .log()
      .split('\n')
      .find((l) => l.includes(`Accepted publickey for ${user} `) && l.includes(` ID ${keyId} (serial ${1000 + i}) CA `))
    assert.ok(line, `no line of ${keyId} in the log`)
    assert.ok(line.includes(`${subject.title}-CERT ${fingerprint(subject.key)}`), line)
    assert.ok(line.endsWith(`CA ${authority.title} ${fingerprint(authority.key)}`), line)
  })
  t.diagnostic(`${pairs.length} logins`)
})

interop('a login with rsa-sha2-256, of the key and of the authority', tools, async () => {
  const rsa = world!.subjects.at(-1)!
  const certificate = await issue(rsa, world!.authorities.at(-1)!, { keyId: 'sha256' }, 'rsa-sha2-256')
  // The plain name too: without it ssh forgets the private key of the certificate.
  const algorithms = 'PubkeyAcceptedAlgorithms=rsa-sha2-256-cert-v01@openssh.com,rsa-sha2-256'
  const { code, stderr } = await logIn(rsa, certificate, [algorithms])
  assert.equal(code, 0, stderr)
})

interop('a login with every type of key alone', tools, async (t) => {
  const { plain, subjects } = world!
  await inParallel(plain, async (files) => {
    const { code, stdout, stderr } = await logIn(files, undefined)
    assert.equal(`${code} ${stdout}`, `0 in as ${user}\n`, `${files.label}\n${stderr}`)
  })
  const stranger = await logIn(subjects[0]!, undefined)
  assert.equal(stranger.code, 255)
  assert.match(stranger.stderr, /Permission denied/)
  t.diagnostic(`${plain.length} logins`)
})

interop('what the options of a certificate ask for happens', tools, async () => {
  const [subject, authority] = [world!.subjects[0]!, world!.authorities[0]!]
  const forced = await issue(subject, authority, { criticalOptions: { 'force-command': 'echo "forced  so"' } })
  assert.equal((await logIn(subject, forced)).stdout, 'forced  so\n')
  const here = await issue(subject, authority, { criticalOptions: { 'source-address': '10.0.0.0/8,127.0.0.0/8' } })
  assert.equal(await ourVerdict(here, trusted()), 'accepted')
  assert.equal((await logIn(subject, here)).code, 0)
  const bare = await issue(subject, authority, { extensions: { 'unknown@example.com': 'passes' } })
  assert.equal(await ourVerdict(bare, trusted()), 'accepted')
  assert.equal((await logIn(subject, bare)).code, 0)
})

interface Refusal {
  readonly name: string
  readonly request: Partial<Request>
  readonly algorithm?: string
  /** Signed by a key that is no authority of the server. */
  readonly stranger?: true
  /** Our code. */
  readonly code: string
  /** What the server says in its log; nothing where ssh does not even offer the certificate. */
  readonly log?: RegExp
}

const refusals: readonly Refusal[] = [
  {
    name: 'other principal',
    request: { principals: ['nobody-else'] },
    code: 'principal',
    log: /not a listed principal|does not contain an authorized principal/,
  },
  {
    name: 'wildcard principal',
    request: { principals: ['*'] },
    code: 'principal',
    log: /not a listed principal|does not contain an authorized principal/,
  },
  {
    name: 'no principals',
    request: { principals: [], anyPrincipal: true },
    code: 'principal',
    log: /lacks principal list/,
  },
  { name: 'expired', request: { validAfter: now - 7200, validBefore: now - 3600 }, code: 'expired', log: /expired/ },
  {
    name: 'not yet valid',
    request: { validAfter: now + 3600, validBefore: now + 7200 },
    code: 'not-yet-valid',
    log: /not yet valid/,
  },
  {
    name: 'unknown authority',
    request: {},
    stranger: true,
    code: 'unknown-authority',
    log: /Failed publickey .* ID unknown authority /,
  },
  {
    name: 'from elsewhere',
    request: { criticalOptions: { 'source-address': '10.0.0.0/8,::1' } },
    code: 'source-address',
    log: /not from a permitted source address/,
  },
  {
    name: 'unknown critical option',
    request: { criticalOptions: { 'x@example.com': 'y' } },
    code: 'critical-option',
    log: /ritical option "x@example\.com" is not supported/,
  },
  {
    name: 'host certificate',
    request: { kind: 'host', extensions: {} },
    code: 'wrong-kind',
  },
  {
    name: 'SHA-1 of an RSA authority',
    request: {},
    algorithm: 'ssh-rsa',
    code: 'algorithm-not-allowed',
    log: /certificate signature algorithm ssh-rsa: /,
  },
]

interop('what we refuse, sshd refuses, and for the same reason', tools, async (t) => {
  const { subjects, authorities, sshd } = world!
  for (const [i, { name, request, algorithm, stranger, code, log }] of refusals.entries()) {
    const before = sshd.log().length
    const subject = subjects[i % subjects.length]!
    const authority = stranger
      ? subjects[(i + 1) % subjects.length]!
      : authorities[algorithm ? authorities.length - 1 : i % authorities.length]!
    const certificate = await issue(subject, authority, { ...request, keyId: name }, algorithm)
    assert.equal(await ourVerdict(certificate, trusted()), code, name)
    // ssh itself would not offer a certificate signed with SHA-1.
    const login = await logIn(subject, certificate, algorithm ? ['CASignatureAlgorithms=+ssh-rsa'] : [])
    assert.equal(login.code, 255, `${name}: ${login.stdout}`)
    assert.match(login.stderr, /Permission denied/, name)
    if (log !== undefined) assert.match(sshd.log().slice(before), log, name)
  }
  assert.doesNotMatch(sshd.log(), new RegExp(`Accepted publickey .* ID (${refusals.map((r) => r.name).join('|')}) `))
  t.diagnostic(`${refusals.length} refusals`)
})

/** Logs in with a plain key where known_hosts holds nothing but an authority. */
function logInByAuthority(hostName: string, authority: PublicKey, host: KeyFiles): Promise<Finished> {
  const algorithm = host.title === 'RSA' ? 'rsa-sha2-512-cert-v01@openssh.com' : `${host.key.type}-cert-v01@openssh.com`
  return runSsh({
    port: world!.sshd.port,
    user,
    identity: world!.plain[0]!.path,
    command: 'true',
    knownHosts: put(`@cert-authority *.example.com ${formatPublicKey(authority)}`),
    hostName,
    extra: [`HostKeyAlgorithms=${algorithm}`, 'KexAlgorithms=curve25519-sha256'],
  })
}

interop('ssh takes our host certificates through their authority', tools, async (t) => {
  const { hosts, hostCertificates } = world!
  await inParallel(hosts, async (host, i) => {
    const { authority, blob } = hostCertificates[i]!
    const other = hostCertificates[(i + 1) % hosts.length]!.authority
    const judge = (principal: string, by: PublicKey) =>
      checkCertificate({ blob }, { kind: 'host', authorities: [by], time: now, principal })

    await judge('host.example.com', authority)
    const taken = await logInByAuthority('host.example.com', authority, host)
    assert.equal(taken.code, 0, `${host.label}: ${taken.stderr}`)

    await assert.rejects(judge('host.example.com', other), { code: 'unknown-authority' })
    const stranger = await logInByAuthority('host.example.com', other, host)
    assert.equal(stranger.code, 255)
    assert.match(stranger.stderr, /Host key verification failed/)
  })
  const first = hostCertificates[0]!
  const policy = { kind: 'host', authorities: [first.authority], time: now } as const
  // ssh looks at wildcards in host certificates since 10.3; before, it compared names alone.
  const wildcards = (await opensshVersion()) >= 10.03
  for (const [name, taken] of [
    ['a.wild.example.com', true],
    ['other.example.com', false],
  ] as const) {
    const verdict = checkCertificate(first, { ...policy, principal: name })
    if (taken) await verdict
    else await assert.rejects(verdict, { code: 'principal' })
    const login = await logInByAuthority(name, first.authority, hosts[0]!)
    assert.equal(login.code, taken && wildcards ? 0 : 255, name)
    if (login.code !== 0) assert.match(login.stderr, /name is not a listed principal/)
  }
  t.diagnostic(`${2 * hosts.length + 2} connections`)
})

// Without hooks: tests of a file run one after the other, and this is its last.
test('the server ends', async () => {
  await world?.sshd.stop()
})
