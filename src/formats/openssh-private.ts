/** `openssh-key-v1` private keys, plain and encrypted (PROTOCOL.key; sshkey.c `private2_decrypt`). */

import { bcryptPbkdf } from '../crypto/bcrypt-pbkdf.ts'
import type { WorkOptions } from '../crypto/progress.ts'
import { draw } from '../crypto/random.ts'
import type { PrivateKey } from '../keys/private-key.ts'
import { decodePublicKey, type KeyOptions } from '../keys/public-key.ts'
import { defaultLimits } from '../limits.ts'
import { encodeArmor } from '../wire/armor.ts'
import { bad, checkWhole, notKnown, trailing } from '../wire/expect.ts'
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
import { needPassphrase, newPassphrase, withPassphrase, wrongPassphrase } from './passphrase.ts'
import { type Source, withBodyNow } from './source.ts'

/** Rounds that ssh-keygen writes since OpenSSH 9.4 (sshkey.c DEFAULT_ROUNDS). */
const DEFAULT_ROUNDS = 24
/** Octets of salt that ssh-keygen writes (sshkey.c SALT_LEN). */
const SALT_LENGTH = 16

function findCipher(name: string): FileCipher {
  const cipher = fileCiphers.find((c) => c.name === name)
  if (!cipher) throw notKnown('unsupported-cipher', 'cipher', name)
  return cipher
}

/** Key and IV in one string: bcrypt_pbkdf interleaves its output, so both come from one call. */
function deriveKey(
  { keyLength, ivLength }: FileCipher,
  { salt, rounds }: NonNullable<Envelope['bcrypt']>,
  passphrase: Passphrase,
  work: WorkOptions,
): Promise<Uint8Array> {
  return withPassphrase(passphrase, (octets) => bcryptPbkdf(octets, salt, keyLength + ivLength, rounds, work))
}

/**
 * Decrypts the section of an envelope with derived key material (key, then IV).
 * Throws `PassphraseError` `passphrase-wrong` where the tag or the check integers do not hold, `FormatError`.
 */
export function openSection({ section, tag }: Envelope, cipher: FileCipher, keyMaterial: Uint8Array): Uint8Array {
  const { name, blockLength, tagLength, keyLength } = cipher
  if (section.length % blockLength || tag.length !== tagLength) {
    throw bad(name, `whole blocks of ${blockLength} and a tag of ${tagLength} octets`)
  }
  const opened = cipher.open(keyMaterial.subarray(0, keyLength), keyMaterial.subarray(keyLength), section, tag)
  if (opened && checkIntegersAgree(opened)) return opened
  opened?.fill(0)
  throw wrongPassphrase()
}

function plainSection({ section, tag }: Envelope): Uint8Array {
  if (tag.length) throw trailing('private section', tag.length)
  if (section.length % PLAIN_BLOCK) throw bad('private section', `whole blocks of ${PLAIN_BLOCK} octets`)
  if (!checkIntegersAgree(section)) throw bad('private section', 'two equal check integers')
  return section
}

async function decryptedSection(
  envelope: Envelope,
  cipher: FileCipher,
  options: ReadPrivateOptions,
): Promise<Uint8Array> {
  if (!envelope.bcrypt) throw notKnown('unsupported-kdf', 'kdf', envelope.kdf)
  const publicKey = () => decodePublicKey(envelope.publicBlob, options)
  const passphrase = needPassphrase(options.passphrase, cipher.name, publicKey)
  const keyMaterial = await deriveKey(cipher, envelope.bcrypt, passphrase, options)
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

async function parse(source: Source, options: ReadPrivateOptions): Promise<PrivateKey> {
  const body = source.decodeBody()
  let section: Uint8Array | undefined
  try {
    const envelope = decodeEnvelope(body, options.limits)
    if (envelope.cipher === 'none') return plainKey(envelope, options)
    const cipher = findCipher(envelope.cipher)
    section = await decryptedSection(envelope, cipher, options)
    return decodeSection(section, envelope.publicBlob, cipher.blockLength, options.types, options.limits)
  } finally {
    section?.fill(0)
    body.fill(0)
  }
}

async function format(key: PrivateKey, options: WritePrivateOptions): Promise<string> {
  const { passphrase, rounds = DEFAULT_ROUNDS, random } = options
  if (passphrase === undefined) {
    if (options.cipher !== undefined || options.rounds !== undefined) {
      throw new TypeError('a cipher or rounds without a passphrase: the file would be plain')
    }
    return formatPlainOpenssh(key, options)
  }
  newPassphrase(passphrase)
  checkWhole('rounds', rounds, 1, defaultLimits.bcryptRounds)
  const cipher = findCipher(options.cipher ?? DEFAULT_CIPHER)
  const bcrypt = { salt: draw(random, SALT_LENGTH), rounds }
  const section = encodeSection(key, options.comment ?? key.comment, cipher.blockLength, draw(random, 4))
  let keyMaterial: Uint8Array | undefined
  try {
    keyMaterial = await deriveKey(cipher, bcrypt, passphrase, options)
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
