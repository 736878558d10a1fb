/**
 * `npm run build`: src/ to dist/, the declarations by tsc, the code by tools/lib/chunks.mjs. Also build/: each module by
 * itself, as tsc writes it, for bench/.
 * Prevents: stale files of an older build in the package, and a core that leans on one platform's types.
 */
import { spawn } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { buildCode } from './lib/chunks.mjs'
import { at, root } from './lib/run.mjs'
import { imports, scan } from './lib/scan.mjs'

const json = (path) => JSON.parse(readFileSync(at(path), 'utf8'))
const manifest = json('package.json')
for (const folder of ['dist', 'build']) rmSync(at(folder), { recursive: true, force: true })
await Promise.all([types(), buildCode(manifest)])
chmodSync(at(manifest.bin.hawser), 0o755)

/**
 * The core is compiled without Node's or the browser's types, the command and the runtime folders with Node's, `x509/`
 * with the browser's, because pkijs's declarations want them; those that jose's want are left out of `ca/`. Then the declarations that an import can reach are copied.
 */
async function types() {
  // The core comes last: the first run also emits the core files that it imports, and what ships is the core's own.
  for (const project of ['tsconfig.node.json', 'tsconfig.x509.json', 'tsconfig.ca.json', 'tsconfig.json']) {
    const args = [at('node_modules/typescript/bin/tsc'), '-p', project]
    const status = await new Promise((done, fail) =>
      spawn(process.execPath, args, { cwd: root, stdio: 'inherit' }).on('error', fail).on('close', done),
    )
    if (status !== 0) process.exit(1)
  }
  const reached = new Set()
  const copy = (path) => {
    if (reached.has(path)) return
    reached.add(path)
    for (const file of [path, `${path}.map`]) {
      const target = at('dist', relative(at('build'), file))
      mkdirSync(dirname(target), { recursive: true })
      copyFileSync(file, target)
    }
    for (const { specifier } of imports(scan(readFileSync(path, 'utf8')))) {
      if (specifier?.startsWith('.')) copy(resolve(dirname(path), specifier.replace(/\.ts$/, '.d.ts')))
    }
  }
  for (const target of Object.values(manifest.exports)) {
    if (target.endsWith('.js')) copy(at(target.replace('./dist/', 'build/').replace(/\.js$/, '.d.ts')))
  }
}
