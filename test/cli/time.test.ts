import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatSpan, formatTime, parseTime } from '../../src/cli/time.ts'

const now = 1_795_000_000n
const at = (text: string): bigint => parseTime(text, 'at', now)
const local = (...parts: [number, number, number, number?, number?, number?]): bigint => {
  const [year, month, day, hour = 0, minute = 0, second = 0] = parts
  return BigInt(new Date(year, month - 1, day, hour, minute, second).getTime() / 1000)
}

describe('times on the command line', () => {
  it('reads every form', () => {
    assert.equal(at('@0'), 0n)
    assert.equal(at('@18446744073709551615'), 0xffffffffffffffffn)
    assert.equal(at('forever'), 0xffffffffffffffffn)
    assert.equal(at('always'), 0n)
    assert.equal(at('+5m'), now + 300n)
    assert.equal(at('-1h'), now - 3600n)
    assert.equal(at('+52w'), now + 52n * 604800n)
    assert.equal(at('+1W2D3h4M5'), now + 604800n + 172800n + 10800n + 240n + 5n)
    assert.equal(at('20261121'), local(2026, 11, 21))
    assert.equal(at('202611211405'), local(2026, 11, 21, 14, 5))
    assert.equal(at('20261121140507'), local(2026, 11, 21, 14, 5, 7))
    assert.equal(at('20261121Z'), 1795219200n)
    assert.equal(at('202611210101Z'), 1795219200n + 3660n)
    assert.equal(at('2026-11-21'), local(2026, 11, 21))
    assert.equal(at('2026-11-21T14:05'), local(2026, 11, 21, 14, 5))
    assert.equal(at('2026-11-21 14:05:07'), local(2026, 11, 21, 14, 5, 7))
    assert.equal(at('2026-11-21T00:00:00Z'), 1795219200n)
    assert.equal(at('2026-11-21T00:00:00.999Z'), 1795219200n)
    assert.equal(at('2026-11-21T01:00+01:00'), 1795219200n)
    assert.equal(at('2026-11-20T18:30-0530'), 1795219200n)
    assert.equal(at('2028-02-29T00:00Z'), 1835395200n)
  })

  it('refuses what is no time', () => {
    for (const text of [
      ...['', 'now', '5m', '+', '+m', '+5y', '+-5m', '@', '@-1', '@0x10', '-100000w', '@18446744073709551616'],
      ...['2026-13-01', '2026-02-29', '20260231', '2026-11-21T24:00', '2026-11-21T12:60', '2026-11-21T', '202611'],
      ...['1969-12-31T00:00Z', '2026-11-21Z5'],
    ]) {
      assert.throws(() => at(text), { code: 'usage' }, text)
    }
  })

  it('writes times and spans for people', () => {
    assert.equal(at(formatTime(1795219200n)), 1795219200n)
    assert.equal(formatTime(0xffffffffffffffffn), '@18446744073709551615')
    assert.deepEqual([0n, 1n, 119n, 240n, 7200n, 36n * 3600n, 2n * 86400n, 21n * 86400n, 31_556_952n].map(formatSpan), [
      '0 seconds',
      '1 second',
      '119 seconds',
      '4 minutes',
      '2 hours',
      '36 hours',
      '2 days',
      '3 weeks',
      '1 year',
    ])
  })
})
