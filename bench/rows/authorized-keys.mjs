/** Reading a file of 100,000 keys, carried opaque. sshpk is handed the lines one by one: it does not read such files. */
import { randomBytes } from 'node:crypto'
import sshpk from 'sshpk'
import { load } from '../library.mjs'

export const about = { place: 10 }

const LINES = 100_000

export async function rows() {
  const { parseAuthorizedKeys } = await load('text/index.js')
  const { formatPublicLine, Writer } = await load('wire/index.js')
  const line = (i) =>
    formatPublicLine(new Writer().string('ssh-ed25519').string(randomBytes(32)).take(), `user${i}@host.example`)
  const lines = Array.from({ length: LINES }, (_, i) => line(i))
  const file = Buffer.from(`${lines.join('\n')}\n`)
  const few = lines.slice(0, 1000)
  const fewBytes = Buffer.from(`${few.join('\n')}\n`)
  const restricted = Buffer.from(lines.map((l) => `restrict,pty,command="/usr/bin/uptime -p" ${l}\n`).join(''))
  return [
    { name: 'authorized_keys, 100,000 lines', ours: () => parseAuthorizedKeys(file) },
    { name: 'authorized_keys, 100,000 lines with options', ours: () => parseAuthorizedKeys(restricted) },
    {
      name: 'authorized_keys, 1,000 lines',
      ours: () => parseAuthorizedKeys(fewBytes),
      // It reads keys alone, no options, no file: printed, not aimed at.
      peers: { sshpk: () => few.map((l) => sshpk.parseKey(l, 'ssh')) },
    },
  ]
}
