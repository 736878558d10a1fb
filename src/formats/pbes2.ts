/** PBES2: RFC 8018 section 6.2 and appendix A.4, with PBKDF2 (appendix A.2) and scrypt (RFC 7914 section 7). */

import { type Der, type DerReader, derNull, derNumber, derOctetString, derOid, derSequence } from '../asn1/index.ts'
import { type Pbkdf2Hash, pbkdf2 } from '../crypto/pbkdf2.ts'
import type { WorkOptions } from '../crypto/progress.ts'
import { draw, type Random } from '../crypto/random.ts'
import { type ScryptCost, scrypt } from '../crypto/scrypt.ts'
import { defaultLimits, type Limits } from '../limits.ts'
import { aboveLimit, bad, checkWhole, notKnown } from '../wire/expect.ts'
import { type CbcCipher, cbcCiphers, needCbcCipher, readOnly } from './cbc-ciphers.ts'
import type { Scheme } from './scheme.ts'

/** Object identifier of PBES2. */
export const PBES2 = '1.2.840.113549.1.5.13'
const PBKDF2 = '1.2.840.113549.1.5.12'
const SCRYPT = '1.3.6.1.4.1.11591.4.11'

/** HMAC with these hashes. */
const prfs: Readonly<Record<string, Pbkdf2Hash>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
}
const DEFAULT_PRF = 'sha1'

const DEFAULT_CIPHER = 'aes-256-cbc'
const PBKDF2_PREFIX = 'pbkdf2-hmac-'
const DEFAULT_KDF = 'pbkdf2-hmac-sha256'
/** OWASP, password storage cheat sheet (2023), for HMAC-SHA-256. */
const DEFAULT_ROUNDS = 600_000
/** OWASP's second choice, which stays below the 32 MiB that OpenSSL reads. */
const DEFAULT_N = 16_384
const [SCRYPT_R, SCRYPT_P] = [8, 5]
/** RFC 8018 section 4.1 asks for at least 8 octets; NIST SP 800-132 section 5.1 for 16. */
const SALT_LENGTH = 16

/** A key derivation with its salt and cost. */
interface Kdf {
  readonly name: string
  readonly rounds: number
  derive(passphrase: Uint8Array, length: number, work: WorkOptions): Promise<Uint8Array>
}

function schemeOf(kdf: Kdf, cipher: CbcCipher, iv: Uint8Array): Scheme {
  return {
    cipher,
    kdf: kdf.name,
    rounds: kdf.rounds,
    derive: async (passphrase, work) => ({ key: await kdf.derive(passphrase, cipher.keyLength, work), iv }),
  }
}

function pbkdf2Kdf(hash: Pbkdf2Hash, salt: Uint8Array, rounds: number): Kdf {
  return {
    name: `${PBKDF2_PREFIX}${hash}`,
    rounds,
    derive: (passphrase, length, work) => pbkdf2(hash, passphrase, salt, rounds, length, work),
  }
}

function scryptKdf(salt: Uint8Array, cost: ScryptCost): Kdf {
  return {
    name: 'scrypt',
    rounds: cost.N,
    derive: (passphrase, length, work) => scrypt(passphrase, salt, cost, length, work),
  }
}

/** Reads the parameters of PBES2. Throws `FormatError`, `UnsupportedError`, `LimitError` `limit`. */
export function readPbes2(reader: DerReader, limits: Limits): Scheme {
  const derivation = reader.sequence('PBES2 key derivation')
  const { kdf, keyLength } = readKdf(derivation, limits)
  derivation.end('PBES2 key derivation')
  const encryption = reader.sequence('PBES2 encryption')
  const oid = encryption.oid('PBES2 encryption')
  const cipher = cbcCiphers.find((c) => c.oid === oid)
  if (!cipher) throw notKnown('unsupported-cipher', 'cipher', oid)
  const iv = new Uint8Array(encryption.octetString('PBES2 IV'))
  encryption.end('PBES2 encryption')
  reader.end('PBES2')
  if (iv.length !== cipher.blockLength) {
    throw bad('PBES2', `an IV of ${cipher.blockLength} octets`)
  }
  if (keyLength !== undefined && keyLength !== cipher.keyLength) {
    throw bad('PBES2', `a key of ${cipher.keyLength} octets`)
  }
  return schemeOf(kdf, cipher, iv)
}

function readKdf(reader: DerReader, limits: Limits): { kdf: Kdf; keyLength: number | undefined } {
  const oid = reader.oid('PBES2 key derivation')
  if (oid !== PBKDF2 && oid !== SCRYPT) {
    throw notKnown('unsupported-kdf', 'kdf', oid)
  }
  const parameters = reader.sequence('PBES2 key derivation')
  // PBKDF2 could have its salt from another source (RFC 8018 appendix A.2), but none was ever defined.
  const salt = new Uint8Array(parameters.octetString('PBES2 salt'))
  const read = oid === PBKDF2 ? readPbkdf2 : readScrypt
  const result = read(parameters, salt, limits)
  parameters.end('PBES2 key derivation')
  return result
}

