/** Entry for Node: `node node.ts` (22.18 or later; `node --import tsx node.ts` before). */

import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { SetupError } from '../lab/setup-error.ts'
import type { Parts, Settings } from './authority.ts'
import { run, setUp } from './settings.ts'

/**
 * Serves the authority: over TLS where TLS_CERT_FILE and TLS_KEY_FILE are there, else in plain for a proxy in front.
 * Throws `SetupError`.
 */
export async function serveAuthority(environment: Settings, more: Partial<Parts> = {}): Promise<void> {
  const { authority, settings, tls } = await setUp(environment, more)
  const { LISTEN: host = '127.0.0.1', PORT: port = '8787' } = settings
  const fetch = (request: Request, { incoming }: { incoming: IncomingMessage }) =>
    authority.fetch(request, { remoteAddress: incoming.socket.remoteAddress }) as Promise<Response>
  try {
    const secure = tls ? { createServer, serverOptions: tls } : {}
    const server = createAdaptorServer({ fetch: fetch as never, hostname: host, ...secure })
    await new Promise<void>((done, fail) => server.once('error', fail).listen(Number(port), host, done))
    console.log(`listening on ${(server.address() as AddressInfo).port}`)
  } catch (error) {
    // An address that is not to be had, or TLS files that are none.
    const { code, message } = error as NodeJS.ErrnoException
    throw new SetupError(`${host}, port ${port}: ${code ?? message}`, { cause: error })
  }
}

if (process.argv[1] === import.meta.filename) await run(() => serveAuthority(process.env))
