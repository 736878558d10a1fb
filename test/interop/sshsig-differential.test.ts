/**
 * Thousands of made-up cases, judged by us and by `ssh-keygen -Y`: lines of allowed signers, identities, namespaces,
 * times, revocation, and signatures that are broken somewhere. `HAWSER_SEED=n` repeats a run, `SSHSIG_CASES=n` says
 * how many.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findTool } from '../../examples/quickstart/sshd.ts'
import { issueCertificate } from '../../src/cert/index.ts'
import { SshError } from '../../src/errors.ts'
import { allTypes, type Certificate, type PublicKey, type Signer } from '../../src/keys/index.ts'
import { revocationFrom } from '../../src/krl/index.ts'
import {
  checkMessageSignature,
  findPrincipals,
  formatSshsig,
  matchPrincipals,
  parseSshsig,
  signMessage,
  verifyMessage,
} from '../../src/sshsig/index.ts'
import { parseAbsoluteTime } from '../../src/wire/absolute-time.ts'
import { encodeBase64 } from '../../src/wire/base64.ts'
import { encodeText } from '../../src/wire/text.ts'
import { flipped, utf8 } from '../support/bytes.ts'
import { privateKey } from '../support/keys.ts'
import { withSid } from './openssh-sid.ts'
import { inParallel, interop, opensshVersion, runProgram, scratch, seedOf } from './support.ts'

const types = allTypes
const message = utf8('a message\n')
const seed = seedOf(1)
const cases = Number(process.env.SSHSIG_CASES ?? 2500)

/** One case: what ssh-keygen is told, and what we are. */
interface Case {
  readonly kind: 'match' | 'find' | 'verify' | 'check'
  readonly allowed: string
  readonly identity: string
  readonly namespace: string
  readonly time: string
  readonly signature: string
  readonly revoked: string | undefined
}

/** What came of it: principals for the commands that print them, else only whether it was accepted. */
interface Outcome {
  readonly accepted: boolean
  readonly printed: string
}

/** Choices that a seed repeats (mulberry32). */
function chooser(start: number) {
  let state = start >>> 0
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (n: number): number => Math.floor(random() * n)
  return {
    below,
    chance: (p: number): boolean => random() < p,
    of: <T>(list: readonly T[]): T => list[below(list.length)]!,
    some: <T>(most: number, make: () => T): T[] => Array.from({ length: 1 + below(most) }, make),
  }
}
type Chooser = ReturnType<typeof chooser>

const identities = ['alice', 'bob', 'al', '*', 'alice@x', 'a,b', '!bob', 'ALICE', 'é', 'name with space', 'alice\udcff']
const patterns = [
  'alice',
  'bob',
  '*',
  'a*',
  '?lice',
  'al??e',
  '!bob',
  '!alice',
  '*@x',
  '',
  '!',
  '!!bob',
  'é',
  '?',
  '??',
]
const namespaces = ['file', 'git', 'f', 'file,git', '!file', '*']
const times = [
  '20200101Z',
  '20200101000001Z',
  '20191231235959Z',
  '202506010000Z',
  '20300101Z',
  '20300101000001Z',
  '20450101',
]
const oddOptions = [
  'cert-authorityx',
  'cert-authority="x"',
  'namespaces=file',
  'namespaces',
  'namespaces="file',
  'unknown',
  'valid-after="x"',
  'valid-after="2020010Z"',
  'valid-before=""',
  'no-pty',
  '',
  'valid-after="20200230Z"',
  'namespaces="a\\"b,file"',
]

/** Type and base64 of a key, as they stand in a line. */
type Pair = readonly [type: string, base64: string]

/** One good signature. */
interface Signed {
  readonly namespace: string
  readonly armored: string
  readonly key: Pair
  readonly authority: Pair | undefined
}

