/** The keys that all rows work on, made by `ssh-keygen` for each run. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Name in the rows, and how many keys; several, so that no engine can remember one input. */
const kinds = {
  ed25519: { args: ['-t', 'ed25519'], count: 8 },
  ecdsa: { args: ['-t', 'ecdsa', '-b', '256', '-m', 'PKCS8'], count: 8 },
  rsa2048: { args: ['-t', 'rsa', '-b', '2048', '-m', 'PKCS8'], count: 4 },
  rsa3072: { args: ['-t', 'rsa', '-b', '3072', '-m', 'PKCS8'], count: 1 },
}

/** Passphrase of the encrypted key, 16 rounds. */
export const PASSPHRASE = 'correct horse battery staple'

const keygen = (args) => execFileSync('ssh-keygen', ['-q', ...args], { stdio: ['ignore', 'ignore', 'inherit'] })

/** Writes the keys into `dir`: `NAME-NUMBER` (OpenSSH), `.pub`, and `.pkcs8`, which has the CRT values of RSA. */
export function makeFixtures(dir) {
  for (const [name, { args, count }] of Object.entries(kinds)) {
    for (let i = 0; i < count; i++) {
      const path = join(dir, `${name}-${i}`)
      keygen([...args, '-N', '', '-C', `user${i}@host.example`, '-f', path])
      if (!args.includes('-m')) continue
      copyFileSync(path, `${path}.pkcs8`)
      // Changing the passphrase rewrites the file in OpenSSH's own form.
      keygen(['-p', '-N', '', '-f', path])
    }
  }
  const encrypted = join(dir, 'encrypted')
  keygen(['-t', 'ed25519', '-a', '16', '-N', PASSPHRASE, '-C', 'user@host.example', '-f', encrypted])
}

/** Reads what {@link makeFixtures} wrote. */
export function readFixtures(dir) {
  const read = (name, end = '') => readFileSync(join(dir, name + end))
  const found = (name) =>
    Array.from({ length: kinds[name].count }, (_, i) => ({
      line: read(`${name}-${i}`, '.pub').toString().trimEnd(),
      file: read(`${name}-${i}`),
      pkcs8: kinds[name].args.includes('-m') ? derOf(read(`${name}-${i}`, '.pkcs8')) : undefined,
    }))
  return {
    ...Object.fromEntries(Object.keys(kinds).map((name) => [name, found(name)])),
    encrypted: { file: read('encrypted'), path: join(dir, 'encrypted'), plainPath: join(dir, 'ed25519-0') },
  }
}

function derOf(pem) {
  return new Uint8Array(Buffer.from(pem.toString().replace(/-----[^-]+-----/g, ''), 'base64'))
}
