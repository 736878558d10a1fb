/**
 * Ed25519: RFC 8032, section 5.1. WebCrypto where the runtime has it, noble where it has not, with one verdict.
 *
 * RFC 8032 leaves open how points of small order are treated and whether the cofactor is multiplied in, and engines
 * differ: under a mixed-order key noble took 64 of 64 signatures, WebCrypto 2; with A and R of small order Node 20 and
 * Chromium say yes, Node 24 no. So what engines dispute is refused here before any of them is asked: an A or R that is
 * not canonical or is of small order, and S ≥ L. What is left is the equation without cofactor, encode(S·B − k·A) = R.
 */

import { eddsa, edwards } from '@noble/curves/abstract/edwards.js'
import { bytesToNumberLE } from '@noble/curves/utils.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { equalBytes } from './constant-time.ts'
import { once } from './once.ts'
import { unwrapEd25519, wrapEd25519 } from './pkcs8-der.ts'
import { draw, type Random } from './random.ts'
import { type Sign, subtleGenerate, subtleSigner, subtleVerifier, type Verify } from './webcrypto.ts'

/** Its hash, for what stands beside it: `hash.ts` would bring all the others. */
export { sha512 }

const algorithm = 'Ed25519'

/** L. */
const ORDER = 0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3edn

/**
 * The curve of RFC 8032 section 5.1 on noble's Edwards arithmetic. noble's own `ed25519` brings X25519 and a faster
 * square root along, which cost small bundles more than they give here.
 */
const ed25519 = /* @__PURE__ */ once(() => {
  const Point = edwards({
    p: 0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffedn,
    n: ORDER,
    h: 8n,
    a: 0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffecn,
    d: 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n,
    Gx: 0x216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51an,
    Gy: 0x6666666666666666666666666666666666666666666666666666666666666658n,
  })
  return eddsa(Point, sha512, {
    adjustScalarBytes(scalar: Uint8Array) {
      scalar[0]! &= 0xf8
      scalar[31] = (scalar[31]! & 0x7f) | 0x40
      return scalar
    },
  })
})

/** The public key (32 octets) of a seed (32 octets). */
export function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  return ed25519().getPublicKey(seed)
}

/** A new key: seed and public key, 32 octets each. With `random` handed in, the seed is its first 32 octets. */
export async function generateEd25519(random?: Random): Promise<{ seed: Uint8Array; publicKey: Uint8Array }> {
  const made = random
    ? undefined
    : await subtleGenerate(algorithm, async (pkcs8, platform, key) => {
        const seed = unwrapEd25519(pkcs8)
        return seed && { seed, publicKey: new Uint8Array(await platform.exportKey('raw', key)) }
      })
  if (made) return made
  const seed = draw(random, 32)
  return { seed, publicKey: ed25519PublicKey(seed) }
}

/**
 * Prepares signing with a seed; signatures have 64 octets. Where WebCrypto is missing the seed is borrowed: it must
 * stay as it is while the function is in use. The public key is no argument: both paths derive it from the seed, since
 * signing with a wrong one would give the private scalar away.
 */
export async function prepareEd25519Sign(seed: Uint8Array): Promise<Sign> {
  return subtleSigner(wrapEd25519(seed), algorithm, (data) => ed25519().sign(data, seed))
}

/** Prepares verification with a public key (32 octets). An impossible key makes every signature a bad one. */
export async function prepareEd25519Verify(publicKey: Uint8Array): Promise<Verify> {
  const key = new Uint8Array(publicKey)
  if (key.length !== 32 || isRefusedPoint(key)) return async () => false
  const verify = await subtleVerifier('raw', key, algorithm, (signature, data) => verifyPure(key, signature, data))
  return async (signature, data) =>
    signature.length === 64 && !isRefusedPoint(signature) && isBelowOrder(signature) && verify(signature, data)
}

/**
 * Whether `seed` gives `publicKey`, 32 octets each. A promise, like its fellows of other types, though noble does it:
 * on Node 20 the import of the seed in PKCS#8 alone takes longer (0.7 ms) than deriving the public key by noble (0.45).
 */
export async function checkEd25519(seed: Uint8Array, publicKey: Uint8Array): Promise<boolean> {
  return equalBytes(ed25519PublicKey(seed), publicKey)
}

/** y of a point of order 8, little-endian; p − y is the other. The sign bit of x is free in both. */
const order8 = '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'

/**
 * Whether the first 32 octets encode a y ≥ p or a point of small order (y is 0, ±1 or ±order8), whatever the sign bit
 * says. x = 0 with the sign bit set, which is not canonical either, has y = ±1.
 */
function isRefusedPoint(bytes: Uint8Array): boolean {
  const low = bytes[0]!
  // One octet decides for nearly every key.
  if (low > 1 && low < 0xec && low !== 0x26 && low !== 0xc7) return false
  const atOrder8 = low === 0x26 || low === 0xc7
  // p is ed ff … ff 7f, so above the lowest octet the negative of a y here is its complement.
  const flip = low > 0x26 ? 0xff : 0
  for (let i = 1; i < 32; i++) {
    const expected = flip ^ (atOrder8 ? Number.parseInt(order8.slice(2 * i, 2 * i + 2), 16) : 0)
    // The top bit is the sign of x.
    if ((bytes[i]! ^ expected) & (i === 31 ? 0x7f : 0xff)) return false
  }
  return true
}

/** Whether S, the last 32 of the 64 octets, is below L, little-endian. */
function isBelowOrder(signature: Uint8Array): boolean {
  // The top octet decides nearly always: L is 2²⁵² and a bit.
  const top = signature[63]!
  return top < 16 || (top === 16 && bytesToNumberLE(signature.subarray(32)) < ORDER)
}

/** encode(S·B − k·A) = R, for A and R that are not refused and S < L. */
function verifyPure(key: Uint8Array, signature: Uint8Array, data: Uint8Array): boolean {
  const { Point } = ed25519()
  const point = decodePoint(key)
  if (!point) return false
  const hashed = sha512.create().update(signature.subarray(0, 32)).update(key).update(data).digest()
  const k = Point.Fn.create(bytesToNumberLE(hashed))
  const expected = Point.BASE.multiplyUnsafe(bytesToNumberLE(signature.subarray(32))).subtract(point.multiplyUnsafe(k))
  return equalBytes(expected.toBytes(), signature.subarray(0, 32))
}

function decodePoint(key: Uint8Array): ReturnType<ReturnType<typeof ed25519>['Point']['fromBytes']> | undefined {
  try {
    return ed25519().Point.fromBytes(key)
  } catch {
    // Length and y < p are known here, so the only failure left is that x² has no root: not on the curve.
    return undefined
  }
}
