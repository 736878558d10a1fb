/**
 * Thousands of mutated certificates a run, beside `ssh-keygen -L`: whether it loads them, and every field that it shows.
 * Never laxer; each kind of stricter verdict stands here with its reason. `HAWSER_SEED` repeats a run.
 */

import assert from 'node:assert/strict'
import { encodeBase64, Reader } from '../../src/wire/index.ts'
import { type Authority, everyAuthority } from '../cert/every-authority.ts'
import { type Difference, differences, type Judged, judgeLine, type Keygen } from './odd-batches.ts'
import { type Dice, dice, mutations } from './odd-mutations.ts'
import { sid, withSid } from './openssh-sid.ts'
import { inParallel, interop, run, seedOf } from './support.ts'

const seed = seedOf(19508433)
const BATCH = 120

/** Why we refuse what ssh-keygen loads. */
const reasons: readonly (readonly [message: RegExp, why: string])[] = [
  [/NUL inside/, 'OpenSSH drops one NUL at the end of a string'],
  [/superfluous leading zeros/, 'integers have one encoding (RFC 4251 section 5)'],
  [/modulus|exponent/, 'no RSA key has an even modulus, or an exponent that is even, below 3 or above 64 bits'],
  [/name of printable ASCII/, 'a type name has one spelling'],
]

function lineOf(blob: Uint8Array, name: string): string {
  // The type on the line is that of the blob where it says one: what differs is another test's matter.
  let type = name
  try {
    type = new Reader(blob).name('type', 64)
  } catch {
    // The blob says none.
  }
  return `${type} ${encodeBase64(blob)} c\n`
}

/** Lines of every kind of mutation; none whose times releases print in different ways. */
async function makeLines(roll: Dice, count: number, subjects: readonly Authority[], by: readonly Authority[]) {
  const kinds = Object.values(mutations)
  const lines: Judged[] = []
  while (lines.length < count) {
    const subject = subjects[roll(subjects.length)]!
    const blob = await kinds[lines.length % kinds.length]!(roll, subject, by[roll(by.length)]!)
    const judged = await judgeLine(lineOf(blob, subject.type.certName))
    if (judged) lines.push(judged)
  }
  return lines
}

/** Compares in batches; lines where ssh-keygen stops get a process of their own. */
async function compare(lines: readonly Judged[], keygen: Keygen): Promise<Difference[]> {
  const batches = lines.filter(({ stops }) => stops).map((judged) => [judged])
  const together = lines.filter(({ stops }) => !stops)
  for (let i = 0; i < together.length; i += BATCH) batches.push(together.slice(i, i + BATCH))
  return (await inParallel(batches, (batch) => differences(batch, keygen))).flat()
}

function judge(found: readonly Difference[], diagnostic: (text: string) => void): void {
  const strict = found.filter((d) => d.text === undefined)
  assert.deepEqual(
    found.filter((d) => d.text !== undefined),
    [],
    'we are laxer, or read something else',
  )
  const counts = new Map<string, number>()
  for (const d of strict) {
    const [, why] = reasons.find(([message]) => message.test(d.ours)) ?? []
    assert.ok(why, `stricter without a reason: ${d.ours}\n${d.line}\n${d.theirs}`)
    counts.set(why, (counts.get(why) ?? 0) + 1)
  }
  for (const [why, count] of counts) diagnostic(`${count} refused by us alone: ${why}`)
}

async function differential(keygen: Keygen, count: number, label: RegExp, by: RegExp, say: (text: string) => void) {
  say(`seed ${seed}`)
  console.log(`certificates-mutated: HAWSER_SEED=${seed}`)
  const begun = Date.now()
  const all = (await everyAuthority()).filter((a) => label.test(a.label))
  const lines = await makeLines(
    dice(seed),
    count,
    all,
    all.filter((a) => by.test(a.label)),
  )
  const taken = lines.filter(({ text }) => text !== undefined).length
  say(`${lines.length} certificates: ${taken} taken, ${lines.length - taken} refused`)
  say(`${Date.now() - begun} ms to make and judge them`)
  // Both must come up often, else this compares nothing.
  assert.ok(taken > count / 10 && taken < count / 2, `${taken} of ${count} taken`)
  judge(await compare(lines, keygen), say)
}

interop('mutated certificates, of types that every release knows', ['ssh-keygen'], (t) =>
  differential(
    (args) => run('ssh-keygen', args),
    6000,
    /^(ssh-(ed25519|rsa)|ecdsa|sk-)/,
    /./,
    (s) => t.diagnostic(s),
  ),
)

withSid('mutated certificates, ML-DSA and security keys among them', (t) =>
  differential(
    (args) => sid('ssh-keygen', args),
    600,
    /^(ssh-(ed25519|rsa|mldsa44-ed25519)|ecdsa-.*|sk-.*)$/,
    /^(ssh-mldsa44-ed25519|sk-.*|ssh-ed25519)$/,
    (s) => t.diagnostic(s),
  ),
)
