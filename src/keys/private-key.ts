/**
 * Private keys: the one owner of their secret bytes.
 *
 * What JavaScript cannot promise: a runtime may have copied the bytes (WebCrypto has, once the key has signed), and
 * integers of RSA and of the fallback arithmetic are BigInts, which nobody can wipe.
 */

import { throwIfAborted } from '../crypto/progress.ts'
import { SignerError } from '../errors.ts'
import { encodeBase64 } from '../wire/base64.ts'
import { type Components, copyOf, wipeSecrets } from './fields.ts'
import type { GenerateOptions, KeyType, SignFunction } from './key-type.ts'
import { type PublicKey, publicKeyOf } from './public-key.ts'
import { type Signature, signatureOf } from './signature.ts'
import { chosenAlgorithm, type Signer, type SignOptions } from './signer.ts'

/** `Symbol.dispose` where the program's library has it, so that `using key = …` compiles there and nobody else minds. */
type Dispose = {
  readonly [K in keyof SymbolConstructor as K extends 'dispose'
    ? Extract<SymbolConstructor[K], symbol>
    : never]: () => void
}

/**
 * Gives the class what its declaration cannot hold, since the symbols are not in every library. When the first key is
 * made: once at import would keep the class in every bundle, and once for each key takes as long as decoding one.
 */
function addHooks(prototype: PrivateKey): true {
  const dispose = (Symbol as { readonly dispose?: symbol }).dispose
  if (dispose) Object.defineProperty(prototype, dispose, { value: prototype.wipe })
  // What Node, Deno and Bun ask for what they print.
  Object.defineProperty(prototype, Symbol.for('nodejs.util.inspect.custom'), {
    value(this: PrivateKey) {
      return `PrivateKey { ${this.type} [redacted] }`
    },
  })
  return true
}

/** See the class. */
export interface PrivateKey extends Dispose {}

/**
 * A private key and its public half; a `Signer`. It shows no secret when it is printed or made JSON.
 * `wipe()` (or the end of a `using` block) overwrites its secret bytes and ends its use: `SignerError` `wiped`.
 *
 * @example
 * ```ts
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const key = await generatePrivateKey(ed25519)
 * const { blob } = await key.sign(new TextEncoder().encode('hello'))
 * console.log(blob.length, key) // 83 PrivateKey { ssh-ed25519 [redacted] }
 * key.wipe()
 * await key.sign(new Uint8Array(5)).catch((error) => console.log(error.code)) // wiped
 * ```
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor defines what the interface declares
export class PrivateKey implements Signer {
  static #complete = false
  readonly publicKey: PublicKey
  readonly #type: KeyType
  #components: Components | undefined
  #prepared: Map<string, Promise<SignFunction>> | undefined

  /**
   * Takes ownership of `components`: they are wiped with the key. Their consistency is not checked here.
   * `publicKey`: their public half and the comment, where they were read from one; it is written anew otherwise.
   */
  constructor(type: KeyType, components: Components, comment: string, publicKey?: PublicKey) {
    if (!PrivateKey.#complete) PrivateKey.#complete = addHooks(PrivateKey.prototype)
    this.publicKey = publicKey ?? publicKeyOf(type, components, comment)
    this.#type = type
    this.#components = components
  }

  /** Signature algorithms, the default first. */
  get algorithms(): readonly string[] {
    return this.#type.algorithms.concat(this.#type.legacyAlgorithms)
  }

  /** Type name. */
  get type(): string {
    return this.publicKey.type
  }

  /** Comment of the public half. */
  get comment(): string {
    return this.publicKey.comment
  }

  /** The key type that it was made with. */
  get keyType(): KeyType {
    return this.#type
  }

  /** The key's own bytes, secrets among them: not copies. Throws `SignerError` `wiped`. */
  exposeComponents(): Components {
    if (!this.#components) throw new SignerError('wiped', 'the private key was wiped')
    return this.#components
  }

  /**
   * Signs `data` with `options.algorithm`, or the first of `algorithms`.
   * Throws `UnsupportedError` `unsupported-algorithm`, `SignerError` `wiped`, the signal's reason.
   */
  async sign(data: Uint8Array, options?: SignOptions): Promise<Signature> {
    throwIfAborted(options?.signal)
    const message = copyOf(data)
    const components = this.exposeComponents()
    const { algorithms } = this
    const algorithm = chosenAlgorithm(algorithms, options?.algorithm)
    this.#prepared ??= new Map()
    let prepared = this.#prepared.get(algorithm)
    if (!prepared) {
      prepared = this.#type.prepareSign(components, algorithm)
      this.#prepared.set(algorithm, prepared)
    }
    const signFunction = await prepared
    this.exposeComponents() // wiped in the meantime?
    const value = await signFunction(message)
    throwIfAborted(options?.signal)
    return signatureOf(algorithm, value)
  }

  /** Overwrites the secret bytes. The public half stays. */
  wipe(): void {
    if (this.#components) wipeSecrets(this.#type.privateFields, this.#components)
    this.#components = undefined
    this.#prepared?.clear()
  }

  /** The public half and a word in place of the secrets. */
  toJSON(): { type: string; publicKey: string; comment: string; secrets: '[redacted]' } {
    return {
      type: this.type,
      publicKey: encodeBase64(this.publicKey.blob),
      comment: this.comment,
      secrets: '[redacted]',
    }
  }
}

/**
 * Makes a new private key of `type`.
 * Throws `TypeError` for a size that the type has not, the signal's reason, `UnsupportedError` `no-random`.
 *
 * @example
 * ```ts
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const key = await generatePrivateKey(ed25519, { comment: 'deploy' })
 * console.log(key.publicKey.type) // ssh-ed25519
 * ```
 */
export async function generatePrivateKey(
  type: KeyType,
  options: GenerateOptions & { readonly comment?: string | undefined } = {},
): Promise<PrivateKey> {
  throwIfAborted(options.signal)
  const key = new PrivateKey(type, await type.generate(options), options.comment ?? '')
  if (options.signal?.aborted) key.wipe()
  throwIfAborted(options.signal)
  return key
}
