/** Revocation lists, both ways: ours asked through `ssh-keygen -Q`, its own through `isRevoked`, and broken ones through both. */
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { issueCertificate } from '../../src/cert/index.ts'
import { sha1, sha256 } from '../../src/crypto/index.ts'
import { SshError } from '../../src/errors.ts'
import { formatCertificate, formatPrivateKey, formatPublicKey, generateKey } from '../../src/index.ts'
import { allTypes, type Certificate, type PrivateKey, type PublicKey } from '../../src/keys/index.ts'
import { createKrl, formatKrl, isRevoked, type Krl, keyListRevocation, parseKrl, signKrl } from '../../src/krl/index.ts'
import { bitmap, certificates, extension, header, numbers, part, section, string } from '../krl/bytes.ts'
import { listing } from '../krl/listing.ts'
import { concat, flipped, repeatable, utf8 } from '../support/bytes.ts'
import { sid, withSid } from './openssh-sid.ts'
import { fresh, get, inParallel, interop, must, put, type Run, run, seedOf } from './support.ts'

const types = allTypes
type Subject = PublicKey | Certificate
type Keygen = (args: readonly string[], input?: string | Uint8Array) => Promise<Run>
const old: Keygen = (args, input = '') => run('ssh-keygen', args, input)
const recent: Keygen = (args, input = '') => sid('ssh-keygen', args, input)

/** Whole numbers below `below`, repeatable. */
function dice(seed: number): (below: number) => number {
  const random = repeatable(seed)
  return (below) => new DataView(random(4).buffer).getUint32(0) % below
}

interface World {
  readonly authorities: readonly PrivateKey[]
  readonly keys: readonly PublicKey[]
  readonly subjects: readonly Subject[]
  readonly paths: readonly string[]
}

/** Two authorities, and what they signed: few numbers and names, so that lists by chance meet them. */
async function makeWorld(): Promise<World> {
  const authorities = [await generateKey('ed25519'), await generateKey('ecdsa-p256')]
  const keys = (await Promise.all([generateKey('ed25519'), generateKey('ecdsa-p256')])).map((key) => key.publicKey)
  const issue = (by: number, serial: bigint, keyId: string): Promise<Certificate> =>
    issueCertificate(
      { kind: 'user', publicKey: keys[by]!, keyId, serial, principals: ['a'], validAfter: 0, validBefore: 1 },
      authorities[by]!,
      { types },
    )
  const subjects: Subject[] = [
    ...keys,
    await issue(0, 0n, 'a'),
    await issue(0, 1n, 'b'),
    await issue(0, 2n, 'a'),
    await issue(0, 7n, 'c d'),
    await issue(0, 8n, ''),
    await issue(0, 40n, 'ä'),
    await issue(0, 256n, 'a'),
    await issue(0, 2n ** 64n - 1n, 'z'),
    await issue(1, 7n, 'a'),
    await issue(1, 300n, 'b'),
  ]
  const paths = subjects.map((subject) =>
    put('publicKey' in subject ? formatCertificate(subject) : formatPublicKey(subject), 'subject'),
  )
  return { authorities, keys, subjects, paths }
}
const world = await makeWorld()

/** What `ssh-keygen -Q` says of each subject; what it complains of where it refuses the list. */
async function ask(keygen: Keygen, bytes: Uint8Array): Promise<readonly boolean[] | string> {
  const { code, out, err } = await keygen(['-Q', '-f', put(bytes, 'krl'), ...world.paths])
  if (code !== 0 && code !== 1) return err || 'refused'
  const answers = out.trim().split('\n')
  assert.equal(answers.length, world.paths.length, out)
  return answers.map((line) => {
    assert.match(line, /: (ok|REVOKED)$/)
    return line.endsWith('REVOKED')
  })
}

/** What we say; the error where we refuse. */
function answer(bytes: Uint8Array): readonly boolean[] | SshError {
  try {
    const krl = parseKrl(bytes, { types })
    return world.subjects.map((subject) => isRevoked(krl, subject) !== undefined)
  } catch (error) {
    if (error instanceof SshError) return error
    throw error
  }
}

/** Numbers and ranges of one of several kinds: few, sequential, clustered, scattered. */
function randomSerials(roll: (below: number) => number): [bigint, bigint][] {
  const kind = roll(4)
  const base = [0n, 250n, 2n ** 32n, 2n ** 64n - 70000n][roll(4)]!
  let at = base + 1n
  return Array.from({ length: 1 + roll([4, 60, 400, 30][kind]!) }, () => {
    at += BigInt([roll(300), 1, roll(40) ? roll(4) : 3000, roll(2 ** 31)][kind]! + 1)
    const first = at < 2n ** 64n ? at : 2n ** 64n - 1n
    if (roll(8) === 0) at += BigInt(roll(50))
    return [first, at < 2n ** 64n ? at : 2n ** 64n - 1n]
  })
}

