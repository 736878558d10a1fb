/** `node admin.ts FILE disable IDENTITY | enable IDENTITY | revoke SERIAL`: changes `blocked.json`, as a whole. */

import { readFileSync } from 'node:fs'
import { writeFileAtomic } from 'hawser/node'
import { formatBlocked, readBlocked } from './blocked.ts'

const [file, verb, what] = process.argv.slice(2)
if (!file || !what) throw new TypeError('FILE, disable|enable|revoke, and whom or what, expected')
const { version, disabled, serials } = readBlocked(readFileSync(file, 'utf8'))
const others = disabled.filter((id) => id !== what)
const changed = {
  disable: () => ({ version, disabled: [...others, what], serials }),
  enable: () => ({ version, disabled: others, serials }),
  revoke: () => ({ version, disabled, serials: [...new Set([...serials, BigInt(what)])] }),
}
if (verb !== 'disable' && verb !== 'enable' && verb !== 'revoke')
  throw new TypeError('disable, enable or revoke expected')
const text = formatBlocked(changed[verb]())
// What cannot be read again must not be there.
readBlocked(text)
await writeFileAtomic(file, text, { mode: 0o644, force: true })
