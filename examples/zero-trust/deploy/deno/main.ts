/** Entry for Deno Deploy: settings and secrets from the environment, the store and `blocked.json` in Deno KV. */

import { makeAuthority } from '../../authority.ts'
import { denoKvStore, type Kv } from '../../stores/deno-kv.ts'

declare const Deno: {
  readonly env: { get(name: string): string | undefined; toObject(): Record<string, string> }
  openKv(path?: string): Promise<Kv>
  serve(
    options: { readonly port: number; onListen(address: { readonly port: number }): void },
    handler: (request: Request, info: { readonly remoteAddr: { readonly hostname: string } }) => Promise<Response>,
  ): unknown
}

// KV_PATH is for a database in a file; on Deploy there is the one that the app was given.
const kv = await Deno.openKv(Deno.env.get('KV_PATH'))
const authority = await makeAuthority(Deno.env.toObject(), {
  store: denoKvStore(kv),
  blocked: async () => {
    const { value } = await kv.get(['blocked.json'])
    if (typeof value !== 'string') throw new Error('blocked.json is not there')
    return value
  },
})
const port = Number(Deno.env.get('PORT') ?? 8000)
Deno.serve({ port, onListen: (address) => console.log(`listening on ${address.port}`) }, (request, { remoteAddr }) => {
  return authority.fetch(request, { remoteAddress: remoteAddr.hostname }) as Promise<Response>
})
