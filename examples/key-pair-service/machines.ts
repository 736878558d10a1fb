/**
 * Instances, as far as keys go: the homes of their accounts, which a real sshd serves, and its log. Here they are folders:
 * `ID/home/ACCOUNT/.ssh/authorized_keys` and `ID/sshd.log`, with `AuthorizedKeysFile FOLDER/ID/home/%u/.ssh/authorized_keys`.
 *
 * The homes belong to the service: an account that could write there could make a link of its authorized_keys, and have
 * the service write over any file.
 */

import { lstat, mkdir, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from 'hawser/node'

export interface Machines {
  /** Prepares an instance with these accounts. */
  create(instance: string, accounts: readonly string[]): Promise<void>
  /** Gives each account these authorized_keys, in place of those that it had; each file is whole at any time. */
  boot(instance: string, authorizedKeys: string): Promise<void>
  /** What sshd has logged since `from`, in whole lines; `next` is where to go on. */
  readLog(instance: string, from: number): Promise<{ readonly lines: readonly string[]; readonly next: number }>
}

/** Octets of a log that are read at once. */
const CHUNK = 1 << 20

const missing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

export function folderMachines(root: string): Machines {
  const homes = (instance: string): string => join(root, instance, 'home')
  return {
    async create(instance, accounts) {
      for (const account of accounts) await mkdir(join(homes(instance), account), { recursive: true, mode: 0o755 })
    },
    async boot(instance, authorizedKeys) {
      for (const account of await readdir(homes(instance))) {
        const home = join(homes(instance), account)
        await checkFolder(home)
        const folder = join(home, '.ssh')
        await mkdir(folder, { recursive: true, mode: 0o755 })
        await checkFolder(folder)
        // sshd reads it as the account, and public keys are no secret.
        await writeFileAtomic(join(folder, 'authorized_keys'), authorizedKeys, { mode: 0o644, force: true })
      }
    },
    async readLog(instance, from) {
      const handle = await open(join(root, instance, 'sshd.log'), 'r').catch((error: unknown) => {
        if (missing(error)) return undefined
        throw error
      })
      if (!handle) return { lines: [], next: from }
      try {
        // A log that is shorter than it was is a new one.
        const start = (await handle.stat()).size < from ? 0 : from
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(CHUNK), 0, CHUNK, start)
        const read = buffer.subarray(0, bytesRead)
        const full = bytesRead === CHUNK && !read.includes(10)
        const end = full ? bytesRead : read.lastIndexOf(10) + 1
        const text = read.subarray(0, end).toString('utf8')
        return { lines: text === '' ? [] : text.trimEnd().split(/\r?\n/), next: start + end }
      } finally {
        await handle.close()
      }
    },
  }
}

/** A folder of ours that nobody else may write. */
async function checkFolder(path: string): Promise<void> {
  const facts = await lstat(path)
  if (facts.isDirectory() && facts.uid === process.getuid?.() && (facts.mode & 0o022) === 0) return
  throw new Error(`${path}: a folder expected that is the service's own, and that nobody else may write`)
}
