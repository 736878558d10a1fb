/** Public key files of RFC 4716, which `ssh-keygen -e` and `puttygen -p` write. */

import { judgePublicKey, opaquePublicKey } from '../keys/public-key.ts'
import type { PublicFormat } from './format.ts'
import { decodeSsh2Armor, encodeSsh2Armor, ssh2Comment, ssh2Label } from './ssh2-armor.ts'

const LABEL = 'SSH2 PUBLIC KEY'

/** RFC 4716. Of the headers the comment is taken; `Subject` and private ones (`x-…`) are left alone. */
export const rfc4716: PublicFormat = {
  name: 'rfc4716',
  recognise: (source) => ssh2Label(source.bytes) === LABEL,
  parse(source, options) {
    const { headers, body } = decodeSsh2Armor(source.bytes)
    return judgePublicKey(opaquePublicKey(body, ssh2Comment(headers)), options)
  },
  format: (key, { comment }) => encodeSsh2Armor(LABEL, comment ?? key.comment, key.blob),
}
