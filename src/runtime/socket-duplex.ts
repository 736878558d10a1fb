/**
 * A socket of node:net as both directions of a connection. Nothing of the platforms' web streams stands between: a
 * message costs one event each way.
 */

import type { Socket } from 'node:net'
import { clearTimeout, setTimeout } from 'node:timers'
import type { Duplex } from '../agent-protocol/index.ts'

/** Octets that wait to be read before the other side is held up. */
const QUEUE = 1 << 16

/**
 * The socket, which belongs to the connection from now on. What came in is wiped once the next piece is asked for.
 * `stall`: milliseconds after which a socket is destroyed whose peer began a frame and does not end it, or does not
 * read what was written. Silence between frames may last: a forwarded agent is asked once a day.
 */
export function duplexOf(socket: Socket, stall?: number): Duplex {
  const pieces: Uint8Array[] = []
  let queued = 0
  let given: Uint8Array | undefined
  let over = false
  let failure: Error | undefined
  let wake: (() => void) | undefined
  /** Ends of what is being written, in case that nobody calls them. */
  const unwritten = new Set<(error?: Error | null) => void>()
  /** Octets of a frame's length that are there, what they say, and what is left of the frame. */
  let [head, length] = [0, 0]
  let frameTimer: ReturnType<typeof setTimeout> | undefined

  const rouse = (): void => {
    wake?.()
    wake = undefined
  }
  const gone = (): Error => failure ?? new Error('the connection is closed')
  const limited = (): ReturnType<typeof setTimeout> => {
    const timer = setTimeout(() => socket.destroy(new Error('the other side stalls')), stall)
    timer.unref()
    return timer
  }

  function track(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; ) {
      if (head < 4) {
        length = length * 256 + piece[at++]!
        head++
      } else {
        const take = Math.min(length, piece.length - at)
        at += take
        length -= take
      }
      // An empty frame ends the connection; whoever reads it says so.
      if (head === 4 && length === 0) head = 0
    }
    clearTimeout(frameTimer)
    frameTimer = head > 0 ? limited() : undefined
  }

  socket.on('data', (piece: Uint8Array) => {
    if (stall !== undefined) track(piece)
    pieces.push(piece)
    queued += piece.length
    if (queued > QUEUE) socket.pause()
    rouse()
  })
  socket.on('end', () => {
    over = true
    rouse()
  })
  socket.on('error', (error: Error) => {
    failure = error
  })
  socket.on('close', () => {
    over = true
    clearTimeout(frameTimer)
    for (const settle of unwritten) settle(gone())
    rouse()
  })

  /** Runs what takes a callback, which some runtimes forget where the socket is destroyed. */
  function settled(start: (done: (error?: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (socket.destroyed) return reject(gone())
      let timer: ReturnType<typeof setTimeout> | undefined
      const settle = (error?: Error | null): void => {
        clearTimeout(timer)
        unwritten.delete(settle)
        if (error) reject(error)
        else resolve()
      }
      unwritten.add(settle)
      start(settle)
      if (stall !== undefined && socket.writableLength > 0) timer = limited()
    })
  }

  return {
    readable: {
      getReader: () => ({
        async read() {
          given?.fill(0)
          while (pieces.length === 0 && !over) {
            await new Promise<void>((resolve) => {
              wake = resolve
            })
          }
          given = pieces.shift()
          if (!given) {
            if (failure) throw failure
            return { done: true }
          }
          queued -= given.length
          if (queued <= QUEUE && socket.isPaused()) socket.resume()
          return { done: false, value: given }
        },
        async cancel() {
          socket.destroy()
        },
      }),
    },
    writable: {
      getWriter: () => ({
        write: (piece) => settled((done) => socket.write(piece, done)),
        close: () => settled((done) => socket.end(done)),
        async abort() {
          socket.destroy()
        },
      }),
    },
  }
}
