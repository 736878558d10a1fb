/** Revocation lists of scattered serial numbers: making one from text, and looking certificates up in one of a million. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from '../library.mjs'

const COUNT = 1_000_000
/** So many go into the list that both make: of a million, ssh-keygen makes one in 3 to more than 60 seconds. */
const MADE = 100_000

/** Different numbers below 2^40 in no order, the same in each run. */
function scattered() {
  const numbers = new Set()
  for (let i = 1; numbers.size < COUNT; i++) {
    numbers.add(1 + (Math.imul(i, 0x9e3779b1) >>> 0) + (Math.imul(i ^ (i >>> 9), 0x85ebca6b) >>> 24) * 2 ** 32)
  }
  return Array.from(numbers)
}

export async function rows(fixtures) {
  const { parsePublicLine } = await load('keys/index.js')
  const { createKrl, formatKrl, isRevoked, parseKrl } = await load('krl/index.js')
  const dir = mkdtempSync(join(tmpdir(), 'bench-krl-'))
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
  const [spec, ca, ours, theirs] = ['spec', 'ca.pub', 'ours.krl', 'theirs.krl'].map((name) => join(dir, name))
  const numbers = scattered()
  const [authority, publicKey] = fixtures.ed25519.map(({ line }) => parsePublicLine(line))
  writeFileSync(
    spec,
    numbers
      .slice(0, MADE)
      .map((number) => `serial: ${number}\n`)
      .join(''),
  )
  writeFileSync(ca, fixtures.ed25519[0].line)
  const build = () => {
    const serials = readFileSync(spec, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => BigInt(line.slice('serial: '.length)))
    const bytes = formatKrl(createKrl({ generatedAt: new Date(), certificates: [{ authority, serials }] }))
    writeFileSync(ours, bytes)
    return bytes.length
  }
  const keygen = () => execFileSync('ssh-keygen', ['-k', '-q', '-f', theirs, '-s', ca, spec])
  build()
  keygen()
  const [bytes, made] = [readFileSync(ours), readFileSync(theirs)]
  assert.ok(bytes.length <= made.length, `ours has ${bytes.length} octets, that of ssh-keygen ${made.length}`)
  assert.equal(spawnSync('ssh-keygen', ['-Q', '-f', ours, ca]).status, 0)
  const all = createKrl({ generatedAt: 0, certificates: [{ authority, serials: numbers.map(BigInt) }] })
  const krl = parseKrl(formatKrl(all), { types: [] })
  // Every second one is revoked.
  const subjects = Array.from({ length: 4096 }, (_, i) => ({
    authority,
    publicKey,
    keyId: 'alice',
    serial: BigInt(numbers[(i * 7919) % COUNT]) + (i & 1 ? 2n ** 41n : 0n),
  }))
  assert.deepEqual(
    subjects.slice(0, 4).map((subject) => isRevoked(krl, subject)),
    ['serial', undefined, 'serial', undefined],
  )
  const twoMicroseconds = () => {
    const end = performance.now() + 0.002
    while (performance.now() < end);
  }
  return [
    {
      name: 'make a KRL of 100,000 serial numbers, from a text file into a file (ssh-keygen -k: with its start)',
      ours: build,
      peers: { 'ssh-keygen': keygen },
      targets: { 'ssh-keygen': 1 },
    },
    {
      name: 'look a certificate up in a KRL of 1,000,000 serial numbers (peer: 2 µs of waiting)',
      ours: (i) => isRevoked(krl, subjects[i & 4095]),
      peers: { '2 µs': twoMicroseconds },
      targets: { '2 µs': 1 },
    },
  ]
}
