/** known_hosts with the real `ssh-keygen`: what it finds, removes and hashes, on files that nobody wrote. */

import assert from 'node:assert/strict'
import { fingerprint } from '../../src/index.ts'
import { hashHost } from '../../src/text/host-match.ts'
import { findHost, parseKnownHosts } from '../../src/text/known-hosts.ts'
import { addHost, hashHosts, removeHost } from '../../src/text/known-hosts-edit.ts'
import { decodeText, encodeText } from '../../src/wire/index.ts'
import { publicKey } from '../support/keys.ts'
import { vectorText } from '../support/vectors.ts'
import { get, inParallel, interop, must, put, run, seedOf } from './support.ts'

const seed = seedOf(1)
console.log(`known-hosts: HAWSER_SEED=${seed}`)

/** A repeatable choice (mulberry32): `pick(list)`, `chance(p)`, `below(n)`. */
function chooser(start: number) {
  let state = start | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (n: number): number => Math.floor(next() * n)
  const random = (length: number): Uint8Array => Uint8Array.from({ length }, () => below(256))
  return {
    below,
    random,
    chance: (p: number) => next() < p,
    pick: <T>(list: readonly T[]): T => list[below(list.length)]!,
  }
}
type Chooser = ReturnType<typeof chooser>

const keys = ['ed25519', 'ecdsa256', 'ecdsa384', 'rsa2048'].map((name) =>
  vectorText(`keys/${name}.pub`).split(' ').slice(0, 2).join(' '),
)
const hosts = [
  ...['a', 'b', 'ab', 'ba', 'a.b', 'b.a', 'aa.b', 'a.b.a', 'A.b', 'AB', 'a-b', '*', '?', 'a*', '!a', 'a,b', '|a', '#a'],
  ...[
    '[a]:22',
    '[a]:2222',
    '[a.b]:2222',
    '[A]:2222',
    '[::1]:22',
    'a:22',
    '::1',
    '2001:db8::1',
    '127.0.0.1',
    '127.0.0.11',
  ],
  ...['gr\u00fcn', 'GR\u00dcN', '\udcff\udc80', 'a\udcc3', 'b b', '\u{1f511}'],
]

function pattern(c: Chooser): string {
  const whole = c.pick(hosts).replace(/[ ,]/g, '')
  const letters = c.chance(0.4)
    ? Array.from({ length: 1 + c.below(5) }, () => c.pick([...'ab.*?AB*[]:2'])).join('')
    : whole
  return (c.chance(0.15) ? '!' : '') + (c.chance(0.1) ? letters.toUpperCase() : letters)
}

