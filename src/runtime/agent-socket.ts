/**
 * Agents behind sockets, through `node:net`, which Deno and Bun have too: the client of `SSH_AUTH_SOCK`, and serving
 * (ssh-agent(1); ssh-agent.c `agent_listen`, `handle_socket_read`).
 *
 * Who may connect is for the file system to say: the socket has mode 0600, in a folder of mode 0700 where this module
 * makes one. `ssh-agent` asks the kernel for the peer's user as well (getpeereid); none of the runtimes can, and root,
 * whom neither keeps out, is the one user to whom that could make a difference.
 */

import { connect, createServer, type Server, type Socket } from 'node:net'
import {
  type Agent,
  type AgentClient,
  type AgentConnection,
  AgentError,
  connectAgent,
  serveAgent,
} from '../agent-protocol/index.ts'
import { type AbortSignalLike, throwIfAborted } from '../crypto/progress.ts'
import { escapeText } from '../wire/text.ts'
import { asFileError } from './shared.ts'
import { duplexOf } from './socket-duplex.ts'
import { preparePlace } from './socket-path.ts'

/** Milliseconds for the rest of a frame, and for reading an answer. */
const STALL = 30_000
/** Most connections; of more, the one that was silent the longest is closed. Half of what Linux lets a process open. */
const CONNECTIONS = 512
/** Milliseconds that the end waits for requests which are being answered. */
const GRACE = 1000
/** Where Windows' own agent is (openssh-portable of PowerShell, contrib/win32 `AGENT_PIPE_ID`). */
const PIPE = '\\\\.\\pipe\\openssh-ssh-agent'

/** Which agent, and how long to wait for it. */
export interface OpenAgentOptions {
  /** Path of its socket or pipe; `SSH_AUTH_SOCK` where it is not given, on Windows then OpenSSH's own pipe. */
  readonly socket?: string | undefined
  /** Gives up connecting. */
  readonly signal?: AbortSignalLike | undefined
}

/** Resolves once `socket` says `event`, rejects with its error or the signal's reason, and then destroys it. */
function heard(socket: Socket | Server, event: string, signal?: AbortSignalLike): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => settle(resolve)
    const fail = (error: Error): void => settle(() => reject(error))
    const abort = (): void => {
      if ('destroy' in socket) socket.destroy()
      settle(() => reject(signal?.reason))
    }
    const settle = (how: () => void): void => {
      signal?.removeEventListener('abort', abort)
      socket.off(event, done).off('error', fail)
      how()
    }
    socket.once(event, done).once('error', fail)
    signal?.addEventListener('abort', abort, { once: true })
  })
}

/**
 * The agent of this user, or the one behind `socket`. It keeps the process until it is closed.
 * Throws `AgentError` `no-agent` where there is none, the signal's reason.
 *
 * @example
 * ```ts
 * import { createKeyring } from 'hawser/agent'
 * import { openAgent, serveAgentSocket } from 'hawser/node'
 *
 * const served = await serveAgentSocket(createKeyring({ types: [] }))
 * const agent = await openAgent({ socket: served.path })
 * console.log(await agent.list()) // []
 * await agent.close()
 * await served.close()
 * ```
 */
export async function openAgent(options: OpenAgentOptions = {}): Promise<AgentClient> {
  const { signal } = options
  throwIfAborted(signal)
  const path = options.socket || process.env.SSH_AUTH_SOCK || (process.platform === 'win32' ? PIPE : undefined)
  if (path === undefined) throw new AgentError('no-agent', 'no agent: SSH_AUTH_SOCK is not set')
  const socket = connect(path)
  try {
    await heard(socket, 'connect', signal)
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new AgentError('no-agent', `${escapeText(path, 1000)}: no agent answers`, { cause })
  }
  return connectAgent(duplexOf(socket))
}

