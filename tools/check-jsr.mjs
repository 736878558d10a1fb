/**
 * What JSR would say of the package: a dry run of publishing it, which refuses slow types, with Deno of tools/runtimes.
 * Prevents: a declaration that JSR cannot read from the source, found on the day of the release.
 */
import { inModules, installed } from './lib/install.mjs'
import { capture, report, root } from './lib/run.mjs'

const problems = []
try {
  await installed('tools/runtimes')
  const deno = inModules('tools/runtimes', '.bin/deno')
  const env = { ...process.env, NO_COLOR: '1' }
  const { code, output } = await capture(deno, ['publish', '--dry-run', '--allow-dirty'], { cwd: root, env })
  const judged = output.split('\n').filter((row) => !/^\s+file:|^Check file:|^(Checking|Simulating|Success)/.test(row))
  if (code !== 0 || /^(warning|error)/im.test(output)) {
    problems.push(`deno publish --dry-run ended with ${code}\n${judged.join('\n').trim()}`)
  }
} catch (error) {
  problems.push(error.message)
}
report('check-jsr', problems)