/** The signers and what they sign. */
async function makeRoom(old: boolean) {
  const names = ['ed25519', 'ecdsa256', 'rsa2048'] as const
  const [first, second, third] = await Promise.all(names.map((name) => privateKey(name)))
  const [authority, other] = await Promise.all(['ca-ed25519', 'ca-ecdsa256'].map((name) => privateKey(name)))
  const certified = async (
    signer: Signer,
    by: Signer,
    principals: readonly string[],
    change: { kind?: 'user' | 'host'; validAfter?: number; validBefore?: number } = {},
  ): Promise<Signer> => ({
    publicKey: signer.publicKey,
    algorithms: signer.algorithms,
    sign: (data, options) => signer.sign(data, options),
    certificate: await issueCertificate(
      {
        kind: 'user',
        publicKey: signer.publicKey,
        keyId: 'k',
        principals,
        anyPrincipal: principals.length === 0,
        validAfter: 1577836800, // 2020-01-01
        validBefore: 1893456000, // 2030-01-01
        ...change,
      },
      by,
      { types },
    ),
  })
  const certificates = [
    await certified(first!, authority!, ['alice', 'bob']),
    await certified(second!, authority!, ['alice@x', 'é', '!bob', 'al']),
    await certified(first!, other!, ['alice']),
    await certified(third!, authority!, ['alice'], { kind: 'host' }),
    await certified(first!, authority!, old ? ['bob'] : [], { validBefore: 1900000000 }),
  ]
  const pair = (key: PublicKey | Certificate): Pair => [key.type, encodeBase64(key.blob)]
  const plain = [first!, second!, third!]
  const signed: Signed[] = []
  for (const namespace of ['file', 'git']) {
    const hash = namespace === 'git' ? 'sha256' : 'sha512'
    for (const signer of [...plain, ...certificates]) {
      const { certificate } = signer as Signer
      signed.push({
        namespace,
        armored: await signMessage(message, signer, { namespace, hash, certificate: certificate !== undefined }),
        key: pair(certificate ?? signer.publicKey),
        authority: certificate && pair(certificate.authority),
      })
    }
  }
  const keys = [...signed.map(({ key }) => key), pair(authority!.publicKey), pair(other!.publicKey)]
  return { keys, signed, crlf: !old }
}
type Room = Awaited<ReturnType<typeof makeRoom>>

function makePrincipals(c: Chooser): string {
  const list = c.some(3, () => c.of(patterns)).join(',')
  if (c.chance(0.06)) return `"name with space"`
  if (c.chance(0.06)) return `"${list}"`
  if (c.chance(0.03)) return `${list}"x y"`
  return list
}

function makeOptions(c: Chooser, authority: boolean): string {
  if (c.chance(0.4)) return authority ? 'cert-authority ' : ''
  const list = c.some(3, () => {
    const kind = c.below(9)
    if (kind < 3) return c.of(['cert-authority', 'CERT-authority', 'cert-authority'])
    if (kind < 5) return `namespaces="${c.some(2, () => c.of(namespaces)).join(',')}"`
    if (kind < 6) return `valid-after="${c.of(times)}"`
    if (kind < 8) return `valid-before="${c.of(times)}"`
    return c.of(oddOptions)
  })
  if (authority && c.chance(0.7)) list.push('cert-authority')
  return `${list.join(',')}${c.chance(0.03) ? ',' : ''}${c.of([' ', ' ', ' ', '\t', '  '])}`
}

function makeLine(c: Chooser, room: Room, signed: Signed): string {
  if (c.chance(0.05)) return c.of(['', '# a comment', '   ', 'alice', '"alice', ' # x', '\t'])
  const authority = signed.authority !== undefined && c.chance(0.8)
  const [type, base64] = c.chance(0.3) ? c.of(room.keys) : authority ? signed.authority : signed.key
  const shown = c.chance(0.95) ? `${type} ${base64}` : `${c.of(room.keys)[0]} ${base64}`
  const key = c.chance(0.96) ? shown : shown.slice(0, c.below(shown.length))
  const end = c.of(['', '', '', ' a comment', '\r', ' comment\r', ' a "quoted', '\v'])
  const line = `${c.chance(0.04) ? ' ' : ''}${makePrincipals(c)}${c.of([' ', ' ', ' ', '\t', '  '])}${makeOptions(c, authority)}${key}${end}`
  if (!c.chance(0.12)) return line
  // One character less, more, or another, in front of the key: within it every key is another one.
  const at = c.below(Math.min(line.length, line.indexOf('AAAA') + 1))
  const what = c.of([' ', '"', ',', '\\', '=', '!', '*', '\t', '\r', '\0', '\v', 'x', '#', ''])
  return line.slice(0, at) + what + line.slice(at + c.below(2))
}