function optionalLength(reader: DerReader): number | undefined {
  return reader.next === 0x02 ? reader.number('PBES2 key length', 0xffff) : undefined
}

function readPbkdf2(reader: DerReader, salt: Uint8Array, limits: Limits): ReturnType<typeof readKdf> {
  const rounds = atLeastOne(reader.number('PBKDF2 rounds', limits.pbkdf2Rounds), 'PBKDF2 rounds')
  const keyLength = optionalLength(reader)
  const hash = reader.next === undefined ? DEFAULT_PRF : readPrf(reader.sequence('PBKDF2 hash'))
  return { kdf: pbkdf2Kdf(hash, salt, rounds), keyLength }
}

/** HMAC-SHA-1 by name, where DER would leave the default out, is a tolerance: Bouncy Castle writes it. */
function readPrf(reader: DerReader): Pbkdf2Hash {
  const oid = reader.oid('PBKDF2 hash')
  const hash = prfs[oid]
  if (!hash) throw notKnown('unsupported-kdf', 'hash', oid)
  if (reader.next !== undefined) reader.null('PBKDF2 hash')
  reader.end('PBKDF2 hash')
  return hash
}

function readScrypt(reader: DerReader, salt: Uint8Array, limits: Limits): ReturnType<typeof readKdf> {
  const most = limits.scryptWork
  const N = reader.number('scrypt N', most)
  const r = atLeastOne(reader.number('scrypt r', most), 'scrypt r')
  const p = atLeastOne(reader.number('scrypt p', most), 'scrypt p')
  if (N < 2 || N & (N - 1)) throw bad('scrypt N', 'a power of two')
  if (128 * N * r > limits.scryptMemory || N * r * p > most) {
    throw aboveLimit('scrypt', `${limits.scryptMemory} octets and ${most} steps`)
  }
  return { kdf: scryptKdf(salt, { N, r, p }), keyLength: optionalLength(reader) }
}

function atLeastOne(value: number, what: string): number {
  if (value < 1) throw bad(what, 'at least 1')
  return value
}

/** A new scheme by the writer's options, and its AlgorithmIdentifier. Throws `UnsupportedError`, `TypeError`. */
export function newPbes2(options: {
  readonly cipher?: string | undefined
  readonly kdf?: string | undefined
  readonly rounds?: number | undefined
  readonly random?: Random | undefined
}): { scheme: Scheme; algorithm: Der } {
  const cipher = needCbcCipher(options.cipher ?? DEFAULT_CIPHER)
  if (cipher.oid === undefined) throw readOnly(cipher)
  const { kdf, derivation } = newKdf(options.kdf ?? DEFAULT_KDF, options.rounds, draw(options.random, SALT_LENGTH))
  const iv = draw(options.random, cipher.blockLength)
  const encryption = derSequence(derOid(cipher.oid), derOctetString([iv]))
  return {
    scheme: schemeOf(kdf, cipher, iv),
    algorithm: derSequence(derOid(PBES2), derSequence(derivation, encryption)),
  }
}

function newKdf(name: string, rounds: number | undefined, salt: Uint8Array): { kdf: Kdf; derivation: Der } {
  if (name === 'scrypt') {
    const N = rounds ?? DEFAULT_N
    const most = defaultLimits.scryptMemory / (128 * SCRYPT_R)
    if (!Number.isInteger(N) || N < 2 || N > most || N & (N - 1)) {
      throw new TypeError(`rounds: a power of two from 2 to ${most} expected`)
    }
    const numbers = [N, SCRYPT_R, SCRYPT_P].map(derNumber)
    const derivation = derSequence(derOid(SCRYPT), derSequence(derOctetString([salt]), ...numbers))
    return { kdf: scryptKdf(salt, { N, r: SCRYPT_R, p: SCRYPT_P }), derivation }
  }
  const prf = Object.entries(prfs).find(([, hash]) => `${PBKDF2_PREFIX}${hash}` === name)
  if (!prf) throw notKnown('unsupported-kdf', 'kdf', name)
  const [oid, hash] = prf
  const count = rounds ?? DEFAULT_ROUNDS
  const { pbkdf2Rounds } = defaultLimits
  checkWhole('rounds', count, 1, pbkdf2Rounds)
  // DER leaves the default hash out.
  const algorithm = hash === DEFAULT_PRF ? [] : [derSequence(derOid(oid), derNull())]
  const parameters = derSequence(derOctetString([salt]), derNumber(count), ...algorithm)
  return { kdf: pbkdf2Kdf(hash, salt, count), derivation: derSequence(derOid(PBKDF2), parameters) }
}
