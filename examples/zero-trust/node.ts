/** Entry for Node: `node node.ts` (22.18 or later; `node --import tsx node.ts` before). */

import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { makeAuthority, type Parts, type Settings } from './authority.ts'
import { fileParts, readSettings } from './settings.ts'

/** Serves the authority: over TLS where TLS_CERT_FILE and TLS_KEY_FILE are there, else in plain for a proxy in front. */
export async function serveAuthority(environment: Settings, more: Partial<Parts> = {}): Promise<void> {
  const settings = readSettings(environment)
  const authority = await makeAuthority(settings, { ...fileParts(settings), ...more })
  const { TLS_CERT_FILE: cert, TLS_KEY_FILE: key, LISTEN = '127.0.0.1', PORT = '8787' } = settings
  const fetch = (request: Request, { incoming }: { incoming: IncomingMessage }) =>
    authority.fetch(request, { remoteAddress: incoming.socket.remoteAddress }) as Promise<Response>
  const tls = cert && key ? { createServer, serverOptions: { cert: readFileSync(cert), key: readFileSync(key) } } : {}
  const server = createAdaptorServer({ fetch: fetch as never, hostname: LISTEN, ...tls })
  server.listen(Number(PORT), LISTEN, () => console.log(`listening on ${(server.address() as AddressInfo).port}`))
}

if (process.argv[1] === import.meta.filename) await serveAuthority(process.env)