function breakSignature(c: Chooser, armored: string, crlf: boolean): string {
  const { blob } = parseSshsig(armored, { types })
  const kind = c.below(8)
  if (kind < 3) return formatSshsig({ blob: flipped(blob, c.below(blob.length * 8)) })
  if (kind === 3) return formatSshsig({ blob: blob.slice(0, c.below(blob.length)) })
  if (kind === 4) return formatSshsig({ blob: Uint8Array.of(...blob, 0) })
  if (kind === 5 && crlf) return armored.replaceAll('\n', '\r\n')
  const at = c.chance(0.5) ? c.below(armored.length) : c.below(34)
  const what = c.of(['', ' ', '\n', '-', '=', crlf ? '\r' : '', '\t', 'A', '\n\n'])
  return armored.slice(0, at) + what + armored.slice(at + c.below(2))
}

function makeCase(c: Chooser, room: Room): Case {
  const kind = c.of(['match', 'match', 'find', 'find', 'verify', 'verify', 'check'] as const)
  const signed = c.of(room.signed)
  const broken = kind === 'check' ? 0.8 : kind === 'verify' ? 0.05 : 0
  return {
    kind,
    allowed: c.some(4, () => makeLine(c, room, signed)).join('\n') + (c.chance(0.8) ? '\n' : ''),
    identity: c.chance(0.5) ? 'alice' : c.of(identities),
    namespace: c.chance(0.9) ? signed.namespace : 'f',
    time: c.of(times),
    signature: c.chance(broken) ? breakSignature(c, signed.armored, room.crlf) : signed.armored,
    revoked: kind === 'verify' && c.chance(0.15) ? `${c.of(room.keys).join(' ')}\n` : undefined,
  }
}

async function ours(one: Case): Promise<Outcome & { readonly code?: string }> {
  const { allowed: allowedSigners, identity, namespace, signature } = one
  const time = parseAbsoluteTime(one.time)!
  try {
    let printed: readonly string[] = []
    if (one.kind === 'match') printed = matchPrincipals(identity, { allowedSigners, types })
    else if (one.kind === 'find') printed = await findPrincipals(signature, { allowedSigners, time, types })
    else if (one.kind === 'check') await checkMessageSignature(message, signature, { namespace, types })
    else {
      const revocation = one.revoked === undefined ? undefined : revocationFrom(one.revoked, { types })
      await verifyMessage(message, signature, { allowedSigners, identity, namespace, time, revocation, types })
    }
    const lists = one.kind === 'match' || one.kind === 'find'
    return { accepted: !lists || printed.length > 0, printed: printed.map((line) => `${line}\n`).join('') }
  } catch (error) {
    if (!(error instanceof SshError)) throw error
    return { accepted: false, printed: '', code: error.code }
  }
}

let rooms = 0

/** What ssh-keygen says of each case: one shell runs many of them, which is faster than one process each from here. */
async function theirs(keygen: string, batch: readonly Case[]): Promise<Outcome[]> {
  const prefix = join(scratch, `differential-${++rooms}`)
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
  const put = (name: string, content: string | Uint8Array): string => {
    writeFileSync(`${prefix}-${name}`, typeof content === 'string' ? encodeText(content) : content)
    return `${prefix}-${name}`
  }
  const input = put('message', message)
  const script = batch.map((one, i) => {
    const allowed = put(`${i}-allowed`, one.allowed)
    const signature = put(`${i}-signature`, one.signature)
    const time = `-Overify-time=${one.time}`
    const revoked = one.revoked === undefined ? '' : `-r ${put(`${i}-revoked`, one.revoked)}`
    const args = {
      match: `match-principals -I ${quote(one.identity)} -f ${allowed}`,
      find: `find-principals -s ${signature} -f ${allowed} ${time}`,
      check: `check-novalidate -n ${quote(one.namespace)} -s ${signature}`,
      verify: `verify -n ${quote(one.namespace)} -s ${signature} -f ${allowed} -I ${quote(one.identity)} ${time} ${revoked}`,
    }
    return `${keygen} -Y ${args[one.kind]} <${input} 2>${prefix}-err; echo "=== $?"\n`
  })
  const { out, err } = await runProgram('/bin/sh', [put('script', script.join(''))], '')
  assert.equal(err, '')
  const parts = out.split(/=== (\d+)\n/)
  return batch.map((one, i) => {
    const printed = one.kind === 'match' || one.kind === 'find' ? parts[2 * i]! : ''
    // Of a line whose first principal is empty find-principals prints none and succeeds: nobody was found.
    return { accepted: parts[2 * i + 1] === '0' && (one.kind !== 'find' || printed !== ''), printed }
  })
}

