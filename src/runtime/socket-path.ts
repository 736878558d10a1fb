/** Where an agent's socket stands in the file system, so that nobody else ever reaches it and nothing else is lost. */

import { randomBytes } from 'node:crypto'
import { lstatSync, rmdirSync, unlinkSync } from 'node:fs'
import { chmod, link, lstat, mkdir, mkdtemp, rename, unlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { asFileError, FileError } from './shared.ts'

/** Octets of a socket's path that all systems take (sun_path has 104 on macOS and the BSDs, one for the NUL). */
const SOCKET_PATH = 103
/** Milliseconds for somebody to take a connection. */
const ANSWER = 2000

/** A place for a socket. */
export interface SocketPlace {
  /** Where it is for clients. */
  readonly path: string
  /** Where it is to be bound: a folder that nobody else can look into. */
  readonly bind: string
  /** Narrows the bound socket's mode and puts it in its place. Throws `FileError` `file-exists`. */
  publish(): Promise<void>
  /** Removes what was made, as far as it is still there and ours. */
  remove(): void
}

const code = (error: unknown): unknown => (error as { readonly code?: unknown } | undefined)?.code

/** Whether anybody takes a connection; who does not say no is somebody. */
function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path)
    const settle = (verdict: boolean): void => {
      socket.destroy()
      done(verdict)
    }
    socket.setTimeout(ANSWER, () => settle(true))
    socket.once('connect', () => settle(true))
    socket.once('error', (error) => settle(code(error) !== 'ECONNREFUSED' && code(error) !== 'ENOENT'))
  })
}

/** Removes a socket of ours that nobody answers. Throws `FileError` `file-exists` for whatever else is there. */
async function removeStale(path: string): Promise<void> {
  const before = await lstat(path).catch((error: unknown) => {
    if (code(error) === 'ENOENT') return undefined
    throw error
  })
  if (!before) return
  if (!before.isSocket()) throw new FileError('file-exists', path, 'exists already and is no socket')
  const theirs = process.getuid !== undefined && before.uid !== process.getuid()
  if (theirs || (await answers(path))) throw new FileError('file-exists', path, 'an agent is there')
  // Somebody else may have done the same in the meantime, and be there now.
  const now = await lstat(path).catch(() => undefined)
  if (now && now.ino === before.ino) await unlink(path)
}

/** Gives a file a name that nothing has yet. */
async function moveNew(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    // Not all file systems have second names for sockets.
    if (code(error) === 'EEXIST') throw new FileError('file-exists', to, 'exists already')
    return rename(from, to)
  }
  await unlink(from)
}

const quietly = (work: () => void): void => {
  try {
    work()
  } catch {
    // Gone already, or not ours alone any more.
  }
}

/** A pipe of Windows: neither file nor folder; its name is free or `listen` fails. */
function pipePlace(path = `\\\\.\\pipe\\hawser-agent-${randomBytes(8).toString('hex')}`): SocketPlace {
  return { path, bind: path, publish: async () => {}, remove() {} }
}

/**
 * A place at `path`, or in a new folder. A socket is bound in a folder of mode 0700, gets its mode of 0600 there, and is
 * then moved to where it belongs: at no time, whatever the umask, is it open to others.
 * Throws `FileError`.
 */
export async function preparePlace(given: string | undefined): Promise<SocketPlace> {
  if (process.platform === 'win32') return pipePlace(given)
  const path = given === undefined ? undefined : resolve(given)
  const asked = path ?? tmpdir()
  let made: string | undefined
  let parent: string | undefined
  try {
    if (path !== undefined) {
      parent = dirname(path)
      await removeStale(path)
      if (await makeFolder(parent)) made = parent
    }
    const folder = await mkdtemp(join(parent ?? tmpdir(), path === undefined ? 'hawser-agent-' : '.a'))
    return place(path ?? join(folder, 'agent'), folder, made)
  } catch (error) {
    if (made !== undefined) quietly(() => rmdirSync(made!))
    throw asFileError(error, asked)
  }
}

/** Whether a folder had to be made. */
async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 })
    return true
  } catch (error) {
    if (code(error) === 'EEXIST') return false
    throw error
  }
}

/** The place `path` by way of `folder`, which is new; `made` is the folder of `path` where that is new as well. */
function place(path: string, folder: string, made: string | undefined): SocketPlace {
  const bind = join(folder, 'agent')
  let bound: number | undefined
  const removeFolder = (): void => {
    quietly(() => rmdirSync(folder))
  }
  if (Buffer.byteLength(bind) > SOCKET_PATH || Buffer.byteLength(path) > SOCKET_PATH) {
    removeFolder()
    throw new FileError('file-failed', path, 'too long for the path of a socket')
  }
  return {
    path,
    bind,
    async publish() {
      await chmod(bind, 0o600)
      bound = lstatSync(bind).ino
      if (path === bind) return
      await moveNew(bind, path)
      removeFolder()
    },
    remove() {
      quietly(() => {
        if (bound === undefined) unlinkSync(bind)
        else if (lstatSync(path).ino === bound) unlinkSync(path)
      })
      removeFolder()
      if (made !== undefined) quietly(() => rmdirSync(made))
    },
  }
}
