/** For the start of a demonstration: makes sure that the library is there, of whose repository these are folders. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
// What is installed is not installed anew: others may be at work with it.
const installed = existsSync(`${root}/node_modules/@noble/curves`)
if (!installed || !existsSync(`${root}/dist/index.js`)) {
  const words = installed ? ['run', 'build'] : ['ci']
  console.log(`The library is not there yet: npm ${words.join(' ')} in its folder, once.`)
  // Without what npm start says of the example's folder to the programs that it starts.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')))
  const { status } = spawnSync('npm', [...words, '--no-audit', '--no-fund'], { cwd: root, env, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
