/**
 * `ssh-mldsa44-ed25519`: ML-DSA-44 and Ed25519 in one key, whose signatures must both hold
 * (draft-ietf-lamps-pq-composite-sigs; openssh-portable ssh-mldsa-eddsa.c).
 *
 * Final names since OpenSSH 10.6; 10.4 and 10.5 had experimental ones for the same keys, and each release refuses the
 * other's files. Here both are read and used, and only keys with the final name are made.
 */

import { equalBytes } from '../../crypto/constant-time.ts'
import { ed25519PublicKey, prepareEd25519Sign, prepareEd25519Verify, sha512 } from '../../crypto/ed25519.ts'
import { mlDsa44PublicKey, prepareMlDsa44Sign, prepareMlDsa44Verify } from '../../crypto/ml-dsa.ts'
import { draw } from '../../crypto/random.ts'
import type { Verify } from '../../crypto/webcrypto.ts'
import { UnsupportedError } from '../../errors.ts'
import { concat } from '../../wire/octets.ts'
import { encodeText } from '../../wire/text.ts'
import { Writer } from '../../wire/writer.ts'
import type { Field } from '../fields.ts'
import { fixedSize, type KeyType } from '../key-type.ts'
import { signString, verifyString } from '../signature.ts'

const PREFIX = 'CompositeAlgorithmSignatures2025'
/** Names the pair of algorithms: within the message, and as the context of ML-DSA. */
const LABEL = 'COMPSIG-MLDSA44-Ed25519-SHA512'

/** Octets of ML-DSA-44: FIPS 204 table 2. */
const ML_DSA_PUBLIC = 1312
const ML_DSA_SIGNATURE = 2420
const ML_DSA_SEED = 32
/** With those of Ed25519 behind them. */
const PUBLIC = 1344
const SIGNATURE = 2484

/** Public keys of ML-DSA-44, then of Ed25519. */
const publicField: Field = { name: 'public', kind: 'string', max: PUBLIC, length: PUBLIC }
/** Seeds of ML-DSA-44, then of Ed25519. */
const seedsField: Field = { name: 'seeds', kind: 'string', max: 64, length: 64, secret: true }

/** What both halves sign (the draft's section 2.2, M'). The context of the pair is empty in SSH: length 0. */
function composite(data: Uint8Array): Uint8Array {
  return new Writer().raw(encodeText(PREFIX)).raw(encodeText(LABEL)).u8(0).raw(sha512(data)).take()
}

async function derive(seeds: Uint8Array): Promise<Uint8Array> {
  const ed25519 = ed25519PublicKey(seeds.subarray(ML_DSA_SEED))
  return concat([await mlDsa44PublicKey(seeds.subarray(0, ML_DSA_SEED)), ed25519])
}

function mldsaType(
  names: Pick<KeyType, 'name' | 'alias' | 'certName'>,
  bits: number,
  generate: KeyType['generate'],
): KeyType {
  const { name } = names
  return {
    ...names,
    title: 'MLDSA44-ED25519',
    // OpenSSH's SSH_ALLOWED_CA_SIGALGS does not have it.
    authorityByName: true,
    publicFields: [publicField],
    privateFields: [publicField, seedsField],
    algorithms: [name],
    legacyAlgorithms: [],
    bits: () => bits,
    // As for Ed25519: any string of the right length is a key until a signature says otherwise.
    checkPublic() {},
    checkPrivate: async (c) => equalBytes(await derive(c.seeds!), c.public!),
    generate,
    async prepareSign(c) {
      const mlDsa = await prepareMlDsa44Sign(c.seeds!.subarray(0, ML_DSA_SEED), encodeText(LABEL))
      const ed25519 = await prepareEd25519Sign(c.seeds!.subarray(ML_DSA_SEED))
      return signString(async (data) => {
        const message = composite(data)
        // Begun together: what signs with the borrowed seeds must not find them wiped half-way.
        return concat(await Promise.all([mlDsa(message), ed25519(message)]))
      })
    },
    async prepareVerify(c) {
      const mlDsa = await prepareMlDsa44Verify(c.public!.subarray(0, ML_DSA_PUBLIC), encodeText(LABEL))
      const ed25519 = await prepareEd25519Verify(c.public!.subarray(ML_DSA_PUBLIC))
      const both: Verify = async (signature, data) => {
        const message = composite(data)
        return (
          (await ed25519(signature.subarray(ML_DSA_SIGNATURE), message)) &&
          (await mlDsa(signature.subarray(0, ML_DSA_SIGNATURE), message))
        )
      }
      return verifyString(both, `${name} signature`, SIGNATURE)
    },
  }
}

/** ML-DSA-44 with Ed25519, by its final names. */
export const mldsa44Ed25519: KeyType = /* @__PURE__ */ mldsaType(
  { name: 'ssh-mldsa44-ed25519', alias: 'mldsa44-ed25519', certName: 'ssh-mldsa44-ed25519-cert' },
  512,
  async ({ bits, random }) => {
    fixedSize('mldsa44-ed25519', 512, bits)
    const seeds = draw(random, 64)
    return { public: await derive(seeds), seeds }
  },
)

/** ML-DSA-44 with Ed25519, by the experimental names of OpenSSH 10.4 and 10.5. */
export const mldsa44Ed25519Experimental: KeyType = /* @__PURE__ */ mldsaType(
  {
    name: 'ssh-mldsa44-ed25519@openssh.com',
    alias: 'mldsa44-ed25519@openssh.com',
    certName: 'ssh-mldsa44-ed25519-cert-v01@openssh.com',
  },
  256,
  async () => {
    throw new UnsupportedError('unsupported-type', 'ssh-mldsa44-ed25519@openssh.com: keys are not made')
  },
)
