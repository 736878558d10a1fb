/** The parts of a page of docs/ that a test computes, between two marks. `UPDATE_DOCS=1` writes them anew. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'

const END = '<!-- end of what is made -->'

/** The text of a page of docs/. */
export function pageText(name: string): string {
  return readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8').replaceAll('\r\n', '\n')
}

/** Compares what stands between the marks of `test` (its path) with what was made, or puts it there. */
export function assertMade(name: string, test: string, made: string): void {
  const begin = `<!-- made by ${test} -->`
  const before = pageText(name)
  const [from, to] = [before.indexOf(begin), before.indexOf(END)]
  assert.ok(from >= 0 && to > from, 'the marks around what is made')
  const now = `${before.slice(0, from)}${begin}\n\n${made}\n\n${before.slice(to)}`
  if (process.env.UPDATE_DOCS === '1') writeFileSync(new URL(`../../docs/${name}`, import.meta.url), now)
  else assert.equal(before, now, `docs/${name} is not what the code does: run this test with UPDATE_DOCS=1`)
}

/** A table of Markdown, its columns aligned. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, i) => Math.max(3, head.length, ...rows.map((row) => row[i]!.length)))
  const line = (cells: readonly string[]): string => `| ${cells.map((c, i) => c.padEnd(widths[i]!)).join(' | ')} |`
  return [line(heads), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
