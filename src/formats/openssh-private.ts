/** `openssh-key-v1` private keys, plain and encrypted (PROTOCOL.key; sshkey.c `private2_decrypt`). */

import { bcryptPbkdf } from '../crypto/bcrypt-pbkdf.ts'
import type { WorkOptions } from '../crypto/progress.ts'
import { draw } from '../crypto/random.ts'
import { FormatError, PassphraseError, UnsupportedError } from '../errors.ts'
import type { PrivateKey } from '../keys/private-key.ts'
import { decodePublicKey, type KeyOptions } from '../keys/public-key.ts'
import { withLimits } from '../limits.ts'
import { encodeArmor } from '../wire/armor.ts'
import { encodeText, escapeText } from '../wire/text.ts'
import type { Passphrase, PrivateFormat, ReadPrivateOptions, WritePrivateOptions } from './format.ts'
import { DEFAULT_CIPHER, type FileCipher, fileCiphers } from './openssh-ciphers.ts'
import { formatPlainOpenssh, LINE_WIDTH, PLAIN_BLOCK } from './openssh-plain.ts'
import {
  checkIntegersAgree,
  decodeEnvelope,
  decodeSection,
  type Envelope,
  encodeEnvelope,
  encodeSection,
  OPENSSH_LABEL,
} from './openssh-section.ts'
import { type Source, withBody, withBodyNow } from './source.ts'

/** Rounds that ssh-keygen writes since OpenSSH 9.4 (sshkey.c DEFAULT_ROUNDS). */
const DEFAULT_ROUNDS = 24
/** Octets of salt that ssh-keygen writes (sshkey.c SALT_LEN). */
const SALT_LENGTH = 16

function findCipher(name: string): FileCipher {
  const cipher = fileCiphers.find((c) => c.name === name)
  if (!cipher) throw new UnsupportedError('unsupported-cipher', `cipher "${escapeText(name, 64)}" is not known`)
  return cipher
}

/** The octets of a passphrase and whether they are ours to wipe. */
function passphraseBytes(passphrase: Passphrase): { bytes: Uint8Array; wipe: () => void } {
  if (typeof passphrase !== 'string') return { bytes: passphrase, wipe() {} }
  const bytes = encodeText(passphrase)
  return { bytes, wipe: () => void bytes.fill(0) }
}

/**
 * Key and IV in one string: bcrypt_pbkdf interleaves its output, so both come from one call.
 */
async function deriveKey(
  cipher: FileCipher,
  bcrypt: { readonly salt: Uint8Array; readonly rounds: number },
  passphrase: Passphrase,
  work: WorkOptions,
): Promise<Uint8Array> {
  const { bytes, wipe } = passphraseBytes(passphrase)
  try {
    return await bcryptPbkdf(bytes, bcrypt.salt, cipher.keyLength + cipher.ivLength, bcrypt.rounds, work)
  } finally {
    wipe()
  }
}

/**
 * Decrypts the section of an envelope with derived key material (key, then IV).
 * Throws `PassphraseError` `passphrase-wrong` where the tag or the check integers do not hold, `FormatError`.
 */
export function openSection(envelope: Envelope, cipher: FileCipher, keyMaterial: Uint8Array): Uint8Array {
  if (envelope.section.length % cipher.blockLength || envelope.tag.length !== cipher.tagLength) {
    throw new FormatError(
      'bad-value',
      `${cipher.name}: whole blocks of ${cipher.blockLength} and a tag of ${cipher.tagLength} octets expected`,
    )
  }
  const key = keyMaterial.subarray(0, cipher.keyLength)
  const section = cipher.open(key, keyMaterial.subarray(cipher.keyLength), envelope.section, envelope.tag)
  if (section && checkIntegersAgree(section)) return section
  section?.fill(0)
  throw new PassphraseError('passphrase-wrong', 'wrong passphrase, or a damaged file')
}

function plainSection(envelope: Envelope): Uint8Array {
  if (envelope.tag.length)
    throw new FormatError('trailing-bytes', `${envelope.tag.length} octets after the private section`)
  if (envelope.section.length % PLAIN_BLOCK)
    throw new FormatError('bad-value', `whole blocks of ${PLAIN_BLOCK} octets expected`)
  if (!checkIntegersAgree(envelope.section)) throw new FormatError('bad-value', 'the two check integers differ')
  return envelope.section
}

