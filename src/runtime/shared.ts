/**
 * Key files on disk, through `node:fs`, which Deno and Bun have too: bounded reading, the permission check of ssh
 * (openssh-portable authfile.c `sshkey_perm_ok`), and writing that leaves a whole file or none.
 */

import { randomBytes } from 'node:crypto'
import { type FileHandle, link, lstat, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { LimitError, SshError } from '../errors.ts'
import { defaultLimits } from '../limits.ts'
import { escapeText } from '../wire/text.ts'

/**
 * A file could not be read or written. Codes: `file-not-found`, `is-directory`, `not-a-file`, `not-permitted`,
 * `file-exists`, `file-exposed`, `file-failed`; the error of the system is the `cause`.
 */
export class FileError extends SshError {
  override readonly name = 'FileError'
  /** The path as it was given. */
  readonly path: string
  constructor(code: string, path: string, why: string, options?: { readonly cause?: unknown }) {
    super(code, `${escapeText(path, 1000)}: ${why}`, options)
    this.path = path
  }
}

/** What the system calls it, what we call it, and how we say it. */
const reasons: Readonly<Record<string, readonly [code: string, why: string]>> = {
  ENOENT: ['file-not-found', 'no such file or directory'],
  ENOTDIR: ['file-not-found', 'a part of the path is not a directory'],
  EISDIR: ['is-directory', 'is a directory'],
  EACCES: ['not-permitted', 'permission denied'],
  EPERM: ['not-permitted', 'operation not permitted'],
  EROFS: ['not-permitted', 'the file system is read-only'],
  EEXIST: ['file-exists', 'exists already'],
}

function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** An error of the system as a {@link FileError}; any other error as it is. */
export function asFileError(error: unknown, path: string): unknown {
  const system = systemCode(error)
  if (error instanceof SshError || error instanceof TypeError || system === undefined) return error
  const [code, why] = reasons[system] ?? ['file-failed', `failed with ${system}`]
  return new FileError(code, path, why, { cause: error })
}

async function reported<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw asFileError(error, path)
  }
}

/** Collects at most `limit` octets from `read`, which fills its argument and tells how many octets it gave. */
async function collect(read: (into: Uint8Array) => Promise<number>, limit: number): Promise<Uint8Array> {
  // One octet more than allowed tells a file at the limit from one above it.
  let buffer = new Uint8Array(Math.min(limit + 1, 16384))
  let length = 0
  try {
    for (;;) {
      if (length === buffer.length) {
        if (length > limit) throw new LimitError('limit', `more than ${limit} octets`)
        const larger = new Uint8Array(Math.min(limit + 1, 4 * length))
        larger.set(buffer)
        buffer.fill(0)
        buffer = larger
      }
      const got = await read(buffer.subarray(length))
      if (got === 0) return buffer.slice(0, length)
      length += got
    }
  } finally {
    buffer.fill(0)
  }
}

/** As `sshkey_perm_ok`: a file of ours that group or others may do anything with. Windows has no such bits. */
function exposed(facts: { readonly mode: number; readonly uid: number }): boolean {
  return process.platform !== 'win32' && facts.uid === process.getuid?.() && (facts.mode & 0o077) !== 0
}

async function readBounded(handle: FileHandle, limit: number): Promise<Uint8Array> {
  return collect(async (into) => (await handle.read(into, 0, into.length, null)).bytesRead, limit)
}

/** How to read a key file. */
export interface ReadFileOptions {
  /** Octets that are read at most; `inputLength` of the default limits where it is not given. */
  readonly limit?: number | undefined
  /** Refuses a file that is ours and open to group or others, as ssh does with private keys. */
  readonly strict?: boolean | undefined
}

/**
 * The octets of a file; of one above `limit` no more than one octet too many is read. The caller wipes them.
 * Throws `FileError` (`file-not-found`, `is-directory`, `not-permitted`, `file-exposed`, …), `LimitError` `limit`.
 *
 * @example
 * ```ts
 * import { readKeyFile } from 'hawser/node'
 *
 * await readKeyFile('no-such-key').catch((error) => console.log(error.code)) // file-not-found
 * ```
 */
export function readKeyFile(path: string, options: ReadFileOptions = {}): Promise<Uint8Array> {
  return reported(path, async () => {
    const handle = await open(path, 'r')
    try {
      if (options.strict && exposed(await handle.stat())) {
        throw new FileError('file-exposed', path, 'open to others than its owner (chmod 600 mends it)')
      }
      return await readBounded(handle, options.limit ?? defaultLimits.inputLength)
    } finally {
      await handle.close()
    }
  })
}

