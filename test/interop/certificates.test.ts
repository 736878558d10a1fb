/** Certificates both ways with `ssh-keygen`: ours shown by it, its own read, verified and judged by us. */

import assert from 'node:assert/strict'
import { verifyCertificateSignature } from '../../src/cert/index.ts'
import {
  ALWAYS,
  type Certificate,
  checkCertificate,
  defaultUserExtensions,
  FOREVER,
  formatCertificate,
  issueCertificate,
  parseCertificate,
} from '../../src/index.ts'
import { allTypes } from '../../src/keys/index.ts'
import { expectShown, parseShown, type ShownCertificate } from './shown-certificate.ts'
import { get, inParallel, interop, type KeyFiles, makeKeys, must, put } from './support.ts'

const subjects = await makeKeys('subject', [2048])
const authorities = await makeKeys('authority', [3072])
const day = 86_400
const now = Math.floor(Date.now() / 1000)

async function shown(certificate: Certificate): Promise<ShownCertificate> {
  return parseShown(await must('ssh-keygen', ['-L', '-f', put(formatCertificate(certificate))]))
}

type Request = Parameters<typeof issueCertificate>[0]

/** What a certificate can say, by name. The key is filled in. */
const requests: readonly (readonly [string, Omit<Request, 'publicKey'>])[] = [
  [
    'user',
    {
      kind: 'user',
      keyId: 'alice@example.com',
      principals: ['alice', 'root'],
      serial: 1n,
      validAfter: now - day,
      validBefore: now + day,
      extensions: defaultUserExtensions,
    },
  ],
  [
    'user with every option, from the first second on',
    {
      kind: 'user',
      keyId: 'a "quoted" \\ id',
      principals: ['with blank', 'ünïcödé'],
      serial: 0xffffffffffffffffn,
      validAfter: ALWAYS,
      validBefore: now + day,
      criticalOptions: {
        'force-command': '/bin/echo "a  b"',
        'source-address': '10.0.0.0/8,192.0.2.1,2001:db8::/32,::1',
        'verify-required': true,
      },
      extensions: {
        ...defaultUserExtensions,
        'no-touch-required': true,
        'login@example.com': 'alice',
        'flag@example.com': true,
      },
    },
  ],
  [
    'host',
    {
      kind: 'host',
      keyId: 'host key',
      principals: ['host.example.com', '*.example.com', '192.0.2.1'],
      serial: 1n << 63n,
      validAfter: now - day,
      validBefore: FOREVER,
    },
  ],
  [
    'host for ever',
    { kind: 'host', keyId: '', principals: ['h'], serial: 0n, validAfter: ALWAYS, validBefore: FOREVER },
  ],
]

interop('ssh-keygen -L shows our certificates as we read them', ['ssh-keygen'], async (t) => {
  const jobs = subjects.flatMap((s) => authorities.flatMap((a) => requests.map((r) => [s, a, r] as const)))
  await inParallel(jobs, async ([subject, authority, [name, request]]) => {
    const certificate = await issueCertificate({ ...request, publicKey: subject.key.publicKey }, authority.key)
    const seen = await shown(certificate)
    assert.deepEqual(seen, expectShown(certificate), `${subject.label} by ${authority.label}: ${name}`)
    assert.equal(seen.keyId, request.keyId)
    assert.deepEqual(seen.principals, request.principals)
    assert.equal(seen.serial, String(request.serial))
    assert.deepEqual(parseCertificate(formatCertificate(certificate)), certificate)
  })
  t.diagnostic(`${jobs.length} certificates`)
})

interop('each algorithm of an RSA authority', ['ssh-keygen'], async () => {
  const authority = authorities.at(-1)!
  for (const algorithm of ['rsa-sha2-256', 'rsa-sha2-512', 'ssh-rsa']) {
    const request = { ...requests[0]![1], publicKey: subjects[0]!.key.publicKey }
    const certificate = await issueCertificate(request, authority.key, { algorithm })
    assert.equal((await shown(certificate)).algorithm, algorithm)
  }
})

interop('times at the ends of the range', ['ssh-keygen'], async () => {
  // What ssh-keygen prints depends on its version (INT_MAX, the year 2106, "invalid"): that it loads them counts here.
  const ends = [1n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 1n << 32n, 253402300799n, 1n << 62n, (1n << 63n) - 1n]
  for (const end of [...ends, 1n << 63n, FOREVER - 1n]) {
    const request = { ...requests[0]![1], validAfter: 0n, validBefore: end, publicKey: subjects[0]!.key.publicKey }
    const certificate = await issueCertificate(request, authorities[0]!.key)
    assert.match((await shown(certificate)).valid, /^(before|from) /, String(end))
    const window = { kind: 'user', authorities: [authorities[0]!.key.publicKey], principal: 'root' } as const
    await checkCertificate(certificate, { ...window, time: end - 1n })
    await assert.rejects(checkCertificate(certificate, { ...window, time: end }), { code: 'expired' })
  }
})

interface Signed {
  readonly name: string
  readonly args: readonly string[]
  readonly kind?: 'host'
  readonly refused?: string
}

