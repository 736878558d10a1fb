/** The build that is measured: `build/` of this repository, or the folder that HAWSER_DIST names. */
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Folder of the build, absolute. */
export const dist = resolve(process.env.HAWSER_DIST ?? fileURLToPath(new URL('../build', import.meta.url)))

/** A module of the build by its path, such as `formats/openssh-private.js`; internals are measured too. */
export const load = (path) => import(pathToFileURL(`${dist}/${path}`).href)

/** The runtime that runs this. */
export const runtime = process.versions.bun ? 'Bun' : process.versions.deno ? 'Deno' : 'Node'

/**
 * What a peer has to do before a row begins. In Node every peer can; elsewhere one that cannot is left out, which is said:
 * gives `undefined` then.
 */
export async function tried(peer, work) {
  try {
    return await work()
  } catch (error) {
    if (runtime === 'Node') throw error
    console.error(`bench: ${runtime}: without ${peer}: ${error.message}`)
    return undefined
  }
}
