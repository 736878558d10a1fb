/** The ciphers of `openssh-key-v1` files, as openssh-portable cipher.c lists them, with octets of key, IV and block. */

import { aesCbcDecrypt, aesCbcEncrypt, aesCtr, aesGcmOpen, aesGcmSeal, type Sealed } from '../crypto/aes.ts'
import { chacha20Poly1305Open, chacha20Poly1305Seal } from '../crypto/chacha20-poly1305-openssh.ts'
import { tripleDesCbcDecrypt, tripleDesCbcEncrypt } from '../crypto/des.ts'

/** One cipher. */
export interface FileCipher {
  readonly name: string
  readonly keyLength: number
  readonly ivLength: number
  readonly blockLength: number
  readonly tagLength: number
  seal(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Sealed
  /** `undefined` where the tag does not hold. */
  open(key: Uint8Array, iv: Uint8Array, data: Uint8Array, tag: Uint8Array): Uint8Array | undefined
}

type Transform = (key: Uint8Array, iv: Uint8Array, data: Uint8Array) => Uint8Array

function plain(
  name: string,
  keyLength: number,
  blockLength: number,
  encrypt: Transform,
  decrypt: Transform,
): FileCipher {
  return {
    name,
    keyLength,
    ivLength: blockLength,
    blockLength,
    tagLength: 0,
    seal: (key, iv, data) => ({ data: encrypt(key, iv, data), tag: new Uint8Array(0) }),
    open: decrypt,
  }
}

function gcm(name: string, keyLength: number): FileCipher {
  return { name, keyLength, ivLength: 12, blockLength: 16, tagLength: 16, seal: aesGcmSeal, open: aesGcmOpen }
}

/** The cipher that OpenSSH writes where nothing else is asked for (sshkey.c DEFAULT_CIPHERNAME). */
export const DEFAULT_CIPHER = 'aes256-ctr'

/** Every cipher that OpenSSH reads a private key with. */
export const fileCiphers: readonly FileCipher[] = [
  /* @__PURE__ */ plain('aes256-ctr', 32, 16, aesCtr, aesCtr),
  /* @__PURE__ */ plain('aes192-ctr', 24, 16, aesCtr, aesCtr),
  /* @__PURE__ */ plain('aes128-ctr', 16, 16, aesCtr, aesCtr),
  /* @__PURE__ */ plain('aes256-cbc', 32, 16, aesCbcEncrypt, aesCbcDecrypt),
  /* @__PURE__ */ plain('aes192-cbc', 24, 16, aesCbcEncrypt, aesCbcDecrypt),
  /* @__PURE__ */ plain('aes128-cbc', 16, 16, aesCbcEncrypt, aesCbcDecrypt),
  /* @__PURE__ */ plain('3des-cbc', 24, 8, tripleDesCbcEncrypt, tripleDesCbcDecrypt),
  /* @__PURE__ */ gcm('aes256-gcm@openssh.com', 32),
  /* @__PURE__ */ gcm('aes128-gcm@openssh.com', 16),
  {
    name: 'chacha20-poly1305@openssh.com',
    keyLength: 64,
    ivLength: 0,
    blockLength: 8,
    tagLength: 16,
    seal: (key, _iv, data) => chacha20Poly1305Seal(key, data),
    open: (key, _iv, data, tag) => chacha20Poly1305Open(key, data, tag),
  },
]
