/** For the start of a demonstration: makes sure that the library is there, of whose repository these are folders. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
// What is installed is not installed anew: others may be at work with it.
const missing = !existsSync(`${root}/node_modules/@noble/curves`) ? ['ci', '--no-audit', '--no-fund'] : ['run', 'build']
if (missing[0] === 'ci' || !existsSync(`${root}/dist/index.js`)) {
  console.log(
    `The library is not there yet: npm ${missing.slice(0, missing[0] === 'ci' ? 1 : 2).join(' ')} in its folder, once.`,
  )
  // Without what npm start says of the example's folder to the programs that it starts.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')))
  const { status } = spawnSync('npm', missing, { cwd: root, env, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
