/**
 * `npm run build`: src/ to dist/ with plain tsc. The core is compiled without Node's or the browser's types, the
 * command and the runtime folders with Node's, `x509/` with the browser's, because pkijs's declarations want them.
 * Prevents: stale files of an older build in the package, and a core that leans on one platform's types.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { at, root } from './lib/run.mjs'

rmSync(at('dist'), { recursive: true, force: true })
// The core comes last: the first run also emits the core files that it imports, and what ships is the core's own.
for (const project of ['tsconfig.node.json', 'tsconfig.x509.json', 'tsconfig.json']) {
  const tsc = spawnSync(process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', project], {
    cwd: root,
    stdio: 'inherit',
  })
  if (tsc.error) throw tsc.error
  if (tsc.status !== 0) process.exit(1)
}
chmodSync(at('dist/cli/main.js'), 0o755)