/**
 * Reads a stream to its end, `limit` octets at most. Throws `LimitError` `limit`, `FileError` with `name` as its path.
 */
export function readStream(
  stream: AsyncIterable<Uint8Array>,
  name: string,
  limit: number = defaultLimits.inputLength,
): Promise<Uint8Array> {
  return reported(name, async () => {
    const parts: Uint8Array[] = []
    let length = 0
    for await (const part of stream) {
      parts.push(part)
      length += part.length
      if (length > limit) throw new LimitError('limit', `more than ${limit} octets`)
    }
    const all = new Uint8Array(length)
    let at = 0
    for (const part of parts) {
      all.set(part, at)
      at += part.length
      part.fill(0)
    }
    return all
  })
}

/**
 * Whether a file is ours and open to group or others; ssh uses no such private key (authfile.c `sshkey_perm_ok`). On
 * Windows always false. Throws `FileError` (`file-not-found`, `not-permitted`, `file-failed`).
 *
 * @example
 * ```ts
 * import { chmod, mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { isExposed, writeFileAtomic } from 'hawser/node'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'keys-')), 'id_ed25519')
 * await writeFileAtomic(path, 'a private key')
 * console.log(await isExposed(path)) // false
 * await chmod(path, 0o644)
 * console.log(await isExposed(path)) // true
 * ```
 */
export function isExposed(path: string): Promise<boolean> {
  return reported(path, async () => exposed(await stat(path)))
}

/** Whether anything stands at that path, a symbolic link to nothing included. Throws `FileError`. */
export function fileExists(path: string): Promise<boolean> {
  return reported(path, async () => {
    try {
      await lstat(path)
      return true
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false
      throw error
    }
  })
}

/** How to write a file. */
export interface WriteFileOptions {
  /** Permission bits, which the umask narrows; 0600 where it is not given. */
  readonly mode?: number | undefined
  /** Replaces a file that is there. */
  readonly force?: boolean | undefined
}

/** Creates a file that was not there; what is left of it after a failure is removed. */
async function create(path: string, data: string | Uint8Array, mode: number): Promise<void> {
  const handle = await open(path, 'wx', mode)
  let whole = false
  try {
    await handle.writeFile(data)
    await handle.sync()
    whole = true
  } finally {
    await handle.close()
    if (!whole) await rm(path, { force: true })
  }
}

/** The file that a forced write replaces: behind symbolic links, and never a device, a pipe or a directory. */
async function replaced(path: string): Promise<string> {
  let target: string
  try {
    target = await realpath(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return path
    throw error
  }
  const facts = await stat(target)
  if (facts.isDirectory()) throw new FileError('is-directory', path, 'is a directory')
  if (!facts.isFile()) throw new FileError('not-a-file', path, 'not a regular file: it is not replaced')
  return target
}

/** Errors of link(2) on file systems that have no hard links. */
const noLinks: readonly (string | undefined)[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']

/**
 * Writes a whole file or none: a new file with the right mode from the start, beside the target, is written, synced
 * and then given the target's name. Without `force` a file that is there stays, whoever made it and when.
 * Throws `FileError` (`file-exists`, `not-permitted`, `is-directory`, …).
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { formatPrivateKey, generateKey } from 'hawser'
 * import { readKeyFile, writeFileAtomic } from 'hawser/node'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'keys-')), 'id_ed25519')
 * await writeFileAtomic(path, await formatPrivateKey(await generateKey()))
 * console.log((await readKeyFile(path, { strict: true })).length > 0) // true
 * await writeFileAtomic(path, 'something else').catch((error) => console.log(error.code)) // file-exists
 * ```
 */
export function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  options: WriteFileOptions = {},
): Promise<void> {
  return reported(path, async () => {
    const { mode = 0o600, force = false } = options
    const target = force ? await replaced(path) : path
    // In the same folder, because a name is given within one file system only.
    const temporary = join(dirname(target), `.hawser-${randomBytes(8).toString('hex')}.tmp`)
    await create(temporary, data, mode)
    try {
      if (force) await rename(temporary, target)
      else await link(temporary, target)
    } catch (error) {
      if (force || !noLinks.includes(systemCode(error))) throw error
      await create(target, data, mode)
    } finally {
      await rm(temporary, { force: true })
    }
  })
}
