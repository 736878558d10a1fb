/** Entry for Deno: `deno run --allow-net --allow-env --allow-read deno.ts`. */

import { run, setUp } from './settings.ts'

declare const Deno: {
  readonly env: { toObject(): Record<string, string> }
  serve(
    options: { readonly hostname: string; readonly port: number; onListen(address: { readonly port: number }): void },
    handler: (request: Request, info: { readonly remoteAddr: { readonly hostname: string } }) => Promise<Response>,
  ): unknown
}

await run(async () => {
  const { authority, settings } = await setUp(Deno.env.toObject())
  Deno.serve(
    {
      hostname: settings.LISTEN ?? '127.0.0.1',
      port: Number(settings.PORT ?? 8787),
      onListen: ({ port }) => console.log(`listening on ${port}`),
    },
    (request, { remoteAddr }) => authority.fetch(request, { remoteAddress: remoteAddr.hostname }) as Promise<Response>,
  )
})
