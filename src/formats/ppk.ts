/** PuTTY's private key files, versions 2 and 3: PuTTY manual, appendix C. */

import { aesCbcDecrypt, aesCbcEncrypt } from '../crypto/aes.ts'
import type { Argon2Variant } from '../crypto/argon2.ts'
import { equalBytes } from '../crypto/constant-time.ts'
import { sha1 } from '../crypto/hash.ts'
import { draw } from '../crypto/random.ts'
import { FormatError, UnsupportedError } from '../errors.ts'
import { writeFields } from '../keys/fields.ts'
import { findType } from '../keys/key-type.ts'
import { PrivateKey } from '../keys/private-key.ts'
import { decodePublicKey, type KeyOptions, type PublicKey, publicKeyOf } from '../keys/public-key.ts'
import { bad, checkWhole } from '../wire/expect.ts'
import { concat } from '../wire/octets.ts'
import { decodeText, encodeText } from '../wire/text.ts'
import { Writer } from '../wire/writer.ts'
import type { PrivateFileFacts, PrivateFormat, ReadPrivateOptions, WritePrivateOptions } from './format.ts'
import { needPassphrase, newPassphrase, withPassphrase, wrongPassphrase } from './passphrase.ts'
import { decodePpk, encodePpk, PPK_CIPHER, type PpkFile, type PpkHead, ppkVersion } from './ppk-file.ts'
import { derivePpkKeys, ppkMac } from './ppk-keys.ts'
import { privateFields, readPrivateHalf, readPublicHalf } from './ppk-layout.ts'
import type { Source } from './source.ts'

const BLOCK = 16
/** Octets of salt that PuTTY writes (sshpubk.c `ppk_save_sb`). */
const SALT_LENGTH = 16

/** How version 3 hashes a passphrase. */
export interface Ppk3Options {
  readonly variant: Argon2Variant
  /** KiB. */
  readonly memory: number
  /** Passes where `rounds` is not given. */
  readonly passes: number
  readonly parallelism: number
}

/**
 * puttygen 0.78's own, but for the passes: it takes as many as fit into 100 ms, 13 or 21 over 8 MiB on the machines
 * seen. The same file everywhere is worth more here.
 */
const defaults: Ppk3Options = { variant: 'Argon2id', memory: 8192, passes: 13, parallelism: 1 }

/** The public half, opaque where its type is not among `types`. */
function publicHalf(head: PpkHead, options: KeyOptions): PublicKey {
  const comment = decodeText(head.comment)
  const certified = options.types.some((type) => type.certName === head.algorithm)
  if (!certified && !findType(options.types, head.algorithm)) {
    return decodePublicKey(head.publicBlob, { ...options, comment })
  }
  const { type, components } = readPublicHalf(head, options.types, options.limits)
  return publicKeyOf(type, components, comment)
}

function facts(source: Source, options: KeyOptions): PrivateFileFacts {
  const file = decodePpk(source.bytes, options.limits)
  file.privateBlob.fill(0)
  const kdf = { kdf: file.argon2?.variant ?? 'SHA-1', rounds: file.argon2?.passes ?? 1 }
  return { encrypted: file.encrypted ? { cipher: PPK_CIPHER, ...kdf } : null, publicKey: publicHalf(file, options) }
}

/** The private half, decrypted, its MAC judged. The passphrase of a plain file is empty. */
async function privateHalf(file: PpkFile, options: ReadPrivateOptions): Promise<Uint8Array> {
  const { encrypted, privateBlob } = file
  const passphrase = encrypted ? needPassphrase(options.passphrase, PPK_CIPHER, () => publicHalf(file, options)) : ''
  if (encrypted && privateBlob.length % BLOCK) throw bad('PuTTY file', `whole blocks of ${BLOCK} octets`)
  const keys = await withPassphrase(passphrase, (octets) => derivePpkKeys(file, octets, options))
  try {
    const plain = encrypted ? aesCbcDecrypt(keys.key, keys.iv, privateBlob) : new Uint8Array(privateBlob)
    if (equalBytes(ppkMac(file, plain, keys.mac), file.mac)) return plain
    plain.fill(0)
  } finally {
    keys.material.fill(0)
  }
  // The MAC of a plain file says only that nothing was damaged.
  throw encrypted ? wrongPassphrase() : new FormatError('bad-mac', 'PuTTY file: its MAC does not hold')
}

