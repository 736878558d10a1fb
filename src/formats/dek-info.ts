/**
 * Encrypted PEM blocks as OpenSSL has always written them: the headers Proc-Type and DEK-Info of RFC 1421 (sections
 * 4.6.1.1 and 4.6.1.3), a key by EVP_BytesToKey from the passphrase and the first eight octets of the IV.
 */

import { evpBytesToKey } from '../crypto/evp-bytes-to-key.ts'
import { draw, type Random } from '../crypto/random.ts'
import { FormatError, UnsupportedError } from '../errors.ts'
import { encodeArmor, type Pem } from '../wire/armor.ts'
import { decodeHex, encodeHex } from '../wire/hex.ts'
import { type CbcCipher, needCbcCipher } from './cbc-ciphers.ts'
import type { Passphrase } from './format.ts'
import { newPassphrase } from './passphrase.ts'
import { type Scheme, sealDer } from './scheme.ts'

/** The one cipher that is written, as OpenSSH does (sshkey.c `sshkey_private_pem_to_blob`). */
const WRITTEN = 'aes-128-cbc'

/** Octets of the IV that are the salt. */
const SALT_LENGTH = 8

function schemeOf(cipher: CbcCipher, iv: Uint8Array): Scheme {
  return {
    cipher,
    kdf: 'md5',
    rounds: 1,
    derive: async (passphrase) => ({
      key: evpBytesToKey(passphrase, iv.subarray(0, SALT_LENGTH), cipher.keyLength),
      iv,
    }),
  }
}

function badHeader(name: string): FormatError {
  return new FormatError('bad-armor', `one header ${name} as OpenSSL writes it expected`)
}

function header(headers: Pem['headers'], name: string): string | undefined {
  const found = headers.filter(([n]) => n.toLowerCase() === name)
  if (found.length > 1) throw badHeader(name)
  return found[0]?.[1]
}

/**
 * What the headers say; `undefined` for a plain block. Throws `FormatError` `bad-armor`, `UnsupportedError`
 * `unsupported-cipher`.
 */
export function readDekInfo(headers: Pem['headers']): Scheme | undefined {
  const procType = header(headers, 'proc-type')
  const dekInfo = header(headers, 'dek-info')
  if (procType === undefined && dekInfo === undefined) return undefined
  if (procType === undefined || !/^4 *, *ENCRYPTED$/.test(procType) || dekInfo === undefined) {
    throw badHeader('proc-type')
  }
  const [, name, hex] = /^([A-Za-z0-9-]+) *, *([0-9A-Fa-f]*)$/.exec(dekInfo) ?? []
  if (name === undefined || hex === undefined) {
    throw badHeader('dek-info')
  }
  const cipher = needCbcCipher(name)
  if (hex.length !== 2 * cipher.blockLength) {
    throw badHeader('dek-info')
  }
  return schemeOf(cipher, decodeHex(hex)!)
}

/**
 * Encrypts a body and armors it. One round of MD5 protects no passphrase, so the cipher must be asked for by name.
 * Throws `UnsupportedError` `unsupported-cipher`.
 */
export async function sealDek(
  label: string,
  body: Uint8Array,
  options: {
    readonly passphrase: Passphrase
    readonly cipher?: string | undefined
    readonly random?: Random | undefined
  },
  width: number,
): Promise<string> {
  newPassphrase(options.passphrase)
  if (options.cipher?.toLowerCase() !== WRITTEN) {
    throw new UnsupportedError(
      'unsupported-cipher',
      `cipher "${WRITTEN}" expected: the container is weak (MD5), PKCS#8 is not`,
    )
  }
  const cipher = needCbcCipher(WRITTEN)
  const iv = draw(options.random, cipher.blockLength)
  return encodeArmor(label, await sealDer(schemeOf(cipher, iv), body, options), width, [
    ['Proc-Type', '4,ENCRYPTED'],
    ['DEK-Info', `${cipher.name.toUpperCase()},${encodeHex(iv).toUpperCase()}`],
  ])
}
