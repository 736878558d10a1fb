/** That the conformance suite can fail: planted wrong verdicts, other output, a gap that closes, cases that are missing. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import * as agent from '../../src/agent/index.ts'
import * as agentProtocol from '../../src/agent-protocol/index.ts'
import * as ca from '../../src/ca/index.ts'
import * as cert from '../../src/cert/index.ts'
import * as crypto from '../../src/crypto/index.ts'
import * as errors from '../../src/errors.ts'
import * as fingerprint from '../../src/fingerprint/index.ts'
import * as formats from '../../src/formats/index.ts'
import * as root from '../../src/index.ts'
import * as keys from '../../src/keys/index.ts'
import * as krl from '../../src/krl/index.ts'
import * as signers from '../../src/signers/index.ts'
import * as sshsig from '../../src/sshsig/index.ts'
import * as text from '../../src/text/index.ts'
import * as wire from '../../src/wire/index.ts'
import * as x509 from '../../src/x509/index.ts'
// @ts-expect-error: a tool, in JavaScript
import { problemsOf } from '../../tools/lib/outcomes.mjs'
// @ts-expect-error: a tool, in JavaScript
import { suiteFiles } from '../../tools/lib/vectors.mjs'
import { gaps, probeAll, type Runtime } from '../runtimes/gaps.ts'
import { type Library, subpaths } from '../runtimes/library.ts'
import { type Outcome, run } from '../runtimes/run.ts'

const library: Library = {
  root,
  errors,
  wire,
  crypto,
  keys,
  formats,
  cert,
  fingerprint,
  krl,
  sshsig,
  agentProtocol,
  text,
  agent,
  signers,
  ca,
  x509,
}
const files: Readonly<Record<string, string>> = suiteFiles()
const changed = <Room extends keyof Library>(room: Room, change: Partial<Library[Room]>): Library => ({
  ...library,
  [room]: { ...library[room], ...change },
})
/** Of this runtime's own table; another's would be its own failure. */
const here = `node${process.versions.node.split('.')[0]}` as Runtime
const failed = (outcome: Outcome, name: string) => outcome.failures.some((failure) => failure.startsWith(name))

it('the suite takes every subpath that belongs to no platform', () => {
  const { exports } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  const others = ['./package.json', './node', './deno', './bun', './ssh2']
  const portable = Object.keys(exports).filter((subpath) => !others.includes(subpath))
  assert.deepEqual(Object.values(subpaths).sort(), portable.map((subpath) => `hawser${subpath.slice(1)}`).sort())
  assert.deepEqual(Object.keys(subpaths), Object.keys(library))
})

describe('the suite fails', () => {
  it('not, where the library is as it is', async () => {
    const outcome = await run(library, files, { runtime: here, filter: 'Ed25519 scalar' })
    assert.deepEqual([outcome.pass, outcome.fail, outcome.failures], [16, 0, []])
  })

  it('where a signature is taken that does not hold', async () => {
    const taking = changed('keys', { verifySignature: async () => ({ algorithm: 'ssh-ed25519' }) })
    const outcome = await run(taking, files, { runtime: here, filter: 'Ed25519 scalar' })
    assert.equal(outcome.fail, 16)
    assert.ok(failed(outcome, 'edge: Ed25519 scalar: S + L, with WebCrypto'))
  })

  it('where it does not hold without WebCrypto alone', async () => {
    const taking = changed('keys', {
      verifySignature: (key, signature, data, options) =>
        globalThis.crypto.subtle
          ? keys.verifySignature(key, signature, data, options)
          : Promise.resolve({ algorithm: 'ssh-ed25519' }),
    })
    const outcome = await run(taking, files, { runtime: here, filter: 'Ed25519 scalar: S = L' })
    assert.equal(outcome.fail, 1)
    assert.ok(failed(outcome, 'edge: Ed25519 scalar: S = L, without WebCrypto'))
  })

  it('where a good signature is refused', async () => {
    const refusing = changed('keys', {
      verifySignature: async () => {
        throw new errors.VerificationError('bad-signature', 'planted')
      },
    })
    const outcome = await run(refusing, files, { runtime: here, filter: 'edge: RSA: a good one' })
    assert.ok(outcome.pass === 0 && outcome.fail === 6)
  })

  it("where another error than the library's comes out", async () => {
    const throwing = changed('root', {
      identify: () => {
        throw new RangeError('planted')
      },
    })
    const outcome = await run(throwing, files, { runtime: here, filter: 'malformed: krl/ids.krl' })
    assert.ok(outcome.fail === 2 && failed(outcome, 'malformed: krl/ids.krl, cut off: RangeError: planted'))
  })

  it('where one octet is written that Node 20 does not write', async () => {
    const other = changed('root', { formatPublicKey: (key, options) => `${root.formatPublicKey(key, options)}\n` })
    const outcome = await run(other, files, { runtime: here, filter: 'writing: keys/ed25519.pub as spki' })
    assert.equal(outcome.fail, 1)
  })

  it('where a fingerprint differs from what ssh-keygen shows', async () => {
    const other = changed('root', { fingerprint: (key) => root.fingerprint(key).toLowerCase() })
    const outcome = await run(other, files, { runtime: here, filter: 'keys: ed25519.pub' })
    assert.equal(outcome.fail, 1)
  })

  it('where the table of gaps is wrong, either way', async () => {
    const has = await probeAll()
    for (const other of ['chromium', 'workerd'] as const) {
      const outcome = await run(library, files, { runtime: other, filter: 'Ed25519 scalar: S = L' })
      for (const [name, { lacks }] of Object.entries(gaps)) {
        const differs = has[name as keyof typeof gaps] === lacks.includes(other)
        assert.equal(
          outcome.failures.filter((failure) => failure.includes(`has ${name},`) || failure.includes(`lacks ${name},`))
            .length,
          differs ? 1 : 0,
          name,
        )
      }
      assert.ok(outcome.failures.some((failure) => failure.startsWith('table of gaps')))
    }
  })
})

describe('what the outcomes say together', () => {
  const good = { pass: 9, fail: 0, gaps: { IndexedDB: 1 }, cases: 10, names: 'a', failures: [] }
  const told = (...outcomes: object[]): string[] => problemsOf(outcomes.map((outcome, i) => [`r${i}`, outcome]))

  it('is nothing where all agree', () => {
    assert.deepEqual(told(good, { ...good, pass: 10, gaps: {} }, good), [])
  })

  it('is each failure, and each number that does not fit', () => {
    assert.deepEqual(told({ ...good, pass: 8, fail: 1, failures: ['keys: x: no'] }), ['r0: keys: x: no'])
    assert.deepEqual(told({ ...good, pass: 8, fail: 1 }), ['r0: 1 cases failed and none is named'])
    assert.deepEqual(told(good, { ...good, pass: 8 }), ['r1: 8 passed, 0 failed, 1 are gaps: that is not 10'])
    assert.deepEqual(told(good, { ...good, pass: 8, cases: 9 }), ['r1: 9 cases, in r0 10'])
    assert.deepEqual(told(good, { ...good, names: 'b' }), ['r1: its cases are not called as in r0'])
    assert.deepEqual(told(good, { ...good, failures: ['table of gaps: r1 has IndexedDB, which gaps.ts denies'] }), [
      'r1: table of gaps: r1 has IndexedDB, which gaps.ts denies',
    ])
    assert.deepEqual(told({ problem: 'hung' }, good), ['r0: hung'])
    assert.deepEqual(told({ ...good, pass: 0, gaps: { IndexedDB: 10 } }), ['r0: no case passed'])
  })
})
