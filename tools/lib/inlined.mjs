/**
 * The packages whose code src/ imports, as package.json has them: those that are installed with this one, and noble's,
 * which the build compiles into dist/, so that they are development dependencies of the package and dependencies of
 * src/. What one subpath alone needs is not compiled in.
 * Prevents: two lists of what is compiled in.
 */
import { readFileSync } from 'node:fs'

/** Whether an import is one of noble's: `@noble/hashes/sha2.js`. */
export const isInlined = (specifier) => specifier.startsWith('@noble/')

/** Name and version of each package that src/ may import. */
export function sourceDependencies() {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  )
  const inlined = Object.entries(devDependencies).filter(([name]) => isInlined(name))
  return { ...dependencies, ...Object.fromEntries(inlined) }
}