interface Content {
  readonly serials: readonly (readonly [bigint, bigint])[]
  readonly keyIds: readonly string[]
  readonly authority: PublicKey | null
  readonly keys: readonly PublicKey[]
  readonly sha1: readonly PublicKey[]
  readonly sha256: readonly PublicKey[]
}

function randomContent(roll: (below: number) => number): Content {
  const some = <T>(items: readonly T[]): T[] => items.filter(() => roll(4) === 0)
  const keys = [...world.keys, ...world.authorities.map((key) => key.publicKey)]
  const near = some([1n, 2n, 7n, 8n, 40n, 256n, 2n ** 64n - 1n])
  return {
    serials: [...(roll(3) ? randomSerials(roll) : []), ...near.map((number) => [number, number] as const)],
    keyIds: some(['a', 'b', 'c d', 'ä', 'other']),
    authority: [null, ...world.authorities.map((key) => key.publicKey)][roll(3)]!,
    keys: roll(3) ? [] : some(keys),
    sha1: roll(3) ? [] : some(keys),
    sha256: roll(3) ? [] : some(keys),
  }
}

const krlOf = ({ authority, serials, keyIds, keys, ...hashes }: Content): Krl =>
  createKrl({
    version: 9n,
    generatedAt: 1700000000,
    comment: 'ours',
    certificates: [{ authority, serials, keyIds }],
    keys,
    sha1: hashes.sha1.map((key) => sha1.digest(key.blob)),
    sha256: hashes.sha256.map((key) => sha256.digest(key.blob)),
  })

/** The same content made by `ssh-keygen -k`. */
async function theirs(keygen: Keygen, content: Content): Promise<Uint8Array> {
  const path = fresh('theirs')
  const spec = [
    ...content.serials.map(([first, last]) => (first === last ? `serial: ${first}` : `serial: ${first}-${last}`)),
    ...content.keyIds.map((id) => `id: ${id}`),
    ...content.keys.map((key) => `key: ${formatPublicKey(key)}`),
    ...content.sha1.map((key) => `sha1: ${formatPublicKey(key)}`),
    ...content.sha256.map((key) => `sha256: ${formatPublicKey(key)}`),
  ]
  const ca = content.authority ? put(formatPublicKey(content.authority), 'ca') : 'none'
  const { code, err } = await keygen(['-k', '-q', '-f', path, '-s', ca, '-z', '9', put(`${spec.join('\n')}\n`, 'spec')])
  assert.equal(code, 0, err)
  return get(path)
}

/** Octets beyond ASCII as vis(3) shows them. */
const inLocaleC = (text: string): string =>
  text.replace(/[\u0080-\uffff]+/g, (part) => Array.from(utf8(part), (octet) => `\\${octet.toString(8)}`).join(''))

/** Both ways, for one ssh-keygen. */
async function bothWays(keygen: Keygen, rounds: number, seed: number): Promise<void> {
  console.log(`krl interop: seed ${seed}`)
  const roll = dice(seed)
  const contents = Array.from({ length: rounds }, () => randomContent(roll))
  let larger = 0
  await inParallel(contents, async (content, i) => {
    const what = `seed ${seed}, list ${i}`
    const bytes = formatKrl(krlOf(content))
    const path = put(bytes, 'ours')
    const shown = await keygen(['-Q', '-l', '-f', path])
    assert.equal(shown.code, 0, `${what}: ${shown.err}`)
    assert.equal(shown.out, inLocaleC(listing(parseKrl(bytes, { types }))), what)
    assert.deepEqual(await ask(keygen, bytes), answer(bytes), what)
    const made = await theirs(keygen, content)
    const read = parseKrl(made, { types })
    const ours = krlOf(content)
    const filled = [...ours.authorities].filter(([, { serials, keyIds }]) => serials.first.length + keyIds.size > 0)
    assert.deepEqual(
      [read.authorities, read.keys, read.sha1, read.sha256],
      [new Map(filled), ours.keys, ours.sha1, ours.sha256],
      what,
    )
    const bare = formatKrl({ ...ours, comment: '' })
    assert.ok(bare.length <= made.length, `${what}: ${bare.length} octets, ssh-keygen ${made.length}`)
    if (bare.length < made.length) larger++
  })
  console.log(`krl interop: of ${rounds} lists, ssh-keygen writes ${larger} larger than we do, none smaller`)
}

const seed = seedOf(919021)

interop('the ssh-keygen of the system and we read each other’s lists, ours being no larger', ['ssh-keygen'], () =>
  bothWays(old, 60, seed),
)
withSid('so do that of Debian sid and we', () => bothWays(recent, 30, seed + 1))

