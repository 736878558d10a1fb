/**
 * ML-DSA-44 with a context string: FIPS 204 sections 5.2 and 5.3, hedged, keys as seeds. WebCrypto where the runtime
 * has it, noble where it has not.
 *
 * WebCrypto's ML-DSA is a draft (WICG "Modern Algorithms in the Web Cryptography API"). A runtime that did not know of
 * contexts would ignore ours in silence, and sign or verify something else. So the context is handed over as a getter:
 * who never asks for it does not count.
 */

import { draw, type Random } from './random.ts'
import { importHere, type Sign, type Subtle, signingFunction, type Verify, type WebCryptoKey } from './webcrypto.ts'

const name = 'ML-DSA-44'

const pure = async () => (await import('@noble/post-quantum/ml-dsa.js')).ml_dsa44

/** Octets of a public key and of a signature: FIPS 204 table 2. */
const PUBLIC = 1312
const SIGNATURE = 2420

/** Algorithm parameters that notice whether their context is read. */
class Parameters {
  readonly [parameter: string]: unknown
  readonly name: string = name
  asked = false
  readonly #context: Uint8Array

  constructor(context: Uint8Array) {
    this.#context = context
  }

  get context(): Uint8Array {
    this.asked = true
    return this.#context
  }
}

/** The public key (1312 octets) of a seed (32 octets). */
export async function mlDsa44PublicKey(seed: Uint8Array): Promise<Uint8Array> {
  const { publicKey, secretKey } = (await pure()).keygen(seed)
  secretKey.fill(0)
  return publicKey
}

/**
 * Prepares signing with a seed (32 octets) under `context` (up to 255 octets); signatures have 2420 octets. Where
 * WebCrypto does not do it the seed is borrowed: it must stay as it is while the function is in use, and the key is
 * expanded anew for each signature, so that nothing of it stays behind. With `random` handed in, its 32 octets are the
 * hedge of each signature.
 */
export async function prepareMlDsa44Sign(seed: Uint8Array, context: Uint8Array, random?: Random): Promise<Sign> {
  const here = random ? undefined : await signerHere(seed, context)
  if (here) return here
  const { keygen, sign } = await pure()
  return async (data) => {
    const hedge = draw(random, 32)
    const { secretKey } = keygen(seed)
    try {
      return sign(data, secretKey, { context, extraEntropy: hedge })
    } finally {
      secretKey.fill(0)
      hedge.fill(0)
    }
  }
}

async function signerHere(seed: Uint8Array, context: Uint8Array): Promise<Sign | undefined> {
  const imported = await importHere('raw-seed', seed, name, 'sign')
  if (!imported) return undefined
  const [platform, key] = imported
  const trial = new Parameters(context)
  try {
    await platform.sign(trial, key, new Uint8Array(1))
  } catch {
    // Deno 2.9 knows of contexts, but signs with the empty one alone.
    return undefined
  }
  if (!trial.asked) return undefined
  return signingFunction(imported, () => new Parameters(context))
}

/** Prepares verification with a public key (1312 octets) under `context` (up to 255 octets). */
export async function prepareMlDsa44Verify(publicKey: Uint8Array, context: Uint8Array): Promise<Verify> {
  const key = new Uint8Array(publicKey)
  if (key.length !== PUBLIC) return async () => false
  const here = await importHere('raw-public', key, name, 'verify')
  return async (signature, data) => {
    if (signature.length !== SIGNATURE) return false
    if (here && (await holdsHere(here, context, signature, data))) return true
    // Not the platform's to refuse: Deno 2.9 reads the context and then says false whatever the signature.
    return (await pure()).verify(signature, data, key, { context })
  }
}

async function holdsHere(
  [platform, key]: readonly [Subtle, WebCryptoKey],
  context: Uint8Array,
  signature: Uint8Array,
  data: Uint8Array,
): Promise<boolean> {
  const parameters = new Parameters(context)
  try {
    return (await platform.verify(parameters, key, signature, data)) && parameters.asked
  } catch {
    // "Cannot do this here" is not "bad signature": the caller's pure path gives the verdict.
    return false
  }
}
