/** The block ciphers of encrypted PEM and PKCS#8 files, all in CBC mode with the padding of RFC 8018 section 6.1.1. */

import { aesCbcDecrypt, aesCbcEncrypt } from '../crypto/aes.ts'
import { desCbcDecrypt, tripleDesCbcDecrypt, tripleDesCbcEncrypt } from '../crypto/des.ts'
import { UnsupportedError } from '../errors.ts'
import { bad, notKnown } from '../wire/expect.ts'
import { concat } from '../wire/octets.ts'
import { wrongPassphrase } from './passphrase.ts'

type Transform = (key: Uint8Array, iv: Uint8Array, data: Uint8Array) => Uint8Array

/** One cipher. In DEK-Info its name stands in capitals. */
export interface CbcCipher {
  readonly name: string
  /** Object identifier in PBES2, where it has one that is used. */
  readonly oid: string | undefined
  readonly keyLength: number
  /** Octets of a block and of the IV. */
  readonly blockLength: number
  /** Absent for what is read only. */
  readonly encrypt: Transform | undefined
  readonly decrypt: Transform
}

const aes = (bits: number, oid: string): CbcCipher => ({
  name: `aes-${bits}-cbc`,
  oid,
  keyLength: bits / 8,
  blockLength: 16,
  encrypt: aesCbcEncrypt,
  decrypt: aesCbcDecrypt,
})

/** Single DES: read only. */
export const desCbc: CbcCipher = {
  name: 'des-cbc',
  oid: undefined,
  keyLength: 8,
  blockLength: 8,
  encrypt: undefined,
  decrypt: desCbcDecrypt,
}

/** Triple DES with three keys. */
export const tripleDesCbc: CbcCipher = {
  name: 'des-ede3-cbc',
  oid: '1.2.840.113549.3.7',
  keyLength: 24,
  blockLength: 8,
  encrypt: tripleDesCbcEncrypt,
  decrypt: tripleDesCbcDecrypt,
}

/** Triple DES with two keys, the first of which comes again: read only. */
export const twoKeyDesCbc: CbcCipher = {
  name: 'des-ede-cbc',
  oid: undefined,
  keyLength: 16,
  blockLength: 8,
  encrypt: undefined,
  decrypt(key, iv, data) {
    const three = concat([key, key.subarray(0, 8)])
    try {
      return tripleDesCbcDecrypt(three, iv, data)
    } finally {
      three.fill(0)
    }
  },
}

/** Every cipher of DEK-Info and PBES2. */
export const cbcCiphers: readonly CbcCipher[] = [
  /* @__PURE__ */ aes(128, '2.16.840.1.101.3.4.1.2'),
  /* @__PURE__ */ aes(192, '2.16.840.1.101.3.4.1.22'),
  /* @__PURE__ */ aes(256, '2.16.840.1.101.3.4.1.42'),
  tripleDesCbc,
  desCbc,
]

/** The cipher of that name, in whatever case. Throws `UnsupportedError` `unsupported-cipher`. */
export function needCbcCipher(name: string): CbcCipher {
  const cipher = cbcCiphers.find((c) => c.name === name.toLowerCase())
  if (!cipher) throw notKnown('unsupported-cipher', 'cipher', name)
  return cipher
}

/** The refusal to write with a cipher that is only read. */
export function readOnly({ name }: CbcCipher): UnsupportedError {
  return new UnsupportedError('unsupported-cipher', `${name} is read, not written`)
}

/** Pads and encrypts. Throws `UnsupportedError` `unsupported-cipher` for a cipher that is only read. */
export function cbcSeal(cipher: CbcCipher, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  if (!cipher.encrypt) throw readOnly(cipher)
  const padding = cipher.blockLength - (data.length % cipher.blockLength)
  const padded = new Uint8Array(data.length + padding).fill(padding)
  padded.set(data)
  try {
    return cipher.encrypt(key, iv, padded)
  } finally {
    padded.fill(0)
  }
}

/**
 * Decrypts and takes the padding off; the caller wipes the result. Throws `FormatError` `bad-value` for what is not
 * whole blocks, `PassphraseError` `passphrase-wrong` where the padding does not hold.
 */
export function cbcOpen(cipher: CbcCipher, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  if (data.length === 0 || data.length % cipher.blockLength) {
    throw bad(cipher.name, `whole blocks of ${cipher.blockLength} octets`)
  }
  const padded = cipher.decrypt(key, iv, data)
  try {
    const padding = padded.at(-1)!
    const end = padded.length - padding
    const holds = padding >= 1 && padding <= cipher.blockLength && padded.subarray(end).every((b) => b === padding)
    if (!holds) throw wrongPassphrase()
    return padded.slice(0, end)
  } finally {
    padded.fill(0)
  }
}