/** Calls of `ssh-keygen -s`, without authority, identity and file. */
const calls: readonly Signed[] = [
  { name: 'defaults', args: ['-n', 'root,alice', '-V', '+1h'] },
  { name: 'large serial', args: ['-n', 'root', '-z', '18446744073709551615', '-V', 'always:forever'] },
  { name: 'nothing permitted', args: ['-n', 'root', '-O', 'clear', '-V', '-1w:+1w'] },
  { name: 'one permitted', args: ['-n', 'root', '-O', 'clear', '-O', 'permit-pty'] },
  { name: 'one not permitted', args: ['-n', 'root', '-O', 'no-x11-forwarding', '-O', 'no-touch-required'] },
  {
    name: 'every known critical option',
    args: [
      '-n',
      'root',
      '-O',
      'force-command=/bin/true',
      '-O',
      'source-address=127.0.0.0/8,::1',
      '-O',
      'verify-required',
    ],
  },
  {
    name: 'own extensions',
    args: ['-n', 'root', '-O', 'extension:a@example.com=value', '-O', 'extension:b@example.com'],
  },
  {
    name: 'unknown critical option',
    args: ['-n', 'root', '-O', 'critical:x@example.com=y'],
    refused: 'critical-option',
  },
  { name: 'no principals', args: [], refused: 'principal' },
  { name: 'other principal', args: ['-n', 'alice'], refused: 'principal' },
  { name: 'past', args: ['-n', 'root', '-V', '20200101000000:20200102030405'], refused: 'expired' },
  { name: 'future', args: ['-n', 'root', '-V', '20370101:20370201'], refused: 'not-yet-valid' },
  { name: 'elsewhere', args: ['-n', 'root', '-O', 'source-address=10.0.0.0/8'], refused: 'source-address' },
  { name: 'host', kind: 'host', args: ['-h', '-n', 'root,*.example.com', '-V', '+52w', '-z', '7'] },
]

const algorithms: Readonly<Record<string, readonly string[]>> = {
  'rsa-3072': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
}

async function judge(line: Uint8Array, call: Signed, authority: KeyFiles, subject: KeyFiles, algorithm?: string) {
  const certificate = parseCertificate(line)
  assert.deepEqual(certificate.publicKey.blob, subject.key.publicKey.blob)
  assert.deepEqual(certificate.authority.blob, authority.key.publicKey.blob)
  assert.equal(certificate.comment, subject.key.comment)
  assert.equal(certificate.keyId, call.name)
  assert.equal(formatCertificate(certificate), new TextDecoder().decode(line))
  if (algorithm !== undefined) assert.equal(certificate.signature.algorithm, algorithm)

  const legacy = algorithm === 'ssh-rsa'
  const policy = {
    kind: call.kind ?? 'user',
    authorities: authorities.map((a) => a.key.publicKey),
    // By the clock: "+1h" counts from when ssh-keygen ran, which may be minutes after this file began.
    time: Math.floor(Date.now() / 1000),
    principal: 'root',
    sourceAddress: '127.0.0.1',
    algorithms: legacy ? ['ssh-rsa'] : undefined,
  } as const
  const options = { types: allTypes, algorithms: policy.algorithms }
  assert.equal((await verifyCertificateSignature(certificate, options)).algorithm, certificate.signature.algorithm)
  const code = (wanted: string) => ({ code: wanted })
  if (call.refused !== undefined) await assert.rejects(checkCertificate(certificate, policy), code(call.refused))
  else assert.equal((await checkCertificate(certificate, policy)).keyId, call.name)
  if (legacy) {
    const today = checkCertificate(certificate, { ...policy, algorithms: undefined })
    await assert.rejects(today, code('algorithm-not-allowed'))
  }
  const strangers = { ...policy, authorities: [subject.key.publicKey] }
  await assert.rejects(checkCertificate(certificate, strangers), code('unknown-authority'))
  const other = { ...policy, kind: policy.kind === 'host' ? 'user' : 'host' } as const
  await assert.rejects(checkCertificate(certificate, other), code('wrong-kind'))
  return certificate
}

interop("we read, verify and judge ssh-keygen's certificates", ['ssh-keygen'], async (t) => {
  const jobs = authorities.flatMap((authority) =>
    (algorithms[authority.label] ?? [undefined]).flatMap((algorithm) =>
      calls.map((c) => [authority, algorithm, c] as const),
    ),
  )
  let count = 0
  await inParallel(jobs, async ([authority, algorithm, call]) => {
    // One call signs all subjects; each gets a copy of its public line, since the certificate is named after it.
    const lines = subjects.map((s) => put(get(`${s.path}.pub`), 'subject'))
    const type = algorithm === undefined ? [] : ['-t', algorithm]
    await must('ssh-keygen', ['-q', '-s', authority.path, '-I', call.name, ...type, ...call.args, ...lines])
    for (const [i, subject] of subjects.entries()) {
      const path = `${lines[i]}-cert.pub`
      const certificate = await judge(get(path), call, authority, subject, algorithm)
      // All subjects of a call are alike but for their key: one of them is shown and compared.
      if (i === count % subjects.length) {
        assert.deepEqual(parseShown(await must('ssh-keygen', ['-L', '-f', path])), expectShown(certificate))
      }
      count++
    }
  })
  t.diagnostic(`${count} certificates`)
})
