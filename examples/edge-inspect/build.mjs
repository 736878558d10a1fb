/**
 * `node examples/edge-inspect/build.mjs [FOLDER]`: the worker, the handler and the library in one module without
 * imports, `dist/worker.js`, as workerd and other edge runtimes take it.
 */
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const root = resolve(here, '../..')

/** Takes `hawser` and its subpaths from src/ of this repository; elsewhere it is an installed package like any other. */
export const fromSources = {
  name: 'hawser-from-sources',
  setup(build) {
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    build.onResolve({ filter: /^hawser(\/|$)/ }, ({ path }) => {
      const target = exports[`.${path.slice('hawser'.length)}`]
      const file = typeof target === 'string' ? target : target?.default
      if (!file) return { errors: [{ text: `${path} is no subpath of the package` }] }
      return { path: join(root, file.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts')), sideEffects: false }
    })
  },
}

/** One entry and all it imports as an ECMAScript module, in text. */
export async function bundle(entry, options = {}) {
  const { outputFiles } = await build({
    entryPoints: [resolve(here, entry)],
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    plugins: [fromSources],
    write: false,
    logLevel: 'silent',
    ...options,
  })
  return outputFiles[0].text
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { mkdirSync, writeFileSync } = await import('node:fs')
  const folder = resolve(process.argv[2] ?? join(here, 'dist'))
  const code = await bundle('worker.ts', { minify: true, legalComments: 'eof' })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'worker.js'), code)
  console.log(`${join(folder, 'worker.js')}  ${code.length} octets`)
}
