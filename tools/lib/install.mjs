/**
 * The private folders of tools that have a lockfile of their own, installed when they are needed.
 * Prevents: a check that judges by another version than the locked one, and a download where nothing changed.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { at, capture } from './run.mjs'

/** `npm ci` in `folder` (relative) where its lock says something else than what is installed. No scripts run. */
export async function installed(folder) {
  const marker = at(folder, 'node_modules/.package-lock.json')
  if (existsSync(marker)) {
    const here = JSON.parse(readFileSync(marker, 'utf8')).packages
    const locked = JSON.parse(readFileSync(at(folder, 'package-lock.json'), 'utf8')).packages
    const fits = ({ os, cpu, libc }) =>
      libc === undefined &&
      (os ?? [process.platform]).includes(process.platform) &&
      (cpu ?? [process.arch]).includes(process.arch)
    const same = ([name, entry]) => name === '' || !fits(entry) || here[name]?.version === entry.version
    if (Object.entries(locked).every(same)) return
  }
  const { code, output } = await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: at(folder) })
  if (code !== 0) throw new Error(`npm ci in ${folder} ended with ${code}\n${output.trim()}`)
}

/** Runs npm, the one that runs this where there is one. */
export function npm(args, options) {
  const own = process.env.npm_execpath
  return own?.endsWith('.js') ? capture(process.execPath, [own, ...args], options) : capture('npm', args, options)
}

/** Absolute path of a file in one of those folders. */
export const inModules = (folder, ...parts) => at(join(folder, 'node_modules', ...parts))
