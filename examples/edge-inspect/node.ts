/** Entry for Node: `node node.ts` (22.18 or later; `node --import tsx node.ts` before). */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { handle } from './handler.ts'

function requestOf(message: IncomingMessage): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(message.headers)) headers.set(name, String(value))
  const { method = 'GET', url = '/' } = message
  const bare = method === 'GET' || method === 'HEAD'
  // The host is the client's word, and nothing here depends on it. `duplex` is in the standard and in no type of it.
  const init: RequestInit & { readonly duplex: 'half' } = {
    method,
    headers,
    body: bare ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array<ArrayBuffer>>),
    duplex: 'half',
  }
  return new Request(new URL(url, 'http://127.0.0.1'), init)
}

async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
  const made = await handle(requestOf(message))
  const body = new Uint8Array(await made.arrayBuffer())
  // What is still to come of a body that is too long is not read.
  if (!message.complete) response.setHeader('connection', 'close')
  response.writeHead(made.status, Object.fromEntries(made.headers)).end(body)
}

const server = createServer((message, response) => {
  // A request that is none (a target that is no URL) or a client that went away: there is nobody to tell more.
  serve(message, response).catch(() => response.destroy())
})
server.listen(Number(process.env.PORT ?? 8787), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
