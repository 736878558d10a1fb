/** `ssh-ed25519`: RFC 8709; its private section is seed and public key, once more, in one string (PROTOCOL.key). */

import {
  checkEd25519,
  ed25519PublicKey,
  generateEd25519,
  prepareEd25519Sign,
  prepareEd25519Verify,
} from '../../crypto/ed25519.ts'
import { mismatch } from '../../wire/expect.ts'
import { concat } from '../../wire/octets.ts'
import type { Field } from '../fields.ts'
import { fixedSize, type KeyType } from '../key-type.ts'
import { signString, verifyString } from '../signature.ts'

// `again`: ssh-ed25519.c `ssh_ed25519_serialize_private` does not leave out what the certificate has.
const publicField: Field = { name: 'public', kind: 'string', max: 32, length: 32, again: true }

const seedField: Field = {
  name: 'seed',
  kind: 'string',
  max: 64,
  length: 64,
  secret: true,
  codec: {
    decode(wire, before) {
      // Octet by octet: views and slices of so few cost more than the octets do.
      const seed = new Uint8Array(32)
      let differs = 0
      for (let i = 0; i < 32; i++) {
        seed[i] = wire[i]!
        differs |= wire[32 + i]! ^ before.public![i]!
      }
      if (!differs) return seed
      seed.fill(0)
      throw mismatch('ssh-ed25519 public')
    },
    encode: (seed, components) => concat([seed, components.public!]),
  },
}

/** Ed25519 keys. */
export const ed25519: KeyType = {
  name: 'ssh-ed25519',
  alias: 'ed25519',
  title: 'ED25519',
  certName: 'ssh-ed25519-cert-v01@openssh.com',
  publicFields: [publicField],
  privateFields: [publicField, seedField],
  algorithms: ['ssh-ed25519'],
  legacyAlgorithms: [],
  asn1: {
    oid: '1.3.101.112',
    publicKey: { kind: 'octets', component: 'public' },
    privateKey: { kind: 'octet-string', component: 'seed' },
  },
  jwk: { kty: 'OKP', crv: 'Ed25519', members: { x: 'public', d: 'seed' } },
  sshfp: 4,
  derivePublic: (c) => ({ public: ed25519PublicKey(c.seed!) }),
  bits: () => 256,
  // As in OpenSSH, a blob of the right length loads; whether it is a point shows when a signature is verified.
  checkPublic() {},
  checkPrivate: (c) => checkEd25519(c.seed!, c.public!),
  async generate({ bits, random }) {
    fixedSize('ed25519', 256, bits)
    const { seed, publicKey } = await generateEd25519(random)
    return { public: publicKey, seed }
  },
  async prepareSign(c) {
    return signString(await prepareEd25519Sign(c.seed!))
  },
  async prepareVerify(c) {
    return verifyString(await prepareEd25519Verify(c.public!), 'ssh-ed25519 signature', 64)
  },
}
