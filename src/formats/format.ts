/**
 * What a container of keys is to this library: a value with functions, in one file, handed in by the caller.
 */

import type { WorkOptions } from '../crypto/progress.ts'
import type { Random } from '../crypto/random.ts'
import type { KeyType } from '../keys/key-type.ts'
import type { PrivateKey } from '../keys/private-key.ts'
import type { KeyOptions, PublicKey } from '../keys/public-key.ts'
import type { Source } from './source.ts'

/** A passphrase: text is taken as UTF-8, not normalised. */
export type Passphrase = string | Uint8Array

/** How to write a public key. */
export interface WritePublicOptions {
  /** Types whose fields may be decoded, for the containers that take a key apart. */
  readonly types: readonly KeyType[]
  /** In place of the key's own comment. */
  readonly comment?: string | undefined
}

/** How to read a private key. */
export interface ReadPrivateOptions extends KeyOptions, WorkOptions {
  readonly passphrase?: Passphrase | undefined
}

/** How to write a private key. */
export interface WritePrivateOptions extends WorkOptions {
  /** Encrypts the file; without it, it is written plain. */
  readonly passphrase?: Passphrase | undefined
  /** Cipher, by the container's own name for it. */
  readonly cipher?: string | undefined
  /** Key derivation of PKCS#8: `pbkdf2-hmac-sha256` (default; also `-sha1`, `-sha224`, `-sha384`, `-sha512`) or `scrypt`. */
  readonly kdf?: string | undefined
  /** Rounds of the container's key derivation. */
  readonly rounds?: number | undefined
  /** In place of the key's own comment. */
  readonly comment?: string | undefined
  /** Source of salts and check integers; the runtime's own where it is not given. */
  readonly random?: Random | undefined
}

/** How a file is encrypted. */
export interface Encryption {
  readonly cipher: string
  readonly kdf: string
  readonly rounds: number
}

/** What a private key's file tells without its passphrase. */
export interface PrivateFileFacts {
  /** `null` for a plain file. */
  readonly encrypted: Encryption | null
  /** The public half, where the file has it in clear; its comment is inside the encryption. */
  readonly publicKey: PublicKey | undefined
}

/** A container of one public key. */
export interface PublicFormat {
  readonly name: string
  /** Whether the input is one of this container, by its outermost marks. */
  recognise(source: Source): boolean
  parse(source: Source, options: KeyOptions): PublicKey
  format(key: PublicKey, options: WritePublicOptions): string
  /** The container's bytes, where its text is an armor of them: DER, a blob. */
  encode?(key: PublicKey, options: WritePublicOptions): Uint8Array
}

/** A container of one private key. */
export interface PrivateFormat {
  readonly name: string
  /** Another name to ask for it by. */
  readonly alias?: string
  /** Whether the input is one of this container, by its outermost marks. */
  recognise(source: Source): boolean
  /** What the file tells without its passphrase. */
  facts(source: Source, options: KeyOptions): PrivateFileFacts
  /** Reads the file. The arithmetic of the key is not proved here; `parsePrivateKey` does it for every container. */
  parse(source: Source, options: ReadPrivateOptions): Promise<PrivateKey>
  format(key: PrivateKey, options: WritePrivateOptions): Promise<string>
  /** The container's bytes, where its text is an armor of them: DER. */
  encode?(key: PrivateKey, options: WritePrivateOptions): Promise<Uint8Array>
}
