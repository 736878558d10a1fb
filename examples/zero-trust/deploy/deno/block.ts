/** `deno task block FILE`: puts `blocked.json` into Deno KV (DENO_KV_ACCESS_TOKEN and KV_PATH say which). */

import { readFileSync } from 'node:fs'
import { readBlocked } from '../../blocked.ts'

declare const Deno: {
  readonly args: readonly string[]
  readonly env: { get(name: string): string | undefined }
  openKv(path?: string): Promise<{ set(key: readonly string[], value: string): Promise<unknown>; close(): void }>
}

const text = readFileSync(Deno.args[0] ?? '', 'utf8')
readBlocked(text)
const kv = await Deno.openKv(Deno.env.get('KV_PATH'))
await kv.set(['blocked.json'], text)
kv.close()
