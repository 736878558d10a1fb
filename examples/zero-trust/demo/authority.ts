/** `node.ts` with a clock that CLOCK_BEHIND sets back by so many seconds. */

import { serveAuthority } from '../node.ts'

const behind = Number(process.env.CLOCK_BEHIND ?? 0) * 1000
await serveAuthority(process.env, { clock: () => Date.now() - behind })