function names(c: Chooser, good: boolean): string {
  if (c.chance(0.25)) return hashHost(c.pick(hosts), c.random)
  if (!good && c.chance(0.1)) {
    const hash = hashHost(c.pick(hosts), c.random)
    const at = c.below(hash.length)
    return c.pick([hash.slice(0, at) || '|', `${hash},a`, hash.slice(0, at) + c.pick([...'A=|a']) + hash.slice(at + 1)])
  }
  const list = Array.from({ length: 1 + c.below(4) }, () => pattern(c)).join(c.chance(0.1) ? ',,' : ',')
  // What a line must not begin with: it is the mark of a comment, a marker or a hash.
  return /^[#@|]/.test(list) ? `x${list}` : list
}

/**
 * A line; a `good` one is none that makes ssh-keygen refuse the whole file. None ends within or right behind its names:
 * OpenSSH 9.2 then reads on in what the line before has left, which 10.5 does not.
 */
function line(c: Chooser, good: boolean): string {
  if (c.chance(0.08)) return c.pick(['', ' ', '# comment', '\t# a b c', '#'])
  const blank = () => c.pick([' ', ' ', ' ', '\t', '  ', ' \t'])
  const marker = c.chance(0.75)
    ? ''
    : good
      ? c.pick(['@revoked ', '@cert-authority  ', '@cert-authority \t'])
      : c.pick([
          '@revoked ',
          '@cert-authority ',
          '@revoked\t',
          '@unknown ',
          '@ ',
          '@revoked @revoked ',
          '@Revoked ',
          '@revoked',
        ])
  const [type, base64] = c.pick(keys).split(' ') as [string, string]
  const key =
    good || c.chance(0.7)
      ? `${type}${blank()}${base64}`
      : c.pick([
          type,
          '',
          `${type} `,
          `${type} #`,
          '#',
          '1024 35 123456',
          `${type}${blank()}AAAAbroken`,
          `ssh-rsa ${base64}`,
          `a ${base64}`,
        ])
  const comment = c.pick(['', '', ' ', ' comment', '\ta b  c ', ' \udcff\udcfe', ' gr\u00fcn', ' x\r', '\r'])
  const indent = c.chance(0.1) ? c.pick([' ', '\t', '   ']) : ''
  // A type with nothing but a carriage return behind it has a key, for ssh-keygen -F.
  return `${indent}${marker}${names(c, good)}${blank()}${key}${/[ #]$|^\S*$/.test(key) ? '' : comment}`
}

const fileOf = (c: Chooser, lines: number, good: boolean): string =>
  Array.from({ length: lines }, () => `${line(c, good)}\n`).join('')

/** Arguments are octets to a program, UTF-8 here: what else stands in a name is another matter. */
const sayable = hosts.filter((host) => !/[\udc80-\udcff]/.test(host.replace(/[\ud800-\udbff][\udc00-\udfff]/g, '')))

interop('5,000 lines and hosts: what ssh-keygen -F finds', ['ssh-keygen'], async (t) => {
  const c = chooser(seed)
  const files = Array.from({ length: 3 }, () => fileOf(c, 80, false))
  const pairs = files.flatMap((file) => sayable.map((host) => ({ file, host, path: '' })))
  const paths = new Map(files.map((file) => [file, put(encodeText(file))]))
  let found = 0
  await inParallel(pairs, async ({ file, host }) => {
    const { out } = await run('ssh-keygen', ['-F', host, '-f', paths.get(file)!])
    const theirs = out.split('\n').flatMap((text) => {
      const at = text.startsWith(`# Host ${host} found: line `) ? text.slice(`# Host ${host} found: line `.length) : ''
      return at === '' ? [] : [at.trimEnd()]
    })
    const mark = { 'cert-authority': ' CA', revoked: ' REVOKED' }
    const ours = findHost(encodeText(file), host).map((e) => `${e.line}${e.marker ? mark[e.marker] : ''}`)
    if (ours.join() !== theirs.join()) {
      const odd = [...ours, ...theirs].filter((entry) => ours.includes(entry) !== theirs.includes(entry))
      const lines = odd.map((entry) => `${entry}: ${JSON.stringify(file.split('\n')[Number.parseInt(entry, 10) - 1])}`)
      assert.fail(`HAWSER_SEED=${seed} host ${host}: ours ${ours}; theirs ${theirs}\n${lines.join('\n')}`)
    }
    found += ours.length
  })
  assert.ok(found > 150, `only ${found} of the pairs match`)
  t.diagnostic(`${pairs.length * 80} pairs of line and host, ${found} found; HAWSER_SEED=${seed}`)
})

interop('what ssh-keygen -R leaves of a file is what we leave, octet for octet', ['ssh-keygen'], async (t) => {
  const c = chooser(seed + 1)
  const cases = Array.from({ length: 60 }, () => ({ file: fileOf(c, 30, true), host: c.pick(sayable) }))
  let changed = 0
  await inParallel(cases, async ({ file, host }) => {
    const path = put(encodeText(file))
    const { err } = await run('ssh-keygen', ['-R', host, '-f', path])
    assert.ok(!err.includes('Not replacing'), `${err}\nHAWSER_SEED=${seed}:\n${file}`)
    const left = removeHost(encodeText(file), host)
    assert.deepEqual(decodeText(left), decodeText(get(path)), `HAWSER_SEED=${seed} host ${host}`)
    if (left.length < file.length) changed++
  })
  assert.ok(changed > 10)
  // It ends each line; ours leaves the last one as it is.
  const open = `b ${keys[0]}\na ${keys[0]}`
  const path = put(open)
  await must('ssh-keygen', ['-R', 'b', '-f', path])
  assert.equal(decodeText(get(path)), `${removeHost(open, 'b')}\n`)
  t.diagnostic(`${cases.length} files of 30 lines, ${changed} with lines to remove; HAWSER_SEED=${seed}`)
})

interop(
  'what ssh-keygen -H hashes is what we hash, and each finds the hosts of the other',
  ['ssh-keygen'],
  async (t) => {
    const c = chooser(seed + 2)
    // It drops what stands behind an empty name; ours does not.
    const files = Array.from({ length: 20 }, () => fileOf(c, 30, true).replace(/,,/g, ','))
    const masked = (bytes: Uint8Array): string => decodeText(bytes).replace(/^\|1\|\S+/gm, '|1|')
    let hashed = 0
    await inParallel(files, async (file) => {
      const path = put(encodeText(file))
      await must('ssh-keygen', ['-H', '-f', path])
      const ours = hashHosts(encodeText(file), { random: c.random })
      const theirs = get(path)
      assert.equal(masked(ours), masked(theirs), `HAWSER_SEED=${seed}:\n${file}`)
      const oursPath = put(ours)
      for (const host of ['a', 'b', '[a]:2222', '::1', 'gr\u00fcn']) {
        const { out } = await run('ssh-keygen', ['-F', host, '-f', oursPath])
        const lines = (bytes: Uint8Array): number[] => findHost(bytes, host).map((entry) => entry.line)
        const told = [...out.matchAll(/found: line (\d+)/g)].map(([, number]) => Number(number))
        assert.deepEqual([lines(ours), lines(theirs)], [told, told], `HAWSER_SEED=${seed} host ${host}`)
      }
      hashed += parseKnownHosts(theirs).entries.filter((entry) => entry.hosts.startsWith('|1|')).length
    })
    assert.ok(hashed > 100)
    t.diagnostic(`${files.length} files, ${hashed} hashed lines; HAWSER_SEED=${seed}`)
  },
)

interop('ssh-keygen -l -F shows the fingerprints of the lines that we add', ['ssh-keygen'], async () => {
  const key = publicKey('ed25519')
  for (const hashed of [false, true]) {
    for (const host of ['gate.example.com', '[gate.example.com]:2222', '2001:db8::1', '192.0.2.1']) {
      const path = put(addHost(`# hosts\n*.x ${keys[1]}`, host, key, { hashed, comment: 'a comment' }))
      const shown = await must('ssh-keygen', ['-l', '-F', host, '-f', path])
      assert.equal(shown, `# Host ${host} found: line 3 \n${host} ED25519 ${fingerprint(key)} a comment\n`)
    }
  }
})
