/** The build that is measured: `build/` of this repository, or the folder that HAWSER_DIST names. */
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Folder of the build, absolute. */
export const dist = resolve(process.env.HAWSER_DIST ?? fileURLToPath(new URL('../build', import.meta.url)))

/** A module of the build by its path, such as `formats/openssh-private.js`; internals are measured too. */
export const load = (path) => import(pathToFileURL(`${dist}/${path}`).href)
