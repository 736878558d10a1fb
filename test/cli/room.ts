/** A folder with an authority and a key to certify. */

import { writeFileSync } from 'node:fs'
import { formatPrivateKey, formatPublicKey, generateKey, type KeyAlias, type PrivateKey } from '../../src/index.ts'
import { hawser, inFolder, type Result } from './command.ts'

/** What the tests of certificates work with. */
export interface Room {
  readonly path: (name: string) => string
  readonly authority: PrivateKey
  readonly subject: PrivateKey
  issue(...args: string[]): Promise<Result>
  check(...args: string[]): Promise<Result>
}

/** A folder with `ca`, `ca.pub` and `id.pub`. */
export function inRoom(work: (room: Room) => Promise<void>, type: KeyAlias = 'ed25519'): Promise<void> {
  return inFolder(async (path) => {
    const authority = await generateKey(type, type === 'rsa' ? { bits: 2048 } : {})
    const subject = await generateKey('ed25519', { comment: 'me@home' })
    writeFileSync(path('ca'), await formatPrivateKey(authority), { mode: 0o600 })
    writeFileSync(path('ca.pub'), formatPublicKey(authority.publicKey))
    writeFileSync(path('id.pub'), formatPublicKey(subject.publicKey))
    const how = { cwd: path('.') }
    await work({
      path,
      authority,
      subject,
      issue: (...args) => hawser(['cert', 'issue', '--ca', 'ca', '--id', 'alice@laptop', ...args, 'id.pub'], how),
      check: (...args) => hawser(['cert', 'check', '--json', '--ca', 'ca.pub', ...args, 'c.pub'], how),
    })
  })
}
