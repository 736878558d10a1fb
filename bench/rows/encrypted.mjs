/** Opening an encrypted private key file: 16 rounds of bcrypt_pbkdf, aes256-ctr, Ed25519. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import bcrypt from 'bcrypt-pbkdf'
import ssh2 from 'ssh2'
import sshpk from 'sshpk'
import { PASSPHRASE } from '../fixtures.mjs'
import { dist, load } from '../library.mjs'

export const about = { place: 5, everywhere: true }

/** Key and IV of aes256-ctr. */
const DERIVED = 48

function keygen(path, passphrase) {
  const { status, stdout } = spawnSync('ssh-keygen', ['-y', '-P', passphrase, '-f', path])
  assert.equal(status, 0)
  return stdout
}

const script = `
  import { readFileSync } from 'node:fs'
  import { formatPublicKey, parsePrivateKey } from ${JSON.stringify(`${dist}/index.js`)}
  const [, path, passphrase] = process.argv
  console.log(formatPublicKey((await parsePrivateKey(readFileSync(path), { passphrase })).publicKey))`

function freshProcess(path) {
  const args = ['--input-type=module', '-e', script, path, PASSPHRASE]
  const { status, stdout } = spawnSync(process.execPath, args)
  assert.equal(status, 0)
  return stdout
}

export async function rows({ encrypted }) {
  const { formatPublicKey, parsePrivateKey } = await load('index.js')
  const { file, path, plainPath } = encrypted
  const open = () => parsePrivateKey(file, { passphrase: PASSPHRASE })
  const line = formatPublicKey((await open()).publicKey)
  assert.equal(String(keygen(path, PASSPHRASE)), line)
  const salt = new Uint8Array(16).fill(7)
  const passphrase = new TextEncoder().encode(PASSPHRASE)
  const derived = new Uint8Array(DERIVED)
  const peers = {
    'bcrypt-pbkdf': () => bcrypt.pbkdf(passphrase, passphrase.length, salt, salt.length, derived, DERIVED, 16),
    sshpk: () => sshpk.parsePrivateKey(file, 'ssh-private', { passphrase: PASSPHRASE }),
    ssh2: () => ssh2.utils.parseKey(file, PASSPHRASE),
    'ssh-keygen': () => keygen(path, PASSPHRASE),
  }
  return [
    {
      name: 'open a key of 16 rounds (bcrypt-pbkdf: its KDF alone; ssh-keygen -y: with its start)',
      ours: open,
      peers,
      targets: { 'bcrypt-pbkdf': 1.5, 'ssh-keygen': 1 / 1.2 },
    },
    {
      name: 'the same, ours in a new Node process',
      ours: () => freshProcess(path),
      peers: { 'ssh-keygen': peers['ssh-keygen'] },
    },
    {
      name: 'start of a child: node -e 0 as ours, ssh-keygen -y of a plain key',
      ours: () => spawnSync(process.execPath, ['-e', '0']),
      peers: { 'ssh-keygen': () => keygen(plainPath, '') },
    },
  ]
}
