/**
 * ssh.com's private keys. No document describes them; what is known stands in PuTTY's import.c, and what tests read was
 * written by puttygen 0.78 (`-O private-sshcom`): RSA and DSA, plain or under 3DES. Read only.
 *
 * In the armor of RFC 4716: uint32 magic, uint32 length of the whole, string type, string cipher, string data; the data,
 * perhaps encrypted and then padded, is a string of integers, each a uint32 of its bits and that many octets.
 */

import { tripleDesCbcDecrypt } from '../crypto/des.ts'
import { md5 } from '../crypto/hash.ts'
import { FormatError, LimitError, UnsupportedError } from '../errors.ts'
import type { Components } from '../keys/fields.ts'
import type { KeyType } from '../keys/key-type.ts'
import { PrivateKey } from '../keys/private-key.ts'
import { type Limits, withLimits } from '../limits.ts'
import { aboveLimit, bad, noType, notKnown, trailing } from '../wire/expect.ts'
import { concat } from '../wire/octets.ts'
import { Reader } from '../wire/reader.ts'
import { trimZeros } from '../wire/writer.ts'
import { type Known, wipeKnown } from './components.ts'
import type { PrivateFormat, ReadPrivateOptions } from './format.ts'
import { needPassphrase, withPassphrase, wrongPassphrase } from './passphrase.ts'
import type { Source } from './source.ts'
import { decodeSsh2Armor, ssh2Comment, ssh2Label } from './ssh2-armor.ts'

const LABEL = 'SSH2 ENCRYPTED PRIVATE KEY'
const MAGIC = 0x3f6ff9eb
const CIPHER = '3des-cbc'
const BLOCK = 8

/**
 * The integers of a type in their order. Files tell a type by how its name there begins, since the rest lists paddings
 * and hashes; here it is the one whose components these are. `u` is the inverse of the first prime modulo the second, so
 * the primes stand the other way round.
 */
const layouts: readonly { readonly prefix: string; readonly components: readonly string[] }[] = [
  { prefix: 'if-modn{sign{rsa', components: ['e', 'd', 'n', 'iqmp', 'q', 'p'] },
  // The leading zero says that the parameters follow instead of the name of known ones.
  { prefix: 'dl-modp{sign{dsa', components: ['', 'p', 'g', 'q', 'y', 'x'] },
]

interface File {
  readonly comment: string
  readonly layout: (typeof layouts)[number]
  readonly encrypted: boolean
  /** A view of `body`. */
  readonly data: Uint8Array
  readonly body: Uint8Array
}

function decodeFile(source: Source, partial: Partial<Limits> | undefined): File {
  const { headers, body } = decodeSsh2Armor(source.bytes)
  const reader = new Reader(body, withLimits(partial).stringLength)
  if (reader.u32('magic') !== MAGIC) throw bad('ssh.com key', 'a magic number')
  if (reader.u32('length') !== body.length) throw bad('ssh.com key', 'another length')
  const type = reader.text('type', 255)
  const cipher = reader.text('cipher', 64)
  const data = reader.string('data')
  reader.end('ssh.com key')
  if (cipher !== 'none' && cipher !== CIPHER) {
    throw notKnown('unsupported-cipher', 'cipher', cipher)
  }
  const layout = layouts.find(({ prefix }) => type.startsWith(prefix))
  if (!layout) throw notKnown('unsupported-type', 'type', type)
  return { comment: ssh2Comment(headers), layout, encrypted: cipher !== 'none', data, body }
}

/** Chained MD5: the first 16 octets of the passphrase, the next of the passphrase and these. */
async function decrypt(data: Uint8Array, passphrase: Uint8Array): Promise<Uint8Array> {
  const first = md5.digest(passphrase)
  const chained = concat([passphrase, first])
  const second = md5.digest(chained)
  const key = concat([first, second.subarray(0, 8)])
  try {
    return tripleDesCbcDecrypt(key, new Uint8Array(BLOCK), data)
  } finally {
    for (const scratch of [first, chained, second, key]) scratch.fill(0)
  }
}

function typeOf({ layout }: File, types: readonly KeyType[]): KeyType {
  const names = layout.components.filter(Boolean)
  const has = (type: KeyType, name: string) => type.privateFields.some((field) => field.name === name)
  const type = types.find((t) => names.every((name) => has(t, name)))
  if (type) return type
  throw noType('type', layout.prefix)
}

function readInteger(reader: Reader, name: string, type: KeyType): Uint8Array {
  const what = `ssh.com ${name}`
  const octets = Math.ceil(reader.u32(what) / 8)
  const max = type.privateFields.find((field) => field.name === name)?.max ?? 0
  // Before the octets are taken: a wrong passphrase says anything here.
  if (octets > max) throw aboveLimit(what, max)
  return trimZeros(reader.take(octets, what)).slice()
}

function readComponents(data: Uint8Array, file: File, type: KeyType, limits: Limits): Components {
  const outer = new Reader(data, limits.stringLength)
  const reader = outer.inner('ssh.com key')
  if (outer.left >= (file.encrypted ? BLOCK : 1)) {
    throw trailing('ssh.com key', outer.left)
  }
  const components: Known = {}
  const integers = file.layout.components
  if (integers[0] === '' && reader.u32('parameters') !== 0) {
    throw new UnsupportedError('unsupported-algorithm', 'ssh.com key: named parameters')
  }
  try {
    for (const name of integers.filter(Boolean)) components[name] = readInteger(reader, name, type)
    reader.end('ssh.com key')
    type.checkPublic(components, limits)
    return components
  } catch (error) {
    wipeKnown(components)
    throw error
  }
}

async function parse(source: Source, options: ReadPrivateOptions): Promise<PrivateKey> {
  const file = decodeFile(source, options.limits)
  let { data } = file
  try {
    const type = typeOf(file, options.types)
    if (file.encrypted) {
      const passphrase = needPassphrase(options.passphrase, CIPHER)
      if (data.length % BLOCK) throw bad(CIPHER, `whole blocks of ${BLOCK} octets`)
      data = await withPassphrase(passphrase, (octets) => decrypt(file.data, octets))
    }
    return new PrivateKey(type, readComponents(data, file, type, withLimits(options.limits)), file.comment)
  } catch (cause) {
    // There is no check value: what does not decode was decrypted with the wrong key, or is damaged.
    if (data === file.data || !(cause instanceof FormatError || cause instanceof LimitError)) throw cause
    throw wrongPassphrase(cause)
  } finally {
    data.fill(0)
    file.body.fill(0)
  }
}

/** ssh.com's private keys, for reading. */
export const sshcom: PrivateFormat = {
  name: 'sshcom',
  recognise: (source) => ssh2Label(source.bytes) === LABEL,
  facts(source, options) {
    const { encrypted, body } = decodeFile(source, options.limits)
    body.fill(0)
    return { encrypted: encrypted ? { cipher: CIPHER, kdf: 'MD5', rounds: 1 } : null, publicKey: undefined }
  },
  parse,
  async format() {
    throw new UnsupportedError('unsupported-format', 'sshcom is read, not written')
  },
}
