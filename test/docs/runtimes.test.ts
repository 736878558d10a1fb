/** The table of docs/runtimes.md is that of the conformance suite. `UPDATE_DOCS=1` writes it anew. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gaps, runtimes } from '../runtimes/gaps.ts'
import { assertMade, pageText, table } from './page.ts'

/** How a runtime is called on the page. */
function nameOf(runtime: string): string {
  const node = /^node(\d+)$/.exec(runtime)
  if (node) return `Node ${node[1]}`
  return runtime === 'workerd' ? runtime : runtime[0]!.toUpperCase() + runtime.slice(1)
}

test('docs/runtimes.md has the table of gaps', () => {
  const rows = Object.entries(gaps).map(([name, { lacks }]) => [
    name,
    ...runtimes.map((runtime) => (lacks.includes(runtime) ? '–' : 'yes')),
  ])
  assert.ok(rows.length > 0)
  assertMade('runtimes.md', 'test/docs/runtimes.test.ts', table(['', ...runtimes.map(nameOf)], rows))
})

test('docs/runtimes.md says of each row what is done where it is lacking', () => {
  const told = pageText('runtimes.md')
  for (const name of Object.keys(gaps)) assert.ok(told.includes(`| ${name} |`), name)
})
