/**
 * The package as those who install it get it: packed from what is built, installed into an empty project.
 * Prevents: a check that passes in the repository and fails for everybody else.
 */
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm } from './install.mjs'
import { at, filesBelow, root } from './run.mjs'

/** Packs into `folder`: `{ tarball, files, size, unpackedSize }`. Needs dist/. */
export async function pack(folder) {
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder]
  const { code, output } = await npm(args, { cwd: root })
  if (code !== 0) throw new Error(`npm pack ended with ${code}\n${output.trim()}`)
  const [told] = Object.values(JSON.parse(output.slice(output.search(/^[[{]/m))))
  return { ...told, tarball: join(folder, told.filename) }
}

/** Makes `folder` a project with the package in it, and nothing else. */
export async function installTarball(folder, tarball) {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n')
  const args = ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', tarball]
  const { code, output } = await npm(args, { cwd: folder })
  if (code !== 0) throw new Error(`npm install of the package ended with ${code}\n${output.trim()}`)
}

/** Whether dist/ is missing, or older than what it is made of. */
export function isStale() {
  const time = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs
  const built = time(at('dist/index.js'))
  const sources = [
    ...filesBelow(at('src')),
    ...['tools/build.mjs', 'tools/lib/chunks.mjs', 'package.json'].map((path) => at(path)),
  ]
  return built === undefined || sources.some((path) => time(path) > built)
}
