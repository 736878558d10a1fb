/** Entry for Deno: `deno run --allow-net --allow-env --allow-read deno.ts`. */

import { makeAuthority } from './authority.ts'
import { fileParts, readSettings } from './settings.ts'

declare const Deno: {
  readonly env: { toObject(): Record<string, string> }
  serve(
    options: { readonly hostname: string; readonly port: number; onListen(address: { readonly port: number }): void },
    handler: (request: Request, info: { readonly remoteAddr: { readonly hostname: string } }) => Promise<Response>,
  ): unknown
}

const settings = readSettings(Deno.env.toObject())
const authority = await makeAuthority(settings, fileParts(settings))
Deno.serve(
  {
    hostname: settings.LISTEN ?? '127.0.0.1',
    port: Number(settings.PORT ?? 8787),
    onListen: ({ port }) => console.log(`listening on ${port}`),
  },
  (request, { remoteAddr }) => authority.fetch(request, { remoteAddress: remoteAddr.hostname }) as Promise<Response>,
)