/** Why a case that ssh-keygen takes may be refused here; docs/differences.md has these. */
function whyStricter(one: Case, code: string | undefined): string | undefined {
  // Text of a C library, which reads "2020- 1-01" and years before 1970.
  if (/valid-(after|before)="(?!\d{8}(\d{4}(\d\d)?)?(Z|UTC)?")/i.test(one.allowed)) return 'a time that is none'
  if (one.kind === 'find' && code !== undefined) return 'a broken signature names nobody'
  if (one.kind === 'check' || one.kind === 'verify') {
    if (code === 'bad-armor' || code === 'bad-base64') return 'armor with blanks within a line'
    if (code === 'unsupported-format') return 'version 0'
    if (code === 'bad-value') return 'a NUL at the end of a name'
  }
  return undefined
}

async function compare(keygen: string, count: number, from: number, old = false): Promise<void> {
  const room = await makeRoom(old)
  const c = chooser(from)
  const all = Array.from({ length: count }, () => makeCase(c, room))
  const size = 250
  const batches = Array.from({ length: Math.ceil(count / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
  const verdicts = (await inParallel(batches, (batch) => theirs(keygen, batch))).flat()
  const tally: Record<string, number> = {}
  for (const [i, one] of all.entries()) {
    const mine = await ours(one)
    const their = verdicts[i]!
    const add = (what: string): void => {
      tally[what] = (tally[what] ?? 0) + 1
    }
    add(`${one.kind} ${their.accepted ? 'accepted' : 'refused'}`)
    const reason = their.accepted && !mine.accepted ? whyStricter(one, mine.code) : undefined
    // 9.2 skips blanks alone in front of a line, 10.x carriage returns too (sshsig.c parse_principals_key_and_options).
    const skipsLess = old && /(^|\n)[ \t]*\r/.test(one.allowed)
    if (reason !== undefined) add(`stricter: ${reason}`)
    else if (skipsLess && mine.accepted && !their.accepted) add('a carriage return in front of a line')
    else {
      assert.deepEqual(
        { accepted: mine.accepted, printed: mine.printed },
        their,
        `case ${i} of seed ${from}: ${mine.code ?? 'accepted'} here\n${JSON.stringify(one, null, 1)}`,
      )
    }
  }
  console.log(`sshsig differential: seed ${from}, ${count} cases: ${JSON.stringify(tally)}`)
  for (const kind of ['match', 'find', 'verify', 'check']) {
    const enough = Math.min(10, count / 100)
    assert.ok((tally[`${kind} accepted`] ?? 0) >= enough && (tally[`${kind} refused`] ?? 0) >= enough, kind)
  }
}

withSid('made-up allowed signers and signatures get the verdicts of OpenSSH 10.6', async () => {
  const folder = process.env.HAWSER_OPENSSH_SID ?? join(tmpdir(), 'hawser-openssh-sid')
  await compare(join(folder, 'bin', 'ssh-keygen'), cases, seed)
})

interop('and those of the OpenSSH that is installed', ['ssh-keygen'], async () => {
  // Before 10.3, a certificate without principals stood for everybody, and CRLF behind the header was refused.
  await compare(findTool('ssh-keygen')!, cases, seed + 1, (await opensshVersion()) < 10.03)
})
