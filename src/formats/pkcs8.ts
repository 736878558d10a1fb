/** PKCS#8 private keys, plain and encrypted, as PEM (RFC 7468 sections 10 and 11) or raw DER. */

import { derOutline } from '../asn1/index.ts'
import type { PrivateKey } from '../keys/private-key.ts'
import type { PrivateFormat, WritePrivateOptions } from './format.ts'
import { armorAndWipe, looksLike, plainFacts } from './pem.ts'
import { openEncrypted, readEncrypted, schemeFacts, sealEncrypted } from './pkcs8-encrypted.ts'
import { decodePrivateKeyInfo, encodePrivateKeyInfo } from './pkcs8-info.ts'
import { type Source, withBody, withBodyNow } from './source.ts'

const PLAIN = 'PRIVATE KEY'
const ENCRYPTED = 'ENCRYPTED PRIVATE KEY'

const encryptedOutline = /^30\(06\) 04$/
const outline = /^(02 30\(06\) 04( |$)|30\(06\) 04$)/

function isEncrypted(source: Source): boolean {
  return source.label === undefined ? encryptedOutline.test(derOutline(source.bytes) ?? '') : source.label === ENCRYPTED
}

async function encode(key: PrivateKey, options: WritePrivateOptions): Promise<Uint8Array> {
  const der = encodePrivateKeyInfo(key)
  const { passphrase } = options
  if (passphrase === undefined) return der
  try {
    return await sealEncrypted(der, { ...options, passphrase })
  } finally {
    der.fill(0)
  }
}

/** PKCS#8. Encrypted by PBES2, PBKDF2 with HMAC-SHA-256 and AES-256-CBC where nothing else is asked for. */
export const pkcs8: PrivateFormat & Required<Pick<PrivateFormat, 'encode'>> = {
  name: 'pkcs8',
  recognise: (source) => looksLike(source, [PLAIN, ENCRYPTED], outline),
  facts: (source, options) =>
    withBodyNow(source, (der) =>
      isEncrypted(source)
        ? { encrypted: schemeFacts(readEncrypted(der, options.limits).scheme), publicKey: undefined }
        : plainFacts(decodePrivateKeyInfo(der, options)),
    ),
  parse: (source, options) =>
    withBody(source, async (der) => {
      if (!isEncrypted(source)) return decodePrivateKeyInfo(der, options)
      const opened = await openEncrypted(der, options)
      try {
        return decodePrivateKeyInfo(opened, options)
      } finally {
        opened.fill(0)
      }
    }),
  async format(key, options) {
    return armorAndWipe(options.passphrase === undefined ? PLAIN : ENCRYPTED, await encode(key, options))
  },
  encode,
}
