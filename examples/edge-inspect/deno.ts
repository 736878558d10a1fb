/** Entry for Deno: `deno run --allow-net=127.0.0.1 --allow-env=PORT deno.ts`. */

import { handle } from './handler.ts'

declare const Deno: {
  readonly env: { get(name: string): string | undefined }
  serve(
    options: { readonly hostname: string; readonly port: number; onListen(address: { readonly port: number }): void },
    handler: (request: Request) => Promise<Response>,
  ): unknown
}

Deno.serve(
  {
    hostname: '127.0.0.1',
    port: Number(Deno.env.get('PORT') ?? 8787),
    onListen: ({ port }) => console.log(`http://127.0.0.1:${port}`),
  },
  (request) => handle(request),
)