withSid('OpenSSH steps over our signatures and answers the same', async () => {
  const content = randomContent(dice(5))
  const signed = await signKrl(formatKrl(krlOf(content)), world.authorities[0]!)
  assert.deepEqual(await ask(recent, signed), answer(signed))
  assert.deepEqual(answer(signed), answer(formatKrl(krlOf(content))))
})

interop(
  'ssh-keygen writes bitmaps that it does not read; we read them, and what we write it reads',
  ['ssh-keygen'],
  async () => {
    const serials = Array.from({ length: 9000 }, (_, i) => [BigInt(i * 2 + 7), BigInt(i * 2 + 7)] as const)
    const content: Content = {
      serials,
      keyIds: [],
      authority: world.authorities[0]!.publicKey,
      keys: [],
      sha1: [],
      sha256: [],
    }
    const made = await theirs(old, content)
    assert.match(String(await ask(old, made)), /bignum is too large/)
    const ours = formatKrl(parseKrl(made, { types }))
    assert.deepEqual(await ask(old, ours), answer(made))
    assert.ok(ours.length < made.length + 32)
  },
)

/** A list of random sections, most of them sound. */
function randomSections(roll: (below: number) => number): Uint8Array {
  const blobs = [...world.keys, ...world.authorities.map((key) => key.publicKey)].map((key) => key.blob)
  const ids = ['a', 'b', 'c d', 'ä', 'x']
  const pick = <T>(items: readonly T[]): T => items[roll(items.length)]!
  const number = () =>
    pick([1n, 2n, 7n, 8n, 40n, 256n, 300n, 2n ** 64n - 1n, BigInt(roll(400)), BigInt(roll(2 ** 32)) << 32n])
  const inner = (): Uint8Array => {
    switch (roll(9)) {
      case 0:
      case 1:
        return part(section.serialList, numbers(...Array.from({ length: roll(5) }, number)))
      case 2:
      case 3: {
        const [a, b] = [number(), number()]
        return part(section.serialRange, roll(6) && a > b ? numbers(b, a) : numbers(a, b))
      }
      case 4:
      case 5: {
        const bits = Uint8Array.from({ length: roll(40) }, () => roll(256))
        return bitmap(number(), roll(8) ? concat(Uint8Array.of(0), bits) : bits)
      }
      case 6:
        return extension(section.certificateExtension, 'x@example.com', roll(4) ? 0 : 1)
      default:
        return part(section.keyId, ...Array.from({ length: roll(3) }, () => string(pick(ids))))
    }
  }
  const outer = (): Uint8Array => {
    switch (roll(8)) {
      case 0:
        return part(section.key, ...Array.from({ length: roll(3) }, () => string(pick(blobs))))
      case 1:
        return part(section.sha1, ...Array.from({ length: roll(3) }, () => string(sha1.digest(pick(blobs)))))
      case 2:
        return part(section.sha256, ...Array.from({ length: roll(3) }, () => string(sha256.digest(pick(blobs)))))
      case 3:
        return extension(section.extension, 'x@example.com', roll(6) ? 0 : 1)
      default:
        return certificates(pick([new Uint8Array(0), ...blobs]), ...Array.from({ length: roll(4) }, inner))
    }
  }
  return concat(header(roll(40) ? 1 : 2, roll(2) ? 'comment' : ''), ...Array.from({ length: roll(5) }, outer))
}

/** The list with something broken in it. */
function broken(bytes: Uint8Array, other: Uint8Array, roll: (below: number) => number): Uint8Array {
  const at = roll(bytes.length)
  switch (roll(6)) {
    case 0:
      return bytes.slice(0, at)
    case 1:
      return concat(bytes.slice(0, at), other.slice(roll(other.length)))
    case 2:
      return concat(bytes, other.slice(44))
    case 3: {
      const out = bytes.slice()
      new DataView(out.buffer).setUint32(Math.max(0, Math.min(at, out.length - 4)), roll(2) ? roll(64) : roll(2 ** 31))
      return out
    }
    default: {
      let out = bytes
      for (let flips = 1 + roll(2); flips > 0; flips--) out = flipped(out, roll(out.length * 8))
      return out
    }
  }
}

/**
 * Where OpenSSH refuses, so do we; where it answers, so do we, or we refuse. What is sound gets answers. Two lists of
 * its own it does not read: see above.
 */
