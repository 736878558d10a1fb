/** Reading an unencrypted private key file, and the arithmetic that proves it, apart. */
import assert from 'node:assert/strict'
import { ed25519 } from '@noble/curves/ed25519.js'
import { p256 } from '@noble/curves/nist.js'
import { PrivateExport } from 'micro-key-producer/ssh.js'
import ssh2 from 'ssh2'
import sshpk from 'sshpk'
import { load } from '../library.mjs'

export const about = { place: 2, everywhere: true }

const same = (a, b) => Buffer.compare(a, b) === 0
const number = (bytes) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)

/** What the arithmetic has to compute, by noble or BigInt and nothing else. */
const alone = {
  ed25519: (c) => same(ed25519.getPublicKey(c.seed), c.public),
  ecdsa: (c) => same(p256.getPublicKey(c.scalar, false), c.point),
  rsa2048: (c) => {
    const [n, e, d, p, q, iqmp] = [c.n, c.e, c.d, c.p, c.q, c.iqmp].map(number)
    return p * q === n && (e * d) % (p - 1n) === 1n && (e * d) % (q - 1n) === 1n && (iqmp * q) % p === 1n
  },
}

const kinds = [
  ['Ed25519', 'ed25519', 1.5],
  ['ECDSA P-256', 'ecdsa', 1.2],
  ['RSA-2048', 'rsa2048', 0.8],
]

export async function rows(fixtures) {
  const { decodePlain } = await load('formats/openssh-private.js')
  const { provePrivateKey } = await load('formats/parse.js')
  const { Source } = await load('formats/source.js')
  const { allTypes } = await load('keys/index.js')
  const { fingerprint, parsePrivateKey } = await load('index.js')
  const types = { types: allTypes }
  // Like sshpk and ssh2, which ask no arithmetic of anybody: not even whether the public point lies on its curve.
  const decodeOnly = { types: allTypes.map((t) => (t.alias.startsWith('ecdsa') ? { ...t, checkPublic() {} } : t)) }
  const out = []
  for (const [title, fixture, target] of kinds) {
    const files = fixtures[fixture].map((f) => f.file)
    const texts = files.map(String)
    const pick = (i) => files[i % files.length]
    for (const file of files) {
      const print = fingerprint(await parsePrivateKey(file))
      assert.equal(print, sshpk.parsePrivateKey(file, 'ssh-private').fingerprint('sha256').toString())
    }
    out.push({
      name: `decode a private key file, ${title}`,
      ours: (i) => decodePlain(new Source(pick(i)), decodeOnly),
      peers: {
        sshpk: (i) => sshpk.parsePrivateKey(pick(i), 'ssh-private'),
        ssh2: (i) => ssh2.utils.parseKey(pick(i)),
        ...(fixture === 'ed25519' && { 'micro-key-producer': (i) => PrivateExport.decode(texts[i % texts.length]) }),
      },
      targets: { sshpk: target },
    })
    const keys = files.map((file) => decodePlain(new Source(file), types))
    const components = keys.map((key) => key.exposeComponents())
    for (const c of components) assert.ok(alone[fixture](c))
    out.push({
      name: `prove a private key, ${title}`,
      ours: (i) => provePrivateKey(keys[i % keys.length]),
      peers: { alone: (i) => alone[fixture](components[i % components.length]) },
      targets: { alone: 0.85 },
    })
    out.push({
      name: `both, as parsePrivateKey does, ${title}`,
      ours: (i) => parsePrivateKey(pick(i)),
      peers: { sshpk: (i) => sshpk.parsePrivateKey(pick(i), 'ssh-private'), ssh2: (i) => ssh2.utils.parseKey(pick(i)) },
    })
  }
  return out
}
