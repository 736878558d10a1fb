/** `openssh-key-v1` without encryption (PROTOCOL.key, cipher and kdf "none"): all that a plain file needs, and no cipher. */

import { draw, type Random } from '../crypto/random.ts'
import type { PrivateKey } from '../keys/private-key.ts'
import { encodeArmor } from '../wire/armor.ts'
import { encodeEnvelope, encodeSection, OPENSSH_LABEL } from './openssh-section.ts'

/** Block size to which a plain section is padded (sshkey.c, cipher "none"). */
export const PLAIN_BLOCK = 8

/** Characters of base64 on a line (sshkey.c `sshkey_private_to_blob2`). */
export const LINE_WIDTH = 70

/**
 * Writes a private key as a plain OpenSSH file. `random` gives the four octets of the check integer.
 * Throws `SignerError` `wiped`.
 *
 * @example
 * ```ts
 * import { formatPlainOpenssh } from 'hawser/formats'
 * import { ed25519, generatePrivateKey } from 'hawser/keys'
 *
 * const text = formatPlainOpenssh(await generatePrivateKey(ed25519))
 * console.log(text.split('\n')[0]) // -----BEGIN OPENSSH PRIVATE KEY-----
 * ```
 */
export function formatPlainOpenssh(
  key: PrivateKey,
  options: { readonly comment?: string | undefined; readonly random?: Random | undefined } = {},
): string {
  const section = encodeSection(key, options.comment ?? key.comment, PLAIN_BLOCK, draw(options.random, 4))
  const none = new Uint8Array(0)
  const file = encodeEnvelope({
    cipher: 'none',
    kdf: 'none',
    bcrypt: undefined,
    publicBlob: key.publicKey.blob,
    section,
    tag: none,
  })
  try {
    return encodeArmor(OPENSSH_LABEL, file, LINE_WIDTH)
  } finally {
    section.fill(0)
    file.fill(0)
  }
}
