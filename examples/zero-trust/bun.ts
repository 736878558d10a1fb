/** Entry for Bun: `bun bun.ts`. */

import { run, setUp } from './settings.ts'

interface BunServer {
  readonly port: number
  requestIP(request: Request): { readonly address: string } | null
}

declare const Bun: {
  readonly env: Readonly<Record<string, string | undefined>>
  serve(options: {
    readonly hostname: string
    readonly port: number
    fetch(request: Request, server: BunServer): Promise<Response>
  }): BunServer
}

await run(async () => {
  const { authority, settings } = await setUp(Bun.env)
  const { port } = Bun.serve({
    hostname: settings.LISTEN ?? '127.0.0.1',
    port: Number(settings.PORT ?? 8787),
    fetch: (request, server) =>
      authority.fetch(request, { remoteAddress: server.requestIP(request)?.address }) as Promise<Response>,
  })
  console.log(`listening on ${port}`)
})
