/** PBES1 (RFC 8018 section 6.1 and appendix A.3) and its likes of PKCS #12 (RFC 7292 appendix C): read only. */

import type { DerReader } from '../asn1/index.ts'
import { pbkdf1, pkcs12Kdf } from '../crypto/pbes1-kdf.ts'
import { UnsupportedError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import { bad } from '../wire/expect.ts'
import { type CbcCipher, desCbc, tripleDesCbc, twoKeyDesCbc } from './cbc-ciphers.ts'
import type { Scheme } from './scheme.ts'

/** Which cipher, which key derivation. */
const schemes: Readonly<Record<string, readonly [CbcCipher, 'md5' | 'sha1' | 'pkcs12']>> = {
  '1.2.840.113549.1.5.3': [desCbc, 'md5'],
  '1.2.840.113549.1.5.10': [desCbc, 'sha1'],
  '1.2.840.113549.1.12.1.3': [tripleDesCbc, 'pkcs12'],
  '1.2.840.113549.1.12.1.4': [twoKeyDesCbc, 'pkcs12'],
}

/** The others of both standards, recognised and refused: with MD2, RC2 or RC4. */
const refused = /^1\.2\.840\.113549\.1\.(5\.(1|4|6|11)|12\.1\.[1256])$/

/**
 * The scheme of that object identifier, its parameters read; `undefined` for another identifier. Throws
 * `UnsupportedError` `unsupported-cipher`, `FormatError`, `LimitError` `limit`.
 */
export function readPbes1(oid: string, algorithm: DerReader, limits: Limits): Scheme | undefined {
  if (refused.test(oid)) throw new UnsupportedError('unsupported-cipher', 'PBES1: with MD2, RC2 or RC4')
  const found = schemes[oid]
  if (found === undefined) return undefined
  const [cipher, hash] = found
  const parameters = algorithm.sequence('PBES1')
  const salt = new Uint8Array(parameters.octetString('PBES1 salt'))
  const rounds = parameters.number('PBES1 rounds', limits.pbes1Rounds)
  parameters.end('PBES1')
  if (rounds < 1 || salt.length === 0) throw bad('PBES1', 'a salt and a round')
  return {
    cipher,
    kdf: hash === 'pkcs12' ? 'pkcs12-sha1' : `pbkdf1-${hash}`,
    rounds,
    async derive(passphrase, work) {
      if (hash !== 'pkcs12') {
        const octets = await pbkdf1(hash, passphrase, salt, rounds, work)
        return { key: octets.subarray(0, 8), iv: octets.subarray(8) }
      }
      const key = await pkcs12Kdf('key', passphrase, salt, rounds, cipher.keyLength, work)
      return { key, iv: await pkcs12Kdf('iv', passphrase, salt, rounds, cipher.blockLength, work) }
    },
  }
}