async function decryptedSection(envelope: Envelope, options: ReadPrivateOptions): Promise<Uint8Array> {
  const cipher = findCipher(envelope.cipher)
  if (!envelope.bcrypt)
    throw new UnsupportedError('unsupported-kdf', `kdf "${escapeText(envelope.kdf, 64)}" is not known`)
  if (options.passphrase === undefined || options.passphrase.length === 0) {
    const publicKey = decodePublicKey(envelope.publicBlob, options)
    throw new PassphraseError(
      'passphrase-required',
      `the key is encrypted with ${cipher.name}: a passphrase is needed`,
      { publicKey },
    )
  }
  const keyMaterial = await deriveKey(cipher, envelope.bcrypt, options.passphrase, options)
  try {
    return openSection(envelope, cipher, keyMaterial)
  } finally {
    keyMaterial.fill(0)
  }
}

/** The key in a plain envelope, whose octets are wiped with the body that they are a view of. */
function plainKey(envelope: Envelope, options: KeyOptions): PrivateKey {
  return decodeSection(plainSection(envelope), envelope.publicBlob, PLAIN_BLOCK, options.types, options.limits)
}

/**
 * Decodes a plain file: structure and every redundant copy, no arithmetic. `parsePrivateKey` is for callers; this is
 * its first half, at once.
 */
export function decodePlain(source: Source, options: KeyOptions): PrivateKey {
  return withBodyNow(source, (body) => {
    const envelope = decodeEnvelope(body, options.limits)
    if (envelope.cipher !== 'none') throw new TypeError('a plain file expected')
    return plainKey(envelope, options)
  })
}

function parse(source: Source, options: ReadPrivateOptions): Promise<PrivateKey> {
  return withBody(source, async (body) => {
    const envelope = decodeEnvelope(body, options.limits)
    if (envelope.cipher === 'none') return plainKey(envelope, options)
    const section = await decryptedSection(envelope, options)
    try {
      const { blockLength } = findCipher(envelope.cipher)
      return decodeSection(section, envelope.publicBlob, blockLength, options.types, options.limits)
    } finally {
      section.fill(0)
    }
  })
}

async function format(key: PrivateKey, options: WritePrivateOptions): Promise<string> {
  if (options.passphrase === undefined) {
    if (options.cipher !== undefined || options.rounds !== undefined) {
      throw new TypeError('a cipher or rounds without a passphrase: the file would be plain')
    }
    return formatPlainOpenssh(key, options)
  }
  if (options.passphrase.length === 0) throw new TypeError('a passphrase of at least one octet expected')
  const rounds = options.rounds ?? DEFAULT_ROUNDS
  const { bcryptRounds } = withLimits(undefined)
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > bcryptRounds) {
    throw new TypeError(`1 to ${bcryptRounds} rounds expected`)
  }
  const cipher = findCipher(options.cipher ?? DEFAULT_CIPHER)
  const bcrypt = { salt: draw(options.random, SALT_LENGTH), rounds }
  const section = encodeSection(key, options.comment ?? key.comment, cipher.blockLength, draw(options.random, 4))
  let keyMaterial: Uint8Array | undefined
  try {
    keyMaterial = await deriveKey(cipher, bcrypt, options.passphrase, options)
    const iv = keyMaterial.subarray(cipher.keyLength)
    const sealed = cipher.seal(keyMaterial.subarray(0, cipher.keyLength), iv, section)
    const envelope = { cipher: cipher.name, kdf: 'bcrypt', bcrypt, publicBlob: key.publicKey.blob }
    const file = encodeEnvelope({ ...envelope, section: sealed.data, tag: sealed.tag })
    return encodeArmor(OPENSSH_LABEL, file, LINE_WIDTH)
  } finally {
    section.fill(0)
    keyMaterial?.fill(0)
  }
}

/** OpenSSH's private key file. */
export const opensshPrivate: PrivateFormat = {
  name: 'openssh',
  recognise: (source) => source.label === OPENSSH_LABEL,
  facts: (source, options) =>
    withBodyNow(source, (body) => {
      const { cipher, kdf, bcrypt, publicBlob } = decodeEnvelope(body, options.limits)
      return {
        encrypted: cipher === 'none' ? null : { cipher, kdf, rounds: bcrypt?.rounds ?? 0 },
        publicKey: decodePublicKey(publicBlob, options),
      }
    }),
  parse,
  format,
}