async function parse(source: Source, options: ReadPrivateOptions): Promise<PrivateKey> {
  const file = decodePpk(source.bytes, options.limits)
  let plain: Uint8Array | undefined
  try {
    const { type, components } = readPublicHalf(file, options.types, options.limits)
    plain = await privateHalf(file, options)
    const blockLength = file.encrypted ? BLOCK : 1
    const all = readPrivateHalf(type, components, plain, blockLength, options.limits)
    return new PrivateKey(type, all, decodeText(file.comment))
  } finally {
    plain?.fill(0)
    file.privateBlob.fill(0)
  }
}

/** The private half as it is encrypted: padded with octets of its SHA-1, as PuTTY does (sshpubk.c `ppk_save_sb`). */
function encodePrivateHalf(key: PrivateKey, blockLength: number): Uint8Array {
  const writer = new Writer()
  writeFields(writer, privateFields(key.keyType), key.exposeComponents())
  const blob = writer.take()
  const padding = (blockLength - (blob.length % blockLength)) % blockLength
  const digest = sha1.digest(blob)
  const out = concat([blob, digest.subarray(0, padding)])
  for (const scratch of [blob, digest]) scratch.fill(0)
  return out
}

function argon2Of(options: WritePrivateOptions, ppk3: Ppk3Options): PpkFile['argon2'] {
  const { variant, memory, parallelism } = ppk3
  const passes = options.rounds ?? ppk3.passes
  checkWhole('rounds', passes, 1)
  return { variant, memory, passes, parallelism, salt: draw(options.random, SALT_LENGTH) }
}

async function format(key: PrivateKey, options: WritePrivateOptions, ppk3: Ppk3Options | undefined): Promise<string> {
  const { passphrase, cipher } = options
  const encrypted = passphrase !== undefined
  if (encrypted) newPassphrase(passphrase)
  if (encrypted && cipher !== undefined && cipher !== PPK_CIPHER) {
    throw new UnsupportedError('unsupported-cipher', `cipher "${PPK_CIPHER}" expected`)
  }
  if (!ppk3 && options.rounds !== undefined) throw new TypeError('ppk2: no rounds expected')
  const comment = options.comment ?? key.comment
  const head: PpkHead = {
    version: ppk3 ? 3 : 2,
    algorithm: key.type,
    encrypted,
    comment: encodeText(comment),
    publicBlob: key.publicKey.blob,
  }
  const argon2 = encrypted && ppk3 ? argon2Of(options, ppk3) : undefined
  const plain = encodePrivateHalf(key, encrypted ? BLOCK : 1)
  let material: Uint8Array | undefined
  try {
    const keys = await withPassphrase(passphrase ?? '', (octets) => derivePpkKeys({ ...head, argon2 }, octets, options))
    material = keys.material
    const mac = ppkMac(head, plain, keys.mac)
    const privateBlob = encrypted ? aesCbcEncrypt(keys.key, keys.iv, plain) : plain
    return encodePpk({ ...head, argon2, privateBlob, mac }, comment)
  } finally {
    for (const scratch of [plain, material]) scratch?.fill(0)
  }
}

/** Version 2: a passphrase goes through SHA-1 alone. For PuTTY before 0.75. */
export const ppk2: PrivateFormat = {
  name: 'ppk2',
  recognise: (source) => ppkVersion(source.bytes) === '2',
  facts,
  parse,
  format: (key, options) => format(key, options, undefined),
}

/**
 * Version 3 with other parameters of Argon2 than the default ones (Argon2id, 8192 KiB, 13 passes, 1 lane).
 * It reads as {@link ppk3} does; `rounds` are passes.
 *
 * @example
 * ```ts
 * import { formatPrivateKey, ppk3With } from 'hawser/formats'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const small = ppk3With({ variant: 'Argon2i', memory: 256, passes: 2 })
 * const text = await formatPrivateKey(await generatePrivateKey(ed25519), { formats: [small], passphrase: 'x' })
 * console.log(/Key-Derivation: (.*)\r/.exec(text)?.[1]) // Argon2i
 * ```
 */
export function ppk3With(options: Partial<Ppk3Options>): PrivateFormat {
  const ppk3 = { ...defaults, ...options }
  return {
    name: 'ppk3',
    alias: 'ppk',
    // Versions that are not read are recognised too, so that the error names them.
    recognise(source) {
      const version = ppkVersion(source.bytes)
      return version !== undefined && version !== '2'
    },
    facts,
    parse,
    format: (key, write) => format(key, write, ppk3),
  }
}

/** Version 3, which PuTTY writes since 0.75: a passphrase goes through Argon2. */
export const ppk3: PrivateFormat = /* @__PURE__ */ ppk3With({})
