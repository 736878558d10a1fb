/**
 * `node build.mjs [ENTRY [FOLDER]]`: an entry, the authority and the library in one module, `dist/worker.js` for
 * `worker.ts`, as workerd and hosts of functions take it.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle as bundleEntry } from '../edge-inspect/build.mjs'

const here = dirname(fileURLToPath(import.meta.url))

/** Text of the module. What is Node's own stays an import, and so do the packages of Azure, for Node alone. */
export const bundle = (entry) =>
  bundleEntry(resolve(here, entry), { minify: true, legalComments: 'none', external: ['node:*', '@azure/*'] })

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [entry = 'worker.ts', folder = join(here, 'dist')] = process.argv.slice(2)
  const code = await bundle(entry)
  mkdirSync(folder, { recursive: true })
  const file = join(folder, basename(entry).replace(/\.ts$/, '.js'))
  writeFileSync(file, code)
  console.log(`${file}  ${code.length} octets`)
}
