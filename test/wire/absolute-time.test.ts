import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAbsoluteTime } from '../../src/wire/absolute-time.ts'

test('times with and without a clock, in UTC', () => {
  assert.equal(parseAbsoluteTime('19700101Z'), 0n)
  assert.equal(parseAbsoluteTime('20261122Z'), 1795305600n)
  assert.equal(parseAbsoluteTime('202611221530Z'), 1795361400n)
  assert.equal(parseAbsoluteTime('20261122153045utc'), 1795361445n)
  assert.equal(parseAbsoluteTime('20260231Z'), parseAbsoluteTime('20260303Z'))
})

test('without a zone the time is local', () => {
  assert.equal(parseAbsoluteTime('20260701'), BigInt(new Date(2026, 6, 1).getTime() / 1000))
})

test('what is no such time is none', () => {
  for (const text of [
    '',
    '2026',
    '20261301',
    '20260001',
    '20260732',
    '2026010124',
    '202601012400',
    '2026-01-01',
    '19691231Z',
    ' 20260101',
  ]) {
    assert.equal(parseAbsoluteTime(text), undefined, text)
  }
})
