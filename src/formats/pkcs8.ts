/** PKCS#8 private keys, plain and encrypted, as PEM (RFC 7468 sections 10 and 11) or raw DER. */

import { derOutline } from '../asn1/index.ts'
import type { PrivateKey } from '../keys/private-key.ts'
import type { PrivateFormat, WritePrivateOptions } from './format.ts'
import { armorAndWipe, derPrivate, looksLike } from './pem.ts'
import { ENCRYPTED_PKCS8, readEncrypted, sealEncrypted } from './pkcs8-encrypted.ts'
import { decodePrivateKeyInfo, encodePrivateKeyInfo } from './pkcs8-info.ts'
import type { Source } from './source.ts'

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
export const pkcs8: PrivateFormat & Required<Pick<PrivateFormat, 'encode'>> = /* @__PURE__ */ derPrivate(
  {
    what: ENCRYPTED_PKCS8,
    open: (source) => ({ body: source.label === undefined ? source.bytes : source.decodeBody() }),
    encryption: ({ body }, source, { limits }) => (isEncrypted(source) ? readEncrypted(body, limits) : undefined),
    decode: decodePrivateKeyInfo,
  },
  {
    name: 'pkcs8',
    recognise: (source: Source) => looksLike(source, [PLAIN, ENCRYPTED], outline),
    async format(key: PrivateKey, options: WritePrivateOptions) {
      return armorAndWipe(options.passphrase === undefined ? PLAIN : ENCRYPTED, await encode(key, options))
    },
    encode,
  },
)
