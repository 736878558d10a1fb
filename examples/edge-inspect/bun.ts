/** Entry for Bun: `bun bun.ts`. */

import { handle } from './handler.ts'

declare const Bun: {
  readonly env: Readonly<Record<string, string | undefined>>
  serve(options: { readonly hostname: string; readonly port: number; fetch(request: Request): Promise<Response> }): {
    readonly port: number
  }
}

const { port } = Bun.serve({
  hostname: '127.0.0.1',
  port: Number(Bun.env.PORT ?? 8787),
  fetch: (request) => handle(request),
})
console.log(`http://127.0.0.1:${port}`)
