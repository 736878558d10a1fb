/**
 * The server's host key in known_hosts: the key of a server that was rebuilt is forgotten, the new one is learned, and
 * only the one whose fingerprint the console shows. Nothing secret goes to a server before.
 */

import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { checkHost, fingerprint, matchFingerprint, parsePublicKey, SshError } from 'hawser'
import type { PublicKey } from 'hawser/keys'
import { writeFileAtomic } from 'hawser/node'
import { addHost, findHost, parseKnownHosts, removeHost } from 'hawser/text'
import { Refusal } from '../lab/refusal.ts'
import { knownHostsIn, runProgram } from './ssh.ts'
import type { Wishes } from './wishes.ts'

/** known_hosts as it is, and as it will be. */
export interface HostKey {
  readonly before: string
  readonly after: string
  /** Where an SSH server answers. */
  readonly ports: readonly number[]
  /** Of the key that counts. */
  readonly fingerprint: string
}

const nameAt = (host: string, port: number): string => (port === 22 ? host : `[${host}]:${port}`)

/** Asks the server for its keys, and judges them. Throws `Refusal`. */
export async function hostKeyOf(wishes: Wishes): Promise<HostKey> {
  const { host, oldPort, port } = wishes
  // After an earlier run the server listens on the new port.
  const scans = await Promise.all([...new Set([oldPort, port])].map((at) => scan(host, at)))
  const shown = scans.find(({ keys }) => keys !== undefined)?.keys
  if (shown === undefined) {
    const why = scans[0]?.why ? `: ${scans[0].why}` : ''
    throw new Refusal('no-answer', `${host} port ${oldPort}: no answer of an SSH server${why}`)
  }
  const before = await readFile(wishes.knownHosts, 'latin1').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw new Refusal('bad-file', `--known-hosts ${wishes.knownHosts}: ${error.code}`)
  })
  const names = [...new Set([nameAt(host, oldPort), nameAt(host, port)])]
  const key = await chosen(wishes, before, names, shown)
  // Octets outside UTF-8 stay what they are: latin1 holds each as one character.
  let after = Buffer.from(before, 'latin1') as Uint8Array
  const hashed = /^\|1\|/m.test(before)
  for (const name of names) {
    const listed = findHost(after, name).filter((entry) => entry.marker === null)
    if (listed.length > 0 && listed.every((entry) => same(entry.key, key))) continue
    after = addHost(removeHost(after, name), name, key, { hashed })
  }
  const ports = scans.flatMap(({ at, keys }) => (keys === undefined ? [] : [at]))
  return { before, after: Buffer.from(after).toString('latin1'), ports, fingerprint: fingerprint(key) }
}

const same = (one: Pick<PublicKey, 'blob'> | undefined, other: Pick<PublicKey, 'blob'>): boolean =>
  one !== undefined && Buffer.compare(one.blob, other.blob) === 0

interface Scan {
  readonly at: number
  readonly keys: PublicKey[] | undefined
  /** What ssh-keyscan complains of. */
  readonly why: string
}

/** The keys of a server, unproved, by ssh-keyscan; undefined where none answers. */
async function scan(host: string, port: number): Promise<Scan> {
  const args = ['-T', '4', '-p', String(port), '-t', 'ed25519,ecdsa,rsa', host]
  const { out, err } = await runProgram('ssh-keyscan', args, '', { LC_ALL: 'C' }, 60)
  const lines = parseKnownHosts(out).entries.map(
    ({ type, key }) => `${type} ${Buffer.from(key.blob).toString('base64')}`,
  )
  const keys = lines.length === 0 ? undefined : lines.map((line) => parsePublicKey(line))
  return { at: port, keys, why: err.trim().split('\n').at(-1) ?? '' }
}

async function chosen(
  { host, fingerprint: wanted }: Wishes,
  known: string,
  names: readonly string[],
  shown: readonly PublicKey[],
): Promise<PublicKey> {
  const file = Buffer.from(known, 'latin1')
  const list = shown.map((key) => `  ${key.type} ${fingerprint(key)}`).join('\n')
  const told: string[] = []
  for (const key of shown) {
    for (const name of names) {
      const { status } = await checkHost([file], { host: name, key, time: new Date() })
      if (status === 'revoked') throw new Refusal('host-key-revoked', `${host}: ${fingerprint(key)} is revoked`)
      if (status === 'known' && wanted === undefined) return key
      told.push(status)
    }
    if (wanted !== undefined && (await matches(key, wanted))) return key
  }
  if (wanted !== undefined) {
    throw new Refusal('host-key-mismatch', `${host} has no key ${JSON.stringify(wanted)}, but shows\n${list}`)
  }
  const [code, what] = told.includes('changed')
    ? ['host-key-changed', 'its host key is another one than known_hosts says. Was it rebuilt?']
    : ['host-key-unknown', 'its host key is not known.']
  const how = 'Compare with what its console shows, and give that with --fingerprint.'
  throw new Refusal(code, `${host}: ${what} It shows\n${list}\n${how}`)
}

async function matches(key: PublicKey, text: string): Promise<boolean> {
  try {
    return (await matchFingerprint(key, text)) !== undefined
  } catch (error) {
    if (error instanceof SshError) return false
    throw error
  }
}

/** For this run alone. */
export const useHostKey = (folder: string, { after }: HostKey): Promise<void> =>
  writeFile(knownHostsIn(folder), after, { encoding: 'latin1', mode: 0o600 })

/** The name that an undone server has no more, where known_hosts still has it. */
export function leftName({ host, oldPort, port }: Wishes, { before }: HostKey): string | undefined {
  const name = nameAt(host, port)
  return port !== oldPort && findHost(Buffer.from(before, 'latin1'), name).length > 0 ? name : undefined
}

/** For good. */
export async function saveHostKey(path: string, { before, after }: HostKey): Promise<void> {
  if (before === after) return
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFileAtomic(path, Buffer.from(after, 'latin1'), { force: true })
  await chmod(path, 0o600)
}
