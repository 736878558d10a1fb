/** What tools/check-docs.mjs takes for a block, for an output, and for a lie. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

const blocks = await import(new URL('../../tools/lib/blocks.mjs', import.meta.url).href)

const found = (text: string, problems: string[] = []) => blocks.fences(text.split('\n'), 'page.md', 1, problems)

describe('the blocks of a page', () => {
  it('are told with their place and language, the output behind them with them', () => {
    const [first, second, ...none] = found('a\n```ts\nx\n```\n```text output\ny\n```\n  ```sh\n  z\n  ```\n')
    assert.deepEqual(first, { where: 'page.md:2', source: 'page.md', line: 3, language: 'ts', code: 'x', output: 'y' })
    assert.equal(second.code, 'z')
    assert.equal(second.language, 'sh')
    assert.deepEqual(none, [])
  })

  it('that are not closed, and outputs of nothing, are problems', () => {
    for (const page of [
      '```ts\nx',
      '```text output\nx\n```',
      '```text\nx\n```\n```text output\nx\n```',
      '```ts fast\nx\n```',
    ]) {
      const problems: string[] = []
      found(page, problems)
      assert.equal(problems.length, 1, page)
    }
  })

  it('are found in doc comments, with a fence and without', () => {
    const source =
      '/**\n * A.\n *\n * @example\n * ```ts\n * one()\n * ```\n */\n/**\n * @example\n * two()\n */\n// @example three()'
    const examples = blocks.examples(source, 'a.ts', [])
    assert.deepEqual(
      examples.map(({ line, code }: { line: number; code: string }) => [line, code]),
      [
        [6, 'one()'],
        [11, 'two()'],
      ],
    )
  })
})

describe('what a block says that it prints', () => {
  it('stands behind console.log on its line', () => {
    const code =
      "console.log('a // b') // a // b\nconsole.log(1)\n// no\nlet x = 1 // no\nf(() => console.log(x)) // 1\n"
    assert.deepEqual(
      [...blocks.expectations(code)],
      [
        [0, 'a // b'],
        [4, '1'],
      ],
    )
  })

  it('is compared: blanks count once, an ellipsis is anything', () => {
    for (const [said, told] of [
      ['a b', 'a  b\n'],
      ['SHA256:…', 'SHA256:x/+='],
      ['a…c', 'a\nb\nc'],
      ['(a|b)', '(a|b)'],
    ]) {
      assert.ok(blocks.matches(said, told), said)
    }
    for (const [said, told] of [
      ['a', 'ab'],
      ['a', ''],
      ['a…', 'ba'],
      ['.', 'x'],
    ]) {
      assert.ok(!blocks.matches(said, told), said)
    }
  })

  it('is told where it was not printed, or something else was', () => {
    const block = {
      name: 'b',
      source: 'page.md',
      line: 10,
      code: 'console.log(1) // 1\nconsole.log(2) // 2\nconsole.log(3) // 3',
    }
    assert.deepEqual(blocks.unlike(block, { 'b:0': ['1'], 'b:1': ['3', '4'] }), [
      'page.md:11: printed "3\n4", "2" expected',
      'page.md:12: printed nothing, "3" expected',
    ])
    assert.equal(blocks.instrument('f()\nconsole.log(1) // 1', 'b'), "f()\nconsole.log.call('b:1', 1) // 1")
  })
})
