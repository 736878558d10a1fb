/** A folder that is written whole or not at all, and not over one that is there. */

import { lstat, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { writeFileAtomic } from 'hawser/node'
import { Refusal } from './refusal.ts'

export interface NewFile {
  readonly text: string
  readonly mode: number
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code
/** Errors of rename(2) where the new name is that of something else than an empty folder. */
const isThere = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR']

/**
 * Writes the files beside `path`, in a folder of mode 0700, and then gives that its name; `a/b` lies in a folder `a`. With
 * `force` a folder that holds no other files than these is replaced; who leaves it out has no such option. Throws `Refusal`
 * (`exists`, `not-ours`, `cannot-write`).
 */
export async function writeFolder(path: string, files: ReadonlyMap<string, NewFile>, force?: boolean): Promise<void> {
  let made: string | undefined
  try {
    made = await mkdtemp(join(dirname(path), `.${basename(path)}-`))
    for (const [name, { text, mode }] of files) {
      await mkdir(dirname(join(made, name)), { recursive: true, mode: 0o700 })
      await writeFileAtomic(join(made, name), text, { mode })
    }
    const aside = force ? await setAside(path, `${made}.old`, files) : false
    try {
      await rename(made, path)
    } catch (error) {
      if (aside) await rename(`${made}.old`, path)
      throw error
    }
    if (aside) await rm(`${made}.old`, { recursive: true })
  } catch (error) {
    const code = codeOf(error)
    if (error instanceof Refusal || code === undefined) throw error
    if (isThere.includes(code)) {
      throw new Refusal('exists', `${path} is there already${force === undefined ? '' : '; --force replaces it'}`)
    }
    throw new Refusal('cannot-write', `${path}: ${code}`)
  } finally {
    if (made !== undefined) await rm(made, { recursive: true, force: true })
  }
}

/** Moves away the folder of an earlier run; tells whether there was one. */
async function setAside(path: string, to: string, files: ReadonlyMap<string, NewFile>): Promise<boolean> {
  const facts = await lstat(path).catch((error) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (facts === undefined) return false
  const others = facts.isDirectory() ? (await readdir(path)).filter((name) => !files.has(name)) : [basename(path)]
  if (others.length > 0) throw new Refusal('not-ours', `${path}: more than the files of a VM are there; not replaced`)
  await rename(path, to)
  return true
}
