/** A key of every type that the library knows, and a signer of each: security keys and DSA, which it never signs with, in software. */
import { createHash } from 'node:crypto'
import {
  allTypes,
  ecdsaP256,
  ed25519,
  generatePrivateKey,
  type KeyType,
  mldsa44Ed25519,
  PrivateKey,
  type PublicKey,
  publicKeyOf,
  type Signer,
  signatureOf,
} from '../../src/keys/index.ts'
import { Reader } from '../../src/wire/reader.ts'
import { Writer } from '../../src/wire/writer.ts'
import { privateKeyOf } from '../keys/types/set.ts'
import { toHex } from '../support/bytes.ts'

const inners: Readonly<Record<string, KeyType>> = {
  'sk-ssh-ed25519@openssh.com': ed25519,
  'sk-ecdsa-sha2-nistp256@openssh.com': ecdsaP256,
}

/** What signs in a security key: over application, flags, counter and message (PROTOCOL.u2f). */
async function securityKey(type: KeyType, inner: KeyType, flags: number): Promise<Signer> {
  const key = await generatePrivateKey(inner)
  const application = Uint8Array.from('ssh:', (c) => c.charCodeAt(0))
  const publicKey = publicKeyOf(type, { ...key.exposeComponents(), application }, '')
  const hash = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())
  return {
    publicKey,
    algorithms: [type.name],
    async sign(data) {
      const signed = new Writer().raw(hash(application)).u8(flags).u32(3).raw(hash(data)).take()
      const reader = new Reader((await key.sign(signed)).blob)
      reader.string('algorithm')
      return signatureOf(type.name, new Writer().raw(reader.rest()).u8(flags).u32(3).take())
    },
  }
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  let square = base % modulus
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

/** FIPS 186-4 section 4.6 with SHA-1 and one k for all: this key guards nothing. */
function dsaSigner(key: PrivateKey): Signer {
  const number = (name: string): bigint => BigInt(`0x${toHex(key.exposeComponents()[name]!)}`)
  const [p, q, g, x] = ['p', 'q', 'g', 'x'].map(number) as [bigint, bigint, bigint, bigint]
  const k = 0x1234567890abcdefn
  const octets = (n: bigint) => Uint8Array.from(n.toString(16).padStart(40, '0').match(/../g)!, (o) => Number(`0x${o}`))
  return {
    publicKey: key.publicKey,
    algorithms: ['ssh-dss'],
    async sign(data) {
      const hash = BigInt(`0x${createHash('sha1').update(data).digest('hex')}`)
      const r = power(g, k, p) % q
      const s = (power(k, q - 2n, q) * (hash + x * r)) % q
      return signatureOf('ssh-dss', new Writer().u32(40).raw(octets(r)).raw(octets(s)).take())
    },
  }
}

/** One signer, by the everyday name of its type. */
export interface Authority {
  readonly label: string
  readonly type: KeyType
  readonly publicKey: PublicKey
  readonly signer: Signer
}

async function signerOf(type: KeyType, flags: number): Promise<Signer> {
  const inner = inners[type.name]
  if (inner) return securityKey(type, inner, flags)
  if (type.name === 'ssh-dss') return dsaSigner(await privateKeyOf('dsa'))
  // Under its experimental name, which is only read.
  const named = type.name.startsWith('ssh-mldsa') ? mldsa44Ed25519 : type
  const key = await generatePrivateKey(named, type.name === 'ssh-rsa' ? { bits: 2048 } : {})
  return named === type ? key : new PrivateKey(type, key.exposeComponents(), '')
}

/** A new signer of each type; `flags` is what security keys say, touched where it is not given. */
export function everyAuthority(flags = 1): Promise<Authority[]> {
  return Promise.all(
    allTypes.map(async (type) => {
      const signer = await signerOf(type, flags)
      return { label: type.name, type, publicKey: signer.publicKey, signer }
    }),
  )
}
