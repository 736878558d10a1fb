/**
 * The files that the conformance suite reads, as one object of base64: `own/…` is test/vectors, `suite/…` what stands
 * beside the suite, `shared/…` the corpus beside the repository where it is there.
 * Prevents: a runtime that judges by other files than the next, and a missing corpus that nobody notices.
 */
import { existsSync, readFileSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { at, filesBelow } from './run.mjs'

/** Where the corpus is looked for. */
export const corpus = at('../shared/vectors')

/** Name → base64. Of the corpus only what its manifest names, and what those entries name. */
export function suiteFiles() {
  const files = {}
  const add = (prefix, folder, keep = () => true) => {
    for (const path of filesBelow(folder)) {
      const name = relative(folder, path).split(sep).join('/')
      if (keep(name)) files[`${prefix}/${name}`] = readFileSync(path, 'base64')
    }
  }
  add('own', at('test/vectors'), (name) => !/\.(sh|mjs)$/.test(name))
  add('suite', at('test/runtimes'), (name) => name.endsWith('.json'))
  if (existsSync(`${corpus}/made/manifest.json`)) add('shared/made', `${corpus}/made`)
  return files
}
