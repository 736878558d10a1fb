/**
 * known_hosts against the corpus in `../shared/vectors`, where it lies beside the repository: every look-up and verdict.
 * Nothing depends on it: without it this file says so and passes.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { it } from 'node:test'
import { sha256 } from '../../src/crypto/index.ts'
import { fingerprint } from '../../src/fingerprint/index.ts'
import { parsePublicLine, allTypes as types } from '../../src/keys/index.ts'
import { lowerCase } from '../../src/text/host-match.ts'
import { findHost, parseKnownHosts } from '../../src/text/known-hosts.ts'
import { checkHost } from '../../src/text/known-hosts-check.ts'
import { removeHost } from '../../src/text/known-hosts-edit.ts'
import { parseAbsoluteTime } from '../../src/wire/absolute-time.ts'
import { matchPatternList } from '../../src/wire/pattern.ts'

interface Entry {
  readonly path: string
  readonly kind: string
  readonly expect: {
    readonly find?: readonly {
      readonly host: string
      readonly exit: number
      readonly lines: readonly number[]
      readonly markers: readonly string[]
      readonly fingerprints: string
    }[]
    readonly check?: readonly {
      readonly host: string
      readonly key: string
      readonly status: string
      readonly foundLine: number
      readonly lines: readonly { readonly line: number }[]
    }[]
  }
}

interface Matchers {
  readonly patternList: readonly { readonly string: string; readonly list: string; readonly result: number }[]
  readonly patternListNoCase: Matchers['patternList']
  readonly absoluteTime: readonly { readonly text: string; readonly result: string | null }[]
}

const folder = new URL('../../../shared/vectors/made/', import.meta.url)
const file = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, folder)))
const text = (path: string): string => readFileSync(new URL(path, folder), 'utf8')
const present = existsSync(new URL('manifest.json', folder))
if (!present) console.log('known-hosts: SKIPPED, there is no ../shared/vectors beside this repository')
const entries: readonly Entry[] = present
  ? (JSON.parse(text('manifest.json')) as Entry[]).filter(({ kind }) => kind === 'known-hosts')
  : []
const markers = { 'cert-authority': 'CA', revoked: 'REVOKED' }
const statuses: Readonly<Record<string, string>> = { OK: 'known', NEW: 'new', CHANGED: 'changed', REVOKED: 'revoked' }

for (const { path, expect } of entries) {
  it(`${path}: what ssh-keygen -F finds`, () => {
    const input = file(path)
    assert.ok(expect.find!.length > 0)
    for (const { host, exit, lines, markers: expected, fingerprints } of expect.find!) {
      const found = findHost(input, host)
      assert.deepEqual([found.map((f) => f.line), found.length > 0 ? 0 : 1], [lines, exit], host)
      assert.deepEqual(
        found.map((f) => (f.marker ? markers[f.marker] : '')),
        expected,
        host,
      )
      // ssh-keygen -l -F leaves out the lines whose key it cannot read.
      const shown = found.filter((f) => f.key)
      const told = fingerprints.split('\n').filter((line) => line.startsWith(`${host} `))
      assert.deepEqual(
        shown.map((f) => fingerprint(f.key!, { hash: sha256 })),
        told.map((line) => line.slice(host.length).split(' ')[2]),
      )
      assert.deepEqual(
        shown.map((f) => f.comment),
        told.map((line) => line.slice(host.length).split(' ').slice(3).join(' ')),
      )
    }
  })

  if (!expect.check) continue
  it(`${path}: what ssh makes of a key`, async () => {
    assert.ok(expect.check!.length > 0)
    for (const { host, key, status, foundLine, lines } of expect.check!) {
      const shown = parsePublicLine(text(key).trimEnd())
      // hostfile.c compares a hash with the name as it is, and that is what these verdicts are of: ssh lowers first.
      if (path.endsWith('/hashed') && host !== lowerCase(host)) {
        const found = findHost(file(path), host).map((entry) => entry.line)
        assert.deepEqual(
          found,
          lines.map(({ line }) => line),
          host,
        )
        const lowered = await checkHost([file(path)], { host: lowerCase(host), key: shown, time: 0, types })
        assert.deepEqual(await checkHost([file(path)], { host, key: shown, time: 0, types }), lowered)
        continue
      }
      const verdict = await checkHost([file(path)], { host, key: shown, time: 0, types })
      assert.equal(verdict.status, statuses[status], `${host} ${key}`)
      if (foundLine) assert.equal(verdict.line, foundLine, `${host} ${key}`)
    }
  })
}

it('known_hosts/removed is what removing makes of known_hosts/plain', { skip: !present }, () => {
  const lines = (input: string): string[] => input.split('\n')
  const plain = text('set1/known_hosts/plain')
  const removed = removeHost(plain, 'plain.example.com')
  // The corpus left out the lines at the end that ssh-keygen -R does not take.
  const kept = lines(text('set1/known_hosts/removed'))
  assert.deepEqual(lines(removed).slice(0, kept.length - 1), kept.slice(0, -1))
  assert.equal(parseKnownHosts(plain).entries.length - 2, parseKnownHosts(removed).entries.length)
})

it('pattern lists and times of known_hosts/matchers.json', { skip: !present }, () => {
  const all: Matchers = JSON.parse(text('set1/known_hosts/matchers.json'))
  const results = { match: 1, none: 0, negated: -1 }
  assert.ok(all.patternList.length > 0 && all.patternListNoCase.length > 0 && all.absoluteTime.length > 0)
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBqCYZsT9ilN7pCWPxo6/QSFxjfwHq4bwfkScbS9gh+I'
  for (const { string, list, result } of all.patternList) {
    // That an empty list has no entry is the caller's to know.
    if (list !== '') assert.equal(results[matchPatternList(string, list)], result, list)
  }
  for (const { string, list, result } of all.patternListNoCase) {
    // A host that is empty, and a list with a blank in front, have no place in a known_hosts line.
    if (string === '' || list.startsWith(' ')) continue
    assert.equal(findHost(`${list} ${key}`, string).length, result === 1 ? 1 : 0, list)
  }
  for (const { text, result } of all.absoluteTime) {
    if (!text.endsWith('Z') && new Date().getTimezoneOffset() !== 0) continue
    assert.equal(parseAbsoluteTime(text)?.toString() ?? null, result, text)
  }
})
