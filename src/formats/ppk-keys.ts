/** Key derivation and MAC of PuTTY's private key files: PuTTY manual, appendix C, sections C.4 and C.5. */

import { type Argon2Parameters, argon2 } from '../crypto/argon2.ts'
import { sha1 } from '../crypto/hash.ts'
import { hmacSha1, hmacSha256 } from '../crypto/hmac.ts'
import type { WorkOptions } from '../crypto/progress.ts'
import type { Limits } from '../limits.ts'
import { concat } from '../wire/octets.ts'
import { encodeText } from '../wire/text.ts'
import { Writer } from '../wire/writer.ts'
import { PPK_CIPHER, type PpkHead } from './ppk-file.ts'

const KEY_LENGTH = 32
const IV_LENGTH = 16
const MAC_KEY_LENGTH = 32
const V2_MAC_LABEL = 'putty-private-key-file-mac-key'

/** What a passphrase gives: views of `material`, which its user wipes. */
export interface PpkKeys {
  readonly material: Uint8Array
  readonly key: Uint8Array
  readonly iv: Uint8Array
  readonly mac: Uint8Array
}

function keysOf(material: Uint8Array): PpkKeys {
  return {
    material,
    key: material.subarray(0, KEY_LENGTH),
    iv: material.subarray(KEY_LENGTH, KEY_LENGTH + IV_LENGTH),
    mac: material.subarray(KEY_LENGTH + IV_LENGTH),
  }
}

/** Version 2: SHA-1 over a counter and the passphrase; the IV is zero; another SHA-1 for the MAC. */
function deriveV2(passphrase: Uint8Array): Uint8Array {
  const material = new Uint8Array(KEY_LENGTH + IV_LENGTH + sha1.length)
  const set = (at: number, length: number, prefix: Uint8Array): void => {
    const input = concat([prefix, passphrase])
    const digest = sha1.digest(input)
    material.set(digest.subarray(0, length), at)
    for (const scratch of [input, digest]) scratch.fill(0)
  }
  set(0, sha1.length, Uint8Array.of(0, 0, 0, 0))
  set(sha1.length, KEY_LENGTH - sha1.length, Uint8Array.of(0, 0, 0, 1))
  set(KEY_LENGTH + IV_LENGTH, sha1.length, encodeText(V2_MAC_LABEL))
  return material
}

/** Derives the keys of a file. The passphrase of a plain file is empty, and of version 3 so is its MAC key. */
export async function derivePpkKeys(
  file: Pick<PpkHead, 'version' | 'encrypted'> & { readonly argon2: Argon2Parameters | undefined },
  passphrase: Uint8Array,
  options: WorkOptions & { readonly limits?: Partial<Limits> | undefined },
): Promise<PpkKeys> {
  if (file.version === 2) return keysOf(deriveV2(passphrase))
  if (!file.argon2) return keysOf(new Uint8Array(KEY_LENGTH + IV_LENGTH))
  return keysOf(await argon2(passphrase, file.argon2, KEY_LENGTH + IV_LENGTH + MAC_KEY_LENGTH, options))
}

/** The MAC over everything that matters: names, comment, public half, and the private half decrypted and padded. */
export function ppkMac(head: PpkHead, privateBlob: Uint8Array, key: Uint8Array): Uint8Array {
  const data = new Writer()
    .string(head.algorithm)
    .string(head.encrypted ? PPK_CIPHER : 'none')
    .string(head.comment)
    .string(head.publicBlob)
    .string(privateBlob)
    .take()
  try {
    return head.version === 2 ? hmacSha1(key, data) : hmacSha256(key, data)
  } finally {
    data.fill(0)
  }
}
