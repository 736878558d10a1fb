/**
 * `npm run check [NAME…]`: everything that can be judged without running the tests, a line each.
 * Prevents: a rule of the house that only holds where somebody remembers to look.
 */
import { at, capture, root, seconds } from './lib/run.mjs'

const tool = (name) => [at(`tools/${name}.mjs`)]

/** Name, and the arguments of Node. `shows` prints what it says also when it passes, `built` needs dist/. */
const steps = [
  { name: 'build', args: tool('build') },
  {
    name: 'biome',
    args: [at('node_modules/@biomejs/biome/bin/biome'), 'ci', '--colors=off', '--error-on-warnings', '.'],
  },
  { name: 'types of tests', args: [at('node_modules/typescript/bin/tsc'), '-p', 'tsconfig.test.json'] },
  { name: 'layers', args: tool('check-layers') },
  { name: 'exports', args: tool('check-exports'), built: true },
  { name: 'bundles', args: tool('check-bundles'), shows: true, built: true },
  { name: 'imports', args: tool('check-imports'), shows: true, built: true },
  { name: 'consumer', args: tool('check-consumer'), shows: true, built: true },
  { name: 'jsr', args: tool('check-jsr') },
  { name: 'docs', args: tool('check-docs'), shows: true, built: true },
  { name: 'reference', args: [...tool('build-docs'), '--check'], shows: true },
]

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name))
if (unknown.length > 0) {
  console.error(`check: unknown step ${unknown.join(', ')}`)
  process.exit(2)
}
let noBuild = false
for (const { name, args, shows, built } of steps) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  if (built && noBuild) {
    console.log('FAILED '.padEnd(7), name.padEnd(15), 'not run: there is no build')
    continue
  }
  const begun = performance.now()
  const { code, output } = await capture(process.execPath, args, { cwd: root })
  console.log(`${code === 0 ? 'ok' : 'FAILED'}`.padEnd(7), name.padEnd(15), seconds(begun))
  if (code !== 0 || shows) console.log(output.trimEnd().replace(/^(?=.)/gm, '        '))
  if (code === 0) continue
  process.exitCode = 1
  if (name === 'build') noBuild = true
}