async function differ(keygen: Keygen, lists: readonly (readonly [Uint8Array, boolean])[], what: string): Promise<void> {
  const counts = { answered: 0, refusedByBoth: 0, refusedByUs: 0, cases: 0 }
  const stricter = new Map<string, number>()
  await inParallel(lists, async ([bytes, sound], i) => {
    const [expected, found] = [await ask(keygen, bytes), answer(bytes)]
    const where = `${what}, list ${i}: ${Buffer.from(bytes).toString('base64')}`
    counts.cases += world.paths.length
    if (typeof expected === 'string') {
      if (found instanceof SshError) counts.refusedByBoth++
      else assert.match(expected, /bignum is too large/, where)
    } else if (found instanceof SshError) {
      assert.ok(!sound, `${where}: ${found.message}`)
      counts.refusedByUs++
      const why = found.message.replace(/\d+/g, 'N')
      stricter.set(why, (stricter.get(why) ?? 0) + 1)
    } else {
      counts.answered++
      assert.deepEqual(found, expected, where)
    }
  })
  console.log(`krl differential: ${what}: ${JSON.stringify(counts)} ${JSON.stringify([...stricter])}`)
  assert.ok(counts.answered > lists.length / 10)
  assert.ok(counts.refusedByUs < lists.length / 20)
}

/** 600 lists, half of them sound: 7,200 cases. (OpenSSH before 9.4 knows no extensions and verifies signatures.) */
async function fuzz(keygen: Keygen, from: number): Promise<void> {
  const roll = dice(from)
  const lists = Array.from({ length: 600 }, (_, i): readonly [Uint8Array, boolean] => {
    if (i % 4 === 0) return [formatKrl(krlOf(randomContent(roll))), true]
    const bytes = randomSections(roll)
    return i % 4 === 1 ? [bytes, true] : [broken(bytes, randomSections(roll), roll), false]
  })
  await differ(keygen, lists, `seed ${from}`)
}

withSid('7,200 generated cases, sound and broken, get the answers of ssh-keygen of Debian sid', () =>
  fuzz(recent, seed + 2),
)
interop(
  'every bit of a small list turned over gets the answers of ssh-keygen, or is refused',
  ['ssh-keygen'],
  async () => {
    const bytes = concat(
      header(),
      certificates(
        new Uint8Array(0),
        part(section.serialList, numbers(7n)),
        part(section.serialRange, numbers(1n, 2n)),
        bitmap(32n, Uint8Array.of(1, 0)),
        part(section.keyId, string('a')),
      ),
    )
    const flips = Array.from({ length: bytes.length * 8 }, (_, bit) => [flipped(bytes, bit), false] as const)
    await differ(old, flips, 'bit flips')
  },
)

interop('lists of keys are read as ssh-keygen -Y verify -r reads them', ['ssh-keygen'], async () => {
  const signer = await generateKey('ed25519')
  const path = put(await formatPrivateKey(signer), 'signer')
  writeFileSync(`${path}.pub`, formatPublicKey(signer.publicKey))
  const message = put('a message\n', 'message')
  await must('ssh-keygen', ['-Y', 'sign', '-q', '-f', path, '-n', 'file', message])
  assert.ok(existsSync(`${message}.sig`))
  const signers = put(`me ${formatPublicKey(signer.publicKey)}`, 'signers')
  const own = formatPublicKey(signer.publicKey)
  const [key, certificate] = [formatPublicKey(world.keys[0]!), formatCertificate(world.subjects[3] as Certificate)]
  const ownCertificate = formatCertificate(
    await issueCertificate(
      { kind: 'user', publicKey: signer.publicKey, keyId: 'x', principals: ['a'], validAfter: 0, validBefore: 1 },
      world.authorities[0]!,
      { types },
    ),
  )
  const [word, base64] = own.split(' ') as [string, string]
  const lists = [
    '',
    '# nothing\n\n',
    own,
    key,
    `${key}${own}`,
    `\t ${own}`,
    `${word}\t${base64.trim()}`,
    `${word} ${base64.trim()}\r\n`,
    `#${own}`,
    certificate,
    ownCertificate,
    `${own}no key\n`,
    `no key\n${own}`,
    `${key}no key\n`,
    `no-pty ${own}`,
    `ssh-rsa ${base64}\n`,
    `\0\n${own}`,
    `${key.trim()}\0${own}`,
    '\r\n',
    'SSHKRL\n',
  ]
  const data = get(message)
  for (const list of lists) {
    const args = [
      '-Y',
      'verify',
      '-f',
      signers,
      '-I',
      'me',
      '-n',
      'file',
      '-s',
      `${message}.sig`,
      '-r',
      put(list, 'list'),
    ]
    const { code } = await run('ssh-keygen', args, data)
    let refused = true
    try {
      refused = (await keyListRevocation(list, { types })(signer.publicKey)) !== undefined
    } catch (error) {
      assert.ok(error instanceof SshError)
    }
    assert.equal(refused, code !== 0, JSON.stringify(list))
  }
})
