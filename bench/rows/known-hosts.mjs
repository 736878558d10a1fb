/** A host among 100,000 hashed lines of known_hosts. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from '../library.mjs'

export const about = { place: 9, everywhere: true }

const LINES = 100_000

export async function rows({ ed25519 }) {
  const { findHost, parseKnownHosts } = await load('text/known-hosts.js')
  const { hashHosts } = await load('text/known-hosts-edit.js')
  const nameOf = (i) => `host${i}.example.com`
  const keys = ed25519.map(({ line }) => line.split(' ').slice(0, 2).join(' '))
  const plain = Array.from({ length: LINES }, (_, i) => `${nameOf(i)} ${keys[i % keys.length]}\n`).join('')
  const text = hashHosts(plain)
  const bytes = new TextEncoder().encode(text)
  const dir = mkdtempSync(join(tmpdir(), 'bench-known-hosts-'))
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
  const path = join(dir, 'known_hosts')
  writeFileSync(path, bytes)
  const pick = (i) => nameOf((i * 7919) % LINES)
  const keygen = (i) => spawnSync('ssh-keygen', ['-F', pick(i), '-f', path]).stdout.toString()
  for (const i of [0, 1, 2]) {
    const [found, ...more] = findHost(bytes, pick(i))
    assert.deepEqual([more, found.line], [[], ((i * 7919) % LINES) + 1])
    assert.ok(keygen(i).startsWith(`# Host ${pick(i)} found: line ${found.line} `))
  }
  return [
    {
      name: 'a host among 100,000 hashed known_hosts lines, octets (ssh-keygen -F: with its start)',
      ours: (i) => findHost(bytes, pick(i)),
      peers: { 'ssh-keygen': keygen },
      targets: { 'ssh-keygen': 1 },
    },
    {
      name: 'the same, text',
      ours: (i) => findHost(text, pick(i)),
      peers: { 'ssh-keygen': keygen },
    },
    {
      name: 'parse all of them, keys decoded',
      ours: () => parseKnownHosts(bytes),
      peers: { 'ssh-keygen': keygen },
    },
  ]
}
