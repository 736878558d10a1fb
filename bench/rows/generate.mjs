/** Making an Ed25519 key and writing it plain in OpenSSH's form. */
import { randomBytes } from 'node:crypto'
import { getKeys } from 'micro-key-producer/ssh.js'
import ssh2 from 'ssh2'
import sshpk from 'sshpk'
import { load } from '../library.mjs'

export const about = { place: 13 }

export async function rows() {
  const { formatPrivateKey, generateKey } = await load('index.js')
  return [
    {
      name: 'generate Ed25519 and write the file',
      ours: async () => formatPrivateKey(await generateKey('ed25519', { comment: 'me@home' })),
      peers: {
        sshpk: () => sshpk.generatePrivateKey('ed25519').toString('ssh-private'),
        ssh2: () => ssh2.utils.generateKeyPairSync('ed25519').private,
        'micro-key-producer': () => getKeys(randomBytes(32), 'me@home').privateKey,
      },
    },
  ]
}
