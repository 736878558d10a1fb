/** Revocation lists of scattered serial numbers: making one from text, and looking certificates up in one of a million. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from '../library.mjs'

export const about = { place: 8, everywhere: true }

const COUNT = 1_000_000
/** So many go into the list that is made five times. */
const MADE = 100_000
/** Of a million numbers in no order ssh-keygen makes a list in 3 to 60 seconds and more: it is stopped after this. */
const ENOUGH_MS = 15_000

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
  const [few, all, ca, ours, theirs] = ['few', 'all', 'ca.pub', 'ours', 'theirs'].map((name) => join(dir, name))
  const numbers = scattered()
  const [authority, publicKey] = fixtures.ed25519.map(({ line }) => parsePublicLine(line))
  const specOf = (list) => list.map((number) => `serial: ${number}\n`).join('')
  writeFileSync(few, specOf(numbers.slice(0, MADE)))
  writeFileSync(all, specOf(numbers))
  writeFileSync(ca, fixtures.ed25519[0].line)
  const build = (spec) => {
    const serials = readFileSync(spec, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => BigInt(line.slice('serial: '.length)))
    const bytes = formatKrl(createKrl({ generatedAt: new Date(), certificates: [{ authority, serials }] }))
    writeFileSync(ours, bytes)
    return bytes.length
  }
  const keygen = (spec, options) => execFileSync('ssh-keygen', ['-k', '-q', '-f', theirs, '-s', ca, spec], options)
  const keygenForAWhile = (spec) => {
    try {
      keygen(spec, { timeout: ENOUGH_MS })
    } catch (error) {
      if (error.code !== 'ETIMEDOUT') throw error
    }
  }
  build(few)
  keygen(few)
  const size = (path) => readFileSync(path).length
  const made = { ours: size(ours), peers: { 'ssh-keygen': size(theirs) } }
  assert.equal(spawnSync('ssh-keygen', ['-Q', '-f', ours, ca]).status, 0)
  const list = createKrl({ generatedAt: 0, certificates: [{ authority, serials: numbers.map(BigInt) }] })
  const krl = parseKrl(formatKrl(list), { types: [] })
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
      ours: () => build(few),
      peers: { 'ssh-keygen': () => keygen(few) },
      targets: { 'ssh-keygen': 1 },
      rounds: 5,
    },
    { name: 'size of that KRL', sizes: made, targets: { 'ssh-keygen': 1 } },
    {
      name: 'make a KRL of 1,000,000, once (ssh-keygen: stopped after 15 s)',
      ours: () => build(all),
      peers: { 'ssh-keygen': () => keygenForAWhile(all) },
      targets: { 'ssh-keygen': 1 },
      rounds: 1,
    },
    {
      name: 'look a certificate up in a KRL of 1,000,000 serial numbers (peer: 2 µs of waiting)',
      ours: (i) => isRevoked(krl, subjects[i & 4095]),
      peers: { '2 µs': twoMicroseconds },
      targets: { '2 µs': 1 },
    },
  ]
}
