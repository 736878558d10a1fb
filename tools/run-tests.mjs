/**
 * `npm test [FILTER…] [--NODE-OPTION…]`: every test/**\/*.test.ts in Node, through tsx because Node 20 strips no types.
 * A FILTER keeps the files whose path contains it.
 * Prevents: a test file that no runner picks up (Node 20 has no globs in --test), and a green run of nothing.
 */
import { availableParallelism } from 'node:os'
import { at, filesBelow, shown, start } from './lib/run.mjs'

const given = process.argv.slice(2)
const options = given.filter((argument) => argument.startsWith('--'))
const filters = given.filter((argument) => !argument.startsWith('--'))
const files = filesBelow(at('test'), (path) => path.endsWith('.test.ts'))
  .map(shown)
  .filter((path) => !path.startsWith('test/runtimes/'))
  .filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter)))

if (files.length === 0) {
  console.error(`run-tests: no test file${filters.length > 0 ? ` matches ${filters.join(', ')}` : ''}`)
  process.exit(1)
}

// Without a terminal Node 20 would print TAP, five lines a test.
if (!options.some((option) => option.startsWith('--test-reporter'))) options.unshift('--test-reporter=spec')
// On two cores Node alone would take one file at a time, and many files wait for tools more than they compute.
const atOnce = Math.max(2, availableParallelism() - 1)
if (!options.some((option) => option.startsWith('--test-concurrency'))) options.unshift(`--test-concurrency=${atOnce}`)
const { ended } = start(process.execPath, ['--import', 'tsx', '--test', ...options, ...files], { stdio: 'inherit' })
const code = await ended
console.log(
  'This was Node alone. More: npm run test:runtimes (nine), test:sources (Node 22 and 26, Deno, Bun), check, bench.',
)
process.exitCode = typeof code === 'number' ? code : 1
