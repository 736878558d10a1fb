/** `npm start`: makes sure that the library is there (this is a folder of its repository), then shows the example. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
if (existsSync(`${root}/dist/index.js`)) {
  // Node 20 strips no types from TypeScript: there tsx does.
  if (!process.features.typescript) (await import('tsx/esm/api')).register()
  await import('./main.ts')
} else {
  console.error(`The library is not there yet: npm ci in ${root}, once.`)
  process.exitCode = 1
}
