import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchPattern, matchPatternList } from '../../src/wire/pattern.ts'

test('a star stands for any characters, a question mark for one', () => {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ['', '', true],
    ['', '*', true],
    ['', '?', false],
    ['a', '', false],
    ['host.example', '*.example', true],
    ['host.example', '*.exampl', false],
    ['host.example', 'h?st.*', true],
    ['host', 'h?t', false],
    ['aXbXc', 'a*b*c', true],
    ['abc', '***', true],
    ['[a]', '[a]', true],
    ['Host', 'host', false],
  ]
  for (const [text, pattern, holds] of rows) assert.equal(matchPattern(text, pattern), holds, `${text} ~ ${pattern}`)
})

test('stars cost no more than text times pattern', () => {
  assert.equal(matchPattern('a'.repeat(20_000), `${'a*'.repeat(200)}b`), false)
})

test('in a list the negated pattern wins, wherever it stands', () => {
  assert.equal(matchPatternList('a.b', '*.b'), 'match')
  assert.equal(matchPatternList('a.b', '*.c,a.*'), 'match')
  assert.equal(matchPatternList('a.b', '!a.b,*.b'), 'negated')
  assert.equal(matchPatternList('a.b', '*.b,!a.b'), 'negated')
  assert.equal(matchPatternList('a.b', '!a.c'), 'none')
  assert.equal(matchPatternList('a.b', ''), 'none')
  assert.equal(matchPatternList('', ''), 'none')
  assert.equal(matchPatternList('', 'a,'), 'none')
  assert.equal(matchPatternList('', ',a'), 'match')
  assert.equal(matchPatternList('a', '*'.repeat(1022)), 'match')
  assert.equal(matchPatternList('a', `a,${'*'.repeat(1023)}`), 'none')
})