/** Where to serve an agent, and until when. */
export interface ServeSocketOptions {
  /**
   * Path of the socket, on Windows of a pipe; a new one in a folder of its own where it is not given. A folder that is
   * not there is made, a socket that nobody answers replaced.
   */
  readonly path?: string | undefined
  /** Ends serving. */
  readonly signal?: AbortSignalLike | undefined
  /** Told what clients were refused and what went wrong with their connections, see `ServeOptions`. */
  readonly onError?: ((error: unknown) => void) | undefined
}

/** An agent that is served. */
export interface AgentSocket {
  /** For `SSH_AUTH_SOCK`. */
  readonly path: string
  /** Resolves when it is over: nobody is served any more, socket and folder are gone. */
  readonly closed: Promise<void>
  /** Ends it: takes no more clients, closes connections, removes socket and folder. Takes a second at most. */
  close(): Promise<void>
}

/**
 * Serves an agent to all who may use its socket, each at his own pace: a client that says half of a frame and sleeps, or
 * never reads, holds up nobody, and loses its connection after 30 seconds. The socket goes with the process at the
 * latest, but for one that is killed; the signals of the system are yours to catch.
 * Throws `FileError` (`file-exists` where an agent answers there or another kind of file is in the way,
 * `not-permitted`, `file-failed`), the signal's reason.
 *
 * @example
 * ```ts
 * import { createKeyring } from 'hawser/agent'
 * import { serveAgentSocket } from 'hawser/node'
 *
 * const keyring = createKeyring({ types: [] })
 * const served = await serveAgentSocket(keyring)
 * process.env.SSH_AUTH_SOCK = served.path
 * await served.close()
 * keyring.wipe()
 * ```
 */
export async function serveAgentSocket(agent: Agent, options: ServeSocketOptions = {}): Promise<AgentSocket> {
  const { signal } = options
  throwIfAborted(signal)
  const onError = (error: unknown): void => options.onError?.(error)
  // Who ends his half of a connection still gets the answers that are due.
  const server = createServer({ allowHalfOpen: true })
  /** The one that was silent the longest first. */
  const sockets = new Set<Socket>()
  const running = new Set<Promise<void>>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    const [oldest] = sockets
    if (sockets.size > CONNECTIONS) oldest!.destroy()
    socket.on('data', () => {
      sockets.delete(socket)
      sockets.add(socket)
    })
    socket.on('close', () => sockets.delete(socket))
    // While a request is answered nothing is read, so that this alone tells that nobody waits for the answer any more.
    const ended = new Promise<void>((resolve) => socket.once('end', resolve).once('close', () => resolve()))
    let mine: AgentConnection | undefined
    const known: Agent = {
      respond(request, { closed }) {
        mine ??= { closed, ended } as AgentConnection
        return agent.respond(request, mine)
      },
    }
    const serving = serveAgent(duplexOf(socket, STALL), known, { onError }).finally(() => running.delete(serving))
    running.add(serving)
  })

  const place = await preparePlace(options.path)
  try {
    server.listen(place.bind)
    await heard(server, 'listening', signal)
    await place.publish()
  } catch (error) {
    server.close()
    place.remove()
    throw signal?.aborted ? error : asFileError(error, place.path)
  }
  server.on('error', onError)

  let ending: Promise<void> | undefined
  let over = (): void => {}
  const closed = new Promise<void>((resolve) => {
    over = resolve
  })
  const removeAtExit = (): void => place.remove()
  async function end(): Promise<void> {
    signal?.removeEventListener('abort', close)
    const stopped = new Promise<void>((resolve) => {
      server.close(() => resolve())
    })
    place.remove()
    for (const socket of sockets) socket.destroy()
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, GRACE)
    })
    await Promise.race([Promise.all([stopped, ...running]), late])
    clearTimeout(timer)
    process.off('exit', removeAtExit)
    over()
  }
  function close(): Promise<void> {
    ending ??= end()
    return ending
  }
  process.on('exit', removeAtExit)
  signal?.addEventListener('abort', close, { once: true })
  if (signal?.aborted) void close()
  return { path: place.path, closed, close }
}
