/**
 * The public half of PuTTY's private key files alone: the lines up to the end of `Public-Lines` (PuTTY manual,
 * appendix C). `puttygen -L` and `-l` read it, and sshpk writes it under the name "putty".
 */

import { judgePublicKey, opaquePublicKey } from '../keys/public-key.ts'
import { otherHalf } from '../wire/expect.ts'
import { decodeText } from '../wire/text.ts'
import type { PublicFormat } from './format.ts'
import { decodePpkHead, encodePpkHead, ppkVersion } from './ppk-file.ts'
import { needLayout } from './ppk-layout.ts'

/** PuTTY's public lines. A whole private key file is refused as `is-private-key`. */
export const puttyPublic: PublicFormat = {
  name: 'putty-public',
  recognise: (source) => ppkVersion(source.bytes) !== undefined,
  parse(source, options) {
    const head = decodePpkHead(source.bytes)
    if (head.whole) throw otherHalf('public', 'a PuTTY private key file')
    return judgePublicKey(opaquePublicKey(head.publicBlob, decodeText(head.comment)), options)
  },
  format(key, options) {
    needLayout(key.type)
    // Version 2, which PuTTY before 0.75 reads too; in version 3 these lines differ in nothing else.
    const head = { version: 2, algorithm: key.type, encrypted: false, publicBlob: key.blob } as const
    return encodePpkHead(head, options.comment ?? key.comment)
  },
}
